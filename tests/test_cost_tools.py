"""The cross-walk as executed fact: every tool is run on every kind of layer, and prints what its record says."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from labcode import ops
from labcode.cost import TOOLS, Tool, cost
from labcode.lab5 import task4
from labcode.op import Shape

by_package = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.package)
LAYERS: dict[str, tuple[Any, Shape]] = {
    "conv": (lambda bias: nn.Conv2d(3, 4, 3, padding=1, bias=bias), (1, 3, 8, 8)),
    "strided": (lambda bias: nn.Conv2d(3, 4, 3, stride=2, dilation=2, bias=bias), (1, 3, 12, 9)),
    "grouped": (lambda bias: nn.Conv2d(4, 6, 3, padding=1, groups=2, bias=bias), (1, 4, 8, 8)),
    "batch": (lambda bias: nn.Conv2d(3, 4, 3, padding=1, bias=bias), (2, 3, 8, 8)),
    "one axis": (lambda bias: nn.Conv1d(3, 4, 3, bias=bias), (1, 3, 9)),
    "linear": (lambda bias: nn.Linear(8, 5, bias=bias), (1, 8)),
    "linear batch": (lambda bias: nn.Linear(8, 5, bias=bias), (3, 8)),
}


@by_package
@pytest.mark.parametrize("bias", [False, True], ids=["no bias", "bias"])
@pytest.mark.parametrize("layer", LAYERS)
def test_a_tool_prints_what_its_record_says(tool: Tool, layer: str, bias: bool) -> None:
    make, shape = LAYERS[layer]
    module = make(bias).eval()
    (record,) = cost(module, shape).layers
    assert tool.run(module, shape) == tool.expected(record)


class Functional(nn.Module):
    """A convolution called as a function: a tool that watches modules cannot see it."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(4, 3, 3, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.conv2d(x, self.weight, padding=1)


@by_package
def test_who_sees_functions(tool: Tool) -> None:
    right = tool.expected(cost(ops.Conv2d(padding=1), (1, 3, 8, 8), (4, 3, 3, 3)))
    assert tool.sees_functions == (tool.run(Functional().eval(), (1, 3, 8, 8)) == right)


@by_package
def test_what_is_printed_for_the_layer_of_the_lab(tool: Tool) -> None:
    expected = {"torch": (14_155_776,) * 2, "fvcore": (7_077_888,) * 2, "thop": (7_077_888,) * 2}
    with_bias_as_mac = (7_077_888, 7_340_032)
    printed = tuple(
        tool.run(nn.Conv2d(3, 16, 3, padding=1, bias=bias).eval(), (1, *task4.IMAGE)) for bias in (False, True)
    )
    assert expected.get(tool.package, with_bias_as_mac) == printed


def test_no_tool_prints_the_number_of_the_lab() -> None:
    (_, _, operations) = (question.answer() for question in task4.QUESTIONS)
    for tool in TOOLS:
        assert tool.run(nn.Conv2d(3, 16, 3, padding=1, bias=False).eval(), (1, *task4.IMAGE)) != operations
