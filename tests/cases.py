"""One list of cases, with an entry for every op: random settings and shapes, and two oracles for each.

An `Example` is an op with its settings, the shapes of its inputs, and the same function twice more:
by torch, and by the plain loops of `labcode.reference`. The laws in test_ops_laws.py run over all of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import inf, prod
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody gives it
from hypothesis import assume
from hypothesis import strategies as st

from labcode import ops, reference
from labcode.op import Array, Op, Shape

torch.set_num_threads(1)

Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True)
class Example:
    """One op, shapes that it accepts, and its two oracles: on tensors and on arrays of any numbers."""

    op: Op
    shapes: tuple[Shape, ...]
    torch: Callable[..., torch.Tensor]
    loops: Callable[..., Array]
    loops_vjp: Callable[..., Array] | None = None  # (arg, upstream, *inputs) -> gradient
    batched: bool = False  # the first axis of the first input is a batch, which may be empty

    def __repr__(self) -> str:
        return f"{self.op} on {', '.join(map(str, self.shapes))}"

    def arrays(self, seed: int, kind: str = "normal", dtype: Any = np.float64) -> list[Array]:
        """Inputs: "normal", "small" integers (many ties), "large" ones, or "distinct" (no ties, no zeros)."""
        rng = np.random.default_rng(seed)
        make = {
            "normal": lambda shape: rng.standard_normal(shape),
            "small": lambda shape: rng.integers(-3, 4, shape),
            "large": lambda shape: rng.integers(-(2**27), 2**27, shape),
            "distinct": lambda shape: (rng.permutation(prod(shape)).reshape(shape) - prod(shape) // 2 + 0.5) / 8,
        }[kind]
        return [np.asarray(make(shape)).astype(dtype) for shape in self.shapes]

    def upstream(self, seed: int, kind: str = "normal", dtype: Any = np.float64) -> Array:
        """A gradient that arrives at the output, whose shape the torch oracle says."""
        shape = tuple(self.torch(*map(torch.zeros, self.shapes)).shape)
        return Example(self.op, (shape,), self.torch, self.loops).arrays(seed + 1, kind, dtype)[0]


@dataclass(frozen=True)
class Case:
    """All examples of one op.

    `exact`: made of +, −, ×, ÷ and comparisons alone, so that the loops are exact on fractions.
    `effort`: how many times the usual number of examples its settings deserve.
    `padding`: what its loops call the number that padding holds, that number, and whether a product
    with it could be skipped.
    """

    op: type[Op]
    examples: st.SearchStrategy[Example]
    exact: bool = True
    effort: int = 1
    padding: tuple[str, float, bool] | None = None


def integers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


# --- sliding windows -------------------------------------------------------------------------------


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


def loops(function: Callable[..., Any], **settings: Any) -> Callable[..., Array]:
    """Let a function on nested lists take and return arrays of objects."""

    def on_arrays(*arrays: Array) -> Array:
        return np.array(function(*(a.tolist() for a in arrays), **settings), dtype=object)

    return on_arrays


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


# --- products, sums, losses ------------------------------------------------------------------------


@st.composite
def linears(draw: Draw) -> Example:
    n, k, o = (draw(integers(1, 5)) for _ in range(3))
    batched, bias = draw(st.booleans()), draw(st.booleans())
    shapes = ((n, k) if batched else (k,), (o, k), *[(o,)] * bias)

    def by_loops(x: Array, *rest: Array) -> Array:
        y = loops(reference.linear)(x.reshape(-1, k), *rest)
        return y if batched else y[0]

    def by_loops_vjp(arg: int, g: Array, x: Array, w: Array, *b: Array) -> Array:
        g2, x2 = g.reshape(-1, o), x.reshape(-1, k)
        if arg == 2:
            return np.array([reference.add_up(column) for column in g2.T], dtype=object)
        return loops(reference.matmul)(*((g2, w) if arg == 0 else (g2.T, x2))).reshape((x, w)[arg].shape)

    return Example(ops.Linear(), shapes, F.linear, by_loops, by_loops_vjp, batched)


@st.composite
def products(draw: Draw, op: type[Op]) -> Example:
    m, k, n = (draw(integers(1, 5)) for _ in range(3))
    shapes = {ops.MatMul: ((m, k), (k, n)), ops.MatVec: ((m, k), (k,)), ops.Dot: ((k,), (k,))}[op]

    def by_loops(a: Array, b: Array) -> Array:
        y = loops(reference.matmul)(a.reshape(-1, k), b.reshape(k, -1))
        return y.reshape(a.shape[:-1] + b.shape[1:])

    def by_loops_vjp(arg: int, g: Array, a: Array, b: Array) -> Array:
        g2, a2, b2 = g.reshape(-1 if a.ndim > 1 else 1, n if b.ndim > 1 else 1), a.reshape(-1, k), b.reshape(k, -1)
        return loops(reference.matmul)(*((g2, b2.T) if arg == 0 else (a2.T, g2))).reshape((a, b)[arg].shape)

    return Example(op(), shapes, torch.matmul, by_loops, by_loops_vjp)


ANY_SHAPE = st.lists(integers(1, 4), max_size=3).map(tuple)


def pointwise(
    op: Op | st.SearchStrategy[Op], inputs: int, by_torch: Callable[..., Any], by_number: Callable[..., Any]
) -> st.SearchStrategy[Example]:
    """Ops that treat every entry alone; those with settings pass themselves to their oracles."""

    def example(op: Op, shape: Shape) -> Example:
        settings = [op] if isinstance(op, ops.Scale) else []

        def by_loops(*arrays: Array) -> Array:
            entries = [by_number(*settings, *numbers) for numbers in zip(*(a.flat for a in arrays), strict=True)]
            return np.array([*entries, None], dtype=object)[:-1].reshape(shape)

        return Example(op, (shape,) * inputs, partial(by_torch, *settings), by_loops)

    return st.builds(example, op if isinstance(op, st.SearchStrategy) else st.just(op), ANY_SHAPE)


def _sum(x: Array) -> Array:
    return np.array(reference.add_up(x.flat), dtype=object)


def _squared_error(op: ops.SquaredError, a: Array, b: Array) -> Array:
    total = reference.squared_error(list(a.flat), list(b.flat))
    return np.array(total / a.size if op.reduction == "mean" else total, dtype=object)


def _pairwise(a: Array, b: Array) -> Array:
    pairs = [(a[i, k], b[j, k]) for i, j, k in product(*map(range, (len(a), len(b), a.shape[1])))]
    return np.array(reference.squared_error(*map(list, zip(*pairs, strict=True))), dtype=object)


CASES = (
    Case(ops.Conv1d, convs(1), effort=4, padding=("zero", 0, True)),
    Case(ops.Conv2d, convs(2), effort=4, padding=("zero", 0, True)),
    Case(ops.ConvTranspose1d, transposed_convs(1), effort=3),
    Case(ops.ConvTranspose2d, transposed_convs(2), effort=3),
    Case(ops.MaxPool1d, max_pools(1), effort=2, padding=("lowest", -inf, False)),
    Case(ops.MaxPool2d, max_pools(2), effort=2, padding=("lowest", -inf, False)),
    Case(ops.AvgPool1d, avg_pools(1), effort=2, padding=("zero", 0, False)),
    Case(ops.AvgPool2d, avg_pools(2), effort=2, padding=("zero", 0, False)),
    Case(ops.Linear, linears()),
    Case(ops.MatMul, products(ops.MatMul)),
    Case(ops.MatVec, products(ops.MatVec)),
    Case(ops.Dot, products(ops.Dot)),
    Case(ops.Sum, ANY_SHAPE.map(lambda s: Example(ops.Sum(), (s,), torch.sum, _sum))),
    Case(
        ops.Transpose,
        st.tuples(integers(1, 4), integers(1, 4)).map(lambda s: Example(ops.Transpose(), (s,), torch.t, lambda x: x.T)),
    ),
    Case(ops.Add, pointwise(ops.Add(), 2, torch.add, lambda a, b: a + b)),
    Case(ops.Sub, pointwise(ops.Sub(), 2, torch.sub, lambda a, b: a - b)),
    Case(ops.Mul, pointwise(ops.Mul(), 2, torch.mul, lambda a, b: a * b)),
    Case(
        ops.Scale,
        pointwise(integers(-3, 3).map(ops.Scale), 1, lambda op, x: x * op.factor, lambda op, x: x * op.factor),
    ),
    Case(ops.Square, pointwise(ops.Square(), 1, torch.square, lambda x: x * x)),
    Case(ops.ReLU, pointwise(ops.ReLU(), 1, F.relu, reference.relu)),
    Case(ops.Sigmoid, pointwise(ops.Sigmoid(), 1, torch.sigmoid, partial(reference.sigmoid, exp=np.exp)), exact=False),
    Case(ops.Tanh, pointwise(ops.Tanh(), 1, torch.tanh, np.tanh), exact=False),
    Case(
        ops.SquaredError,
        st.builds(
            lambda op, s: Example(op, (s, s), partial(F.mse_loss, reduction=op.reduction), partial(_squared_error, op)),
            st.sampled_from([ops.SquaredError(), ops.SquaredError("mean")]),
            ANY_SHAPE,
        ),
    ),
    Case(
        ops.PairwiseSquaredError,
        st.tuples(integers(1, 4), integers(1, 4), integers(1, 3)).map(
            lambda s: Example(
                ops.PairwiseSquaredError(),
                ((s[0], s[2]), (s[1], s[2])),
                lambda a, b: ((a[:, None] - b[None]) ** 2).sum(),
                _pairwise,
            )
        ),
    ),
)
