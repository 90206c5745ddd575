"""What a page needs to compute an op without labcode: which entries of its inputs meet in which entry of its output.

It is read off the op's own rules, by probing them. A linear op has partials that never change. In a product of two
inputs the partial by an entry of one is the entry of the other that it meets, and if entry j holds j + 1, it tells
which. A maximum says in its trace what it reads. Positions count row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from labcode import ops
from labcode.errors import ArgumentError
from labcode.op import Array, Op, Shape

LINEAR = (
    *(ops.Add, ops.Sub, ops.Scale, ops.Sum, ops.Transpose, ops.Reshape, ops.Flip),
    *(ops.Fold, ops.Unfold, ops.AvgPool1d, ops.AvgPool2d),
)
BILINEAR = (
    *(ops.Conv1d, ops.Conv2d, ops.ConvTranspose1d, ops.ConvTranspose2d),
    *(ops.MatMul, ops.MatVec, ops.VecMat, ops.Dot, ops.Linear, ops.Mul),
)
LARGEST = 30_000  # numbers in a structure: more are not sent to a page


def structure(op: Op, *shapes: Shape) -> dict[str, Any]:
    """The rule of an op for inputs of these shapes, as JSON.

    Returns
    -------
    dict
        "rule": "linear" with "partials", for each input [output, input, slope, …]; "product" with "products",
        [output, first input, second input, …], and "bias", as for linear; "max" with "windows"; "squares" with
        "pairs" of entries and the divisor "by"; "softmax", "log_softmax" and "cross_entropy" with "lines", and
        the last also with "targets" and "by"; else the name of a function of single numbers.

    Raises
    ------
    ArgumentError
        If there are more than 30,000 numbers in it.

    Examples
    --------
    >>> structure(ops.Dot(), (2,), (2,))
    {'rule': 'product', 'products': [0, 0, 0, 0, 1, 1], 'bias': []}
    """
    made = _structure(op, *shapes)
    numbers = sum(len(v) for key, v in made.items() if key not in ("rule", "by") for v in _flat_lists(made[key]))
    if numbers > LARGEST:
        raise ArgumentError(
            "f", f"a graph whose {op.symbol} takes {numbers} numbers to write down", f"at most {LARGEST}"
        )
    return made


def _structure(op: Op, *shapes: Shape) -> dict[str, Any]:
    if isinstance(op, LINEAR):
        return {"rule": "linear", "partials": [_partials(op, arg, shapes) for arg in range(len(shapes))]}
    if isinstance(op, BILINEAR):
        found = op.partials(0, *_probe(op, shapes, 1))
        products = np.stack([found.rows, found.columns, found.values.astype(int) - 1], axis=1)
        return {
            "rule": "product",
            "products": products.ravel().tolist(),
            "bias": _partials(op, 2, shapes) if len(shapes) > 2 else [],
        }
    if isinstance(op, ops.MaxPool1d | ops.MaxPool2d):
        steps = op.trace(np.zeros(shapes[0]))
        windows = [[_position(t.index, shapes[0]) for t in step.terms if t.inside] for step in steps]
        return {"rule": "max", "windows": windows}
    if isinstance(op, ops.SquaredError):
        n = int(np.prod(shapes[0]))
        return {
            "rule": "squares",
            "pairs": [i for k in range(n) for i in (k, k)],
            "by": n if op.reduction == "mean" else 1,
        }
    if isinstance(op, ops.PairwiseSquaredError):
        (m, p), (n, _) = shapes
        pairs = [at for i, j, k in product(range(m), range(n), range(p)) for at in (i * p + k, j * p + k)]
        return {"rule": "squares", "pairs": pairs, "by": 1}
    if isinstance(op, ops.Softmax | ops.LogSoftmax):
        return {"rule": "softmax" if isinstance(op, ops.Softmax) else "log_softmax", "lines": _lines(op.dim, shapes[0])}
    if isinstance(op, ops.CrossEntropy):
        targets = [_position(term.index, shapes[0]) for step in op.trace(np.zeros(shapes[0])) for term in step.terms]
        by = len(targets) if op.reduction == "mean" else 1
        return {"rule": "cross_entropy", "lines": _lines(-1, shapes[0]), "targets": targets, "by": by}
    return {"rule": type(op).__name__}


def _probe(op: Op, shapes: Sequence[Shape], arg: int) -> tuple[Array, ...]:
    """An output and inputs, zero but for one, whose entries count from 1."""
    arrays = [np.zeros(shape) for shape in shapes]
    if arg < len(shapes):
        arrays[arg] = np.arange(1.0, arrays[arg].size + 1).reshape(shapes[arg])
    return (np.zeros(op.shape(*shapes)), *arrays)


def _partials(op: Op, arg: int, shapes: Sequence[Shape]) -> list[float]:
    found = op.partials(arg, *_probe(op, shapes, len(shapes)))
    triples = zip(found.rows.tolist(), found.columns.tolist(), found.values.tolist(), strict=True)
    return [n for row, column, slope in triples for n in (row, column, int(slope) if slope == int(slope) else slope)]


def _position(index: Shape, shape: Shape) -> int:
    return int(np.ravel_multi_index(index, shape))


def _lines(dim: int, shape: Shape) -> list[list[int]]:
    positions = np.atleast_1d(np.arange(int(np.prod(shape))).reshape(shape))
    lines: list[list[int]] = np.moveaxis(positions, dim, -1).reshape(-1, positions.shape[dim]).tolist()
    return lines


def _flat_lists(value: list[Any]) -> list[list[Any]]:
    return value if value and isinstance(value[0], list) else [value]
