"""Dimensions of a graph before it has numbers: inferred from what is known, with the reason for each.

Every dimension of every node is an unknown; an op's signature makes unknowns equal ("mk,kn->mn": the
columns of the left factor are the rows of the right one), a declared size gives them a value. An op
without a signature (a convolution) tells its output once its inputs are known, and a single unknown
input once its output is, if only one size fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from labcode.errors import ArgumentError
from labcode.graph import Graph, Variable
from labcode.op import Op, PartialShape

LARGEST = 1024  # sizes tried for an unknown input of an op without a signature


@dataclass(frozen=True)
class Dimension:
    """One axis of one node, its size (None: free), and what it follows from."""

    node: str
    axis: int
    size: int | None
    because: str


@dataclass(frozen=True)
class EdgeDimension:
    """Dimensions of the Jacobian ∂target/∂source: rows for target, columns for source (None: unknown)."""

    source: str
    target: str
    rows: int | None
    columns: int | None


@dataclass(frozen=True)
class Inference:
    """What `infer` found.

    Attributes
    ----------
    shapes : dict of str to tuple
        For each node; None for an axis that stays free.
    dimensions : tuple of Dimension
        Every axis with its reason.
    edges : tuple of EdgeDimension
        Every edge's Jacobian.
    """

    shapes: dict[str, PartialShape]
    dimensions: tuple[Dimension, ...]
    edges: tuple[EdgeDimension, ...]

    @property
    def free(self) -> tuple[Dimension, ...]:
        """Dimensions that nothing determines."""
        return tuple(d for d in self.dimensions if d.size is None)


def infer(*outputs: Variable) -> Inference:
    """Infer the dimensions of the graph behind `outputs` from those of its leaves that are known.

    Parameters
    ----------
    *outputs : Variable
        Their leaves may be declared, `Variable(shape=(None, 1), name="x")`, with None for unknown.

    Returns
    -------
    Inference

    Raises
    ------
    ArgumentError
        If two demands on one dimension clash: it names the edge, both sizes and where each comes from.

    Examples
    --------
    >>> W, x = Variable(shape=(4, 6), name="W"), Variable(shape=(None, 1), name="x")
    >>> found = infer((W @ x).named("z"))
    >>> found.shapes["x"], found.shapes["z"]
    ((6, 1), (4, 1))
    >>> found.dimensions[2].because
    'W is given as (4, 6); mk,kn->mn in z'
    """
    graph = Graph(*outputs)
    unknowns = _Unknowns()
    axes: list[list[int] | None] = []
    for node in graph.nodes:
        given = node.shape if node.op is None else None
        text = f"{node.name} is given as ({', '.join('?' if n is None else str(n) for n in given or ())})"
        axes.append(None if given is None else [unknowns.new(size, text) for size in given])
    while _pass(graph, axes, unknowns):
        pass
    known = [(node.name, dims) for node, dims in zip(graph.nodes, axes, strict=True) if dims is not None]
    shapes = {name: tuple(map(unknowns.size, dims)) for name, dims in known}
    dimensions = tuple(
        Dimension(name, k, unknowns.size(a), unknowns.because(a)) for name, dims in known for k, a in enumerate(dims)
    )
    return Inference(shapes, dimensions, tuple(_edge_dimensions(graph, shapes)))


def _pass(graph: Graph, axes: list[list[int] | None], unknowns: _Unknowns) -> bool:
    """Let every node speak once; True if something new was learnt."""
    before = unknowns.knowledge + sum(a is not None for a in axes)
    for i, node in enumerate(graph.nodes):
        if node.op is None:
            continue
        inputs = [axes[j] for j in node.inputs]
        known = [a for a in inputs if a is not None]
        if len(known) < len(inputs):
            continue
        signature = node.op.signature_for(*map(len, known))
        if signature is not None:
            axes[i] = _by_signature(graph, i, signature, known, axes[i], unknowns)
        else:
            axes[i] = _by_shape_rule(graph, i, known, axes[i], unknowns)
    return unknowns.knowledge + sum(a is not None for a in axes) > before


def _by_signature(
    graph: Graph, i: int, signature: str, inputs: list[list[int]], output: list[int] | None, unknowns: _Unknowns
) -> list[int]:
    """Make the dimensions that share a letter equal; "*" stands for a whole shape."""
    node = graph.nodes[i]
    sources, _, target = signature.partition("->")
    letters: dict[str, int] = {}
    whole: list[int] = []
    for j, place, dims in zip(node.inputs, sources.split(","), inputs, strict=True):
        edge = f"{graph.nodes[j].name} → {node.name}"
        if place == "*":
            whole = whole or dims
            if len(dims) != len(whole):
                raise ArgumentError(edge, f"{len(dims)} dimensions", f"{len(whole)}, as the other input has", signature)
            pairs = list(zip(whole, dims, strict=True))
        else:
            pairs = [(letters.setdefault(letter, a), a) for letter, a in zip(place, dims, strict=True)]
        for a, b in pairs:
            unknowns.join(a, b, edge, f"{signature} in {node.name}")
    result = whole if target == "*" else [letters[letter] for letter in target]
    for a, b in zip(output or result, result, strict=True):
        unknowns.join(a, b, node.name, f"{signature} in {node.name}")
    return result


def _by_shape_rule(
    graph: Graph, i: int, inputs: list[list[int]], output: list[int] | None, unknowns: _Unknowns
) -> list[int] | None:
    """The output from complete inputs, or the one missing input size that fits the output."""
    node = graph.nodes[i]
    assert node.op is not None
    rule = f"shape rule of {type(node.op).__name__} in {node.name}"
    sizes = [[unknowns.size(a) for a in dims] for dims in inputs]
    missing = {unknowns.root(a) for dims in inputs for a in dims if unknowns.size(a) is None}
    if not missing:
        try:
            shape = node.op.shape(*(tuple(n for n in s if n is not None) for s in sizes))
        except ArgumentError as error:
            raise _on_edge(graph, i, error) from None
        found = [unknowns.new(n, rule) for n in shape]
        for a, b in zip(output or found, found, strict=True):
            if unknowns.size(a) != unknowns.size(b):  # a join of equals would count as news, for ever
                unknowns.join(a, b, node.name, rule)
        return output or found
    if output is None:  # its size is open, but not its rank: a later node may tell the rest
        shape = next(_trials(node.op, sizes), (0, ()))[1]
        return [unknowns.new(None, rule) for _ in shape] or None
    target = tuple(unknowns.size(a) for a in output)
    if len(missing) == 1 and None not in target:
        (unknown,) = missing
        fits = [size for size, shape in _trials(node.op, sizes) if shape == target]
        if len(fits) == 1 and fits[0] < LARGEST:  # at the limit, a larger size might fit as well
            unknowns.join(unknown, unknowns.new(fits[0], f"{rule}, the only size that fits"), node.name, rule)
    return output


def _on_edge(graph: Graph, i: int, error: ArgumentError) -> ArgumentError:
    """What an op refuses, told of the edge that brings it; a setting is met by the first input."""
    node = graph.nodes[i]
    names = node.op.arguments if node.op else ()
    source = node.inputs[names.index(error.argument) if error.argument in names else 0]
    edge = f"{graph.nodes[source].name} → {node.name}"
    return ArgumentError(edge, f"{error.argument} {error.value}", error.expected, error.formula)


def _trials(op: Op, sizes: list[list[int | None]]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Each size that the op takes in place of the unknown ones, and the output it gives."""
    for size in range(1, LARGEST + 1):
        try:
            yield size, tuple(op.shape(*(tuple(size if n is None else n for n in s) for s in sizes)))
        except ArgumentError:
            continue


