"""Other ways to compute what labcode computes: PyTorch, a walk along the axis, numbers that count.

None of them shares code with what it answers for; `reference` and PyTorch do not know labcode's ops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

from labcode import ops
from labcode.closed_form import homogeneous, kronecker, toeplitz
from labcode.cost import Cost, GraphCost, Roofline, Tool, im2col_shape, itemsize, memory, read, receptive_field
from labcode.cost.layer import cost_of_op
from labcode.cost.model import cost_of_graph
from labcode.dims import infer
from labcode.geometry import Window, same_padding
from labcode.graph import Variable, sgd
from labcode.jacobian import chain, edge_jacobian, jacobian, jvp, vec, vjp
from labcode.lab5.task3 import gradient_shape
from labcode.reference import correlate
from labcode.verify.oracles import costs, fields, graphs, layers, windows
from labcode.verify.watch import Oracle

TORCH, WALK, COUNT = "PyTorch", "a walk along the axis", "counting"


def all_oracles() -> dict[CodeType, Oracle]:
    """Who answers for which function of labcode, by its code: however it is called, that is what runs."""
    return {code(function): Oracle(name, ask) for name, function, ask in _answers()}


def code(function: Any) -> CodeType:
    """The code behind a function, a property or a remembered function."""
    function = function.fget if isinstance(function, property) else getattr(function, "__wrapped__", function)
    found: CodeType = function.__code__
    return found


def _answers() -> Iterator[tuple[str, Any, Callable[..., Any]]]:
    for op in (getattr(ops, name) for name in ops.__all__):
        for rule in ("forward", "vjp", "jvp", "partials", "shape", "trace"):
            yield TORCH, getattr(op, rule), getattr(layers, rule)
        for rule in ("count", "count_vjp"):
            yield COUNT, getattr(op, rule), getattr(costs, rule)
    yield TORCH, ops.MaxPool2d.indices, layers.indices
    for method in (
        "output_size",
        "transposed_size",
        "start",
        "taps_inside",
        "uses",
        "uses_of_taps",
        "cut_off",
        "extent",
    ):
        yield WALK, getattr(Window, method), getattr(windows, method)
    yield WALK, same_padding, windows.same_padding
    yield TORCH, Variable.backward, graphs.backward
    of_graphs: list[Any] = [sgd, jacobian, edge_jacobian, jvp, vjp, vec, chain, infer, gradient_shape]
    for function in (*of_graphs, kronecker, toeplitz, homogeneous, correlate):
        yield TORCH, function, getattr(graphs, function.__name__)
    yield TORCH, receptive_field, fields.receptive_field
    for function in (cost_of_op, cost_of_graph, read):
        yield COUNT, function, getattr(costs, function.__name__)
    for kind in (Cost, GraphCost):
        yield COUNT, kind.operations, costs.operations
    yield COUNT, GraphCost.forward, costs.total("forward")
    yield COUNT, GraphCost.backward, costs.total("backward")
    yield COUNT, Tool.expected, costs.expected
    for method in ("ridge", "attainable", "seconds"):
        yield COUNT, getattr(Roofline, method), getattr(costs, method)
    for method in ("parameters", "activations"):
        yield TORCH, getattr(Cost, method), getattr(costs, method)
    for function in (im2col_shape, memory, itemsize):
        yield TORCH, function, getattr(costs, function.__name__)
