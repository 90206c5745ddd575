"""A torch module as a graph of labcode's ops, by one forward pass with hooks; torch is imported only here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labcode import ops
from labcode.errors import ArgumentError
from labcode.graph import Graph, Variable, record
from labcode.op import Op, Shape
from labcode.ops.rearrange import joined

Rule = Callable[[Any, Shape], Op | None]  # (module, shape of its input) -> op; None: the input as it is

CONV = ("stride", "padding", "dilation", "groups")
CONV_TRANSPOSE = ("stride", "padding", "output_padding", "groups", "dilation")
MAX_POOL = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
AVG_POOL = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad")
_ONLY = {"padding_mode": "zeros", "divisor_override": None, "return_indices": False}  # what the ops mean


def walk(module: Any, shape: Shape, rules: Mapping[type, Rule] | None = None) -> Graph:
    """Graph of a torch module, from one forward pass in evaluation mode on an input of this shape.

    Every module without children must have a rule, and so must what happens between them: tensors
    may be added, reshaped and put through relu there. Anything else is an error, never a gap in
    the count. A module called twice appears twice, with one set of parameters. A module on torch's
    "meta" device is walked without computing anything.

    Parameters
    ----------
    module : torch.nn.Module
        It comes back as it was: same mode, no hooks left.
    shape : tuple of int
        Shape of the input.
    rules : mapping of module type to function, optional
        Added to labcode's own: function(module, input shape) gives an op, or None for a module
        that hands its input on.

    Returns
    -------
    Graph
        Shapes without values; the input is data, parameters need gradients if torch's do.

    Raises
    ------
    ArgumentError
        For a module, or an operation between modules, that has no rule.

    Examples
    --------
    >>> import torch
    >>> graph = walk(torch.nn.Sequential(torch.nn.Conv2d(3, 16, 3, padding=1), torch.nn.ReLU()), (1, 3, 8, 8))
    >>> [(node.name, node.shape) for node in graph.nodes if node.op]
    [('0', (1, 16, 8, 8)), ('1', (1, 16, 8, 8))]
    """
    import torch

    recorder = _Recorder({**_rules(), **(rules or {})})
    first = next(module.parameters(), torch.empty(0))
    x = torch.zeros(tuple(shape), dtype=first.dtype, device=first.device)
    recorder.know(x, Variable(shape=tuple(shape), name="input", requires_grad=False))
    modes = {m: m.training for m in module.modules()}
    handles = [handle for name, m in module.named_modules() if recorder.is_leaf(m) for handle in recorder.hook(name, m)]
    try:
        module.eval()
        with torch.no_grad(), _between_modules(recorder):
            y = module(x)
    finally:
        for handle in handles:
            handle.remove()
        for m, training in modes.items():
            m.training = training
    return Graph(*map(recorder.variable, y if isinstance(y, tuple | list) else (y,)))


class _Recorder:
    """What is known of the tensors that the forward pass makes: which Variable each one is."""

    def __init__(self, rules: Mapping[type, Rule]) -> None:
        self.rules, self.depth = rules, 0
        self._of: dict[int, Variable] = {}
        self._kept: list[Any] = []  # a tensor that is kept alive keeps its id to itself

    def know(self, tensor: Any, variable: Variable) -> None:
        self._of[id(tensor)] = variable
        self._kept.append(tensor)

    def variable(self, tensor: Any) -> Variable:
        if id(tensor) not in self._of:
            value = f"{type(tensor).__name__} of shape {tuple(getattr(tensor, 'shape', ()))}"
            raise ArgumentError("module", value, "tensors made by modules that have a rule")
        return self._of[id(tensor)]

    def is_leaf(self, module: Any) -> bool:
        return type(module) in self.rules or not any(True for _ in module.children())

    def hook(self, name: str, module: Any) -> tuple[Any, Any]:
        return module.register_forward_pre_hook(self.enter), module.register_forward_hook(
            lambda m, inputs, output: self.leave(name or type(m).__name__.lower(), m, inputs, output)
        )

    def enter(self, module: Any, inputs: tuple[Any, ...]) -> None:
        if type(module) not in self.rules:
            known = ", ".join(sorted(t.__name__ for t in self.rules))
            raise ArgumentError("module", type(module).__name__, f"one of {known}, or a rule for it")
        self.variable(inputs[0])
        self.depth += 1

    def leave(self, name: str, module: Any, inputs: tuple[Any, ...], output: Any) -> None:
        self.depth -= 1
        x = self.variable(inputs[0])
        op = self.rules[type(module)](module, tuple(inputs[0].shape))
        if op is None:
            self.know(output, x)
            return
        own = [(n, p) for n in op.arguments if (p := getattr(module, n, None)) is not None]
        self.know(output, record(op, x, *(self.parameter(f"{name}.{n}", p) for n, p in own)).named(name))
        if self.variable(output).shape != tuple(output.shape):
            raise ArgumentError("rules", f"{type(op).__name__} for {name}", f"an op of shape {tuple(output.shape)}")

    def parameter(self, name: str, tensor: Any) -> Variable:
        if id(tensor) not in self._of:
            self.know(tensor, Variable(shape=tuple(tensor.shape), name=name, requires_grad=tensor.requires_grad))
        return self._of[id(tensor)]


def _between_modules(recorder: _Recorder) -> Any:
    """A mode that sees every torch function called outside the hooked modules."""
    import torch
    from torch.overrides import TorchFunctionMode, resolve_name

    tensor, functional = torch.Tensor, torch.nn.functional
    views = {torch.flatten, torch.reshape, tensor.flatten, tensor.reshape, tensor.view}
    sums = {torch.add, tensor.add, tensor.add_, tensor.__add__, tensor.__iadd__}
    relus = {torch.relu, tensor.relu, functional.relu}

    class Mode(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            result = func(*args, **(kwargs or {}))
            if recorder.depth or not isinstance(result, tensor):
                return result
            shape = tuple(result.shape)
            if func in views:
                recorder.know(result, record(ops.Reshape(shape), recorder.variable(args[0])))
            elif func in relus:
                recorder.know(result, record(ops.ReLU(), recorder.variable(args[0])))
            elif func in sums and not kwargs and all(isinstance(a, tensor) for a in args[:2]):
                recorder.know(result, record(ops.Add(), *map(recorder.variable, args[:2])))
            else:
                name = resolve_name(func) or str(func)
                raise ArgumentError("module", f"{name} between modules", "a module, +, relu, or a reshape")
            return result

    return Mode()


def _rules() -> dict[type, Rule]:
    """The op of each torch module that labcode knows."""
    from torch import nn

    def settings(op: type[Op], *names: str) -> Rule:
        def rule(module: Any, shape: Shape) -> Op:
            for name, only in _ONLY.items():
                if getattr(module, name, only) != only:
                    raise ArgumentError(name, repr(getattr(module, name)), repr(only))
            return op(*(getattr(module, name) for name in names))

        return rule

    def pass_on(module: Any, shape: Shape) -> None:
        return None

    return {
        nn.Conv1d: settings(ops.Conv1d, *CONV),
        nn.Conv2d: settings(ops.Conv2d, *CONV),
        nn.ConvTranspose1d: settings(ops.ConvTranspose1d, *CONV_TRANSPOSE),
        nn.ConvTranspose2d: settings(ops.ConvTranspose2d, *CONV_TRANSPOSE),
        nn.MaxPool1d: settings(ops.MaxPool1d, *MAX_POOL),
        nn.MaxPool2d: settings(ops.MaxPool2d, *MAX_POOL),
        nn.AvgPool1d: settings(ops.AvgPool1d, *AVG_POOL),
        nn.AvgPool2d: settings(ops.AvgPool2d, *AVG_POOL),
        nn.AdaptiveAvgPool2d: _adaptive_avg_pool2d,
        nn.Linear: settings(ops.Linear),
        nn.ReLU: settings(ops.ReLU),
        nn.Sigmoid: settings(ops.Sigmoid),
        nn.Tanh: settings(ops.Tanh),
        nn.Softmax: settings(ops.Softmax, "dim"),
        nn.LogSoftmax: settings(ops.LogSoftmax, "dim"),
        nn.Flatten: _flatten,
        nn.Dropout: pass_on,
        nn.Identity: pass_on,
    }


def _flatten(module: Any, shape: Shape) -> Op:
    return ops.Reshape(joined(shape, module.start_dim, module.end_dim))


def _adaptive_avg_pool2d(module: Any, shape: Shape) -> Op:
    """Average pooling whose window divides the input evenly."""
    wanted = module.output_size if isinstance(module.output_size, tuple) else (module.output_size,) * 2
    target = tuple(n if t is None else t for t, n in zip(wanted, shape[-2:], strict=True))
    if any(n % t for n, t in zip(shape[-2:], target, strict=True)):
        raise ArgumentError("output_size", target, f"divisors of the input's {shape[-2:]}", "windows of one size")
    return ops.AvgPool2d(tuple(n // t for n, t in zip(shape[-2:], target, strict=True)))
