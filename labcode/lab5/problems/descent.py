"""The problem of task 2: max pooling after a convolution, its gradient, and one step of gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from labcode import ops
from labcode.functional import conv1d, max_pool1d, true_convolution1d
from labcode.graph import Variable, sgd
from labcode.lab5 import task2
from labcode.op import Array
from labcode.practice import solution
from labcode.practice.answers import Value
from labcode.practice.chance import Dice
from labcode.practice.problem import Part, Problem, Slip, array, sets
from labcode.practice.solution import Solution

Route = Callable[[Array], Array]  # from z to ∂f/∂z


def to_winner(z: Array) -> Array:
    """Max pooling hands the whole gradient to the largest entry."""
    return _back(ops.MaxPool1d(z.size), z)


def _back(pool: ops.MaxPool1d | ops.AvgPool1d, z: Array) -> Array:
    """The gradient 1 of a pooling of all entries, sent back."""
    entries = z.ravel()
    f = pool.forward(entries)
    return pool.vjp(0, np.ones_like(f), f, entries).reshape(z.shape)


def to_loser(z: Array) -> Array:
    """To the smallest entry."""
    return to_winner(-z)


def to_each(z: Array) -> Array:
    """To every entry, whole."""
    return np.ones_like(z)


def shared(z: Array) -> Array:
    """To every entry alike: the mean's way."""
    return _back(ops.AvgPool1d(z.size), z)


def to_none(z: Array) -> Array:
    """To none."""
    return np.zeros_like(z)


@dataclass(frozen=True, eq=False)
class Descent:
    """f = maxpool(conv(x, w)) and a step w ← start·w − rate·∂f/∂w.

    `conv` and `pool` run forward, `route` sends the gradient back through the pooling, `seen` is what the
    convolution multiplied, `weigh` is done to the gradient at the end; `rate` is taken of α.
    """

    x: Array
    w: Array
    alpha: Fraction
    conv: Callable[..., Any] = conv1d
    pool: Callable[[Array], Any] = lambda z: max_pool1d(z.ravel(), z.size)
    route: Route = to_winner
    seen: Callable[[Array], Array] = lambda x: x
    weigh: Callable[[Array, Array], Array] = lambda gradient, w: gradient
    start: Fraction = Fraction(1)
    rate: Callable[[Fraction], Fraction] = lambda alpha: alpha
    after: Callable[[Array, Array], Array] = lambda new, old: new

    def z(self) -> Array:
        """The result of the convolution."""
        return self.conv(self.x, self.w)

    def f(self, z: Value) -> Any:
        """The pooling."""
        return self.pool(array(z))

    def gradient(self, z: Value) -> Array:
        """∂f/∂w by backpropagation: through the pooling along `route`, then through the convolution."""
        w = Variable(self.w.astype(float), name="w")
        recorded = self.conv(Variable(self.seen(self.x).astype(float)), w)
        recorded.backward(self.route(array(z)))
        assert w.grad is not None
        return self.weigh(w.grad, self.w)

    def step(self, gradient: Value) -> Array:
        """Compute w after the step."""
        w = Variable(float(self.start) * self.w, name="w")
        w.grad = array(gradient)
        sgd([w], lr=float(self.rate(self.alpha)))
        assert w.value is not None
        return w.value

    def z_after(self, w: Value) -> Array:
        """The result of the convolution with the new w."""
        return self.conv(self.x.astype(float), self.after(array(w), self.w.astype(float)))

    def f_after(self, w: Value) -> Any:
        """Compute f with the new w."""
        return self.pool(self.z_after(w))

    def explain(self) -> Solution:
        """Every number from x to the value after the step."""
        z = self.z()
        g = self.gradient(z)
        new = self.step(g)
        windows = np.lib.stride_tricks.sliding_window_view(self.x, self.w.size)
        lines = (
            *solution.steps(ops.Conv1d().trace(self.x, self.w), self.x.shape, "z", "x", "w"),
            f"f = max({_entries('z', z)}) = {{f}}",
            "∂f/∂z = {upstream}: a 1 at the winner",
            "∂z/∂w = {windows}: what the window sees at each place",
            "∂f/∂w = ∂f/∂z · ∂z/∂w = {g}",
            *(f"w[{i}] ← {{w.{i}}} − {{alpha}}·{{(g.{i})}} = {{w-new.{i}}}" for i in range(len(new))),
            *solution.steps(ops.Conv1d().trace(self.x.astype(float), new), self.x.shape, "after", "x", "w-new"),
            f"f = max({_entries('after', z)}) = {{f-after}}",
        )
        between = {"upstream": [self.route(array(z))], "windows": windows, "after": self.z_after(new)}
        return Solution(lines, between)


