"""Task 2: the graph of max pooling after a convolution, its gradient, and one step of gradient descent."""

from __future__ import annotations

from fractions import Fraction

from labcode.functional import conv1d, max_pool1d
from labcode.graph import Graph, Variable, sgd
from labcode.op import Array
from labcode.practice.question import Question

X = (2, 1, 2)
W = (1, 0)
STRIDE, PADDING = 1, 0  # of the convolution
POOL = 2  # entries under the pooling window
ALPHA = Fraction(1, 2)  # the learning rate
TIED_X = (2, 2, 1)  # an input for which two different windows give the same value


def record(x: tuple[int, ...] = X, w: tuple[float, ...] = W) -> tuple[Variable, Variable, Variable, Variable]:
    """Compute x, w → z = conv(x, w) → f = maxpool(z), keeping every intermediate value."""
    vx, vw = Variable(x, name="x"), Variable(w, name="w")
    z = conv1d(vx, vw, stride=STRIDE, padding=PADDING).named("z")
    return vx, vw, z, max_pool1d(z, POOL).named("f")


def graph(x: tuple[int, ...] = X, w: tuple[float, ...] = W) -> Graph:
    """Question 1: the computational graph."""
    return Graph(record(x, w)[-1])


def gradient(x: tuple[int, ...] = X, w: tuple[float, ...] = W) -> Array:
    """Question 2: ∂f/∂w."""
    _, vw, _, f = record(x, w)
    f.backward()
    assert vw.grad is not None
    return vw.grad


def step(alpha: float | Fraction = ALPHA) -> tuple[Array, float]:
    """Question 3: w after one step, and f there."""
    vx, vw, _, f = record()
    f.backward()
    sgd([vw], lr=float(alpha))
    assert vw.value is not None
    after = max_pool1d(conv1d(vx, vw, stride=STRIDE, padding=PADDING), POOL)
    return vw.value, after.value.item()


_DATA = f"f(x, w) = maxpool(conv(x, w), 1×{POOL}), stride {STRIDE}, padding {PADDING}; x = {list(X)}, w = {list(W)}. "

QUESTIONS: tuple[Question, ...] = (
    Question("2.1", _DATA + "Draw the computational graph with every intermediate value.", graph),
    Question("2.2", _DATA + "Find ∂f/∂w through the local gradient of every edge.", gradient),
    Question("2.3", _DATA + f"Take one step of gradient descent with α = {ALPHA}. What are w and f then?", step),
)
