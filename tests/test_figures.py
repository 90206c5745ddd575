"""Drawings of cones, columns, borders and roofs, read back from their SVG and compared with PyTorch."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from labcode.cost import Roofline
from labcode.errors import ArgumentError
from labcode.geometry import Window
from labcode.render.figures import (
    draw_borders,
    draw_channels,
    draw_im2col,
    draw_places,
    draw_receptive_field,
    draw_roofline,
)
from labcode.render.html import number

STEP = 36  # width of a position
OCTAVE, RISE = 40, 30  # a doubling under a roof, to the right and upwards
SVG = "{http://www.w3.org/2000/svg}"
LAYERS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 2)), min_size=1, max_size=3
)


def read(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text).find(f"{SVG}svg")  # type: ignore[return-value]


@given(LAYERS, st.integers(5, 14), st.data())
def test_the_cone_marks_the_inputs_that_have_a_gradient(
    layers: list[tuple[int, ...]], size: int, data: st.DataObject
) -> None:
    x = torch.ones(1, 1, size, dtype=torch.float64, requires_grad=True)
    values = [x]
    for kernel, stride, padding, dilation in layers:
        assume(values[-1].shape[-1] + 2 * padding > dilation * (kernel - 1))
        w = torch.ones(1, 1, kernel, dtype=torch.float64)
        values.append(torch.nn.functional.conv1d(values[-1], w, None, stride, padding, dilation))
    place = data.draw(st.integers(0, values[-1].shape[-1] - 1))
    windows = [Window(k, s, (p, p), d) for k, s, p, d in layers]
    drawn = read(draw_receptive_field(size, windows, place))
    for value in values[1:-1]:
        value.retain_grad()
    values[-1][0, 0, place].backward()
    seen = [torch.count_nonzero(v.grad).item() for v in values[:-1]] + [1]
    told = [t.text or "" for t in drawn.iter(f"{SVG}text")]
    assert told == [
        f"{f'layer {level}' if level else 'image'}: {seen[level]} of {values[level].shape[-1]}"
        for level in reversed(range(len(values)))
    ]
    assert len(list(drawn.iter(f"{SVG}circle"))) == sum(seen)
    rects = [r for r in drawn.iter(f"{SVG}rect") if r.get("stroke-dasharray") is None]
    assert len(rects) == sum(v.shape[-1] for v in values)
    image = rects[-size:]  # the image is drawn last
    marked = [r.get("stroke-width") == "3" for r in image]
    assert marked == (x.grad[0, 0] != 0).tolist()  # type: ignore[index]


@given(st.tuples(st.integers(1, 3), st.integers(1, 3)), st.integers(1, 2), st.integers(0, 1), st.data())
def test_the_columns_are_those_of_unfold(
    kernel: tuple[int, int], stride: int, padding: int, data: st.DataObject
) -> None:
    x = np.arange(12.0).reshape(3, 4) - 5
    columns = torch.nn.functional.unfold(torch.tensor(x)[None, None], kernel, 1, padding, stride)[0]
    windows = [Window(k, stride, (padding, padding)) for k in kernel]
    places = tuple(w.output_size(n) for w, n in zip(windows, x.shape, strict=True))
    place = tuple(data.draw(st.integers(0, n - 1)) for n in places)
    text = draw_im2col(x, windows, place)
    cells = [t for t in read(text).iter(f"{SVG}text") if t.text != "→"]
    matrix = cells[-columns.numel() :]
    assert [t.text for t in matrix] == [number(v) for v in columns.ravel().tolist()]
    chosen = int(np.ravel_multi_index(place, places))
    bold = [i % columns.shape[1] for i, t in enumerate(matrix) if t.get("font-weight") == "bold"]
    assert bold == [chosen] * len(columns)
    window = [t.text for t in cells[: -columns.numel()] if t.get("font-weight") == "bold"]
    assert sorted(window) == sorted(number(v) for v in columns[:, chosen].tolist())  # type: ignore[type-var]
    said = re.search(r"becomes column (\d+): (.*)\.</desc>", text)
    assert said is not None
    assert said[2] == ", ".join(number(v) for v in columns[:, chosen].tolist())


@given(st.integers(1, 3), st.integers(1, 2), st.integers(0, 1), st.integers(0, 9), st.data())
def test_the_channels_add_up_to_the_output(
    channels: int, stride: int, padding: int, seed: int, data: st.DataObject
) -> None:
    rng = np.random.default_rng(seed)
    x, w = rng.integers(-5, 6, (channels, 3, 4)), rng.integers(-5, 6, (channels, 2, 2))
    image, kernel = (torch.tensor(a, dtype=torch.float64)[None] for a in (x, w))
    each = torch.nn.functional.conv2d(image, kernel[0][:, None], None, stride, padding, groups=channels)[0]
    y = torch.nn.functional.conv2d(image, kernel, None, stride, padding)[0, 0]
    place = tuple(data.draw(st.integers(0, n - 1)) for n in y.shape)
    text = draw_channels(x, w, [Window(2, stride, (padding, padding))] * 2, place)
    cells = [t for t in read(text).iter(f"{SVG}text") if t.text not in ("·", "=", "Σ")]
    assert cells[-1].text == number(y[place].item())
    said = re.search(r"give (.*) = ", text)
    assert said is not None
    assert re.sub(r"[()]", "", said[1]).split(" + ") == [number(each[c][place].item()) for c in range(channels)]
    unfolded = torch.nn.functional.unfold(image, 2, 1, padding, stride)[0].reshape(channels, 4, -1)
    windows = unfolded[:, :, np.ravel_multi_index(place, y.shape)].tolist()
    marked = [n for window, layer in zip(windows, w.reshape(channels, 4).tolist(), strict=True) for n in window + layer]
    bold = [t.text for t in cells if t.get("font-weight") == "bold"]
    assert bold == [number(n) for n in (*marked, y[place].item())]


@given(st.integers(1, 9), st.integers(1, 3), st.integers(1, 4), st.integers(0, 2), st.integers(1, 2))
def test_the_places_are_those_of_torch(size: int, kernel: int, stride: int, padding: int, dilation: int) -> None:
    padded = torch.nn.functional.pad(torch.ones(size), (padding, padding))
    extent = dilation * (kernel - 1) + 1
    assume(extent <= len(padded))
    windows = torch.arange(len(padded)).unfold(0, extent, stride)[:, ::dilation].tolist()
    text = draw_places(size, Window(kernel, stride, (padding, padding), dilation))
    drawn = read(text)
    rows: dict[str, list[int]] = {}
    for dot in drawn.iter(f"{SVG}circle"):
        rows.setdefault(dot.attrib["cy"], []).append(int((float(dot.attrib["cx"]) - 10) // STEP))
    assert list(rows.values()) == windows
    axis = list(drawn.iter(f"{SVG}rect"))[: len(padded)]
    assert [r.get("stroke-dasharray") is None for r in axis] == padded.bool().tolist()
    crossed = [
        int((float(a.attrib["x1"]) - 10) // STEP) for a in drawn.iter(f"{SVG}line") if a.get("y1") != a.get("y2")
    ]
    assert crossed == list(range(windows[-1][-1] + 1, len(padded)))
    assert [t.text for t in drawn.iter(f"{SVG}text")] == [*map(str, range(len(padded)))]
    said = re.search(r"starts at ([\d, ]+)[.;]", text)
    assert said is not None
    assert said[1] == ", ".join(str(w[0]) for w in windows)


@given(
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.integers(1, 2),
    st.integers(0, 2),
)
def test_the_borders_hold_what_a_kernel_of_ones_gives_on_ones(
    shape: tuple[int, int], kernel: tuple[int, int], stride: int, padding: int
) -> None:
    assume(all(n + 2 * padding >= k for n, k in zip(shape, kernel, strict=True)))
    image, ones = torch.ones(1, 1, *shape), torch.ones(1, 1, *kernel)
    counts = torch.nn.functional.conv2d(image, ones, None, stride, padding)[0, 0]
    text = draw_borders(shape, [Window(k, stride, (padding, padding)) for k in kernel])
    drawn = read(text)
    assert [t.text for t in drawn.iter(f"{SVG}text")] == [number(n) for n in counts.ravel().tolist()]
    shades = torch.tensor([float(r.attrib["fill-opacity"]) for r in drawn.iter(f"{SVG}rect")])
    full = counts.ravel() == kernel[0] * kernel[1]
    assert (shades == 0).tolist() == full.tolist()
    said = re.search(r"<desc>(.*)\.</desc>", text)
    assert said is not None
    assert [[float(n) for n in row.split(", ")] for row in said[1].split("; ")] == counts.tolist()


@given(st.integers(1, 1000), st.integers(1, 100), st.lists(st.integers(1, 4000), min_size=1, max_size=5, unique=True))
def test_work_stands_on_the_roof_that_bounds_it(peak: int, bandwidth: int, tenths: list[int]) -> None:
    work = {f"w{n}": n / 10 for n in tenths}
    drawn = read(draw_roofline(Roofline(peak, bandwidth), work))
    dots = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in drawn.iter(f"{SVG}circle")]
    ordered = sorted(work.values(), reverse=True)
    best = [min(peak, bandwidth * i) for i in ordered]
    across = [OCTAVE * np.log2(ordered[0] / i) for i in ordered]
    down = [RISE * np.log2(peak / b) for b in best]
    assert [dots[0][0] - x for x, _ in dots] == pytest.approx(across, abs=0.11)
    assert [y - 40 for _, y in dots] == pytest.approx(down, abs=0.06)
    labels = [t for t in drawn.iter(f"{SVG}text") if (t.text or "").startswith("w")]
    names, bounds = zip(*((t.text or "").split(": ") for t in labels), strict=True)
    assert list(names) == [f"w{round(10 * i)}" for i in ordered]
    assert [float(b.replace(",", "")) for b in bounds] == pytest.approx(best, rel=0.05)
    lines = [float(t.attrib["y"]) for t in labels]
    assert all(after - before > 21 for before, after in pairwise(lines))
    assert all(y < line for (_, y), line in zip(dots, lines, strict=True))
    assert f"ridge: {number(peak / bandwidth, 3)} FLOP/B" in [t.text for t in drawn.iter(f"{SVG}text")]


def test_a_partial_window_reaches_over_the_end() -> None:
    drawn = read(draw_places(4, Window(2, 3, ceil_mode=True)))
    dots = [float(c.attrib["cx"]) for c in drawn.iter(f"{SVG}circle")]
    kept = torch.nn.functional.max_pool1d(torch.arange(4.0)[None], 2, 3, ceil_mode=True)
    assert len(dots) == 2 * kept.numel()
    assert max(dots) > 10 + 4 * STEP
    assert max(dots) < float(drawn.attrib["viewBox"].split()[2])


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ArgumentError, match="a window that fits"):
        draw_places(2, Window(3))
    with pytest.raises(ArgumentError, match="place = 5: expected a position of the output, 0 to 2"):
        draw_receptive_field(4, [Window(2)], 5)
    with pytest.raises(ArgumentError, match="kernel"):
        draw_receptive_field(4, [Window(9)], 0)
    with pytest.raises(ArgumentError, match="two axes"):
        draw_im2col([1, 2], [Window(1), Window(1)], (0, 0))
    with pytest.raises(ArgumentError, match=r"w = shape \(2, 1\)"):
        draw_channels([[[1, 2]]], [[1], [2]], [Window(1), Window(1)], (0, 0))
    with pytest.raises(ArgumentError, match="kernel"):
        draw_borders((2, 2), [Window(1), Window(3)])
    for work in ({}, {"a": 1.0, "b": 0.0}):
        with pytest.raises(ArgumentError, match="a positive intensity"):
            draw_roofline(Roofline(1, 1), work)
    with pytest.raises(ArgumentError, match="a place of the 1 × 1 output"):
        draw_im2col([[1, 2]], [Window(1), Window(2)], (0, 1))
