"""Look into a torch layer of task 1, and name the traps in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from labcode.errors import ArgumentError
from labcode.lab5.problems import find
from labcode.lab5.problems.layers import Layer, Pooling
from labcode.practice.marking import Verdict, mark
from labcode.practice.variants import variant

Trap = tuple[str, str]  # key, sentence
LAYERS = ("1.1", "1.2", "1.3")


def check_module(module: Any, question: str) -> Verdict:
    """Check a torch layer for a question of task 1: its settings, its bias, its weights, its output.

    Parameters
    ----------
    module : torch.nn.Conv2d or torch.nn.MaxPool2d
    question : {"1.1", "1.2", "1.3"}

    Returns
    -------
    Verdict
        True if the layer computes what is asked; else with a sentence for every trap in it, whose keys
        are in `slips`.

    Raises
    ------
    ArgumentError
        For a question that has no layer, or an object that is no torch module.

    Examples
    --------
    >>> import torch
    >>> from labcode import check_module
    >>> layer = torch.nn.Conv2d(1, 1, 2, bias=False, dilation=2)
    >>> layer.weight = torch.nn.Parameter(torch.tensor([[[[1.0, -1.0], [0.0, 2.0]]]]))
    >>> check_module(layer, "1.1")
    ✗ dilation=2 sets the taps two apart; 1 is PyTorch's word for no dilation.
    """
    import torch
    from torch import nn

    if question not in LAYERS:
        raise ArgumentError("question", repr(question), f"one of {', '.join(LAYERS)}, which ask for a layer")
    if not isinstance(module, nn.Module):
        raise ArgumentError("module", f"a {type(module).__name__}", "a layer of torch.nn, such as nn.Conv2d")
    problem, _ = find(question)
    work = problem.original
    wanted: type[nn.Module] = nn.Conv2d if isinstance(work, Layer) else nn.MaxPool2d
    if not isinstance(module, wanted):
        words = f"This is a {type(module).__name__}; the question asks for a {wanted.__name__}."
        return Verdict("slip", words, ("kind",), part="y")
    traps = tuple(_conv_traps(module, work) if isinstance(work, Layer) else _pool_traps(module, work))
    if traps:
        return Verdict("slip", " ".join(words for _, words in traps), tuple(key for key, _ in traps), part="y")
    with torch.no_grad():
        output = module(torch.tensor(work.x, dtype=_dtype(module))[None, None])
    return mark(variant(problem, 0), "y", output)


def _dtype(module: Any) -> Any:
    import torch

    return next((p.dtype for p in module.parameters()), torch.float32)


def _differs(given: Any, wanted: int | tuple[int, ...]) -> bool:
    """Whether a setting for both axes is another than this one."""
    given, wanted = ((v, v) if isinstance(v, int) else v for v in (given, wanted))
    return tuple(given) != tuple(wanted) if not isinstance(given, str) else True


def _conv_traps(module: Any, work: Layer) -> Iterator[Trap]:
    if _differs(module.dilation, 1):
        yield (
            "dilation",
            f"dilation={_one(module.dilation)} sets the taps {_apart(module.dilation)}; 1 is PyTorch's "
            "word for no dilation.",
        )
    if _differs(module.stride, work.stride):
        yield "stride", f"stride={_one(module.stride)} is not the stride that is asked for."
    if _differs(module.padding, work.padding):
        yield "padding", f"padding={_one(module.padding)} is not what is asked for; PyTorch counts it per side."
    if module.padding_mode != "zeros":
        yield "padding-mode", f'padding_mode="{module.padding_mode}" fills the frame with other numbers than zeros.'
    if module.bias is not None and bool((module.bias != 0).any()):
        yield (
            "bias",
            "The layer has a bias: PyTorch draws a random one and adds it to every entry. bias=False leaves it out.",
        )
    yield from _weight_traps(module.weight, work.w)


def _weight_traps(parameter: Any, w: Any) -> Iterator[Trap]:
    weight = parameter.detach().cpu().double().numpy()
    wanted = (1, 1, *w.shape)
    if weight.shape != wanted:
        yield (
            "weight-shape",
            f"The weight has shape {weight.shape}; it needs {wanted}: output channels, input channels, "
            "rows, columns. Two leading axes are added by weight[None, None].",
        )
        return
    known = {"flip": (w[::-1, ::-1], "turned by 180°"), "transpose": (w.T, "transposed")}
    if np.array_equal(weight[0, 0], w):
        return
    for key, (slipped, how) in known.items():
        if np.array_equal(weight[0, 0], slipped):
            yield key, f"The weight is the kernel {how}."
            return
    yield (
        "weight",
        "The weight is not the kernel of the task. A new layer has random weights: put yours in as an nn.Parameter.",
    )


def _pool_traps(module: Any, work: Pooling) -> Iterator[Trap]:
    if _differs(module.kernel_size, work.window):
        yield "window", f"kernel_size={_one(module.kernel_size)} is not the window: rows first, then columns."
    elif _differs(module.stride, work.stride) and _differs(module.stride, 1):
        yield "stride", f"stride={_one(module.stride)} is not the window, which is the default."
    if _differs(module.padding, 0):
        yield "padding", f"padding={_one(module.padding)}: none is asked for."
    if _differs(module.dilation, 1):
        yield "dilation", f"dilation={_one(module.dilation)} sets the entries of a window apart; 1 is none."
    if module.ceil_mode:
        yield "ceil", "ceil_mode=True keeps windows that hang over the edge; the default drops them."


def _one(setting: Any) -> Any:
    """A setting as it is usually written: one number where both axes have the same."""
    return setting[0] if isinstance(setting, tuple) and len(set(setting)) == 1 else setting


def _apart(dilation: Any) -> str:
    return {2: "two apart", 3: "three apart"}.get(_one(dilation), "apart")
