"""The answers of every problem once more, by torch or by counting; nothing here computes with labcode."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
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


def output_size(data: dict[str, Any]) -> Answers:
    """Count the starts at which the whole window lies on the padded axis."""
    end = data["n"] + 2 * data["padding"]
    span = [t * data["dilation"] for t in range(data["kernel"])]
    return {"y": sum(start + span[-1] < end for start in range(0, end, data["stride"]))}


def same_padding(data: dict[str, Any]) -> Answers:
    def size(p: int) -> int:
        layer = torch.nn.Conv1d(1, 1, data["kernel"], padding=p, dilation=data["dilation"], device="meta")
        return layer(torch.empty(1, 1, data["n"], device="meta")).shape[-1]

    least = max(0, (data["dilation"] * (data["kernel"] - 1) + 2 - data["n"]) // 2)  # else the window does not fit
    return {"p": next(p for p in range(least, 200) if size(p) == data["n"])}


def dilated(data: dict[str, Any]) -> Answers:
    return {"y": F.conv1d(tensor(data["x"])[None, None], tensor(data["w"])[None, None], dilation=data["dilation"])}


def channels(data: dict[str, Any]) -> Answers:
    bias = torch.tensor([float(data["b"])], dtype=torch.float64)
    return {"y": F.conv2d(tensor(data["x"])[None], tensor(data["w"])[None], bias)}


def transposed(data: dict[str, Any]) -> Answers:
    x, w = tensor(data["x"])[None, None], tensor(data["w"])[None, None]
    return {"y": F.conv_transpose1d(x, w, stride=data["stride"])}


def kernel_gradient(data: dict[str, Any]) -> Answers:
    x = tensor(data["x"])[None, None]
    w = torch.zeros(1, 1, data["taps"], dtype=torch.float64, requires_grad=True)
    F.conv1d(x, w).backward(tensor(data["u"])[None, None])
    return {"g": w.grad}


def input_gradient(data: dict[str, Any]) -> Answers:
    x = torch.zeros(1, 1, data["n"], dtype=torch.float64, requires_grad=True)
    F.conv1d(x, tensor(data["w"])[None, None]).backward(tensor(data["u"])[None, None])
    return {"g": x.grad}


def mean_pooling(data: dict[str, Any]) -> Answers:
    w = tensor(data["w"])[None, None].requires_grad_()
    f = F.conv1d(tensor(data["x"])[None, None], w).mean()
    f.backward()
    return {"f": f, "g": w.grad}


def chain_rule(data: dict[str, Any]) -> Answers:
    w, b = (torch.tensor(float(data[name]), requires_grad=True) for name in ("w", "b"))
    a = w * data["x"] + b
    loss = (F.relu(a) - data["y"]) ** 2
    loss.backward()
    return {"a": a, "L": loss, "b-grad": b.grad, "w-grad": w.grad}


def plane(data: dict[str, Any]) -> Answers:
    w = tensor(data["w"])[None, None].requires_grad_()
    z = F.conv2d(tensor(data["x"])[None, None], w)
    f = z.max()
    f.backward()
    return {"z": z, "f": f, "g": w.grad, "w-new": w - float(data["alpha"]) * w.grad}


def vec(data: dict[str, Any]) -> Answers:
    return {"v": tensor(data["A"]).T.flatten()}


def jacobian_of(f: Callable[[torch.Tensor], torch.Tensor], at: torch.Tensor) -> Answers:
    return {"J": torch.autograd.functional.jacobian(f, at)}


def square_jacobian(data: dict[str, Any]) -> Answers:
    return jacobian_of(torch.square, tensor(data["x"]))


def convolution_matrix(data: dict[str, Any]) -> Answers:
    w = tensor(data["w"])[None, None]
    return jacobian_of(lambda x: F.conv1d(x[None, None], w, stride=data["stride"])[0, 0], tensor(data["x"]))


def weight_jacobian(data: dict[str, Any]) -> Answers:
    x = tensor(data["x"])
    return jacobian_of(lambda w: w.reshape(len(x), 2).T @ x, torch.rand(2 * len(x), dtype=torch.float64))


def chain(data: dict[str, Any]) -> Answers:
    return {"r": tensor(data["g"]) @ tensor(data["M"])}


def chain_order(data: dict[str, Any]) -> Answers:
    """Count the products that plain loops make."""

    def multiply(p: tuple[int, int], q: tuple[int, int]) -> tuple[int, tuple[int, int]]:
        return sum(1 for _ in product(range(p[0]), range(p[1]), range(q[1]))), (p[0], q[1])

    a, b, c = (1, data["a"]), (data["a"], data["b"]), (data["b"], data["c"])
    first, ab = multiply(a, b)
    last, bc = multiply(b, c)
    return {"left": first + multiply(ab, c)[0], "right": last + multiply(a, bc)[0]}


def conv(data: dict[str, Any], **settings: Any) -> torch.nn.Conv2d:
    return torch.nn.Conv2d(data["channels"], data["maps"], data["kernel"], device="meta", **settings)


def parameters(data: dict[str, Any]) -> Answers:
    return {"n": sum(p.numel() for p in conv(data).parameters())}


def activations(data: dict[str, Any]) -> Answers:
    images = torch.empty(data["batch"], data["channels"], data["size"], data["size"], device="meta")
    output = conv(data, stride=data["stride"], padding=data["padding"])(images)
    return {"side": output.shape[-1], "B": output.nbytes}


def depthwise(data: dict[str, Any]) -> Answers:
    c, n, k = data["channels"], data["size"], data["kernel"]
    first = torch.nn.Conv2d(c, c, k, padding="same", groups=c, device="meta")
    second = torch.nn.Conv2d(c, data["maps"], 1, device="meta")
    between = first(torch.empty(1, c, n, n, device="meta"))
    d = between.numel() * first.weight[0].numel()
    p = second(between).numel() * second.weight[0].numel()
    return {"d": d, "p": p, "t": d + p}


def dense(data: dict[str, Any]) -> Answers:
    inputs = torch.empty(data["maps"], data["size"], data["size"]).flatten()
    layer = torch.nn.Linear(len(inputs), data["units"], device="meta")
    return {"n": sum(p.numel() for p in layer.parameters()), "m": layer.weight.numel()}


def receptive_field(data: dict[str, Any]) -> Answers:
    """Which entries reach an output, by a gradient of ones through layers of ones."""

    def reach(place: int) -> list[int]:
        x = torch.zeros(1, 1, 400, dtype=torch.float64, requires_grad=True)
        y = x
        for k, s in zip(data["k"], data["s"], strict=True):
            y = F.conv1d(y, torch.ones(1, 1, k, dtype=torch.float64), stride=s)
        y[0, 0, place].backward()
        return x.grad[0, 0].nonzero().flatten().tolist()

    return {"r": reach(0)[-1] - reach(0)[0] + 1, "t": reach(1)[0] - reach(0)[0]}


def im2col(data: dict[str, Any]) -> Answers:
    image = torch.zeros(1, data["channels"], data["size"], data["size"])
    columns = F.unfold(image, data["kernel"], padding=data["padding"], stride=data["stride"])
    return {"m": tuple(columns.shape[1:])}


ORACLES: dict[str, Callable[[dict[str, Any]], Answers]] = {
    "1.1": convolution,
    "1.2": convolution,
    "1.3": pooling,
    "2": descent,
    "3": dimensions,
    "4": kernel,
    "output-size": output_size,
    "same-padding": same_padding,
    "dilated": dilated,
    "channels": channels,
    "transposed": transposed,
    "kernel-gradient": kernel_gradient,
    "input-gradient": input_gradient,
    "mean-pooling": mean_pooling,
    "chain-rule": chain_rule,
    "plane": plane,
    "vec": vec,
    "square-jacobian": square_jacobian,
    "convolution-matrix": convolution_matrix,
    "weight-jacobian": weight_jacobian,
    "chain": chain,
    "chain-order": chain_order,
    "parameters": parameters,
    "activations": activations,
    "depthwise": depthwise,
    "dense": dense,
    "receptive-field": receptive_field,
    "im2col": im2col,
}
