"""What the layers refuse, each message told whole: argument, value, what was expected, and the rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import labcode as lc
from labcode import ops
from labcode.op import Op, Shape

ones = np.ones
IMAGE = ones((1, 4, 5, 5))
NOTHING = ones((2, 0))

LAYOUT = "input has shape (N, C, *spatial)"
SIZE = "output = floor((input + padding - dilation*(kernel - 1) - 1) / stride) + 1"
STAMPED = "output = (input - 1)*stride - 2*padding + dilation*(kernel - 1) + output_padding + 1"
CHANNELS = "weight has shape (out_channels, in_channels/groups, *kernel)"
TRANSPOSED = "weight has shape (in_channels, out_channels/groups, *kernel)"
TARGETS = "target holds one class, 0 <= class < C, for each input (N, C)"
IMAGES = "input has shape (N, C, H, W)"
COLUMNS = "a column holds channels * kernel rows * kernel columns entries"
PLACES = "places = product over axes of floor((size + 2*padding - dilation*(kernel - 1) - 1) / stride) + 1"
SHAPES = "a shape of as many entries, and their row-major order is kept"
AXES = "y[i] = x[n - 1 - i] along each axis of dims"

# What is done, by which call, and the message: "… = …: expected …" and the rule.
REFUSED: list[tuple[str, Callable[[], Any], str, str]] = [
    # pools
    ("two inputs of a pool", lambda: ops.MaxPool1d(2).shape((3,), (3,)), "inputs = 2: expected 1 of them", LAYOUT),
    (
        "axes of a pool",
        lambda: lc.max_pool1d(ones((1, 1, 1, 4)), 2),
        "input = shape (1, 1, 1, 4): expected 1 (bare), 2 (C, *spatial) or 3 (N, C, *spatial) dimensions",
        LAYOUT,
    ),
    (
        "a line for a pool of images",
        lambda: lc.avg_pool2d(ones(4), 2),
        "input = shape (4,): expected 2 (bare), 3 (C, *spatial) or 4 (N, C, *spatial) dimensions",
        LAYOUT,
    ),
    (
        "no channels to pool",
        lambda: lc.max_pool1d(ones((2, 0, 4)), 2),
        "input = 0 channels: expected at least 1 channel",
        LAYOUT,
    ),
    (
        "more padding than half of a window",
        lambda: lc.max_pool2d(IMAGE, (4, 2), padding=(1, 2)),
        "padding = (1, 2): expected at most half of kernel_size (4, 2)",
        "padding <= kernel_size / 2",
    ),
    (
        "the padding of a pool",
        lambda: lc.max_pool1d(ones(4), 2, padding=-1),
        "padding = -1: expected an integer >= 0",
        SIZE,
    ),
    (
        "the stride of a pool",
        lambda: lc.max_pool2d(IMAGE, 2, stride=(1, 0)),
        "stride = (1, 0): expected an integer >= 1, or 2 of them (one for each spatial axis)",
        SIZE,
    ),
    (
        "the dilation of a pool",
        lambda: lc.max_pool2d(IMAGE, 2, dilation=(0, 1)),
        "dilation = (0, 1): expected an integer >= 1, or 2 of them (one for each spatial axis)",
        SIZE,
    ),
    (
        "a window between the inputs",
        lambda: lc.max_pool1d(ones(1), 2, padding=1, dilation=2),
        "dilation = 2: expected a window that never misses an input of 1",
        "each window holds an input",
    ),
    # convolutions
    (
        "a padding without a meaning",
        lambda: lc.conv1d(ones(4), ones(2), padding="full"),
        """padding = 'full': expected integers >= 0, "same" or "valid\"""",
        SIZE,
    ),
    (
        "as many places as inputs, in strides",
        lambda: lc.conv1d(ones(4), ones(2), padding="same", stride=2),
        "padding = 'same': expected stride 1, not (2,)",
        "same: output size = input size",
    ),
    (
        "groups of no equal size",
        lambda: lc.conv1d(ones((4, 5)), ones((3, 2, 1)), groups=2),
        "groups = 2: expected a divisor of out_channels = 3",
        CHANNELS,
    ),
    (
        "channels that a kernel does not have",
        lambda: lc.conv1d(ones((3, 5)), ones((4, 2, 1)), groups=2),
        "input = 3 channels: expected in_channels = groups * weight.shape[1] = 2 * 2 = 4 channels",
        CHANNELS,
    ),
    # transposed convolutions
    (
        "groups of no equal number of inputs",
        lambda: lc.conv_transpose1d(ones((3, 5)), ones((3, 4, 1)), groups=2),
        "groups = 2: expected a divisor of in_channels = weight.shape[0] = 3",
        TRANSPOSED,
    ),
    (
        "channels that a stamp does not have",
        lambda: lc.conv_transpose1d(ones((3, 5)), ones((2, 4, 1))),
        "input = 3 channels: expected in_channels = weight.shape[0] = 2",
        TRANSPOSED,
    ),
    (
        "a stamp for no channels",
        lambda: lc.conv_transpose1d(ones((2, 5)), ones((2, 0, 1))),
        "weight = shape (2, 0, 1): expected at least 1 output channel for each group",
        TRANSPOSED,
    ),
    (
        "nowhere to stamp",
        lambda: lc.conv_transpose1d(ones((1, 0)), ones((1, 1, 1))),
        "input size = 0: expected at least 1 position",
        STAMPED,
    ),
    (
        "a stamp cut away",
        lambda: lc.conv_transpose1d(ones(2), ones(2), padding=2),
        "padding = 2: expected less, for an output of at least 1 and not -1",
        STAMPED,
    ),
    # unfold and fold
    ("two images to unfold", lambda: ops.Unfold(2).shape((3, 3), (3, 3)), "inputs = 2: expected 1 of them", IMAGES),
    (
        "a line to unfold",
        lambda: lc.unfold(ones(3), 2),
        "input = shape (3,): expected 2 (bare), 3 (C, H, W) or 4 (N, C, H, W) dimensions",
        IMAGES,
    ),
    (
        "no channels to unfold",
        lambda: lc.unfold(ones((0, 3, 3)), 2),
        "input = 0 channels: expected at least 1 channel",
        COLUMNS,
    ),
    ("two tables to fold", lambda: ops.Fold(3, 2).shape((4, 4), (4, 4)), "inputs = 2: expected 1 of them", COLUMNS),
    (
        "a line to fold",
        lambda: lc.fold(ones(4), 3, 2),
        "input = shape (4,): expected 2 (C*taps, places) or 3 (N, C*taps, places) dimensions",
        COLUMNS,
    ),
    (
        "columns of half a window",
        lambda: lc.fold(ones((6, 4)), 3, 2),
        "input = columns of 6: expected a multiple of the 4 entries of a window (2, 2)",
        COLUMNS,
    ),
    (
        "a place without a column",
        lambda: lc.fold(ones((4, 5)), (3, 4), 2),
        "input = 5 columns: expected 2 * 3 = 6, one for each place of the window",
        PLACES,
    ),
    (
        "one of two axes",
        lambda: lc.unfold(IMAGE, (2,)),
        "kernel_size = (2,): expected an integer >= 1, or 2 of them",
        SIZE,
    ),
    # signatures
    ("one factor", lambda: ops.MatMul().shape((3, 3)), "inputs = 1: expected 2 of them", "mk,kn->mn"),
    (
        "a factor of one axis",
        lambda: ops.MatMul().shape((3,), (3, 3)),
        "input = (3,): expected a shape of 2 dimensions (mk)",
        "mk,kn->mn",
    ),
    (
        "an inner dimension twice",
        lambda: ops.MatMul().shape((2, 3), (4, 5)),
        "other = (4, 5): expected k = 3 on axis 0, as in an earlier input",
        "mk,kn->mn",
    ),
    # softmax and losses
    (
        "an axis between axes",
        lambda: ops.Softmax(0.5),
        "dim = 0.5: expected an integer: the axis along which shares add up to 1",
        "-rank <= dim < rank",
    ),
    (
        "shares along no axis",
        lambda: lc.softmax(IMAGE, 4),
        "dim = 4: expected an axis of the input of shape (1, 4, 5, 5)",
        "-rank <= dim < rank",
    ),
    (
        "no sum and no mean",
        lambda: ops.CrossEntropy(0, "none"),
        """reduction = 'none': expected "sum" or "mean\"""",
        "",
    ),
    (
        "classes in halves",
        lambda: ops.CrossEntropy([0.5]),
        "target = array of float64: expected class indices of dtype int64",
        TARGETS,
    ),
    (
        "classes in a table",
        lambda: ops.CrossEntropy([[0, 1]]),
        "target = shape (1, 2): expected shape (N,), or a single class ()",
        TARGETS,
    ),
    ("classes below 0", lambda: ops.CrossEntropy([2, -3, -1]), "target = -3: expected classes >= 0", TARGETS),
    (
        "classes in rows of unequal length",
        lambda: ops.CrossEntropy([[0], [0, 1]]),
        "target = [[0], [0, 1]]: expected a rectangular array of numbers",
        "",
    ),
    (
        "more classes than inputs",
        lambda: lc.cross_entropy(ones((2, 3)), [0, 1, 2]),
        "target = 3 classes: expected 2, one for each input",
        TARGETS,
    ),
    (
        "a class beyond the last",
        lambda: lc.cross_entropy(ones((2, 3)), [3, 0]),
        "target = 3: expected a class of 0 to 2",
        TARGETS,
    ),
    # rearrangements
    ("axes by name", lambda: ops.Flip("0"), "dims = '0': expected an integer for each axis to reverse", AXES),
    (
        "an axis twice",
        lambda: lc.flip(NOTHING, (0, -2)),
        "dims = (0, -2): expected axes of an input of 2 dimensions, each once",
        AXES,
    ),
    (
        "a negative length",
        lambda: ops.Reshape((-1,)),
        "shape = (-1,): expected an integer >= 0",
        SHAPES,
    ),
    ("two inputs in one shape", lambda: ops.Reshape((3,)).shape((3,), (3,)), "inputs = 2: expected 1 of them", SHAPES),
]


