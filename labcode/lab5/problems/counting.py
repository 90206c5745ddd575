"""Further problems on costs: parameters, activations, separable and dense layers, receptive fields, im2col."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from labcode import ops
from labcode.cost import Cost, cost, memory, receptive_field
from labcode.op import Op, Shape
from labcode.practice.problem import Part, Problem, Slip, sets
from labcode.practice.solution import Solution

PAGE = "4-cost"


@lru_cache(maxsize=4096)
def remembered(op: Op, image: Shape, weight: Shape, bias: bool = False, dtype: str = "float32") -> Cost:
    """What a layer costs; slips ask for the same one again and again."""
    return cost(op, image, weight, bias=bias, dtype=dtype)


@dataclass(frozen=True, eq=False)
class Layer:
    """A convolution by its sizes; `read` takes the number that is asked for from its cost."""

    channels: int
    maps: int
    kernel: int
    size: int = 1
    batch: int = 1
    stride: int = 1
    padding: int = 0
    bias: bool = False
    groups: int = 1
    dtype: str = "float32"
    read: Callable[[Layer, Cost], Any] = lambda layer, found: found.parameters

    def cost(self) -> Cost:
        """What the layer costs."""
        op = ops.Conv2d(self.stride, self.padding, groups=self.groups)
        image = (self.batch, self.channels, self.size, self.size)
        weight = (self.maps, self.channels // self.groups, self.kernel, self.kernel)
        return remembered(op, image, weight, self.bias, self.dtype)

    def answer(self) -> Any:
        """The number that is asked for."""
        return self.read(self, self.cost())


def _reads(read: Callable[[Layer, Cost], Any]) -> Any:
    """A change of work: another number is read."""
    return sets(read=lambda _: read)


PARAMETERS = Problem(
    key="parameters",
    title="How many parameters?",
    page=PAGE,
    level="drill",
    statement="A convolution from {channels} to {maps} channels with {kernel}×{kernel} kernels and bias; its "
    "images are "
    "{size}×{size}.",
    shown=lambda d: {"channels": d.channels, "maps": d.maps, "kernel": d.kernel, "size": d.size},
    draw=lambda dice: Layer(
        dice.integer(3, 16), dice.integer(4, 32), dice.choice((3, 5, 7)), 8 * dice.integer(2, 8), bias=True
    ),
    parts=(Part("n", "How many numbers does it learn?", "number", lambda d: d.answer()),),
    slips=(
        Slip(
            "no-bias", "the biases forgotten", "The biases are learned too.", "n", sets(bias=False), "bias", often=True
        ),
        Slip(
            "one-bias",
            "a single bias",
            "There is a bias for each output map.",
            "n",
            _reads(lambda d, c: c.parameters - d.maps + 1),
            "bias",
        ),
        Slip(
            "bias-each",
            "a bias for each kernel slice",
            "A bias belongs to an output map, once.",
            "n",
            _reads(lambda d, c: c.parameters - d.maps + d.maps * d.channels),
            "bias",
        ),
        Slip(
            "no-channels",
            "one input channel",
            "Each kernel reaches through all input channels.",
            "n",
            sets(channels=1),
            "channels",
            often=True,
        ),
        Slip("no-maps", "one output map", "There is a kernel for each output map.", "n", sets(maps=1), "maps"),
        Slip(
            "line",
            "kernels of one dimension",
            "A kernel has rows and columns.",
            "n",
            _reads(lambda d, c: d.maps * d.channels * d.kernel + d.maps),
            "kernel",
        ),
        Slip(
            "places",
            "weights at every place",
            "A kernel is used at all places; its weights are learned once.",
            "n",
            _reads(lambda d, c: c.parameters * d.size**2),
            "kernel",
        ),
    ),
    hints=("How many weights has the kernel of a single output map?", "Times the maps, and a bias for each map."),
    explain=lambda d: Solution(
        (
            "Weights: {maps}·{channels}·{kernel}·{kernel} = {weights}.",
            "Biases: {maps}. Together {n}. The size of the image does not matter.",
        ),
        {"weights": replace(d, bias=False).answer()},
    ),
)


def _activation_bytes(d: Layer, found: Cost) -> Any:
    return found.activation_memory.B


ACTIVATIONS = Problem(
    key="activations",
    title="The memory of feature maps",
    page=PAGE,
    level="exercise",
    statement="A batch of {batch} images of {size}×{size} with {channels} channels goes through a convolution "
    "to {maps} "
    "channels with {kernel}×{kernel} kernels, stride {stride}, padding {padding}, in float32.",
    shown=lambda d: {k: getattr(d, k) for k in ("batch", "size", "channels", "maps", "kernel", "stride", "padding")},
    draw=lambda dice: Layer(
        dice.integer(3, 6),
        dice.integer(8, 24),
        dice.choice((3, 5)),
        dice.integer(20, 60),
        dice.integer(5, 32),
        2,
        dice.integer(1, 2),
        read=_activation_bytes,
    ),
    parts=(
        Part("side", "How many rows has a feature map?", "number", lambda d: d.cost().output[-1]),
        Part("B", "How many bytes does the output take?", "number", lambda d: d.answer(), unit="B"),
    ),
    slips=(
        Slip("no-padding", "no padding", "The padding is missing.", "side", sets(padding=0), fades=True),
        Slip("no-stride", "the stride ignored", "The window moves by the stride.", "side", sets(stride=1)),
        Slip(
            "pad-twice",
            "the padding counted twice",
            "The padding is already per side.",
            "side",
            sets(padding=lambda d: 2 * d.padding),
            fades=True,
        ),
        Slip(
            "numbers",
            "numbers, not bytes",
            "How many bytes has a float32?",
            "B",
            _reads(lambda d, c: c.activations),
            "B",
        ),
        Slip("bits", "bits, not bytes", "A byte has 8 bits.", "B", _reads(lambda d, c: c.activation_memory.bit), "B"),
        Slip("float64", "8 bytes a number", "That is float64.", "B", sets(dtype="float64"), "B"),
        Slip("one-image", "a single image", "The batch has more than one image.", "B", sets(batch=1), "batch"),
        Slip("one-map", "a single map", "There are several feature maps.", "B", sets(maps=1), "maps"),
        Slip(
            "input",
            "the memory of the input",
            "That is what the images take.",
            "B",
            _reads(lambda d, c: memory(c.inputs[0]).B),
            "B",
        ),
        Slip(
            "weights",
            "the memory of the weights",
            "That is what the weights take.",
            "B",
            _reads(lambda d, c: c.parameter_memory.B),
            "B",
        ),
    ),
    hints=("First the size of a single map.", "Images times maps times rows times columns, four bytes each."),
    explain=lambda d: Solution(
        (
            "Rows: ⌊({size} + 2·{padding} − {kernel})/{stride}⌋ + 1 = {side}, and as many columns.",
            "Numbers: {batch}·{maps}·{side}·{side} = {numbers}; four bytes each, {B} bytes.",
        ),
        {"numbers": d.cost().activations},
    ),
)


@dataclass(frozen=True, eq=False)
class Separable:
    """A depthwise convolution and then a pointwise one, against an ordinary convolution."""

    channels: int
    maps: int
    kernel: int
    size: int
    grouped: bool = True
    mixing: int = 1
    join: Callable[[int, int], int] = lambda depthwise, pointwise: depthwise + pointwise
    outputs: int = 0

    def layer(self, maps: int, kernel: int, groups: int) -> Cost:
        """A layer that keeps the size."""
        return Layer(self.channels, maps, kernel, self.size, padding=kernel // 2, groups=groups).cost()

    def depthwise(self) -> int:
        """Multiplications of the depthwise convolution."""
        return self.layer(self.channels, self.kernel, self.channels if self.grouped else 1).forward.mul

    def pointwise(self) -> int:
        """Multiplications of the pointwise convolution."""
        return self.layer(self.outputs or self.maps, self.mixing, 1).forward.mul


SEPARABLE = Problem(
    key="depthwise",
    title="A separable convolution",
    page=PAGE,
    level="exam",
    statement="{channels} channels of {size}×{size} go through a depthwise {kernel}×{kernel} convolution and "
    "then through a "
    "pointwise one (1×1) to {maps} channels; stride 1, sizes kept, no bias. Count multiplications, those with "
    "padding too.",
    shown=lambda d: {"channels": d.channels, "size": d.size, "kernel": d.kernel, "maps": d.maps},
    draw=lambda dice: Separable(dice.integer(4, 16), dice.integer(20, 48), dice.choice((3, 5)), dice.integer(8, 32)),
    parts=(
        Part("d", "How many in the depthwise convolution?", "number", lambda d: d.depthwise()),
        Part("p", "How many in the pointwise convolution?", "number", lambda d: d.pointwise()),
        Part("t", "How many together?", "number", lambda d, a, b: d.join(a, b), ("d", "p"), follow="affine"),
    ),
    slips=(
        Slip(
            "full",
            "every channel with every channel",
            "Depthwise: each channel meets its own kernel only.",
            "d",
            sets(grouped=False),
            often=True,
        ),
        Slip(
            "one-tap", "a single tap", "A depthwise kernel has rows and columns of taps.", "d", sets(kernel=1), "kernel"
        ),
        Slip(
            "one-channel",
            "a single channel",
            "Each channel has its own depthwise kernel: count them all.",
            "d",
            sets(channels=1),
            "channels",
            fades=True,
        ),
        Slip(
            "taps",
            "all taps in the pointwise one",
            "A pointwise kernel has a single tap for each channel.",
            "p",
            sets(mixing=lambda d: d.kernel),
            "mixing",
            often=True,
        ),
        Slip(
            "same-maps",
            "as many outputs as channels",
            "The pointwise convolution has other outputs than inputs.",
            "p",
            sets(outputs=lambda d: d.channels),
            "outputs",
        ),
        Slip(
            "one-map",
            "a single output",
            "The pointwise convolution has a kernel for each output.",
            "p",
            sets(outputs=1),
            "outputs",
        ),
        Slip(
            "product",
            "multiplied",
            "The two come one after the other: their costs add up.",
            "t",
            sets(join=lambda _: lambda a, b: a * b),
            "join",
            fades=True,
        ),
        Slip("second", "the pointwise one only", "Both count.", "t", sets(join=lambda _: lambda a, b: b), "join"),
        Slip("first", "the depthwise one only", "Both count.", "t", sets(join=lambda _: lambda a, b: a), "join"),
    ),
    hints=(
        "Depthwise: for each channel and place, a product for each tap.",
        "Pointwise: for each output and place, a product for each input channel.",
    ),
    explain=lambda d: Solution(
        (
            "Depthwise: {channels}·{size}·{size} outputs of {kernel}·{kernel} products, {d}.",
            "Pointwise: {maps}·{size}·{size} outputs of {channels} products, {p}.",
            "Together {t}; an ordinary convolution takes {ordinary}.",
        ),
        {"ordinary": d.layer(d.maps, d.kernel, 1).forward.mul},
    ),
)


@dataclass(frozen=True, eq=False)
class Dense:
    """Feature maps flattened into a linear layer."""

    maps: int
    size: int
    units: int
    bias: bool = True
    sides: int = 2
    spare: Callable[[int], int] = lambda n: n

    def cost(self) -> Cost:
        """What the linear layer costs."""
        inputs = self.maps * self.size**self.sides
        return remembered(ops.Linear(), (inputs,), (self.units, inputs), self.bias)


DENSE = Problem(
    key="dense",
    title="A dense layer behind feature maps",
    page=PAGE,
    level="drill",
    statement="{maps} feature maps of {size}×{size} are flattened and go into a linear layer with {units} "
    "outputs and bias.",
    shown=lambda d: {"maps": d.maps, "size": d.size, "units": d.units},
    draw=lambda dice: Dense(dice.integer(4, 32), dice.integer(3, 9), dice.integer(10, 64)),
    parts=(
        Part("n", "How many parameters has it?", "number", lambda d: d.spare(d.cost().parameters)),
        Part("m", "How many multiplications does it take?", "number", lambda d: d.spare(d.cost().forward.mul)),
    ),
    slips=(
        Slip("no-bias", "the biases forgotten", "The biases are parameters too.", "n", sets(bias=False), often=True),
        Slip(
            "one-bias",
            "a single bias",
            "There is a bias for each output.",
            "n",
            sets(spare=lambda d: lambda n: n - d.units + 1),
            "spare",
        ),
        Slip("one-map", "a single map", "All maps are flattened together.", "n m", sets(maps=1), "maps", often=True),
        Slip("line", "one side of the maps", "A map has rows and columns.", "n m", sets(sides=1), "sides"),
        Slip(
            "pooled",
            "one number for each map",
            "Each map has many entries, and all of them go in.",
            "n m",
            sets(sides=0),
            "sides",
        ),
        Slip(
            "with-bias",
            "a product for each bias",
            "A bias is added, not multiplied.",
            "m",
            sets(spare=lambda d: lambda n: n + d.units),
            "spare",
        ),
        Slip("one-unit", "a single output", "There is a sum for each output.", "n m", sets(units=1), "units"),
    ),
    hints=("How many numbers come out of flattening?", "Each output has a weight for each of them, and a bias."),
    explain=lambda d: Solution(
        (
            "Flattened: {maps}·{size}·{size} = {inputs} numbers.",
            "Weights: {inputs}·{units} = {m}; with the biases {n} parameters.",
            "Each weight is used once: {m} multiplications.",
        ),
        {"inputs": d.maps * d.size**2},
    ),
)


@dataclass(frozen=True, eq=False)
class Field:
    """A stack of three layers with kernels k and strides s."""

    k: tuple[int, ...]
    s: tuple[int, ...]
    more: Callable[[int], int] = lambda n: n

    def field(self) -> int:
        """Entries along an axis that one output sees."""
        return self.more(self._window().kernel)

    def step(self) -> int:
        """Distance in the input between neighbouring outputs."""
        return self._window().stride

    def _window(self) -> Any:
        layers = ((ops.Conv1d(stride=s), (1, 1, k)) for k, s in zip(self.k, self.s, strict=True))
        return receptive_field(*layers)[0]


FIELD = Problem(
    key="receptive-field",
    title="A receptive field",
    page="network-layers",
    level="exercise",
    statement="Three layers follow each other along one axis, with kernels {k} and strides {s}.",
    shown=lambda d: {"k": d.k, "s": d.s},
    draw=lambda dice: Field(tuple(dice.integer(2, 7) for _ in range(3)), tuple(dice.integer(1, 3) for _ in range(3))),
    parts=(
        Part("r", "How many entries of the input does one output see?", "number", lambda d: d.field()),
        Part("t", "How far apart in the input do neighbouring outputs look?", "number", lambda d: d.step()),
    ),
    slips=(
        Slip(
            "no-strides",
            "the strides ignored",
            "A later kernel reaches further by the strides before it.",
            "r t",
            sets(s=(1, 1, 1)),
            "s",
        ),
        Slip(
            "own-stride",
            "each layer widened by its own stride",
            "A kernel is widened by the strides before it, not its own.",
            "r",
            sets(s=lambda d: d.s[1:] + d.s[:1]),
            "s",
        ),
        Slip(
            "sum",
            "the kernels added up",
            "Neighbouring windows overlap: all but the first add one fewer.",
            "r",
            sets(more=lambda d: lambda n: sum(d.k)),
            "more",
        ),
        Slip(
            "product",
            "the kernels multiplied",
            "Windows overlap unless the stride is the kernel.",
            "r",
            sets(more=lambda d: lambda n: d.k[0] * d.k[1] * d.k[2]),
            "more",
        ),
        Slip(
            "no-one",
            "the entry itself not counted",
            "The first window counts in full.",
            "r",
            sets(more=lambda _: lambda n: n - 1),
            "more",
        ),
        Slip(
            "last",
            "the last layer left out",
            "All three layers count.",
            "r t",
            sets(k=lambda d: d.k[:2], s=lambda d: d.s[:2]),
            "layers",
        ),
        Slip(
            "only-last",
            "the last stride only",
            "Strides multiply along the stack.",
            "t",
            sets(s=lambda d: (1, 1, d.s[2])),
            "s",
            fades=True,
        ),
    ),
    hints=(
        "Start with the first kernel. What does the next layer add?",
        "Each further kernel adds (k − 1) times the product of the strides before it.",
    ),
    explain=lambda d: Solution(
        (
            "Receptive field: {k.0} + ({k.1} − 1)·{s.0} + ({k.2} − 1)·{s.0}·{s.1} = {r}.",
            "Step: {s.0}·{s.1}·{s.2} = {t}.",
        )
    ),
)

COLUMNS = Problem(
    key="im2col",
    title="Windows as columns",
    page=PAGE,
    level="exercise",
    statement="For a convolution of {channels} channels of {size}×{size} with {kernel}×{kernel} kernels to "
    "{maps} maps, stride "
    "{stride}, padding {padding}, every window becomes a column of a matrix.",
    shown=lambda d: {k: getattr(d, k) for k in ("channels", "size", "kernel", "maps", "stride", "padding")},
    draw=lambda dice: Layer(
        dice.integer(2, 6),
        dice.integer(7, 24),
        dice.integer(3, 5),
        dice.integer(8, 24),
        1,
        dice.integer(2, 3),
        1,
        read=lambda d, c: (c.im2col or ())[1:],
    ),
    parts=(Part("m", "What is the size of that matrix?", "size", lambda d: d.answer()),),
    slips=(
        Slip(
            "turned",
            "windows as rows",
            "Here the windows are columns; as rows it is the transpose.",
            "m",
            _reads(lambda d, c: (c.im2col or ())[:0:-1]),
            "read",
            accepted=True,
        ),
        Slip("no-channels", "one channel", "A window reaches through all channels.", "m", sets(channels=1), "channels"),
        Slip("no-stride", "the stride ignored", "The window moves by the stride.", "m", sets(stride=1), "stride"),
        Slip("no-padding", "no padding", "The padding is missing.", "m", sets(padding=0), "padding"),
        Slip(
            "pixels",
            "a column for each pixel",
            "There is a column for each place of the window, not for each pixel.",
            "m",
            _reads(lambda d, c: ((c.im2col or ())[1], d.size**2)),
            "read",
        ),
        Slip(
            "line",
            "places along one axis",
            "The window moves along rows and columns.",
            "m",
            _reads(lambda d, c: ((c.im2col or ())[1], c.output[-1])),
            "read",
        ),
        Slip(
            "maps",
            "the maps counted",
            "The maps are rows of the weight matrix, not of this one.",
            "m",
            _reads(lambda d, c: (d.maps, (c.im2col or ())[2])),
            "read",
        ),
        Slip(
            "weights",
            "the size of the weight matrix",
            "That is the matrix of the weights.",
            "m",
            _reads(lambda d, c: (d.maps, (c.im2col or ())[1])),
            "read",
        ),
    ),
    hints=("How many numbers does a window hold? That is a column.", "How many places are there? A column for each."),
    explain=lambda d: Solution(
        (
            "A window holds {channels}·{kernel}·{kernel} = {m.0} numbers.",
            "Along an axis ⌊({size} + 2·{padding} − {kernel})/{stride}⌋ + 1 = {side} places, so {side}·{side} "
            "= {m.1} columns.",
        ),
        {"side": d.cost().output[-1]},
    ),
)

PROBLEMS: tuple[Problem, ...] = (PARAMETERS, DENSE, ACTIVATIONS, FIELD, COLUMNS, SEPARABLE)
