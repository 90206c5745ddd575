"""Costs against counting: plain loops that count, published tables, torch, and memory that is really freed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import labcode as lc
from labcode import ops
from labcode.cost import (
    CONVENTIONS,
    Amount,
    Bytes,
    Cost,
    cost,
    im2col_shape,
    itemsize,
    memory,
    read,
    receptive_field,
    small,
    stack,
    vgg16,
    walk,
)
from labcode.cost.networks import VGG16_ACTIVATIONS_AS_PUBLISHED
from labcode.op import Count, Shape

PUBLISHED = json.loads((Path(__file__).parent / "data" / "published.json").read_text(encoding="utf-8"))["counts"]


def published(words: str) -> dict[str, Any]:
    """The one published count whose source contains these words."""
    (entry,) = [entry for entry in PUBLISHED if words in entry["source"]]
    found: dict[str, Any] = entry
    return found


# --- one layer, counted by loops -------------------------------------------------------------------


@dataclass(frozen=True)
class Counted:
    """What a loop counted."""

    products: int = 0
    additions: int = 0
    products_inside: int = 0
    additions_inside: int = 0


def count_by_loops(
    x: Shape, w: Shape, stride: int = 1, padding: int = 0, dilation: int = 1, groups: int = 1, bias: bool = False
) -> Counted:
    """Walk over every output entry and every weight, as on paper; nothing of labcode is used."""
    n, _, *sizes = x
    maps, channels, *kernel = w
    places = []
    for size, taps in zip(sizes, kernel, strict=True):
        last_tap = dilation * (taps - 1)
        places.append([p for p in range(-padding, size + padding, stride) if p + last_tap < size + padding])
    products = additions = inside = inside_additions = 0
    for _ in product(range(n), range(maps)):
        for place in product(*places):
            terms = terms_inside = 0
            for _, *tap in product(range(channels), *map(range, kernel)):
                terms += 1
                at = [p + dilation * t for p, t in zip(place, tap, strict=True)]
                terms_inside += all(0 <= a < size for a, size in zip(at, sizes, strict=True))
            products += terms
            inside += terms_inside
            additions += len(range(1, terms + bias))  # the first of several terms is added to nothing
            inside_additions += len(range(1, terms_inside + bias))
    assert groups * channels == x[1]
    return Counted(products, additions, inside, inside_additions)


@st.composite
def convolutions(draw: Any) -> dict[str, Any]:
    """A convolution along one or two axes whose kernel fits, as keywords of `count_by_loops`."""
    axes = draw(st.integers(1, 2))
    small_int = st.integers(1, 3)
    settings = {name: draw(small_int) for name in ("stride", "dilation", "groups")} | {
        "padding": draw(st.integers(0, 3))
    }
    channels, per_group = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    kernel, sizes = ([draw(st.integers(1, top)) for _ in range(axes)] for top in (3, 6))
    for size, taps in zip(sizes, kernel, strict=True):
        assume(size + 2 * settings["padding"] > settings["dilation"] * (taps - 1))
    x = (draw(small_int), channels * settings["groups"], *sizes)
    w = (per_group * settings["groups"], channels, *kernel)
    return {"x": x, "w": w, **settings, "bias": draw(st.booleans())}


def op_of(case: dict[str, Any]) -> ops.Conv1d | ops.Conv2d:
    kind = ops.Conv1d if len(case["x"]) == 3 else ops.Conv2d
    return kind(*(case[name] for name in ("stride", "padding", "dilation", "groups")))


@given(convolutions())
def test_conventions_read_what_loops_count(case: dict[str, Any]) -> None:
    counted = count_by_loops(**case)
    record = cost(op_of(case), case["x"], case["w"], bias=case["bias"])
    expected = {
        "exact": counted.products + counted.additions,
        "mac": counted.products,
        "2mac": 2 * counted.products,
        "skip-padding": counted.products_inside + counted.additions_inside,
    }
    actual = {name: record.operations(name).value for name in CONVENTIONS}
    assert expected == actual


@given(convolutions())
def test_exact_with_bias_is_twice_the_macs(case: dict[str, Any]) -> None:
    record = cost(op_of(case), case["x"], case["w"], bias=True)
    assert record.operations("exact").value == record.operations("2mac").value


@given(convolutions())
def test_im2col_shape_is_that_of_torch(case: dict[str, Any]) -> None:
    assume(len(case["x"]) == 4)
    expected = torch.nn.functional.unfold(
        torch.zeros(case["x"]),
        kernel_size=case["w"][2:],
        dilation=case["dilation"],
        padding=case["padding"],
        stride=case["stride"],
    )
    assert tuple(expected.shape) == im2col_shape(op_of(case), case["x"], case["w"])


@given(convolutions())
def test_gradients_cost_what_torch_counts(case: dict[str, Any]) -> None:
    assume(case["groups"] == 1)  # torch's counter is too large by the groups in the kernel's gradient
    x, w = (torch.zeros(case[name], requires_grad=True) for name in ("x", "w"))
    conv = torch.nn.functional.conv1d if x.ndim == 3 else torch.nn.functional.conv2d
    y = conv(x, w, stride=case["stride"], padding=case["padding"], dilation=case["dilation"])
    with FlopCounterMode(display=False) as counter:
        y.backward(torch.ones_like(y))
    expected = counter.get_total_flops()
    assert expected == cost(op_of(case), case["x"], case["w"]).operations("2mac", "backward").value


def test_both_directions_add_up() -> None:
    record = cost(ops.Conv2d(padding=1), (1, 3, 8, 8), (4, 3, 3, 3), bias=True)
    assert record.forward + record.backward == record.forward + sum(record.gradients, Count())
    assert record.operations("mac", "both") == record.operations("mac") + record.operations("mac", "backward")


def test_bias_shapes_fit_every_layout() -> None:
    assert cost(ops.Conv2d(), (8, 8), (3, 3), bias=True).inputs[2] == ()
    assert cost(ops.Conv2d(), (1, 8, 8), (4, 1, 3, 3), bias=True).inputs[2] == (4,)
    assert cost(ops.Linear(), (8,), (5, 8), bias=True).inputs[2] == (5,)
    assert cost(ops.Linear(), (2, 8), (5, 8), bias=True).inputs[2] == (5,)


def test_parameters_are_weight_and_bias() -> None:
    record = cost(ops.Conv2d(padding=1), (1, 3, 8, 8), (4, 3, 3, 3), (4,), dtype="float64")
    assert record.parameters == 4 * 3 * 3 * 3 + 4
    assert record.parameter_memory == Bytes(8 * (4 * 3 * 3 * 3 + 4))
    assert record.activation_memory == Bytes(8 * 4 * 8 * 8)
    assert record.im2col_memory == Bytes(8 * 27 * 64)
    assert cost(ops.ReLU(), (2, 3)).im2col is None
    assert cost(ops.ReLU(), (2, 3)).im2col_memory == Bytes(0)


def test_intensity_is_work_for_each_byte() -> None:
    record = cost(ops.Linear(), (10,), (20, 10))
    assert record.traffic == Bytes(4 * (10 + 200 + 20))
    assert record.intensity() == Fraction(2 * 200, 4 * 230)
    assert record.intensity("mac") == Fraction(200, 4 * 230)


def test_comparisons_divisions_and_special_functions_are_in_no_total() -> None:
    assert cost(ops.MaxPool2d(2), (1, 1, 4, 4)).forward == Count(compare=4 * 3)
    assert {cost(ops.MaxPool2d(2), (1, 1, 4, 4)).operations(name).value for name in CONVENTIONS} == {0}


# --- units -----------------------------------------------------------------------------------------


def test_units_of_the_conventions() -> None:
    units = {name: read(Count(mul=2, add=1), name).unit for name in CONVENTIONS}
    assert units == {"exact": "operation", "mac": "MAC", "2mac": "FLOP", "skip-padding": "operation"}


def test_amounts_of_different_units_do_not_add() -> None:
    count = Count(mul=2, add=1)
    with pytest.raises(lc.ArgumentError, match="amount in MAC"):
        read(count, "mac") + read(count, "2mac")
    with pytest.raises(lc.ArgumentError, match="convention exact"):
        read(count, "exact") + read(count, "skip-padding")
    assert read(count, "mac") + read(count, "mac") == Amount(4, "MAC", "mac")


def test_amounts_as_text() -> None:
    assert str(Amount(1, "operation", "exact")) == "1 operation"
    assert str(Amount(2000, "operation", "exact")) == "2,000 operations"
    assert str(Amount(2000, "MAC", "mac")) == "2,000 MAC"
    assert int(Amount(7, "MAC", "mac")) == 7
    assert str(Bytes(1728)) == "1,728 B"
    assert int(Bytes(3)) == 3


def test_bytes_in_every_unit() -> None:
    b = Bytes(1728)
    assert (b.B, b.bit, b.kB, b.KiB) == (1728, 13824, Fraction(1728, 1000), Fraction(27, 16))
    assert (b.MB, b.MiB, b.GB) == (Fraction(1728, 10**6), Fraction(1728, 2**20), Fraction(1728, 10**9))
    assert Bytes(1) + Bytes(2) == Bytes(3)


@pytest.mark.parametrize("name", ["float16", "float32", "float64", "bfloat16", "int8", "int64", "bool", "complex64"])
def test_itemsize_is_torchs(name: str) -> None:
    expected = torch.zeros((), dtype=getattr(torch, name)).element_size()
    assert expected == itemsize(name) == itemsize(getattr(torch, name))


def test_itemsize_of_numpy_dtypes() -> None:
    assert itemsize(np.float32) == itemsize(np.dtype("float32")) == 4
    assert memory((16, 3, 3, 3), np.float64) == Bytes(3456)
    for unknown in ("float33", "object", "str", object):
        with pytest.raises(lc.ArgumentError, match="dtype"):
            itemsize(unknown)


# --- published counts ------------------------------------------------------------------------------


def test_alexnet_first_layer() -> None:
    entry = published("AlexNet conv1")
    record = cost(ops.Conv2d(stride=4), (3, 227, 227), (96, 3, 11, 11), bias=True)
    assert entry["weights"] == prod(record.inputs[1])
    assert entry["parameters"] == record.parameters
    assert entry["output_units"] == record.activations
    assert (1, *entry["im2col_columns"]) == record.im2col
    assert entry["weight_rows"] == [record.inputs[1][0], prod(record.inputs[1][1:])]


def test_vgg16_from_shapes_alone() -> None:
    entry, record = published("VGG-16"), cost(vgg16())
    assert entry["weights"] == cost(vgg16(bias=False)).parameters
    assert entry["parameters"] == record.parameters
    assert entry["activation_values"] == record.activations


def test_vgg16_total_of_activations_as_published_is_wrong() -> None:
    wrong = published("VGG-16")["wrong"]["activation_values"]
    assert wrong == VGG16_ACTIVATIONS_AS_PUBLISHED
    assert wrong != cost(vgg16()).activations


def test_dive_into_deep_learning_counts_two_for_each_mac() -> None:
    entry = published("256x256, 5x5")
    record = cost(ops.Conv2d(padding="same"), (128, 256, 256), (128, 128, 5, 5))
    assert entry["flop_2mac"] == record.operations("2mac").value
    assert entry["exact"] == record.operations("exact").value


def test_deep_learning_book_edge_detector() -> None:
    record = cost(ops.Conv2d(), (280, 320), (1, 2))
    assert published("fig. 9.6")["exact"] == record.operations("exact").value


@pytest.mark.parametrize("case", published("test_flop_counter")["cases"], ids=str)
def test_torch_test_suite(case: dict[str, Any]) -> None:
    record = cost(ops.Conv2d(padding=case["padding"]), tuple(case["x"]), tuple(case["w"]))
    assert case["flop_2mac"] == record.operations("2mac").value


def test_products_with_padding_of_the_five_by_five_image() -> None:
    entry = published("same-padded 5x5")
    count = cost(ops.Conv2d(padding=1), (5, 5), (3, 3)).forward
    assert entry["mac"] == count.mul
    assert entry["mac_skipping_padding"] == count.mul - count.mul_padding


# --- graphs ----------------------------------------------------------------------------------------


def test_a_graph_is_the_sum_of_its_layers() -> None:
    graph = small()
    total = cost(graph)
    alone = [cost(node.op, *(graph.nodes[i].shape for i in node.inputs)) for node in graph.nodes if node.op]
    assert [c.name for c in total.layers] == ["conv", "relu", "pool", "flatten", "linear1"]
    for name in CONVENTIONS:
        assert sum(c.operations(name).value for c in alone) == total.operations(name).value
    assert total.parameters == sum(c.parameters for c in alone)
    assert total.forward == sum((c.forward for c in alone), Count())
    assert total.operations("mac", "both") == total.operations("mac") + total.operations("mac", "backward")


def test_the_gradient_of_data_is_not_computed() -> None:
    first, *_ = cost(small()).layers
    assert first.gradients[0] is None
    assert first.backward == first.gradients[1] + first.gradients[2]


def test_shared_parameters_count_once_and_their_gradients_are_added() -> None:
    x, w = lc.Variable(shape=(1, 2, 5, 5), requires_grad=False), lc.Variable(shape=(2, 2, 3, 3), name="w")
    conv = ops.Conv2d(padding=1)
    total = cost(lc.record(conv, lc.record(conv, x, w), w))
    assert total.parameters == prod(w.shape)
    assert total.accumulation == Count(add=prod(w.shape))


def test_parameters_of_a_graph_may_be_named() -> None:
    W, x = lc.Variable(shape=(4, 6), name="W"), lc.Variable(shape=(6,), name="x", requires_grad=False)
    assert cost(W @ x).parameters == 0
    assert cost(W @ x, parameters=["W"]).parameters == 24
    assert cost(W @ x, parameters=["W"]).layers[0].parameters == 24


def test_cost_of_a_graph_by_name_of_dtype() -> None:
    total = cost(small(), dtype="float64")
    assert total.parameter_memory == Bytes(8 * total.parameters)
    assert total.activation_memory == Bytes(8 * total.activations)
    assert {layer.dtype for layer in total.layers} == {"float64"}


def test_activations_leave_views_out() -> None:
    total = cost(small())
    assert total.activations == 3 * 16 * 16 + 2 * 4 * 16 * 16 + 4 * 8 * 8 + 10


# --- memory that is really freed -------------------------------------------------------------------


class Arena:
    """Counts the numbers alive, and the most there ever were."""

    def __init__(self) -> None:
        self.alive = self.peak = 0

    def make(self, *shape: int) -> Block:
        return Block(self, prod(shape))


class Block:
    """A value that takes room from its making until Python drops it."""

    def __init__(self, arena: Arena, size: int) -> None:
        self.arena, self.size = arena, size
        arena.alive += size
        arena.peak = max(arena.peak, arena.alive)

    def __del__(self) -> None:
        self.arena.alive -= self.size


def test_inference_peak_of_a_sequence() -> None:
    arena = Arena()
    h = arena.make(3, 16, 16)
    h = arena.make(4, 16, 16)  # the old value is dropped when the new one is there
    h = arena.make(4, 16, 16)
    h = arena.make(4, 8, 8)
    h = arena.make(10)
    assert h.size == 10
    total = cost(small())
    assert memory((arena.peak + total.parameters,)) == total.inference_peak


def residual() -> lc.Graph:
    """x -> h = relu(x) -> a wide layer -> back -> sum with h."""
    x = lc.Variable(shape=(2, 6, 6), name="x", requires_grad=False)
    wide, back = lc.Variable(shape=(8, 2, 3, 3)), lc.Variable(shape=(2, 8, 3, 3))
    conv = ops.Conv2d(padding=1)
    h = lc.record(ops.ReLU(), x)
    return lc.Graph(h + lc.record(conv, lc.record(conv, h, wide), back))


def test_inference_peak_keeps_what_is_used_later() -> None:
    arena = Arena()
    x = arena.make(2, 6, 6)
    h = arena.make(2, 6, 6)
    del x
    a = arena.make(8, 6, 6)
    b = arena.make(2, 6, 6)
    del a
    y = arena.make(2, 6, 6)
    assert (h.size, b.size) == (y.size, y.size)
    total = cost(residual())
    assert memory((arena.peak + total.parameters,)) == total.inference_peak


def test_a_view_keeps_the_memory_that_it_shows() -> None:
    arena = Arena()
    x = arena.make(6, 6)
    h = view = arena.make(6, 6)
    del x, h
    y = arena.make(50)
    assert y.size > view.size
    total = cost(stack((6, 6), ops.ReLU(), ops.Reshape((36,)), (ops.Linear(), (50, 36))))
    assert memory((arena.peak + total.parameters,)) == total.inference_peak


def test_an_output_stays_to_the_end() -> None:
    arena = Arena()
    x = arena.make(4)
    early = arena.make(4)
    late = arena.make(4)
    del x
    last = arena.make(9)
    assert early.size + late.size < last.size
    v = lc.Variable(shape=(4,), name="x", requires_grad=False)
    first, second = lc.record(ops.ReLU(), v), lc.record(ops.Tanh(), v)
    third = lc.record(ops.Linear(), second, lc.Variable(shape=(9, 4)))
    total = cost(lc.Graph(first, third))
    assert memory((arena.peak + total.parameters,)) == total.inference_peak


def test_training_peak_keeps_all_values() -> None:
    arena = Arena()
    kept = [arena.make(*shape) for shape in ((2, 6, 6), (2, 6, 6), (8, 6, 6), (2, 6, 6), (2, 6, 6))]
    parameters = [arena.make(8, 2, 3, 3), arena.make(2, 8, 3, 3)]
    grad_y = arena.make(2, 6, 6)
    grad_b = arena.make(2, 6, 6)  # relu(x) comes from data: nothing asks for its gradient
    del grad_y
    grad_a, grad_back = arena.make(8, 6, 6), arena.make(2, 8, 3, 3)
    del grad_b
    grad_wide = arena.make(8, 2, 3, 3)
    del grad_a
    assert kept
    assert parameters
    assert grad_back.size == grad_wide.size
    assert memory((arena.peak,)) == cost(residual()).training_peak


# --- receptive fields ------------------------------------------------------------------------------


@st.composite
def stacks(draw: Any) -> list[tuple[int, int, int, int, bool]]:
    """Layers as (kernel, stride, padding, dilation, pooling), every pooling without dilation."""
    layer = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(0, 1), st.integers(1, 2), st.booleans())
    layers = draw(st.lists(layer, min_size=1, max_size=4))
    return [(k, s, min(p, k // 2) if pool else p, 1 if pool else d, pool) for k, s, p, d, pool in layers]


@given(stacks(), st.integers(20, 60))
def test_receptive_field_is_the_support_of_the_gradient(
    layers: list[tuple[int, int, int, int, bool]], size: int
) -> None:
    # Positive weights and averages: every path from an input position shows in the gradient.
    modules = [
        nn.AvgPool1d(k, s, p) if pool else nn.Conv1d(1, 1, k, s, p, d, bias=False) for k, s, p, d, pool in layers
    ]
    for module in modules:
        for parameter in module.parameters():
            nn.init.constant_(parameter, 1.0)
    x = torch.zeros(1, 1, size, dtype=torch.float64, requires_grad=True)
    try:
        y = nn.Sequential(*modules).double()(x)
    except RuntimeError:
        assume(False)  # the axis became shorter than a kernel
    (field,) = receptive_field(
        *(ops.AvgPool1d(k, s, p) if pool else (ops.Conv1d(s, p, d), (1, 1, k)) for k, s, p, d, pool in layers)
    )
    assert y.shape[-1] == field.output_size(size)
    for place in {0, y.shape[-1] // 2, y.shape[-1] - 1}:
        (grad,) = torch.autograd.grad(y[0, 0, place], x, retain_graph=True)
        seen = grad[0, 0].nonzero().flatten().tolist()
        if seen:  # a window in the padding sees nothing; gaps between strides stay inside the field
            assert min(seen) >= max(0, field.start(place))
            assert max(seen) <= min(size, field.start(place) + field.kernel) - 1
    middle = y.shape[-1] // 2
    first, last = field.start(middle), field.start(middle) + field.kernel - 1
    if first >= 0 and last < size:
        (grad,) = torch.autograd.grad(y[0, 0, middle], x)
        assert [grad[0, 0, first] != 0, grad[0, 0, last] != 0] == [True, True]


def test_receptive_field_of_vgg16_convolutions() -> None:
    layers = [(c.op, *c.inputs[1:]) for c in cost(vgg16()).layers if c.name.startswith(("conv", "pool"))]
    rows, columns = receptive_field(*layers)
    assert rows == columns
    assert (rows.kernel, rows.stride) == (212, 32)  # Araujo, Norris and Sim (2019), table of VGG-16


def test_receptive_field_of_a_graph_joins_its_paths() -> None:
    rows, _ = receptive_field(residual())
    assert (rows.kernel, rows.stride, rows.padding) == (5, 1, (2, 2))
    assert rows == receptive_field(residual(), source="x")[0]


def test_receptive_field_of_paths_padded_on_different_sides() -> None:
    x = lc.Variable(shape=(1, 1, 12), name="x", requires_grad=False)
    even = lc.record(ops.Conv1d(padding="same"), x, lc.Variable(shape=(1, 1, 2)))  # reads 0 and 1
    odd = lc.record(ops.Conv1d(padding="same"), x, lc.Variable(shape=(1, 1, 5)))  # reads -2 to 2
    far = lc.record(ops.Conv1d(padding="same"), even, lc.Variable(shape=(1, 1, 4)))  # reads -1 to 3
    alone = lc.record(ops.Conv1d(padding="same"), x, lc.Variable(shape=(1, 1, 4)))  # reads -1 to 2
    thin = lc.record(ops.Conv1d(padding="same"), x, lc.Variable(shape=(1, 1, 3)))  # reads -1 to 1
    expected = {
        "even + odd": (5, (2, 2)),
        "even + far": (5, (1, 3)),
        "odd + far": (6, (2, 3)),
        "x + far": (5, (1, 3)),
        "alone + thin": (4, (1, 2)),
        "thin + alone": (4, (1, 2)),
        "far + even": (5, (1, 3)),
    }
    sums = {
        "even + odd": even + odd,
        "even + far": even + far,
        "odd + far": odd + far,
        "x + far": x + far,
        "alone + thin": alone + thin,
        "thin + alone": thin + alone,
        "far + even": far + even,
    }
    fields = {name: receptive_field(lc.Graph(y), source="x")[0] for name, y in sums.items()}
    assert expected == {name: (field.kernel, field.padding) for name, field in fields.items()}
    assert {field.output_size(12) for field in fields.values()} == {12}


def test_receptive_field_errors() -> None:
    conv = (ops.Conv2d(), (1, 1, 3, 3))
    with pytest.raises(lc.ArgumentError, match="Linear"):
        receptive_field(conv, (ops.Linear(), (4, 4)))
    with pytest.raises(lc.ArgumentError, match="weight's shape"):
        receptive_field(ops.Conv2d())
    with pytest.raises(lc.ArgumentError, match="no window"):
        receptive_field(ops.ReLU())
    with pytest.raises(lc.ArgumentError, match="no window"):
        receptive_field()
    with pytest.raises(lc.ArgumentError, match="2 and 1 axes"):
        receptive_field(conv, ops.MaxPool1d(2))
    with pytest.raises(lc.ArgumentError, match="a graph among layers"):
        receptive_field(conv, residual())


def test_receptive_field_refuses_paths_of_unequal_strides() -> None:
    x = lc.Variable(shape=(1, 8, 8), name="x")
    half = lc.record(ops.MaxPool2d(1, 2), x)
    also_half = lc.record(ops.MaxPool2d(5), x)
    with pytest.raises(lc.ArgumentError, match="strides"):
        receptive_field(lc.Graph(lc.record(ops.MaxPool2d(4), half) + also_half))


def test_receptive_field_asks_which_input_is_meant() -> None:
    a, b = lc.Variable(shape=(8,), name="a"), lc.Variable(shape=(8,), name="b")
    graph = lc.Graph(lc.max_pool1d(a, 2) + lc.max_pool1d(b, 2))
    with pytest.raises(lc.ArgumentError, match="inputs a, b"):
        receptive_field(graph)
    assert receptive_field(graph, source="b")[0].kernel == 2


# --- torch modules ---------------------------------------------------------------------------------


class Residual(nn.Module):
    """Shared convolution, functional relu, an in-place sum, a view."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.relu(self.conv(x))
        y = torch.relu(self.conv(y)) + x
        y += x
        return y.flatten(1)