def _edge_dimensions(graph: Graph, shapes: dict[str, PartialShape]) -> list[EdgeDimension]:
    def entries(name: str) -> int | None:
        shape = shapes.get(name, (None,))
        return None if None in shape else prod(n for n in shape if n is not None)

    names = [node.name for node in graph.nodes]
    pairs = [(names[e.source], names[e.target]) for e in graph.edges]
    return [EdgeDimension(a, b, entries(b), entries(a)) for a, b in pairs]


class _Unknowns:
    """Dimensions joined into classes of equal ones, each with its size and reason once known."""

    def __init__(self) -> None:
        self._parent: list[int] = []
        self._size: list[int | None] = []
        self._because: list[str] = []
        self.knowledge = 0  # grows with every join of two classes

    def new(self, size: int | None, because: str) -> int:
        """Another dimension, of known or unknown size."""
        self._parent.append(len(self._parent))
        self._size.append(size)
        self._because.append(because)
        return len(self._parent) - 1

    def root(self, a: int) -> int:
        """The dimension that stands for all that equal a."""
        while self._parent[a] != a:
            a = self._parent[a]
        return a

    def size(self, a: int) -> int | None:
        """Size of a, None if unknown."""
        return self._size[self.root(a)]

    def because(self, a: int) -> str:
        """What the size of a follows from."""
        return self._because[a] if self._size[a] is not None else self._because[self.root(a)]

    def join(self, a: int, b: int, edge: str, rule: str) -> None:
        """Make a and b equal, or say which two demands clash on this edge."""
        a, b = self.root(a), self.root(b)
        if a == b:
            return
        one, other = self._size[a], self._size[b]
        if one is not None and other is not None and one != other:
            raise ArgumentError(edge, f"{one} and {other}", f"one size: {self._because[a]}; {self._because[b]}", rule)
        if one is None:
            a, b = b, a
        self._parent[b] = a
        if (one is None) != (other is None):
            self._because[a] += "" if rule in self._because[a] else f"; {rule}"
        self.knowledge += 1
