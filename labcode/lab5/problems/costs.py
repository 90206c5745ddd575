"""The problem of task 4, and further ones: what layers cost in numbers, bytes and operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from labcode import ops
from labcode.cost import Cost, memory
from labcode.geometry import same_padding
from labcode.lab5 import task4
from labcode.lab5.problems.counting import remembered
from labcode.op import Count
from labcode.practice.chance import Dice
from labcode.practice.problem import Part, Problem, Slip, sets
from labcode.practice.solution import Solution

PAGE = "4-cost"
DTYPE = "float32"


def _per_side(kernel: int) -> int:
    return same_padding(kernel)[0]


def _weights(layer: Kernel) -> Any:
    return layer.cost().parameter_memory.B


def _products(count: Count) -> int:
    return count.mul


def _sums(count: Count) -> int:
    return count.add


@dataclass(frozen=True, eq=False)
class Kernel:
    """A layer from `channels` × size × size to `maps` of the same size, without bias.

    `side` makes the padding of the kernel, `stored` the bytes; `read` and `add` take products and sums from
    the count; `total` makes one number of both.
    """

    channels: int
    size: int
    maps: int
    kernel: int
    side: Callable[[int], Any] = _per_side
    padded: bool = True
    bias: bool = False
    dtype: str = DTYPE
    stored: Callable[[Any], Any] = _weights
    mul: Callable[[Count], int] = _products
    add: Callable[[Count], int] = _sums
    total: Callable[[int, int], int] = lambda mul, add: mul + add

    def cost(self) -> Cost:
        """What the layer costs."""
        op = ops.Conv2d(padding=_per_side(self.kernel) if self.padded else 0)
        image = (self.channels, self.size, self.size)
        return remembered(op, image, (self.maps, self.channels, self.kernel, self.kernel), self.bias, self.dtype)

    def explain(self) -> Solution:
        """Each factor of each number."""
        found = self.cost()
        n = self.channels * self.kernel**2
        lines = (
            "Size: {size} + 2·p − {kernel} + 1 = {size}, so p = ({kernel} − 1)/2 = {p}.",
            "Weights: {maps}·{channels}·{kernel}·{kernel} = {weights}.",
            "Memory: {weights} numbers of 4 bytes, {bytes} bytes.",
            "Outputs: {maps}·{size}·{size} = {outputs}.",
            "Each output is a sum of {channels}·{kernel}·{kernel} = {products} products.",
            "Multiplications: {outputs}·{products} = {mul}.",
            "Additions: a sum of {products} products takes one fewer, {outputs}·{fewer} = {add}.",
            "Together: {mul} + {add} = {total}.",
        )
        between = {"weights": found.parameters, "outputs": found.activations, "products": n, "fewer": n - 1}
        return Solution(lines, between)


def _of(number: Callable[[Kernel], Any]) -> Any:
    """A change of work: something else is stored."""
    return sets(stored=lambda _: number)


def _draw_kernel(dice: Dice) -> Kernel:
    return Kernel(
        dice.integer(2, 6), dice.choice((24, 28, 32, 40, 48, 56, 64, 96)), dice.integer(7, 32), dice.choice((5, 7))
    )


KERNEL = Problem(
    key="4",
    title="What a kernel costs",
    page=PAGE,
    level="exercise",
    statement="A layer maps an image of {size}×{size} with {channels} channels to {maps} feature maps of the same "
    "size, with {kernel}×{kernel} kernels, stride 1, no bias, in float32. A multiplication or an addition of two "
    "numbers is one operation; products with padding count.",
    shown=lambda d: {"channels": d.channels, "size": d.size, "maps": d.maps, "kernel": d.kernel},
    draw=_draw_kernel,
    parts=(
        Part("p", "How much padding does it need on each side?", "number", lambda d: d.side(d.kernel), question="4.1"),
        Part("bytes", "How many bytes do the weights take?", "number", lambda d: d.stored(d), question="4.2", unit="B"),
        Part(
            "mul",
            "How many multiplications does one forward pass take?",
            "number",
            lambda d: d.mul(d.cost().forward),
            question="4.3",
        ),
        Part("add", "How many additions?", "number", lambda d: d.add(d.cost().forward), question="4.3"),
        Part(
            "total",
            "How many operations together?",
            "number",
            lambda d, mul, add: d.total(mul, add),
            ("mul", "add"),
            question="4.3",
            follow="affine",
        ),
    ),
    slips=(
        Slip(
            "p-total",
            "the padding in total",
            "That is the padding of both sides together. What is asked for is one side.",
            "p",
            sets(side=lambda _: lambda k: sum(same_padding(k))),
        ),
        Slip(
            "p-none",
            "no padding",
            "Without padding the maps shrink. By how much, and how is that shared by two sides?",
            "p",
            sets(side=lambda _: lambda k: 0),
        ),
        Slip(
            "p-kernel",
            "as much padding as the kernel is wide",
            "With that much padding the maps grow. By how much do they shrink without any?",
            "p",
            sets(side=lambda _: lambda k: k),
        ),
        Slip(
            "p-up",
            "half the kernel, rounded up",
            "One too many: the middle tap of the kernel needs no padding.",
            "p",
            sets(side=lambda _: lambda k: _per_side(k) + 1),
        ),
        Slip(
            "p-half",
            "half the kernel",
            "Padding is a whole number. How many taps lie on one side of the middle one?",
            "p",
            sets(side=lambda _: lambda k: Fraction(k, 2)),
        ),
        Slip(
            "p-less",
            "one too little",
            "One more: count the taps on one side of the middle one.",
            "p",
            sets(side=lambda _: lambda k: max(_per_side(k) - 1, -1)),
        ),
        Slip(
            "no-channels",
            "one input channel",
            "Each kernel reaches through all input channels. You counted a single one.",
            "bytes mul add",
            sets(channels=1),
            often=True,
        ),
        Slip(
            "no-maps",
            "one output map",
            "There is a kernel for each output map. You counted a single one.",
            "bytes mul add",
            sets(maps=1),
            often=True,
        ),
        Slip(
            "numbers",
            "numbers, not bytes",
            "That counts numbers. How many bytes has one of them in float32?",
            "bytes",
            _of(lambda d: d.cost().parameters),
            "unit",
        ),
        Slip(
            "bits",
            "bits, not bytes",
            "These are bits. A byte has 8 of them.",
            "bytes",
            _of(lambda d: d.cost().parameter_memory.bit),
            "unit",
        ),
        Slip(
            "float64",
            "8 bytes a number",
            "That is float64. How many bytes has a float32?",
            "bytes",
            sets(dtype="float64"),
            "unit",
        ),
        Slip(
            "bytes-bias",
            "biases counted",
            "You counted a bias for each map. The layer has none.",
            "bytes",
            sets(bias=True),
        ),
        Slip(
            "output-memory",
            "the memory of the output",
            "That is what the feature maps take. Only the weights are asked for.",
            "bytes",
            _of(lambda d: d.cost().activation_memory.B),
        ),
        Slip(
            "input-memory",
            "the memory of the input",
            "That is what the image takes. Only the weights are asked for.",
            "bytes",
            _of(lambda d: memory(d.cost().inputs[0], d.dtype).B),
        ),
        Slip(
            "no-sharing",
            "a kernel for each place",
            "A kernel is used at all places: its weights are stored once.",
            "bytes",
            _of(lambda d: d.cost().parameter_memory.B * d.size**2),
        ),
        Slip(
            "no-pad",
            "maps without padding",
            "Your maps are smaller than the image. They have its size.",
            "mul add",
            sets(padded=False),
            often=True,
        ),
        Slip(
            "one-place",
            "a single place",
            "That is the work at one place. The kernel stops at every place of the image.",
            "mul add",
            sets(size=lambda d: d.kernel, padded=False),
        ),
        Slip(
            "skip-padding",
            "products with padding left out",
            "You skip the products with padding, which are all zero. The task counts them.",
            "mul add",
            sets(mul=lambda _: lambda c: c.mul - c.mul_padding, add=lambda _: lambda c: c.add - c.add_padding),
            accepted=True,
        ),
        Slip(
            "as-many-sums",
            "as many additions as multiplications",
            "As many additions as multiplications is 2 for each MAC, or a bias. A sum alone takes one fewer.",
            "add",
            sets(add=lambda _: lambda c: c.mul),
            "sums",
            accepted=True,
        ),
        Slip(
            "more-sums",
            "one addition too many",
            "Adding up takes one addition fewer than there are products, not one more.",
            "add",
            sets(add=lambda _: lambda c: 2 * c.mul - c.add),
            "sums",
        ),
        Slip(
            "channel-sums",
            "channels not added up",
            "You added up each channel by itself. The channels are added to each other too.",
            "add",
            lambda d: sets(add=lambda _: lambda c: c.mul // d.kernel**2 * (d.kernel**2 - 1))(d),
            "sums",
        ),
        Slip(
            "macs",
            "multiplications alone",
            "That counts a multiplication with its addition as one, a MAC. Both kinds are asked for.",
            "total",
            sets(total=lambda _: lambda mul, add: mul),
            "sum",
        ),
        Slip(
            "twice",
            "twice the additions",
            "Add the multiplications and the additions.",
            "total",
            sets(total=lambda _: lambda mul, add: 2 * add),
            "sum",
        ),
    ),
    hints=(
        "How many taps lie on one side of the middle one? That many zeros are needed on each side.",
        "A layer has a kernel for each map, with a weight for each channel and tap; a float32 has 4 bytes.",
        "First count the outputs, then what a single output takes: its products, and the additions that join them.",
    ),
    explain=lambda d: d.explain(),
    original=Kernel(task4.CHANNELS, task4.SIZE, task4.MAPS, task4.KERNEL),
    holes=(frozenset({"p-total", "p-up"}), frozenset({"p-less", "p-none"})),
)

PROBLEMS: tuple[Problem, ...] = (KERNEL,)
