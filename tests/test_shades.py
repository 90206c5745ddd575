"""Numbers as an image, read back from the SVG and compared with what PyTorch computes."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labcode.errors import ArgumentError
from labcode.lab5.picture import KERNELS, PICTURE
from labcode.render.html import number
from labcode.render.shades import SIDE, STRONGEST, draw_shades

SVG = "{http://www.w3.org/2000/svg}"
SMALL = arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.integers(-3, 3))


def shades(text: str) -> tuple[ElementTree.Element, np.ndarray, set[tuple[int, int]]]:
    """The drawing, the opacity of each of its squares with the sign of its colour, and where a minus is."""
    drawn = ElementTree.fromstring(text).find(f"{SVG}svg")
    assert drawn is not None
    *_, frame = drawn.iter(f"{SVG}rect")
    left, top = float(frame.attrib["x"]), float(frame.attrib["y"])
    found = np.zeros([round(float(frame.attrib[side]) / SIDE) for side in ("height", "width")])
    bars = set()
    for path in drawn.iter(f"{SVG}path"):
        filled = path.attrib["fill"] != "none"
        for x, y in re.findall(r"M([\d.]+) ([\d.]+)", path.attrib["d"]):
            place = int((float(y) - top) // SIDE), int((float(x) - left) // SIDE)
            if filled:
                assert found[place] == 0, "one square for an entry"
                found[place] = float(path.attrib["fill-opacity"]) * (-1 if "danger" in path.attrib["fill"] else 1)
            else:
                bars.add(place)
    return drawn, found, bars


@given(SMALL, SMALL)
def test_each_square_is_as_strong_as_its_entry_is_large(x: np.ndarray, kernel: np.ndarray) -> None:
    drawn, found, bars = shades(draw_shades(x, "title", kernel))
    whole = torch.tensor(x, dtype=torch.float64)
    expected = torch.nan_to_num(STRONGEST * whole / whole.abs().max())
    np.testing.assert_allclose(found, expected.numpy(), atol=0.005)
    assert bars == {(i, j) for i, j in torch.nonzero(whole < 0).tolist()}
    title, *weights = [t.text for t in drawn.iter(f"{SVG}text") if t.text != "→"]
    assert (title, weights) == ("title", [number(v) for v in kernel.ravel().tolist()])
    said = drawn.findtext(f"{SVG}desc")
    low, high = whole.aminmax()
    assert said == (
        f"{len(x)} by {len(x[0])} entries from {number(low.item())} to {number(high.item())}; "
        f"{(whole > 0).sum()} are positive, {(whole < 0).sum()} negative."
    )


@pytest.mark.parametrize("name", KERNELS)
def test_kernels_answer_to_what_they_are_named_after(name: str) -> None:
    """Each kernel by its definition on whole images, without a window."""
    padded = np.pad(PICTURE, 1)

    around = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    shifted = {(i, j): np.roll(padded, (-i, -j), (0, 1))[1:-1, 1:-1] for i, j in around}
    expected = {
        "right minus left": sum(shifted[i, 1] - shifted[i, -1] for i in (-1, 0, 1)),
        "below minus above": sum(shifted[1, j] - shifted[-1, j] for j in (-1, 0, 1)),
        "itself minus its neighbours": 4 * PICTURE - sum(shifted[i, j] for i, j in around if abs(i) + abs(j) == 1),
        "all added up": sum(shifted.values()),
    }[name]
    answer = torch.nn.functional.conv2d(
        torch.tensor(PICTURE)[None, None], torch.tensor(KERNELS[name])[None, None], padding=1
    )
    np.testing.assert_array_equal(answer[0, 0].numpy(), expected)


def test_what_cannot_be_shaded_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"array = shape \(2,\)"):
        draw_shades([1, 2], "a row")
    with pytest.raises(ArgumentError, match=r"kernel = shape \(0, 0\)"):
        draw_shades([[1]], "a dot", np.zeros((0, 0)))
    with pytest.raises(ArgumentError, match="finite numbers"):
        draw_shades([[np.nan]], "nothing")
