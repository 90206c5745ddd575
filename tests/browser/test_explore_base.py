"""What explorers share: numbers and settings as Python writes them, links, sizes of the scripts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from labcode import explore
from labcode.explore.explorer import JS, Explorer, modules, script
from labcode.render.html import number
from labcode.render.scripts import NOTE
from tests.browser.explorers import answers, opened
from tests.browser.session import VIEWS, Visitor

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


CONVOLUTION = explore.convolution([[1, 0, 2], [2, 1, -1], [0, 0, 2]], [[1, -1], [0, 2]], padding=1)
STARTS = [
    CONVOLUTION,
    explore.convolution([[2, 1, 2.5, 0], [1, 1, 0, 3]], [[[1, 0, -1]], [[1, 2, 0]]], stride=2, groups=2, flip=True),
    explore.pooling([[1, 0, 2], [2, 1, -1], [0, 0, 2]], (1, 2)),
    explore.pooling([1, 0, 2, 5, 7], 3, 2, 1, ceil_mode=True, kind="mean"),
]


@pytest.mark.parametrize("start", STARTS, ids=["convolution", "true convolution", "max", "mean"])
def test_the_code_it_copies_gives_its_numbers(start: Explorer, reader: Visitor, tmp_path: Path) -> None:
    y = np.squeeze(start.trace()["y"])
    with opened(reader, tmp_path, start) as visit:
        visit.page.evaluate("navigator.clipboard.writeText = async (text) => { globalThis.copied = text; }")
        for name in ("PyTorch", "labcode"):
            visit.page.get_by_role("button", name=f"Copy {name} code").click()
            code = visit.page.evaluate("globalThis.copied")
            said: list[object] = []
            exec(code, {"print": said.append})  # as a reader would
            assert np.allclose(np.squeeze(np.asarray(said[0])), y)


def test_a_link_brings_back_the_configuration_and_leaves_other_explorers_alone(reader: Visitor, tmp_path: Path) -> None:
    other = explore.convolution([1, 2, 3], [1, 1], name="line")
    with opened(reader, tmp_path, CONVOLUTION, other) as visit:
        first, second = visit.page.locator("[data-explorer]").all()
        first.get_by_label("stride").fill("2")
        first.get_by_label("stride").press("Enter")
        second.get_by_label("next step").click()
        second.get_by_role("button", name="Copy link").click()
        visit.page.wait_for_function("location.hash.includes('line=') && location.hash.includes('stride:')")
        link = visit.page.url.partition("#")[2]
        assert set(link.split("&")) == {"convolution=stride:2", "line=step:1"}
    with opened(reader, tmp_path, CONVOLUTION, other, link=f"#{link}") as visit:
        first, second = visit.page.locator("[data-explorer]").all()
        expect(first.get_by_label("stride")).to_have_value("2")
        expect(second.locator(".place")).to_have_text("2 of 2")
        first.get_by_role("button", name="Start over").click()
        visit.page.wait_for_function("location.hash === '#line=step:1'")


def test_a_link_that_labcode_would_refuse_shows_the_error_and_what_was_there(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, CONVOLUTION, link="#convolution=stride:0") as visit:
        expect(visit.page.get_by_role("alert")).to_contain_text("stride = 0: expected an integer >= 1")
        expect(visit.page.locator(".sum b").last).to_have_text("2")
    with opened(reader, tmp_path, CONVOLUTION, link="#convolution=padding:1000000000") as visit:
        expect(visit.page.get_by_role("alert")).to_contain_text("at most 64")


@pytest.mark.parametrize("start", STARTS[::2], ids=["convolution", "max"])
def test_on_paper_and_without_scripts_there_is_a_numbered_table(
    start: Explorer, reader: Visitor, tmp_path: Path
) -> None:
    with opened(reader, tmp_path, start) as visit:
        table = visit.page.locator("table.lab-table")
        expect(table).to_be_hidden()
        visit.page.emulate_media(media="print")
        expect(table).to_be_visible()
        expect(visit.page.locator(".explorer")).to_be_hidden()
        address = visit.page.url
    context = reader.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    rows = page.locator("table.lab-table tbody tr")
    expect(rows).to_have_count(len(start.trace()["steps"]))
    expect(rows.first).to_be_visible()
    context.close()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("start", STARTS, ids=["convolution", "true convolution", "max", "mean"])
def test_axe_finds_nothing(start: Explorer, view: str, reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, start, view=view) as visit:
        visit.page.get_by_label("how often").check()
        visit.page.get_by_label("next step").click()
        assert Axe().run(visit.page).response["violations"] == []
        visit.page.get_by_label("padding", exact=True).fill("-1")
        visit.page.get_by_label("padding", exact=True).press("Enter")
        assert Axe().run(visit.page).response["violations"] == []
