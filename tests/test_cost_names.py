"""What layers, leaves and parameters are called in the networks whose costs are listed."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import labcode as lc
from labcode import ops
from labcode.cost import cost, receptive_field, small, stack, vgg16, walk


def leaves(graph: lc.Graph) -> dict[str, bool]:
    """Names of the leaves, and whether they are learned."""
    return {node.name: node.requires_grad for node in graph.nodes if node.op is None}


def made(graph: lc.Graph) -> list[str]:
    """Names of the nodes that an op makes."""
    return [node.name for node in graph.nodes if node.op]


class Twice(nn.Module):
    """One linear layer, called twice; the results are added."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(3, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = self.inner(x)
        return first + self.inner(first)


class Halves(nn.Module):
    """Two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(3, 2), nn.Linear(3, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.left(x), self.right(x)


def test_layers_of_vgg16_are_called_as_in_its_paper() -> None:
    """Configuration D: convolutions by block, a pool after each, three linear layers."""
    names = []
    for block, convolutions in enumerate((2, 2, 3, 3, 3), 1):
        names += [f"conv{block}_{i}" for i in range(1, convolutions + 1)] + [f"pool{block}"]
    assert made(vgg16(32)) == [*names, "flatten", "linear1", "linear2", "linear3"]
    shapes = {node.name: node.shape for node in vgg16(64).nodes}
    assert [shapes[f"pool{b}"] for b in range(1, 6)] == [
        (64, 32, 32),
        (128, 16, 16),
        (256, 8, 8),
        (512, 4, 4),
        (512, 2, 2),
    ]


@pytest.mark.parametrize(("bias", "learned"), [(True, 4), (False, 2)])
def test_every_layer_of_a_small_network_has_a_bias_or_none(bias: bool, learned: int) -> None:
    graph = small(bias=bias)
    assert made(graph) == ["conv", "relu", "pool", "flatten", "linear1"]
    assert sum(leaves(graph).values()) == learned


def test_the_input_of_a_stack_is_data_and_its_parameters_are_learned() -> None:
    layers = (ops.Conv1d(), (2, 1, 3), (2,)), ops.ReLU()
    assert leaves(stack((1, 8), *layers)) == {"x": False, "weight": True, "bias": True}
    assert made(stack((1, 8), *layers, names=("first", "second"))) == ["first", "second"]


def test_a_layer_is_called_as_its_op_if_nobody_named_it() -> None:
    assert cost(ops.MaxPool2d(2), (1, 4, 4)).name == "maxpool2d"


def test_a_walked_module_is_named_as_in_torch() -> None:
    module = nn.Sequential(nn.Conv1d(1, 2, 3), nn.Sequential(nn.ReLU(), nn.Conv1d(2, 1, 1, bias=False)))
    graph = walk(module, (1, 1, 8))
    assert made(graph) == [name for name, m in module.named_modules() if not list(m.children())]
    assert leaves(graph) == {"input": False, **{name: True for name, _ in module.named_parameters()}}


def test_a_module_that_is_a_layer_is_called_as_its_type() -> None:
    graph = walk(nn.Linear(3, 2), (1, 3))
    assert made(graph) == ["linear"]
    assert list(leaves(graph)) == ["input", "linear.weight", "linear.bias"]


def test_a_module_called_twice_is_named_twice_and_has_one_set_of_parameters() -> None:
    graph = walk(Twice(), (1, 3))
    assert len(set(made(graph))) == 3
    assert sorted(leaves(graph)) == ["inner.0.bias", "inner.0.weight", "input"]
    assert cost(graph).parameters == 12


def test_a_walked_module_may_have_two_outputs() -> None:
    graph = walk(Halves(), (1, 3))
    assert [graph.nodes[i].name for i in graph.outputs] == ["left", "right"]
    assert [graph.nodes[i].shape for i in graph.outputs] == [(1, 2), (1, 1)]


def test_a_network_without_a_path_from_the_source_has_no_field() -> None:
    x, z = (lc.Variable(shape=(1, 1, 8), name=name) for name in "xz")
    graph = lc.Graph(lc.max_pool1d(x, 2), lc.max_pool1d(z, 2))
    with pytest.raises(lc.ArgumentError, match=r"^layers = no window"):
        receptive_field(graph, source="x")
    assert receptive_field(graph, source="z")[0].kernel == 2