def modules() -> dict[str, tuple[nn.Module, Shape]]:
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(4, 5), nn.Sigmoid(), nn.Identity())
    return {
        "conv": (nn.Conv2d(3, 16, 3, padding=1), (1, 3, 128, 128)),
        "one axis": (nn.Sequential(nn.Conv1d(2, 4, 3, 2, 1, 2), nn.MaxPool1d(2), nn.AvgPool1d(2)), (2, 2, 32)),
        "grouped": (nn.Sequential(nn.Conv2d(4, 8, 3, groups=2, bias=False), nn.Tanh()), (1, 4, 9, 7)),
        "pools": (nn.Sequential(nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.AvgPool2d(2)), (1, 4, 16, 16)),
        "residual": (nn.Sequential(nn.Conv2d(3, 4, 1), Residual(), nn.Linear(256, 3)), (2, 3, 8, 8)),
        "head": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), *head), (2, 3, 8, 8)),
        "decoder": (nn.Sequential(nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2), nn.Softmax(1)), (2, 4, 5, 6)),
        "decoder of one axis": (
            nn.Sequential(nn.ConvTranspose1d(4, 3, 4, 2, dilation=2), nn.LogSoftmax(-1)),
            (1, 4, 7),
        ),
        "same": (nn.Conv2d(3, 4, 3, padding="same"), (1, 3, 8, 8)),
        "flattened": (nn.Sequential(nn.AdaptiveAvgPool2d((2, None)), nn.Flatten(1, 2), nn.Flatten(0)), (2, 3, 4, 6)),
    }


