"""Random windows that slide: convolutions, transposed convolutions, pools, unfold and fold."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody gives it
from hypothesis import assume
from hypothesis import strategies as st

from labcode import ops, reference
from labcode.op import Array, Op, Shape
from tests.cases.example import Draw, Example, integers, loops


@dataclass(frozen=True)
class Sliding:
    """Settings of a sliding window on each axis, and a size that it fits."""

    sizes: Shape
    kernel: Shape
    stride: Shape
    padding: Shape | str
    dilation: Shape
    ceil_mode: bool = False

    @property
    def sides(self) -> tuple[tuple[int, int], ...]:
        """Padding before and after, for each axis."""
        if self.padding == "same":
            totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel, strict=True)]
            return tuple((t // 2, t - t // 2) for t in totals)
        if self.padding == "valid":
            return ((0, 0),) * len(self.sizes)
        return tuple((p, p) for p in self.padding)

    def twice(self) -> dict[str, Any]:
        """The settings as the 2-D loops take them: a missing first axis has length 1."""
        axes = len(self.sizes)
        fill = [(1,) * (2 - axes) + v for v in (self.kernel, self.stride, self.dilation)]
        return dict(
            zip(("kernel_size", "stride", "dilation"), fill, strict=True), padding=((0, 0),) * (2 - axes) + self.sides
        )


@st.composite
def slidings(draw: Draw, axes: int, pool: bool = False, dilated: bool = True, ceil: bool = False) -> Sliding:
    """Draw a window that fits; in pools, each of its places sees input."""
    kernel = tuple(draw(integers(1, 4)) for _ in range(axes))
    dilation = tuple(draw(integers(1, 3)) if dilated else 1 for _ in range(axes))
    stride = tuple(draw(integers(1, 4)) for _ in range(axes))
    most = [k // 2 if pool else 3 for k in kernel]
    padding: Any = tuple(draw(integers(0, m)) for m in most)
    if not pool and draw(integers(0, 5)) == 0:
        padding = draw(st.sampled_from(["same", "valid"]))
        stride = (1,) * axes if padding == "same" else stride
    blank = Sliding((1,) * axes, kernel, stride, padding, dilation)
    least = [max(1, d * (k - 1) + 1 - sum(p)) for k, d, p in zip(kernel, dilation, blank.sides, strict=True)]
    sizes = tuple(low + draw(integers(0, 6)) for low in least)
    sliding = Sliding(sizes, kernel, stride, padding, dilation, ceil and draw(st.booleans()))
    assume(not pool or _always_sees(sliding))
    return sliding


def _always_sees(sliding: Sliding) -> bool:
    settings = zip(sliding.sizes, sliding.kernel, sliding.stride, sliding.sides, sliding.dilation, strict=True)
    return all(
        any(0 <= start + i * d < n for i in range(k))
        for n, k, s, p, d in settings
        for start in reference.starts(n, k, s, p, d, sliding.ceil_mode)
    )


def either(draw: Draw, setting: Any) -> Any:
    """One integer where all axes agree (or the tuple all the same)."""
    plain = not isinstance(setting, str) and len(set(setting)) == 1 and draw(st.booleans())
    return setting[0] if plain else setting


def full(a: Array, lead: int) -> Array:
    """An array with `lead` axes before its spatial ones, as (N, C, rows, columns)."""
    spatial = a.shape[lead:]
    return a.reshape((1,) * (2 - lead) + a.shape[:lead] + (1,) * (2 - len(spatial)) + spatial)


def cut(y: Array, lead: int, axes: int) -> Array:
    """The same, back."""
    return y.reshape(y.shape[2 - lead : 2] + y.shape[4 - axes :])


@st.composite
def convs(draw: Draw, axes: int) -> Example:
    s = draw(slidings(axes))
    lead = draw(st.sampled_from([2, 2, 1, 0]))
    groups = draw(integers(1, 3)) if lead else 1
    per_in, per_out = (draw(integers(1, 3)), draw(integers(1, 3))) if lead else (1, 1)
    outputs = groups * per_out
    x = (draw(integers(1, 3)), groups * per_in)[2 - lead :] + s.sizes
    w = (outputs, per_in, *s.kernel) if lead else s.kernel
    shapes = (x, w, *draw(st.sampled_from([(), ((outputs,) if lead else (),)])))
    op = (ops.Conv1d, ops.Conv2d)[axes - 1](*(either(draw, v) for v in (s.stride, s.padding, s.dilation)), groups)
    settings = s.twice()
    del settings["kernel_size"]
    conv = (F.conv1d, F.conv2d)[axes - 1]

    def by_torch(*tensors: torch.Tensor) -> torch.Tensor:
        x, w, *b = tensors
        if not lead:
            x, w, b = x[None, None], w[None, None], [b[0].reshape(1)] if b else []
        with warnings.catch_warnings():  # torch warns of the copy that "same" costs for even kernels
            warnings.simplefilter("ignore", UserWarning)
            y = conv(x, w, *(b or [None]), s.stride, s.padding, s.dilation, groups)
        return y if lead else y[0, 0]

    def by_loops(*arrays: Array, zero: Any = 0) -> Array:
        x, w, *b = arrays
        function = loops(reference.conv2d, groups=groups, zero=zero, **settings)
        y = function(full(x, lead), full(w, 2 if lead else 0), *(a.reshape(-1) for a in b))
        return cut(y, lead, axes)

    def by_loops_vjp(arg: int, g: Array, x: Array, w: Array, *b: Array) -> Array:
        x4, w4, g4 = full(x, lead).tolist(), full(w, 2 if lead else 0).tolist(), full(g, lead).tolist()
        if arg == 0:
            grad = reference.conv2d_grad_input(full(x, lead).shape, w4, g4, groups=groups, **settings)
        elif arg == 1:
            grad = reference.conv2d_grad_weight(x4, w4, g4, groups=groups, **settings)
        else:
            grad = reference.conv2d_grad_bias(g4)
        return np.array(grad, dtype=object).reshape((x, w, *b)[arg].shape)

    return Example(op, shapes, by_torch, by_loops, by_loops_vjp, batched=lead == 2)


@st.composite
def transposed_convs(draw: Draw, axes: int) -> Example:
    s = draw(slidings(axes).filter(lambda s: not isinstance(s.padding, str)))
    extra = tuple(draw(integers(0, max(st_, d) - 1)) for st_, d in zip(s.stride, s.dilation, strict=True))
    sizes = tuple(draw(integers(1, 4)) for _ in range(axes))
    reach = zip(sizes, s.kernel, s.stride, s.padding, s.dilation, extra, strict=True)
    assume(all((n - 1) * t + d * (k - 1) + 1 + e > 2 * p for n, k, t, p, d, e in reach))
    lead = draw(st.sampled_from([2, 2, 1, 0]))
    groups = draw(integers(1, 3)) if lead else 1
    per_in, per_out = (draw(integers(1, 3)), draw(integers(1, 3))) if lead else (1, 1)
    x = (draw(integers(1, 3)), groups * per_in)[2 - lead :] + sizes
    w = (groups * per_in, per_out, *s.kernel) if lead else s.kernel
    shapes = (x, w, *draw(st.sampled_from([(), ((groups * per_out,) if lead else (),)])))
    op = (ops.ConvTranspose1d, ops.ConvTranspose2d)[axes - 1](
        either(draw, s.stride), either(draw, s.padding), either(draw, extra), groups, either(draw, s.dilation)
    )
    twice = s.twice()
    del twice["kernel_size"]
    conv = (F.conv_transpose1d, F.conv_transpose2d)[axes - 1]

    def by_torch(*tensors: torch.Tensor) -> torch.Tensor:
        x, w, *b = tensors
        if not lead:
            x, w, b = x[None, None], w[None, None], [b[0].reshape(1)] if b else []
        y = conv(x, w, *(b or [None]), s.stride, s.padding, extra, groups, s.dilation)
        return y if lead else y[0, 0]

    def by_loops(*arrays: Array) -> Array:
        x, w, *b = arrays
        extras = (0,) * (2 - axes) + extra
        function = loops(reference.conv_transpose2d, groups=groups, output_padding=extras, **twice)
        return cut(function(full(x, lead), full(w, 2 if lead else 0), *(a.reshape(-1) for a in b)), lead, axes)

    def by_loops_vjp(arg: int, g: Array, x: Array, w: Array, *b: Array) -> Array:
        x4, w4, g4 = full(x, lead).tolist(), full(w, 2 if lead else 0).tolist(), full(g, lead).tolist()
        if arg == 0:
            grad = reference.conv_transpose2d_grad_input(full(x, lead).shape, w4, g4, groups=groups, **twice)
        elif arg == 1:
            grad = reference.conv2d_grad_weight(g4, w4, x4, groups=groups, **twice)
        else:
            grad = reference.conv2d_grad_bias(g4)
        return np.array(grad, dtype=object).reshape((x, w, *b)[arg].shape)

    return Example(op, shapes, by_torch, by_loops, by_loops_vjp, batched=lead == 2)


def _pool(
    draw: Draw, op: Op, s: Sliding, function: Callable[..., Any], by: Callable[..., Any], by_vjp: Callable[..., Any]
) -> Example:
    axes = len(s.sizes)
    lead = draw(st.sampled_from([2, 2, 1, 0]))
    x = (draw(integers(1, 3)), draw(integers(1, 3)))[2 - lead :] + s.sizes

    def by_torch(x: torch.Tensor) -> torch.Tensor:
        return function(x if lead else x[None])[() if lead else 0]

    def by_loops(x: Array, **zero: Any) -> Array:
        return cut(loops(by, **zero)(full(x, lead)), lead, axes)

    def by_loops_vjp(arg: int, g: Array, x: Array) -> Array:
        return loops(by_vjp)(full(x, lead), full(g, lead)).reshape(x.shape)

    return Example(op, (x,), by_torch, by_loops, by_loops_vjp, batched=lead == 2)


@st.composite
def max_pools(draw: Draw, axes: int) -> Example:
    s = draw(slidings(axes, pool=True, ceil=True))
    stride = None if s.stride == s.kernel else s.stride
    op = (ops.MaxPool1d, ops.MaxPool2d)[axes - 1](
        either(draw, s.kernel), stride, either(draw, s.padding), either(draw, s.dilation), s.ceil_mode
    )
    pool = (F.max_pool1d, F.max_pool2d)[axes - 1]
    settings = (s.kernel, s.stride, s.padding, s.dilation, s.ceil_mode)
    by, by_vjp = (
        partial(function, ceil_mode=s.ceil_mode, **s.twice())
        for function in (reference.max_pool2d, reference.max_pool2d_grad)
    )
    return _pool(draw, op, s, lambda x: pool(x, *settings), by, by_vjp)


@st.composite
def avg_pools(draw: Draw, axes: int) -> Example:
    s = draw(slidings(axes, pool=True, dilated=False, ceil=True))
    count_pad = draw(st.booleans())
    op = (ops.AvgPool1d, ops.AvgPool2d)[axes - 1](
        either(draw, s.kernel), either(draw, s.stride), either(draw, s.padding), s.ceil_mode, count_pad
    )
    pool = (F.avg_pool1d, F.avg_pool2d)[axes - 1]
    twice = s.twice()
    del twice["dilation"]
    by, by_vjp = (
        partial(function, ceil_mode=s.ceil_mode, count_include_pad=count_pad, **twice)
        for function in (reference.avg_pool2d, reference.avg_pool2d_grad)
    )
    settings = (s.kernel, s.stride, s.padding, s.ceil_mode, count_pad)
    return _pool(draw, op, s, lambda x: pool(x, *settings), by, by_vjp)


@st.composite
def unfolds(draw: Draw) -> Example:
    s = draw(slidings(2).filter(lambda s: not isinstance(s.padding, str)))
    lead = draw(st.sampled_from([2, 2, 1, 0]))
    x = (draw(integers(1, 3)), draw(integers(1, 3)))[2 - lead :] + s.sizes
    settings = (s.kernel, s.dilation, s.padding, s.stride)
    op = ops.Unfold(*(either(draw, v) for v in settings))

    def by_torch(x: torch.Tensor) -> torch.Tensor:
        return F.unfold(x if lead else x[None], *settings)

    def by_loops(x: Array, zero: Any = 0) -> Array:
        y = loops(reference.unfold, zero=zero, **s.twice())(full(x, lead))
        return y if lead == 2 else y[0]

    def by_loops_vjp(arg: int, g: Array, x: Array) -> Array:
        columns = g if lead == 2 else g[None]
        return loops(reference.fold, output_size=s.sizes, **s.twice())(columns).reshape(x.shape)

    return Example(op, (x,), by_torch, by_loops, by_loops_vjp, batched=lead == 2)


@st.composite
def folds(draw: Draw) -> Example:
    s = draw(slidings(2).filter(lambda s: not isinstance(s.padding, str)))
    axes = zip(s.sizes, s.kernel, s.stride, s.sides, s.dilation, strict=True)
    places = prod(len(reference.starts(*axis)) for axis in axes)
    batched = draw(st.booleans())
    x = (*[draw(integers(1, 3))] * batched, draw(integers(1, 3)) * prod(s.kernel), places)
    settings = (s.sizes, s.kernel, s.dilation, s.padding, s.stride)
    op = ops.Fold(*(either(draw, v) for v in settings))

    def by_loops(x: Array) -> Array:
        y = loops(reference.fold, output_size=s.sizes, **s.twice())(x if batched else x[None])
        return y if batched else y[0]

    def by_loops_vjp(arg: int, g: Array, x: Array) -> Array:
        return loops(reference.unfold, **s.twice())(full(g, 1 + batched)).reshape(x.shape)

    return Example(op, (x,), lambda x: F.fold(x, *settings), by_loops, by_loops_vjp, batched)
