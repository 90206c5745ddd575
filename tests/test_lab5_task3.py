"""Task 3: dimensions by counting entries in torch, Jacobians against torch and the closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import labcode as lc
from labcode import closed_form
from labcode.lab5 import task3
from labcode.lab5.task3 import READINGS, A, B, C, Reading

# Each reading once more in torch, from x and W to the loss.
TORCH = {
    "A": lambda W, x, u, y: ((u.T @ (W @ x) - y) ** 2).sum(),
    "B": lambda W, x, u, y: (((W @ x) * u - y.T) ** 2).sum(),
    "C": lambda W, x, u, y: (((u.T @ (W @ x)).T - y) ** 2).sum(),
}


@pytest.mark.parametrize("reading", READINGS, ids=lambda r: r.key)
def test_loss_and_gradients_as_torch(reading: Reading) -> None:
    loss = reading.numbers()
    loss.backward()
    node = {name: task3.variable(loss, name) for name in task3.NODES}
    tensors = {name: torch.tensor(node[name].value, requires_grad=True) for name in "Wxuy"}
    expected = TORCH[reading.key](**tensors)
    expected.backward()
    assert loss.value.item() == expected.item()
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(node[name].grad, tensor.grad.numpy())


@pytest.mark.parametrize("reading", READINGS, ids=lambda r: r.key)
def test_inferred_dimensions_are_those_of_the_numbers(reading: Reading) -> None:
    loss = reading.numbers()
    graph = lc.Graph(loss)
    found = task3.dimensions(reading)
    assert found.free == ()
    assert {node.name: node.shape for node in graph.nodes} == found.shapes
    matrices = {(j.source, j.target): j.matrix.shape for j in lc.edge_jacobians(graph)}
    assert {(e.source, e.target): (e.rows, e.columns) for e in found.edges} == matrices


def test_published_dimensions() -> None:
    assert task3.shapes() == {"x": (6, 1), "w": (24, 1), "z": (4, 1), "q": (1, 1), "L": (1, 1)}
    answers = {q.number: q.answer() for q in task3.QUESTIONS}
    assert answers["3.2"] == {"∂L/∂q": (1, 1), "∂q/∂z": (1, 4), "∂z/∂w": (4, 24)}
    assert (answers["3.3"], answers["3.4"]) == ((1, 17), (1, 24))


def test_what_does_not_depend_on_the_reading() -> None:
    for reading in (A, B, C):
        shapes = task3.shapes(reading)
        assert shapes["x"][0] == 6
        assert shapes["w"] == (24, 1)
        assert task3.gradient_shape("L", "y", reading) == (1, 17)
        assert task3.gradient_shape("L", "w", reading) == (1, 24)


@pytest.mark.parametrize("reading", [A, B], ids=lambda r: r.key)
def test_chain_of_edges_equals_backward_and_kronecker(reading: Reading) -> None:
    loss = reading.numbers()
    graph = lc.Graph(loss)
    edge = {j.name: j.matrix for j in lc.edge_jacobians(graph)}
    x = task3.variable(loss, "x").value
    np.testing.assert_array_equal(edge["∂z/∂W"], closed_form.kronecker(x, task3.W_SHAPE[0]))
    product = lc.chain(edge["∂L/∂q"], edge["∂q/∂z"], edge["∂z/∂W"])
    loss.backward()
    np.testing.assert_array_equal(product[0], lc.vec(task3.variable(loss, "w").grad))


@pytest.mark.parametrize("reading", READINGS, ids=lambda r: r.key)
def test_x_is_in_homogeneous_coordinates(reading: Reading) -> None:
    x = task3.variable(reading.numbers(), "x").value
    np.testing.assert_array_equal(x[-1], np.ones(x.shape[1]))


def test_the_graph_that_does_not_fit_is_explained() -> None:
    with pytest.raises(lc.ArgumentError) as error:
        task3.MISFIT.graph()
    message = str(error.value)
    assert "target = (17, 1)" in message
    assert "(4, 1), as input has" in message
    assert "SquaredError(q, y)" in message
