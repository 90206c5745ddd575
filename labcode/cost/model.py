"""The cost of a whole graph: every layer, the totals, and the memory it needs at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod
from typing import Any

from labcode.cost.layer import PARAMETERS, Cost, Direction, _directed
from labcode.cost.units import Amount, Bytes, memory, read
from labcode.errors import ArgumentError
from labcode.graph import Graph, Node, Variable, record
from labcode.op import Count, Op, Shape
from labcode.ops import Reshape, Transpose

VIEWS = (Reshape, Transpose)  # their output shares the memory of their input
Layer = Op | tuple[Op, *tuple[Shape, ...]]


@dataclass(frozen=True, slots=True)
class GraphCost:
    """What a graph costs: one `Cost` for each op, and what only the whole has.

    Parameters
    ----------
    layers : tuple of Cost
        One for each op, in topological order.
    accumulation : Count
        Additions that join the gradients of a value used more than once.
    parameters : int
        Numbers that are learned; a shared parameter counts once.
    activations : int
        Numbers in the inputs and in the output of every layer; a view adds none.
    inference_peak : Bytes
        Parameters, and the most that is alive at once if each value is freed after its last use.
    training_peak : Bytes
        Parameters and all values, kept for the gradients, and the most gradients alive at once.
    dtype : dtype
        In which numbers are stored.

    Examples
    --------
    >>> from labcode.cost import cost, small
    >>> network = cost(small())
    >>> network.parameters, len(network.layers)
    (2682, 5)
    """

    layers: tuple[Cost, ...]
    accumulation: Count
    parameters: int
    activations: int
    inference_peak: Bytes
    training_peak: Bytes
    dtype: Any = "float32"

    @property
    def forward(self) -> Count:
        """The sum over all layers."""
        return sum((layer.forward for layer in self.layers), Count())

    @property
    def backward(self) -> Count:
        """All gradients that are needed, and the additions that join them."""
        return sum((layer.backward for layer in self.layers), self.accumulation)

    def operations(self, convention: str = "exact", direction: Direction = "forward") -> Amount:
        """The operations of one call under a named convention (see `CONVENTIONS`)."""
        return read(_directed(self, direction), convention)

    @property
    def parameter_memory(self) -> Bytes:
        """Bytes of the parameters."""
        return memory((self.parameters,), self.dtype)

    @property
    def activation_memory(self) -> Bytes:
        """Bytes of all activations, as training keeps them."""
        return memory((self.activations,), self.dtype)


def stack(shape: Shape, *layers: Layer, names: Sequence[str] = ()) -> Graph:
    """Graph of a sequence of layers, from shapes alone.

    Parameters
    ----------
    shape : tuple of int
        Shape of the input.
    *layers : Op, or tuple of Op and shapes
        Each takes the output of the one before it; the shapes are those of its parameters.
    names : sequence of str
        Names of the layers, one for each, if they shall have names of their own.

    Returns
    -------
    Graph
        Without values; the input is data, the parameters need gradients.

    Examples
    --------
    >>> from labcode import ops
    >>> g = stack((1, 8, 8), (ops.Conv2d(), (4, 1, 3, 3), (4,)), ops.MaxPool2d(2))
    >>> [(node.name, node.shape) for node in g.nodes if node.op]
    [('conv2d', (4, 6, 6)), ('maxpool2d', (4, 3, 3))]
    """
    if names and len(names) != len(layers):
        raise ArgumentError("names", len(names), f"{len(layers)}, one for each layer")
    value = Variable(shape=tuple(shape), name="x", requires_grad=False)
    for layer, name in zip(layers, names or ("",) * len(layers), strict=True):
        op, *shapes = layer if isinstance(layer, tuple) else (layer,)
        arguments = op.arguments[1:]
        if len(shapes) > len(arguments):
            raise ArgumentError("layers", f"{len(shapes)} parameters for {type(op).__name__}", f"{len(arguments)}")
        learned = (Variable(shape=tuple(s), name=a) for s, a in zip(shapes, arguments, strict=False))
        value = record(op, value, *learned).named(name)
    return Graph(value)


def cost_of_graph(graph: Graph, dtype: Any = "float32", parameters: Iterable[str] | None = None) -> GraphCost:
    """Cost of a graph, every dimension of which is known; see `cost`."""
    learned = _parameters(graph, parameters)
    nodes = [_sized(node) for node in graph.nodes]
    layers = tuple(_layer(node, nodes, learned, dtype) for node in nodes if node.op)
    size = [0 if isinstance(node.op, VIEWS) else prod(_shape(node)) for node in nodes]
    total = sum(size[i] for i in learned)
    return GraphCost(
        layers=layers,
        accumulation=Count(add=_joins(nodes)),
        parameters=total,
        activations=sum(size) - total,
        inference_peak=memory((total + _peak(graph, size, [i not in learned for i in range(len(nodes))]),), dtype),
        training_peak=memory((sum(size) + _peak(graph, size, [node.requires_grad for node in nodes]),), dtype),
        dtype=dtype,
    )


def _parameters(graph: Graph, names: Iterable[str] | None) -> set[int]:
    """Positions of the leaves that are learned: those named, or those entering as weight or bias."""
    if names is not None:
        return {graph.index(name) for name in names}
    edges = ((e.source, graph.nodes[e.target].op.arguments[e.arg]) for e in graph.edges)  # type: ignore[union-attr]
    return {source for source, argument in edges if argument in PARAMETERS and graph.nodes[source].op is None}


def _sized(node: Node) -> Node:
    if node.shape is None or None in node.shape:
        raise ArgumentError(node.name, f"shape {node.shape}", "a shape of known dimensions: a cost is a number")
    return node


def _shape(node: Node) -> Shape:
    return node.shape  # type: ignore[return-value]


def _layer(node: Node, nodes: list[Node], learned: set[int], dtype: Any) -> Cost:
    op, sources = node.op, [nodes[i] for i in node.inputs]
    assert op is not None
    shapes = tuple(_shape(s) for s in sources)
    return Cost(
        name=node.name,
        op=op,
        inputs=shapes,
        output=_shape(node),
        forward=op.count(*shapes),
        gradients=tuple(op.count_vjp(a, *shapes) if s.requires_grad else None for a, s in enumerate(sources)),
        parameter_inputs=tuple(a for a, i in enumerate(node.inputs) if i in learned),
        dtype=dtype,
    )


def _joins(nodes: list[Node]) -> int:
    """Additions where gradients meet: at each entry one fewer than the gradients that arrive."""
    uses = Counter(i for node in nodes for i in node.inputs)
    return sum((n - 1) * prod(_shape(nodes[i])) for i, n in uses.items() if nodes[i].requires_grad)


def _peak(graph: Graph, size: list[int], kept: list[bool]) -> int:
    """Most numbers alive during one op, among the kept nodes.

    A value lives from its op to its last use. Backward the same steps are taken in reverse, so the
    gradient of a value lives through the same steps: it is born at the last use and spent at the op.
    A leaf is there from the first step (its gradient: to the last).
    """
    steps = len(size)
    owner: list[int] = []  # whose memory a node shows: a view shows that of its input
    last = list(range(steps))
    for i, node in enumerate(graph.nodes):
        owner.append(owner[node.inputs[0]] if isinstance(node.op, VIEWS) else i)
        for j in (i, *node.inputs):
            last[owner[j]] = i
    for i in graph.outputs:
        last[owner[i]] = steps - 1
    change = [0] * (steps + 1)
    for i, node in enumerate(graph.nodes):
        if kept[i]:
            change[i if node.op else 0] += size[i]
            change[last[i] + 1] -= size[i]
    return max(accumulate(change))
