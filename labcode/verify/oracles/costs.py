"""Costs of layers and networks: their operations counted again, their sizes those of tensors without entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from labcode import ops
from labcode.cost import Cost, GraphCost
from labcode.graph import Graph
from labcode.op import Count, Shape
from labcode.verify.oracles.compare import difference, same
from labcode.verify.oracles.counting import recount
from labcode.verify.oracles.layers import blank, layer
from labcode.verify.watch import Judge

Given = Mapping[str, Any]
VIEWS = (ops.Reshape, ops.Transpose)
LEARNED = ("weight", "bias")


def count(given: Given) -> Judge | None:
    """Operations of a forward call."""
    return _agrees(recount(given["self"], None, *given["shapes"]))


def count_vjp(given: Given) -> Judge | None:
    """Operations of a gradient."""
    return _agrees(recount(given["self"], given["arg"], *given["shapes"]))


def _agrees(theirs: Any) -> Judge | None:
    return None if theirs is None else lambda ours: same(theirs, ours)


def reading(c: Count, convention: str) -> int:
    """What the conventions mean, in words of their own."""
    made = {"exact": c.mul + c.add, "mac": c.mul, "2mac": c.mul + c.mul}
    return made.get(convention, c.mul + c.add - (c.mul_padding + c.add_padding))


def operations(given: Given) -> Judge | None:
    """All operations counted again, then read."""
    cost, direction = given["self"], given["direction"]
    counts = recounted(cost, direction)
    if counts is None:
        return None
    theirs = sum(reading(c, given["convention"]) for c in counts)
    return lambda ours: same(theirs, ours.value)


def recounted(cost: Cost | GraphCost, direction: str) -> list[Count] | None:
    """Every count of a layer or a network, made again."""
    layers = cost.layers if isinstance(cost, GraphCost) else (cost,)
    counts = [recount(c.op, None, *c.inputs) for c in layers] if direction != "backward" else []
    if direction != "forward":
        wanted = ((c, arg) for c in layers for arg, g in enumerate(c.gradients) if g is not None)
        counts += [recount(c.op, arg, *c.inputs) for c, arg in wanted]
        counts += [cost.accumulation] if isinstance(cost, GraphCost) else []
    known = [c for c in counts if c is not None]
    return known if len(known) == len(counts) else None


def read(given: Given) -> Judge:
    """One count, read."""
    theirs = reading(given["count"], given["convention"])
    return lambda ours: same(theirs, ours.value)


def total(direction: str) -> Any:
    """Judge of a network's count in one direction."""

    def ask(given: Given) -> Judge | None:
        counts = recounted(given["self"], direction)
        return None if counts is None else _agrees(sum(counts, Count()))

    return ask


def cost_of_op(given: Given) -> Judge | None:
    """The record of a layer: its output, and every count."""
    return lambda ours: _layer(ours)


def cost_of_graph(given: Given) -> Judge | None:
    """The record of a network: every layer, parameters, activations, and the most numbers alive at once."""
    graph: Graph = given["graph"]
    shapes = [tuple(n or 0 for n in node.shape or ()) for node in graph.nodes]  # labcode refuses unknown ones
    size = [0 if isinstance(n.op, VIEWS) else blank(s).numel() for n, s in zip(graph.nodes, shapes, strict=True)]
    if given["parameters"] is None:
        uses = ((i, n.op.arguments[a]) for n in graph.nodes if n.op for a, i in enumerate(n.inputs))
        learned = {i for i, argument in uses if argument in LEARNED and graph.nodes[i].op is None}
    else:
        learned = {graph.index(name) for name in given["parameters"]}
    parameters, whole = sum(size[i] for i in learned), sum(size)
    each = bytes_of((1,), given["dtype"])
    theirs = (
        parameters,
        whole - parameters,
        each * (parameters + alive(graph, size, [i for i in range(len(size)) if i not in learned])),
        each * (whole + alive(graph, size, [i for i, n in enumerate(graph.nodes) if n.requires_grad])),
    )

    def judge(ours: GraphCost) -> str | None:
        found = (ours.parameters, ours.activations, ours.inference_peak.B, ours.training_peak.B)
        layers = [_layer(c) for c in ours.layers]
        return same(theirs, found) or (None if None in layers else next(filter(None, layers), ""))

    return judge


