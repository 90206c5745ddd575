"""Misuse: what is refused, and that the message tells the argument, its value and the rule."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody gives it
from hypothesis import given
from hypothesis import strategies as st

import labcode as lc
from labcode import functional, ops
from tests.profiles import times

ones = np.ones
X, W, V = ones((1, 2, 5, 5)), ones((4, 2, 3, 3)), ones((2, 3, 3, 3))
SIZE = "floor((input + padding - dilation*(kernel - 1) - 1) / stride) + 1"
CHANNELS = "weight has shape (out_channels, in_channels/groups, *kernel)"
TRANSPOSED = "weight has shape (in_channels, out_channels/groups, *kernel)"
STAMPED = "(input - 1)*stride - 2*padding + dilation*(kernel - 1) + output_padding + 1"
COLUMN = "a column holds channels * kernel rows * kernel columns entries"
CLASSES = "one class, 0 <= class < C, for each input (N, C)"
LAYOUT = "input has shape (N, C, *spatial)"
DTYPES = "float32, float64, int64"

# What is done, by which call, and the argument, value and rule that the message must hold.
MISUSES: list[tuple[str, Callable[[], Any], str, str, str]] = [
    ("wrong rank", lambda: lc.conv2d(ones((1, 1, 2, 5, 5)), W), "input", "(1, 1, 2, 5, 5)", LAYOUT),
    ("rank too small", lambda: lc.conv2d(ones(5), W), "input", "(5,)", LAYOUT),
    ("wrong rank of a kernel", lambda: lc.conv2d(X, ones((3, 3))), "weight", "(3, 3)", CHANNELS),
    ("bare input, full kernel", lambda: lc.conv2d(X[0, 0], W), "weight", "(4, 2, 3, 3)", CHANNELS),
    ("wrong rank of a pool", lambda: lc.max_pool2d(ones(3), 2), "input", "(3,)", LAYOUT),
    ("channel mismatch", lambda: lc.conv2d(ones((1, 3, 5, 5)), W), "input", "3 channels", CHANNELS),
    ("no channels", lambda: lc.avg_pool2d(ones((1, 0, 5, 5)), 2), "input", "0 channels", LAYOUT),
    ("kernel larger than the input", lambda: lc.conv2d(X, ones((4, 2, 6, 3))), "kernel", "6", SIZE),
    ("kernel larger than the padded input", lambda: lc.conv1d(ones(3), ones(6), padding=1), "kernel", "6", SIZE),
    ("dilated kernel larger", lambda: lc.conv1d(ones(4), ones(3), dilation=2), "kernel", "3", "2*(3 - 1) + 1 = 5"),
    ("pool larger than the input", lambda: lc.max_pool2d(X, 6), "kernel", "6", SIZE),
    ("empty kernel", lambda: lc.conv2d(X, ones((4, 2, 0, 3))), "kernel", "0", SIZE),
    ("empty pool", lambda: lc.max_pool2d(X, 0), "kernel_size", "0", SIZE),
    ("stride 0", lambda: lc.conv2d(X, W, stride=0), "stride", "0", SIZE),
    ("stride 0 on one axis", lambda: lc.conv2d(X, W, stride=(1, 0)), "stride", "(1, 0)", SIZE),
    ("stride 0 in a pool", lambda: lc.avg_pool1d(ones(3), 2, stride=0), "stride", "0", SIZE),
    ("stride for three axes of two", lambda: lc.conv2d(X, W, stride=(1, 1, 1)), "stride", "(1, 1, 1)", SIZE),
    ("bool as stride", lambda: lc.conv2d(X, W, stride=True), "stride", "True", SIZE),
    ("bools as strides", lambda: lc.conv2d(X, W, stride=(True, False)), "stride", "(True, False)", SIZE),
    ("fraction as stride", lambda: lc.conv2d(X, W, stride=1.5), "stride", "1.5", SIZE),
    ("text as stride", lambda: lc.conv2d(X, W, stride="same"), "stride", "'same'", SIZE),
    ("negative padding", lambda: lc.conv2d(X, W, padding=-1), "padding", "-1", SIZE),
    ("unknown padding", lambda: lc.conv2d(X, W, padding="full"), "padding", "'full'", SIZE),
    ('"same" with stride 2', lambda: lc.conv2d(X, W, padding="same", stride=2), "padding", "'same'", "stride 1"),
    ("pool padding above half", lambda: lc.max_pool2d(X, 2, padding=2), "padding", "(2, 2)", "kernel_size / 2"),
    ("the same, odd window", lambda: lc.avg_pool1d(ones(9), 3, padding=2), "padding", "(2,)", "kernel_size / 2"),
    ("dilation 0", lambda: lc.conv2d(X, W, dilation=0), "dilation", "0", SIZE),
    (
        "a window between the inputs",
        lambda: lc.max_pool1d(ones(1), 2, padding=1, dilation=2),
        "dilation",
        "2",
        "each window holds an input",
    ),
    ("groups that do not divide", lambda: lc.conv2d(X, W, groups=3), "groups", "3", CHANNELS),
    ("groups 0", lambda: lc.conv2d(X, W, groups=0), "groups", "0", CHANNELS),
    ("bool as groups", lambda: lc.conv2d(X, W, groups=True), "groups", "True", CHANNELS),
    ("wrong bias shape", lambda: lc.conv2d(X, W, ones(3)), "bias", "(3,)", "one number for each output channel"),
    ("bias of bare arrays", lambda: lc.conv1d(ones(3), ones(2), ones(1)), "bias", "(1,)", "one number"),
    ("empty spatial axis", lambda: lc.conv2d(ones((1, 2, 0, 5)), W), "input size", "0", SIZE),
    ("empty axis under a pool", lambda: lc.max_pool1d(ones((1, 0)), 2, padding=1), "input size", "0", SIZE),
    ("complex numbers", lambda: lc.conv2d(X * 1j, W), "input", "complex128", DTYPES),
    ("truth values", lambda: lc.relu(X > 0), "input", "bool", DTYPES),
    ("text", lambda: lc.relu("abc"), "input", "<U3", DTYPES),
    ("no number", lambda: lc.relu([None]), "input", "object", DTYPES),
    ("half precision", lambda: lc.relu(ones(3, np.float16)), "input", "float16", DTYPES),
    ("ragged lists", lambda: lc.relu([[1], [1, 2]]), "input", "[[1], [1, 2]]", "rectangular"),
    ("mixed dtypes", lambda: lc.conv2d(X.astype(np.float32), W), "weight", "float64", "float32"),
    ("integers with floats", lambda: lc.conv2d(X, W.astype(int)), "weight", "int64", "float64"),
    # transposed convolution
    ("its wrong rank", lambda: lc.conv_transpose2d(ones((1, 1, 2, 5, 5)), V), "input", "(1, 1, 2, 5, 5)", LAYOUT),
    ("its kernel's rank", lambda: lc.conv_transpose2d(X, ones((3, 3))), "weight", "(3, 3)", TRANSPOSED),
    ("its channels", lambda: lc.conv_transpose2d(ones((1, 3, 5, 5)), V), "input", "3 channels", TRANSPOSED),
    ("its groups", lambda: lc.conv_transpose2d(X, V, groups=3), "groups", "3", TRANSPOSED),
    ("no groups", lambda: lc.conv_transpose2d(X, V, groups=0), "groups", "0", TRANSPOSED),
    ("its bias", lambda: lc.conv_transpose2d(X, V, ones(2)), "bias", "(2,)", "one number for each output channel"),
    ("its bare bias", lambda: lc.conv_transpose1d(ones(3), ones(2), ones(1)), "bias", "(1,)", "one number"),
    ("its stride", lambda: lc.conv_transpose1d(ones(3), ones(2), stride=0), "stride", "0", STAMPED),
    ("its named padding", lambda: lc.conv_transpose1d(ones(3), ones(2), padding="same"), "padding", "'same'", STAMPED),
    ("padding that leaves nothing", lambda: lc.conv_transpose1d(ones(1), ones(2), padding=1), "padding", "1", STAMPED),
    ("its empty axis", lambda: lc.conv_transpose1d(ones((1, 0)), ones((1, 1, 1))), "input size", "0", STAMPED),
    (
        "no output channels",
        lambda: lc.conv_transpose1d(ones((1, 2)), ones((1, 0, 1))),
        "weight",
        "(1, 0, 1)",
        TRANSPOSED,
    ),
    (
        "output padding of a stride",
        lambda: lc.conv_transpose2d(X, V, output_padding=1),
        "output_padding",
        "(1, 1)",
        "output_padding < max(stride, dilation)",
    ),
    ("its inputs", lambda: ops.ConvTranspose1d().shape((3,)), "inputs", "1", TRANSPOSED),
    # unfold and fold
    ("a line to unfold", lambda: lc.unfold(ones(3), 2), "input", "(3,)", "input has shape (N, C, H, W)"),
    ("no channels to unfold", lambda: lc.unfold(ones((0, 3, 3)), 2), "input", "0 channels", COLUMN),
    ("a window too large to unfold", lambda: lc.unfold(X, 6), "kernel", "6", SIZE),
    ("one of two axes", lambda: lc.unfold(X, (2,)), "kernel_size", "(2,)", SIZE),
    ("a line to fold", lambda: lc.fold(ones(4), 3, 2), "input", "(4,)", COLUMN),
    ("columns too short", lambda: lc.fold(ones((3, 4)), 3, 2), "input", "columns of 3", COLUMN),
    ("too few columns", lambda: lc.fold(ones((4, 3)), 3, 2), "input", "3 columns", "2 * 2 = 4"),
    ("nothing to fold into", lambda: lc.fold(ones((4, 4)), 0, 2), "output_size", "0", SIZE),
    (
        "two images to unfold",
        lambda: ops.Unfold(2).shape((3, 3), (3, 3)),
        "inputs",
        "2",
        "input has shape (N, C, H, W)",
    ),
    ("two matrices to fold", lambda: ops.Fold(3, 2).shape((4, 4), (4, 4)), "inputs", "2", COLUMN),
    # softmax and cross-entropy
    ("an axis that is not there", lambda: lc.softmax(ones(3), 1), "dim", "1", "-rank <= dim < rank"),
    ("an axis below all", lambda: lc.log_softmax(ones(3), -2), "dim", "-2", "-rank <= dim < rank"),
    ("bool as axis", lambda: lc.softmax(ones(3), True), "dim", "True", "-rank <= dim < rank"),
    ("softmax of integers", lambda: lc.softmax(np.arange(3), 0), "input", "int64", "float32 or float64"),
    ("classes that are no integers", lambda: lc.cross_entropy(ones((2, 3)), [0.0, 1]), "target", "float64", CLASSES),
    ("a matrix of classes", lambda: lc.cross_entropy(ones((2, 3)), [[0, 1]]), "target", "(1, 2)", CLASSES),
    ("a negative class", lambda: lc.cross_entropy(ones((2, 3)), [0, -1]), "target", "-1", CLASSES),
    ("a class too large", lambda: lc.cross_entropy(ones((2, 3)), [0, 3]), "target", "3", CLASSES),
    ("too many classes", lambda: lc.cross_entropy(ones((2, 3)), [0, 1, 2]), "target", "3 classes", CLASSES),
    ("a list of classes for one input", lambda: lc.cross_entropy(ones(3), [0]), "input", "(3,)", "nc->"),
    ("a reduction to nothing", lambda: lc.cross_entropy(ones(3), 0, reduction="none"), "reduction", "'none'", '"mean"'),
    # rearrangements and products
    ("an axis twice", lambda: lc.flip(ones(3), (0, 0)), "dims", "(0, 0)", "each axis of dims"),
    ("an axis beyond", lambda: lc.flip(ones(3), 1), "dims", "(1,)", "each axis of dims"),
    ("text as axes", lambda: lc.flip(ones(3), "0"), "dims", "'0'", "each axis of dims"),
    ("true convolution, kernel's rank", lambda: lc.true_convolution2d(X[0, 0], ones(2)), "weight", "(2,)", CHANNELS),
    ("columns of two widths", lambda: lc.pairwise_squared_error(X[0, 0], ones((2, 2))), "target", "(2, 2)", "mp,np->"),
    ("dot of a matrix", lambda: lc.dot(X[0, 0], ones(5)), "input", "(5, 5)", "k,k->"),
    ("inner dimensions", lambda: lc.linear(ones((2, 3)), ones((4, 2))), "weight", "(4, 2)", "nk,ok->no"),
    ("no axis", lambda: lc.linear(1.0, ones((4, 3))), "input", "()", "k,ok->o"),
    ("bias of two axes", lambda: lc.linear(ones((2, 3)), ones((4, 3)), ones((2, 4))), "bias", "(2, 4)", "nk,ok,o->no"),
    ("broadcast in a loss", lambda: lc.mse_loss(ones((17, 1)), ones(17)), "target", "(17,)", "*,*->"),
    ("unknown reduction", lambda: lc.mse_loss(X, X, reduction="none"), "reduction", "'none'", '"mean"'),
    ("inner dimensions of @", lambda: lc.Variable(ones((2, 3))) @ ones((2, 3)), "other", "(2, 3)", "mk,kn->mn"),
    ("stack of matrices @ matrix", lambda: lc.Variable(X[0]) @ ones((5, 2)), "other", "3-D @ 2-D", "matrix @ vector"),
    ("cube", lambda: lc.Variable(ones(3)) ** 3, "exponent", "3", "square"),
    ("broadcast in a sum", lambda: lc.Variable(ones(3)) + ones(1), "other", "(1,)", "*,*->*"),
    ("transpose of a vector", lambda: lc.Variable(ones(3)).T, "input", "(3,)", "mn->nm"),
    ("value and shape", lambda: lc.Variable(ones(3), shape=(3,)), "value", "1.", "either"),
    ("neither value nor shape", lambda: lc.Variable(), "value", "None", "either"),
    ("an integer too large", lambda: lc.Variable([2**60]), "value", "2**53", "float64 holds exactly"),
    ("too few inputs", lambda: ops.Conv2d().shape((3, 3)), "inputs", "1", CHANNELS),
    ("too few inputs of a product", lambda: ops.MatMul().shape((3, 3)), "inputs", "1", "mk,kn->mn"),
    ("too many inputs of a pool", lambda: ops.MaxPool2d(2).shape((3, 3), (3, 3)), "inputs", "2", LAYOUT),
]


@pytest.mark.parametrize(("call", "argument", "value", "rule"), [m[1:] for m in MISUSES], ids=[m[0] for m in MISUSES])
def test_a_misuse_is_told_with_argument_value_and_rule(call: Any, argument: str, value: str, rule: str) -> None:
    with pytest.raises(lc.ArgumentError) as caught:
        call()
    error, message = caught.value, str(caught.value)
    assert error.argument == argument
    assert message.startswith(f"{argument} = ")
    assert value in str(error.value)
    assert str(error.value) in message
    assert rule in message
    assert error.expected
    assert f"expected {error.expected}" in message
    assert isinstance(error, ValueError)


# --- labcode refuses whatever torch refuses --------------------------------------------------------

Call = tuple[str, tuple[Any, ...], tuple[Any, ...]]  # function, shapes of its arrays (None: no bias), settings


@st.composite
def careless(draw: Callable[..., Any], axes: int, least: int) -> Any:
    """A setting as it may be given, now and then below the least that is allowed."""
    number = st.integers(least, 3) if draw(st.integers(0, 9)) else st.integers(least - 1, 3)
    exact = st.lists(number, min_size=axes, max_size=axes).map(tuple)
    return draw(st.one_of(number, exact, st.lists(number, min_size=1, max_size=3).map(tuple)))


def _shape(draw: Callable[..., Any], axes: int, channels: int) -> tuple[int, ...]:
    sizes = tuple(draw(st.integers(0, 7)) for _ in range(axes))
    whole = (1, draw(st.integers(0, 2)), channels, *sizes)
    missing = draw(st.sampled_from([0, 1, 1, 1, 1, 2, 2]))
    return whole[missing:]


@st.composite
def conv_calls(draw: Callable[..., Any], axes: int) -> Call:
    groups = draw(st.sampled_from([1, 1, 2, 3, 0, -1]))
    inputs = draw(st.integers(0, 2)) * max(1, groups) + (draw(st.integers(0, 9)) == 9)
    outputs = draw(st.sampled_from([0, 1, 2, 3, 4, 6]))
    kernel = tuple(draw(st.integers(0 if draw(st.integers(0, 9)) == 9 else 1, 3)) for _ in range(axes))
    w = (outputs, inputs // max(1, groups), *kernel)[draw(st.integers(0, 19)) == 19 :]
    b = draw(st.sampled_from([None, None, (outputs,), (outputs,), (1,), (), (outputs, 1)]))
    padding = draw(st.one_of(careless(axes, 0), st.sampled_from(["same", "valid", "full"])))
    settings = (draw(careless(axes, 1)), padding, draw(careless(axes, 1)), groups)
    return f"conv{axes}d", (_shape(draw, axes, inputs), w, b), settings


@st.composite
def pool_calls(draw: Callable[..., Any], kind: str, axes: int) -> Call:
    window = (draw(careless(axes, 1)), draw(st.one_of(st.none(), careless(axes, 1))), draw(careless(axes, 0)))
    rest = (draw(careless(axes, 1)), draw(st.booleans())) if kind == "max" else (draw(st.booleans()),) * 2
    return f"{kind}_pool{axes}d", (_shape(draw, axes, draw(st.integers(0, 2))),), (*window, *rest)


@st.composite
def transposed_calls(draw: Callable[..., Any], axes: int) -> Call:
    groups = draw(st.sampled_from([1, 1, 2, 3, 0, -1]))
    inputs = draw(st.integers(0, 2)) * max(1, groups)
    kernel = tuple(draw(st.integers(0 if draw(st.integers(0, 9)) == 9 else 1, 3)) for _ in range(axes))
    per_group = draw(st.integers(0, 2))
    w = (inputs + (draw(st.integers(0, 9)) == 9), per_group, *kernel)[draw(st.integers(0, 19)) == 19 :]
    b = draw(st.sampled_from([None, None, (per_group * abs(groups),), (1,), ()]))
    stride, padding, extra = (draw(careless(axes, least)) for least in (1, 0, 0))
    shape = _shape(draw, axes, inputs)
    return f"conv_transpose{axes}d", (shape, w, b), (stride, padding, extra, groups, draw(careless(axes, 1)))


@st.composite
def unfold_calls(draw: Callable[..., Any]) -> Call:
    settings = tuple(draw(careless(2, least)) for least in (1, 1, 0, 1))
    return "unfold", (_shape(draw, 2, draw(st.integers(0, 2))),), settings


@st.composite
def fold_calls(draw: Callable[..., Any]) -> Call:
    """Mostly a matrix that the unfolding of some image has, so that some are accepted."""
    size, kernel, dilation, padding, stride = (draw(careless(2, least)) for least in (2, 1, 1, 0, 1))
    try:
        blank = torch.zeros(1, draw(st.integers(1, 2)), *(size if isinstance(size, tuple) else (size, size)))
        columns = F.unfold(blank, kernel, dilation, padding, stride).shape[1:]
    except (RuntimeError, TypeError):
        columns = (4, 4)
    columns = tuple(n + (draw(st.integers(0, 9)) == 9) for n in columns)
    lead = draw(st.sampled_from([(), (2,), (0,), (1, 1)]))
    return "fold", ((*lead, *columns),), (size, kernel, dilation, padding, stride)


def shapes(most: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.sampled_from([1, 2, 2, 3]), max_size=most).map(tuple)


PRODUCT_CALLS = {
    "linear": st.tuples(shapes(3), shapes(2), st.sampled_from([None, (2,), (3,), ()])),
    "matmul": st.tuples(shapes(3), shapes(3)),
    "dot": st.tuples(shapes(2), shapes(2)),
    "t": st.tuples(shapes(3)),
    "mse_loss": st.tuples(shapes(2), shapes(2)),
}


def without_settings(name: str) -> st.SearchStrategy[Call]:
    return PRODUCT_CALLS[name].map(lambda arrays: (name, arrays, ()))


def along(name: str) -> st.SearchStrategy[Call]:
    return st.tuples(shapes(3), st.integers(-4, 4)).map(lambda pair: (name, (pair[0],), (pair[1],)))


flip_calls = st.tuples(shapes(3), st.lists(st.integers(-4, 3), max_size=3).map(tuple)).map(
    lambda pair: ("flip", (pair[0],), (pair[1],))
)


def outcome(call: Callable[[], Any], refusals: type[Exception] | tuple[type[Exception], ...]) -> Any:
    """The array that comes out, or the refusal."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(call())
    except refusals as error:
        return error


