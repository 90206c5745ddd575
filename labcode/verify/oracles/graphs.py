"""Graphs, asked of PyTorch: the same recording played through its layers, its autograd for what derives from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from labcode.graph import Graph, Variable
from labcode.verify.oracles.compare import array, difference, same
from labcode.verify.oracles.layers import LARGEST, blank, layer, tensor
from labcode.verify.watch import Judge

Given = Mapping[str, Any]
UNKNOWN = 7  # stands for a dimension that is free


def replay(graph: Graph, tensors: dict[int, Any]) -> dict[int, Any]:
    """Values of all nodes from those of some, computed by PyTorch's layers; {} if it lacks one of them."""
    values = dict(tensors)
    for i, node in enumerate(graph.nodes):
        if i not in values and node.op is not None:
            run = layer(node.op)
            if run is None:
                return {}
            values[i] = run(*(values[j] for j in node.inputs))
    return values


def leaves(graph: Graph) -> dict[int, Any]:
    """Values of the leaves as tensors, which collect gradients where the Variables do."""
    pairs = zip(graph.nodes, graph.variables, strict=True)
    return {i: tensor(v.value).requires_grad_(v.requires_grad) for i, (n, v) in enumerate(pairs) if n.op is None}


def backward(given: Given) -> Judge | None:
    """Gradients of the leaves: what `backward` adds to them."""
    output: Variable = given["self"]
    graph = Graph(output)
    start = leaves(graph)
    y = replay(graph, start).get(graph.outputs[0])
    if y is None:
        return None
    before = {i: 0 if (g := graph.variables[i].grad) is None else g for i in start}
    upstream = np.ones(y.shape) if given["gradient"] is None else given["gradient"]
    y.backward(tensor(upstream))

    def judge(_: None) -> str:
        pairs = [(before[i] + array(t.grad), graph.variables[i].grad) for i, t in start.items() if t.grad is not None]
        return next(filter(None, (difference(theirs, ours) for theirs, ours in pairs)), "")

    return judge


def sgd(given: Given) -> Judge | None:
    """One step of torch.optim.SGD."""
    import torch

    if not isinstance(given["params"], Sequence):  # something that can be gone through only once
        return None
    params = list(given["params"])
    theirs = [tensor(p.value).requires_grad_() for p in params]
    for t, p in zip(theirs, params, strict=True):
        t.grad = tensor(p.grad)
    torch.optim.SGD(theirs, lr=given["lr"]).step()
    return lambda _: next(filter(None, (difference(t, p.value) for t, p in zip(theirs, params, strict=True))), "")


def jacobian(given: Given) -> Judge | None:
    """The Jacobian by autograd, its rows and columns stacked as asked."""
    return _jacobian(_between(given["f"], given["x"]), given["f"].value, given["x"].value, given)


def jvp(given: Given) -> Judge:
    """A tangent handed on from x to f by autograd."""
    theirs = _tangent(_between(given["f"], given["x"]), given["x"].value, given["u"])
    return lambda ours: difference(theirs, ours)


def vjp(given: Given) -> Judge:
    """A gradient handed on from f to x by autograd."""
    import torch

    at = tensor(given["x"].value)
    theirs = torch.autograd.functional.vjp(_between(given["f"], given["x"]), at, tensor(given["v"]))[1]
    return lambda ours: difference(theirs, ours)


def _between(f: Variable, x: Variable) -> Callable[[Any], Any]:
    """The function that leads from x to f, all else as it is."""
    graph = Graph(f, x)
    start, end = graph.outputs
    fixed = {i: t.detach() for i, t in leaves(graph).items()}
    return lambda t: replay(graph, {**fixed, end: t})[start]


def _tangent(function: Callable[[Any], Any], at: Any, tangent: Any) -> np.ndarray:
    import torch

    return array(torch.autograd.functional.jvp(function, tensor(at), tensor(tangent))[1])


def edge_jacobian(given: Given) -> Judge | None:
    """The Jacobian of one layer by one of its inputs."""
    graph, edge, values = given["graph"], given["edge"], given["values"]
    node = graph.nodes[edge.target]
    run, inputs = layer(node.op), [tensor(values[i]) for i in node.inputs]
    if run is None:
        return None
    function = lambda t: run(*inputs[: edge.arg], t, *inputs[edge.arg + 1 :])  # noqa: E731 - shorter than a def
    return _jacobian(function, values[edge.target], values[edge.source], given)


