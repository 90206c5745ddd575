"""The computational graph: recorded by Variables, kept as plain data, run forward and backward.

A Variable pairs an array with the op and the inputs it came from. A Graph is the recording without
the arrays, in topological order; `evaluate` and `backward` are two loops over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop, heappush
from itertools import count
from operator import attrgetter
from typing import Any

import numpy as np

from labcode.errors import ArgumentError
from labcode.op import Array, Op, PartialShape, as_array, as_array_like, differ
from labcode.ops import Add, Mul, Scale, Square, Sub, Sum, Transpose
from labcode.ops.linear import product_of

ADD, SUB, MUL = Add(), Sub(), Mul()
NUMBER = (int, float)
SERIALS = count()  # Variables are numbered as they are made: inputs before what is computed from them


class Variable:
    """An array with a name, its gradient, and the op that made it.

    Parameters
    ----------
    value : array_like, optional
        Numbers; integers become float64, since derivatives are real numbers.
    name : str
        Shown in drawings, tables and error messages.
    requires_grad : bool
        False for a constant: `backward` leaves it out.
    shape : tuple of (int or None), optional
        Instead of a value: a Variable of which only (some) dimensions are known, None for unknown.

    Attributes
    ----------
    grad : ndarray or None
        ∂output/∂self in the shape of `value`, after `backward`. On leaves it accumulates, as in
        PyTorch; `zero_grad` clears it.

    Examples
    --------
    >>> x = Variable([2.0, 1.0, 2.0], name="x")
    >>> (x * x).sum().backward()
    >>> x.grad
    array([4., 2., 4.])
    """

    __slots__ = ("_changed", "_serial", "_value", "grad", "inputs", "name", "op", "requires_grad", "shape")
    __array_ufunc__ = None  # so that array * Variable comes to __rmul__ whole
    __hash__ = object.__hash__

    def __init__(
        self,
        value: Any = None,
        name: str = "",
        requires_grad: bool = True,
        *,
        shape: PartialShape | None = None,
    ) -> None:
        if (value is None) == (shape is None):
            raise ArgumentError("value", value, "either a value or a shape")
        self.name, self.requires_grad = name, requires_grad
        self._value: Array | None = None if value is None else _frozen_copy(name or "value", value)
        self.shape: PartialShape | None = shape if self._value is None else self._value.shape
        self.grad: Array | None = None
        self.op: Op | None = None
        self.inputs: tuple[Variable, ...] = ()
        self._serial = next(SERIALS)
        self._changed = -1  # the serial number at which the value was changed

    def __repr__(self) -> str:
        content = f"shape={self.shape}" if self.value is None else repr(self.value.tolist())
        made = f", by {type(self.op).__name__}" if self.op else ""
        return f"Variable({content}{f', name={self.name!r}' if self.name else ''}{made})"

    @property
    def value(self) -> Array | None:
        """The array, read-only; None where only a shape is known. Can be changed for another of the same shape."""
        if self._value is not None:
            self._value.setflags(write=False)  # here, not at each node: most values are never looked at
        return self._value

    @value.setter
    def value(self, value: Any) -> None:
        name, shape = self.name or "value", self.shape
        array = _frozen_copy(name, value)
        if shape is not None and (len(shape) != array.ndim or any(map(differ, shape, array.shape))):
            raise ArgumentError(name, f"shape {array.shape}", f"shape {shape}, as before")
        self._value, self.shape, self._changed = array, array.shape, next(SERIALS)

    def named(self, name: str) -> Variable:
        """Give this Variable a name, and return it."""
        self.name = name
        return self

    @property
    def ndim(self) -> int:
        """Number of axes."""
        if self.shape is None:
            raise ArgumentError(self.name or "variable", "unknown rank", "a known number of axes")
        return len(self.shape)

    def backward(self, gradient: Any = None) -> None:
        """Run the chain rule from here to every Variable that this one depends on.

        Parameters
        ----------
        gradient : array_like, optional
            Upstream gradient, in the shape of `value`; 1 if `value` is a single number.

        Raises
        ------
        ArgumentError
            If `value` has several entries and no `gradient` says how to weigh them, or if an input
            was changed (by a step, say) since this Variable was computed from it.
        """
        if self.value is None:
            raise ArgumentError(self.name or "variable", "no value", "numbers to differentiate at")
        grads = {self: _seed(self.value, gradient)}
        _chain_rule(grads, _recorded)
        for variable, grad in grads.items():
            if variable.op is not None:
                variable.grad = grad
            else:  # a vjp may hand on the very array that it was given; a leaf has its own
                variable.grad = grad.copy() if variable.grad is None else variable.grad + grad

    def sum(self) -> Variable:
        """Sum of all entries."""
        return record(Sum(), self)

    @property
    def T(self) -> Variable:  # noqa: N802 - the name NumPy and PyTorch use
        """The transpose of a matrix."""
        return record(Transpose(), self)

    def __add__(self, other: Any) -> Variable:
        return record(ADD, self, other)

    def __radd__(self, other: Any) -> Variable:
        return record(ADD, other, self)

    def __sub__(self, other: Any) -> Variable:
        return record(SUB, self, other)

    def __rsub__(self, other: Any) -> Variable:
        return record(SUB, other, self)

    def __mul__(self, other: Any) -> Variable:
        if isinstance(other, NUMBER):
            return record(Scale(factor=other), self)
        return record(MUL, self, other)

    def __rmul__(self, other: Any) -> Variable:
        return self * other if isinstance(other, NUMBER) else record(MUL, other, self)

    def __neg__(self) -> Variable:
        return record(Scale(factor=-1), self)

    def __pow__(self, exponent: int) -> Variable:
        if exponent != 2:
            raise ArgumentError("exponent", exponent, "2 (the square is the one power recorded)")
        return record(Square(), self)

    def __matmul__(self, other: Any) -> Variable:
        return matmul(self, other)

    def __rmatmul__(self, other: Any) -> Variable:
        return matmul(other, self)


def matmul(input: Any, other: Any) -> Variable:
    """Record A B, A v, v B or a·b, by the ranks of the operands (see `labcode.matmul`)."""
    a, b = _as_variable(input), _as_variable(other)
    return record(product_of(a.ndim, b.ndim), a, b)


def record(op: Op, *inputs: Any) -> Variable:
    """Apply an op to Variables (arrays become constants) and remember how the result was made.

    Parameters
    ----------
    op : Op
    *inputs : Variable or array_like
        As many as the op takes, of one dtype.

    Returns
    -------
    Variable
        Without a value if an input has none.

    Raises
    ------
    ArgumentError
        What the op's shape rule raises, with the node added.

    Examples
    --------
    >>> from labcode import ops
    >>> record(ops.Square(), Variable([1.0, -2.0], name="x"))
    Variable([1.0, 4.0], by Square)
    """
    arrays, shapes, dtype, requires_grad, known, alike = [], [], None, False, True, True
    for p in inputs:  # one loop: this is what every node of a graph costs
        if type(p) is not Variable:
            return record(op, *map(_as_variable, inputs))
        array = p._value
        arrays.append(array)
        shapes.append(p.shape)
        if array is None:
            known = False
        elif dtype is None:
            dtype = array.dtype
        elif array.dtype is not dtype:
            alike = False
        if p.requires_grad:
            requires_grad = True
    try:
        shape = op.checked[tuple(shapes)] if known else _output_shape(op, tuple(shapes))
        if not alike:
            _check_dtypes(op, arrays)
    except ArgumentError as error:
        error.node = f"{type(op).__name__}({', '.join(p.name or '·' for p in inputs)})"
        raise
    result: Variable = Variable.__new__(Variable)
    result.name = ""
    result.grad = None
    result.op = op
    result.inputs = inputs
    result.shape = shape
    result.requires_grad = requires_grad
    result._serial = next(SERIALS)
    result._changed = -1
    result._value = op.forward(*arrays) if known else None  # type: ignore[arg-type]
    return result


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a graph: a leaf (op None) or an op applied to earlier nodes."""

    name: str
    op: Op | None
    inputs: tuple[int, ...]
    shape: PartialShape | None
    requires_grad: bool = True


