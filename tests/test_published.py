"""Worked examples as others published them, with their sources (tests/data/published.json).

The counts among them are in test_cost.py, with those values that were published wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import labcode as lc
from labcode import ops, reference
from labcode.geometry import Window

PUBLISHED = json.loads((Path(__file__).parent / "data" / "published.json").read_text(encoding="utf-8"))


def array(value: Any) -> np.ndarray:
    return np.array(value)


def _sizes() -> Iterator[Any]:
    for group in PUBLISHED["output_size"]:
        for case in group["cases"]:
            if "output" in case:
                settings = {k: case[k] for k in ("input", "kernel", "padding", "stride")}
                yield pytest.param(case, id=f"{group['source'].split(',')[0]}: {settings}")


@pytest.mark.parametrize("case", list(_sizes()))
def test_output_sizes(case: dict[str, int]) -> None:
    padding = (case["padding"], case["padding"])
    window = Window(case["kernel"], case["stride"], padding, case.get("dilation", 1))
    assert window.output_size(case["input"]) == case["output"]


@pytest.mark.parametrize("case", PUBLISHED["output_size"][2]["cases"])
def test_output_shapes_in_the_documentation_of_torch(case: dict[str, Any]) -> None:
    group = PUBLISHED["output_size"][2]
    assert group["source"] == "torch.nn.Conv2d documentation"
    settings = {k: v for k, v in case.items() if k not in ("kernel", "output_shape")}
    batch, channels, *_ = group["input_shape"]
    weight = (group["out_channels"], channels, *case["kernel"])
    assert ops.Conv2d(**settings).shape(tuple(group["input_shape"]), weight) == tuple(case["output_shape"])
    assert case["output_shape"][0] == batch


def cs231n_conv(conv: Any) -> Any:
    """The assignment's input, kernels, bias and settings, given to a convolution."""
    x = np.linspace(-0.1, 0.5, 96).reshape(2, 3, 4, 4)
    w = np.linspace(-0.2, 0.3, 144).reshape(3, 3, 4, 4)
    return conv(x, w, np.linspace(-0.1, 0.2, 3), stride=2, padding=1)


def _true_convolution(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    return lc.conv2d(x, w[::-1, ::-1])


CALLS = {
    "corr": lc.conv2d,
    "true_convolution": _true_convolution,
    "max_pool": lc.max_pool2d,
    "avg_pool": lc.avg_pool2d,
}


@pytest.mark.parametrize("case", PUBLISHED["values"], ids=lambda c: f"{c['op']}: {c['source'][:60]}")
def test_values(case: dict[str, Any]) -> None:
    if case["op"] == "cs231n_conv":
        np.testing.assert_allclose(cs231n_conv(lc.conv2d)[0], case["y0"], atol=5e-9, rtol=0)  # given to 8 digits
        return
    arrays = [array(case[name]) for name in ("x", "w") if name in case]
    settings = {name: case[name] for name in ("kernel_size", "stride", "padding") if name in case}
    assert CALLS[case["op"]](*arrays, **settings).tolist() == case["y"]


@pytest.mark.parametrize("case", [c for c in PUBLISHED["values"] if "convolution" in c["op"] or c["op"] == "corr"])
def test_values_by_plain_loops(case: dict[str, Any]) -> None:
    if np.ndim(case["x"]) == 2 and "padding" not in case:
        by = reference.convolve if case["op"] == "true_convolution" else reference.correlate
        assert by(case["x"], case["w"]) == case["y"]


def test_a_flipped_kernel_gives_other_values() -> None:
    """Two published results of the same image and kernel: the words are confused, not the numbers."""
    corr, conv = PUBLISHED["values"][:2]
    assert (corr["x"], corr["w"]) == (conv["x"], conv["w"])
    assert corr["y"] != conv["y"]


def test_gradients_of_a_convolution() -> None:
    case = PUBLISHED["gradients"][0]
    x, w = lc.Variable(case["x"]), lc.Variable(case["w"])
    y = lc.conv1d(x, w)
    y.backward(case["upstream"])
    assert [y.value.tolist(), x.grad.tolist(), w.grad.tolist()] == [case["y"], case["dx"], case["dw"]]


def test_jacobians_of_a_convolution_row_by_row() -> None:
    case = PUBLISHED["gradients"][1]
    x, w = array(case["x"]).astype(float), array(case["w"]).astype(float)
    op = ops.Conv2d()
    y = op.forward(x, w)
    rows = [np.eye(1, y.size, i).reshape(y.shape) for i in range(y.size)]
    assert [op.vjp(0, row, y, x, w).ravel().tolist() for row in rows] == case["dz_dx"]
    assert [op.vjp(1, row, y, x, w).ravel().tolist() for row in rows] == case["dz_dw"]


def test_gradients_of_a_product_of_a_sum() -> None:
    case = PUBLISHED["gradients"][2]
    x, y, z = (lc.Variable(case[name], name=name) for name in "xyz")
    q = x + y
    f = q * z
    f.backward()
    assert {"q": q.value, "f": f.value} == {"q": case["q"], "f": case["f"]}
    assert {f"d{v.name}": v.grad for v in (x, y, z, q.named("q"))} == {k: case[k] for k in ("dx", "dy", "dz", "dq")}


def test_ties_of_a_maximum() -> None:
    for case in PUBLISHED["ties"]:
        x = lc.Variable(case["x"])
        lc.max_pool2d(x, case["kernel_size"]).sum().backward()
        assert x.grad.tolist() == case["grad"]


def test_every_published_group_is_used() -> None:
    """A group added to the file must get a test, here or (counts) in test_cost.py."""
    lengths = {name: len(group) for name, group in PUBLISHED.items() if name not in ("about", "counts")}
    assert lengths == {"output_size": 3, "values": 11, "gradients": 3, "ties": 1}
