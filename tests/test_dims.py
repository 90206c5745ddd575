"""Dimension inference: what numbers would have, from shapes alone; reasons, gaps and clashes named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import labcode as lc

SIZE = st.integers(1, 5)


def declared(name: str, *shape: int | None) -> lc.Variable:
    return lc.Variable(shape=shape, name=name)


@given(SIZE, SIZE, SIZE, SIZE)
def test_a_chain_of_products_finds_every_inner_dimension(a: int, b: int, c: int, d: int) -> None:
    A, B, C = declared("A", a, b), declared("B", None, c), declared("C", None, d)
    found = lc.infer(((A @ B).named("P") @ C).named("Q"))
    numbers = np.zeros((a, b)) @ np.zeros((b, c)) @ np.zeros((c, d))
    assert found.shapes == {"A": (a, b), "B": (b, c), "P": (a, c), "C": (c, d), "Q": numbers.shape}
    assert found.free == ()


@given(st.integers(1, 3), st.integers(4, 9), st.integers(1, 3), st.integers(1, 2), st.integers(0, 1))
def test_a_convolution_tells_its_output(channels: int, size: int, k: int, stride: int, padding: int) -> None:
    x, w = declared("x", 2, channels, size, size), declared("w", 4, channels, k, k)
    found = lc.infer(lc.conv2d(x, w, stride=stride, padding=padding).named("y"))
    numbers = lc.conv2d(np.zeros(x.shape), np.zeros(w.shape), stride=stride, padding=padding)
    assert found.shapes["y"] == numbers.shape


def test_a_convolution_tells_the_one_input_size_that_fits() -> None:
    x, w = declared("x", None), declared("w", 3)
    y = lc.conv1d(x, w).named("y")
    found = lc.infer((y + declared("target", 8)).named("s"))
    assert found.shapes["x"] == (10,)
    assert "the only size that fits" in next(d.because for d in found.dimensions if d.node == "x")


def test_an_input_size_that_several_fit_stays_free() -> None:
    x, w = declared("x", None), declared("w", 3)
    y = lc.conv1d(x, w, stride=2).named("y")
    found = lc.infer((y + declared("target", 8)).named("s"))
    assert [(d.node, d.axis) for d in found.free] == [("x", 0)]


def test_knowledge_flows_back_from_a_later_node() -> None:
    x = declared("x", None, None)
    found = lc.infer((lc.relu(x).named("h") + declared("b", 2, 3)).named("y"))
    assert found.shapes["x"] == (2, 3)


def test_what_nothing_determines_is_free_and_named() -> None:
    W, x = declared("W", 4, 6), declared("x", None, None)
    found = lc.infer((W @ x).named("z"))
    assert [(d.node, d.axis, d.because) for d in found.free] == [
        ("x", 1, "x is given as (?, ?)"),
        ("z", 1, "x is given as (?, ?)"),
    ]


def test_each_dimension_says_what_it_follows_from() -> None:
    W, x = declared("W", 4, 6), declared("x", None, 1)
    reasons = {(d.node, d.axis): d.because for d in lc.infer((W @ x).named("z")).dimensions}
    assert reasons["x", 0] == "W is given as (4, 6); mk,kn->mn in z"
    assert reasons["x", 1] == "x is given as (?, 1)"


def test_a_clash_names_the_node_and_both_demands() -> None:
    with pytest.raises(lc.ArgumentError) as error:
        lc.infer(declared("W", 4, 6) @ declared("x", 5, 1))
    message = str(error.value)
    assert "(5, 1)" in message
    assert "k = 6" in message
    assert "MatMul(W, x)" in message


def test_a_clash_that_only_inference_sees_names_the_edge_and_both_sources() -> None:
    x = declared("x", None, None)
    with pytest.raises(lc.ArgumentError) as error:
        lc.infer((declared("A", 2, 3) @ x).named("p"), (declared("B", 2, 4) @ x).named("r"))
    message = str(error.value)
    assert "x → r" in message or "B → r" in message
    assert "A is given as (2, 3)" in message
    assert "B is given as (2, 4)" in message


@pytest.mark.parametrize(
    ("channels", "kernel", "edge", "demand"),
    [(4, 3, "a → y", "in_channels = groups * weight.shape[1] = 1 * 5 = 5"), (5, 9, "a → y", "a window that fits")],
)
def test_a_clash_with_a_shape_rule_names_the_edge_and_the_demand(
    channels: int, kernel: int, edge: str, demand: str
) -> None:
    """The sizes of a become known by another node only; then the convolution refuses them."""
    a = declared("a", None, None, None)
    y = lc.conv2d(a, declared("w", 2, 5, kernel, kernel)).named("y")
    with pytest.raises(lc.ArgumentError) as error:
        lc.infer(y, a + declared("b", channels, 8, 8))
    assert str(error.value).startswith(edge)
    assert demand in str(error.value)


def test_a_clash_of_a_bias_names_its_edge() -> None:
    a = declared("a", None, None)
    y = lc.conv1d(a, declared("w", 3, 5, 2), declared("b", 4)).named("y")
    with pytest.raises(lc.ArgumentError, match=r"^b → y = bias shape \(4,\)"):
        lc.infer(y, a + declared("c", 5, 8))


@given(SIZE, SIZE, SIZE)
def test_edge_dimensions_are_those_of_the_jacobians(a: int, b: int, c: int) -> None:
    def graph(make) -> lc.Variable:
        A, B = make("A", a, b), make("B", b, c)
        return lc.tanh((A @ B).named("P")).named("y")

    edges = lc.infer(graph(declared)).edges
    numbers = lc.Graph(graph(lambda name, *s: lc.Variable(np.ones(s), name)))
    expected = [(j.source, j.target, *j.matrix.shape) for j in lc.edge_jacobians(numbers)]
    assert [(e.source, e.target, e.rows, e.columns) for e in edges] == expected