def _layer(c: Cost) -> str | None:
    """In what a layer's record differs; None if nobody can count it."""
    run = layer(c.op)
    theirs = [recount(c.op, None, *c.inputs)]
    theirs += [recount(c.op, arg, *c.inputs) for arg, g in enumerate(c.gradients) if g is not None]
    if run is None or None in theirs:
        return None
    output = tuple(run(*map(blank, c.inputs)).shape)
    ours = [c.forward, *(g for g in c.gradients if g is not None)]
    return same((output, theirs), (tuple(c.output), ours))


def alive(graph: Graph, size: Sequence[int], kept: Sequence[int]) -> int:
    """Most numbers held during one step, by looking at every value in every step."""
    memory = list(range(len(size)))  # whose memory a node shows
    for i, node in enumerate(graph.nodes):
        if isinstance(node.op, VIEWS):
            memory[i] = memory[node.inputs[0]]
    users = [[t for t, n in enumerate(graph.nodes) if t == i or i in n.inputs] for i in range(len(size))]
    born = [i if node.op else 0 for i, node in enumerate(graph.nodes)]
    shown = {memory[i] for i in graph.outputs}

    def held(i: int, step: int) -> bool:
        last = max((t for j, owner in enumerate(memory) if owner == i for t in users[j]), default=-1)  # a view: never
        return born[i] <= step <= (len(size) if i in shown else last)

    return max(sum(size[i] for i in kept if held(i, step)) for step in range(len(size)))


def parameters(given: Given) -> Judge:
    """Entries of the weights and biases."""
    c = given["self"]
    pairs = zip(c.inputs, c.op.arguments, strict=False)
    return lambda ours: same(sum(blank(shape).numel() for shape, name in pairs if name in LEARNED), ours)


def activations(given: Given) -> Judge | None:
    """Entries of the output."""
    c = given["self"]
    run = layer(c.op)
    return None if run is None else _agrees(run(*map(blank, c.inputs)).numel())


def im2col_shape(given: Given) -> Judge | None:
    """The shape that F.unfold makes; an op that slides no kernel has none."""
    op, shapes = given["op"], given["shapes"]
    if "weight" not in op.arguments or not hasattr(op, "dilation"):
        return lambda ours: same(None, ours)
    if type(op) is not ops.Conv2d or isinstance(op.padding, str) or len(shapes[0]) < 3:
        return None
    run = layer(ops.Unfold(shapes[1][-2:], op.dilation, op.padding, op.stride))
    assert run is not None
    theirs = run(blank((1, *shapes[0])[-4:])).shape
    return lambda ours: same(tuple(theirs), ours)


def bytes_of(shape: Shape, dtype: Any) -> int:
    """Bytes of a tensor."""
    import torch

    name = str(dtype).removeprefix("torch.") if not isinstance(dtype, type) else np.dtype(dtype).name
    return int(torch.empty(shape, dtype=getattr(torch, name), device="meta").nbytes)


def memory(given: Given) -> Judge:
    """Bytes of a tensor of that shape."""
    theirs = bytes_of(given["shape"], given["dtype"])
    return lambda ours: same(theirs, ours.B)


def itemsize(given: Given) -> Judge:
    """Bytes of a tensor of one entry."""
    return lambda ours: same(bytes_of((1,), given["dtype"]), ours)


def expected(given: Given) -> Judge | None:
    """What a counter adds up by its own rule, counted again."""
    tool, c = given["self"], given["cost"]
    counted = recount(c.op, None, *c.inputs[:2])  # without the bias, which counters take apart
    if counted is None:
        return None
    samples = 1 if tool.counts_batch else c.inputs[0][0]
    biases = len(c.inputs) > 2 and tool.counts_bias
    theirs = Fraction(reading(counted, tool.convention) + biases * blank(c.output).numel(), samples)
    return lambda ours: same(theirs, ours)


def ridge(given: Given) -> Judge:
    """Where both limits are the same rate."""
    machine = given["self"]
    return lambda ours: difference(machine.peak, ours * machine.bandwidth)


def attainable(given: Given) -> Judge:
    """One byte's work over the time that it takes."""
    machine, intensity = given["self"], float(given["intensity"])
    slowest = max(intensity / machine.peak, 1 / machine.bandwidth)
    return lambda ours: difference(intensity / slowest, ours)


def seconds(given: Given) -> Judge:
    """The times of computing and of moving, the longer of them."""
    machine, giga = given["self"], 10**9
    slowest = sorted((given["flop"] / giga / machine.peak, given["traffic"] / giga / machine.bandwidth))[-1]
    return lambda ours: difference(slowest, ours)
