"""The cost calculator: a small network of the reader's own sizes, counted under the reader's convention."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from math import prod
from typing import Any, ClassVar

from labcode import ops
from labcode.cost import (
    CONVENTIONS,
    TOOLS,
    Cost,
    GraphCost,
    Layer,
    Roofline,
    itemsize,
    measure_roofline,
    receptive_field,
    stack,
)
from labcode.cost.model import cost_of_graph
from labcode.errors import ArgumentError
from labcode.explore.explorer import Explorer
from labcode.geometry import SIZE_RULE, per_axis
from labcode.op import Op, Shape
from labcode.ops.conv import CHANNEL_RULE
from labcode.render import html

DTYPES = ("float64", "float32", "float16", "bfloat16", "int8")
LABELS = {"size": "image: rows, columns", "peak": "peak, GFLOP/s", "bandwidth": "bandwidth, GB/s"}
EXACT = 2**50  # integers of a browser are exact a little further
MOST = {  # with these, a table stays a table and an answer instant
    **{"batch": 4096, "in_channels": 65536, "out_channels": 65536, "classes": 65536, "convolutions": 12},
    **{"size": 4096, "kernel_size": 64, "stride": 64, "padding": 64, "dilation": 64, "pool": 64},
}


@dataclass(frozen=True)
class CostCalculator(Explorer):
    """A network to be counted; made by `cost`."""

    size: Any
    in_channels: int
    out_channels: int
    kernel_size: Any
    stride: Any
    padding: Any
    dilation: Any
    groups: int
    bias: bool
    convolutions: int
    pool: Any
    classes: int
    batch: int
    dtype: str
    convention: str
    peak: float
    bandwidth: float
    name: str = ""
    conv: ops.Conv2d = field(init=False, repr=False, compare=False)

    kind: ClassVar[str] = "cost"
    title: ClassVar[str] = "What does it cost? A calculator"

    def __post_init__(self) -> None:
        for key, choices in (("dtype", DTYPES), ("convention", tuple(CONVENTIONS))):
            if getattr(self, key) not in choices:
                raise ArgumentError(key, repr(getattr(self, key)), f"one of {', '.join(map(repr, choices))}")
        for key in ("batch", "in_channels", "out_channels", "convolutions", "classes"):
            self._keep(key, per_axis(key, getattr(self, key), 1, 1, "")[0])
        for key in ("size", "kernel_size", "pool"):
            self._keep(key, per_axis(key, getattr(self, key), 2, 1, SIZE_RULE))
        self._keep("conv", ops.Conv2d(self.stride, self.padding, self.dilation, self.groups))
        for key in ("stride", "padding", "dilation", "groups"):
            self._keep(key, getattr(self.conv, key))
        self._check_limits()
        if self.in_channels % self.groups:
            raise ArgumentError("groups", self.groups, f"a divisor of in_channels = {self.in_channels}", CHANNEL_RULE)
        total = self.trace()["total"]
        largest = max(total["operations"]["2mac"], total["training_peak"])
        if largest > EXACT:
            raise ArgumentError("network", f"a count of {largest:.3e}", "at most 2^50, exact in a browser")

    def _keep(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _check_limits(self) -> None:
        for key, most in MOST.items():
            value = getattr(self, key)
            for n in (value,) if isinstance(value, int | str) else value:
                if not isinstance(n, str) and n > most:
                    raise ArgumentError(key, n, f"at most {most}, to be drawn at once")

    @property
    def layers(self) -> dict[str, Layer]:
        """The network: convolutions, each with a relu, a pooling, a linear layer."""
        found: dict[str, Layer] = {}
        shape: Shape = (self.batch, self.in_channels, *self.size)
        for number in range(1, self.convolutions + 1):
            weight = (self.out_channels, shape[1] // self.groups, *self.kernel_size)
            shape = self.conv.shape(shape, weight)
            found[f"conv{number}"] = self._learned(self.conv, weight)
            found[f"relu{number}"] = ops.ReLU()
        found["pool"] = ops.MaxPool2d(self.pool)
        features = prod(ops.MaxPool2d(self.pool).shape(shape)[1:])
        found["flatten"] = ops.Reshape((self.batch, features))
        found["linear"] = self._learned(ops.Linear(), (self.classes, features))
        return found

    def _learned(self, op: Op, weight: Shape) -> Layer:
        return (op, weight, weight[:1]) if self.bias else (op, weight)

    @cached_property
    def network(self) -> GraphCost:
        """What labcode counts."""
        layers = self.layers
        graph = stack((self.batch, self.in_channels, *self.size), *layers.values(), names=tuple(layers))
        return cost_of_graph(graph, self.dtype)

    @property
    def rows(self) -> tuple[Cost, ...]:
        """Its layers; flattening costs nothing."""
        return tuple(layer for layer in self.network.layers if layer.name != "flatten")

    def config(self) -> dict[str, Any]:
        """Sizes, settings, conventions, the machine."""
        keys = [f.name for f in fields(self) if f.name not in ("name", "conv")]
        return {k: list(v) if isinstance(v := getattr(self, k), tuple) else v for k in keys}

    def data(self) -> dict[str, Any]:
        """Also what does not depend on the settings: tools, conventions, sizes of numbers, limits."""
        keys = ("package", "word", "convention", "counts_bias", "counts_batch")
        tools = [{key: getattr(tool, key) for key in keys} for tool in TOOLS]
        conventions = {c.name: {"unit": c.unit, "rule": c.rule} for c in CONVENTIONS.values()}
        sizes = {name: itemsize(name) for name in DTYPES}
        facts = {"tools": tools, "conventions": conventions, "itemsize": sizes, "most": MOST, "labels": LABELS}
        return {**super().data(), "facts": facts}

    def trace(self) -> dict[str, Any]:
        """What each layer costs, and what the whole does."""
        net, machine = self.network, Roofline(self.peak, self.bandwidth)
        layers = [self._record(layer, machine) for layer in self.rows]
        total = {
            "operations": {c: net.operations(c).value for c in CONVENTIONS},
            "compare": net.forward.compare,
            "parameters": net.parameters,
            "parameter_memory": net.parameter_memory.B,
            "activations": net.activations,
            "activation_memory": net.activation_memory.B,
            "inference_peak": net.inference_peak.B,
            "training_peak": net.training_peak.B,
        }
        return {"layers": layers, "total": total, "ridge": machine.ridge}

    def _record(self, layer: Cost, machine: Roofline) -> dict[str, Any]:
        flop, intensity = layer.operations("2mac").value, float(layer.intensity())
        weight = layer.inputs[1] if len(layer.inputs) > 1 else None
        return {
            "name": layer.name,
            "output": list(layer.output),
            "weight": weight and list(weight),
            "operations": {c: layer.operations(c).value for c in CONVENTIONS},
            "compare": layer.forward.compare,
            "parameters": layer.parameters,
            "parameter_memory": layer.parameter_memory.B,
            "activations": layer.activations,
            "activation_memory": layer.activation_memory.B,
            "im2col": layer.im2col and list(layer.im2col),
            "im2col_memory": layer.im2col_memory.B,
            "traffic": layer.traffic.B,
            "roof": {
                "intensity": intensity,
                "attainable": machine.attainable(intensity),
                "seconds": machine.seconds(flop, layer.traffic.B),
            },
            "sees": self._sees(layer.name),
            "tools": weight and {tool.package: tool.expected(layer) for tool in TOOLS},
        }

    def _sees(self, name: str) -> list[int] | None:
        """The receptive field of one output number; None for a layer that sees all."""
        if name == "linear":
            return None
        layers = self.layers
        until = list(layers)[: list(layers).index(name) + 1]
        return [w.kernel for w in receptive_field(*(layers[n] for n in until))]

    def fallback(self) -> str:
        """What each layer costs, under every convention, and the total."""
        trace = self.trace()
        rows = [[r["name"], _by(r["output"]), *_numbers(r), _by(r["sees"] or ["all"])] for r in trace["layers"]]
        rows.append(["total", "", *_numbers(trace["total"]), ""])
        header = ["layer", "output", "parameters", *CONVENTIONS, "activations", "sees"]
        return html.table(rows, header, "What each layer costs, forward, and the network; activations with the input")


def _numbers(r: dict[str, Any]) -> list[int]:
    return [r["parameters"], *r["operations"].values(), r["activations"]]


def _by(sizes: list[Any]) -> str:
    return " × ".join(map(str, sizes))


def cost(
    size: Any = 16,
    in_channels: int = 3,
    out_channels: int = 4,
    kernel_size: Any = 3,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    bias: bool = True,
    convolutions: int = 1,
    pool: Any = 2,
    classes: int = 10,
    batch: int = 1,
    dtype: str = "float32",
    convention: str = "exact",
    roofline: Roofline | None = None,
    name: str = "",
) -> CostCalculator:
    """Explore what a small network costs: convolutions, each with a relu, a max pooling, a linear layer.

    Shows itself in a notebook and on a page of the book: a table of its layers with totals, and of a chosen layer
    parameters, operations under every convention, which tool prints what, activations, receptive field, roofline.

    Parameters
    ----------
    size : int or (int, int)
        Rows and columns of the image.
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias
        As for ``torch.nn.Conv2d``; a second convolution takes the channels that the first makes.
    convolutions : int
        How many there are.
    pool : int or (int, int)
        Window and stride of the pooling.
    classes : int
        Outputs of the linear layer.
    batch : int
        Images at once.
    dtype : str
        "float64", "float32", "float16", "bfloat16" or "int8".
    convention : str
        A name in `CONVENTIONS`.
    roofline : Roofline, optional
        The machine; this one is measured if none is given.
    name : str
        Key of its state in a link; needed where a page has two.

    Returns
    -------
    CostCalculator

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks the rules of a layer, or is too large to be drawn.

    Examples
    --------
    >>> from labcode.cost import Roofline
    >>> cost(padding=1, roofline=Roofline(100, 20)).trace()["total"]["parameters"]
    2682
    """
    machine = roofline or measure_roofline()
    return CostCalculator(
        size, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bool(bias), convolutions,
        pool, classes, batch, dtype, convention, machine.peak, machine.bandwidth, name,
    )  # fmt: skip