def _jacobian(function: Callable[[Any], Any], output: Any, at: Any, given: Given) -> Judge:
    """All entries; of a large one the product with a random vector, which another matrix does not have."""
    import torch

    def numerator(ours: Any) -> Any:
        return ours if given["layout"] == "numerator" else ours.T

    rows, columns = (np.arange(a.size).reshape(a.shape).ravel(given["order"]) for a in (output, at))
    if output.size * at.size > LARGEST:
        u = np.random.default_rng().normal(size=at.shape)
        product = _tangent(function, at, u).ravel()[rows]
        return lambda ours: difference(product, numerator(ours) @ u.ravel()[columns])
    entries = array(torch.autograd.functional.jacobian(function, tensor(at)).reshape(output.size, at.size))
    return lambda ours: difference(entries[rows][:, columns], numerator(ours))


def vec(given: Given) -> Judge:
    """Columns one after the other, or rows."""
    A = tensor(given["A"])
    stacked = (A.permute(*reversed(range(A.ndim))) if given["order"] == "F" else A).reshape(-1)
    return lambda ours: difference(stacked, ours)


def chain(given: Given) -> Judge:
    """The product of the factors."""
    import torch

    factors = [tensor(f) for f in given["factors"]]
    theirs = torch.linalg.multi_dot(factors) if len(factors) > 1 else factors[0]
    return lambda ours: difference(theirs, ours)


def infer(given: Given) -> Judge:
    """Dimensions: leaves of the sizes inferred, run through PyTorch's layers, give all others."""
    graph = Graph(*given["outputs"])

    def judge(found: Any) -> str | None:
        shapes = {i: found.shapes.get(node.name) for i, node in enumerate(graph.nodes)}
        if None in shapes.values():
            return None
        full = {i: tuple(UNKNOWN if n is None else n for n in s or ()) for i, s in shapes.items()}
        played = replay(graph, {i: blank(s) for i, s in full.items() if graph.nodes[i].op is None})
        if not played:
            return None
        sizes = [(played[e.target].numel(), played[e.source].numel()) for e in graph.edges]
        ours = [(e.rows, e.columns) for e in found.edges]
        theirs = [
            tuple(n if known is not None else None for n, known in zip(pair, mine, strict=True))
            for pair, mine in zip(sizes, ours, strict=True)
        ]
        return same({i: tuple(t.shape) for i, t in played.items()}, full) or same(theirs, ours)

    return judge


def kronecker(given: Given) -> Judge:
    """∂vec(W x)/∂vec(W) by autograd."""
    import torch

    x, rows, order = tensor(given["x"]).reshape(-1), given["rows"], given["order"]
    W = torch.zeros(rows, len(x), dtype=x.dtype)
    theirs = torch.autograd.functional.jacobian(lambda w: w @ x, W).reshape(rows, -1)
    columns = np.arange(W.numel()).reshape(W.shape).ravel(order)
    return lambda ours: difference(array(theirs)[:, columns], ours)


def toeplitz(given: Given) -> Judge:
    """∂vec(w ⋆ x)/∂vec(x) by autograd, the image padded beforehand."""
    import torch
    from torch.nn import functional as F  # noqa: N812 - the name that PyTorch's own documentation uses

    windows, sizes, w = given["windows"], given["sizes"], tensor(given["w"])
    weight = w if w.ndim > len(windows) else w[None, None]
    settings = {name: [getattr(window, name) for window in windows] for name in ("stride", "dilation")}
    around = [side for window in reversed(windows) for side in window.padding]
    layer = getattr(F, f"conv{len(windows)}d")
    x = torch.zeros(weight.shape[1], *sizes, dtype=w.dtype)
    theirs = torch.autograd.functional.jacobian(lambda image: layer(F.pad(image, around), weight, **settings), x)
    matrix = array(theirs.reshape(-1, x.numel()))
    return lambda ours: difference(matrix, ours.toarray() if hasattr(ours, "toarray") else ours)


def homogeneous(given: Given) -> Judge:
    """A row of ones below."""
    import torch

    x = tensor(given["x"])
    theirs = torch.cat([x, torch.ones(1, *x.shape[1:], dtype=x.dtype)])
    return lambda ours: difference(theirs, ours)


def correlate(given: Given) -> Judge:
    """conv2d."""
    from torch.nn import functional as F  # noqa: N812 - everybody's name for it

    theirs = F.conv2d(tensor(given["image"])[None, None], tensor(given["kernel"])[None, None])[0, 0]
    return lambda ours: difference(theirs, ours)


def gradient_shape(given: Given) -> Judge:
    """Rows and columns of a Jacobian of task 3: entries of both tensors when the graph runs on numbers."""
    graph = Graph(given["reading"].numbers())
    played = replay(graph, leaves(graph))
    theirs = tuple(played[graph.index("W" if given[n] == "w" else given[n])].numel() for n in ("of", "by"))
    return lambda ours: same(theirs, ours)
