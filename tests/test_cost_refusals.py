"""What the costs refuse, each message told whole: argument, value, what was expected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

import labcode as lc
from labcode import ops
from labcode.cost import Amount, itemsize, read, receptive_field, stack, walk
from labcode.op import Count

IMAGE = (1, 3, 8, 8)
CONV = (ops.Conv2d(padding=1), (4, 3, 3, 3))
FIELD = "a convolution (with its weight's shape), a pooling layer or an elementwise op"
CONVENTIONS = "'exact', 'mac', '2mac', 'skip-padding'"


MODULES = [
    "AdaptiveAvgPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "Conv1d",
    "Conv2d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "Dropout",
    "Flatten",
    "Identity",
    "Linear",
    "LogSoftmax",
    "MaxPool1d",
    "MaxPool2d",
    "ReLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
]


class Cubes(nn.Module):
    """A function that labcode has no op for, after a module."""

    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.pow(self.relu(x), 3)


def joined(*branches: Callable[[Any], Any]) -> lc.Graph:
    """The sum of several functions of one declared input of one axis."""
    x = declared("x")
    first, *rest = (branch(x) for branch in branches)
    for other in rest:
        first = first + other
    return lc.Graph(first.named("y"))


def declared(name: str) -> lc.Variable:
    return lc.Variable(shape=(1, 1, 16), name=name)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "no target": (
        lambda: lc.cost(3),
        "target = 3: expected an op, a graph, a Variable or a torch.nn.Module",
    ),
    "no shape for a module": (
        lambda: lc.cost(nn.ReLU(), (1,), (2,)),
        "shapes = ((1,), (2,)): expected the shape of the module's input",
    ),
    "a direction": (
        lambda: lc.cost(CONV[0], IMAGE, CONV[1]).operations(direction="sideways"),
        """direction = 'sideways': expected "forward", "backward" or "both\"""",
    ),
    "a bias given twice": (
        lambda: lc.cost(CONV[0], IMAGE, CONV[1], (4,), bias=True),
        "bias = True: expected an op with a bias, given the shapes of input and weight only",
    ),
    "a bias for a relu": (
        lambda: lc.cost(ops.ReLU(), IMAGE, bias=True),
        "bias = True: expected an op with a bias, given the shapes of input and weight only",
    ),
    "names": (lambda: stack(IMAGE, CONV, names=("a", "b")), "names = 2: expected 1, one for each layer"),
    "parameters": (
        lambda: stack((3,), (ops.ReLU(), (1,), (2,))),
        "layers = 2 parameters for ReLU: expected 1",
    ),
    "an unknown dimension": (
        lambda: lc.cost(lc.relu(lc.Variable(shape=(None, 2), name="x"))),
        "x = shape (None, 2): expected a shape of known dimensions: a cost is a number",
    ),
    "a convention": (
        lambda: read(Count(), "flops"),
        f"convention = 'flops': expected one of {CONVENTIONS}",
    ),
    "a dtype": (lambda: itemsize("word"), "dtype = 'word': expected a dtype of numbers, such as 'float32'"),
    "amounts of two units": (
        lambda: Amount(1, "MAC", "mac") + Amount(2, "FLOP", "2mac"),
        "other = 2 FLOP: expected an amount in MAC under the convention mac",
    ),
    "amounts of two conventions": (
        lambda: Amount(1, "operation", "exact") + Amount(2, "operation", "skip-padding"),
        "other = 2 operations: expected an amount in operation under the convention exact",
    ),
    "a function between modules": (
        lambda: walk(Cubes(), IMAGE),
        "module = torch.pow between modules: expected a module, +, relu, or a reshape",
    ),
    "an unknown module": (
        lambda: walk(nn.Softplus(), IMAGE, rules={}),
        f"module = Softplus: expected one of {', '.join(MODULES)}, or a rule for it",
    ),
    "a rule of another shape": (
        lambda: walk(nn.Tanh(), IMAGE, rules={nn.Tanh: lambda m, s: ops.Reshape((192,))}),
        "rules = Reshape for tanh: expected an op of shape (1, 3, 8, 8)",
    ),
    "circular padding": (
        lambda: walk(nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular"), IMAGE),
        "padding_mode = 'circular': expected 'zeros'",
    ),
    "windows of several sizes": (
        lambda: walk(nn.AdaptiveAvgPool2d(3), IMAGE),
        "output_size = (3, 3): expected divisors of the input's (8, 8); rule: windows of one size",
    ),
    "a graph among layers": (
        lambda: receptive_field(CONV, stack(IMAGE, CONV)),
        "layers = a graph among layers: expected one graph, or layers",
    ),
    "layers of one and of two axes": (
        lambda: receptive_field((ops.Conv1d(), (1, 1, 3)), ops.MaxPool2d(2)),
        "layers = 1 and 2 axes: expected one number of axes in all layers",
    ),
    "paths of unequal strides": (
        lambda: receptive_field(
            joined(lambda x: lc.max_pool1d(lc.max_pool1d(x, 1, 2), 7), lambda x: lc.max_pool1d(x, 15))
        ),
        "y = paths of unequal strides: expected equal effective strides on all paths that join",
    ),
    "several inputs": (
        lambda: receptive_field(lc.Graph(lc.max_pool1d(declared("a"), 2) + lc.max_pool1d(declared("b"), 2))),
        "source = None: expected the name of one of the inputs a, b",
    ),
    "no window": (
        lambda: receptive_field(ops.ReLU()),
        f"layers = no window: expected at least one layer with a window: {FIELD}",
    ),
    "no field": (lambda: receptive_field((ops.Linear(), (4, 4))), f"layers = Linear: expected {FIELD}"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_is_told_whole(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(lc.ArgumentError) as error:
        call()
    assert str(error.value) == message
