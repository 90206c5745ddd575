"""Task 1: two convolutions and a max pooling, by hand and in PyTorch, and the traps of the template."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labcode import ops
from labcode.op import Array, Op, Step
from labcode.practice.question import Question

X: Array = np.array([[1, 0, 2], [2, 1, -1], [0, 0, 2]])
W: Array = np.array([[1, -1], [0, 2]])
X.flags.writeable = W.flags.writeable = False

STRIDE, PADDING = 3, 1  # of the second layer; the first has the defaults
CONV = ops.Conv2d(stride=1, padding=0)
STRIDED = ops.Conv2d(stride=STRIDE, padding=PADDING)
POOL = ops.MaxPool2d(kernel_size=(1, 2))  # the task names no stride: the window is the default
POOL_BY_ONE = ops.MaxPool2d(POOL.kernel_size, stride=1)  # the other reading

# What the students' template holds before it is mended.
TEMPLATE_DILATION = 2
BIAS_BOUND = 1 / np.sqrt(W.size)  # PyTorch draws the bias from U(-b, b), b = 1 / sqrt(in_channels * taps)


@dataclass(frozen=True)
class Variant:
    """A wrong way to do a layer, and the call that computes what it gives."""

    name: str
    op: Op
    flip: bool = False
    transpose: bool = False

    def __call__(self) -> Array:
        """The output that this slip gives."""
        w = W[::-1, ::-1] if self.flip else W.T if self.transpose else W
        inputs = (X, w) if isinstance(self.op, ops.Conv2d) else (X,)
        return self.op.forward(*inputs)


SLIPS: tuple[Variant, ...] = (
    Variant("the kernel flipped (true convolution)", CONV, flip=True),
    Variant("the kernel transposed", CONV, transpose=True),
    Variant("the template's dilation left in", ops.Conv2d(dilation=TEMPLATE_DILATION)),
    Variant("the padding of the second layer used", ops.Conv2d(padding=STRIDED.padding)),
)
STRIDED_SLIPS: tuple[Variant, ...] = (
    Variant("the padding forgotten", ops.Conv2d(stride=STRIDE)),
    Variant("the padding counted twice", ops.Conv2d(stride=STRIDE, padding=2 * PADDING)),
    Variant("the stride forgotten", ops.Conv2d(padding=PADDING)),
    Variant("the stride one too small", ops.Conv2d(stride=STRIDE - 1, padding=PADDING)),
    Variant("the kernel flipped (true convolution)", STRIDED, flip=True),
)
POOL_SLIPS: tuple[Variant, ...] = (
    Variant("a step of a single entry instead of the window", POOL_BY_ONE),
    Variant("rows and columns of the window swapped", ops.MaxPool2d(POOL.kernel[::-1])),
    Variant("a square window", ops.MaxPool2d(max(POOL.kernel))),
    Variant("the last, partial window kept", ops.MaxPool2d(POOL.kernel, ceil_mode=True)),
    Variant("the mean instead of the maximum", ops.AvgPool2d(POOL.kernel)),
)


def conv() -> Array:
    """Question 1: a stride of one, no padding."""
    return CONV.forward(X, W)


def strided() -> Array:
    """Question 2: with stride and padding."""
    return STRIDED.forward(X, W)


def pool() -> Array:
    """Question 3: max pooling."""
    return POOL.forward(X)


def trace(op: Op) -> list[Step]:
    """How each output entry of a layer of this task comes about."""
    return list(op.trace(X, W) if isinstance(op, ops.Conv2d) else op.trace(X))


_DATA = f"x = {X.tolist()}, w = {W.tolist()}. "
_WINDOW = "×".join(map(str, POOL.kernel))


def _settings(op: ops.Conv2d) -> str:
    window = op.windows(W.shape)[0]
    return f"Convolve x with w (cross-correlation), stride {window.stride}, padding {window.padding[0]}"


QUESTIONS: tuple[Question, ...] = (
    Question("1.1", _DATA + _settings(CONV) + ".", conv),
    Question("1.2", _DATA + _settings(STRIDED) + " with zeros.", strided),
    Question(
        "1.3",
        f"x = {X.tolist()}. Max pooling with a {_WINDOW} window.",
        pool,
        note="The stride is the window, as in PyTorch.",
    ),
)
