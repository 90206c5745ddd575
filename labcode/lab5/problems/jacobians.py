"""Further problems on Jacobians: vec, elementwise functions, layers as matrices, chains and their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from labcode import ops
from labcode.closed_form import kronecker
from labcode.functional import conv1d
from labcode.graph import Variable
from labcode.jacobian import chain, jacobian, vec
from labcode.op import Array, Count
from labcode.practice.problem import Part, Problem, Slip, sets
from labcode.practice.solution import Solution

PAGE = "3-jacobians"
TURNED = Slip(
    "turned",
    "the Jacobian transposed",
    "This is the transpose. Here a Jacobian has a row for each output and a column for each input.",
    "J",
    sets(finish=lambda _: lambda J: J.T),
    "finish",
    often=True,
)


@dataclass(frozen=True, eq=False)
class Stack:
    """vec of a matrix."""

    A: Array
    order: Any = "F"

    def vec(self) -> Array:
        """The stacked columns."""
        return vec(self.A, self.order)


def _explain_vec(d: Stack) -> Solution:
    rows, columns = d.A.shape
    read = (", ".join(f"{{A.{i * columns + j}}}" for i in range(rows)) for j in range(columns))
    return Solution((*(f"Column {j + 1}: {text}." for j, text in enumerate(read)), "One under the other: {v}."))


VEC = Problem(
    key="vec",
    title="Stacking a matrix",
    page=PAGE,
    level="drill",
    statement="A = {A}. Stack its columns, as the textbook's vec does.",
    shown=lambda d: {"A": d.A},
    draw=lambda dice: Stack(dice.integers(-4, 5, *dice.choice(((2, 3), (3, 2), (2, 4))))),
    parts=(Part("v", "What is vec(A)?", "vector", lambda d: d.vec()),),
    slips=(
        Slip(
            "rows",
            "rows stacked",
            "You stacked rows, as NumPy's and PyTorch's ravel do. The textbook's vec stacks columns.",
            "v",
            sets(order="C"),
            "order",
        ),
        Slip("right", "columns from the right", "You began with the last column.", "v", sets(A=lambda d: d.A[:, ::-1])),
        Slip("up", "columns from below", "You read the columns upwards.", "v", sets(A=lambda d: d.A[::-1])),
        Slip("first", "the first column only", "All columns belong in it.", "v", sets(A=lambda d: d.A[:, :1])),
        Slip("one-less", "the last column left out", "The last column is missing.", "v", sets(A=lambda d: d.A[:, :-1])),
        Slip("sign", "minus signs lost", "Minus signs got lost.", "v", sets(A=lambda d: abs(d.A))),
    ),
    hints=(
        "vec(A) is one long column. It begins with the first column of A.",
        "Go down each column, then to the next.",
    ),
    explain=_explain_vec,
    fits=lambda d: len(set(d.A.ravel().tolist())) == d.A.size and d.A.shape[1] > 1,
)


@dataclass(frozen=True, eq=False)
class Elementwise:
    """y = x², entry by entry."""

    x: Array
    finish: Callable[[Array], Array] = lambda J: J

    def jacobian(self) -> Array:
        """Diagonal: each output sees its own input only."""
        x = Variable(self.x.astype(float), name="x")
        return self.finish(jacobian(x**2, x))


SQUARE = Problem(
    key="square-jacobian",
    title="The Jacobian of an elementwise function",
    page=PAGE,
    level="drill",
    statement="y = x², entry by entry, at x = {x}.",
    shown=lambda d: {"x": d.x},
    draw=lambda dice: Elementwise(dice.integers(-5, 6, 3)),
    parts=(Part("J", "What is ∂y/∂x?", "matrix", lambda d: d.jacobian()),),
    slips=(
        Slip(
            "row",
            "a row of derivatives",
            "Three outputs and three inputs: how many rows and columns?",
            "J",
            sets(finish=lambda _: lambda J: J.sum(0, keepdims=True)),
            "finish",
        ),
        Slip(
            "column",
            "a column of derivatives",
            "Three outputs and three inputs: how many rows and columns?",
            "J",
            sets(finish=lambda _: lambda J: J.sum(1, keepdims=True)),
            "finish",
        ),
        Slip(
            "full",
            "the derivatives in every row",
            "An output does not depend on the other inputs.",
            "J",
            sets(finish=lambda _: lambda J: np.ones_like(J) @ J),
            "finish",
        ),
        Slip(
            "half",
            "the 2 forgotten",
            "The derivative of a square has a factor.",
            "J",
            sets(finish=lambda _: lambda J: J / 2),
            "finish",
            often=True,
        ),
        Slip(
            "values",
            "the values, not the slopes",
            "These are the squares themselves. Their slopes are asked for.",
            "J",
            sets(finish=lambda _: lambda J: J * J / 4),
            "finish",
        ),
        Slip(
            "one",
            "slope 1 throughout",
            "That is the Jacobian of y = x.",
            "J",
            sets(finish=lambda _: lambda J: np.eye(len(J))),
            "finish",
        ),
        Slip(
            "sign", "minus signs lost", "A slope is negative where x is.", "J", sets(x=lambda d: abs(d.x)), often=True
        ),
    ),
    hints=("Which inputs does the first output depend on?", "On the diagonal stand the slopes 2·x."),
    explain=lambda d: Solution(
        (
            "Output i depends on x[i] alone, so all entries off the diagonal are 0.",
            *(f"∂y[{i}]/∂x[{i}] = 2·{{(x.{i})}}" for i in range(len(d.x))),
            "Together: {J}.",
        )
    ),
    fits=lambda d: bool((d.x < 0).any()) and len(set(abs(d.x).tolist())) == d.x.size and 0 not in d.x,
)


@dataclass(frozen=True, eq=False)
class Sliding:
    """A convolution along one axis as a matrix: ∂z/∂x, or ∂z/∂w."""

    x: Array
    w: Array
    stride: int = 2
    padding: int = 0
    by: str = "x"
    finish: Callable[[Array], Array] = lambda J: J

    def jacobian(self) -> Array:
        """A row for each place of the window."""
        named = {"x": Variable(self.x.astype(float), name="x"), "w": Variable(self.w.astype(float), name="w")}
        return self.finish(
            jacobian(conv1d(named["x"], named["w"], stride=self.stride, padding=self.padding), named[self.by])
        )


def _explain_sliding(d: Sliding) -> Solution:
    n = len(d.x)
    places = (n - len(d.w)) // d.stride + 1
    rows = (
        ", ".join(f"{{w.{i - p * d.stride}}}" if 0 <= i - p * d.stride < len(d.w) else "0" for i in range(n))
        for p in range(places)
    )
    return Solution(
        (
            "Row p holds the kernel where the window stands at place p, and zeros elsewhere:",
            *(f"Row {p + 1}: {row}" for p, row in enumerate(rows)),
        )
    )


SLIDING = Problem(
    key="convolution-matrix",
    title="A convolution as a matrix",
    page="network-layers",
    level="exercise",
    statement="z = conv(x, w) with x = {x}, w = {w}, stride {stride}, no padding.",
    shown=lambda d: {"x": d.x, "w": d.w, "stride": d.stride},
    draw=lambda dice: Sliding(dice.integers(-3, 4, dice.integer(5, 6)), dice.integers(-4, 4, 2)),
    parts=(Part("J", "What is ∂z/∂x?", "matrix", lambda d: d.jacobian()),),
    slips=(
        TURNED,
        Slip(
            "flip",
            "the kernel turned round",
            "In each row the kernel runs backwards. A row shows which weight lies on which entry.",
            "J",
            sets(w=lambda d: d.w[::-1]),
            "w",
            often=True,
        ),
        Slip(
            "stride-one",
            "moved by one from row to row",
            "From row to row the kernel moves by the stride.",
            "J",
            sets(stride=1),
            "stride",
        ),
        Slip(
            "by-w",
            "∂z/∂w",
            "That is ∂z/∂w: what the windows see. By x it is the kernel that slides.",
            "J",
            sets(by="w"),
        ),
        Slip("pad", "padded", "Your window hangs over the ends of x.", "J", sets(padding=1), "padding"),
        Slip("sign", "minus signs of w lost", "Minus signs of w got lost.", "J", sets(w=lambda d: abs(d.w)), "w"),
        Slip(
            "first-row",
            "every row the same",
            "The window moves from place to place, and the kernel with it.",
            "J",
            sets(finish=lambda _: lambda J: J[np.zeros(len(J), int)]),
            "finish",
        ),
    ),
    hints=(
        "How many places are there, and how many entries has x? That is the size.",
        "Row by row: which weight lies on which entry of x? Where none does, a 0.",
    ),
    explain=_explain_sliding,
    fits=lambda d: bool((d.w < 0).any()) and d.w.all(),
)


@dataclass(frozen=True, eq=False)
class Weights:
    """∂z/∂vec(W) of z = W x, where W has two rows."""

    x: Array
    rows: int = 2
    order: Any = "F"
    finish: Callable[[Array], Array] = lambda J: J

    def jacobian(self) -> Array:
        """xᵀ ⊗ I."""
        return self.finish(kronecker(self.x, self.rows, self.order))


WEIGHTS = Problem(
    key="weight-jacobian",
    title="A linear layer by its weights",
    page=PAGE,
    level="exam",
    statement="z = W x with W of size 2 × {n} and x = {x}; vec stacks the columns of W.",
    shown=lambda d: {"x": d.x, "n": len(d.x)},
    draw=lambda dice: Weights(dice.integers(-5, 6, dice.integer(2, 3))),
    parts=(Part("J", "What is ∂z/∂vec(W)?", "matrix", lambda d: d.jacobian()),),
    slips=(
        TURNED,
        Slip(
            "rows",
            "the rows of W stacked",
            "That is for stacked rows, as PyTorch flattens. Here the columns of W are stacked.",
            "J",
            sets(order="C"),
            "order",
            often=True,
        ),
        Slip("one-output", "a single output", "z has two entries. Each has its own row.", "J", sets(rows=1), "rows"),
        Slip("three", "a row too many", "z has as many entries as W has rows.", "J", sets(rows=3), "rows"),
        Slip(
            "backwards",
            "x turned round",
            "The first columns belong to the first column of W, which meets the first entry of x.",
            "J",
            sets(x=lambda d: d.x[::-1]),
        ),
        Slip(
            "full",
            "x in every row of every block",
            "An output depends on its own row of W only.",
            "J",
            sets(finish=lambda _: lambda J: np.ones((2, 2), int) @ J),
            "finish",
        ),
        Slip("sign", "minus signs lost", "Minus signs of x got lost.", "J", sets(x=lambda d: abs(d.x)), often=False),
    ),
    hints=(
        "How many entries has z, and how many has W? That is the size.",
        "The first columns belong to the first column of W: which entry of x does it meet, in which output?",
    ),
    explain=lambda d: Solution(
        (
            "z has 2 entries and W has {entries}, so the size is 2 × {entries}.",
            *(f"Column {i + 1} of W meets {{x.{i}}}: a block with {{x.{i}}} on its diagonal." for i in range(len(d.x))),
            "Together, xᵀ ⊗ I = {J}.",
        ),
        {"entries": 2 * len(d.x)},
    ),
    fits=lambda d: d.x.all() and len(set(d.x.tolist())) == d.x.size and bool((d.x < 0).any()),
)


@dataclass(frozen=True, eq=False)
class Product:
    """A row of upstream gradients times a Jacobian."""

    g: Array
    J: Array

    def row(self) -> Array:
        """∂L/∂x = ∂L/∂z · ∂z/∂x."""
        return chain(self.g[None], self.J)[0]


PRODUCT = Problem(
    key="chain",
    title="One step of the chain",
    page=PAGE,
    level="drill",
    statement="∂L/∂z = {g} and ∂z/∂x = {M}.",
    shown=lambda d: {"g": d.g, "M": d.J},
    draw=lambda dice: Product(dice.integers(-3, 4, 2), dice.integers(-3, 4, 2, 3)),
    parts=(Part("r", "What is ∂L/∂x?", "vector", lambda d: d.row()),),
    slips=(
        Slip(
            "sum",
            "the rows added",
            "You left ∂L/∂z out: each row of the Jacobian is weighed by it.",
            "r",
            sets(g=lambda d: np.ones_like(d.g)),
            "g",
            often=True,
        ),
        Slip(
            "first", "the first row only", "All outputs contribute.", "r", sets(g=lambda d: d.g * np.array([1, 0])), "g"
        ),
        Slip(
            "last", "the last row only", "All outputs contribute.", "r", sets(g=lambda d: d.g * np.array([0, 1])), "g"
        ),
        Slip(
            "crossed",
            "the upstream gradients exchanged",
            "The first entry of ∂L/∂z belongs to the first row.",
            "r",
            sets(g=lambda d: d.g[::-1]),
            "g",
            often=True,
        ),
        Slip(
            "sign-g", "a minus of ∂L/∂z lost", "A minus sign of ∂L/∂z got lost.", "r", sets(g=lambda d: abs(d.g)), "g"
        ),
        Slip(
            "sign-M",
            "minus signs of the Jacobian lost",
            "A minus sign of the Jacobian got lost.",
            "r",
            sets(J=lambda d: abs(d.J)),
            often=True,
        ),
        Slip(
            "backwards",
            "the columns turned round",
            "The first entry belongs to the first column.",
            "r",
            sets(J=lambda d: d.J[:, ::-1]),
        ),
    ),
    hints=("A row times a matrix: how many entries has the result?", "Each column meets ∂L/∂z, entry by entry."),
    explain=lambda d: Solution(
        tuple(f"Column {j + 1}: {{(g.0)}}·{{(M.{j})}} + {{(g.1)}}·{{(M.{j + 3})}} = {{r.{j}}}" for j in range(3))
    ),
    fits=lambda d: d.g.all() and bool((d.g < 0).any() and (d.J < 0).any()),
)


@dataclass(frozen=True, eq=False)
class Order:
    """Multiplications of (1×a)(a×b)(b×c), multiplied from the left or from the right.

    `read` takes them from the counts, `keep` says which of the two products count.
    """

    a: int
    b: int
    c: int
    read: Callable[[Count], int] = lambda count: count.mul
    keep: tuple[int, int] = (1, 1)
    swap: bool = False

    def total(self, left: bool) -> int:
        """Of both products."""
        a, b, c = self.a, self.b, self.c
        from_left, from_right = ((1, a, b), (1, b, c)), ((a, b, c), (1, a, c))
        products = from_left if left != self.swap else from_right
        counts = [ops.MatMul().count((m, k), (k, n)) for m, k, n in products]
        return sum(self.read(count) * keep for count, keep in zip(counts, self.keep, strict=True))


ORDER = Problem(
    key="chain-order",
    title="In which order to multiply",
    page=PAGE,
    level="exam",
    statement="Three Jacobians of sizes 1 × {a}, {a} × {b} and {b} × {c} are multiplied. Count the multiplications of "
    "numbers.",
    shown=lambda d: {"a": d.a, "b": d.b, "c": d.c},
    draw=lambda dice: Order(dice.integer(3, 12), dice.integer(3, 12), dice.integer(5, 30)),
    parts=(
        Part("left", "How many from the left, as backpropagation does?", "number", lambda d: d.total(True)),
        Part("right", "How many from the right?", "number", lambda d: d.total(False)),
    ),
    slips=(
        Slip(
            "operations",
            "additions counted too",
            "You counted additions too.",
            "left right",
            sets(read=lambda _: lambda count: count.mul + count.add),
            "read",
        ),
        Slip(
            "additions",
            "additions",
            "These are the additions.",
            "left right",
            sets(read=lambda _: lambda count: count.add),
            "read",
        ),
        Slip(
            "first",
            "the first product only",
            "Three factors take two products.",
            "left right",
            sets(keep=(1, 0)),
            "keep",
            often=True,
        ),
        Slip(
            "second",
            "the last product only",
            "Three factors take two products.",
            "left right",
            sets(keep=(0, 1)),
            "keep",
        ),
        Slip(
            "swapped", "the other order", "That is the other order.", "left right", sets(swap=True), "swap", often=True
        ),
        Slip(
            "twice",
            "the first product twice",
            "The second product has other sizes than the first.",
            "left right",
            sets(keep=(2, 0)),
            "keep",
        ),
    ),
    hints=(
        "(m × k) times (k × n) has m·n entries with k multiplications each.",
        "From the left, the first factor stays a single row throughout.",
    ),
    explain=lambda d: Solution(
        (
            "From the left: 1·{a}·{b} + 1·{b}·{c} = {left}.",
            "From the right: {a}·{b}·{c} + 1·{a}·{c} = {right}.",
            "A single output is why backpropagation goes from the left.",
        )
    ),
)

PROBLEMS: tuple[Problem, ...] = (VEC, SQUARE, PRODUCT, SLIDING, WEIGHTS, ORDER)