def both(call: Call) -> tuple[Any, Any]:
    """What torch makes of a call, and what labcode makes of it."""
    name, shapes, options = call
    rng = np.random.default_rng(0)
    arrays = [None if s is None else np.asarray(rng.standard_normal(s)) for s in shapes]
    tensors = [None if a is None else torch.tensor(a) for a in arrays]
    refusals = (RuntimeError, TypeError, ValueError, IndexError)
    theirs = outcome(lambda: (getattr(F, name, None) or getattr(torch, name))(*tensors, *options), refusals)
    return theirs, outcome(lambda: getattr(functional, name)(*arrays, *options), lc.ArgumentError)


CALLS = {
    **{f"conv{axes}d": conv_calls(axes) for axes in (1, 2)},
    **{f"conv_transpose{axes}d": transposed_calls(axes) for axes in (1, 2)},
    **{f"{kind}_pool{axes}d": pool_calls(kind, axes) for kind in ("max", "avg") for axes in (1, 2)},
    "unfold": unfold_calls(),
    "fold": fold_calls(),
    **{name: without_settings(name) for name in PRODUCT_CALLS},
    **{name: along(name) for name in ("softmax", "log_softmax")},
    "flip": flip_calls,
}

# What labcode refuses and torch (2.13) does not: argument, a word of what is expected, why, and a call.
STRICTER: list[tuple[str, str, str, Call]] = [
    (
        "input size",
        "at least 1 position",
        "an empty axis: torch computes on padding alone where the batch is empty",
        ("conv1d", ((0, 1, 0), (1, 1, 1), None), (1, 1, 1, 1)),
    ),
    (
        "input",
        "groups * weight.shape[1]",
        "a convolution over no channels: torch gives zeros",
        ("conv1d", ((1, 0, 2), (1, 0, 1), None), (1, 0, 1, 1)),
    ),
    (
        "dilation",
        "never misses an input",
        "a dilated window that sees padding alone: torch gives -inf",
        ("max_pool1d", ((1, 1, 1),), (2, 1, 1, 2, False)),
    ),
    (
        "dilation",
        "an integer >= 1",
        "dilation 0: torch does not look at it where the batch is empty",
        ("conv1d", ((0, 1, 4), (3, 1, 2), None), (1, 0, 0, 1)),
    ),
    (
        "other",
        "vector @ vector",
        "a product of stacks of matrices: torch multiplies them pair by pair",
        ("matmul", ((2, 2, 3), (3, 2)), ()),
    ),
    (
        "weight",
        "2 dimensions (ok)",
        "a linear layer with one output and no axis for it",
        ("linear", ((2, 3), (3,), None), ()),
    ),
    ("bias", "1 dimensions (o)", "one bias for all outputs", ("linear", ((2, 3), (4, 3), ()), ())),
    (
        "output_padding",
        "less than stride",
        "too much output padding: torch does not look at it where the batch is empty",
        ("conv_transpose1d", ((0, 1, 2), (1, 1, 1), None), (1, 0, 1, 1, 1)),
    ),
    (
        "padding",
        "an output of at least 1",
        "padding that leaves no output: torch lets it pass where the batch is empty",
        ("conv_transpose1d", ((0, 1, 2), (1, 1, 1), None), (3, 3, 2, 1, 1)),
    ),
    ("input", "2 dimensions (mn)", "the transpose of a vector: torch returns it as it is", ("t", ((3,),), ())),
    ("target", "as input has", "a target of another shape: torch repeats it", ("mse_loss", ((2, 1), (2,)), ())),
    ("dims", "of 0 dimensions", "an axis of a single number: torch lets 0 and -1 pass", ("flip", ((),), ((0,),))),
]


