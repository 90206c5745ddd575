"""The problem of task 3: the dimensions of every node and of every Jacobian in a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import prod
from types import MappingProxyType
from typing import Any

from labcode import ops
from labcode.dims import infer
from labcode.graph import Variable, record
from labcode.lab5 import task3
from labcode.op import Shape
from labcode.practice.answers import Value
from labcode.practice.problem import Part, Problem, Slip, Work, sets
from labcode.practice.solution import Solution

Sizes = Mapping[str, Any]
Formula = Callable[[Sizes], Shape]  # from the sizes of all nodes to the one that is asked for


def jacobian(of: str, by: str) -> Formula:
    """Numerator layout: a row for each entry of `of`, a column for each entry of `by`."""
    return lambda sizes: (prod(sizes[of]), prod(sizes[by]))


def _inner(u: Variable, z: Variable) -> Variable:
    return u.T @ z


def _elementwise(u: Variable, z: Variable) -> Variable:
    return u * z


FORMULAS: Mapping[str, Formula] = MappingProxyType(
    {
        "x": lambda sizes: sizes["x"],
        "w": lambda sizes: (prod(sizes["W"]), 1),
        "z": lambda sizes: sizes["z"],
        "q": lambda sizes: sizes["q"],
        "L": lambda sizes: sizes["L"] or (1, 1),
        "dL/dq": jacobian("L", "q"),
        "dq/dz": jacobian("q", "z"),
        "dz/dw": jacobian("z", "w"),
        "dL/dy": jacobian("L", "y"),
        "dL/dw": jacobian("L", "w"),
    }
)


@lru_cache(maxsize=1024)
def _sizes(rows: int, columns: int, labels: int, q: Callable[[Variable, Variable], Variable]) -> dict[str, Any]:
    x = Variable(shape=(None, 1), name="x")
    W, u = Variable(shape=(rows, columns), name="W"), Variable(shape=(rows, 1), name="u")
    y = Variable(shape=(labels, 1), name="y")
    z = (W @ x).named("z")
    found = dict(infer(record(ops.PairwiseSquaredError(), q(u, z).named("q"), y).named("L")).shapes)
    return {**found, "L": found["L"] or (1, 1), "w": FORMULAS["w"](found)}


@dataclass(frozen=True, eq=False)
class Dimensions:
    """Sizes in x → z = W x → q = uᵀz → L, the squared errors of q against every label in y, summed.

    `columns` is what the learner takes W to have; `q` makes q of u and z; `formulas` say how each size
    is read off the sizes of the nodes.
    """

    W: Shape
    labels: int
    columns: int = 0  # more or fewer than W has
    q: Callable[[Variable, Variable], Variable] = _inner
    formulas: Mapping[str, Formula] = field(default_factory=lambda: FORMULAS)

    @property
    def sizes(self) -> dict[str, Any]:
        """Of every node, inferred from the graph."""
        return _sizes(self.W[0], self.W[1] + self.columns, self.labels, self.q)

    def size(self, part: str, **earlier: Value) -> Shape:
        """The size that is asked for; earlier answers stand for those of the graph."""
        return self.formulas[part]({**self.sizes, **earlier})

    def explain(self) -> Solution:
        """Each size and why."""
        lines = (
            "z = W x: the inner sizes agree, so x has a row for each column of W, {x.0}, and one column. Its last 1 is "
            "among them.",
            "w = vec(W): all {W.0}·{W.1} entries in one column, {w.0} × {w.1}.",
            "z has the rows of W and the columns of x: {z.0} × {z.1}.",
            "q = uᵀz: (1 × {z.0}) times ({z.0} × 1) is {q.0} × {q.1}.",
            "L is a sum over all labels, one number: {L.0} × {L.1}.",
            "A Jacobian has a row for each output and a column for each input:",
            "∂L/∂q: {L.0} output, {q.0} input, so {dL/dq.0} × {dL/dq.1}.",
            "∂q/∂z: {q.0} output, {z.0} inputs, so {dq/dz.0} × {dq/dz.1}.",
            "∂z/∂w: {z.0} outputs, {w.0} inputs, so {dz/dw.0} × {dz/dw.1}.",
            "∂L/∂y: {L.0} output, {labels} inputs, so {dL/dy.0} × {dL/dy.1}.",
            "∂L/∂w: {L.0} output, {w.0} inputs, so {dL/dw.0} × {dL/dw.1}, as the product of ∂L/∂q, ∂q/∂z and ∂z/∂w.",
        )
        return Solution(lines)


def says(part: str, formula: Formula) -> Callable[[Work], Work]:
    """A change of work: another formula for one size."""
    return sets(formulas=lambda d: {**d.formulas, part: formula})


def turned(*parts: str) -> Callable[[Work], Work]:
    """A change of work: rows and columns of these exchanged."""

    def change(d: Work) -> Mapping[str, Formula]:
        return {**d.formulas, **{p: _reversed(d.formulas[p]) for p in parts}}

    return sets(formulas=change)


def _reversed(formula: Formula) -> Formula:
    return lambda sizes: formula(sizes)[::-1]


def slip(part: str, key: str, name: str, words: str, formula: Formula, **more: Any) -> Slip:
    """A slip with the formula of one size; later sizes may come out right all the same."""
    return Slip(f"{part}-{key}", name, words, part, says(part, formula), fades=True, **more)


JACOBIANS = ("dq/dz", "dz/dw", "dL/dy")
PER_LABEL = "You kept the losses of all labels apart. The loss adds them up to one number."
LAYOUT = (
    "This is the denominator layout, or the transpose. Here a Jacobian has a row for each output and a column for each "
    "input."
)
SLIPS = (
    Slip(
        "homogeneous-forgotten",
        "the 1 of the homogeneous coordinate left out",
        "Where is the 1 of the homogeneous coordinate? W has a column for it, so x has a row.",
        "x",
        sets(columns=-1),
        "columns",
        fades=True,
    ),
    Slip(
        "homogeneous-twice",
        "the 1 of the homogeneous coordinate added twice",
        "You appended a 1 to x. Its homogeneous coordinate is already counted among the columns of W.",
        "x",
        sets(columns=1),
        "columns",
        fades=True,
    ),
    slip(
        "x",
        "rows",
        "the rows of W taken for x",
        "You took the rows of W. In W x the columns of W meet the rows of x.",
        lambda s: (s["W"][0], 1),
    ),
    Slip(
        "row",
        "a row instead of a column",
        "Vectors are columns here. You wrote a row.",
        "x w z",
        turned("x", "w", "z"),
        fades=True,
    ),
    slip(
        "x",
        "square",
        "as many columns as rows",
        "x is one sample: how many columns has one vector?",
        lambda s: (s["W"][1], s["W"][1]),
    ),
    slip(
        "w",
        "matrix",
        "W not stacked",
        "That is W itself. vec stacks its columns on each other to one long column.",
        lambda s: s["W"],
    ),
    slip(
        "w",
        "transposed",
        "Wᵀ",
        "That is W transposed. vec stacks the columns of W on each other to one long column.",
        lambda s: s["W"][::-1],
    ),
    slip(
        "w",
        "added",
        "rows and columns added",
        "You added rows and columns. How many entries has W in all?",
        lambda s: (sum(s["W"]), 1),
    ),
    slip(
        "w",
        "without-bias",
        "the column of the homogeneous coordinate left out",
        "You left out the column that meets the 1 of the homogeneous coordinate. It is part of W.",
        lambda s: (s["W"][0] * (s["W"][1] - 1), 1),
    ),
    slip(
        "z",
        "columns",
        "the columns of W taken for z",
        "You took the columns of W. W x keeps the rows of W.",
        lambda s: (s["W"][1], 1),
    ),
    slip("z", "matrix", "the size of W", "That is the size of W. W x is a vector.", lambda s: s["W"]),
    slip(
        "z",
        "entries",
        "all entries of W",
        "That counts the weights. W x has an entry for each row of W.",
        lambda s: (prod(s["W"]), 1),
    ),
    slip(
        "z",
        "homogeneous",
        "a 1 appended to z",
        "You appended a 1 to z. Only x is in homogeneous coordinates.",
        lambda s: (s["W"][0] + 1, 1),
    ),
    Slip(
        "elementwise",
        "u and z multiplied entry by entry",
        "You multiplied u and z entry by entry. uᵀz adds the products up.",
        "q",
        sets(q=lambda _: _elementwise),
        "q",
        fades=True,
    ),
    slip(
        "q",
        "outer",
        "the outer product",
        "u zᵀ is an outer product. In uᵀz a row meets a column.",
        lambda s: (prod(s["u"]), prod(s["z"])),
    ),
    slip(
        "q",
        "labels",
        "q forced to match y",
        "q need not have the size of y: it is compared with every label.",
        lambda s: s["y"],
    ),
    slip("q", "row", "uᵀ alone", "That is the size of uᵀ. Multiplied by z, what is left?", lambda s: s["u"][::-1]),
    slip("L", "labels", "a loss for each label", PER_LABEL, lambda s: s["y"]),
    slip(
        "L", "entries", "a loss for each entry of z", "A loss is one number: the errors are added up.", lambda s: s["z"]
    ),
    slip(
        "dL/dq",
        "entries",
        "the entries of z taken for q",
        "How many entries has q? Look back at its size.",
        jacobian("L", "z"),
    ),
    slip("dL/dq", "labels", "a column for each label", "The columns belong to q, not to y.", jacobian("L", "y")),
    slip("dL/dq", "per-label", "a row for each label", PER_LABEL, jacobian("y", "q")),
    Slip("layout", "Jacobians transposed", LAYOUT, " ".join(JACOBIANS), turned(*JACOBIANS), fades=True),
    slip(
        "dq/dz",
        "square",
        "a row for each entry of z",
        "How many outputs are there? q is a single number.",
        jacobian("z", "z"),
    ),
    slip("dq/dz", "number", "a single number", "A column for each entry of z: how many has it?", jacobian("L", "q")),
    slip("dq/dz", "x", "the entries of x taken for z", "The columns belong to z, not to x.", jacobian("q", "x")),
    slip(
        "dz/dw",
        "matrix",
        "the size of W",
        "That is the size of W, and of ∂z/∂x. By w, there is a column for each entry of W.",
        lambda s: s["W"],
    ),
    slip(
        "dz/dw", "one-row", "a single row", "How many outputs are there? A row for each entry of z.", jacobian("L", "w")
    ),
    slip(
        "dz/dw",
        "one-neuron",
        "the weights of a single row of W",
        "That is a single output with its own weights. All outputs and all weights belong in it.",
        jacobian("L", "x"),
    ),
    slip(
        "dz/dw",
        "without-bias",
        "the column of the homogeneous coordinate left out",
        "You left out the weights that meet the 1 of the homogeneous coordinate.",
        lambda s: (prod(s["z"]), s["W"][0] * (s["W"][1] - 1)),
    ),
    slip("dL/dy", "per-label", "a row and a column for each label", PER_LABEL, jacobian("y", "y")),
    slip("dL/dy", "number", "a single number", "A column for each label: how many are there?", jacobian("L", "q")),
    slip("dL/dy", "z", "the entries of z taken for y", "The columns belong to y, not to z.", jacobian("L", "z")),
    slip(
        "dL/dy",
        "homogeneous",
        "a 1 appended to y",
        "Only x is in homogeneous coordinates.",
        lambda s: (1, prod(s["y"]) + 1),
    ),
    slip("dL/dy", "w", "the entries of w taken for y", "The columns belong to y, not to w.", jacobian("L", "w")),
    slip("dL/dw", "per-label", "a row for each label", PER_LABEL, jacobian("y", "w")),
    slip(
        "dL/dw",
        "column",
        "the gradient as a column",
        "A gradient is often written as a column; in numerator layout it is a row.",
        lambda s: (prod(s["w"]), prod(s["L"])),
        accepted=True,
    ),
    slip(
        "dL/dw",
        "matrix",
        "the gradient in the shape of W",
        "PyTorch's W.grad has the shape of W; by vec(W), in numerator layout, it is a row.",
        lambda s: s["W"],
        accepted=True,
    ),
    slip("dL/dw", "z", "stopped at z", "You stopped at z. The chain goes on to w.", jacobian("L", "z")),
    slip(
        "dL/dw",
        "x",
        "the entries of x taken for w",
        "That is ∂L/∂x. w has an entry for each weight.",
        jacobian("L", "x"),
    ),
    slip(
        "dL/dw",
        "without-bias",
        "the column of the homogeneous coordinate left out",
        "You left out the weights that meet the 1 of the homogeneous coordinate.",
        lambda s: (1, s["W"][0] * (s["W"][1] - 1)),
    ),
)


def _node(key: str) -> Part:
    return Part(
        key,
        f"What is the size of {key}?" if key != "w" else "What is the size of w = vec(W)?",
        "size",
        lambda d: d.size(key),
        question="3.1",
    )


def _edge(of: str, by: str, question: str) -> Part:
    key = f"d{of}/d{by}"
    return Part(
        key,
        f"What is the size of ∂{of}/∂{by}?",
        "size",
        lambda d, a, b: d.size(key, **{of: a, by: b}),
        (of, by),
        question,
        follow="entries",
    )


DIMENSIONS = Problem(
    key="3",
    title="Dimensions in a graph",
    page="3-jacobians",
    level="exercise",
    statement="W is {W.0} × {W.1}, u is {W.0} × 1, y is {labels} × 1. x is one sample in homogeneous coordinates, "
    "its 1 included; w = vec(W). The graph runs z = W x, q = uᵀz, and L adds up the squared errors of q against every "
    "label in y. Write every size as rows × columns, a scalar as 1 × 1; Jacobians in numerator layout.",
    shown=lambda d: {"W": d.W, "labels": d.labels},
    draw=lambda dice: Dimensions((dice.integer(2, 6), dice.integer(3, 9)), dice.integer(10, 25)),
    parts=(
        *map(_node, ("x", "w", "z", "q", "L")),
        _edge("L", "q", "3.2"),
        _edge("q", "z", "3.2"),
        _edge("z", "w", "3.2"),
        Part("dL/dy", "What is the size of ∂L/∂y?", "size", lambda d, L: d.size("dL/dy", L=L), ("L",), "3.3"),
        _edge("L", "w", "3.4"),
    ),
    slips=SLIPS,
    hints=(
        "In a product the inner sizes agree, and the outer ones remain. Write the sizes under W x and uᵀz.",
        "A Jacobian has a row for each entry of what is differentiated, and a column for each entry of what by.",
        "So count entries: of w, all of W; of L and q, one.",
    ),
    explain=lambda d: d.explain(),
    original=Dimensions(task3.W_SHAPE, task3.Y_SHAPE[0]),
)

PROBLEMS: tuple[Problem, ...] = (DIMENSIONS,)
