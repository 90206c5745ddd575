"""The Jacobian viewer: the matrix of one edge as a picture, each of its cells explained."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite, prod
from typing import Any, ClassVar, Literal

import numpy as np

from labcode import ops
from labcode.errors import ArgumentError
from labcode.explore.explorer import Explorer
from labcode.geometry import SIZE_RULE, per_axis
from labcode.graph import Variable, record
from labcode.jacobian import jacobian as jacobian_of
from labcode.op import Array, Op, Shape
from labcode.render import html

LARGEST = 256  # rows or columns; more would not fit a screen
WRITTEN = 60  # cells explained in the page; the browser explains more when they are asked for
CHOICES = {
    "op": {"matmul": "w x", "conv2d": "w ⋆ x", "max_pool2d": "max pooling of x", "relu": "relu(x)"},
    "by": {"x": "x", "w": "w"},
    "order": {"F": "F: columns", "C": "C: rows"},
    "layout": {"numerator": "numerator", "denominator": "denominator"},
}
LABELS = {
    "op": "y is",
    "by": "differentiate by",
    "order": "vec stacks",
    "x": "x (; ends a row)",
    "w": "w (; ends a row)",
}
USES = {
    "w": ["matmul", "conv2d"],
    "pool": ["max_pool2d"],
    **{key: ["conv2d"] for key in ("stride", "padding", "dilation")},
}
FORMS = {  # of ∂y/∂x or ∂y/∂w for column-major and row-major vec, numerator layout
    "matmul w": ("xᵀ ⊗ I: each block a scaled identity matrix", "I ⊗ xᵀ: xᵀ on a diagonal of blocks"),
    "matmul x": ("I ⊗ w: w on a diagonal of blocks", "w ⊗ I: each block a scaled identity matrix"),
    "conv2d x": ("Toeplitz bands in blocks: the weights, shifted from row to row",) * 2,
    "conv2d w": ("a row for each window: what lies under it",) * 2,
    "max_pool2d x": ("selection: a single one in each row, at the winner",) * 2,
    "relu x": ("diagonal: each output depends on its own input alone",) * 2,
}
Index = tuple[int, ...]


@dataclass(frozen=True)
class Matrix(Explorer):
    """The Jacobian of an edge; made by `jacobian`."""

    op: str
    by: str
    x: Any
    w: Any
    stride: Any
    padding: Any
    dilation: Any
    pool: Any
    order: Literal["F", "C"]
    layout: Literal["numerator", "denominator"]
    name: str = ""
    rule: Op = field(init=False, repr=False, compare=False)

    kind: ClassVar[str] = "matrix"
    title: ClassVar[str] = "The Jacobian of an edge, cell by cell"

    def __post_init__(self) -> None:
        for key, allowed in CHOICES.items():
            if getattr(self, key) not in allowed:
                raise ArgumentError(key, repr(getattr(self, key)), f"one of {', '.join(map(repr, allowed))}")
        if self.by == "w" and self.op not in USES["w"]:
            raise ArgumentError("by", "'w'", f"'x': {self.op} has no w")
        for key in ("x", "w"):
            self._keep(key, _matrix(key, getattr(self, key)))
        conv = ops.Conv2d(self.stride, self.padding, self.dilation)
        for key in ("stride", "padding", "dilation"):
            self._keep(key, getattr(conv, key))
        self._keep("pool", per_axis("pool", self.pool, 2, 1, SIZE_RULE))
        rules = {"matmul": ops.MatMul(), "conv2d": conv, "max_pool2d": ops.MaxPool2d(self.pool), "relu": ops.ReLU()}
        self._keep("rule", rules[self.op])
        for name, shape in (("y", self.output), (self.by, self.source.shape)):
            if prod(shape) > LARGEST:
                raise ArgumentError(name, f"{prod(shape)} entries", f"at most {LARGEST}, to fit the screen")

    def _keep(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    @property
    def inputs(self) -> tuple[Array, ...]:
        """Of the op, in its order: a product has w on the left."""
        return {"matmul": (self.w, self.x), "conv2d": (self.x, self.w)}.get(self.op, (self.x,))

    @cached_property
    def output(self) -> Shape:
        """Shape of y."""
        return self.rule.shape(*(a.shape for a in self.inputs))

    @property
    def source(self) -> Array:
        """What y is differentiated by."""
        array: Array = getattr(self, self.by)
        return array

    def matrix(self, sparse: bool) -> Any:
        """The Jacobian, as labcode computes it."""
        variables = {id(a): Variable(a) for a in self.inputs}
        y = record(self.rule, *variables.values())
        return jacobian_of(y, variables[id(self.source)], self.order, self.layout, sparse=sparse)

    def config(self) -> dict[str, Any]:
        """The op, its arrays and settings, and how its Jacobian is written."""
        settings = {
            k: v if isinstance(v := getattr(self, k), str) else list(v) for k in ("stride", "padding", "dilation")
        }
        arrays = {"x": self.x.tolist(), "w": self.w.tolist()}
        chosen = {"op": self.op, "by": self.by, "order": self.order, "layout": self.layout}
        return {**chosen, **arrays, **settings, "pool": list(self.pool)}

    def data(self) -> dict[str, Any]:
        """Also what does not depend on the settings: choices, which op uses what, forms."""
        return {**super().data(), "facts": {"choices": CHOICES, "labels": LABELS, "uses": USES, "forms": FORMS}}

    def trace(self) -> dict[str, Any]:
        """Its dimensions, entries, memory and form, and what its first cells mean."""
        dense, sparse = self.matrix(sparse=False), self.matrix(sparse=True)
        sparse.sort_indices()
        stored = sparse.tocoo()
        shapes = self._laid((self.output, self.source.shape))
        return {
            "output": list(self.output),
            "rows": dense.shape[0],
            "columns": dense.shape[1],
            "blocks": [shape[0 if self.order == "F" else -1] for shape in shapes],
            "entries": [
                list(e) for e in zip(*(a.tolist() for a in (stored.row, stored.col, stored.data)), strict=True)
            ],
            "nonzero": int(np.count_nonzero(dense)),
            "dense": dense.nbytes,
            "sparse": sum(part.nbytes for part in (sparse.data, sparse.indices, sparse.indptr)),
            "form": "the transpose of " * (self.layout == "denominator")
            + FORMS[f"{self.op} {self.by}"][self.order == "C"],
            "cells": [self.cell(n, dense) for n in range(min(WRITTEN, dense.size))],
        }

    def _laid(self, pair: tuple[Any, Any]) -> tuple[Any, Any]:
        """(output, input) as (row, column), and back."""
        return pair if self.layout == "numerator" else pair[::-1]

    def cell(self, number: int, dense: Array) -> dict[str, Any]:
        """One cell, counted row by row: which output, which input, its value and why."""
        row, column = divmod(number, dense.shape[1])
        positions = self._laid((row, column))
        out, at = (
            tuple(int(i) for i in np.unravel_index(n, shape, order=self.order))
            for n, shape in zip(positions, (self.output, self.source.shape), strict=True)
        )
        return {"output": list(out), "input": list(at), "value": float(dense[row, column]), "why": self.why(out, at)}

    def why(self, out: Index, at: Index) -> str:
        """Why ∂y[out]/∂(input)[at] is what it is."""
        told: str = getattr(self, f"_{self.op}")(out, at)
        return told

    def _matmul(self, out: Index, at: Index) -> str:
        if self.by == "w":
            if at[0] == out[0]:
                return f"{entry('w', at)} is multiplied by {entry('x', (at[1], out[1]))} in {entry('y', out)}"
            return f"{entry('y', out)} reads row {out[0]} of w alone"
        if at[1] == out[1]:
            return f"{entry('x', at)} is multiplied by {entry('w', (out[0], at[0]))} in {entry('y', out)}"
        return f"{entry('y', out)} reads column {out[1]} of x alone"

    def _conv2d(self, out: Index, at: Index) -> str:
        assert isinstance(self.rule, ops.Conv2d)
        windows, window = self.rule.windows(self.w.shape), f"the window of {entry('y', out)}"
        if self.by == "w":
            under = tuple(v.tap(p, t) for v, p, t in zip(windows, out, at, strict=True))
            if all(0 <= i < n for i, n in zip(under, self.x.shape, strict=True)):
                return f"{entry('w', at)} lies on {entry('x', under)} in {window}"
            return f"{entry('w', at)} lies on padding in {window}"
        taps = [(i - v.start(p), v) for v, p, i in zip(windows, out, at, strict=True)]
        if all(d % v.dilation == 0 and 0 <= d // v.dilation < v.kernel for d, v in taps):
            return f"{entry('w', tuple(d // v.dilation for d, v in taps))} lies on {entry('x', at)} in {window}"
        return f"{entry('x', at)} is not under {window}"

    def _max_pool2d(self, out: Index, at: Index) -> str:
        assert isinstance(self.rule, ops.MaxPool2d)
        window = f"the window of {entry('y', out)}"
        if any(i // n != p for i, n, p in zip(at, self.pool, out, strict=True)):
            return f"{entry('x', at)} is not under {window}"
        winner = tuple(int(i) for i in np.unravel_index(self.rule.indices(self.x)[out], self.x.shape))
        if winner == at:
            return f"{entry('x', at)} is the largest in {window}, or the first of the largest"
        return f"{entry('x', winner)} wins in {window}"

    def _relu(self, out: Index, at: Index) -> str:
        if out != at:
            return f"{entry('y', out)} reads {entry('x', out)} alone"
        if self.x[at] > 0:
            return f"{entry('x', at)} is positive and passes as it is"
        return f"{entry('x', at)} is not positive, so {entry('y', out)} stays zero"

    def fallback(self) -> str:
        """The cells that are stored, with their reasons."""
        dense = self.matrix(sparse=False)
        trace = self.trace()
        rows = []
        for number, (row, column, value) in enumerate(trace["entries"], 1):
            cell = self.cell(row * dense.shape[1] + column, dense)
            names = (entry("y", cell["output"]), entry(self.by, cell["input"]))
            rows.append((number, *self._laid(names), value, cell["why"]))
        size = f"{dense.shape[0]} × {dense.shape[1]}"
        header = ["number", "row", "column", "value", "why"]
        return html.table(rows, header, f"∂y/∂{self.by}, {size}: the entries that need not be zero")


def entry(name: str, index: Any) -> str:
    """An entry in words."""
    return f"{name}[{', '.join(map(str, index))}]" if len(index) else name


def _matrix(name: str, value: Any) -> Array:
    """An array of floats with two axes."""
    rows = value.tolist() if isinstance(value, np.ndarray) else value
    sound = isinstance(rows, list | tuple) and rows and all(isinstance(row, list | tuple) and row for row in rows)
    numbers = [n for row in rows for n in row] if sound else [None]
    finite = all(isinstance(n, int | float) and not isinstance(n, bool) and isfinite(n) for n in numbers)
    if not finite or len({len(row) for row in rows}) > 1:
        raise ArgumentError(name, "no matrix", "rows of equal length, of finite numbers")
    return np.array(rows, float)


def jacobian(
    op: str = "matmul",
    by: str = "x",
    x: Any = ((2,), (3,)),
    w: Any = ((1, 2), (3, 4)),
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    pool: Any = 2,
    order: Literal["F", "C"] = "F",
    layout: Literal["numerator", "denominator"] = "numerator",
    name: str = "",
) -> Matrix:
    """Explore ∂vec(y)/∂vec(x) or ∂vec(y)/∂vec(w) of one op, cell by cell.

    Shows itself in a notebook and on a page of the book: the matrix as a picture; of each cell which output and which
    input it belongs to, and why it is zero or not; order of vec and layout switched live.

    Parameters
    ----------
    op : str
        "matmul" (y = w x), "conv2d" (y = w ⋆ x), "max_pool2d" or "relu".
    by : "x" or "w"
        What y is differentiated by.
    x, w : array_like with two axes
        Input, and left factor or kernel.
    stride, padding, dilation
        Of the convolution.
    pool : int or (int, int)
        Window and stride of the pooling.
    order : "F" or "C"
        How both are stacked (see `vec`).
    layout : "numerator" or "denominator"
        Rows for outputs, or its transpose.
    name : str
        Key of its state in a link; needed where a page has two.

    Returns
    -------
    Matrix

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks the rules of the op, or the matrix would not fit the screen.

    Examples
    --------
    >>> jacobian("matmul", "w", [[5], [7]], [[1, 2], [3, 4]]).trace()["form"]
    'xᵀ ⊗ I: each block a scaled identity matrix'
    """
    return Matrix(op, by, x, w, stride, padding, dilation, pool, order, layout, name)
