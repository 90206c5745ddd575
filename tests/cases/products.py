"""Random products, sums, losses and ops that treat every entry alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from math import prod
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody gives it
from hypothesis import strategies as st

from labcode import ops, reference
from labcode.op import Array, Op, Shape
from tests.cases.example import Draw, Example, integers, loops
from tests.counting import known

ANY_SHAPE = st.lists(integers(1, 4), max_size=3).map(tuple)


@st.composite
def linears(draw: Draw) -> Example:
    k, o = draw(integers(1, 5)), draw(integers(1, 5))
    lead, bias = draw(ANY_SHAPE), draw(st.booleans())
    shapes = ((*lead, k), (o, k), *[(o,)] * bias)

    def by_loops(x: Array, *rest: Array) -> Array:
        return loops(reference.linear)(x.reshape(-1, k), *rest).reshape(*lead, o)

    def by_loops_vjp(arg: int, g: Array, x: Array, w: Array, *b: Array) -> Array:
        g2, x2 = g.reshape(-1, o), x.reshape(-1, k)
        if arg == 2:
            return np.array([reference.add_up(column) for column in g2.T], dtype=object)
        return loops(reference.matmul)(*((g2, w) if arg == 0 else (g2.T, x2))).reshape((x, w)[arg].shape)

    return Example(ops.Linear(), shapes, F.linear, by_loops, by_loops_vjp, batched=len(lead) > 0)


@st.composite
def products(draw: Draw, op: type[Op]) -> Example:
    m, k, n = (draw(integers(1, 5)) for _ in range(3))
    shapes = {
        ops.MatMul: ((m, k), (k, n)),
        ops.MatVec: ((m, k), (k,)),
        ops.VecMat: ((k,), (k, n)),
        ops.Dot: ((k,), (k,)),
    }[op]

    def by_loops(a: Array, b: Array) -> Array:
        y = loops(reference.matmul)(a.reshape(-1, k), b.reshape(k, -1))
        return y.reshape(a.shape[:-1] + b.shape[1:])

    def by_loops_vjp(arg: int, g: Array, a: Array, b: Array) -> Array:
        g2, a2, b2 = g.reshape(-1 if a.ndim > 1 else 1, n if b.ndim > 1 else 1), a.reshape(-1, k), b.reshape(k, -1)
        return loops(reference.matmul)(*((g2, b2.T) if arg == 0 else (a2.T, g2))).reshape((a, b)[arg].shape)

    return Example(op(), shapes, torch.matmul, by_loops, by_loops_vjp)


def pointwise(
    op: Op | st.SearchStrategy[Op],
    inputs: int,
    by_torch: Callable[..., Any],
    by_number: Callable[..., Any],
    grad: Callable[..., Any],
) -> st.SearchStrategy[Example]:
    """Ops that treat every entry alone: by_number(*inputs), and grad(arg, g, y, *inputs) for its gradient.

    Those with settings pass themselves to their oracles.
    """

    def example(op: Op, shape: Shape) -> Example:
        settings = [op] if isinstance(op, ops.Scale) else []
        value = partial(by_number, *settings)

        def entry_by_entry(function: Callable[..., Any], *arrays: Array) -> Array:
            entries = [function(*numbers) for numbers in zip(*(a.flat for a in arrays), strict=True)]
            return np.array([*entries, None], dtype=object)[:-1].reshape(shape)

        def by_loops_vjp(arg: int, g: Array, *arrays: Array) -> Array:
            return entry_by_entry(lambda g, *x: grad(*settings, arg, g, known(value, *x), *x), g, *arrays)

        loops = partial(entry_by_entry, value)
        return Example(op, (shape,) * inputs, partial(by_torch, *settings), loops, by_loops_vjp)

    return st.builds(example, op if isinstance(op, st.SearchStrategy) else st.just(op), ANY_SHAPE)


def single(number: Any) -> Array:
    """A number as an array without axes."""
    return np.array([number, None], dtype=object)[0:1].reshape(())


# --- rearrangements, sums, losses ------------------------------------------------------------------

sums = ANY_SHAPE.map(
    lambda s: Example(
        ops.Sum(),
        (s,),
        torch.sum,
        lambda x: single(reference.add_up(x.flat)),
        lambda arg, g, x: np.broadcast_to(g, s),
    )
)


def _columns(x: Array) -> Array:
    return np.array(list(zip(*x, strict=True)), dtype=object)


transposes = st.tuples(integers(1, 4), integers(1, 4)).map(
    lambda s: Example(ops.Transpose(), (s,), torch.t, _columns, lambda arg, g, x: _columns(g))
)


def _divide(draw: Draw, entries: int) -> Shape:
    """A random shape of so many entries."""
    sizes = []
    while entries > 1:
        sizes.append(draw(st.sampled_from([n for n in range(1, entries + 1) if entries % n == 0])))
        entries //= sizes[-1]
    return tuple(sizes)


@st.composite
def reshapes(draw: Draw) -> Example:
    shape = draw(ANY_SHAPE)
    target = _divide(draw, prod(shape))

    def in_order(x: Array, shape: Shape) -> Array:
        y = np.empty(shape, dtype=object)
        for index, entry in zip(product(*map(range, shape)), x.flat, strict=True):
            y[index] = entry
        return y

    return Example(
        ops.Reshape(target),
        (shape,),
        lambda x: x.reshape(target),
        lambda x: in_order(x, target),
        lambda arg, g, x: in_order(g, shape),
    )


@st.composite
def flips(draw: Draw) -> Example:
    shape = draw(ANY_SHAPE)
    axes = draw(st.lists(integers(0, len(shape) - 1), unique=True)) if shape else []
    dims = tuple(a - draw(st.sampled_from([0, len(shape)])) for a in axes)
    given = dims[0] if len(dims) == 1 and draw(st.booleans()) else dims

    def by_loops(x: Array) -> Array:
        return np.asarray(x[tuple(slice(None, None, -1 if a in axes else 1) for a in range(x.ndim))], dtype=object)

    return Example(ops.Flip(given), (shape,), lambda x: torch.flip(x, dims), by_loops, lambda arg, g, x: by_loops(g))


@st.composite
def softmaxes(draw: Draw, op: type[Op]) -> Example:
    shape = draw(ANY_SHAPE)
    rank = max(1, len(shape))
    dim = draw(integers(-rank, rank - 1))
    by_torch = {ops.Softmax: F.softmax, ops.LogSoftmax: F.log_softmax}[op]
    by_line = {
        ops.Softmax: partial(reference.softmax, exp=np.exp),
        ops.LogSoftmax: partial(reference.log_softmax, exp=np.exp, log=np.log),
    }[op]

    def line_by_line(function: Callable[..., Any], *arrays: Array) -> Array:
        moved = [np.moveaxis(a.reshape(shape or (1,)), dim, -1) for a in arrays]
        lines = zip(*(a.reshape(-1, a.shape[-1]).tolist() for a in moved), strict=True)
        y = np.array([function(*line) for line in lines], dtype=object)
        return np.moveaxis(y.reshape(moved[0].shape), -1, dim).reshape(shape)

    def line_vjp(g: list[Any], x: list[Any]) -> list[Any]:
        y = [known(lambda *line, k=k: by_line(list(line))[k], *x) for k in range(len(x))]
        if op is ops.Softmax:
            total = reference.add_up(s * t for s, t in zip(g, y, strict=True))
            return [t * (s - total) for s, t in zip(g, y, strict=True)]
        total = reference.add_up(g)
        return [s - np.exp(t) * total for s, t in zip(g, y, strict=True)]

    return Example(
        op(dim),
        (shape,),
        lambda x: by_torch(x, dim),
        partial(line_by_line, by_line),
        lambda arg, g, x: line_by_line(line_vjp, g, x),
    )


@st.composite
def cross_entropies(draw: Draw) -> Example:
    n, c = draw(integers(1, 4)), draw(integers(1, 5))
    batched, reduction = draw(st.booleans()), draw(st.sampled_from(["mean", "sum"]))
    targets = [draw(integers(0, c - 1)) for _ in range(n if batched else 1)]
    target = targets if batched else targets[0]

    def by_loops(x: Array) -> Array:
        lines = zip(x.reshape(-1, c), targets, strict=True)
        total = reference.add_up(reference.cross_entropy(list(line), t, np.exp, np.log) for line, t in lines)
        return single(total / len(targets) if reduction == "mean" else total)

    def by_loops_vjp(arg: int, g: Array, x: Array) -> Array:
        share = g.item() / len(targets) if reduction == "mean" else g.item()
        lines = [reference.softmax(list(line), np.exp) for line in x.reshape(-1, c)]
        for line, t in zip(lines, targets, strict=True):
            line[t] = line[t] - 1
        return np.array([[entry * share for entry in line] for line in lines], dtype=object).reshape(x.shape)

    def by_torch(x: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(x, torch.tensor(target), reduction=reduction)

    shape = (n, c) if batched else (c,)
    return Example(ops.CrossEntropy(target, reduction), (shape,), by_torch, by_loops, by_loops_vjp)


@st.composite
def squared_errors(draw: Draw) -> Example:
    shape, reduction = draw(ANY_SHAPE), draw(st.sampled_from(["mean", "sum"]))

    def by_loops(a: Array, b: Array) -> Array:
        total = reference.squared_error(list(a.flat), list(b.flat))
        return single(total / a.size if reduction == "mean" else total)

    def by_loops_vjp(arg: int, g: Array, a: Array, b: Array) -> Array:
        double = 2 * g.item()
        share = double / a.size if reduction == "mean" else double
        pairs = zip(a.flat, b.flat, strict=True) if arg == 0 else zip(b.flat, a.flat, strict=True)
        return np.array([*((s - t) * share for s, t in pairs), None], dtype=object)[:-1].reshape(shape)

    by_torch = partial(F.mse_loss, reduction=reduction)
    return Example(ops.SquaredError(reduction), (shape, shape), by_torch, by_loops, by_loops_vjp)


@st.composite
def pairwise_squared_errors(draw: Draw) -> Example:
    m, n, p = draw(integers(1, 4)), draw(integers(1, 4)), draw(integers(1, 3))

    def by_loops(a: Array, b: Array) -> Array:
        pairs = [(a[i, k], b[j, k]) for i, j, k in product(range(m), range(n), range(p))]
        return single(reference.squared_error(*map(list, zip(*pairs, strict=True))))

    def by_loops_vjp(arg: int, g: Array, a: Array, b: Array) -> Array:
        a, b = (a, b) if arg == 0 else (b, a)
        double = 2 * g.item()
        sums = [reference.add_up(column) for column in b.T]
        return np.array(
            [[(len(b) * s - t) * double for s, t in zip(row, sums, strict=True)] for row in a], dtype=object
        )

    def by_torch(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return ((a[:, None] - b[None]) ** 2).sum()

    return Example(ops.PairwiseSquaredError(), ((m, p), (n, p)), by_torch, by_loops, by_loops_vjp)