def _entries(name: str, of: Array) -> str:
    return ", ".join(f"{{{name}.{i}}}" for i in range(len(of)))


def _draw(dice: Dice) -> Descent:
    w = np.array([dice.integer(-3, -1), dice.integer(1, 3)])
    x = dice.integers(-3, 4, dice.integer(3, 4))
    return Descent(x, w[:: dice.choice((1, -1))].copy(), Fraction(1, dice.choice((2, 4))))


def _fits(d: Descent) -> bool:
    """No tie among the windows, before or after the step, and a minus in x (w has one)."""
    before = d.z()
    after = d.z_after(d.step(d.gradient(before)))
    no_tie = all(len(set(z.tolist())) == z.size for z in (before, after))
    return no_tie and bool((d.x < 0).any())


SLIPS = (
    Slip(
        "flip",
        "the kernel flipped",
        "You turned the kernel round: that is convolution as mathematics means it. A layer lays it on as it is.",
        "z",
        sets(conv=lambda _: true_convolution1d),
        often=True,
    ),
    Slip(
        "sign-x",
        "a minus of x lost",
        "A minus sign of x got lost. Put negative factors in parentheses.",
        "z",
        sets(x=lambda d: abs(d.x)),
        "sign",
        often=True,
    ),
    Slip(
        "sign-w",
        "a minus of w lost",
        "A minus sign of w got lost. Put negative factors in parentheses.",
        "z",
        sets(w=lambda d: abs(d.w)),
        "sign",
        often=True,
    ),
    Slip(
        "pad",
        "padded with zeros",
        "Your window hangs over the ends of x. Without padding it stays inside.",
        "z",
        sets(x=lambda d: np.pad(d.x, 1)),
        fades=True,  # the largest result may lie within
    ),
    Slip(
        "f-sum",
        "the sum instead of the maximum",
        "That adds up the results. Pooling with the maximum keeps only the largest.",
        "f",
        sets(pool=lambda _: lambda z: z.sum()),
        "pool",
    ),
    Slip(
        "f-mean",
        "the mean instead of the maximum",
        "That is the mean of the results. Max pooling keeps the largest.",
        "f",
        sets(pool=lambda _: lambda z: z.mean()),
        "pool",
    ),
    Slip(
        "f-min",
        "the minimum instead of the maximum",
        "That is the smallest result. Max pooling keeps the largest; mind the negative ones.",
        "f",
        sets(pool=lambda _: lambda z: -max_pool1d(-z.ravel(), z.size)),
        "pool",
    ),
    Slip(
        "both",
        "the gradient sent to every window",
        "You sent the gradient to every window. If a window that is not the largest changes a little, does f change?",
        "g",
        sets(route=lambda _: to_each),
        "route",
        often=True,
    ),
    Slip(
        "equal",
        "the gradient shared among the windows",
        "You shared the gradient equally among the windows. That is the mean's way; the maximum has one winner.",
        "g",
        sets(route=lambda _: shared),
        "route",
        often=True,
    ),
    Slip(
        "loser",
        "the gradient sent to the smallest",
        "The gradient went to a window that lost. It goes to the one with the largest result.",
        "g",
        sets(route=lambda _: to_loser),
        "route",
        often=True,
    ),
    Slip(
        "constant",
        "the maximum taken for a constant",
        "You took the maximum for a constant. Near its winner it is the winner itself, with slope 1.",
        "g",
        sets(route=lambda _: to_none),
        "route",
    ),
    Slip(
        "weights",
        "the kernel returned",
        "These are the weights themselves. A product w·x changes with w at the rate x.",
        "g",
        sets(weigh=lambda _: lambda gradient, w: w),
        "weigh",
    ),
    Slip(
        "paths",
        "the entries of x left out",
        "You counted paths but left x out. Each edge from a weight carries the entry of x it was multiplied by.",
        "g",
        sets(seen=lambda _: np.ones_like),
    ),
    Slip(
        "times-w",
        "multiplied by w once more",
        "Your gradient still holds w as a factor. Differentiating w·x by w leaves x alone.",
        "g",
        sets(weigh=lambda _: lambda gradient, w: gradient * w),
        "weigh",
    ),
    Slip(
        "ascent",
        "the wrong sign of the step",
        "Your step climbs. Descent goes against the gradient: the step is subtracted.",
        "w-new",
        sets(rate=lambda _: lambda alpha: -alpha),
        "step",
        often=True,
    ),
    Slip(
        "no-rate",
        "the learning rate forgotten",
        "The learning rate is missing. It scales the gradient before it is subtracted.",
        "w-new",
        sets(rate=lambda _: lambda alpha: Fraction(1)),
        "step",
        often=True,
    ),
    Slip(
        "only-step",
        "the step instead of the new w",
        "That is the step alone. It starts from the old w.",
        "w-new",
        sets(start=Fraction(0)),
        "step",
    ),
    Slip(
        "rate-on-w",
        "the learning rate put to w",
        "The learning rate multiplies the gradient, not w.",
        "w-new",
        sets(start=lambda d: d.alpha, rate=lambda _: lambda alpha: Fraction(1)),
        "step",
    ),
    Slip(
        "divided",
        "divided by the learning rate",
        "You divided by the learning rate. It multiplies the gradient and makes the step small.",
        "w-new",
        sets(rate=lambda _: lambda alpha: 1 / alpha),
        "step",
    ),
    Slip(
        "stale",
        "the old w used again",
        "That is the value before the step. Run the convolution again, with the new w.",
        "f-after",
        sets(after=lambda _: lambda new, old: old),
        "after",
    ),
    Slip(
        "step-only-after",
        "the change of w used as w",
        "You ran the convolution with the change of w. It takes the new w as a whole.",
        "f-after",
        sets(after=lambda _: lambda new, old: new - old),
        "after",
    ),
)

