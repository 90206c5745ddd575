"""Explorers of a graph: its values forward, its gradients backward edge by edge, and a step of gradient descent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from labcode.errors import ArgumentError
from labcode.explore.explorer import Explorer, numbers
from labcode.explore.matrix import entry
from labcode.explore.recipes import recipe, torch_recipe
from labcode.explore.structure import structure
from labcode.graph import Edge, Graph, Variable
from labcode.jacobian import edge_jacobian
from labcode.op import Array
from labcode.render import html, svg

MOST = 600  # entries of a Jacobian that is written out


@dataclass(frozen=True)
class OfGraph(Explorer):
    """What explorers of a graph share: its inputs, which the reader changes, and the learning rate."""

    loop: ClassVar[bool] = False  # whether the code takes many steps

    graph: Graph = field(repr=False)
    leaves: tuple[tuple[Any, ...], ...]
    params: tuple[int, ...]
    alpha: Any
    name: str = ""
    values: tuple[Array, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        number = isinstance(self.alpha, int | float) and not isinstance(self.alpha, bool)
        if not number or not np.isfinite(self.alpha):
            raise ArgumentError("alpha", repr(self.alpha), "a finite number")
        arrays = map(self._array, self.places, self.leaves)
        given = {self.graph.nodes[i].name: array for i, array in zip(self.places, arrays, strict=True)}
        object.__setattr__(self, "values", self.graph.evaluate(given))
        for node, value in zip(self.graph.nodes, self.values, strict=True):
            numbers(node.name, value)

    def _array(self, place: int, entries: Sequence[Any]) -> Array:
        """The entries of an input, if they fit."""
        node = self.graph.nodes[place]
        shape = np.asarray(self.graph.variables[place].value).shape
        if len(entries) != np.prod(shape):
            raise ArgumentError(node.name, f"{len(entries)} numbers", f"{int(np.prod(shape))}, one for each entry")
        for i, v in enumerate(entries):
            if isinstance(v, bool) or not isinstance(v, int | float) or not np.isfinite(v):
                at = [int(k) for k in np.unravel_index(i, shape)] if shape else []
                raise ArgumentError(entry(node.name, at), repr(v), "a finite number")
        return np.reshape(np.array(entries, float), shape)

    @property
    def places(self) -> list[int]:
        """Positions of the inputs among the nodes."""
        return [i for i, node in enumerate(self.graph.nodes) if node.op is None]

    def config(self) -> dict[str, Any]:
        """Entries of the inputs, each in row-major order, and the learning rate."""
        return {"leaves": [list(entries) for entries in self.leaves], "alpha": self.alpha}

    def data(self) -> dict[str, Any]:
        """What stays as it is while a reader changes numbers, too: nodes with their rules, edges, code."""
        nodes = [
            {
                "name": node.name,
                "symbol": node.op.symbol if node.op else "",
                "inputs": list(node.inputs),
                "shape": list(value.shape),
                "grad": node.requires_grad,
                "rule": structure(node.op, *(self.values[i].shape for i in node.inputs)) if node.op else None,
            }
            for node, value in zip(self.graph.nodes, self.values, strict=True)
        ]
        written = {"PyTorch": torch_recipe, "labcode": recipe}
        codes = {name: code(self.graph, self.params, self.loop) for name, code in written.items()}
        plain = {
            "nodes": nodes,
            "leaves": self.places,
            "params": list(self.params),
            "edges": [[e.source, e.target, e.arg] for e in self.graph.edges],
            "code": {name: code for name, code in codes.items() if code is not None},
        }
        return {**super().data(), "graph": plain}


@dataclass(frozen=True)
class GraphWalk(OfGraph):
    """A graph to step through; made by `graph`."""

    edges: tuple[dict[str, Any], ...] = field(init=False, repr=False, compare=False)

    kind: ClassVar[str] = "graph"
    title: ClassVar[str] = "A graph, step by step"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "edges", tuple(self._backward()))
        for e in self.edges:
            numbers(f"∂{self.graph.nodes[-1].name}/∂{self.graph.nodes[e['source']].name}", e["gradient"])
        after = self._after()
        for name, value in after.items():
            numbers(f"{name} after the step", value)
        numbers(f"{self.graph.nodes[-1].name} after the step", self.graph.evaluate(after)[-1])

    def trace(self) -> dict[str, Any]:
        """Values of all nodes, each edge backward, the inputs after a step, and the output before and after."""
        after = self._after()
        loss = [self.values[-1].item(), self.graph.evaluate(after)[-1].item()]
        edges = [{**e, "share": flat(e["share"]), "gradient": flat(e["gradient"])} for e in self.edges]
        names = [self.graph.nodes[i].name for i in self.places]
        return {
            "values": [*map(flat, self.values)],
            "edges": edges,
            "after": [flat(after[n]) for n in names],
            "loss": loss,
        }

    def fallback(self) -> str:
        """The graph, and all steps: forward, backward and down."""
        labels = [self._by(e.source, e.target) if self._carries(e) else "" for e in self.graph.edges]
        picture = svg.draw_graph(self.graph, self.values, self._gradients, labels, "The graph with its gradients")
        rows = [(i, *row) for i, row in enumerate(self._rows(), 1)]
        return picture + html.table(rows, ["step", "what", "by", "result"], "The graph, forward and backward")

    def _carries(self, edge: Edge) -> bool:
        return any((e["source"], e["target"], e["arg"]) == (edge.source, edge.target, edge.arg) for e in self.edges)

    def _by(self, source: int, target: int) -> str:
        nodes = self.graph.nodes
        return f"∂{nodes[target].name}/∂{nodes[source].name}"

    def _backward(self) -> Iterator[dict[str, Any]]:
        """Each edge that hands a gradient on, from the last node to the first."""
        grads: dict[int, Array] = {len(self.values) - 1: np.ones_like(self.values[-1])}
        nodes, values = self.graph.nodes, self.values
        for target in reversed(range(len(nodes))):
            node = nodes[target]
            if node.op is None or target not in grads:
                continue
            for arg, source in enumerate(node.inputs):
                if not nodes[source].requires_grad:
                    continue
                share = node.op.vjp(arg, grads[target], values[target], *(values[i] for i in node.inputs))
                grads[source] = grads[source] + share if source in grads else share
                small = values[target].size * values[source].size <= MOST
                matrix = edge_jacobian(self.graph, Edge(source, target, arg), values).tolist() if small else None
                ends = {"source": source, "target": target, "arg": arg}
                yield {**ends, "jacobian": matrix, "share": share, "gradient": grads[source]}

    @property
    def _gradients(self) -> list[Array | None]:
        """Of each node, when all edges are done; None where none arrives."""
        found = {e["source"]: e["gradient"] for e in self.edges} | {len(self.values) - 1: np.ones_like(self.values[-1])}
        return [found.get(i) for i in range(len(self.values))]

    def _after(self) -> dict[str, Array]:
        """Each input after w ← w − α ∂f/∂w of those that are parameters."""
        grads, nodes = self._gradients, self.graph.nodes
        after = {nodes[i].name: self.values[i] for i in self.places}
        for i in self.params:
            gradient = grads[i]
            if gradient is not None:
                after[nodes[i].name] = self.values[i] - self.alpha * gradient
        return after

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        nodes, last = self.graph.nodes, len(self.values) - 1
        for node, value in zip(nodes, self.values, strict=True):
            sources = ", ".join(nodes[i].name for i in node.inputs)
            yield node.name, "given" if node.op is None else f"{node.op.symbol}({sources})", svg.short(value)
        out = nodes[last].name
        for e in self.edges:
            by = f"+ {self._by(e['target'], last)} · {self._by(e['source'], e['target'])}"
            yield self._by(e["source"], last), by, svg.short(e["gradient"])
        after = self._after()
        for i in self.params:
            name = nodes[i].name
            rule = f"{name} − α {self._by(i, last)}, α = {html.number(self.alpha)}"
            yield f"{name} after the step", rule, svg.short(after[name])
        result = svg.short(self.graph.evaluate(after)[last])
        yield f"{out} after the step", f"before: {svg.short(self.values[last])}", result


def graph(f: Variable, alpha: float = 0.5, params: Iterable[Variable] | None = None, name: str = "") -> GraphWalk:
    """Explore the graph behind f: its values, then ∂f/∂node += ∂f/∂target · ∂target/∂node, edge by edge.

    Shows itself in a notebook and on a page of the book: each local Jacobian, each gradient as it
    grows, and what a step of gradient descent does to f.

    Parameters
    ----------
    f : Variable
        A single number, computed from Variables with values.
    alpha : float
        The learning rate of the step.
    params : iterable of Variable, optional
        What the step changes; all inputs that ask for a gradient, if not given.
    name : str
        Key of its state in a link; needed where a page has two.

    Returns
    -------
    GraphWalk

    Raises
    ------
    ArgumentError
        If f is not a single number that was computed, a value is missing or not finite, or one of
        `params` is no input of the graph that asks for a gradient; or if the graph is too large for a page.

    Examples
    --------
    >>> from labcode import Variable
    >>> w = Variable([1.0, 2.0], name="w")
    >>> graph((w * w).sum(), alpha=0.25).trace()["loss"]
    [5.0, 1.25]
    """
    whole, leaves = read(f)
    return GraphWalk(whole, leaves, chosen(whole, params), alpha, name)


def read(f: Variable) -> tuple[Graph, tuple[tuple[Any, ...], ...]]:
    """The graph behind a single number, and the entries of its inputs."""
    whole = Graph(f)
    values = whole.evaluate()
    if values[-1].size != 1 or f.op is None:
        raise ArgumentError("f", f"shape {values[-1].shape}", "a single number that was computed, such as a loss")
    return whole, tuple(tuple(flat(value)) for node, value in zip(whole.nodes, values, strict=True) if node.op is None)


def chosen(graph: Graph, params: Iterable[Variable] | None) -> tuple[int, ...]:
    """Positions of the inputs that a step changes."""
    free = [i for i, node in enumerate(graph.nodes) if node.op is None and node.requires_grad]
    if params is None:
        return tuple(free)
    found = tuple(graph.index(p) for p in params)
    for i in found:
        if i not in free:
            raise ArgumentError("params", graph.nodes[i].name, "inputs of the graph that ask for a gradient")
    return found


def flat(array: Any) -> list[float]:
    """Entries in row-major order; a whole number is one in JSON, too."""
    entries: list[float] = np.ravel(array).tolist()
    return [int(v) if float(v).is_integer() else v for v in entries]
