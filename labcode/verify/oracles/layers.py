"""The rules of every op, asked of PyTorch: values and shapes of its own layers, derivatives by its autograd."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from labcode import ops
from labcode.op import Op, Step
from labcode.verify.oracles.compare import array, difference, same
from labcode.verify.watch import Judge

Given = Mapping[str, Any]  # the arguments of a call, by name
LARGEST = 10**6  # entries of a Jacobian that is asked for whole


def layer(op: Op) -> Callable[..., Any] | None:
    """PyTorch's function for an op, on tensors; None if it has none."""
    found = next((table[type(op)] for table in (_windows(), _entries()) if type(op) in table), None)
    return None if found is None else lambda *tensors: found(op, *tensors)


def _windows() -> dict[type, Callable[..., Any]]:
    """Ops with a window. Bare arrays get the axes that PyTorch asks for, and give them back."""
    from torch.nn import functional as F  # noqa: N812 - everybody's name for it

    def convolution(name: str, *settings: str) -> Callable[..., Any]:
        def run(op: Any, x: Any, w: Any, *bias: Any) -> Any:
            bare = x.ndim == op.axes
            x, w = (x[None], w[None, None]) if bare else (x, w)
            b = bias[0].reshape(-1) if bias else None
            y = getattr(F, f"{name}{op.axes}d")(x, w, b, **{s: getattr(op, s) for s in settings})
            return y[0] if bare else y

        return run

    def pooling(name: str, *settings: str) -> Callable[..., Any]:
        def run(op: Any, x: Any) -> Any:
            bare = x.ndim == op.axes
            y = getattr(F, f"{name}{op.axes}d")(x[None] if bare else x, **{s: getattr(op, s) for s in settings})
            return y[0] if bare else y

        return run

    def unfold(op: Any, x: Any) -> Any:
        bare = x.ndim == 2  # an image without channels
        return F.unfold(x[None] if bare else x, **{s: getattr(op, s) for s in columns})

    window = ("kernel_size", "stride", "padding", "ceil_mode")
    conv = convolution("conv", "stride", "padding", "dilation", "groups")
    transposed = convolution("conv_transpose", "stride", "padding", "output_padding", "groups", "dilation")
    largest, mean = pooling("max_pool", *window, "dilation"), pooling("avg_pool", *window, "count_include_pad")
    columns = ("kernel_size", "dilation", "padding", "stride")
    return {
        ops.Conv1d: conv,
        ops.Conv2d: conv,
        ops.ConvTranspose1d: transposed,
        ops.ConvTranspose2d: transposed,
        ops.MaxPool1d: largest,
        ops.MaxPool2d: largest,
        ops.AvgPool1d: mean,
        ops.AvgPool2d: mean,
        ops.Unfold: unfold,
        ops.Fold: lambda op, x: F.fold(x, op.output_size, **{s: getattr(op, s) for s in columns}),
    }


def _entries() -> dict[type, Callable[..., Any]]:
    """Products, single entries, losses, and entries in another order."""
    import torch
    from torch.nn import functional as F  # noqa: N812 - as above

    def matmul(op: Op, a: Any, b: Any) -> Any:
        return torch.matmul(a, b)

    return {
        ops.MatMul: matmul,
        ops.MatVec: matmul,
        ops.VecMat: matmul,
        ops.Dot: matmul,
        ops.Linear: lambda op, x, w, b=None: F.linear(x, w, b),
        ops.Sum: lambda op, x: x.sum(),
        ops.Add: lambda op, a, b: a + b,
        ops.Sub: lambda op, a, b: a - b,
        ops.Mul: lambda op, a, b: a * b,
        ops.Scale: lambda op, x: op.factor * x,
        ops.Square: lambda op, x: x.square(),
        ops.ReLU: lambda op, x: F.relu(x),
        ops.Sigmoid: lambda op, x: torch.sigmoid(x),
        ops.Tanh: lambda op, x: torch.tanh(x),
        ops.Softmax: lambda op, x: F.softmax(x, op.dim),
        ops.LogSoftmax: lambda op, x: F.log_softmax(x, op.dim),
        ops.SquaredError: lambda op, a, b: F.mse_loss(a, b, reduction=op.reduction),
        ops.PairwiseSquaredError: lambda op, a, b: (a[:, None] - b[None]).square().sum(),
        ops.CrossEntropy: lambda op, x: F.cross_entropy(
            x, torch.tensor(op.target, device=x.device), reduction=op.reduction
        ),
        ops.Transpose: lambda op, x: x.T,
        ops.Flip: lambda op, x: torch.flip(x, op.dims),
        ops.Reshape: lambda op, x: x.reshape(op.target),
    }