@dataclass(frozen=True, slots=True)
class Edge:
    """The use of node `source` as input number `arg` of node `target`."""

    source: int
    target: int
    arg: int


class Graph:
    """The computational graph behind one or several Variables, in topological order.

    Parameters
    ----------
    *outputs : Variable
        What the graph computes; the last node is the last of them.

    Attributes
    ----------
    nodes : tuple of Node
        Inputs before the nodes that use them. Plain data: no arrays.
    outputs : tuple of int
        Positions of the outputs among the nodes.
    variables : tuple of Variable
        What the nodes were read from, for their present values.

    Examples
    --------
    >>> x = Variable([1.0, 2.0], name="x")
    >>> g = Graph((x * x).sum().named("f"))
    >>> [node.name for node in g.nodes], [(e.source, e.target) for e in g.edges]
    (['x', 'mul', 'f'], [(0, 1), (0, 1), (1, 2)])
    """

    def __init__(self, *outputs: Variable) -> None:
        self.variables = _topological_order(outputs)
        position = {id(v): i for i, v in enumerate(self.variables)}
        names = _unique_names(self.variables)
        self.nodes = tuple(
            Node(name, v.op, tuple(position[id(p)] for p in v.inputs), v.shape, v.requires_grad)
            for name, v in zip(names, self.variables, strict=True)
        )
        self.outputs = tuple(position[id(v)] for v in outputs)

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All edges, in the order of the nodes they lead to."""
        return tuple(Edge(s, t, a) for t, node in enumerate(self.nodes) for a, s in enumerate(node.inputs))

    def index(self, name: str | Variable) -> int:
        """Position of a node, given by its name or as the Variable it was read from."""
        for i, (node, variable) in enumerate(zip(self.nodes, self.variables, strict=True)):
            if variable is name or node.name == name:
                return i
        raise ArgumentError("name", repr(name), f"one of {', '.join(n.name for n in self.nodes)}")

    def evaluate(self, inputs: Mapping[str, Any] | None = None) -> tuple[Array, ...]:
        """Values of all nodes, from values for the leaves (by name; else their present ones).

        Raises
        ------
        ArgumentError
            If a leaf has no value, a name belongs to no leaf, or the values break a rule of a node.
        """
        given = dict(inputs or {})
        values: list[Array] = []
        for node, variable in zip(self.nodes, self.variables, strict=True):
            if node.op is not None:
                arrays = [values[i] for i in node.inputs]
                try:
                    node.op.shape(*(a.shape for a in arrays))
                    _check_dtypes(node.op, arrays)
                except ArgumentError as error:
                    error.node = node.name
                    raise
                values.append(node.op.forward(*arrays))
                continue
            value = given.pop(node.name, variable.value)
            if value is None:
                raise ArgumentError(node.name, "no value", "numbers for this input", "evaluate({name: value})")
            values.append(_as_float(node.name, value))
        if given:
            raise ArgumentError("inputs", sorted(given), "names of leaves of this graph")
        return tuple(values)

    def backward(self, values: Sequence[Array], upstream: Mapping[int, Array]) -> list[Array | None]:
        """Gradients of all nodes: from the last to the first, each node hands its gradient on.

        grad[input] += grad[node] · ∂node/∂input for every edge. A node reached by no gradient, or
        only through constants, has None. `upstream` maps positions of nodes to their gradients.
        """
        grads = {self.variables[i]: seed for i, seed in upstream.items()}
        value_of = dict(zip(self.variables, values, strict=True))
        _chain_rule(grads, lambda v: (value_of[v], [value_of[source] for source in v.inputs]))
        return [grads.get(v) for v in self.variables]

    def _repr_html_(self) -> str:
        from labcode.render.svg import draw_graph  # a drawing stands above the graph it draws

        return draw_graph(self)


def recorded_values(graph: Graph) -> list[Array]:
    """Values of the nodes as they were recorded.

    Raises
    ------
    ArgumentError
        If an input is no longer the array its node was computed from, or has no value.
    """
    return [_recorded(v)[0] for v in graph.variables]


def _recorded(node: Variable) -> tuple[Any, list[Any]]:
    """The value of a node and those of its inputs; refused if one was changed after the node was computed."""
    arrays = []
    for source in node.inputs:
        if source._changed > node._serial:
            order = _topological_order((node,))
            name = _unique_names(order)[order.index(source)]
            raise ArgumentError(name, "changed since it was used", "a new forward pass after every step")
        arrays.append(source._value)
    return node._value, arrays


def _chain_rule(grads: dict[Variable, Array], read: Callable[[Variable], tuple[Any, list[Any]]]) -> None:
    """Add ∂output/∂input = grads[node] · ∂node/∂input over every edge, from the last node to the first.

    `read` gives the value of a node and those of its inputs. The node made last is taken first: all that
    was computed from it has handed its gradient on by then. Nothing recurses, so a chain of any length fits.
    """
    waiting = [(-node._serial, node) for node in grads]
    heapify(waiting)
    while waiting:
        _, node = heappop(waiting)
        if node.op is None:
            continue
        vjp, grad = node.op.vjp, grads[node]
        output, arrays = read(node)
        for arg, source in enumerate(node.inputs):
            if source.requires_grad:
                share, known = vjp(arg, grad, output, *arrays), grads.get(source)
                if known is None:
                    grads[source] = share
                    heappush(waiting, (-source._serial, source))
                else:
                    grads[source] = known + share


def sgd(params: Iterable[Variable], lr: float) -> None:
    """W ← w − lr · ∂f/∂w for each parameter, as ``torch.optim.SGD`` does without momentum.

    Parameters
    ----------
    params : iterable of Variable
        Each gets a new array as its value.
    lr : float
        The learning rate α.

    Raises
    ------
    ArgumentError
        If a parameter has no gradient yet; then none of them has moved.

    Examples
    --------
    >>> w = Variable([1.0, 2.0], name="w")
    >>> (w * w).sum().backward()
    >>> sgd([w], lr=0.25)
    >>> w.value
    array([0.5, 1. ])
    """
    steps = []
    for p in params:
        if p.grad is None or p.value is None:
            raise ArgumentError(p.name or "params", "no gradient", "backward() before the step", "w <- w - lr * grad")
        steps.append((p, _as_float(p.name or "params", p.value - lr * p.grad)))
    for p, value in steps:
        p.value = value


def zero_grad(params: Iterable[Variable]) -> None:
    """Forget the gradients, so that the next `backward` does not add to them.

    Parameters
    ----------
    params : iterable of Variable

    Examples
    --------
    >>> w = Variable([1.0, 2.0], name="w")
    >>> w.sum().backward()
    >>> zero_grad([w])
    >>> w.grad is None
    True
    """
    for p in params:
        p.grad = None


def _as_float(name: str, value: Any) -> Array:
    array = as_array(name, value)
    if array.dtype.kind == "f":
        return array
    if array.size and np.abs(array).max() > 2**53:
        raise ArgumentError(name, "an integer beyond 2**53", "integers that float64 holds exactly")
    return array.astype(np.float64)


def _frozen_copy(name: str, value: Any) -> Array:
    """A read-only copy: an array that changed behind the graph's back would give wrong gradients."""
    array = _as_float(name, value).copy()
    array.flags.writeable = False
    return array


