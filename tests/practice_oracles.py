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


def dimensions(data: dict[str, Any]) -> Answers:
    """Sizes of torch's tensors and of the Jacobians that autograd forms."""
    rows, columns = data["W"]
    x, w, u, y = (torch.rand(n, 1) for n in (columns, rows * columns, rows, data["labels"]))

    def z_of(w: torch.Tensor) -> torch.Tensor:
        return w.reshape(columns, rows).T @ x

    def q_of(z: torch.Tensor) -> torch.Tensor:
        return u.T @ z

    def loss(q: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return ((q - y) ** 2).sum().reshape(1, 1)

    def jacobian(f: Callable[[torch.Tensor], torch.Tensor], at: torch.Tensor) -> tuple[int, int]:
        outputs = f(at).numel()
        return outputs, torch.autograd.functional.jacobian(f, at).numel() // outputs

    z = z_of(w)
    q = q_of(z)
    nodes = {"x": x, "w": w, "z": z, "q": q, "L": loss(q, y)}
    return {name: tuple(value.shape) for name, value in nodes.items()} | {
        "dL/dq": jacobian(lambda q: loss(q, y), q),
        "dq/dz": jacobian(q_of, z),
        "dz/dw": jacobian(z_of, w),
        "dL/dy": jacobian(lambda y: loss(q, y), y),
        "dL/dw": jacobian(lambda w: loss(q_of(z_of(w)), y), w),
    }


def kernel(data: dict[str, Any]) -> Answers:
    """The first padding that keeps the size, bytes as torch stores them, and a count over shapes."""
    maps, channels, size, k = (data[name] for name in ("maps", "channels", "size", "kernel"))
    layers = (torch.nn.Conv2d(channels, maps, k, padding=p, bias=False, device="meta") for p in range(k))
    layer = next(it for it in layers if it(torch.empty(channels, size, size, device="meta")).shape[-1] == size)
    outputs = layer(torch.empty(channels, size, size, device="meta")).numel()
    products = layer.weight[0].numel()
    return {
        "p": layer.padding[0],
        "bytes": layer.weight.nbytes,
        "mul": outputs * products,
        "add": outputs * (products - 1),
        "total": outputs * (2 * products - 1),
    }


ORACLES: dict[str, Callable[[dict[str, Any]], Answers]] = {
    "1.1": convolution,
    "1.2": convolution,
    "1.3": pooling,
    "2": descent,
    "3": dimensions,
    "4": kernel,
}
