"""Task 1: two convolutions and a max pooling, by hand and in PyTorch, and the traps of the template."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labcode import ops
from labcode.lab5.question import Question
from labcode.op import Array, Op, Step

X: Array = np.array([[1, 0, 2], [2, 1, -1], [0, 0, 2]])
W: Array = np.array([[1, -1], [0, 2]])
X.flags.writeable = W.flags.writeable = False

CONV = ops.Conv2d(stride=1, padding=0)
STRIDED = ops.Conv2d(stride=3, padding=1)
POOL = ops.MaxPool2d(kernel_size=(1, 2))  # the task names no stride: the window is the default
POOL_BY_ONE = ops.MaxPool2d(kernel_size=(1, 2), stride=1)  # the other reading

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
    Variant("the padding of the second layer used", ops.Conv2d(padding=1)),
)
STRIDED_SLIPS: tuple[Variant, ...] = (
    Variant("the padding forgotten", ops.Conv2d(stride=3)),
    Variant("the padding counted twice", ops.Conv2d(stride=3, padding=2)),
    Variant("the stride forgotten", ops.Conv2d(padding=1)),
    Variant("the stride one too small", ops.Conv2d(stride=2, padding=1)),
    Variant("the kernel flipped (true convolution)", STRIDED, flip=True),
)
POOL_SLIPS: tuple[Variant, ...] = (
    Variant("stride 1 instead of the window", POOL_BY_ONE),
    Variant("rows and columns of the window swapped", ops.MaxPool2d((2, 1))),
    Variant("a square window", ops.MaxPool2d(2)),
    Variant("the last, partial window kept", ops.MaxPool2d((1, 2), ceil_mode=True)),
    Variant("the mean instead of the maximum", ops.AvgPool2d((1, 2))),
)


def conv() -> Array:
    """Question 1: stride 1, no padding."""
    return CONV.forward(X, W)


def strided() -> Array:
    """Question 2: stride 3, padding 1."""
    return STRIDED.forward(X, W)


def pool() -> Array:
    """Question 3: max pooling with a 1×2 window."""
    return POOL.forward(X)


def trace(op: Op) -> list[Step]:
    """How each output entry of a layer of this task comes about."""
    return list(op.trace(X, W) if isinstance(op, ops.Conv2d) else op.trace(X))


_DATA = f"x = {X.tolist()}, w = {W.tolist()}. "

QUESTIONS: tuple[Question, ...] = (
    Question("1.1", _DATA + "Convolve x with w (cross-correlation), stride 1, padding 0.", conv),
    Question("1.2", _DATA + "Convolve x with w (cross-correlation), stride 3, padding 1 with zeros.", strided),
    Question(
        "1.3",
        f"x = {X.tolist()}. Max pooling with a 1×2 window.",
        pool,
        note="The stride is the window, as in PyTorch.",
    ),
)
