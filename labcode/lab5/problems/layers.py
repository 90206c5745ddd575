"""Problems of task 1: convolutions and poolings of small images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from labcode import ops
from labcode.geometry import Window
from labcode.lab5 import task1
from labcode.op import Array, Shape
from labcode.practice import solution
from labcode.practice.chance import Dice
from labcode.practice.problem import Part, Problem, Separating, Slip, Work, sets
from labcode.practice.solution import Solution

PAGE = "1-layers"


@dataclass(frozen=True, eq=False)
class Layer:
    """A convolution on paper: the image, the kernel, the settings, and how many places are left out at the end."""

    x: Array
    w: Array
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    left_out: int = 0

    @property
    def op(self) -> ops.Conv2d:
        """The layer."""
        return ops.Conv2d(self.stride, self.padding, self.dilation)

    def output(self) -> Array:
        """What the layer makes of the image."""
        self.op.shape(self.x.shape, self.w.shape)
        y = self.op.forward(self.x, self.w)
        return y[: len(y) - self.left_out, : y.shape[1] - self.left_out]

    def explain(self) -> Solution:
        """The output size, then every window."""
        steps = solution.steps(self.op.trace(self.x, self.w), self.x.shape, "y", "x", "w")
        return Solution((*_sizes(self.op.windows(self.w.shape), self.x.shape), *steps))


def _sizes(windows: Sequence[Window], shape: Shape) -> Iterator[str]:
    return map(solution.size, windows, shape, ("Rows", "Columns"))


def padded(mode: Literal["constant", "edge", "reflect"], before: int, after: int, value: int = 0) -> Any:
    """A change of work: the image padded by other means, so the layer itself pads no more."""

    def change(work: Work) -> Array:
        if mode == "constant":
            return np.pad(work.x, (before * work.padding, after * work.padding), constant_values=value)
        return np.pad(work.x, work.padding, mode)

    return sets(x=change, padding=0)


FLIP = Slip(
    "flip",
    "the kernel flipped",
    "You turned the kernel by 180°: that is convolution as mathematics means it. A layer lays the kernel on as it is.",
    "y",
    sets(w=lambda d: d.w[::-1, ::-1]),
    "kernel",
    often=True,
)
TRANSPOSE = Slip(
    "transpose",
    "the kernel transposed",
    "Rows and columns of the kernel were exchanged. Its first row lies on the upper row of the window.",
    "y",
    sets(w=lambda d: d.w.T),
    "kernel",
)
MIRROR_LR = Slip(
    "mirror-lr",
    "the kernel mirrored left to right",
    "The kernel was mirrored left to right. Its left column lies on the left column of the window.",
    "y",
    sets(w=lambda d: d.w[:, ::-1]),
    "kernel",
)
MIRROR_UD = Slip(
    "mirror-ud",
    "the kernel mirrored top to bottom",
    "The kernel was mirrored top to bottom. Its first row lies on the upper row of the window.",
    "y",
    sets(w=lambda d: d.w[::-1]),
    "kernel",
)
SIGN_W = Slip(
    "sign-w",
    "a minus of the kernel lost",
    "A minus sign of the kernel got lost. Put negative factors in parentheses before you add.",
    "y",
    sets(w=lambda d: abs(d.w)),
    often=True,
)
SIGN_X = Slip(
    "sign-x",
    "a minus of the image lost",
    "A minus sign of the image got lost. Put negative factors in parentheses before you add.",
    "y",
    sets(x=lambda d: abs(d.x)),
)
DILATION = Slip(
    "dilation",
    "taps two apart",
    "The taps of your kernel stand two apart: that is dilation 2. Dilation 1 is none, so neighbours touch.",
    "y",
    sets(dilation=2),
    "geometry",
)


def _signed(d: Layer) -> bool:
    """A negative number on both sides, so that a lost minus shows."""
    return bool((d.x < 0).any() and (d.w < 0).any())


def _draw_plain(dice: Dice) -> Layer:
    return Layer(dice.integers(-2, 3, dice.integer(3, 4), dice.integer(3, 4)), dice.integers(-2, 2, 2, 2))


def _draw_strided(dice: Dice) -> Layer:
    """Sizes for which each forgotten or one-sided padding changes the number of windows."""
    rows, columns = dice.choice(((4, 3), (3, 4), (4, 6), (6, 4)))
    return Layer(dice.integers(-2, 3, rows, columns), dice.integers(-2, 2, 2, 2), task1.STRIDE, task1.PADDING)


def _shown(d: Layer) -> dict[str, Any]:
    return {"x": d.x, "w": d.w, "stride": d.stride, "padding": d.padding}


CONVOLUTION = Problem(
    key="1.1",
    title="A convolution",
    page=PAGE,
    level="exercise",
    statement="Convolve x = {x} with w = {w} (cross-correlation), stride {stride}, padding {padding}.",
    shown=_shown,
    draw=_draw_plain,
    parts=(Part("y", "What is the output?", "matrix", lambda d: d.output(), question="1.1"),),
    slips=(
        FLIP,
        TRANSPOSE,
        MIRROR_LR,
        MIRROR_UD,
        SIGN_W,
        SIGN_X,
        DILATION,
        Slip(
            "pad",
            "padded with a frame of zeros",
            "Your image has a frame of zeros around it. Read again how much padding is asked for.",
            "y",
            sets(padding=1),
            "geometry",
            often=True,
        ),
        Slip(
            "stride",
            "the window moved two at a time",
            "Your window jumps over places. With this stride it moves by a single step.",
            "y",
            sets(stride=2),
            "geometry",
            often=True,
        ),
    ),
    hints=(
        "How often does the window fit along a row, and how often along a column? That is the size.",
        "Lay w on the upper left corner of x. Multiply what lies on each other, and add up: that is the first entry.",
        "Move the window by {stride} to the right for the next entry of the row; then start again below.",
    ),
    explain=lambda d: d.explain(),
    original=Layer(task1.X, task1.W),
    holes=(frozenset({"dilation", "stride"}),),
    separating=(
        Separating(
            "How many rows does the image span between the first and the last row of one window, both counted?",
            lambda d: d.op.windows(d.w.shape)[0].extent,
        ),
    ),
    fits=_signed,
)

STRIDED = Problem(
    key="1.2",
    title="A convolution with stride and padding",
    page=PAGE,
    level="exercise",
    statement="Convolve x = {x} with w = {w} (cross-correlation), stride {stride}, padding {padding} with zeros.",
    shown=_shown,
    draw=_draw_strided,
    parts=(Part("y", "What is the output?", "matrix", lambda d: d.output(), question="1.2"),),
    slips=(
        FLIP,
        TRANSPOSE,
        SIGN_W,
        SIGN_X,
        DILATION,
        Slip(
            "no-pad",
            "no padding",
            "You left the padding out. A frame of zeros comes first, on every side.",
            "y",
            sets(padding=0),
            "padding",
            often=True,
        ),
        Slip(
            "pad-end",
            "padding only below and to the right",
            "Your zeros stand only below and to the right. Padding is per side: all four.",
            "y",
            padded("constant", 0, 1),
            "padding",
        ),
        Slip(
            "pad-start",
            "padding only above and to the left",
            "Your zeros stand only above and to the left. Padding is per side: all four.",
            "y",
            padded("constant", 1, 0),
            "padding",
        ),
        Slip(
            "pad-twice",
            "the padding counted twice",
            "Your frame of zeros is twice as wide as asked. The padding is already per side.",
            "y",
            sets(padding=lambda d: 2 * d.padding),
            "padding",
            often=True,
        ),
        Slip(
            "pad-ones",
            "padded with ones",
            "Your frame holds ones. Padding is with zeros unless another value is named.",
            "y",
            padded("constant", 1, 1, 1),
            "padding",
        ),
        Slip(
            "replicate",
            "padded with copies of the border",
            "Your frame copies the border of the image (replicate). Here it is zeros.",
            "y",
            padded("edge", 1, 1),
            "padding",
        ),
        Slip(
            "reflect",
            "padded with a mirror image",
            "Your frame mirrors the image (reflect). Here it is zeros.",
            "y",
            padded("reflect", 1, 1),
            "padding",
        ),
        Slip(
            "no-stride",
            "the stride forgotten",
            "Your window stops at every position. It moves by the stride.",
            "y",
            sets(stride=1),
            "stride",
            often=True,
        ),
        Slip(
            "stride-less",
            "the stride one too small",
            "Your window moves one less than the stride. The stride is the distance from start to start.",
            "y",
            sets(stride=lambda d: d.stride - 1),
            "stride",
        ),
        Slip(
            "stride-more",
            "the stride one too large",
            "Your window leaves out as many positions as the stride says. The stride is the distance from start to "
            "start, so it leaves out one less.",
            "y",
            sets(stride=lambda d: d.stride + 1),
            "stride",
        ),
        Slip(
            "one-less",
            "the place where the window starts not counted",
            "Your output is one short in each direction. The place where the window stands before its first step "
            "counts too.",
            "y",
            sets(left_out=1),
            "size",
        ),
    ),
    hints=(
        "Draw the image with its frame of zeros first, {padding} on each side, and count its rows and columns.",
        "Put a dot where the window starts: first at the corner, then {stride} further on, as long as it fits.",
        "At each dot multiply the kernel with what lies under it. The products with zeros of the frame are zero.",
    ),
    explain=lambda d: d.explain(),
    original=Layer(task1.X, task1.W, task1.STRIDE, task1.PADDING),
    holes=(
        frozenset({"", "sign-w", "sign-x"}),
        frozenset({"no-pad", "pad-end"}),
        frozenset({"pad-start", "stride-more", "dilation", "one-less"}),
    ),
    separating=(
        Separating("How many rows has your padded image?", lambda d: len(d.x) + 2 * d.padding),
        Separating("How many positions further on does your next window start?", lambda d: d.stride),
        Separating("How many positions does one window of yours span?", lambda d: d.op.windows(d.w.shape)[0].extent),
    ),
    fits=_signed,
)


@dataclass(frozen=True, eq=False)
class Pooling:
    """A pooling layer on paper; `op` is the kind of layer with this window, stride and rounding."""

    x: Array
    window: tuple[int, int]
    stride: tuple[int, int]
    kind: Literal["max", "mean", "min"] = "max"
    ceil_mode: bool = False

    @property
    def op(self) -> ops.MaxPool2d | ops.AvgPool2d:
        """The layer."""
        if self.kind == "mean":
            return ops.AvgPool2d(self.window, self.stride, ceil_mode=self.ceil_mode)
        return ops.MaxPool2d(self.window, self.stride, ceil_mode=self.ceil_mode)

    def output(self) -> Array:
        """What the layer makes of the image; the smallest is the negated largest of the negated."""
        self.op.shape(self.x.shape)
        sign = -1 if self.kind == "min" else 1
        return sign * self.op.forward(sign * self.x)

    def explain(self) -> Solution:
        """The output size, then every window."""
        steps = solution.steps(self.op.trace(self.x), self.x.shape, "y", "x")
        return Solution((*_sizes(self.op.windows, self.x.shape), *steps))


def _draw_pooling(dice: Dice) -> Pooling:
    window = dice.choice(((1, 2), (2, 1), (2, 3), (3, 2), (1, 3)))
    rows, columns = dice.integer(3, 5), dice.integer(3, 5)
    return Pooling(dice.integers(-4, 5, rows, columns), window, window)


WINDOW = task1.POOL.kernel[0], task1.POOL.kernel[1]


def _fits_pooling(d: Pooling) -> bool:
    """A negative number, several windows, and something left over at the end."""
    left_over = any(w.cut_off(n) for w, n in zip(d.op.windows, d.x.shape, strict=True))
    return left_over and bool((d.x < 0).any()) and d.output().size > 1


POOLING = Problem(
    key="1.3",
    title="Max pooling",
    page=PAGE,
    level="exercise",
    statement="Max pooling of x = {x} with a window of {window}; the stride is the window.",
    shown=lambda d: {"x": d.x, "window": d.window},
    draw=_draw_pooling,
    parts=(Part("y", "What is the output?", "matrix", lambda d: d.output(), question="1.3"),),
    slips=(
        Slip(
            "stride-one",
            "stride 1",
            "This is right for stride 1, where windows overlap. PyTorch's default is the window.",
            "y",
            sets(stride=(1, 1)),
            "stride",
            accepted=True,
        ),
        Slip(
            "swapped",
            "rows and columns of the window exchanged",
            "Your window is turned. Sizes are rows × columns: the first number is the height.",
            "y",
            sets(window=lambda d: d.window[::-1], stride=lambda d: d.window[::-1]),
            "window",
            often=True,
        ),
        Slip(
            "square",
            "a square window",
            "Your window is square. Its height and its width are given separately.",
            "y",
            sets(window=lambda d: (max(d.window),) * 2, stride=lambda d: (max(d.window),) * 2),
            "window",
        ),
        Slip(
            "ceil",
            "the last, partial window kept",
            "You kept a window that hangs over the edge. Only whole windows count; what is left at the end is dropped.",
            "y",
            sets(ceil_mode=True),
            often=True,
        ),
        Slip(
            "mean",
            "the mean instead of the maximum",
            "These are means. Max pooling keeps the largest number of each window.",
            "y",
            sets(kind="mean"),
            "kind",
        ),
        Slip(
            "min",
            "the minimum instead of the maximum",
            "These are the smallest numbers. Max pooling keeps the largest; mind the negative ones.",
            "y",
            sets(kind="min"),
            "kind",
        ),
        Slip(
            "absolute",
            "the largest without its sign",
            "You compared the numbers without their signs. A negative number is smaller than zero.",
            "y",
            sets(x=lambda d: abs(d.x)),
            often=True,
        ),
    ),
    hints=(
        "A pooling window has no weights. How many whole windows of {window} lie side by side in x?",
        "Draw lines between the windows. What is left over at the right and at the bottom is not used.",
        "Write down the largest number of each window, row by row.",
    ),
    explain=lambda d: d.explain(),
    original=Pooling(task1.X, WINDOW, WINDOW),
    holes=(frozenset({"", "absolute"}),),
    fits=_fits_pooling,
)

PROBLEMS: tuple[Problem, ...] = (CONVOLUTION, STRIDED, POOLING)