def _as_variable(value: Any) -> Variable:
    return value if isinstance(value, Variable) else Variable(value, requires_grad=False)


@lru_cache(maxsize=4096)
def _output_shape(op: Op, shapes: tuple[PartialShape | None, ...]) -> PartialShape | None:
    """Shape of the result, as far as the shapes of the inputs tell it."""
    known = [s for s in shapes if s is not None]
    partial = len(known) < len(shapes) or any(size is None for s in known for size in s)
    if partial and (len(known) < len(shapes) or op.signature_for(*map(len, known)) is None):
        return None
    return op.shape(*known)  # type: ignore[arg-type]


def _check_dtypes(op: Op, arrays: Sequence[Array | None]) -> None:
    known = [(i, a) for i, a in enumerate(arrays) if a is not None]
    first = known[0][1].dtype
    for i, array in known:
        if array.dtype != first:
            raise ArgumentError(op.arguments[i], f"array of {array.dtype}", f"dtype {first}, as the other inputs have")


def _seed(value: Array, gradient: Any) -> Array:
    if gradient is None:
        if value.size != 1:
            raise ArgumentError(
                "gradient", None, f"an array of shape {value.shape}: only a single number has the gradient 1"
            )
        return np.ones_like(value)
    return as_array_like("gradient", gradient, value)


def _topological_order(outputs: Sequence[Variable]) -> tuple[Variable, ...]:
    """What the outputs depend on, in the order in which it was made; no recursion, so a chain of any length fits."""
    found = dict.fromkeys(outputs)
    stack = [*outputs]
    while stack:
        for v in stack.pop().inputs:
            if v not in found:
                found[v] = None
                stack.append(v)
    return tuple(sorted(found, key=attrgetter("_serial")))


def _unique_names(variables: Sequence[Variable]) -> list[str]:
    """Given names, or that of the op; what would be there twice is numbered from 2 on."""
    given = {v.name for v in variables}
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    names = []
    for v in variables:
        name = base = v.name or (type(v.op).__name__.lower() if v.op else "const")
        while name in taken or (name in given and name != v.name):
            numbers[base] = numbers.get(base, 1) + 1
            name = f"{base}{numbers[base]}"
        taken.add(name)
        names.append(name)
    return names
