"""The face of torch.nn.functional: names, order, defaults; arrays, lists and Variables alike."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody gives it
from hypothesis import given
from hypothesis import strategies as st

import labcode as lc
from labcode import functional

PUBLIC = sorted(
    name
    for name, f in inspect.getmembers(functional, inspect.isfunction)
    if f.__module__.startswith("labcode.functional") and not name.startswith("_") and name != "apply"
)
LAYERS = [name for name in PUBLIC if hasattr(F, name) or hasattr(torch, name)]

# Parameters of torch's that labcode leaves out: internal, deprecated, or not of this chapter.
LEFT_OUT = {
    "inplace",
    "_stacklevel",
    "dtype",
    "divisor_override",
    "weight",
    "size_average",
    "reduce",
    "ignore_index",
    "label_smoothing",
    "out",
}


def torch_parameters(name: str) -> list[tuple[str, str]]:
    """Names and defaults, from the signature or, for functions written in C++, from the documentation."""
    function = getattr(F, name, None) or getattr(torch, name)
    try:
        found = [(p.name, _default(p)) for p in inspect.signature(function).parameters.values()]
    except ValueError:
        found = [("args", "")]
    if found[0][0] == "input":
        return found
    written = re.search(rf"{name}\((.*?)\)", function.__doc__)
    pairs = [part.strip().partition("=") for part in written[1].replace("*,", "").split(",")]
    return [(parameter, default) for parameter, _, default in pairs]


def _default(parameter: inspect.Parameter) -> str:
    return "" if parameter.default is inspect.Parameter.empty else repr(parameter.default)


def test_there_are_layers() -> None:
    assert {"conv1d", "conv2d", "max_pool2d", "avg_pool2d", "linear", "relu", "mse_loss"} <= set(LAYERS)


@pytest.mark.parametrize("name", LAYERS)
def test_parameters_are_those_of_torch_in_their_order(name: str) -> None:
    parameters = inspect.signature(getattr(functional, name)).parameters.values()
    ours = [(p.name, _default(p)) for p in parameters]
    kept = {parameter for parameter, _ in ours}
    theirs = [(p, default) for p, default in torch_parameters(name) if p in kept or p not in LEFT_OUT]
    assert [p for p, _ in ours] == [p for p, _ in theirs]
    for (parameter, default), (_, expected) in zip(ours, theirs, strict=True):
        if parameter != "dim":  # torch guesses where none is given, and warns
            assert default == expected.replace('"', "'"), parameter


@pytest.mark.parametrize("name", PUBLIC)
def test_layers_are_public(name: str) -> None:
    assert getattr(lc, name) is getattr(functional, name)
    assert name in lc.__all__


X = np.arange(32.0).reshape(1, 2, 4, 4)
CALLS: dict[str, Callable[[Any, Callable[[Any], Any]], Any]] = {
    "conv2d": lambda x, a: lc.conv2d(x, a(np.ones((2, 2, 3, 3))), a(np.ones(2)), padding=1),
    "max_pool2d": lambda x, a: lc.max_pool2d(x, 2),
    "avg_pool2d": lambda x, a: lc.avg_pool2d(x, 2),
    "relu": lambda x, a: lc.relu(x),
    "sigmoid": lambda x, a: lc.sigmoid(x),
    "tanh": lambda x, a: lc.tanh(x),
    "mse_loss": lambda x, a: lc.mse_loss(x, a(np.zeros(X.shape))),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_lists_arrays_and_variables_give_the_same_numbers(call: Callable[..., Any]) -> None:
    from_array = call(X, np.asarray)
    assert isinstance(from_array, np.ndarray)
    np.testing.assert_array_equal(call(X.tolist(), np.ndarray.tolist), from_array)
    from_variable = call(lc.Variable(X), lambda a: a)
    assert isinstance(from_variable, lc.Variable)
    np.testing.assert_array_equal(from_variable.value, from_array)


def test_a_variable_anywhere_among_the_inputs_records_the_graph() -> None:
    w = lc.Variable(np.ones((2, 2, 3, 3)), name="w")
    y = lc.conv2d(X, w)
    assert isinstance(y, lc.Variable)
    y.sum().backward()
    tw = torch.ones(2, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    F.conv2d(torch.tensor(X), tw).sum().backward()
    np.testing.assert_allclose(w.grad, tw.grad.numpy())


@pytest.mark.parametrize(
    ("x", "w", "dtype"),
    [
        ([1, 2, 3], [1, 1], np.int64),
        ([1, 2, 3], [0.5, 1], np.float64),
        ([1.5, 2, 3], [1, 1], np.float64),
        (np.ones(3, np.float32), [0.5, 1], np.float32),
        ([1, 2, 3], np.ones(2, np.float32), np.float32),
        (np.arange(3), [1, 1], np.int64),
    ],
)
def test_plain_lists_follow_the_dtype_of_the_arrays(x: Any, w: Any, dtype: type) -> None:
    assert lc.conv1d(x, w).dtype == dtype


@pytest.mark.parametrize(("x", "w"), [(np.arange(3), [0.5, 1]), (np.arange(3), np.ones(2))])
def test_floats_are_never_cut_to_integers(x: Any, w: Any) -> None:
    with pytest.raises(lc.ArgumentError, match="weight = array of float64: expected dtype int64"):
        lc.conv1d(x, w)


def test_indices_come_with_the_maximum_of_a_variable() -> None:
    x = lc.Variable([[1, 1], [0, 3]])
    y, indices = lc.max_pool2d(x, (1, 2), return_indices=True)
    assert (y.value.tolist(), indices.tolist()) == ([[1], [3]], [[0], [3]])
    assert isinstance(y, lc.Variable)
    assert indices.dtype == np.int64


def test_the_result_is_no_view_of_the_input() -> None:
    """A 1×1 window sees the array as it is; what comes out is the caller's own all the same."""
    for name, settings in (("max_pool1d", (1,)), ("avg_pool1d", (1,)), ("relu", ())):
        x = np.array([1.0, 2.0])
        y = getattr(lc, name)(x, *settings)
        assert not np.shares_memory(x, y), name
        y[0] = 7
        assert x[0] == 1


