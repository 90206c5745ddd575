"""The answers of every problem once more, by torch or by counting; nothing here computes with labcode."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name PyTorch's documentation uses

Answers = dict[str, Any]


def tensor(values: Any) -> torch.Tensor:
    return torch.tensor([float(v) for v in flat(values)], dtype=torch.float64).reshape(shape(values))


def flat(values: Any) -> list[Any]:
    return [n for v in values for n in flat(v)] if isinstance(values, tuple) else [values]


def shape(values: Any) -> tuple[int, ...]:
    return (len(values), *shape(values[0])) if isinstance(values, tuple) else ()


def convolution(data: dict[str, Any]) -> Answers:
    x, w = tensor(data["x"])[None, None], tensor(data["w"])[None, None]
    return {"y": F.conv2d(x, w, stride=data["stride"], padding=data["padding"])[0, 0]}


def pooling(data: dict[str, Any]) -> Answers:
    return {"y": F.max_pool2d(tensor(data["x"])[None, None], data["window"])[0, 0]}


def descent(data: dict[str, Any]) -> Answers:
    x, w = tensor(data["x"])[None, None], tensor(data["w"])[None, None].requires_grad_()
    z = F.conv1d(x, w)
    f = F.max_pool1d(z, z.shape[-1])
    f.backward()
    gradient = w.grad.clone()
    torch.optim.SGD([w], lr=float(Fraction(data["alpha"]))).step()
    z_after = F.conv1d(x, w)
    after = F.max_pool1d(z_after, z_after.shape[-1])
    return {"z": z, "f": f, "g": gradient, "w-new": w.clone(), "f-after": after}


ORACLES: dict[str, Callable[[dict[str, Any]], Answers]] = {
    "1.1": convolution,
    "1.2": convolution,
    "1.3": pooling,
    "2": descent,
}
