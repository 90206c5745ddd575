"""Drawings of cones and columns, read back from their SVG and compared with PyTorch."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from labcode.errors import ArgumentError
from labcode.geometry import Window
from labcode.render.figures import draw_channels, draw_im2col, draw_places, draw_receptive_field
from labcode.render.html import number

STEP = 36  # width of a position
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
    with pytest.raises(ArgumentError, match="a place of the 1 × 1 output"):
        draw_im2col([[1, 2]], [Window(1), Window(2)], (0, 1))
