"""Every question of every task has a number of its own, a text, and the answer torch or an enumeration gives."""

from __future__ import annotations

from itertools import count
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name PyTorch's documentation uses

from labcode.graph import Graph
from labcode.lab5 import task1, task2, task3, task4
from labcode.practice.question import Question

TASKS = (task1, task2, task3, task4)
QUESTIONS = [q for task in TASKS for q in task.QUESTIONS]


def test_numbers_are_those_of_the_sheet() -> None:
    expected = [f"{task}.{k}" for task, many in ((1, 3), (2, 3), (3, 4), (4, 3)) for k in range(1, many + 1)]
    assert [q.number for q in QUESTIONS] == expected


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.number)
def test_a_question_has_a_text_without_gaps(question: Question) -> None:
    assert question.asked.endswith((".", "?"))
    assert "{" not in question.asked


def layers() -> dict[str, Any]:
    """Task 1 in torch."""
    x, w = (torch.tensor(a, dtype=torch.float64)[None, None] for a in (task1.X, task1.W))
    outputs = (F.conv2d(x, w), F.conv2d(x, w, stride=3, padding=1), F.max_pool2d(x, (1, 2)))
    return {f"1.{k}": output[0, 0].tolist() for k, output in enumerate(outputs, 1)}


def descent() -> dict[str, Any]:
    """Task 2 in torch: values of the graph, the gradient, and one step of torch's SGD."""
    x = torch.tensor([[task2.X]], dtype=torch.float64)
    w = torch.tensor([[task2.W]], dtype=torch.float64, requires_grad=True)
    z = F.conv1d(x, w)
    f = F.max_pool1d(z, 2)
    f.backward()
    assert w.grad is not None
    before = {"x": x, "w": w.clone(), "z": z, "f": f}
    values = {name: value.flatten().tolist() for name, value in before.items()}
    torch.optim.SGD([w], lr=0.5).step()
    after = F.max_pool1d(F.conv1d(x, w), 2).item()
    return {"2.1": values, "2.2": w.grad.flatten().tolist(), "2.3": (w.flatten().tolist(), after)}


def dimensions() -> dict[str, Any]:
    """Task 3 in torch: the shapes of one sample's graph and of the Jacobians autograd forms."""
    x, w, u, y = (torch.rand(shape) for shape in ((6, 1), (24, 1), (4, 1), (17, 1)))

    def z_of(w: torch.Tensor) -> torch.Tensor:
        return w.reshape(6, 4).T @ x  # vec stacks the columns of W

    def q_of(z: torch.Tensor) -> torch.Tensor:
        return u.T @ z

    def loss_of(q: torch.Tensor, y: torch.Tensor = y) -> torch.Tensor:
        return ((q - y) ** 2).sum().reshape(1, 1)

    def jacobian_shape(function: Any, at: torch.Tensor) -> tuple[int, int]:
        return function(at).numel(), torch.autograd.functional.jacobian(function, at).numel() // function(at).numel()

    z, q = z_of(w), q_of(z_of(w))
    nodes = {"x": x, "w": w, "z": z, "q": q, "L": loss_of(q)}
    return {
        "3.1": {name: tuple(value.shape) for name, value in nodes.items()},
        "3.2": {
            "∂L/∂q": jacobian_shape(loss_of, q),
            "∂q/∂z": jacobian_shape(q_of, z),
            "∂z/∂w": jacobian_shape(z_of, w),
        },
        "3.3": jacobian_shape(lambda y: loss_of(q, y), y),
        "3.4": jacobian_shape(lambda w: loss_of(q_of(z_of(w))), w),
    }


def costs() -> dict[str, Any]:
    """Task 4: the first padding with which torch keeps the size, and the products and sums of each output."""
    image, weight = torch.zeros(3, 128, 128), torch.zeros(16, 3, 3, 3)
    padding = next(p for p in count() if F.conv2d(image, weight, padding=p).shape[1:] == image.shape[1:])
    products = weight[0].numel()
    outputs = F.conv2d(image, weight, padding=padding).numel()
    return {"4.1": padding, "4.2": weight.nbytes, "4.3": outputs * (products + products - 1)}


def plain(answer: Any) -> Any:
    """An answer of labcode as lists, tuples and numbers; a graph as the values of its nodes."""
    if isinstance(answer, Graph):
        values = zip(answer.nodes, answer.evaluate(), strict=True)
        return {node.name: value.ravel().tolist() for node, value in values}
    if isinstance(answer, tuple):
        return tuple(plain(part) for part in answer)
    return answer.tolist() if isinstance(answer, np.ndarray) else answer


EXPECTED = {**layers(), **descent(), **dimensions(), **costs()}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.number)
def test_the_answer_is_what_torch_or_an_enumeration_gives(question: Question) -> None:
    assert plain(question.answer()) == EXPECTED[question.number]


def mutable(value: Any) -> bool:
    """Whether a constant could be changed in place."""
    if isinstance(value, np.ndarray):
        return bool(value.flags.writeable)
    return isinstance(value, list | dict | set) or (isinstance(value, tuple) and any(map(mutable, value)))


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.__name__)
def test_data_cannot_be_changed(task: ModuleType) -> None:
    constants = {name: value for name, value in vars(task).items() if name.isupper()}
    assert constants
    assert not [name for name, value in constants.items() if mutable(value)]