@pytest.mark.parametrize("name", modules())
def test_walked_module_costs_what_torch_counts(name: str) -> None:
    module, shape = modules()[name]
    total = cost(module, shape)
    with FlopCounterMode(display=False) as counter:
        y = module(torch.zeros(shape))
    assert counter.get_total_flops() == total.operations("2mac").value
    assert sum(p.numel() for p in module.parameters()) == total.parameters
    assert tuple(y.shape) == total.layers[-1].output


def test_vgg16_walked_is_vgg16_stacked() -> None:
    blocks: list[nn.Module] = []
    channels = 3
    with torch.device("meta"):
        for widths in ((64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3):
            for width in widths:
                blocks.append(nn.Conv2d(channels, width, 3, padding=1))
                channels = width
            blocks.append(nn.MaxPool2d(2))
        head = [nn.Flatten(), nn.Linear(512 * 7 * 7, 4096), nn.Linear(4096, 4096), nn.Linear(4096, 1000)]
        walked = cost(nn.Sequential(*blocks, *head), (1, 3, 224, 224))
    stacked = cost(vgg16())
    assert [(c.forward, c.gradients) for c in walked.layers] == [(c.forward, c.gradients) for c in stacked.layers]
    assert (walked.parameters, walked.activations) == (stacked.parameters, stacked.activations)
    assert walked.training_peak == stacked.training_peak


def test_walk_leaves_the_module_as_it_was() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(nn.Dropout(), nn.ReLU()).eval())
    module.train()
    module[1][0].eval()
    before = [m.training for m in module.modules()]
    walk(module, (1, 3, 8, 8))
    assert before == [m.training for m in module.modules()]
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in module.modules())


