"""What a layer, a graph or a torch module costs: operations, parameters, memory, receptive field.

Costs follow from shapes alone. A `Count` says how many multiplications and additions an op makes;
a named convention reads it as operations, MACs or FLOPs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, overload

from labcode.cost.field import receptive_field
from labcode.cost.layer import Cost, cost_of_op, im2col_shape
from labcode.cost.model import GraphCost, Layer, cost_of_graph, stack
from labcode.cost.networks import alexnet, mobilenet, small, vgg, vgg16
from labcode.cost.roofline import Roofline, measure_roofline
from labcode.cost.tools import TOOLS, Tool
from labcode.cost.units import CONVENTIONS, Amount, Bytes, Convention, itemsize, memory, read
from labcode.cost.walk import Rule, walk
from labcode.errors import ArgumentError
from labcode.graph import Graph, Variable
from labcode.op import Op, Shape

__all__ = [
    "CONVENTIONS",
    "TOOLS",
    "Amount",
    "Bytes",
    "Convention",
    "Cost",
    "GraphCost",
    "Layer",
    "Roofline",
    "Tool",
    "alexnet",
    "cost",
    "im2col_shape",
    "itemsize",
    "measure_roofline",
    "memory",
    "mobilenet",
    "read",
    "receptive_field",
    "small",
    "stack",
    "vgg",
    "vgg16",
    "walk",
]


@overload
def cost(target: Op, *shapes: Shape, bias: bool = False, dtype: Any = None) -> Cost: ...
@overload
def cost(target: Graph | Variable, *, dtype: Any = None, parameters: Iterable[str] | None = None) -> GraphCost: ...
@overload
def cost(target: Any, *shapes: Shape, dtype: Any = None, rules: Mapping[type, Rule] | None = None) -> GraphCost: ...
def cost(
    target: Any,
    *shapes: Shape,
    bias: bool = False,
    dtype: Any = None,
    parameters: Iterable[str] | None = None,
    rules: Mapping[type, Rule] | None = None,
) -> Cost | GraphCost:
    """Cost = operations (n multiplications and n − 1 additions for each sum of n products), parameters, bytes.

    Parameters
    ----------
    target : Op, Graph, Variable or torch.nn.Module
        An op with the shapes of its inputs; a graph, or the Variable it computes; a torch module
        with the shape of its input (see `walk`).
    *shapes : tuple of int
        For an op: input, weight and, with a bias, bias. For a module: the input.
    bias : bool
        For an op: add the bias that fits to the shapes.
    dtype : dtype
        In which numbers are stored, for the bytes: a name, a NumPy or a torch dtype. If not given,
        that of the module's first parameter, else float32.
    parameters : iterable of str
        For a graph: names of the leaves that are learned; if not given, those that enter an op as
        its weight or bias.
    rules : mapping
        For a module: rules for module types that labcode does not know.

    Returns
    -------
    Cost or GraphCost
        Frozen records of exact integers; `operations(convention, direction)` reads them.

    Raises
    ------
    ArgumentError
        If the target is none of these, a shape is unknown or does not fit, or a module has no rule.

    Examples
    --------
    >>> from labcode import ops
    >>> layer = cost(ops.Conv2d(padding=1), (1, 3, 128, 128), (16, 3, 3, 3))
    >>> print(layer.operations("exact"), layer.operations("mac"), layer.operations("2mac"), sep=", ")
    13,893,632 operations, 7,077,888 MAC, 14,155,776 FLOP
    >>> layer.parameters, layer.parameter_memory.B
    (432, 1728)
    """
    if isinstance(target, Op):
        return cost_of_op(target, *shapes, bias=bias, dtype=dtype or "float32")
    if isinstance(target, Graph | Variable):
        graph = target if isinstance(target, Graph) else Graph(target)
        return cost_of_graph(graph, dtype or "float32", parameters)
    if not any(c.__module__.startswith("torch.nn") for c in type(target).__mro__):
        raise ArgumentError("target", repr(target), "an op, a graph, a Variable or a torch.nn.Module")
    if len(shapes) != 1:
        raise ArgumentError("shapes", shapes, "the shape of the module's input")
    stored = dtype or next((p.dtype for p in target.parameters()), "float32")
    return cost_of_graph(walk(target, *shapes, rules=rules), stored)
