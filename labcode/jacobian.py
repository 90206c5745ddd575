"""Jacobians: of one edge of a graph, along all paths, and products with vectors that never form one.

Numerator layout throughout: a row for each output entry, a column for each input entry, so that the
gradient of a scalar is a row. Which entry comes first is the business of `vec`: column-major ("F",
the textbooks' vec) or row-major ("C", NumPy's and PyTorch's ravel); it is always an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np

from labcode.errors import ArgumentError
from labcode.graph import Edge, Graph, Variable, recorded_values
from labcode.op import Array, as_array_like, index_dtype

Order = Literal["F", "C"]
Layout = Literal["numerator", "denominator"]
LIMIT = 2**30  # bytes of a dense Jacobian


def vec(A: Any, order: Order = "F") -> Array:
    """Stack the columns of a matrix ("F"), or its rows ("C"), into one vector.

    Parameters
    ----------
    A : array_like
    order : "F" or "C"
        "F" is the textbook's vec; "C" is what ``ravel`` does in NumPy and PyTorch.

    Examples
    --------
    >>> vec([[1, 2], [3, 4]]), vec([[1, 2], [3, 4]], order="C")
    (array([1, 3, 2, 4]), array([1, 2, 3, 4]))
    """
    return np.asarray(A).ravel(order=_order(order))


def jacobian(
    f: Variable,
    x: Variable,
    order: Order = "F",
    layout: Layout = "numerator",
    limit: int = LIMIT,
    sparse: bool = False,
) -> Any:
    """∂vec(f)/∂vec(x), summed over all paths from x to f; row i is the gradient of entry i of f.

    Parameters
    ----------
    f, x : Variable
        Any two Variables of one recording; no path between them gives zeros.
    order : "F" or "C"
        How both are stacked (see `vec`).
    layout : "numerator" or "denominator"
        Rows for outputs, or its transpose.
    limit : int
        Bytes that the dense matrix may take.
    sparse : bool
        Store only entries that need not be zero, as SciPy does (memory in proportion to them).

    Returns
    -------
    ndarray or scipy.sparse.csr_array, shape (entries of f, entries of x); transposed in denominator layout

    Raises
    ------
    ArgumentError
        If the matrix would take more than `limit` bytes, or an argument is none of the above.

    Examples
    --------
    >>> x = Variable([2.0, 3.0], name="x")
    >>> jacobian(x * x, x)
    array([[4., 0.],
           [0., 6.]])
    >>> jacobian(x * x, x, sparse=True).nnz
    2
    """
    graph, values = _recording(f, x)
    if sparse:
        return _laid_out(_sparse_product(graph, values, _order(order)), layout)
    start, end = graph.outputs
    output, size = values[start], values[end].size
    _check_size(output.size, size, output.dtype, limit)
    rows = []
    for unit in _units(output, order):
        grad = graph.backward(values, {start: unit})[end]
        rows.append(np.zeros(size, output.dtype) if grad is None else vec(grad, order))
    return _laid_out(_stack(rows, size, output.dtype), layout)


def edge_jacobian(
    graph: Graph,
    edge: Edge,
    values: Sequence[Array],
    order: Order = "F",
    layout: Layout = "numerator",
    limit: int = LIMIT,
    sparse: bool = False,
) -> Any:
    """∂vec(target)/∂vec(source) through this edge alone, the other inputs held fixed.

    Parameters
    ----------
    graph : Graph
    edge : Edge
        One of `graph.edges`.
    values : sequence of ndarray
        Values of all nodes, as `Graph.evaluate` returns them.
    order, layout, limit, sparse
        As for `jacobian`.

    Returns
    -------
    ndarray or scipy.sparse.csr_array, shape (entries of target, entries of source); transposed in denominator layout

    Raises
    ------
    ArgumentError
        As for `jacobian`, or if the graph has no such edge.

    Examples
    --------
    >>> x = Variable([2.0, 3.0], name="x")
    >>> graph = Graph((x * x).sum().named("f"))
    >>> [edge_jacobian(graph, edge, graph.evaluate()).tolist() for edge in graph.edges]
    [[[2.0, 0.0], [0.0, 3.0]], [[2.0, 0.0], [0.0, 3.0]], [[1.0, 1.0]]]
    """
    node = graph.nodes[edge.target]
    if node.op is None or edge.arg >= len(node.inputs) or node.inputs[edge.arg] != edge.source:
        raise ArgumentError("edge", edge, "an edge of this graph")
    source, target = values[edge.source], values[edge.target]
    if sparse:
        return _laid_out(_sparse_edge(graph, edge, values, _order(order)), layout)
    _check_size(target.size, source.size, target.dtype, limit)
    inputs = [values[i] for i in node.inputs]
    rows = [vec(node.op.vjp(edge.arg, unit, target, *inputs), order) for unit in _units(target, order)]
    return _laid_out(_stack(rows, source.size, target.dtype), layout)


def vjp(f: Variable, x: Variable, v: Any) -> Array:
    """Vᵀ ∂f/∂x in the shape of x: one backward pass, and no Jacobian.

    Parameters
    ----------
    f, x : Variable
    v : array_like, shape of f

    Returns
    -------
    ndarray, shape of x

    Raises
    ------
    ArgumentError
        If v has not the shape of f, or x is a constant.

    Examples
    --------
    >>> x = Variable([2.0, 3.0], name="x")
    >>> vjp(x * x, x, [1.0, 10.0])
    array([ 4., 60.])
    """
    graph, values = _recording(f, x)
    start, end = graph.outputs
    grad = graph.backward(values, {start: as_array_like("v", v, values[start])})[end]
    return np.zeros_like(values[end]) if grad is None else grad


def jvp(f: Variable, x: Variable, u: Any) -> Array:
    """(∂f/∂x) u in the shape of f: one forward pass of tangents, and no Jacobian.

    Each node hands on Σ over its edges of ∂node/∂input · (tangent of the input).

    Parameters
    ----------
    f, x : Variable
    u : array_like, shape of x

    Returns
    -------
    ndarray, shape of f

    Raises
    ------
    ArgumentError
        If u has not the shape of x, or x is a constant.

    Examples
    --------
    >>> x = Variable([2.0, 3.0], name="x")
    >>> jvp((x * x).sum(), x, [1.0, 10.0])
    array(64.)
    """
    graph, values = _recording(f, x)
    end, start = graph.outputs
    tangents: list[Array | None] = [None] * len(values)
    for i, node in enumerate(graph.nodes):
        if i == start:
            tangents[i] = as_array_like("u", u, values[i])
            continue
        for arg, j in enumerate(node.inputs):
            tangent = tangents[j]
            if tangent is not None and node.op is not None:
                part = node.op.jvp(arg, tangent, values[i], *(values[k] for k in node.inputs))
                previous = tangents[i]
                tangents[i] = part if previous is None else previous + part
    result = tangents[end]
    return np.zeros_like(values[end]) if result is None else result


@dataclass(frozen=True)
class EdgeJacobian:
    """One edge with its local Jacobian, for tables and drawings."""

    source: str
    target: str
    matrix: Any  # an ndarray or a scipy.sparse.csr_array

    @property
    def name(self) -> str:
        """∂target/∂source."""
        return f"∂{self.target}/∂{self.source}"


def edge_jacobians(
    graph: Graph, values: Sequence[Array] | None = None, order: Order = "F", sparse: bool = False
) -> tuple[EdgeJacobian, ...]:
    """Local Jacobians of all edges, in the order of `graph.edges`.

    Parameters
    ----------
    graph : Graph
    values : sequence of ndarray, optional
        Values of all nodes; those that `graph.evaluate()` gives, if not given.
    order, sparse
        As for `jacobian`.

    Returns
    -------
    tuple of EdgeJacobian
        Each with the names of its nodes and its matrix.

    Examples
    --------
    >>> x = Variable([2.0, 3.0], name="x")
    >>> for j in edge_jacobians(Graph((x * 2.0).named("z").sum().named("f"))):
    ...     print(j.name, j.matrix.tolist())
    ∂z/∂x [[2.0, 0.0], [0.0, 2.0]]
    ∂f/∂z [[1.0, 1.0]]
    """
    values = graph.evaluate() if values is None else values
    names = [node.name for node in graph.nodes]
    return tuple(
        EdgeJacobian(names[e.source], names[e.target], edge_jacobian(graph, e, values, order, sparse=sparse))
        for e in graph.edges
    )


def chain(*factors: Any) -> Array:
    """Multiply Jacobians from the output back to the input: ∂f/∂x = ∂f/∂z · ∂z/∂x.

    Parameters
    ----------
    *factors : array_like
        Matrices, that of the output first.

    Returns
    -------
    ndarray

    Raises
    ------
    ArgumentError
        If neighbours do not fit: columns of the left one are the rows of the right one.

    Examples
    --------
    >>> chain([[1, 0]], [[2, 1], [1, 2]])
    array([[2, 1]])
    """
    if not factors:
        raise ArgumentError("factors", "none", "at least one Jacobian")
    product = np.asarray(factors[0])
    for factor in map(np.asarray, factors[1:]):
        if product.ndim != 2 or factor.ndim != 2 or product.shape[1] != factor.shape[0]:
            expected = "columns of the left factor = rows of the right one"
            raise ArgumentError("factors", f"{product.shape} · {factor.shape}", expected, "(m×k)·(k×n) = m×n")
        product = product @ factor
    return product


def _sparse_edge(graph: Graph, edge: Edge, values: Sequence[Array], order: Order) -> Any:
    """The Jacobian of an edge from the op's own list of partial derivatives."""
    from scipy.sparse import csr_array  # heavy, and only those who ask for it need it

    node, source, target = graph.nodes[edge.target], values[edge.source], values[edge.target]
    assert node.op is not None
    partials = node.op.partials(edge.arg, target, *(values[i] for i in node.inputs))
    rows, columns = _in_order(partials.rows, target.shape, order), _in_order(partials.columns, source.shape, order)
    return csr_array((partials.values, (rows, columns)), shape=(target.size, source.size))


