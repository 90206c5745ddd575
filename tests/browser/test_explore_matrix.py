"""The Jacobian viewer: its JavaScript against labcode, and in a reader's hands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from labcode import explore
from labcode.errors import ArgumentError
from labcode.explore.matrix import CHOICES, Matrix, entry
from labcode.render.html import number
from tests.browser.explorers import answers, as_called, expected, opened, phone
from tests.browser.session import VIEWS, Visitor
from tests.browser.test_pages import WIDER_THAN_SCREEN

CONFIGURATIONS = 600
X, W = [[2], [3], [1]], [[1, -1, 4], [0, 2, 5]]
START = explore.jacobian("matmul", "w", X, W)
BANDS = explore.jacobian("conv2d", "x", [[1, 0, 2, 1], [2, 1, -1, 0]], [[1, -1]], order="C", layout="denominator")


def random_state(rng: np.random.Generator) -> dict[str, Any]:
    """The Jacobian of any op; one in a few is refused."""

    def array(rows: int, columns: int) -> Any:
        return (rng.integers(-6, 7, (rows, columns)) / rng.choice([1, 4])).tolist()

    def pair(least: int, most: int) -> Any:
        value = [int(v) for v in rng.integers(least, most, 2)]
        return -1 if rng.random() < 0.02 else value if rng.random() < 0.5 else value[0]

    op = str(rng.choice([*list(CHOICES["op"]) * 20, "softmax"]))
    by = "x" if op not in ("matmul", "conv2d") and rng.random() < 0.9 else str(rng.choice(["x", "w"]))
    m, k, n = (int(v) for v in rng.integers(1, 5, 3))
    x, w = (
        (array(k, n), array(m, k + int(rng.random() < 0.1))) if op == "matmul" else (array(m + 2, n + 3), array(k, 2))
    )
    if rng.random() < 0.03:
        x = [[1, 2], [3]]
    if rng.random() < 0.02:
        x = array(20, 20)
    padding = str(rng.choice(["same", "valid", "some"])) if rng.random() < 0.1 else pair(0, 3)
    return {
        **{"op": op, "by": by, "x": x, "w": w, "stride": pair(1, 3), "padding": padding, "dilation": pair(1, 3)},
        **{
            "pool": pair(1, 4),
            "order": str(rng.choice(["F", "C"])),
            "layout": str(rng.choice(list(CHOICES["layout"]))),
        },
    }


def made(state: dict[str, Any]) -> Matrix:
    return Matrix(**as_called(state))


@pytest.fixture
def page(reader: Visitor, tmp_path: Path) -> Iterator[Page]:
    with opened(reader, tmp_path, START) as visit:
        visit.page.locator(".matrix svg").wait_for()
        yield visit.page


def test_it_computes_what_labcode_computes(reader: Visitor, tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    states = [random_state(rng) for _ in range(CONFIGURATIONS)]
    theirs = [expected(lambda s=s: made(s).trace()) for s in states]
    facts = START.data()["facts"]
    right = [(s, t["answer"]) for s, t in zip(states, theirs, strict=True) if "answer" in t]
    numbers = [int(rng.integers(t["rows"] * t["columns"])) for _, t in right]  # any cell, written in the page or not
    with opened(reader, tmp_path, START) as visit:
        ours = answers(visit, "edges.js", "edge", [[s, facts] for s in states])
        firsts = answers(visit, "edges.js", "cell", [[s, facts, 0] for s, _ in right])
        cells = answers(visit, "edges.js", "cell", [[s, facts, n] for (s, _), n in zip(right, numbers, strict=True)])
    for state, mine, found in zip(states, ours, theirs, strict=True):
        found.get("answer", {}).pop("cells", None)
        assert mine == found, state
    for (state, _), first, mine, n in zip(right, firsts, cells, numbers, strict=True):
        viewer = made(state)
        dense = viewer.matrix(sparse=False)
        assert first == {"answer": viewer.trace()["cells"][0]}
        assert mine == {"answer": viewer.cell(n, dense)}, (state, n)
    assert CONFIGURATIONS / 2 < len(right) < CONFIGURATIONS - 50


@pytest.mark.parametrize("layout", CHOICES["layout"])
@pytest.mark.parametrize("order", CHOICES["order"])
@pytest.mark.parametrize("seed", range(4))
def test_a_cell_is_the_derivative_that_it_says(seed: int, order: Any, layout: Any) -> None:
    """PyTorch differentiates the named output by the named input."""
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(3, 4)), rng.normal(size=(2, 2))
    viewer = explore.jacobian("conv2d", "xw"[seed % 2], x, w, padding=1, order=order, layout=layout)
    arrays = {"x": torch.tensor(x), "w": torch.tensor(w)}

    def layer(v: torch.Tensor) -> torch.Tensor:
        both = {**arrays, viewer.by: v}
        return torch.nn.functional.conv2d(both["x"][None, None], both["w"][None, None], padding=1)[0, 0]

    J = torch.autograd.functional.jacobian(layer, arrays[viewer.by])
    dense = viewer.matrix(sparse=False)
    for n in range(dense.size):
        cell = viewer.cell(n, dense)
        assert cell["value"] == pytest.approx(J[(*cell["output"], *cell["input"])].item())


def follow(page: Page, state: dict[str, Any]) -> None:
    """Come by a link, and have it read before a timer writes the state of before."""
    link = "location.hash = 'matrix=' + labcode['link.js'].encode(state)"
    page.evaluate(f"(state) => {{ {link}; dispatchEvent(new HashChangeEvent('hashchange')); }}", state)


def test_every_number_on_the_screen_is_labcodes(reader: Visitor, tmp_path: Path) -> None:
    rng, seen = np.random.default_rng(16), 0
    with opened(reader, tmp_path, START) as visit:
        for state in (random_state(rng) for _ in range(60)):
            try:
                viewer = made(state)
            except ArgumentError as error:
                follow(visit.page, state)
                expect(visit.page.locator(".error")).to_have_text(str(error))
                continue
            trace, dense = viewer.trace(), viewer.matrix(sparse=False)
            step = int(rng.integers(dense.size))
            follow(visit.page, {**state, "step": step})
            cell = viewer.cell(step, dense)
            names = [entry("y", cell["output"]), entry(viewer.by, cell["input"])]
            row, column = names if viewer.layout == "numerator" else names[::-1]
            r, c = divmod(step, trace["columns"])
            told = f"Row {r} is {row}, column {c} is {column}: {number(cell['value'])}, because {cell['why']}."
            expect(visit.page.locator(".why")).to_have_text(told)
            facts = " ".join(visit.page.locator("li").all_inner_texts())
            assert f"is {trace['rows']} × {trace['columns']}: {trace['form']}." in facts
            assert f"Of {number(dense.size)} cells {number(len(trace['entries']))} are stored" in facts
            assert f"{number(np.count_nonzero(dense))} are not zero" in facts
            assert f"takes {number(trace['dense'])} B" in facts
            assert f"(CSR), {number(trace['sparse'])} B" in facts
            drawn = visit.page.locator(".matrix rect:not(.now)").evaluate_all(
                "all => all.map(e => [Number(e.getAttribute('y')), Number(e.getAttribute('x'))])"
            )
            assert drawn == [e[:2] for e in trace["entries"]]
            if trace["columns"] < 15 and trace["rows"] < 30:
                written = visit.page.locator(".matrix text").all_text_contents()
                assert written == [number(value) for _, _, value in trace["entries"]]
            seen += 1
    assert seen > 25


def test_what_is_shown_before_a_reader_touches_it_is_labcodes_trace(
    reader: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = START.trace()
    trace["entries"][0][2], trace["cells"][0]["value"] = 41, 42
    monkeypatch.setattr(Matrix, "trace", lambda self: trace)
    with opened(reader, tmp_path, START) as visit:
        expect(visit.page.locator(".matrix text").first).to_have_text("41")
        expect(visit.page.locator(".why")).to_contain_text(": 42, because w[0, 0] is multiplied by x[0, 0]")


def test_a_cell_is_chosen_by_pointer_and_by_keyboard_and_announced(page: Page) -> None:
    picture = page.locator(".matrix svg")
    box = picture.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 2.5 / 6, box["y"] + box["height"] * 0.75)
    expect(page.locator(".why")).to_have_text(
        "Row 1 is y[1, 0], column 2 is w[0, 1]: 0, because y[1, 0] reads row 1 of w alone."
    )
    page.wait_for_timeout(400)  # longer than what is chosen takes to be written into the address
    assert page.evaluate("location.hash") == ""
    page.mouse.down()
    page.wait_for_function("location.hash === '#matrix=step:8'")
    page.get_by_role("group", name=re.compile("is 2 × 6")).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".why")).to_contain_text("column 3 is w[1, 1]: 3, because w[1, 1] is multiplied by x[1, 0]")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".why")).to_contain_text("Row 0 is y[0, 0], column 3 is w[1, 1]: 0, because")
    expect(page.locator(".unseen[aria-live]")).to_contain_text("Row 0 is y[0, 0], column 3")
    page.keyboard.press("ArrowUp")  # there is none
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    expect(page.locator(".why")).to_contain_text("Row 1 is y[1, 0], column 5 is w[1, 2]: 1, because w[1, 2]")


def test_a_phone_taps(reader: Visitor, page: Page) -> None:
    with phone(reader, page) as touched:
        picture = touched.locator(".matrix svg")
        box = picture.bounding_box()
        assert box
        picture.tap(position={"x": box["width"] * 3.5 / 6, "y": box["height"] * 0.75})
        expect(touched.locator(".why")).to_contain_text("Row 1 is y[1, 0], column 3 is w[1, 1]: 3, because")


def test_order_and_layout_are_switched_live(page: Page) -> None:
    page.get_by_label("vec stacks").select_option("C")
    expect(page.locator("li").first).to_contain_text("is 2 × 6: I ⊗ xᵀ: xᵀ on a diagonal of blocks")
    page.get_by_label("layout").select_option("denominator")
    expect(page.locator("li").first).to_contain_text("is 6 × 2: the transpose of I ⊗ xᵀ")
    assert page.locator(".matrix text").all_text_contents() == ["2", "3", "1", "2", "3", "1"]


def test_a_reader_may_say_the_dimensions_first(page: Page) -> None:
    page.get_by_label("let me say").check()
    expect(page.locator(".matrix")).to_be_hidden()
    expect(page.locator("li").first).to_be_hidden()
    guess = page.get_by_label("rows × columns")
    for wrong in ("6 × 2", "2", "many"):
        guess.fill(wrong)
        guess.press("Enter")
        expect(page.get_by_text("Not so: there is a row for each entry of y, 2 × 1, and a column")).to_be_visible()
        expect(page.locator(".matrix")).to_be_hidden()
    guess.fill("2 × 6")
    guess.press("Enter")
    expect(page.get_by_text("Right: 2 × 6.")).to_be_visible()
    expect(page.locator(".matrix")).to_be_visible()


def test_arrays_are_typed_and_refused_in_labcodes_words(page: Page) -> None:
    x = page.get_by_label("x (; ends a row)", exact=True)
    expect(x).to_have_value("2; 3; 1")
    x.fill("1, 2; 3, 4; -1, 0.5")
    x.press("Enter")
    expect(page.locator("li").first).to_contain_text("is 4 × 6")
    for typed, value in (("1, 2; 3", [[1, 2], [3]]), ("one", [["one"]]), ("5, 6", [[5, 6]])):
        x.fill(typed)
        x.press("Enter")
        with pytest.raises(ArgumentError) as refused:
            explore.jacobian("matmul", "w", value, W)
        expect(page.get_by_role("alert")).to_have_text(str(refused.value))
        expect(x).to_have_value(typed)
    page.get_by_role("button", name="Start over").click()
    expect(x).to_have_value("2; 3; 1")


@pytest.mark.parametrize("op", CHOICES["op"])
@pytest.mark.parametrize("order", CHOICES["order"])
def test_the_code_it_copies_gives_its_matrix(op: str, order: Any, reader: Visitor, tmp_path: Path) -> None:
    by = "w" if op in ("matmul", "conv2d") else "x"
    x, w = [[1, 0, 2, -1], [2, 1, -1, 3], [0.5, 0, 2, 1]], [[1, -1, 2], [0, 2, 1]]
    viewer = explore.jacobian(op, by, x, w, padding=1, pool=(1, 2), order=order, layout="denominator")
    with opened(reader, tmp_path, viewer) as visit:
        visit.page.evaluate("navigator.clipboard.writeText = async (text) => { globalThis.copied = text; }")
        for name in ("PyTorch", "labcode"):
            visit.page.get_by_role("button", name=f"Copy {name} code").click()
            said: list[Any] = []
            exec(visit.page.evaluate("globalThis.copied"), {"print": said.append})  # as a reader would
            assert np.array_equal(np.asarray(said[0]), viewer.matrix(sparse=False))


def test_a_link_brings_back_the_configuration(page: Page, reader: Visitor, tmp_path: Path) -> None:
    page.get_by_label("vec stacks").select_option("C")
    page.get_by_label("next step").click()
    page.wait_for_function("""location.hash === "#matrix=order:'C';step:1" """)
    with opened(reader, tmp_path, START, link="#matrix=order:'C';step:1") as visit:
        expect(visit.page.get_by_label("vec stacks")).to_have_value("C")
        expect(visit.page.locator(".why")).to_contain_text("column 1 is w[0, 1]: 3")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("start", [START, BANDS], ids=["product", "bands"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    start: Matrix, view: str, reader: Visitor, tmp_path: Path
) -> None:
    with opened(reader, tmp_path, start, view=view) as visit:
        visit.page.locator(".matrix svg").wait_for()
        assert Axe().run(visit.page).response["violations"] == []
        assert visit.page.evaluate(WIDER_THAN_SCREEN) <= 0
        visit.page.get_by_label("let me say").check()
        visit.page.get_by_label("x (", exact=False).fill("?")
        visit.page.get_by_label("x (", exact=False).press("Enter")
        assert Axe().run(visit.page).response["violations"] == []


def test_on_paper_and_without_scripts_there_is_a_table(page: Page, reader: Visitor) -> None:
    expect(page.locator("table.lab-table")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator("table.lab-table tbody tr")).to_have_count(len(START.trace()["entries"]))
    expect(page.locator("table.lab-table")).to_be_visible()
    context = reader.browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(page.url)
    expect(plain.locator("table.lab-table")).to_be_visible()
    context.close()
