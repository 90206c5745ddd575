"""Famous numbers recomputed: the networks built in torch, or their connections counted one by one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import labcode as lc
from labcode.cost import alexnet, cost, mobilenet, vgg
from labcode.cost.networks import HEAD, MOBILENET_BLOCKS, VGG_BLOCKS
from labcode.cost.published import LENET_C3, Claim, convolution_macs, lenet_connections, works
from labcode.graph import Graph


def head(features: int, *widths: int) -> list[nn.Module]:
    sizes = (features, *widths)
    return [nn.Flatten(), *(nn.Linear(a, b) for a, b in zip(sizes, widths, strict=False))]


def torch_vgg(configuration: str) -> nn.Module:
    layers, channels = [], 3
    for block in VGG_BLOCKS[configuration]:
        for index, width in enumerate(block):
            kernel = 1 if (configuration, index) == ("C", 2) else 3
            layers.append(nn.Conv2d(channels, width, kernel, padding="same"))
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, *head(7 * 7 * 512, *HEAD))


def torch_alexnet() -> nn.Module:
    return nn.Sequential(
        *(nn.Conv2d(3, 96, 11, 4), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(96, 256, 5, padding=2, groups=2), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(256, 384, 3, padding=1), nn.Conv2d(384, 384, 3, padding=1, groups=2)),
        *(nn.Conv2d(384, 256, 3, padding=1, groups=2), nn.MaxPool2d(3, 2)),
        *head(6 * 6 * 256, *HEAD),
    )


def torch_mobilenet(separable: bool) -> nn.Module:
    layers, channels = [nn.Conv2d(3, 32, 3, 2, 1, bias=False)], 32
    for width, stride in MOBILENET_BLOCKS:
        if separable:
            layers.append(nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False))
            layers.append(nn.Conv2d(channels, width, 1, bias=False))
        else:
            layers.append(nn.Conv2d(channels, width, 3, stride, 1, bias=False))
        channels = width
    return nn.Sequential(*layers, nn.AvgPool2d(7), *head(1024, HEAD[-1]))


NETWORKS: dict[str, tuple[Graph, Any, int]] = {
    "AlexNet": (alexnet(), torch_alexnet, 227),
    "MobileNet": (mobilenet(), lambda: torch_mobilenet(True), 224),
    "MobileNet, full": (mobilenet(separable=False), lambda: torch_mobilenet(False), 224),
    **{f"VGG {c}": (vgg(c), lambda c=c: torch_vgg(c), 224) for c in VGG_BLOCKS},
}


@pytest.mark.parametrize("name", NETWORKS)
def test_parameters_and_macs_are_those_of_the_network_in_torch(name: str) -> None:
    graph, make, size = NETWORKS[name]
    with torch.device("meta"):
        module = make()
        with FlopCounterMode(display=False) as counter:
            y = module(torch.zeros(1, 3, size, size))
    assert tuple(y.shape) == (1, *graph.nodes[-1].shape)
    assert cost(graph).parameters == sum(p.numel() for p in module.parameters())
    assert convolution_macs(graph)[1] * 2 == counter.get_total_flops()
    linear = sum(p.numel() for m in module if isinstance(m, nn.Linear) for p in [m.weight])
    assert convolution_macs(graph)[0] == convolution_macs(graph)[1] - linear


def test_connections_of_lenet_counted_one_by_one() -> None:
    """A connection is a use of a weight or of a bias; the loops make each of them."""

    def uses(maps: list[int], side: int, kernel: int, stride: int, bias: int = 1) -> int:
        places = range(0, side - kernel + 1, stride)
        return sum(1 for inputs in maps for _ in places for _ in places for _ in range(inputs * kernel**2 + bias))

    counted = {
        "C1": uses([1] * 6, 32, 5, 1),
        "S2": uses([1] * 6, 28, 2, 2),
        "C3": uses(list(LENET_C3), 14, 5, 1),
        "S4": uses([1] * 16, 10, 2, 2),
        "C5": uses([16] * 120, 5, 5, 1),
        "F6": uses([120] * 84, 1, 1, 1),
        "output": uses([84] * 10, 1, 1, 1, bias=0),
    }
    assert {name: connections for name, (connections, _) in lenet_connections().items()} == counted
    assert [parameters for _, parameters in lenet_connections().values()] == [156, 12, 1516, 32, 48120, 10164, 0]


def test_which_famous_numbers_hold() -> None:
    doubtful = {(name, claim.what) for name, work in works().items() for claim in work.claims if not claim.holds}
    assert doubtful == {
        ("alexnet", "places along an image of 224"),
        ("alexnet", "neurons of conv1"),
        ("alexnet", "neurons in all"),
        ("alexnet", "parameters"),
        ("resnet", "“FLOPs” of VGG-16"),
        ("cs231n", "activations"),
        ("mobilenet", "multiply-adds with full convolutions"),
    }


def test_what_explains_the_numbers_that_do_not_hold() -> None:
    assert 55 * 55 * 96 == 290_400
    assert 55 * 48 * 96 == 253_440  # a side of 55 taken for the maps of one GPU
    assert round(convolution_macs(vgg("D"))[0] / 1e9, 1) == 15.3  # the convolutions alone
    assert round(convolution_macs(vgg("E"))[0] / 1e9, 1) == 19.5  # while 19.6 has the linear layers
    assert round(convolution_macs(mobilenet(separable=False))[0] / 1e6) == 4866
    assert round(convolution_macs(mobilenet())[0] / 1e6) == 568


@pytest.mark.parametrize(("computed", "holds"), [(1_449_999, False), (1_450_001, True), (1_549_999, True)])
def test_a_claim_holds_if_it_is_rounded_as_it_was_printed(computed: int, holds: bool) -> None:
    assert Claim("", Fraction("1.5"), computed, 10**6, 1).holds is holds


def test_a_configuration_that_vgg_does_not_have_is_refused() -> None:
    with pytest.raises(lc.ArgumentError, match=r"^configuration = 'F': expected one of A, B, C, D, E$"):
        vgg("F")