@pytest.mark.parametrize(("call", "message", "rule"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_refusal_is_told_whole(call: Callable[[], Any], message: str, rule: str) -> None:
    with pytest.raises(lc.ArgumentError) as error:
        call()
    assert str(error.value) == (f"{message}; rule: {rule}" if rule else message)


@pytest.mark.parametrize(
    ("op", "shapes", "expected"),
    [
        # each is the last that is not refused
        (ops.MaxPool1d(2, padding=1), [(0, 1, 1)], (0, 1, 1)),
        (ops.MaxPool1d(2, dilation=2), [(3,)], (1,)),
        (ops.AvgPool1d(2), [(0, 1, 2)], (0, 1, 1)),
        (ops.Conv1d(groups=2), [(4, 5), (2, 2, 1)], (2, 5)),
        (ops.Conv1d(groups=2), [(6, 5), (4, 3, 1)], (4, 5)),
        (ops.ConvTranspose1d(padding=1), [(2,), (2,)], (1,)),
        (ops.ConvTranspose1d(stride=2, output_padding=1), [(3,), (1,)], (6,)),
        (ops.CrossEntropy([2, 0]), [(2, 3)], ()),
        (ops.CrossEntropy([]), [(0, 0)], ()),
        (ops.Fold(2, 1), [(1, 4)], (1, 2, 2)),
        (ops.Unfold(1), [(0, 1, 2, 2)], (0, 1, 4)),
        (ops.Reshape((0, 3)), [(2, 0)], (0, 3)),
        (ops.Softmax(-1), [(3,)], (3,)),
    ],
    ids=str,
)
def test_what_is_just_allowed_has_a_shape(op: Op, shapes: list[Shape], expected: Shape) -> None:
    assert op.shape(*shapes) == expected