def test_walk_is_in_evaluation_mode() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    walk(module, (1, 3, 8, 8), rules={nn.BatchNorm2d: lambda module, shape: None})
    assert module[1].num_batches_tracked == 0
    assert module.training


def test_walk_takes_the_dtype_and_the_frozen_parameters_of_the_module() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3)).double()
    module[0].requires_grad_(False)
    total = cost(module, (1, 3, 8, 8))
    assert total.parameter_memory == Bytes(8 * total.parameters)
    assert total.layers[0].gradients == (None, None, None)
    assert total.layers[1].gradients[0] is None
    assert cost(nn.ReLU(), (2, 3)).dtype == "float32"
    assert cost(module, (1, 3, 8, 8), dtype="int8").parameter_memory == Bytes(total.parameters)


class Functional(nn.Module):
    """A convolution that no hook sees."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Conv2d(3, 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv2d(x, self.inner.weight)


class Plus(nn.Module):
    """A sum with a number, and one of different shapes."""

    def __init__(self, other: Any) -> None:
        super().__init__()
        self.other, self.relu = other, nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(x) + self.other


@pytest.mark.parametrize(
    ("module", "told"),
    [
        (nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)), "BatchNorm2d"),
        (Functional(), "conv2d between modules"),
        (Plus(1.0), "add"),
        (Plus(torch.ones(1, 3, 8, 8)), "Tensor of shape"),
        (nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"), "padding_mode"),
        (nn.AvgPool2d(2, divisor_override=3), "divisor_override"),
        (nn.AdaptiveAvgPool2d(3), "output_size"),
        (nn.MaxPool2d(2, return_indices=True), "return_indices"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_has_no_rule_is_an_error(module: nn.Module, told: str) -> None:
    with pytest.raises(lc.ArgumentError, match=told):
        walk(module, (1, 3, 8, 8))
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in module.modules())


def test_rules_may_be_added_and_are_checked() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    folded = cost(module, (1, 3, 8, 8), rules={nn.BatchNorm2d: lambda module, shape: None})
    assert folded.operations("mac").value == cost(module[0], (1, 3, 8, 8)).operations("mac").value
    with pytest.raises(lc.ArgumentError, match="rules"):
        walk(module, (1, 3, 8, 8), rules={nn.BatchNorm2d: lambda module, shape: ops.MaxPool2d(2)})


# --- wrong arguments -------------------------------------------------------------------------------


def test_errors_name_the_argument() -> None:
    record = cost(ops.Conv2d(), (3, 3), (2, 2))
    with pytest.raises(lc.ArgumentError, match=r"convention = 'flop'.*'exact', 'mac', '2mac', 'skip-padding'"):
        record.operations("flop")
    with pytest.raises(lc.ArgumentError, match="direction"):
        record.operations("mac", "sideways")
    with pytest.raises(lc.ArgumentError, match="bias"):
        cost(ops.ReLU(), (3,), bias=True)
    with pytest.raises(lc.ArgumentError, match="bias"):
        cost(ops.Linear(), (3,), (2, 3), (2,), bias=True)
    with pytest.raises(lc.ArgumentError, match="target"):
        cost("conv2d", (3, 3))
    with pytest.raises(lc.ArgumentError, match="shapes"):
        cost(nn.ReLU())
    with pytest.raises(lc.ArgumentError, match="x = shape"):
        cost(lc.record(ops.ReLU(), lc.Variable(shape=(None, 3), name="x")))
    with pytest.raises(lc.ArgumentError, match="entries"):
        ops.Reshape((3,)).shape((2, 2))
    with pytest.raises(lc.ArgumentError, match="names"):
        stack((3, 3), ops.ReLU(), names=("a", "b"))
    with pytest.raises(lc.ArgumentError, match="parameters for ReLU"):
        stack((3, 3), (ops.ReLU(), (1,), (2,)))


def test_reshape_keeps_entries_and_hands_gradients_back() -> None:
    x = np.arange(6.0).reshape(2, 3)
    op = ops.Reshape((3, 2))
    assert op.forward(x).tolist() == x.reshape(3, 2).tolist()
    assert op.vjp(0, op.forward(x), op.forward(x), x).tolist() == x.tolist()
    assert [(s.index, s.terms[0].index, s.value) for s in op.trace(x)][3] == ((1, 1), (1, 0), 3.0)
    assert op.count((2, 3)) == op.count_vjp(0, (2, 3)) == Count()


def test_a_cost_is_a_frozen_record() -> None:
    record = cost(ops.Conv2d(), (3, 3), (2, 2))
    assert isinstance(record, Cost)
    with pytest.raises(AttributeError):
        record.name = "other"  # type: ignore[misc]


def test_networks_may_do_without_biases() -> None:
    for network in (small, vgg16):
        whole, bare = lc.cost(network()), lc.cost(network(bias=False))
        outputs = sum(c.inputs[1][0] for c in whole.layers if len(c.inputs) > 2)
        assert whole.parameters - bare.parameters == outputs
        assert not any(len(c.inputs) > 2 for c in bare.layers)


def test_a_graph_is_read_as_a_layer_is() -> None:
    total = cost(small())
    assert total.operations() == total.operations("exact", "forward")
    assert total.operations().value == sum(layer.operations().value for layer in total.layers)
    with pytest.raises(lc.ArgumentError, match="convention"):
        total.operations("flops")
