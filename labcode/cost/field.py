"""Receptive fields: a stack of windows is one window."""

from __future__ import annotations

from functools import reduce
from typing import TypeGuard

from labcode.cost.model import Layer
from labcode.errors import ArgumentError
from labcode.geometry import Window
from labcode.graph import Graph
from labcode.op import Op, PartialShape, Shape
from labcode.ops import AvgPool1d, AvgPool2d, Conv1d, Conv2d, MaxPool1d, MaxPool2d

FIELD_RULE = "a convolution (with its weight's shape), a pooling layer or an elementwise op"
Windows = tuple[Window, ...]


def receptive_field(*layers: Layer | Graph, source: str | None = None) -> Windows:
    """kernel = k₁ + s₁(k₂ − 1), stride = s₁s₂, padding = p₁ + s₁p₂, axis by axis, for two layers; and so on.

    Parameters
    ----------
    *layers : Op or (Op, weight shape), or one Graph
        A stack, first layer first, or a graph; paths that join must have equal strides.
    source : str, optional
        In a graph, the leaf that is looked at; it may be left out where only one leaf is no parameter.

    Returns
    -------
    tuple of Window
        For each spatial axis the one window that reads what the stack reads: `kernel` is the
        receptive field, `stride` the effective stride, `padding` the effective padding, `start(p)`
        the first input position behind output p. Its `output_size` is the stack's (ceil_mode apart).

    Raises
    ------
    ArgumentError
        For an op that has no window (a linear layer reads everything), or paths of unequal strides.

    References
    ----------
    A. Araujo, W. Norris, J. Sim, *Computing Receptive Fields of Convolutional Neural Networks*,
    Distill (2019), doi 10.23915/distill.00021.

    Examples
    --------
    >>> from labcode import ops
    >>> conv = (ops.Conv2d(padding=1), (1, 1, 3, 3))
    >>> rows, columns = receptive_field(conv, conv, ops.MaxPool2d(2))
    >>> rows.kernel, rows.stride, rows.padding
    (6, 2, (2, 2))
    """
    if len(layers) == 1 and isinstance(layers[0], Graph):
        return _of_graph(layers[0], source)
    field: Windows = ()
    for layer in layers:
        if isinstance(layer, Graph):
            raise ArgumentError("layers", "a graph among layers", "one graph, or layers")
        op, *shapes = layer if isinstance(layer, tuple) else (layer,)
        field = _compose(field, _windows(op, *shapes))
    return _checked(field)


def _windows(op: Op, *parameters: Shape) -> Windows:
    """The windows of one op; none for an elementwise op, which reads one entry."""
    if isinstance(op, MaxPool1d | MaxPool2d | AvgPool1d | AvgPool2d):
        return op.windows
    if isinstance(op, Conv1d | Conv2d) and parameters:
        return op.windows(parameters[0][-op.axes :])
    if op.signature in ("*->*", "*,*->*"):
        return ()
    raise ArgumentError("layers", type(op).__name__, FIELD_RULE)


def _compose(first: Windows, second: Windows) -> Windows:
    """The windows that read what `second` reads of what `first` makes."""
    if not second:
        return first
    first = first or (Window(1),) * len(second)
    if len(first) != len(second):
        raise ArgumentError("layers", f"{len(first)} and {len(second)} axes", "one number of axes in all layers")
    return tuple(
        Window(
            kernel=f.extent + f.stride * (s.extent - 1),
            stride=f.stride * s.stride,
            padding=(f.padding[0] + f.stride * s.padding[0], f.padding[1] + f.stride * s.padding[1]),
        )
        for f, s in zip(first, second, strict=True)
    )


def _union(a: Windows, b: Windows, node: str) -> Windows:
    """The windows that read all that `a` and `b` read."""
    if [w.stride for w in a] != [w.stride for w in b]:
        raise ArgumentError(node, "paths of unequal strides", "equal effective strides on all paths that join")
    joined = []
    for v, w in zip(a, b, strict=True):
        before = max(v.padding[0], w.padding[0])
        end = max(v.extent - v.padding[0], w.extent - w.padding[0])
        after = v.padding[1] + end - (v.extent - v.padding[0])
        joined.append(Window(before + end, v.stride, (before, after)))
    return tuple(joined)


def _of_graph(graph: Graph, source: str | None) -> Windows:
    fields: dict[int, Windows] = {graph.index(source) if source else _only_input(graph): ()}
    for i, node in enumerate(graph.nodes):
        reached = [fields[j] for j in node.inputs if j in fields]
        if node.op is None or not reached:
            continue
        parameters = (graph.nodes[j].shape for j in node.inputs[1:])
        fields[i] = _compose(_join(reached, node.name), _windows(node.op, *(s for s in parameters if _known(s))))
    return _checked(fields.get(graph.outputs[-1], ()))


def _join(reached: list[Windows], node: str) -> Windows:
    """The union over all paths that meet in one node; a path without windows reads one entry."""
    axes = max(map(len, reached))
    fields = [field or (Window(1),) * axes for field in reached]
    return reduce(lambda a, b: _union(a, b, node), fields)


def _only_input(graph: Graph) -> int:
    """The leaf that enters as first argument of an op."""
    first = {node.inputs[0] for node in graph.nodes if node.op and graph.nodes[node.inputs[0]].op is None}
    if len(first) != 1:
        names = ", ".join(graph.nodes[i].name for i in sorted(first))
        raise ArgumentError("source", None, f"the name of one of the inputs {names}")
    return first.pop()


def _known(shape: PartialShape | None) -> TypeGuard[Shape]:
    return shape is not None and None not in shape


def _checked(field: Windows) -> Windows:
    if not field:
        raise ArgumentError("layers", "no window", f"at least one layer with a window: {FIELD_RULE}")
    return field
