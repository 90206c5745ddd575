"""Task 3: dimensions and Jacobians in the graph x → z = W x → q → L, with u entering q and y entering L.

The drawing of the task is lost, so three readings are kept that fit every given dimension, and one
that does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from labcode import ops
from labcode.closed_form import homogeneous
from labcode.dims import Inference, infer
from labcode.graph import Graph, Variable, record
from labcode.op import PartialShape
from labcode.practice.question import Question

W_SHAPE = (4, 6)
U_SHAPE = (4, 1)
Y_SHAPE = (17, 1)
SAMPLES = Y_SHAPE[0]  # reading C: one prediction for each label
SEED = 5
NODES = ("x", "W", "u", "y", "z", "q", "L")


@dataclass(frozen=True)
class Reading:
    """One way to complete the task: what q and L compute, and the shape of x as far as it is given."""

    key: str
    sentence: str
    q: Callable[[Variable, Variable], Variable]
    loss: Callable[[Variable, Variable], Variable]
    x_shape: PartialShape = field(default=(None, 1))

    def graph(self) -> Variable:
        """L of the graph with declared shapes: x is unknown but for what the reading says."""
        x = Variable(shape=self.x_shape, name="x")
        return self._record(x, *(Variable(shape=s, name=n) for n, s in zip("Wuy", GIVEN, strict=True)))

    def numbers(self, seed: int = SEED) -> Variable:
        """L of the same graph filled with small whole numbers."""
        rng = np.random.default_rng(seed)
        columns = self.x_shape[1] or 1
        free = rng.integers(-2, 3, (W_SHAPE[1] - 1, columns))
        W, u, y = (rng.integers(-2, 3, s) for s in GIVEN)
        named = {"x": homogeneous(free), "W": W, "u": u, "y": y}
        return self._record(*(Variable(value, name=name) for name, value in named.items()))

    def _record(self, x: Variable, W: Variable, u: Variable, y: Variable) -> Variable:
        z = (W @ x).named("z")
        return self.loss(self.q(u, z).named("q"), y).named("L")


GIVEN = (W_SHAPE, U_SHAPE, Y_SHAPE)


def _inner(u: Variable, z: Variable) -> Variable:
    return u.T.named("uᵀ") @ z


def _pairwise(q: Variable, y: Variable) -> Variable:
    return record(ops.PairwiseSquaredError(), q, y)


def _row_against_column(q: Variable, y: Variable) -> Variable:
    return record(ops.SquaredError(), q.T.named("qᵀ"), y)


def _entrywise(q: Variable, y: Variable) -> Variable:
    return record(ops.SquaredError(), q, y)


A = Reading("A", "one sample, q = uᵀz, a single number compared with every label", _inner, _pairwise)
B = Reading("B", "one sample, q = z ⊙ u, entry by entry, each compared with every label", lambda u, z: z * u, _pairwise)
C = Reading(
    "C",
    f"{SAMPLES} samples at once, the columns of x; q a row of predictions",
    _inner,
    _row_against_column,
    (None, SAMPLES),
)
READINGS = (A, B, C)
MISFIT = Reading("✗", "one sample, q = z ⊙ u, compared with the labels entry by entry", lambda u, z: z * u, _entrywise)


def dimensions(reading: Reading = A) -> Inference:
    """All dimensions of a reading's graph, inferred from W, u, y and the number of samples."""
    return infer(reading.graph())


def shapes(reading: Reading = A) -> dict[str, PartialShape]:
    """Question 1: dimensions of x, w = vec(W), z, q and L; a scalar is 1×1."""
    found = dimensions(reading).shapes
    w = (_entries(found["W"]), 1)
    return {"x": found["x"], "w": w, "z": found["z"], "q": found["q"], "L": found["L"] or (1, 1)}


def gradient_shape(of: str, by: str, reading: Reading = A) -> tuple[int, int]:
    """Dimensions of ∂of/∂by in numerator layout: entries of `of` × entries of `by` ("w" is vec(W))."""
    found = dimensions(reading).shapes
    rows, columns = (_entries(found["W" if n == "w" else n]) for n in (of, by))
    return rows, columns


def variable(output: Variable, name: str) -> Variable:
    """The Variable of this name in the graph behind `output`."""
    graph = Graph(output)
    return graph.variables[graph.index("W" if name == "w" else name)]


def _entries(shape: PartialShape) -> int:
    return int(np.prod([n for n in shape if n is not None])) if shape else 1


_DATA = (
    f"W is {W_SHAPE[0]}×{W_SHAPE[1]}, u is {U_SHAPE[0]}×{U_SHAPE[1]}, y is {Y_SHAPE[0]}×{Y_SHAPE[1]}, "
    "x is in homogeneous coordinates, w = vec(W); the graph runs x → z = W x → q → L, u enters q, y enters L. "
)

QUESTIONS: tuple[Question, ...] = (
    Question("3.1", _DATA + "What are the dimensions of x, w, z, q and L?", shapes),
    Question(
        "3.2",
        "What are the dimensions of the edge gradients ∂L/∂q, ∂q/∂z and ∂z/∂w?",
        lambda: {f"∂{a}/∂{b}": gradient_shape(a, b) for a, b in (("L", "q"), ("q", "z"), ("z", "w"))},
        note="Numerator layout: a row for each output.",
    ),
    Question("3.3", "What are the dimensions of ∂L/∂y?", lambda: gradient_shape("L", "y")),
    Question("3.4", "What are the dimensions of ∂L/∂w?", lambda: gradient_shape("L", "w")),
)