def _sparse_product(graph: Graph, values: Sequence[Array], order: Order) -> Any:
    """Σ over all paths of the products of sparse edge Jacobians, from the output back."""
    from scipy.sparse import csr_array, eye_array

    start, end = graph.outputs
    size = values[start].size
    if start == end:
        return eye_array(size, dtype=values[start].dtype, format="csr")
    from_x = {end}
    for edge in graph.edges:
        if edge.source in from_x:
            from_x.add(edge.target)
    products: dict[int, Any] = {}
    for edge in reversed(graph.edges):
        if edge.source not in from_x or not (edge.target == start or edge.target in products):
            continue
        local = _sparse_edge(graph, edge, values, order)
        if edge.target != start:
            local = products[edge.target] @ local
        products[edge.source] = products[edge.source] + local if edge.source in products else local
    return products.get(end, csr_array((size, values[end].size), dtype=values[start].dtype))


def _in_order(positions: Array, shape: tuple[int, ...], order: Order) -> Array:
    """Where vec puts the entries at these row-major positions."""
    kind = index_dtype(prod(shape))
    if order == "F":
        return np.arange(prod(shape), dtype=kind).reshape(shape, order="F").ravel()[positions]
    return positions.astype(kind, copy=False)


def _recording(f: Variable, x: Variable) -> tuple[Graph, list[Array]]:
    """The graph behind f and x, f first among its outputs, and its values."""
    if not x.requires_grad:
        raise ArgumentError("x", x.name or "a constant", "a Variable with requires_grad=True")
    if f.value is None or x.value is None:
        raise ArgumentError("f" if f.value is None else "x", "no value", "a Variable with a value")
    graph = Graph(f, x)
    return graph, recorded_values(graph)


