"""What explorers share: numbers and settings as Python writes them, links, sizes of the scripts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from labcode import explore
from labcode.explore.explorer import JS, NOTE, modules, script
from labcode.render.html import number
from tests.browser.explorers import answers, opened
from tests.browser.session import Visitor

KINDS = sorted(path.stem for path in JS.glob("*.js") if "\ndefine(" in path.read_text(encoding="utf-8"))
LARGEST = 12_000
SIZES = {path.name: len(NOTE.sub("", path.read_text(encoding="utf-8")).encode()) for path in JS.glob("*.js")}


def test_numbers_are_written_as_labcode_writes_them(reader: Visitor, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    some = [
        0.0,
        -0.0,
        1e15,
        -1e15,
        999.95,
        9999.5,
        0.00012345,
        -0.000099995,
        1.0625,
        1.1875,
        -0.015625,
        1 / 3,
        123456.5,
    ]
    drawn = rng.normal(size=500) * 10.0 ** rng.integers(-9, 9, 500)
    ties = (2 * rng.integers(0, 5000, 300) + 1) / 2.0 ** rng.integers(1, 12, 300)
    whole = rng.integers(-(10**9), 10**9, 100).astype(float)
    values = [*some, *drawn.tolist(), *ties.tolist(), *whole.tolist()]
    with opened(reader, tmp_path, explore.pooling([2, 1, 3], 2)) as visit:
        found = answers(visit, "text.js", "number", [[v] for v in values])
    assert [f["answer"] for f in found] == [number(v) for v in values]


def test_a_state_survives_its_link(reader: Visitor, tmp_path: Path) -> None:
    state = {"x": [[1, -2.5], [0, 1e-7]], "padding": "it's (50%); a:b&c=d", "flip": True, "stride": None, "step": 3}
    with opened(reader, tmp_path, explore.pooling([2, 1, 3], 2)) as visit:
        [link] = answers(visit, "link.js", "encode", [[state]])
        assert not set(link["answer"]) & set(' "<>[]{}&=#|\\^`')
        assert answers(visit, "link.js", "decode", [[link["answer"]]]) == [{"answer": state}]
        assert answers(visit, "link.js", "decode", [["x:((1,;step:2;:;"]]) == [{"answer": {"step": 2}}]


@pytest.mark.parametrize("kind", KINDS)
def test_an_explorer_is_small(kind: str) -> None:
    """Its own modules, and those it shares with others, without their comments."""
    own = modules(kind).keys()
    others = {name for other in KINDS if other != kind for name in modules(other)}
    assert sum(SIZES[name] for name in own - others) <= LARGEST
    assert max(SIZES[name] for name in own & others) <= LARGEST
    assert "</script" not in script(kind)
