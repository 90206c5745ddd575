"""Further problems on layers: output sizes, dilation, channels, and transposed convolution."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from labcode import ops
from labcode.functional import conv1d, conv_transpose1d
from labcode.geometry import Window, same_padding
from labcode.lab5.problems import layers
from labcode.op import Array
from labcode.practice import solution
from labcode.practice.chance import Dice
from labcode.practice.problem import Part, Problem, Slip, sets
from labcode.practice.solution import Solution

PAGE = "network-layers"


@dataclass(frozen=True, eq=False)
class Places:
    """How often a window fits on an axis; `more` is what is counted besides."""

    n: int
    kernel: int
    stride: int
    padding: int
    dilation: int
    sides: int = 2
    ceil: bool = False
    more: int = 0

    def count(self) -> int:
        """Count the places."""
        after = max(self.sides - 1, 0) * self.padding
        window = Window(self.kernel, self.stride, (self.padding, after), self.dilation, self.ceil)
        return window.output_size(self.n) + self.more

    def explain(self) -> Solution:
        """The formula, from the inside."""
        span = self.dilation * (self.kernel - 1) + 1
        room = self.n + 2 * self.padding - span
        lines = (
            "The taps of the window span {dilation}·({kernel} − 1) + 1 = {span} positions.",
            "The padded axis has {n} + 2·{padding} = {axis} positions, so the last start is {axis} − {span} = {room}.",
            "Steps that fit: ⌊{room}/{stride}⌋ = {steps}; with the place before the first step, {y}.",
        )
        between = {"span": span, "axis": self.n + 2 * self.padding, "room": room, "steps": room // self.stride}
        return Solution(lines, between)


SIZE = Problem(
    key="output-size",
    title="How large is the output?",
    page=layers.PAGE,
    level="drill",
    statement="An axis of {n} positions, a kernel of {kernel} taps, stride {stride}, padding {padding} on each side, "
    "dilation {dilation}.",
    shown=lambda d: {k: getattr(d, k) for k in ("n", "kernel", "stride", "padding", "dilation")},
    draw=lambda dice: Places(
        dice.integer(12, 60), dice.integer(3, 7), dice.integer(2, 5), dice.integer(1, 5), dice.integer(2, 4)
    ),
    parts=(Part("y", "How many entries has the output?", "number", lambda d: d.count()),),
    slips=(
        Slip(
            "no-plus-one",
            "the first place not counted",
            "You counted the steps. The place where the window stands before its first step counts too.",
            "y",
            sets(more=-1),
            often=True,
        ),
        Slip(
            "ceil", "rounded up", "A window that hangs over the end does not count: round down.", "y", sets(ceil=True)
        ),
        Slip(
            "one-side",
            "padding on one side",
            "You padded one side only. Padding is per side, so it counts twice.",
            "y",
            sets(sides=1),
            "padding",
            often=True,
        ),
        Slip("no-padding", "no padding", "You left the padding out.", "y", sets(padding=0), "padding"),
        Slip(
            "no-dilation",
            "dilation ignored",
            "With dilation the taps stand apart, and the window spans more positions than it has taps.",
            "y",
            sets(dilation=1),
            "dilation",
            often=True,
        ),
        Slip("no-stride", "the stride ignored", "You let the window stop everywhere.", "y", sets(stride=1), "stride"),
    ),
    hints=(
        "How many positions does the window span, from its first tap to its last?",
        "At which position of the padded axis can it start last? Divide that by the stride, round down, add one.",
    ),
    explain=lambda d: d.explain(),
)


@dataclass(frozen=True, eq=False)
class Same:
    """The padding on one side that keeps the size; `times` and `more` are applied to it."""

    n: int
    kernel: int
    dilation: int
    times: int = 1
    more: Any = 0

    def padding(self) -> Any:
        """Per side."""
        return same_padding(self.kernel, self.dilation)[0] * self.times + self.more


def _explain_same(d: Same) -> Solution:
    lines = (
        "The window spans {dilation}·({kernel} − 1) + 1 = {span} positions, so without padding {total} places "
        "are lost.",
        "Half of them on each side: {total}/2 = {p}.",
    )
    total = d.dilation * (d.kernel - 1)
    return Solution(lines, {"span": total + 1, "total": total})


SAME = Problem(
    key="same-padding",
    title="Padding that keeps the size",
    page=layers.PAGE,
    level="drill",
    statement="A layer with stride 1, {kernel} taps and dilation {dilation} is to give as many entries as it "
    "takes: {n}.",
    shown=lambda d: {"n": d.n, "kernel": d.kernel, "dilation": d.dilation},
    draw=lambda dice: Same(dice.choice((32, 48, 64, 96, 128)), 2 * dice.integer(2, 6) + 1, dice.integer(2, 6)),
    parts=(Part("p", "How much padding does it need on each side?", "number", lambda d: d.padding()),),
    slips=(
        Slip("total", "the padding in total", "That is both sides together.", "p", sets(times=2), "side"),
        Slip("no-dilation", "dilation ignored", "With dilation the window spans more.", "p", sets(dilation=1)),
        Slip("none", "no padding", "Without padding the output shrinks.", "p", sets(times=0), "side"),
        Slip(
            "span",
            "half the span, rounded up",
            "You shared the whole span. One position of it is the entry itself.",
            "p",
            sets(more=1),
            "more",
        ),
        Slip(
            "half",
            "half the taps times dilation",
            "Behind the last tap there is no gap. How many gaps are there?",
            "p",
            sets(more=lambda d: Fraction(d.dilation, 2)),
            "more",
        ),
        Slip(
            "kernel",
            "as much as the kernel has taps",
            "Count what is lost without padding, then share it by two sides.",
            "p",
            sets(times=0, more=lambda d: d.kernel),
            "side",
        ),
    ),
    hints=(
        "How many positions does the window span? One less is lost without padding.",
        "Half of what is lost goes on each side.",
    ),
    explain=_explain_same,
)


@dataclass(frozen=True, eq=False)
class Line:
    """A convolution along one axis."""

    x: Array
    w: Array
    dilation: int = 1
    stride: int = 1
    padding: int = 0

    def output(self) -> Array:
        """What the layer makes of x."""
        return conv1d(self.x, self.w, stride=self.stride, padding=self.padding, dilation=self.dilation)


def _explain_line(d: Line) -> Solution:
    op = ops.Conv1d(dilation=d.dilation)
    size = solution.size(op.windows(d.w.shape)[0], len(d.x))
    return Solution((size, *solution.steps(op.trace(d.x, d.w), d.x.shape, "y", "x", "w")))


def _draw_line(dice: Dice) -> Line:
    taps = dice.integer(2, 3)
    return Line(dice.integers(-3, 4, dice.integer(7, 8)), dice.integers(-2, 3, taps), dilation=2 if taps == 3 else 3)


DILATED = Problem(
    key="dilated",
    title="A dilated convolution",
    page=layers.PAGE,
    level="exercise",
    statement="Convolve x = {x} with w = {w} (cross-correlation), dilation {dilation}, stride 1, no padding.",
    shown=lambda d: {"x": d.x, "w": d.w, "dilation": d.dilation},
    draw=_draw_line,
    parts=(Part("y", "What is the output?", "vector", lambda d: d.output()),),
    slips=(
        Slip(
            "flip",
            "the kernel flipped",
            "You turned the kernel round: that is convolution as mathematics means it.",
            "y",
            sets(w=lambda d: d.w[::-1]),
            often=True,
        ),
        Slip(
            "no-dilation",
            "dilation ignored",
            "Your taps are neighbours. Dilation sets them apart.",
            "y",
            sets(dilation=1),
            "dilation",
            often=True,
        ),
        Slip(
            "gap",
            "the dilation left out between two taps",
            "You left out as many positions as the dilation says. It is the distance from tap to tap.",
            "y",
            sets(dilation=lambda d: d.dilation + 1),
            "dilation",
        ),
        Slip(
            "stride",
            "the window moved by the dilation",
            "Dilation spreads the taps; the window still moves by the stride.",
            "y",
            sets(stride=lambda d: d.dilation),
            "stride",
        ),
        Slip("pad", "padded with zeros", "Your window hangs over the ends.", "y", sets(padding=1), "padding"),
        Slip("sign-w", "a minus of w lost", "A minus sign of w got lost.", "y", sets(w=lambda d: abs(d.w)), often=True),
        Slip("sign-x", "a minus of x lost", "A minus sign of x got lost.", "y", sets(x=lambda d: abs(d.x))),
    ),
    hints=(
        "Write w with its gaps: between neighbouring taps lie positions that it does not read.",
        "Dilation {dilation} is the distance from tap to tap. Move the whole comb by one each time.",
    ),
    explain=_explain_line,
    fits=lambda d: bool((d.x < 0).any() and (d.w < 0).any()),
)


@dataclass(frozen=True, eq=False)
class Channels:
    """A layer from two channels to one, with a bias."""

    x: Array
    w: Array
    b: int

    def output(self) -> Array:
        """What the layer makes of both channels."""
        return ops.Conv2d().forward(self.x, self.w[None], np.array([self.b]))[0]


def _explain_channels(d: Channels) -> Solution:
    lines = solution.steps(ops.Conv2d().trace(d.x, d.w[None]), d.x.shape, "y", "x", "w")
    return Solution(tuple(line[::-1].replace(" = "[::-1], " + {(b)} = "[::-1], 1)[::-1] for line in lines))


CHANNELS = Problem(
    key="channels",
    title="Two channels and a bias",
    page=PAGE,
    level="exam",
    statement="An image of two channels, x = {x}, meets a kernel of two channels, w = {w}, with bias {b} "
    "(cross-correlation, stride 1, no padding).",
    shown=lambda d: {"x": d.x, "w": d.w, "b": d.b},
    draw=lambda dice: Channels(
        dice.integers(-2, 3, 2, 3, 3), dice.integers(-2, 2, 2, 2, 2), dice.choice((-3, -2, -1, 1, 2, 3))
    ),
    parts=(Part("y", "What is the output?", "matrix", lambda d: d.output()),),
    slips=(
        Slip(
            "one-channel",
            "the first channel only",
            "One channel is missing. The results of both channels are added up.",
            "y",
            sets(x=lambda d: d.x[:1], w=lambda d: d.w[:1]),
            "channel",
            often=True,
        ),
        Slip(
            "one-kernel",
            "the first kernel for both channels",
            "You used the first kernel on both channels. Each channel has its own.",
            "y",
            sets(w=lambda d: d.w[[0, 0]]),
            "channel",
        ),
        Slip(
            "swapped",
            "the kernels exchanged",
            "The kernels of the two channels were exchanged.",
            "y",
            sets(w=lambda d: d.w[::-1]),
            "channel",
        ),
        Slip("no-bias", "the bias forgotten", "The bias is missing.", "y", sets(b=0), "bias", often=True),
        Slip(
            "bias-each",
            "the bias added for each channel",
            "You added the bias for each channel. It belongs to the output, once.",
            "y",
            sets(b=lambda d: 2 * d.b),
            "bias",
        ),
        Slip(
            "bias-sign",
            "the bias subtracted",
            "You subtracted the bias. It is added, with its sign.",
            "y",
            sets(b=lambda d: -d.b),
            "bias",
        ),
        Slip(
            "flip",
            "the kernels flipped",
            "You turned the kernels by 180°. A layer lays them on as they are.",
            "y",
            sets(w=lambda d: d.w[:, ::-1, ::-1]),
            "kernel",
            often=True,
        ),
        Slip("sign-w", "a minus of w lost", "A minus sign of w got lost.", "y", sets(w=lambda d: abs(d.w)), "kernel"),
    ),
    hints=(
        "Convolve each channel with its own kernel first. Two matrices of one size result.",
        "Add the two matrices, and then the bias to each entry, once.",
    ),
    explain=_explain_channels,
    fits=lambda d: bool((d.w < 0).any()),
)


@dataclass(frozen=True, eq=False)
class Stamps:
    """A transposed convolution along one axis: each entry of x stamps w, times itself, onto the output."""

    x: Array
    w: Array
    stride: int = 2
    padding: int = 0
    output_padding: int = 0
    ordinary: bool = False

    def output(self) -> Array:
        """What the layer makes of x."""
        if self.ordinary:
            return conv1d(self.x, self.w, stride=self.stride, padding=len(self.w) - 1)
        return conv_transpose1d(self.x, self.w, None, self.stride, self.padding, self.output_padding)


def _explain_stamps(d: Stamps) -> Solution:
    size = "Length: {last}·{stride} + {taps} = {length}, the start of the last stamp and its taps."
    stamps = (f"Entry {{x.{i}}} stamps {{stamp{i}}} from position {i * d.stride}." for i in range(len(d.x)))
    between: dict[str, Any] = {"last": len(d.x) - 1, "taps": len(d.w), "length": len(d.output())}
    between |= {f"stamp{i}": value * d.w for i, value in enumerate(d.x)}
    return Solution((size, *stamps, "Where stamps overlap they are added: {y}."), between)


TRANSPOSED = Problem(
    key="transposed",
    title="A transposed convolution",
    page=PAGE,
    level="exam",
    statement="Transposed convolution of x = {x} with w = {w}, stride {stride}, no padding.",
    shown=lambda d: {"x": d.x, "w": d.w, "stride": d.stride},
    draw=lambda dice: Stamps(dice.integers(-3, 4, 3), dice.integers(-2, 3, 3)),
    parts=(Part("y", "What is the output?", "vector", lambda d: d.output()),),
    slips=(
        Slip(
            "flip",
            "the kernel flipped",
            "Your stamps are turned round. Each entry stamps the kernel as it is.",
            "y",
            sets(w=lambda d: d.w[::-1]),
            "kernel",
            often=True,
        ),
        Slip(
            "stride-one",
            "stamps at every position",
            "Your stamps lie one position apart. They lie the stride apart.",
            "y",
            sets(stride=1),
            "stride",
            often=True,
        ),
        Slip(
            "stride-kernel",
            "stamps side by side",
            "Your stamps lie side by side. They lie the stride apart, and overlap if the kernel is longer.",
            "y",
            sets(stride=lambda d: len(d.w)),
            "stride",
        ),
        Slip(
            "cropped",
            "an entry cut off at each end",
            "You cut the ends off: that is padding, which here takes away.",
            "y",
            sets(padding=1),
            "padding",
        ),
        Slip(
            "longer",
            "an entry too many at the end",
            "Your output goes on behind the last stamp.",
            "y",
            sets(output_padding=1),
            "padding",
        ),
        Slip(
            "ordinary",
            "an ordinary convolution",
            "That is an ordinary convolution with padding. A transposed one makes the output longer.",
            "y",
            sets(ordinary=True),
            "stride",
        ),
        Slip("sign-w", "a minus of w lost", "A minus sign of w got lost.", "y", sets(w=lambda d: abs(d.w)), "kernel"),
    ),
    hints=(
        "Each entry of x stamps the kernel, times itself, onto the output.",
        "The stamps start {stride} apart. Where two lie on each other, add.",
    ),
    explain=_explain_stamps,
    fits=lambda d: bool((d.w < 0).any()) and 0 not in d.x and 0 not in d.w,
)

PROBLEMS: tuple[Problem, ...] = (SIZE, SAME, DILATED, CHANNELS, TRANSPOSED)