SHAPES = st.lists(st.integers(1, 4), max_size=4).map(tuple)


@given(SHAPES, st.data())
def test_flatten_joins_the_axes_that_torch_joins(shape: tuple[int, ...], data: st.DataObject) -> None:
    x, dims = np.arange(float(np.prod(shape))).reshape(shape), st.integers(-5, 4)
    start, end = data.draw(dims), data.draw(dims)
    try:
        expected = torch.flatten(torch.tensor(x), start, end).numpy()
    except (IndexError, RuntimeError):
        with pytest.raises(lc.ArgumentError, match=r"start_dim|end_dim"):
            lc.flatten(x, start, end)
    else:
        np.testing.assert_array_equal(lc.flatten(x, start, end), expected)


@given(SHAPES, st.lists(st.integers(-1, 6), max_size=3).map(tuple))
def test_reshape_takes_the_shapes_that_torch_takes(shape: tuple[int, ...], target: tuple[int, ...]) -> None:
    x = np.arange(float(np.prod(shape))).reshape(shape)
    try:
        expected = torch.reshape(torch.tensor(x), target).numpy()
    except RuntimeError:
        with pytest.raises(lc.ArgumentError):
            lc.reshape(x, target)
    else:
        np.testing.assert_array_equal(lc.reshape(x, target), expected)


def test_a_network_from_image_to_classes_has_the_gradients_of_torch() -> None:
    rng = np.random.default_rng(0)
    x, w, a = rng.normal(size=(2, 3, 8, 8)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=(5, 36))

    def network(api: Any, flatten: Any, x: Any, w: Any, a: Any, target: Any) -> Any:
        maps = api.max_pool2d(api.relu(api.conv2d(x, w)), 2)
        return api.cross_entropy(api.linear(flatten(maps, 1), a), target)

    variables = [lc.Variable(v) for v in (x, w, a)]
    tensors = [torch.tensor(v, requires_grad=True) for v in (x, w, a)]
    network(lc, lc.flatten, *variables, [1, 4]).backward()
    network(F, torch.flatten, *tensors, torch.tensor([1, 4])).backward()
    for variable, tensor in zip(variables, tensors, strict=True):
        np.testing.assert_allclose(variable.grad, tensor.grad.numpy(), atol=1e-12)


def test_a_declared_variable_has_no_shape_to_flatten_yet() -> None:
    with pytest.raises(lc.ArgumentError, match=r"input = shape \(None, 3\)"):
        lc.flatten(lc.Variable(shape=(None, 3), name="x"))


@pytest.mark.parametrize(
    ("dims", "message"),
    [
        ((-3, 1), "start_dim = -3: expected an axis of the input of shape (2, 3)"),
        ((2, 1), "start_dim = 2: expected an axis of the input of shape (2, 3)"),
        ((0, 2), "end_dim = 2: expected an axis of the input of shape (2, 3)"),
        ((0, -3), "end_dim = -3: expected an axis of the input of shape (2, 3)"),
        ((1, 0), "start_dim = 1: expected an axis not after end_dim = 0"),
    ],
)
def test_axes_that_cannot_be_joined_are_told(dims: tuple[int, int], message: str) -> None:
    with pytest.raises(lc.ArgumentError) as error:
        lc.flatten(np.ones((2, 3)), *dims)
    assert str(error.value) == message + "; rule: -rank <= start_dim <= end_dim < rank"


def test_entries_that_do_not_fill_a_shape_are_told() -> None:
    with pytest.raises(lc.ArgumentError) as error:
        lc.reshape([1, 2, 3], (2, 2))
    assert str(error.value) == (
        "input = shape (3,) of 3 entries: expected 4 entries, to fill shape (2, 2); "
        "rule: a shape of as many entries, and their row-major order is kept"
    )
