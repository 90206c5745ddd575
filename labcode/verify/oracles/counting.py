"""Operations, counted by three instruments that know none of labcode's rules.

Convolutions and products multiply as often as PyTorch's FlopCounterMode says. How many of these products lie on padding
does not depend on the channels: an image of ones under a kernel of ones adds up to the number that do not, and what
each entry receives is the gradient of that sum. All else is done by the plain loops of `labcode.reference` to numbers
that count what is done to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from math import prod
from typing import Any

import numpy as np

from labcode import ops, reference
from labcode.op import Count, Op, Shape
from labcode.verify.oracles.compare import array
from labcode.verify.oracles.layers import blank, layer
from labcode.verify.oracles.windows import read_at

ONE_EACH: dict[type[Op], str] = {ops.Add: "add", ops.Sub: "add", ops.Mul: "mul", ops.Scale: "mul", ops.Square: "mul"}
NOTHING = (ops.Reshape, ops.Transpose, ops.Flip)
POOLS, MEANS = (ops.MaxPool1d, ops.MaxPool2d), (ops.AvgPool1d, ops.AvgPool2d)
CONVOLUTIONS, PRODUCTS = (ops.Conv1d, ops.Conv2d), (ops.Linear, ops.MatMul)


def recount(op: Op, result: int | None, *shapes: Shape) -> Count | None:
    """Operations that make the output (None), or the gradient of one input; None if nobody can count them."""
    if type(op) in CONVOLUTIONS:
        return _convolution(op, result, *shapes)
    if type(op) in PRODUCTS:
        made, bias = products(op, *shapes[:2]), len(shapes) > 2
        run = layer(op)
        assert run is not None
        entries = run(*map(blank, shapes)).numel()
        if result == 2:
            return Count(add=entries - prod(shapes[2]))
        receiving = entries * (not bias) if result is None else prod(shapes[result])
        return Count(made, made - receiving)
    return count_by_loops(op, *shapes) if result is None else count_vjp_by_loops(op, result, *shapes)


@dataclass(frozen=True, eq=False)
class Counted:
    """A number that notes what is done to it, and hands that on to its results."""

    value: float
    tally: Counter[str]

    def _made(self, kind: str, value: float) -> Counted:
        self.tally[kind] += 1
        return Counted(value, self.tally)

    def __add__(self, other: Counted) -> Counted:
        return self._made("add", self.value + other.value)

    def __mul__(self, other: Counted) -> Counted:
        return self._made("mul", self.value * other.value)

    def __truediv__(self, other: float) -> Counted:
        return self._made("div", self.value / other)

    def __gt__(self, other: Any) -> bool:
        self.tally["compare"] += 1
        return self.value > (other.value if isinstance(other, Counted) else other)


def counted(run: Callable[[Callable[[float], Counted]], Any]) -> Count:
    """What a piece of code does to the numbers that it is given the means to make."""
    tally: Counter[str] = Counter()
    run(lambda value: Counted(value, tally))
    return Count(**tally)


def count_by_loops(op: Op, *shapes: Shape) -> Count | None:
    """Operations of a forward call that are the same for each channel or entry: of one, times their number."""
    if isinstance(op, NOTHING):
        return Count()
    if isinstance(op, ops.ReLU):
        return counted(lambda number: reference.relu(number(1.0))) * prod(shapes[0])
    if type(op) in ONE_EACH:
        return Count(**{ONE_EACH[type(op)]: prod(shapes[0])})
    if isinstance(op, POOLS):
        return counted(lambda number: _pool(op, shapes[0], number)) * prod(shapes[0][: -op.axes])
    if isinstance(op, MEANS):
        return counted(lambda number: _mean(op, shapes[0], number)) * prod(shapes[0][: -op.axes])
    return None


def count_vjp_by_loops(op: Op, arg: int, *shapes: Shape) -> Count | None:
    """The same of a gradient, of ops whose gradients go where the value came from."""
    if isinstance(op, NOTHING):
        return Count()
    if isinstance(op, ops.ReLU):
        return count_by_loops(op, *shapes)
    if isinstance(op, POOLS):  # what arrives at an entry more than once is added up; if nothing does, all is copied
        sizes = shapes[0][-op.axes :]
        reads = [[at for place in read_at(w, n) for at in place] for w, n in zip(op.windows, sizes, strict=True)]
        meet = any(len(set(at)) < len(at) for at in reads)
        places = prod(len(read_at(w, n)) for w, n in zip(op.windows, sizes, strict=True))
        return Count(add=places * prod(shapes[0][: -op.axes]) * meet)
    if isinstance(op, MEANS):
        return counted(lambda number: _mean_gradient(op, shapes[0], number)) * prod(shapes[0][: -op.axes])
    return None


def _pool(op: Any, shape: Shape, number: Callable[[float], Counted]) -> Any:
    x, (kernel, stride, padding, dilation) = _one_channel(op, shape, number), _on_two_axes(op)
    return reference.max_pool2d(x, kernel, stride, padding, dilation, op.ceil_mode, number(float("-inf")))


def _mean(op: Any, shape: Shape, number: Callable[[float], Counted]) -> Any:
    kernel, stride, padding, _ = _on_two_axes(op)
    x = _one_channel(op, shape, number)
    return reference.avg_pool2d(x, kernel, stride, padding, op.ceil_mode, op.count_include_pad, number(0.0))


def _mean_gradient(op: Any, shape: Shape, number: Callable[[float], Counted]) -> Any:
    kernel, stride, padding, _ = _on_two_axes(op)
    x, places = _one_channel(op, shape, number), ((1,) * (2 - op.axes) + op.shape(shape)[-op.axes :])
    g = reference.build((1, 1, *places), lambda *index: number(0.0))
    return reference.avg_pool2d_grad(x, g, kernel, stride, padding, op.ceil_mode, op.count_include_pad)


def _one_channel(op: Any, shape: Shape, number: Callable[[float], Counted]) -> Any:
    sizes = (1, *shape[-1:]) if op.axes == 1 else shape[-2:]
    return reference.build((1, 1, *sizes), lambda *index: number(0.0))


def _on_two_axes(op: Any) -> tuple[Any, Any, Any, Any]:
    first = ((1, 1, (0, 0), 1),) if op.axes == 1 else ()
    windows = [*first, *((w.kernel, w.stride, w.padding, w.dilation) for w in op.windows)]
    kernel, stride, padding, dilation = zip(*windows, strict=True)
    return kernel, stride, padding, dilation


@cache
def products(op: Op, *shapes: Shape) -> int:
    """Multiplications, as torch.utils.flop_counter counts them: two FLOPs each."""
    from torch.utils.flop_counter import FlopCounterMode

    run = layer(op)
    assert run is not None
    with FlopCounterMode(display=False) as counter:
        run(*map(blank, shapes))
    return int(counter.get_total_flops()) // 2


@cache
def inside(op: Any, *shapes: Shape) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Products off the padding that one channel makes, for each position of input, kernel and output."""
    import torch

    run = layer(replace(op, groups=1))
    assert run is not None
    x, w = (torch.ones(1, 1, *shape[-op.axes :], dtype=torch.float64, requires_grad=True) for shape in shapes[:2])
    y = run(x, w)
    y.sum().backward()
    at_input, at_kernel, at_output = (array(t).astype(int) for t in (x.grad, w.grad, y))
    return at_input, at_kernel, at_output


def _convolution(op: Any, result: int | None, *shapes: Shape) -> Count:
    """A sum of n products takes n − 1 additions; of those on padding, all that the others would not need."""
    (x, w), bias, made = shapes[:2], len(shapes) > 2, products(op, *shapes[:2])
    bare = len(x) == op.axes
    channels, kernels, each = (1, 1, 1) if bare else (x[-op.axes - 1], w[0], w[1])
    images = 1 if len(x) < op.axes + 2 else x[0]
    at_input, at_kernel, at_output = inside(op, x, w)
    if result == 2:
        return Count(add=images * kernels * at_output.size - kernels)
    off_padding = images * kernels * each * int(at_output.sum())
    if result is None and bias:
        return Count(made, made, mul_padding=made - off_padding, add_padding=made - off_padding)
    times, at = {
        None: (images * kernels, at_output),
        0: (images * channels, at_input),
        1: (kernels * each, at_kernel),
    }[result]
    reached = times * int(np.count_nonzero(at))  # entries with a product that is not on padding
    add = made - (reached if result == 0 else times * at.size)  # a product on padding belongs to no input entry
    needed = off_padding - reached
    return Count(made, add, mul_padding=made - off_padding, add_padding=add - needed)
