"""The pooling stepper: which entry of a window is kept, and where its gradient goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from labcode import ops
from labcode.errors import ArgumentError
from labcode.explore.explorer import Explorer, numbers, steps_table
from labcode.explore.sliding import axis_record, step_record, written_out
from labcode.geometry import SIZE_RULE, per_axis
from labcode.op import Array, Step, as_array

KINDS = ("max", "mean")
PoolOp = ops.MaxPool1d | ops.MaxPool2d | ops.AvgPool1d | ops.AvgPool2d


@dataclass(frozen=True)
class Pooling(Explorer):
    """A pooling to step through; made by `pooling`."""

    x: Array
    op: PoolOp
    config_: dict[str, Any]
    name: str = ""
    steps: tuple[Step, ...] = field(init=False, repr=False, compare=False)

    kind: ClassVar[str] = "pooling"
    title: ClassVar[str] = "Pooling, step by step"

    def __post_init__(self) -> None:
        numbers("input", self.x)
        self.op.shape(self.x.shape)
        object.__setattr__(self, "steps", tuple(written_out(self.op.trace(self.x))))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the spatial axes."""
        return self.x.shape[-self.op.axes :]

    def config(self) -> dict[str, Any]:
        """Input and settings."""
        return {"x": self.x.tolist(), **self.config_}

    def trace(self) -> dict[str, Any]:
        """Output, the gradient of its sum, how each axis is read, and for each step its terms, winner or divisor."""
        y = self.op.forward(self.x)
        gradient = self.op.vjp(0, np.ones(y.shape), y, self.x)
        return {
            "y": y.tolist(),
            "gradient": gradient.tolist(),
            "axes": [axis_record(w, n) for w, n in zip(self.op.windows, self.sizes, strict=True)],
            "steps": list(self._records()),
        }

    def _records(self) -> Iterator[dict[str, Any]]:
        divisors = self.op.divisors(self.sizes) if isinstance(self.op, ops.AvgPool1d | ops.AvgPool2d) else None
        for step in self.steps:
            by = 1 if divisors is None else int(divisors[step.index[-self.op.axes :]])
            yield {**step_record(step), "chosen": step.chosen, "by": by}

    def fallback(self) -> str:
        """What each window holds, and what is kept of it."""
        kept = "largest entry under each window" if self.op.symbol == "max" else "mean of each window"
        return steps_table(self.steps, "window", f"How each entry of y comes about: the {kept}")


def pooling(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    kind: str = "max",
    name: str = "",
) -> Pooling:
    """Explore y[c, p] = max_t x[c, p·stride + t·dilation − padding], or the mean, window by window.

    Shows itself in a notebook and on a page of the book: which entry wins, where its gradient goes.

    Parameters
    ----------
    x : array_like, shape (L,), (H, W) or (C, H, W)
    kernel_size, stride, padding, dilation, ceil_mode, count_include_pad
        As for `max_pool2d` and `avg_pool2d`; a mean has no dilation.
    kind : "max" or "mean"
        What is kept of a window.
    name : str
        Key of its state in a link; needed where a page has two.

    Returns
    -------
    Pooling

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks the rules of the layer, or a number is not finite.

    Examples
    --------
    >>> pooling([2, 1, 3], 2, stride=1).trace()["y"]
    [2, 3]
    """
    x = as_array("input", x)
    if kind not in KINDS:
        raise ArgumentError("kind", repr(kind), '"max" or "mean"')
    if x.ndim not in (1, 2, 3):
        raise ArgumentError(
            "input", f"shape {x.shape}", "1 to 3 dimensions", "input has shape (L,), (H, W) or (C, H, W)"
        )
    op = _op(1 if x.ndim == 1 else 2, kind, (kernel_size, stride, padding), dilation, ceil_mode, count_include_pad)
    settings = {name: list(getattr(op, name)) for name in ("kernel_size", "stride", "padding")}
    if stride is None:
        settings["stride"] = None  # type: ignore[assignment] # the page shows that it was left out
    flags = {"ceil_mode": bool(ceil_mode), "count_include_pad": bool(count_include_pad), "kind": kind}
    return Pooling(x, op, {**settings, "dilation": [w.dilation for w in op.windows], **flags}, name)


def _op(axes: int, kind: str, window: tuple[Any, Any, Any], dilation: Any, ceil: bool, padded: bool) -> PoolOp:
    if kind == "max":
        return (ops.MaxPool1d, ops.MaxPool2d)[axes - 1](*window, dilation, ceil)
    op = (ops.AvgPool1d, ops.AvgPool2d)[axes - 1](*window, ceil, padded)
    apart = per_axis("dilation", dilation, axes, 1, SIZE_RULE)
    if any(d > 1 for d in apart):
        raise ArgumentError("dilation", apart, "1: a mean has no dilation")
    return op