DESCENT = Problem(
    key="2",
    title="A graph, its gradient, and a step",
    page="2-graph",
    level="exercise",
    statement="f(x, w) = maxpool(conv(x, w)), stride 1, no padding, the pooling window over all results; x = {x}, "
    "w = {w}, α = {alpha}. Call the result of the convolution z.",
    shown=lambda d: {"x": d.x, "w": d.w, "alpha": d.alpha},
    draw=_draw,
    parts=(
        Part("z", "What is z?", "vector", lambda d: d.z(), question="2.1"),
        Part(
            "f", "What is f?", "number", lambda d, z: d.f(z), ("z",), question="2.1", follow="max", inner=lambda d, z: z
        ),
        Part("g", "What is ∂f/∂w?", "vector", lambda d, z: d.gradient(z), ("z",), question="2.2", follow="choose"),
        Part(
            "w-new",
            "What is w after one step of gradient descent with learning rate {alpha}?",
            "vector",
            lambda d, g: d.step(g),
            ("g",),
            question="2.3",
            follow="affine",
        ),
        Part(
            "f-after",
            "What is f with the new w?",
            "number",
            lambda d, w: d.f_after(w),
            ("w-new",),
            question="2.3",
            follow="max",
            inner=lambda d, w: d.z_after(w),
        ),
    ),
    slips=SLIPS,
    hints=(
        "Forward first: one entry of z for each place of the window. Write them all down before you take the maximum.",
        "Which entry of z won? Only along its edge does a gradient flow back; for the others the slope is 0.",
        "∂z/∂w has a row for each place: what the window sees there. The row of the winner is ∂f/∂w.",
        "New w = w − α·∂f/∂w, entry by entry; then the same convolution and maximum again.",
    ),
    explain=lambda d: d.explain(),
    original=Descent(np.array(task2.X), np.array(task2.W), task2.ALPHA),
    holes=(frozenset({"", "sign-x", "sign-w"}),),
    fits=_fits,
)

PROBLEMS: tuple[Problem, ...] = (DESCENT,)
