"""The cost calculator: its JavaScript against labcode, and in a reader's hands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

import labcode as lc
from labcode import explore
from labcode.cost import CONVENTIONS, Roofline
from labcode.errors import ArgumentError
from labcode.explore.cost import DTYPES, CostCalculator
from labcode.render.html import number
from tests.browser.explorers import answers, as_called, expected, opened, phone
from tests.browser.session import VIEWS, Visitor
from tests.browser.test_pages import WIDER_THAN_SCREEN

CONFIGURATIONS = 600
START = explore.cost(16, padding=1, roofline=Roofline(100.0, 20.0))


def random_state(rng: np.random.Generator) -> dict[str, Any]:
    """A network of any kind; one in a few is refused."""

    def one(least: int, most: int) -> int:
        return int(rng.choice([-1, 0, 70000])) if rng.random() < 0.01 else int(rng.integers(least, most))

    def pair(least: int, most: int) -> Any:
        return [one(least, most), one(least, most)] if rng.random() < 0.5 else one(least, most)

    groups = int(rng.choice([1, 1, 2, 3]))
    channels = (groups * one(1, 5) + int(rng.random() < 0.03), groups * one(1, 9))
    padding = str(rng.choice(["same", "valid", "some"], p=[0.6, 0.3, 0.1])) if rng.random() < 0.2 else pair(0, 4)
    return {
        **{"size": pair(6, 40), "in_channels": channels[0], "out_channels": channels[1], "kernel_size": pair(1, 6)},
        **{"stride": pair(1, 3), "padding": padding, "dilation": pair(1, 3), "groups": groups},
        **{"bias": bool(rng.random() < 0.5), "convolutions": int(rng.integers(1, 4)), "pool": pair(1, 4)},
        **{"classes": one(1, 12), "batch": int(rng.choice([1, 1, 3, 64, 4096]))},
        "dtype": str(rng.choice(["text", *DTYPES], p=[0.02] + [0.196] * 5)),
        "convention": str(rng.choice([*CONVENTIONS, "flops"], p=[0.25, 0.25, 0.25, 0.24, 0.01])),
        "peak": [0.1, 100, 125.5, 1e4][rng.integers(4)],
        "bandwidth": [20, 0.5, 23.7, 0][rng.choice(4, p=[0.5, 0.2, 0.28, 0.02])],
    }  # fmt: skip


def made(state: dict[str, Any]) -> CostCalculator:
    return CostCalculator(**as_called(state))


@pytest.fixture
def page(reader: Visitor, tmp_path: Path) -> Iterator[Page]:
    with opened(reader, tmp_path, START) as visit:
        yield visit.page


def test_it_computes_what_labcode_computes(reader: Visitor, tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    states = [random_state(rng) for _ in range(CONFIGURATIONS)]
    large = {**START.config(), "batch": 4096, "in_channels": 65536, "out_channels": 65536}
    states += [large, {**large, "in_channels": 65537}, {**START.config(), "peak": "fast"}]
    theirs = [expected(lambda s=s: made(s).trace()) for s in states]
    with opened(reader, tmp_path, START) as visit:
        ours = answers(visit, "costs.js", "costs", [[s, START.data()["facts"]] for s in states])
    for state, mine, right in zip(states, ours, theirs, strict=True):
        assert mine == right, state
    accepted = sum("answer" in right for right in theirs)
    assert CONFIGURATIONS / 2 < accepted < CONFIGURATIONS - 50


def follow(page: Page, state: dict[str, Any]) -> None:
    """Come by a link, and have it read before a timer writes the state of before."""
    link = "location.hash = 'cost=' + labcode['link.js'].encode(state)"
    page.evaluate(f"(state) => {{ {link}; dispatchEvent(new HashChangeEvent('hashchange')); }}", state)


def table(page: Page, name: str) -> list[list[str]]:
    rows: list[list[str]] = (
        page.get_by_role("group", name=re.compile(name))
        .locator("tbody")
        .evaluate("(body) => [...body.rows].map(row => [...row.cells].map(cell => cell.textContent))")
    )
    return rows


def by(sizes: list[int] | None) -> str:
    return " × ".join(map(str, sizes or ["all"]))


def test_every_number_on_the_screen_is_labcodes(reader: Visitor, tmp_path: Path) -> None:
    rng, seen = np.random.default_rng(16), 0
    with opened(reader, tmp_path, START) as visit:
        for state in (random_state(rng) for _ in range(60)):
            try:
                right = made(state).trace()
            except ArgumentError as error:
                follow(visit.page, state)
                expect(visit.page.locator(".error")).to_have_text(str(error))
                continue
            step = int(rng.integers(len(right["layers"])))
            layer, total, convention = right["layers"][step], right["total"], state["convention"]
            follow(visit.page, {**state, "step": step})
            names = ("parameters", "compare", "activations", "activation_memory")

            def row(r: dict[str, Any], convention: str = convention, names: tuple[str, ...] = names) -> list[str]:
                counted = [r["parameters"], r["operations"][convention], *(r[n] for n in names[1:])]
                return [number(n) for n in counted]

            shown = table(visit.page, f"^{convention}: ")
            assert shown == [
                *([r["name"], by(r["output"]), *row(r), by(r["sees"])] for r in right["layers"]),
                ["total with input", "", *row(total), ""],
            ]
            counts = table(visit.page, "which tool")
            assert [line[1] for line in counts[:4]] == [number(n) for n in layer["operations"].values()]
            prints = {tool: line[1] for line in counts for tool in line[3].split(", ") if tool != "none"}
            assert prints == {tool: number(n) for tool, n in (layer["tools"] or {}).items()}
            told = " ".join(visit.page.locator("li").all_inner_texts())
            sizes = ("parameter_memory", "inference_peak", "training_peak")
            for n in [layer["traffic"], layer["activation_memory"], *(total[name] for name in sizes)]:
                assert f"{number(n)} B" in told
            roof = layer["roof"]
            for words in (f"{number(roof['intensity'])} FLOP/B", f"{number(roof['attainable'])} GFLOP/s"):
                assert words in told
            assert f"{number(roof['seconds'] * 1e6)} µs" in told
            if layer["im2col"]:
                assert f"{' · '.join(map(str, layer['im2col']))} numbers, {number(layer['im2col_memory'])} B" in told
            if layer["weight"]:
                assert f"= {number(layer['parameters'])} numbers, {number(layer['parameter_memory'])} B" in told
            seen += 1
    assert seen > 30


def test_what_is_shown_before_a_reader_touches_it_is_labcodes_trace(
    reader: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = START.trace()
    trace["layers"][0]["parameters"], trace["total"]["training_peak"] = 41, 42
    monkeypatch.setattr(CostCalculator, "trace", lambda self: trace)
    with opened(reader, tmp_path, START) as visit:
        assert table(visit.page, "^exact")[0][2] == "41"
        expect(visit.page.locator("li").last).to_contain_text("trains in 42 B")


def test_layers_are_chosen_by_mouse_and_keyboard_and_announced(page: Page) -> None:
    page.get_by_role("button", name="linear").click()
    expect(page.get_by_role("group", name="linear: which tool")).to_be_visible()
    expect(page.locator("[aria-live]")).to_contain_text("linear learns 10 · 256 + 10")
    expect(page.get_by_role("button", name="linear")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="pool")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="pool")).to_be_focused()
    page.get_by_role("slider").focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("group", name="conv1: which tool")).to_be_visible()


def test_settings_change_the_table_and_a_wrong_one_is_refused_in_labcodes_words(page: Page) -> None:
    page.get_by_label("convention").select_option("mac")
    page.get_by_label("in_channels").fill("64")
    page.get_by_label("in_channels").press("Enter")
    layer = lc.cost(lc.ops.Conv2d(padding=1), (1, 64, 16, 16), (4, 64, 3, 3), bias=True)
    assert table(page, "^mac")[0][2:4] == [number(layer.parameters), number(layer.operations("mac").value)]
    page.get_by_label("groups").fill("3")
    page.get_by_label("groups").press("Enter")
    with pytest.raises(ArgumentError) as refused:
        explore.cost(in_channels=64, groups=3, padding=1)
    expect(page.get_by_role("alert")).to_have_text(str(refused.value))
    expect(page.get_by_label("groups")).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize(
    "start",
    [START, explore.cost((20, 17), 4, 6, (3, 2), 2, 1, 1, 2, False, 2, (2, 1), 5, 3, "float64", "mac")],
    ids=["plain", "grouped"],
)
def test_the_code_it_copies_gives_its_numbers(start: CostCalculator, reader: Visitor, tmp_path: Path) -> None:
    totals = start.trace()["total"]["operations"]
    with opened(reader, tmp_path, start) as visit:
        visit.page.evaluate("navigator.clipboard.writeText = async (text) => { globalThis.copied = text; }")
        said: list[object] = []
        for name in ("PyTorch", "labcode"):
            visit.page.get_by_role("button", name=f"Copy {name} code").click()
            exec(visit.page.evaluate("globalThis.copied"), {"print": said.append})  # as a reader would
    assert said[0] == totals["2mac"]
    assert said[1] == start.network.operations(start.convention)


def test_a_link_brings_back_the_configuration(page: Page, reader: Visitor, tmp_path: Path) -> None:
    page.get_by_label("batch").fill("8")
    page.get_by_label("batch").press("Enter")
    page.get_by_label("next step").click()
    page.wait_for_function("location.hash === '#cost=batch:8;step:1'")
    with opened(reader, tmp_path, START, link="#cost=batch:8;step:1") as visit:
        expect(visit.page.get_by_label("batch")).to_have_value("8")
        expect(visit.page.get_by_role("button", name="relu1")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(view: str, reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, START, view=view) as visit:
        visit.page.locator(".explorer").wait_for()
        assert Axe().run(visit.page).response["violations"] == []
        assert visit.page.evaluate(WIDER_THAN_SCREEN) <= 0
        visit.page.get_by_label("stride").fill("0")
        visit.page.get_by_label("stride").press("Enter")
        assert Axe().run(visit.page).response["violations"] == []


def test_on_paper_there_is_a_table(page: Page) -> None:
    expect(page.locator("table.lab-table")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator("table.lab-table tbody tr")).to_have_count(len(START.trace()["layers"]) + 1)
    expect(page.locator("table.lab-table")).to_be_visible()
    expect(page.locator(".explorer")).to_be_hidden()


def test_a_phone_taps(reader: Visitor, page: Page) -> None:
    with phone(reader, page) as touched:
        touched.get_by_role("button", name="linear").tap()
        expect(touched.get_by_role("group", name="linear: which tool")).to_be_visible()
        touched.get_by_label("previous step").tap()
        expect(touched.get_by_role("button", name="pool")).to_have_attribute("aria-pressed", "true")