def tensor(value: Any) -> Any:
    """An array as a tensor of double precision; a copy, since torch takes no view that runs backwards."""
    import torch

    return torch.tensor(np.array(value, np.float64, order="C"))


def blank(shape: tuple[int, ...]) -> Any:
    """A tensor that has a shape and no entries, for what follows from shapes alone."""
    import torch

    return torch.empty(shape, device="meta")


def forward(given: Given) -> Judge | None:
    """The layer's output."""
    run = layer(given["self"])
    theirs = run(*map(tensor, given["inputs"])) if run else None
    return None if run is None else lambda ours: difference(theirs, ours)


def shape(given: Given) -> Judge | None:
    """The shape of the layer's output, from tensors without entries; an unknown dimension gets a size that fits."""
    run, shapes = layer(given["self"]), given["shapes"]
    if run is None:
        return None
    for filled in _filled(shapes):
        try:
            theirs = run(*map(blank, filled)).shape
        except (RuntimeError, ValueError):
            if filled == shapes:
                raise
            continue
        return lambda ours: same([n for n, m in zip(theirs, ours, strict=True) if m is not None], _known(ours))
    return None


def _known(shape: Sequence[int | None]) -> list[int]:
    return [n for n in shape if n is not None]


def _filled(shapes: Sequence[Sequence[int | None]]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Shapes with sizes in the place of unknown ones: one that occurs nowhere, or sizes of other dimensions."""
    known = {n for s in shapes for n in s if n is not None}
    unknown = sum(n is None for s in shapes for n in s)
    for sizes in product([max(known, default=0) + 1, *sorted(known)], repeat=unknown):
        rest = iter(sizes)
        yield tuple(tuple(next(rest) if n is None else n for n in s) for s in shapes)


def vjp(given: Given) -> Judge | None:
    """The gradient that arrives, handed on by autograd."""
    import torch

    function, at = _by_argument(given)
    if function is None:
        return None
    at.requires_grad_()
    y = function(at)
    (theirs,) = torch.autograd.grad(y, at, tensor(given["upstream"]).reshape(y.shape), materialize_grads=True)
    return lambda ours: difference(theirs, ours)


def jvp(given: Given) -> Judge | None:
    """The tangent, handed on by autograd (which takes the gradient of a gradient for it)."""
    import torch

    function, at = _by_argument(given)
    if function is None:
        return None
    theirs = torch.autograd.functional.jvp(function, at, tensor(given["tangent"]))[1]
    return lambda ours: difference(theirs, ours)


def partials(given: Given) -> Judge | None:
    """All partial derivatives, as autograd's Jacobian."""
    import torch

    function, at = _by_argument(given)
    size = (given["output"].size, at.numel())
    if function is None or prod(size) > LARGEST:
        return None
    theirs = torch.autograd.functional.jacobian(function, at).reshape(size)

    def judge(ours: Any) -> str:
        dense = np.zeros(size)
        np.add.at(dense, (ours.rows, ours.columns), ours.values)
        return difference(theirs, dense)

    return judge


def _by_argument(given: Given) -> tuple[Callable[[Any], Any] | None, Any]:
    """The layer as a function of one of its inputs, and that input."""
    run, arg, tensors = layer(given["self"]), given["arg"], [tensor(a) for a in given["inputs"]]
    if run is None:
        return None, tensors[arg]
    return lambda t: run(*tensors[:arg], t, *tensors[arg + 1 :]), tensors[arg]


def trace(given: Given) -> Judge | None:
    """One step at a time: its value is the layer's entry, which the terms of a sum or of a maximum give too."""
    run = layer(given["self"])
    if run is None:
        return None
    theirs = array(run(*map(tensor, given["inputs"])))
    combine: dict[str, Callable[[list[Any]], Any]] = {"sum": sum, "max": max}

    def judge(step: Step | None) -> str:
        if step is None:  # the last one was the one before
            return ""
        at_place = difference(theirs[step.index], step.value)
        rule = combine.get(step.rule)
        return at_place or (difference(rule([t.value for t in step.terms]), step.value) if rule else "")

    return judge


def indices(given: Given) -> Judge | None:
    """Where each maximum was found, as PyTorch returns it."""
    from torch.nn import functional as F  # noqa: N812 - as above

    op, x = given["self"], tensor(given["x"])
    pool = getattr(F, f"max_pool{op.axes}d")
    settings = {s: getattr(op, s) for s in ("kernel_size", "stride", "padding", "dilation", "ceil_mode")}
    theirs = pool(x[None] if x.ndim == op.axes else x, return_indices=True, **settings)[1]
    return lambda ours: difference(theirs.reshape(ours.shape), ours)
