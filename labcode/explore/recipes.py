"""A graph as code to copy: in labcode's words and in PyTorch's.

⟨i⟩ stands for the numbers of input i, ⟨α⟩ for the learning rate, ⟨steps⟩ for how many steps: the page knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from keyword import iskeyword
from typing import Any
from unicodedata import normalize

from labcode.graph import Graph
from labcode.op import Op

TAKEN = {"lc", "ops", "record", "torch", "F", "step"}


def recipe(graph: Graph, params: Sequence[int], loop: bool = False) -> str:
    """The graph in labcode, its gradients, and a step, or steps in a loop."""
    names = _names(graph)
    free = [names[i] for i in params]
    start, body = ["import labcode as lc", "from labcode import ops", "from labcode.graph import record", ""], []
    for name, node in zip(names, graph.nodes, strict=True):
        if node.op is None:
            more = "" if node.requires_grad else ", requires_grad=False"
            start.append(f'{name} = lc.Variable(⟨{names.index(name)}⟩, name="{node.name}"{more})')
        else:
            inputs = ", ".join(names[j] for j in node.inputs)
            body.append(f'{name} = record(ops.{node.op!r}, {inputs}).named("{node.name}")')
    last, params_ = names[-1], f"[{', '.join(free)}]"
    if loop:
        body += [f"print({last}.value)", f"{last}.backward()", f"lc.sgd({params_}, lr=⟨α⟩)", f"lc.zero_grad({params_})"]
        return _joined([*start, *_repeated(body)])
    body += [f"{last}.backward()", f"print({', '.join([f'{last}.value', *(f'{n}.grad' for n in free)])})"]
    if free:
        body += [f"lc.sgd({params_}, lr=⟨α⟩)", f"print({', '.join(f'{n}.value' for n in free)})"]
    return _joined([*start, *body])


def torch_recipe(graph: Graph, params: Sequence[int], loop: bool = False) -> str | None:
    """The same in PyTorch; None if an op has no line of its own there."""
    names = _names(graph)
    free = [names[i] for i in params]
    start, body = ["import torch", "import torch.nn.functional as F", ""], []
    for name, node in zip(names, graph.nodes, strict=True):
        if node.op is None:
            more = ", requires_grad=True" if node.requires_grad else ""
            start.append(f"{name} = torch.tensor(⟨{names.index(name)}⟩, dtype=torch.float64{more})")
            continue
        line = _expression(node.op, [names[j] for j in node.inputs], len(graph.nodes[node.inputs[0]].shape or ()))
        if line is None:
            return None
        body.append(f"{name} = {line}")
    last = names[-1]
    step = ["with torch.no_grad():", *(f"    {n} -= ⟨α⟩ * {n}.grad" for n in free)]  # no SGD takes an α below zero
    if loop:
        body += [f"print({last}.detach())", f"{last}.backward()", *step, *(f"{n}.grad = None" for n in free)]
        return _joined([*start, *_repeated(body)])
    body += [f"{last}.backward()", f"print({', '.join([f'{last}.detach()', *(f'{n}.grad' for n in free)])})"]
    if free:
        body += [*step, f"print({', '.join(f'{n}.detach()' for n in free)})"]
    return _joined([*start, *body])


def _repeated(body: Sequence[str]) -> list[str]:
    return ["for step in range(⟨steps⟩):", *(f"    {line}" for line in body)]


def _joined(lines: Sequence[str]) -> str:
    return "\n".join([*lines, ""])


def _expression(op: Op, inputs: list[str], rank: int) -> str | None:
    """One op in PyTorch."""
    kind, settings = type(op).__name__, vars(op)
    if kind in _SHORT:
        return _SHORT[kind](settings, *inputs)
    name = _LAYERS.get(kind[:-2])
    if name is None:
        return None
    axes, x, *others = int(kind[-2]), *inputs
    words = (
        "kernel_size",
        "stride",
        "padding",
        "output_padding",
        "dilation",
        "groups",
        "ceil_mode",
        "count_include_pad",
    )
    more = ", ".join(f"{word}={settings[word]!r}" for word in words if word in settings)
    bare = rank == axes  # PyTorch wants channels
    if bare:
        others = [f"{o}[None, None]" if k == 0 else o for k, o in enumerate(others)]
    call = f"F.{name}{axes}d({', '.join([f'{x}[None]' if bare else x, *others, more])})"
    return f"{call}[0]" if bare else call


_LAYERS = {"Conv": "conv", "ConvTranspose": "conv_transpose", "MaxPool": "max_pool", "AvgPool": "avg_pool"}
_SHORT: dict[str, Callable[..., str]] = {
    **dict.fromkeys(["MatMul", "MatVec", "VecMat", "Dot"], lambda s, a, b: f"{a} @ {b}"),
    "Linear": lambda s, *inputs: f"F.linear({', '.join(inputs)})",
    "Sum": lambda s, a: f"{a}.sum()",
    "Transpose": lambda s, a: f"{a}.T",
    "Reshape": lambda s, a: f"{a}.reshape({tuple(s['target'])})",
    "Add": lambda s, a, b: f"{a} + {b}",
    "Sub": lambda s, a, b: f"{a} - {b}",
    "Mul": lambda s, a, b: f"{a} * {b}",
    "Scale": lambda s, a: f"{a} * {s['factor']!r}",
    "Square": lambda s, a: f"{a} ** 2",
    "Flip": lambda s, a: f"{a}.flip({s['dims']!r})",
    "Softmax": lambda s, a: f"F.softmax({a}, {s['dim']})",
    "LogSoftmax": lambda s, a: f"F.log_softmax({a}, {s['dim']})",
    "CrossEntropy": lambda s, a: f"F.cross_entropy({a}, torch.tensor({s['target']!r}), reduction={s['reduction']!r})",
    "ReLU": lambda s, a: f"torch.relu({a})",
    "Sigmoid": lambda s, a: f"torch.sigmoid({a})",
    "Tanh": lambda s, a: f"torch.tanh({a})",
    "SquaredError": lambda s, a, b: f"F.mse_loss({a}, {b}, reduction={s['reduction']!r})",
    "PairwiseSquaredError": lambda s, a, b: f"(({a}[:, None] - {b}[None]) ** 2).sum()",
}


def _names(graph: Graph) -> list[Any]:
    """Names of the nodes, if all of them can be names in Python; else numbers."""
    names = [normalize("NFKC", node.name) for node in graph.nodes]  # as Python reads them
    good = len(set(names)) == len(names) and not TAKEN & set(names)
    fit = good and all(n.isidentifier() and not iskeyword(n) for n in names)
    return names if fit else [f"v{i}" for i in range(len(names))]
