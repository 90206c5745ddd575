"""Further problems on graphs: gradients of convolutions, of means, of a chain, and a step in two dimensions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from labcode import ops
from labcode.functional import conv1d, conv2d, relu, true_convolution2d
from labcode.graph import Variable
from labcode.lab5.problems import descent
from labcode.lab5.problems.descent import Descent
from labcode.op import Array
from labcode.practice import solution
from labcode.practice.chance import Dice
from labcode.practice.problem import Part, Problem, Slip, array, sets
from labcode.practice.solution import Solution

PAGE = "2-graph"
SHARED = {s.key: s for s in descent.SLIPS}


@dataclass(frozen=True, eq=False)
class Upstream:
    """A convolution along one axis with a gradient that arrives at its output.

    `given` is what arrives, `scale` is done to the result, `pad` the padding of the input's gradient.
    """

    x: Array
    w: Array
    given: Array
    scale: Callable[[Array], Array] = lambda gradient: gradient
    pad: int | None = None
    turned: bool = True

    def for_kernel(self) -> Array:
        """By backpropagation: every place sends what its window saw."""
        op = ops.Conv1d()
        return self.scale(op.vjp(1, self.given.astype(float), op.forward(self.x, self.w), self.x, self.w))

    def for_input(self) -> Array:
        """A correlation of the padded upstream gradient with the kernel turned round."""
        kernel = self.w[::-1] if self.turned else self.w
        padding = len(self.w) - 1 if self.pad is None else self.pad
        return self.scale(conv1d(self.given, np.ascontiguousarray(kernel), padding=padding))


def _draw_upstream(dice: Dice) -> Upstream:
    n, taps = dice.integer(4, 5), dice.integer(2, 3)
    w = dice.integers(-3, 3, taps)
    return Upstream(dice.integers(-3, 4, n), w, dice.integers(-3, 4, n - taps + 1))


def _various(d: Upstream) -> bool:
    """Nothing that is zero or the same throughout, and a minus in the upstream gradient and in w."""
    return all(len(set(a.tolist())) > 1 and a.all() and (a < 0).any() for a in (d.given, d.w))


ONES = Slip(
    "ones",
    "the upstream gradient forgotten",
    "You left the upstream gradient out. What each place sends back is multiplied by it.",
    "g",
    sets(given=lambda d: np.ones_like(d.given)),
    "upstream",
    often=True,
)
UPSTREAM_SIGN = Slip(
    "sign-upstream",
    "a minus of the upstream gradient lost",
    "A minus sign of the upstream gradient got lost.",
    "g",
    sets(given=lambda d: abs(d.given)),
    "upstream",
)
NEGATED = Slip(
    "negated",
    "the gradient with the wrong sign",
    "Every sign is turned round. The gradient itself has no minus; only the step of descent does.",
    "g",
    sets(scale=lambda _: lambda gradient: -gradient),
    "scale",
    often=True,
)


def _explain_kernel(d: Upstream) -> Solution:
    places = range(len(d.given))
    lines = (
        "Weight t is used at every place p, on x[p + t], and the gradient there is ∂L/∂z[p].",
        *(
            f"∂L/∂w[{t}] = " + " + ".join(f"{{(u.{p})}}·{{(x.{p + t})}}" for p in places) + f" = {{g.{t}}}"
            for t in range(len(d.w))
        ),
    )
    return Solution(lines)


KERNEL_GRADIENT = Problem(
    key="kernel-gradient",
    title="The gradient of a kernel",
    page=PAGE,
    level="exercise",
    statement="z = conv(x, w) with stride 1, no padding, a kernel of {taps} taps and x = {x}. From above arrives "
    "∂L/∂z = {u}.",
    shown=lambda d: {"x": d.x, "taps": len(d.w), "u": d.given},
    draw=_draw_upstream,
    parts=(Part("g", "What is ∂L/∂w?", "vector", lambda d: d.for_kernel()),),
    slips=(
        ONES,
        UPSTREAM_SIGN,
        NEGATED,
        Slip(
            "flip",
            "the upstream gradient turned round",
            "You turned the upstream gradient round. Its first entry belongs to the first window.",
            "g",
            sets(given=lambda d: d.given[::-1]),
            "upstream",
            often=True,
        ),
        Slip(
            "first",
            "the first place only",
            "That is the share of the first place. A weight is used at every place, and all shares add up.",
            "g",
            sets(given=lambda d: d.given * (np.arange(len(d.given)) == 0)),
            "upstream",
        ),
        Slip(
            "mean",
            "the mean over the places",
            "You took the mean over the places. The shares add up.",
            "g",
            sets(scale=lambda d: lambda gradient: gradient / len(d.given)),
            "scale",
        ),
        Slip("sign-x", "a minus of x lost", "A minus sign of x got lost.", "g", sets(x=lambda d: abs(d.x))),
    ),
    hints=(
        "At which places is the first weight used, and on which entries of x?",
        "Each place contributes its upstream gradient times what its window sees. Add them up.",
    ),
    explain=_explain_kernel,
    fits=lambda d: _various(d) and bool((d.x < 0).any()),
)


def _explain_input(d: Upstream) -> Solution:
    size = len(d.given) + len(d.w) - 1

    def line(i: int) -> str:
        pairs = [(i - t, t) for t in range(len(d.w)) if 0 <= i - t < len(d.given)]
        return " + ".join(f"{{(u.{p})}}·{{(w.{t})}}" for p, t in pairs)

    lines = (
        "x[i] lies under weight t at place p = i − t: it collects ∂L/∂z[i − t]·w[t] where that place exists.",
        *(f"∂L/∂x[{i}] = {line(i)} = {{g.{i}}}" for i in range(size)),
    )
    return Solution(lines)


INPUT_GRADIENT = Problem(
    key="input-gradient",
    title="The gradient of an input",
    page=PAGE,
    level="exam",
    statement="z = conv(x, w) with stride 1, no padding and w = {w}; x has {n} entries. From above arrives "
    "∂L/∂z = {u}.",
    shown=lambda d: {"w": d.w, "n": len(d.x), "u": d.given},
    draw=_draw_upstream,
    parts=(Part("g", "What is ∂L/∂x?", "vector", lambda d: d.for_input()),),
    slips=(
        Slip(
            "unturned",
            "the kernel not turned round",
            "Against which way do place and tap run for a fixed entry of x? The kernel is turned round here.",
            "g",
            sets(turned=False),
            "kernel",
            often=True,
        ),
        Slip(
            "valid",
            "the upstream gradient not padded",
            "Your result is too short: entries at the ends of x lie under some windows too.",
            "g",
            sets(pad=0),
            "padding",
        ),
        Slip(
            "wide",
            "padded by the whole kernel",
            "Your result is too long. It has an entry for each entry of x.",
            "g",
            sets(pad=lambda d: len(d.w)),
            "padding",
        ),
        ONES,
        UPSTREAM_SIGN,
        NEGATED,
        Slip("sign-w", "a minus of w lost", "A minus sign of w got lost.", "g", sets(w=lambda d: abs(d.w)), "w"),
    ),
    hints=(
        "How many entries has ∂L/∂x? Under which weights does the first entry of x lie, and at which places?",
        "Pad ∂L/∂z with zeros, as many as the kernel has taps less one, and slide the reversed kernel over it.",
    ),
    explain=_explain_input,
    fits=_various,
)


def _mean(z: Array) -> Any:
    return z.mean()


def _explain_mean(d: Descent) -> Solution:
    windows = np.lib.stride_tricks.sliding_window_view(d.x, d.w.size)
    lines = (
        *solution.steps(ops.Conv1d().trace(d.x, d.w), d.x.shape, "z", "x", "w"),
        "f is their sum divided by {places}: {f}.",
        "∂f/∂z = {upstream}: each place has the same share",
        "∂z/∂w = {windows}: what the window sees at each place",
        "∂f/∂w = ∂f/∂z · ∂z/∂w, the mean of the windows: {g}",
    )
    places = len(windows)
    return Solution(
        lines, {"places": places, "upstream": [[Fraction(1, places)] * places], "windows": windows, "z": d.z()}
    )


def _draw_mean(dice: Dice) -> Descent:
    drawn = Descent(dice.integers(-3, 4, 5), dice.integers(-3, 3, 2), Fraction(1, 2))
    return sets(pool=lambda _: _mean, route=lambda _: descent.shared)(drawn)


MEAN = Problem(
    key="mean-pooling",
    title="Mean pooling instead of max pooling",
    page=PAGE,
    level="drill",
    statement="f is the mean of z = conv(x, w), stride 1, no padding; x = {x}, w = {w}.",
    shown=lambda d: {"x": d.x, "w": d.w},
    draw=_draw_mean,
    parts=(
        Part("f", "What is f?", "number", lambda d: d.f(d.z())),
        Part("g", "What is ∂f/∂w?", "vector", lambda d: d.gradient(d.z())),
    ),
    slips=(
        Slip(
            "max",
            "the maximum",
            "That is the largest. Here the mean is asked for.",
            "f",
            sets(pool=lambda _: lambda z: z.max()),
            "pool",
        ),
        Slip(
            "sum",
            "the sum",
            "That is the sum. Divide by the number of places.",
            "f",
            sets(pool=lambda _: lambda z: z.sum()),
            "pool",
        ),
        Slip(
            "taps",
            "divided by the taps",
            "Divide by the number of places, not of taps.",
            "f",
            sets(pool=lambda d: lambda z: z.sum() / d.w.size),
            "pool",
        ),
        Slip(
            "winner",
            "the gradient sent to the largest",
            "That is max pooling's way. The mean depends on every place.",
            "g",
            sets(route=lambda _: descent.to_winner),
            "route",
        ),
        Slip(
            "both",
            "the sum of the windows",
            "Each place counts only its share of the mean.",
            "g",
            sets(route=lambda _: descent.to_each),
            "route",
        ),
        SHARED["weights"],
        SHARED["paths"],
        SHARED["times-w"],
    ),
    hints=("How much does f change when a single entry of z changes?", "∂f/∂w is the mean of what the windows see."),
    explain=_explain_mean,
    fits=lambda d: len(set(d.z().tolist())) == d.z().size,
)


@dataclass(frozen=True, eq=False)
class Chain:
    """L = (relu(w·x + b) − y)²; `scale` is done to both gradients, `by` says what ∂a/∂w is."""

    x: int
    w: int
    b: int
    y: int
    scale: Callable[[float], float] = lambda gradient: gradient
    by: Callable[[Chain], int] = lambda d: d.x

    def a(self) -> Variable:
        """What goes into the ReLU."""
        return Variable(float(self.w), "w") * Variable(float(self.x), "x") + Variable(float(self.b), "b")

    def loss(self, a: Variable) -> Variable:
        """The squared error."""
        return (relu(a) - float(self.y)) ** 2

    def slope(self) -> float:
        """∂L/∂b, which is ∂L/∂a."""
        b = Variable(float(self.b), "b")
        self.loss(Variable(float(self.w * self.x), "wx") + b).backward()
        assert b.grad is not None
        return self.scale(b.grad.item())


def _value(v: Variable) -> Any:
    assert v.value is not None
    return v.value


CHAIN = Problem(
    key="chain-rule",
    title="The chain rule with a ReLU",
    page="3-jacobians",
    level="exercise",
    statement="a = w·x + b, L = (relu(a) − y)², with x = {x}, w = {w}, b = {b}, y = {y}.",
    shown=lambda d: {"x": d.x, "w": d.w, "b": d.b, "y": d.y},
    draw=lambda dice: Chain(dice.integer(-5, 5), dice.integer(-5, 5), dice.integer(-6, 6), dice.integer(-6, 9)),
    parts=(
        Part("a", "What is a?", "number", lambda d: _value(d.a())),
        Part("L", "What is L?", "number", lambda d: _value(d.loss(d.a()))),
        Part("b-grad", "What is ∂L/∂b?", "number", lambda d: d.slope()),
        Part("w-grad", "What is ∂L/∂w?", "number", lambda d, g: d.by(d) * array(g), ("b-grad",), follow="affine"),
    ),
    slips=(
        Slip("no-bias", "b forgotten", "b is missing.", "a", sets(b=0), "b"),
        Slip("bias-sign", "b subtracted", "b is added, with its sign.", "a", sets(b=lambda d: -d.b), "b"),
        Slip("sum", "w and x added", "w and x are multiplied.", "a", sets(w=lambda d: d.w + d.x, x=1), "b"),
        Slip("y-sign", "y added", "y is subtracted from the output, with its sign.", "L", sets(y=lambda d: -d.y), "y"),
        Slip("zero-target", "y left out", "The error is the output less y.", "L", sets(y=0), "y"),
        Slip(
            "no-two",
            "the 2 of the square forgotten",
            "The derivative of a square has a factor.",
            "b-grad",
            sets(scale=lambda _: lambda g: g / 2),
            "scale",
            often=True,
        ),
        Slip(
            "sign",
            "the sign turned round",
            "The inner derivative of relu(a) − y by a has no minus.",
            "b-grad",
            sets(scale=lambda _: lambda g: -g),
            "scale",
            often=True,
        ),
        Slip(
            "dead",
            "the ReLU taken as closed",
            "a is positive here: the ReLU lets the gradient through.",
            "b-grad",
            sets(scale=lambda _: lambda g: 0 * g),
            "scale",
        ),
        Slip(
            "no-x",
            "x left out",
            "That is ∂L/∂a. How fast does a change with w?",
            "w-grad",
            sets(by=lambda _: lambda d: 1),
            "by",
            often=True,
        ),
        Slip(
            "by-w",
            "w in place of x",
            "a = w·x + b changes with w at the rate x.",
            "w-grad",
            sets(by=lambda _: lambda d: d.w),
            "by",
        ),
        Slip(
            "by-both",
            "w and x both multiplied",
            "Differentiating w·x by w leaves x alone.",
            "w-grad",
            sets(by=lambda _: lambda d: d.w * d.x),
            "by",
        ),
    ),
    hints=(
        "Go forward first: a, then the ReLU, then the error.",
        "Go back edge by edge: the square gives twice the error, an open ReLU a 1, b a 1, and w gives x.",
    ),
    explain=lambda d: Solution(
        (
            "a = {(w)}·{(x)} + {(b)} = {a}; it is positive, so relu(a) = a.",
            "L = ({a} − {(y)})² = {L}",
            "∂L/∂a = 2·({a} − {(y)}) = {b-grad}, and ∂L/∂b = ∂L/∂a·1 = {b-grad}",
            "∂L/∂w = ∂L/∂a·x = {(b-grad)}·{(x)} = {w-grad}",
        )
    ),
    fits=lambda d: d.w * d.x + d.b > 0 and d.y != 0 and abs(d.x) > 1,
)


def _draw_2d(dice: Dice) -> Descent:
    return Descent(dice.integers(-3, 4, 3, 3), dice.integers(-2, 3, 2, 2), Fraction(1, 2), conv=conv2d)


def _fits_2d(d: Descent) -> bool:
    z = d.z()
    return len(set(z.ravel().tolist())) == z.size and bool((d.x < 0).any() and (d.w < 0).any())


def _explain_2d(d: Descent) -> Solution:
    z = d.z()
    lines = (
        *solution.steps(ops.Conv2d().trace(d.x, d.w), d.x.shape, "z", "x", "w"),
        f"f = max({', '.join(f'{{z.{i}}}' for i in range(z.size))}) = {{f}}",
        "The gradient flows only to the winner, whose window is ∂f/∂w = {g}",
        *(f"w ← {{w.{i}}} − {{alpha}}·{{(g.{i})}} = {{w-new.{i}}}" for i in range(d.w.size)),
    )
    return Solution(lines)


LEFT_OUT = ("flip", "pad", "stale", "step-only-after", "f-mean", "rate-on-w", "loser")
PLANE = Problem(
    key="plane",
    title="The same in two dimensions",
    page=PAGE,
    level="exam",
    statement="f is the largest entry of z = conv(x, w), stride 1, no padding; x = {x}, w = {w}, α = {alpha}.",
    shown=lambda d: {"x": d.x, "w": d.w, "alpha": d.alpha},
    draw=_draw_2d,
    parts=(
        Part("z", "What is z?", "matrix", lambda d: d.z()),
        Part("f", "What is f?", "number", lambda d, z: d.f(z), ("z",), follow="max", inner=lambda d, z: z),
        Part("g", "What is ∂f/∂w?", "matrix", lambda d, z: d.gradient(z), ("z",), follow="choose"),
        Part(
            "w-new",
            "What is w after one step of gradient descent?",
            "matrix",
            lambda d, g: d.step(g),
            ("g",),
            follow="affine",
        ),
    ),
    slips=(
        Slip(
            "flip", "the kernel flipped", SHARED["flip"].words, "z", sets(conv=lambda _: true_convolution2d), often=True
        ),
        *(replace(s, often=s.key in ("both", "ascent")) for s in descent.SLIPS if s.key not in LEFT_OUT),
    ),
    hints=(
        "Forward first: every entry of z. Which window wins?",
        "∂f/∂w is what the winning window sees, and the new w is w − α·∂f/∂w, entry by entry.",
    ),
    explain=_explain_2d,
    fits=_fits_2d,
)

PROBLEMS: tuple[Problem, ...] = (KERNEL_GRADIENT, MEAN, CHAIN, INPUT_GRADIENT, PLANE)
