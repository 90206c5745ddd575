"""What well-known counters print for the same layer, each in its own convention, under its own word.

A record says how a tool counts; `Tool.run` lets the tool count. That the records are true is tested
by running every tool on every kind of layer. The tools are imported only when they are run.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labcode.cost.layer import Cost
from labcode.cost.units import read
from labcode.op import Shape


@dataclass(frozen=True, slots=True)
class Tool:
    """A counter of operations for torch modules, and the convention it follows.

    Parameters
    ----------
    name, package : str
        What it is called, and the package that holds it.
    word : str
        The word under which it prints its number, whatever the number counts.
    convention : str
        What it counts for a convolution or a linear layer: a name in `CONVENTIONS`.
    counts_bias : bool
        Whether a bias adds one for each entry of the output.
    counts_batch : bool
        Whether it counts the whole batch, or one sample of it.
    sees_functions : bool
        Whether it sees ``torch.nn.functional.conv2d`` called in a forward method.
    run : callable
        (module, input shape) -> the number it prints.

    Examples
    --------
    >>> [(tool.name, tool.convention) for tool in TOOLS][:2]
    [('FlopCounterMode', '2mac'), ('FlopCountAnalysis', 'mac')]
    """

    name: str
    package: str
    word: str
    convention: str
    counts_bias: bool
    counts_batch: bool
    sees_functions: bool
    run: Callable[[Any, Shape], int]

    def expected(self, cost: Cost) -> int:
        """What the tool prints for a convolution or linear layer of this cost, by this record."""
        number = read(cost.forward, self.convention).value
        if self.counts_bias and len(cost.inputs) > 2:
            number += cost.activations
        return number if self.counts_batch else number // cost.inputs[0][0]


def _flop_counter_mode(module: Any, shape: Shape) -> int:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        module(torch.zeros(shape))
    return int(counter.get_total_flops())


def _fvcore(module: Any, shape: Shape) -> int:
    import torch
    from fvcore.nn import FlopCountAnalysis

    analysis = FlopCountAnalysis(module, torch.zeros(shape))
    return int(analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).total())


def _thop(module: Any, shape: Shape) -> int:
    import thop
    import torch

    return int(thop.profile(module, (torch.zeros(shape),), verbose=False)[0])


def _ptflops(module: Any, shape: Shape) -> int:
    import ptflops

    options = {"as_strings": False, "print_per_layer_stat": False, "verbose": False, "backend": "pytorch"}
    return int(ptflops.get_model_complexity_info(module, shape[1:], **options)[0])


def _torchinfo(module: Any, shape: Shape) -> int:
    import torchinfo

    return int(torchinfo.summary(module, input_size=shape, verbose=0).total_mult_adds)


def _quiet(run: Callable[[Any, Shape], int]) -> Callable[[Any, Shape], int]:
    """The tools use functions that torch is about to retire; that is no reader's concern here."""

    def quietly(module: Any, shape: Shape) -> int:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run(module, shape)

    return quietly


TOOLS = (
    Tool("FlopCounterMode", "torch", "FLOP", "2mac", False, True, True, _quiet(_flop_counter_mode)),
    Tool("FlopCountAnalysis", "fvcore", "flop", "mac", False, True, True, _quiet(_fvcore)),
    Tool("profile", "thop", "MACs", "mac", False, True, False, _quiet(_thop)),
    Tool("get_model_complexity_info", "ptflops", "MACs", "mac", True, False, False, _quiet(_ptflops)),
    Tool("summary", "torchinfo", "mult-adds", "mac", True, True, False, _quiet(_torchinfo)),
)
