"""The convolution stepper: its JavaScript against labcode, and in a reader's hands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import labcode as lc
from labcode import explore
from labcode.errors import ArgumentError
from labcode.explore.explorer import written
from labcode.render.html import number
from tests.browser.explorers import answers, as_called, expected, grid, opened, phone, texts
from tests.browser.session import Visitor

X, W = [[1, 0, 2], [2, 1, -1], [0, 0, 2]], [[1, -1], [0, 2]]

CONFIGURATIONS = 600
PASTE = """(input, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", text);
    input.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""
# The most that any of the next steps changes in the document.
TOUCHED = """() => {
    const root = document.querySelector("[data-explorer]").shadowRoot;
    const watch = new MutationObserver(() => {});
    watch.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
    const all = (node) => 1 + (node.querySelectorAll?.("*").length ?? 0);
    const size = ({ addedNodes }) => [...addedNodes].reduce((sum, node) => sum + all(node), 1);
    return Math.max(...Array.from({ length: 60 }, () => {
        root.querySelector("[aria-label='next step']").click();
        return watch.takeRecords().reduce((sum, r) => sum + size(r), 0);
    }));
}"""


def random_state(rng: np.random.Generator) -> dict[str, Any]:
    """A layer of any kind; one in a few is refused."""
    axes, bare = int(rng.integers(1, 3)), bool(rng.random() < 0.3)
    groups = 1 if bare else int(rng.choice([1, 1, 2, 3]))
    per, outputs = int(rng.integers(1, 4)), groups * int(rng.integers(1, 3))
    sizes, kernel = rng.integers(1, 9, axes), rng.integers(1, 4, axes)
    lead_x, lead_w = ([], []) if bare else ([groups * per + int(rng.random() < 0.05)], [outputs, per])
    scale = rng.choice([1, 4, 1000])  # quarters are exact in binary; so are sums of their products

    def array(shape: list[int]) -> Any:
        whole = rng.integers(-9, 10, shape)
        return (whole / 4 if scale == 4 else whole * (scale // 1)).tolist()

    def setting(least: int, most: int) -> Any:
        value = [int(v) for v in rng.integers(least, most, axes)]
        if rng.random() < 0.06:
            return rng.choice([-1, 0]).item()
        return value if rng.random() < 0.5 else value[0]

    padding = str(rng.choice(["same", "valid", "some"])) if rng.random() < 0.2 else setting(0, 3)
    return {
        "x": array([*lead_x, *map(int, sizes)]),
        "w": array([*lead_w, *map(int, kernel)]),
        "stride": setting(1, 4),
        "padding": padding,
        "dilation": setting(1, 4),
        "groups": groups + int(rng.random() < 0.05),
        "flip": bool(rng.random() < 0.3),
    }


@pytest.fixture
def start() -> Any:
    return explore.convolution(X, W)


@pytest.fixture
def page(reader: Visitor, tmp_path: Path, start: Any) -> Iterator[Page]:
    with opened(reader, tmp_path, start) as visit:
        yield visit.page


def test_it_computes_what_labcode_computes(reader: Visitor, tmp_path: Path, start: Any) -> None:
    rng = np.random.default_rng(6)
    states = [random_state(rng) for _ in range(CONFIGURATIONS)]
    theirs = [expected(lambda s=s: explore.convolution(**as_called(s)).trace()) for s in states]
    with opened(reader, tmp_path, start) as visit:
        ours = answers(visit, "layer.js", "convolve", [[s] for s in states])
        steps = answers(visit, "layer.js", "steps", [[s] for s in states])
    accepted = 0
    for state, mine, found, right in zip(states, ours, steps, theirs, strict=True):
        if "error" in right:
            assert mine == right, state
            continue
        accepted += 1
        known = len(right["answer"]["steps"])  # of a large layer not all are written into the page
        assert {**mine["answer"], "steps": found["answer"][:known]} == right["answer"], state
    assert CONFIGURATIONS / 2 < accepted < CONFIGURATIONS - 50


def test_what_is_shown_before_a_reader_touches_it_is_labcodes_trace(
    reader: Visitor, tmp_path: Path, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trace that the page could not have computed is shown as it is."""
    trace = start.trace()
    trace["y"][0][0], trace["steps"][0]["value"], trace["steps"][0]["terms"][0][1] = 41, 42, [43, 44]
    monkeypatch.setattr(type(start), "trace", lambda self: trace)
    with opened(reader, tmp_path, start) as visit:
        assert texts(grid(visit.page, "y"))[0][0] == "41"
        expect(visit.page.locator(".sum")).to_contain_text(re.compile("43 · 44 .* = 42"))


def test_every_number_on_the_screen_is_labcodes(reader: Visitor, tmp_path: Path, start: Any) -> None:
    rng, seen = np.random.default_rng(16), 0
    with opened(reader, tmp_path, start) as visit:
        for state in (random_state(rng) for _ in range(60)):
            try:
                right = explore.convolution(**as_called(state))
            except ArgumentError as error:
                follow(visit.page, state)
                expect(visit.page.locator(".error")).to_have_text(str(error))
                continue
            step = int(rng.integers(len(right.steps)))
            follow(visit.page, {**state, "step": step, "uses": True})
            expect(visit.page.locator(".sum b").last).to_have_text(number(right.steps[step].value))
            sentence = visit.page.locator(".sum").text_content() or ""
            assert sentence.split(" = ")[1] == written(right.steps[step])
            for name, array in (("x", right.x), ("y", right.op.forward(right.x, right.kernel))):
                assert planes(visit.page, name) == [numbers_of(plane) for plane in as_planes(array, right)], (
                    name,
                    state,
                )
            kernels = right.w if right.w.ndim > 2 else right.w[None, None]
            o = right.steps[step].index[0] if right.w.ndim > 2 else 0
            one = f"w\\[{o}\\]" if len(kernels) > 1 else "w"
            assert planes(visit.page, one) == [numbers_of(np.atleast_2d(plane)) for plane in kernels[o]]
            terms = right.steps[step].terms
            notes = visit.page.locator("td.under").evaluate_all("all => all.map(e => e.dataset.note)")
            assert notes == [f"×{number(term.factors[1])}" for term in terms]
            sizes = right.x.shape[-right.op.axes :]
            rows, columns = ((1,), *(w.uses(n) for w, n in zip(right.windows, sizes, strict=True)))[-2:]
            uses = visit.page.get_by_role("grid", name=re.compile("^x")).first.locator("td[data-uses]")
            counts = uses.evaluate_all("all => all.map(e => e.dataset.uses)")
            assert counts == [number(r * c) for r, c in product(rows, columns)]
            facts = " ".join(visit.page.locator(".facts li").all_inner_texts())
            for window, size in zip(right.windows, right.x.shape[-right.op.axes :], strict=True):
                assert f"+ 1 = {window.output_size(size)}" in facts
                assert f"are read {', '.join(map(str, window.uses(size)))} times" in facts
                cut = window.cut_off(size)
                assert (f"{cut} at the end cut off" if cut else "nothing cut off") in facts
            seen += 1
    assert seen > 30


def follow(page: Page, state: dict[str, Any]) -> None:
    """Come by a link."""
    page.evaluate("(state) => { location.hash = 'convolution=' + labcode['link.js'].encode(state); }", state)
    page.wait_for_function(
        "() => { const e = document.querySelector('[data-explorer]').shadowRoot; return e.querySelector('.title'); }"
    )
    page.wait_for_timeout(30)


def as_planes(array: np.ndarray, explorer: Any) -> list[np.ndarray]:
    """Channels of an array, each with two axes."""
    bare = explorer.w.ndim <= 2
    channels = [array] if bare else list(array)
    return [np.atleast_2d(plane) for plane in channels]


def planes(page: Page, name: str) -> list[list[list[str]]]:
    grids = page.get_by_role("grid", name=re.compile(f"^{name}(, channel|$)"))
    return [texts(one, "td:not(.corner, .padding)") for one in grids.all()]


def numbers_of(plane: np.ndarray) -> list[list[str]]:
    return [[number(v) for v in row] for row in plane]


def entry(page: Page, name: str, row: int, column: int) -> Locator:
    return grid(page, name).locator(f"td[data-row='{row}'][data-column='{column}']")


def test_buttons_and_keys_step(page: Page) -> None:
    y = lc.conv2d(X, W)
    expect(page.get_by_label("previous step")).to_be_disabled()
    page.get_by_label("next step").click()
    expect(page.locator(".sum b").last).to_have_text(number(y[0, 1]))
    expect(page.locator("[aria-live]")).to_contain_text("y[0, 1] = 0 · 1 + 2 · (−1)")
    page.keyboard.press("End")
    expect(page.locator(".sum b").first).to_have_text("y[1, 1]")
    expect(page.get_by_label("next step")).to_be_disabled()
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".sum b").first).to_have_text("y[1, 0]")
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", "step 3 of 4")


def test_choosing_an_output_shows_its_window(page: Page) -> None:
    entry(page, "y", 1, 0).click()
    expect(page.locator(".sum b").first).to_have_text("y[1, 0]")
    under = grid(page, "x").locator("td.under")
    assert [(c.get_attribute("data-row"), c.get_attribute("data-column")) for c in under.all()] == [
        (str(i), str(j)) for i, j in product((1, 2), (0, 1))
    ]


@pytest.mark.parametrize(("row", "column"), [(0, 0), (1, 1), (2, 0), (0, 2)])
def test_choosing_an_input_shows_all_outputs_that_read_it(page: Page, row: int, column: int) -> None:
    entry(page, "x", row, column).click()
    hit = grid(page, "y").locator("td.hit").all()
    shift = np.zeros((3, 3))
    shift[row, column] = 1
    assert {(int(c.get_attribute("data-row") or -1), int(c.get_attribute("data-column") or -1)) for c in hit} == set(
        zip(*(a.tolist() for a in lc.conv2d(shift, np.ones((2, 2))).nonzero()), strict=True)
    )
    expect(page.locator(".touched")).to_contain_text(f"is read by {len(hit)} of 4 windows")


def test_an_entry_is_changed_by_mouse_or_keyboard_and_y_follows(page: Page) -> None:
    entry(page, "x", 0, 0).click()
    entry(page, "x", 0, 0).click()
    page.keyboard.type("-2.5")
    page.keyboard.press("Enter")
    x = np.array(X, float)
    x[0, 0] = -2.5
    assert texts(grid(page, "y")) == numbers_of(lc.conv2d(x, np.array(W, float)))
    page.keyboard.press("ArrowRight")  # to the entry beside it
    page.keyboard.type("7")
    page.keyboard.press("Escape")  # thought better of it
    assert texts(grid(page, "x"))[0] == ["−2.5", "0", "2"]
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    x[0, 1] = 7
    page.keyboard.press("Enter")
    page.locator("td input").evaluate(PASTE, "[[8, -1], [0.5, 4]]")
    x[:2, 1:] = [[8, -1], [0.5, 4]]
    assert texts(grid(page, "y")) == numbers_of(lc.conv2d(x, np.array(W, float)))


@pytest.mark.parametrize(("text", "entry_of"), [("abc", "abc"), ("1e999", np.inf)])
def test_an_entry_that_is_no_number_is_refused_in_labcodes_words(page: Page, text: str, entry_of: Any) -> None:
    with pytest.raises(ArgumentError) as refused:
        explore.convolution([[entry_of, 0, 2], *X[1:]], W)
    entry(page, "x", 0, 0).focus()
    page.keyboard.press("Enter")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(str(refused.value))
    expect(grid(page, "x").locator("input")).to_have_value(text)
    page.keyboard.press("Escape")
    expect(page.locator(".error")).to_have_text("")


def test_a_refused_setting_keeps_what_was_typed_and_is_taken_when_the_rest_fits(page: Page) -> None:
    with pytest.raises(ArgumentError) as refused:
        explore.convolution(X, W, dilation=3)
    dilation, shape = page.get_by_label("dilation"), page.get_by_label("shape of x")
    dilation.fill("3")
    dilation.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(str(refused.value))
    page.get_by_label("next step").click()
    expect(dilation).to_have_value("3")
    shape.fill("4, 5")
    shape.press("Enter")
    expect(page.locator(".error")).to_have_text("")
    x = np.zeros((4, 5), int)
    x[:3, :3] = X
    assert texts(grid(page, "y")) == numbers_of(lc.conv2d(x, W, dilation=3))
    page.get_by_role("button", name="Start over").click()
    assert texts(grid(page, "y")) == numbers_of(lc.conv2d(X, W))


def test_bare_arrays_become_channels_by_their_shapes(page: Page) -> None:
    for name, shape in (("x", "2, 3, 3"), ("w", "1, 2, 2, 2")):
        field = page.get_by_label(f"shape of {name}")
        field.fill(shape)
        field.press("Enter")
    expect(page.locator(".error")).to_have_text("")
    assert texts(page.get_by_role("grid", name="y")) == numbers_of(lc.conv2d(X, W))


def test_a_phone_taps_and_nothing_is_wider_than_it(reader: Visitor, tmp_path: Path) -> None:
    start = explore.convolution(np.ones((3, 9, 9)), np.ones((2, 3, 3, 3)))
    with opened(reader, tmp_path, start) as visit, phone(reader, visit.page) as page:
        entry(page, "y, channel 1", 0, 2).tap()
        expect(page.locator(".sum b").first).to_have_text("y[1, 0, 2]")
        first = entry(page, "x, channel 0", 0, 0)
        first.tap()
        first.tap()
        page.keyboard.type("5")
        page.keyboard.press("Enter")
        assert texts(grid(page, "y, channel 0"))[0][0] == number(31)


def test_a_step_touches_as_much_of_a_large_picture_as_of_a_small_one(reader: Visitor, tmp_path: Path) -> None:
    """What a step costs depends on the window, not on the image; how long that takes, `benchmarks.explore` measures."""
    touched = []
    for size in (8, 32):
        rng = np.random.default_rng(0)
        x, w = rng.integers(-9, 9, (3, size, size)), rng.integers(-9, 9, (4, 3, 3, 3))
        with opened(reader, tmp_path, explore.convolution(x, w, padding=1)) as visit:
            visit.page.locator(".explorer").wait_for()
            touched.append(visit.page.evaluate(TOUCHED))
    assert touched[0] > 0
    assert touched[1] <= 1.1 * touched[0]
