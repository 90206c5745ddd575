"""What a walk through a torch module sees, and what a cost is read as if nothing else is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

import labcode as lc
from labcode import ops
from labcode.cost import Bytes, cost, read, small, walk
from labcode.cost.layer import cost_of_op
from labcode.cost.model import cost_of_graph
from labcode.op import Count


class Cubed(nn.Module):
    """A child, and a function that labcode has no op for; as a whole, as elementwise as a relu."""

    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.pow(self.relu(x), 3)


class Returns(nn.Module):
    """A relu, and then something that no layer made."""

    def __init__(self, result: Callable[[torch.Tensor], Any]) -> None:
        super().__init__()
        self.relu, self.result = nn.ReLU(), result

    def forward(self, x: torch.Tensor) -> Any:
        return self.result(self.relu(x))


def layers(graph: lc.Graph) -> list[tuple[str, Any]]:
    return [(type(node.op).__name__, node.shape) for node in graph.nodes if node.op]


def test_a_module_on_the_meta_device_is_walked_without_computing() -> None:
    size = (1 << 16, 1 << 16)  # its weight would take 16 GiB
    module, devices = nn.Linear(*size, bias=False, device="meta"), []
    module.register_forward_pre_hook(lambda _, inputs: devices.append(inputs[0].device.type))
    assert layers(walk(module, (1, size[0]))) == [("Linear", (1, size[1]))]
    assert devices == ["meta"]
    assert cost(module, (1, size[0])).parameter_memory == Bytes(4 << 32)


def test_a_rule_for_a_module_with_children_hides_what_is_inside() -> None:
    graph = walk(nn.Sequential(Cubed(), nn.Flatten(0)), (2, 3), rules={Cubed: lambda module, shape: ops.ReLU()})
    assert layers(graph)[-2:] == [("ReLU", (2, 3)), ("Reshape", (6,))]


@pytest.mark.parametrize(
    ("result", "value"),
    [
        (lambda y: None, "NoneType of shape ()"),
        (lambda y: {"y": y}, "dict of shape ()"),
        (lambda y: nn.Parameter(y), "Parameter of shape (2, 3)"),
    ],
)
def test_an_output_that_no_layer_made_is_told(result: Callable[[torch.Tensor], Any], value: str) -> None:
    with pytest.raises(lc.ArgumentError) as error:
        walk(Returns(result), (2, 3))
    assert str(error.value) == f"module = {value}: expected tensors made by modules that have a rule"


def test_a_count_is_exact_and_forward_and_in_float32_if_nothing_else_is_asked_for() -> None:
    count = Count(mul=27, add=26)
    assert read(count) == read(count, "exact")
    layer = cost_of_op(ops.Conv1d(padding=1), (1, 4, 8), (2, 4, 3))
    assert layer.operations() == layer.operations("exact", "forward")
    assert (layer.name, layer.parameters) == ("conv1d", 24)
    assert layer.parameter_memory == Bytes(4 * 24)
    network = cost_of_graph(small())
    assert network.parameter_memory == Bytes(4 * network.parameters)


@pytest.mark.parametrize(("dtype", "size"), [("float64", 8), ("float32", 4), ("float16", 2)])
def test_peaks_are_in_the_dtype_of_the_network(dtype: str, size: int) -> None:
    entries, stored = cost(small(), dtype="int8"), cost(small(), dtype=dtype)
    assert stored.inference_peak == Bytes(size * entries.inference_peak.B)
    assert stored.training_peak == Bytes(size * entries.training_peak.B)


class Weighted(nn.Module):
    """A sum that multiplies one of its terms, and so is no plain sum."""

    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.add(self.relu(x), x, alpha=2)


def test_a_weighted_sum_is_not_taken_for_a_plain_one() -> None:
    with pytest.raises(lc.ArgumentError, match=r"torch\.add between modules"):
        walk(Weighted(), (1, 3, 4, 4))
