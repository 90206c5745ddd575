"""Famous numbers, printed and recomputed: each claim beside what its own shapes give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import prod

from labcode import ops
from labcode.cost.layer import cost_of_op
from labcode.cost.model import GraphCost, cost_of_graph
from labcode.cost.networks import VGG16_ACTIVATIONS_AS_PUBLISHED, VGG_BLOCKS, alexnet, mobilenet, vgg
from labcode.geometry import Window
from labcode.graph import Graph

MILLION, BILLION = 10**6, 10**9
LENET_C3 = (3,) * 6 + (4,) * 9 + (6,)  # to how many of the six maps before it each map of C3 is connected


@dataclass(frozen=True, slots=True)
class Claim:
    """A number as it was printed, and the same number from the shapes.

    Parameters
    ----------
    what : str
        What is counted.
    printed : Fraction or int
        The number, counted in units, as precise as it was printed.
    computed : Fraction or int
        The exact number, in ones.
    unit : int
        1, or what "million" and "billion" stand for.
    digits : int
        Printed digits after the point.
    """

    what: str
    printed: Fraction | int
    computed: Fraction | int
    unit: int = 1
    digits: int = 0

    @property
    def holds(self) -> bool:
        """Whether the computed number, rounded as the printed one was, is that number."""
        return round(Fraction(self.computed, self.unit), self.digits) == self.printed


@dataclass(frozen=True, slots=True)
class Work:
    """A paper, book or course, and claims of it.

    Parameters
    ----------
    title, place : str
        The work, and where in it the numbers stand.
    claims : tuple of Claim
    """

    title: str
    place: str
    claims: tuple[Claim, ...]


@cache
def works() -> dict[str, Work]:
    """All works, by a short name, in the order of their years."""
    makers: dict[str, Callable[[], Work]] = {
        "lenet": _lenet,
        "alexnet": _alexnet,
        "vgg": _vgg,
        "resnet": _resnet,
        "cs231n": _cs231n,
        "deep-learning": _deep_learning,
        "mobilenet": _mobilenet,
    }
    return {name: make() for name, make in makers.items()}


def lenet_connections() -> dict[str, tuple[int, int]]:
    """LeNet-5, layer by layer: connections (each use of a weight or bias is one) and parameters.

    A subsampling layer adds up each 2×2 window, multiplies the sum by one coefficient and adds a bias:
    its connections are the entries of the window and the bias. The output compares 84 numbers with a
    fixed pattern for each of 10 classes; the patterns are chosen by hand and not learned.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-Based Learning Applied to Document
    Recognition* (1998), section II.B, doi 10.1109/5.726791.
    """

    def convolution(channels: int, size: int, maps: int, kernel: int) -> tuple[int, int]:
        c = cost_of_op(ops.Conv2d(), (channels, size, size), (maps, channels, kernel, kernel), bias=True)
        return c.operations("mac").value + c.activations, c.parameters

    def subsampling(maps: int, size: int) -> tuple[int, int]:
        places = prod(ops.AvgPool2d(2).shape((maps, size, size)))
        return places * (2 * 2 + 1), 2 * maps

    c3 = [convolution(channels, 14, 1, 5) for channels in LENET_C3]
    return {
        "C1": convolution(1, 32, 6, 5),
        "S2": subsampling(6, 28),
        "C3": (sum(c for c, _ in c3), sum(p for _, p in c3)),
        "S4": subsampling(16, 10),
        "C5": convolution(16, 5, 120, 5),
        "F6": convolution(120, 1, 84, 1),
        "output": (84 * 10, 0),
    }


def _lenet() -> Work:
    printed = {"C1": 122_304, "S2": 5_880, "C3": 151_600, "S4": 2_000, "C5": 48_120, "F6": 10_164}
    layers = lenet_connections()
    rows = [Claim(f"connections of {name}", number, layers[name][0]) for name, number in printed.items()]
    total = Claim("connections in all", 340_908, sum(c for c, _ in layers.values()))
    learned = Claim("trainable parameters", 60_000, sum(p for _, p in layers.values()))
    return Work("LeNet-5 (1998)", "section II.B", (*rows, total, learned))


def _alexnet() -> Work:
    costs = cost_of_graph(alexnet())
    printed = {"conv1": 253_440, "conv2": 186_624, "conv3": 64_896, "conv4": 64_896, "conv5": 43_264}
    neurons = {c.name: c.activations for c in costs.layers if not c.name.startswith(("pool", "flatten"))}
    places = Fraction(224 - Window(11).kernel, 4) + 1  # where the window stops, if it did fit
    return Work(
        "AlexNet (2012)",
        "abstract, section 3.5, figure 2 and its caption",
        (
            Claim("numbers in the input", 150_528, 3 * 224 * 224),
            Claim("places along an image of 224", 55, places),
            *(Claim(f"neurons of {name}", number, neurons[name]) for name, number in printed.items()),
            Claim("neurons in all", 650_000, sum(neurons.values())),
            Claim("parameters", 60, costs.parameters, MILLION),
        ),
    )


def _vgg() -> Work:
    printed = {"A": 133, "B": 133, "C": 134, "D": 138, "E": 144}
    claims = (Claim(f"parameters of {c}", printed[c], cost_of_graph(vgg(c)).parameters, MILLION) for c in VGG_BLOCKS)
    return Work("VGG (2014)", "table 2", tuple(claims))


def convolution_macs(network: Graph) -> tuple[int, int]:
    """MACs of the convolutions of a network, and of all its layers."""
    costs = cost_of_graph(network)
    convolutions = [c for c in costs.layers if isinstance(c.op, ops.Conv2d)]
    return sum(c.operations("mac").value for c in convolutions), _macs(costs)


def _resnet() -> Work:
    sixteen, nineteen = (convolution_macs(vgg(c)) for c in "DE")
    return Work(
        "ResNet (2015)",
        "section 3.3, figure 3 and section 4.1, which compare with VGG",
        (
            Claim("“FLOPs” of VGG-16", Fraction("15.3"), sixteen[1], BILLION, 1),
            Claim("“FLOPs” of VGG-19", Fraction("19.6"), nineteen[1], BILLION, 1),
        ),
    )


def _cs231n() -> Work:
    network = cost_of_graph(vgg("D"))
    return Work(
        "CS231n course notes",
        "convolutional networks, the table of VGG-16",
        (
            Claim("activations", VGG16_ACTIVATIONS_AS_PUBLISHED // MILLION, network.activations, MILLION),
            Claim("parameters", 138, network.parameters, MILLION),
        ),
    )


def _deep_learning() -> Work:
    edges = cost_of_op(ops.Conv2d(), (1, 280, 320), (1, 1, 1, 2))
    return Work(
        "Goodfellow, Bengio, Courville, Deep Learning (2016)",
        "figure 9.6: vertical edges of a 280 × 320 image, by a kernel of two weights",
        (Claim("floating point operations", 267_960, edges.operations("exact").value),),
    )


def _mobilenet() -> Work:
    separable, full = mobilenet(), mobilenet(separable=False)
    return Work(
        "MobileNet (2017)",
        "table 4",
        (
            Claim("multiply-adds of MobileNet", 569, convolution_macs(separable)[1], MILLION),
            Claim("parameters of MobileNet", Fraction("4.2"), cost_of_graph(separable).parameters, MILLION, 1),
            Claim("multiply-adds with full convolutions", 4866, convolution_macs(full)[1], MILLION),
            Claim("parameters with full convolutions", Fraction("29.3"), cost_of_graph(full).parameters, MILLION, 1),
        ),
    )


def _macs(costs: GraphCost) -> int:
    learned = [c for c in costs.layers if c.parameter_inputs]
    return sum(c.operations("mac").value for c in learned)