def _units(like: Array, order: Order) -> Array:
    """The basis of the output space, one array in the shape of `like` for each entry, in vec's order."""
    basis = np.eye(like.size, dtype=like.dtype)
    if _order(order) == "C":
        return basis.reshape(like.size, *like.shape)
    return basis.reshape(like.size, *like.shape[::-1]).transpose(0, *range(like.ndim, 0, -1))


def _stack(rows: Sequence[Array], columns: int, dtype: Any) -> Array:
    return np.stack(rows) if rows else np.zeros((0, columns), dtype)


def _laid_out(matrix: Any, layout: Layout) -> Any:
    if layout not in ("numerator", "denominator"):
        raise ArgumentError("layout", repr(layout), '"numerator" (a row for each output) or "denominator"')
    if layout == "numerator":
        return matrix
    return matrix.T if isinstance(matrix, np.ndarray) else matrix.T.tocsr()


def _order(order: Order) -> Order:
    if order not in ("F", "C"):
        raise ArgumentError("order", repr(order), '"F" (column-major) or "C" (row-major)')
    return order


def _check_size(rows: int, columns: int, dtype: Any, limit: int) -> None:
    needed = prod((rows, columns, np.dtype(dtype).itemsize))
    if needed > limit:
        raise ArgumentError(
            "limit",
            f"{limit:,} bytes",
            f"at least {needed:,} bytes for a dense Jacobian",
            f"rows * columns * bytes an entry = {rows:,} * {columns:,} * {np.dtype(dtype).itemsize}",
        )