@pytest.mark.parametrize(("argument", "text", "why", "call"), STRICTER, ids=[s[2] for s in STRICTER])
def test_labcode_is_stricter_than_torch(argument: str, text: str, why: str, call: Call) -> None:
    theirs, ours = both(call)
    assert isinstance(theirs, np.ndarray), theirs
    assert (ours.argument, text in ours.expected) == (argument, True), ours


@pytest.mark.parametrize("calls", CALLS.values(), ids=CALLS)
def test_labcode_refuses_whatever_torch_refuses(calls: st.SearchStrategy[Call]) -> None:
    """And gives the same array where both accept; bare arrays are labcode's own, and not of this test."""

    @times(10)
    @given(calls)
    def each(call: Call) -> None:
        name, (x, *_), _ = call
        axes = 2 if name == "unfold" else next((int(letter) for letter in name if letter.isdigit()), 0)
        if axes and len(x) <= axes:
            return
        theirs, ours = both(call)
        if isinstance(theirs, Exception):
            assert isinstance(ours, lc.ArgumentError), theirs
        elif isinstance(ours, lc.ArgumentError):
            assert any(ours.argument == a and text in ours.expected for a, text, *_ in STRICTER), ours
        else:
            assert ours.shape == theirs.shape
            np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)

    each()
