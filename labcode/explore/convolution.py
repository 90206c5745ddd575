"""The convolution stepper: a window that slides over numbers of the reader's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from labcode import ops
from labcode.errors import ArgumentError
from labcode.explore.explorer import Explorer, numbers, steps_table
from labcode.explore.sliding import axis_record, step_record, written_out
from labcode.geometry import Window
from labcode.op import Array, Op, Step, as_arrays
from labcode.render.shades import draw_shades


@dataclass(frozen=True)
class Convolution(Explorer):
    """A convolution to step through; made by `convolution`."""

    x: Array
    w: Array
    op: ops.Conv1d | ops.Conv2d
    flip: bool = False
    name: str = ""
    shades: bool = False
    steps: tuple[Step, ...] = field(init=False, repr=False, compare=False)

    kind: ClassVar[str] = "convolution"
    title: ClassVar[str] = "Convolution, step by step"

    def __post_init__(self) -> None:
        numbers("input", self.x)
        numbers("weight", self.w)
        self.op.shape(self.x.shape, self.w.shape)
        object.__setattr__(self, "steps", tuple(written_out(self.op.trace(self.x, self.kernel))))

    @property
    def kernel(self) -> Array:
        """The kernel as it is laid on the input: of a true convolution, reversed."""
        return np.flip(self.w, tuple(range(-self.op.axes, 0))) if self.flip else self.w

    @property
    def windows(self) -> tuple[Window, ...]:
        """One for each spatial axis."""
        return self.op.windows(self.w.shape[-self.op.axes :])

    def config(self) -> dict[str, Any]:
        """Arrays and settings."""
        chosen = {name: getattr(self.op, name) for name in ("stride", "padding", "dilation")}
        settings = {name: value if isinstance(value, str) else list(value) for name, value in chosen.items()}
        return {
            "x": self.x.tolist(), "w": self.w.tolist(), **settings, "groups": self.op.groups, "flip": self.flip
        }  # fmt: skip

    def trace(self) -> dict[str, Any]:
        """The output, how each axis is read, and for each step its entry, its products and its value."""
        sizes = self.x.shape[-self.op.axes :]
        return {
            "y": self.op.forward(self.x, self.kernel).tolist(),
            "axes": [axis_record(w, n) for w, n in zip(self.windows, sizes, strict=True)],
            "steps": [step_record(step) for step in self.steps],
        }

    def data(self) -> dict[str, Any]:
        """Also how it is shown at first."""
        return {**super().data(), "view": {"shades": self.shades}}

    def fallback(self) -> str:
        """All products and sums; of an image, the image that comes out."""
        if self.shades and self.x.ndim == self.w.ndim == 2:
            return draw_shades(self.op.forward(self.x, self.kernel), "What comes out", self.w)
        return steps_table(self.steps, "products", "How each entry of y comes about, products with padding included")


def convolution(
    x: Any,
    w: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    flip: bool = False,
    name: str = "",
    shades: bool = False,
) -> Convolution:
    """Explore y[o, p] = Σ_c Σ_t w[o, c, t] · x[c, p·stride + t·dilation − padding] window by window.

    Shows itself in a notebook and on a page of the book: step forward and back, click an output or an
    input, change every number and setting.

    Parameters
    ----------
    x : array_like, shape (L,), (H, W), (C, L) or (C, H, W)
        Bare, or with channels; the kernel tells which.
    w : array_like, shape (K,), (kH, kW), (O, C/groups, K) or (O, C/groups, kH, kW)
    stride, padding, dilation, groups
        As for `conv1d` and `conv2d`.
    flip : bool
        True convolution: the kernel is reversed before it slides.
    name : str
        Key of its state in a link; needed where a page has two.
    shades : bool
        Show entries as an image at first, the larger the stronger in colour.

    Returns
    -------
    Convolution

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks the rules of the layer, or a number is not finite.

    Examples
    --------
    >>> convolution([2, 1, 2], [1, 0]).trace()["y"]
    [2, 1]
    """
    x, w = as_arrays(("input", "weight"), (x, w))
    axes = {1: 1, 2: 2, 3: 1, 4: 2}.get(w.ndim)
    if axes is None:
        raise ArgumentError("weight", f"shape {w.shape}", "1 to 4 dimensions", "(K,), (kH, kW), (O, C/groups, *kernel)")
    bare = w.ndim <= 2
    if x.ndim != axes + (not bare):
        expected = f"{axes} dimensions, bare as the kernel" if bare else f"{axes + 1} dimensions (C, *spatial)"
        raise ArgumentError("input", f"shape {x.shape}", expected, "input has shape (C, *spatial), without a batch")
    op: Op = (ops.Conv1d if axes == 1 else ops.Conv2d)(stride, padding, dilation, groups)
    assert isinstance(op, ops.Conv1d | ops.Conv2d)
    return Convolution(x, w, op, bool(flip), name, bool(shades))
