"""Workbooks: the page marks as Python does, and a learner gets through it by mouse, keyboard and paste."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import Phase, settings
from hypothesis import given as drawn
from hypothesis import strategies as st
from playwright.sync_api import Locator, expect

from labcode.lab5.problems import LAB, PROBLEMS
from labcode.practice.answers import UnreadableError, Value, flat, read, write
from labcode.practice.follow import shaped
from labcode.practice.marking import Verdict, mark, narrow, running_through
from labcode.practice.problem import Problem
from labcode.practice.solution import write as practice_write
from labcode.practice.variants import Variant, variant
from labcode.workbook import Workbook, workbook
from tests.browser.explorers import PAGE
from tests.browser.session import VIEWS, Visit, Visitor
from tests.build import CHAPTER
from tests.profiles import times

CASES = json.loads((Path(__file__).parents[1] / "data" / "answers.json").read_text(encoding="utf-8"))
SEEDS = 4 if settings.default.max_examples < 100 else 51
MARK = """([problem, index, asked]) => {
    const { mark, narrow, runningThrough } = labcode["marking.js"];
    const { Variant } = labcode["variant.js"], { write } = labcode["answers.js"];
    const variant = new Variant(problem, problem.variants[index]);
    const slips = (v) => v.slips.map(s => problem.slips[s].key);
    const keys = (v) => ({ ...v, slips: slips(v), value: v.value && write(v.value) });
    return asked.map(([part, given, earlier, further]) => {
        const verdict = mark(variant, part, given, earlier);
        const answered = problem.parts.map(p => p.key).filter(key => key in earlier);
        const others = answered.map(key => mark(variant, key, earlier[key], earlier));
        const after = verdict.ask === null ? null : further.map(text => keys(narrow(variant, verdict, text)));
        return { ...keys(verdict), after, through: runningThrough(variant, others) };
    });
}"""
READ = """(calls) => calls.map(([text, kind, unit]) => {
    const { read, write } = labcode["answers.js"];
    try { return { value: write(read(text, kind, unit)) }; }
    catch (error) { if (!error.key) throw error; return { error: error.message }; }
})"""


@contextmanager
def opened(reader: Visitor, folder: Path, *books: Workbook, view: str = "light", link: str = "") -> Iterator[Visit]:
    """A page with these workbooks and nothing else, from a file; nothing may go wrong on it."""
    page = folder / "workbook.html"
    body = "".join(book._repr_html_() for book in books)
    page.write_text(f"{PAGE}<title>Work</title><main><h1>Work</h1>{body}</main></html>", encoding="utf-8")
    with reader.open(page.as_uri() + link, view) as visit:
        yield visit
        assert visit.faults == []
        assert visit.foreign == []


# -- the page marks as Python does


def told(v: Verdict) -> dict[str, Any]:
    return {
        "status": v.status,
        "words": v.words,
        "slips": list(v.slips),
        "ask": v.ask,
        "value": None if v.value is None else write(v.value),
        "part": v.part,
    }


def wrong_answers(v: Variant, part: str, dice: random.Random) -> Iterator[Value]:
    """What a learner may bring: the answer, slips, pairs, and answers spoilt in every way that marking looks for."""
    marks = v.marks[part]
    answer = marks.answer
    yield from (answer, *marks.slips.values(), *marks.pairs.values())
    for source in (answer, *dice.sample([*marks.slips.values()], min(3, len(marks.slips)))):
        numbers, sides = flat(source), _shape(source)
        for factor in (-1, 2, Fraction(1, 8), 1000, Fraction(1024, 1000), 7):
            yield shaped([_exact(n * factor) for n in numbers], sides)
        yield shaped([n + 1 for n in numbers], sides)
        yield shaped([_exact(n + Fraction(abs(n)) / 200) for n in numbers], sides)
        for _ in range(3):
            spoilt = list(numbers)
            for i in dice.sample(range(len(numbers)), dice.randint(1, len(numbers))):
                spoilt[i] += dice.randint(-3, 3)
            yield shaped(spoilt, sides)
        if len(sides) == 2:
            yield tuple(zip(*source, strict=True))
    if _shape(answer) and v.problem.part(part).kind != "size":
        for _ in range(3):
            sides = tuple(dice.randint(1, 4) for _ in _shape(answer))
            yield shaped([dice.randint(-9, 9) for _ in range(prod(sides))], sides)


def _exact(n: Any) -> Any:
    return int(n) if Fraction(n).denominator == 1 else Fraction(n)


def _shape(value: Value) -> tuple[int, ...]:
    return (len(value), *_shape(value[0])) if isinstance(value, tuple) else ()


def _typed(value: Value) -> Any:
    """A value as the cells of the page hold it."""
    return [_typed(v) for v in value] if isinstance(value, tuple) else str(value).replace("-", "−")


def asked_of(v: Variant, dice: random.Random) -> Iterator[tuple[str, Any, dict[str, Any], list[str]]]:
    """Answers to each part, with the learner's own earlier answers, and replies to what is asked back."""
    for part in v.problem.parts:
        brought = {p.key: [*wrong_answers(v, p.key, dice)] for p in v.problem.parts}
        for given in brought[part.key]:
            earlier = {use: _typed(dice.choice(brought[use])) for use in part.uses if dice.random() < 0.7}
            yield part.key, _typed(given), earlier, ["1", "2", "3", "4", "5", "x", ""]
        for key, rule in v.marks[part.key].rules.items():
            for _ in range(4):
                own = [dice.choice(brought[use]) for use in part.uses]
                follows = rule(*own)
                if follows is not None:
                    assert key is not None
                    yield part.key, _typed(follows), dict(zip(part.uses, map(_typed, own), strict=True)), []
        everywhere = {p.key: _typed(dice.choice(brought[p.key])) for p in v.problem.parts}
        yield part.key, everywhere[part.key], everywhere, ["1"]
    for slip in v.problem.slips:  # the same slip in every part: it runs through
        made = {p.key: _typed(v.marks[p.key].slips.get(slip.key, v.answers[p.key])) for p in v.problem.parts}
        yield v.problem.parts[-1].key, made[v.problem.parts[-1].key], made, []


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.key)
def test_the_page_marks_as_python_does(problem: Problem, reader: Visitor, tmp_path: Path) -> None:
    dice = random.Random(problem.key)
    book = Workbook("test", (problem,), variants=SEEDS)
    [data] = book.data()["problems"]
    data["slips"] = [slip | {"key": s.key} for slip, s in zip(data["slips"], problem.slips, strict=True)]
    asked_in_all = 0
    with opened(reader, tmp_path, book) as visit:
        for index, raw in enumerate(data["variants"]):
            v = variant(problem, raw["seed"])
            asked = list(asked_of(v, dice))
            found = visit.page.evaluate(MARK, [data, index, asked])
            for (part, given, earlier, further), answer in zip(asked, found, strict=True):
                verdict = mark(v, part, given, earlier)
                others = [mark(v, p.key, earlier[p.key], earlier) for p in problem.parts if p.key in earlier]
                after = None if verdict.ask is None else [told(narrow(v, verdict, text)) for text in further]
                expected = told(verdict) | {"after": after, "through": running_through(problem, others)}
                assert answer == expected, (part, given, earlier)
            asked_in_all += len(asked)
    assert asked_in_all >= 60


TEXTS = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="0123456789-+−.,/eE ½¼x×by[]();\n'_ kKMiBbit٣７²①\u2009\ufeff\x85", max_size=14),
    st.from_regex(r"[-+−]?[0-9]{0,4}([.,][0-9]{0,3})?(e[-+]?[0-9]{1,3})?( ?(kB|KiB|bit|b|B|MB))?", fullmatch=True),
    st.from_regex(
        r"(tensor\()?\[\[?-?[0-9][, ]+-?[0-9]\]?,? ?\[?-?[0-9],[0-9]\]\]?(, dtype=torch.int64)?\)?", fullmatch=True
    ),
    st.from_regex(r"[0-9]{1,3}([ ,'_][0-9]{3}){1,3}", fullmatch=True),
    st.from_regex(r"-?[0-9]+( |; |, |,|\n)-?[0-9./]+( |; |, |,|\n|;)[0-9]+", fullmatch=True),
)


@pytest.fixture(scope="module")
def blank(reader: Visitor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """A page that only reads."""
    with opened(reader, tmp_path_factory.mktemp("reading"), Workbook("test", PROBLEMS[:1], variants=1)) as visit:
        yield visit


def as_read(call: tuple[str, Any, str]) -> dict[str, str]:
    try:
        return {"value": write(read(*call))}
    except UnreadableError as error:
        return {"error": str(error)}


KINDS = st.sampled_from(["number", "vector", "matrix", "size"])


@settings(times(2), phases=[Phase.explicit, Phase.generate])  # the first difference of a batch is told
@drawn(st.lists(st.tuples(TEXTS, KINDS, st.sampled_from(["", "B"])), min_size=80, max_size=80))
def test_the_page_reads_as_python_does(blank: Visit, calls: list[tuple[str, Any, str]]) -> None:
    found = blank.page.evaluate(READ, [list(call) for call in calls])
    for call, answer in zip(calls, found, strict=True):
        assert answer == as_read(call), call


def test_the_page_reads_the_cases_of_python(blank: Visit) -> None:
    calls = [(case["text"], case["kind"], case["unit"]) for case in CASES]
    assert blank.page.evaluate(READ, calls) == [as_read(call) for call in calls]


# -- a learner at work

LAB1 = workbook(LAB, "1-layers")
GRAPH = workbook(LAB, "2-graph")


def problem(visit: Visit, title: str) -> Locator:
    """A problem by its title, open."""
    found = visit.page.locator("details.problem").filter(has=visit.page.get_by_text(title, exact=True))
    if found.get_attribute("open") is None:
        found.locator("summary").click()
    return found


def part(of: Locator, number: int = 0) -> Locator:
    return of.locator("fieldset").nth(number)


def test_a_wrong_answer_is_told_its_slip_and_the_right_one_counts(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, LAB1) as visit:
        first = problem(visit, "1.1 · A convolution")
        expect(first.get_by_label("row 1, column 1")).to_have_count(0)  # the grid would give the size away
        first.get_by_label("rows").fill("2")
        first.get_by_label("columns").fill("2")
        for cell, number in zip(first.locator(".cells input").all(), ["1", "-2", "4", "4"], strict=True):
            cell.fill(number)
        first.get_by_role("button", name="Check").click()
        expect(first.locator(".verdict")).to_contain_text("You turned the kernel by 180°")
        expect(first.locator(".verdict")).not_to_have_class(re.compile("good"))
        first.get_by_label("row 1, column 1").fill("3")
        expect(first.locator(".verdict")).to_be_empty()  # it was said of another answer
        for cell, number in zip(first.locator(".cells input").all(), ["3", "−4", "1", "6"], strict=True):
            cell.fill(number)
        first.get_by_label("row 2, column 2").press("Enter")
        expect(first.locator(".verdict")).to_contain_text("Right.")
        expect(first.locator(".solved")).to_have_text("Solved. Another one?")
        expect(first.locator("summary")).to_contain_text("✓ 1 solved")
        expect(visit.page.get_by_text("1 of 6 problems solved")).to_be_visible()


def test_slips_that_give_the_same_answer_are_told_apart_by_a_question(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, LAB1) as visit:
        second = problem(visit, "1.2 · A convolution with stride and padding")
        second.get_by_label("rows").fill("1")
        second.get_by_label("columns").fill("1")
        second.locator(".cells input").fill("3")
        second.get_by_role("button", name="Check").click()
        expect(second.locator(".verdict")).to_contain_text("How many rows has your padded image?")
        second.get_by_label("your answer to this question").fill("three")
        second.get_by_role("button", name="Tell").click()
        expect(second.locator(".verdict")).to_contain_text("“three” is not a number")
        second.get_by_label("your answer to this question").fill("3")
        second.get_by_label("your answer to this question").press("Enter")
        expect(second.locator(".verdict")).to_contain_text(task1_words("no-pad"))
        expect(second.get_by_label("your answer to this question")).to_be_hidden()


def task1_words(slip: str) -> str:
    return LAB.find("1.2")[0].slip(slip).words


def test_the_right_method_on_a_wrong_earlier_answer_is_credited(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, GRAPH) as visit:
        two = problem(visit, "2 · A graph, its gradient, and a step")
        v = variant(LAB.find("2")[0], 0)
        z, own = v.answers["z"], [n + 3 for n in v.answers["z"]]
        part(two).get_by_label("how many numbers?").fill(str(len(z)))
        for cell, number in zip(part(two).locator(".cells input").all(), own, strict=True):
            cell.fill(str(number))
        part(two, 1).get_by_label("your answer").fill(str(max(own)))
        part(two, 1).get_by_role("button", name="Check").click()
        expect(part(two, 1).locator(".verdict")).to_contain_text("this follows from your earlier answer")


def test_a_block_is_pasted_into_cells_of_its_size(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, LAB1) as visit:
        first = problem(visit, "1.1 · A convolution")
        paste(first.get_by_label("rows"), "tensor([[3., -4.], [1., 6.]])")
        expect(first.get_by_label("columns")).to_have_value("2")
        expect(first.get_by_label("row 2, column 1")).to_have_value("1.")
        first.get_by_role("button", name="Check").click()
        expect(first.locator(".verdict")).to_contain_text("Right.")
        expect(first.get_by_label("row 2, column 2")).to_be_visible()


def paste(box: Locator, text: str) -> None:
    """What a paste does, with a clipboard of our own."""
    box.evaluate(
        """(box, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            const everywhere = { bubbles: true, cancelable: true, composed: true };
            const event = new ClipboardEvent("paste", { clipboardData, ...everywhere });
            box.focus();
            if (box.dispatchEvent(event)) {
                box.setRangeText(text, 0, box.value.length, "end");
                box.dispatchEvent(new Event("input", { bubbles: true }));
            }
        }""",
        text,
    )


BAD = [
    ("", "There is nothing here yet"),
    ("seven", "“seven” is not a number"),
    ("1 1/2", "mixes a whole number and a fraction"),
    ("1/0", "divides by zero"),
    ("7" * 5000, "5000 characters"),
    ("1 2 3", "“1 2 3” is not a number"),
]


@pytest.mark.parametrize(("text", "told"), BAD, ids=[told for _, told in BAD])
def test_what_cannot_be_read_gets_a_kind_word_and_stays(text: str, told: str, reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, LAB1) as visit:
        drill = problem(visit, "How large is the output?")
        paste(drill.get_by_label("your answer"), text)
        drill.get_by_role("button", name="Check").click()
        expect(drill.locator(".verdict")).to_contain_text(told)
        expect(drill.get_by_label("your answer")).to_have_value(text)
        visit.page.reload()
        expect(problem(visit, "How large is the output?").get_by_label("your answer")).to_have_value(text)


def test_a_size_that_is_none_is_told_and_cells_come_back(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, LAB1) as visit:
        first = problem(visit, "1.1 · A convolution")
        first.get_by_role("button", name="Check").click()
        expect(first.locator(".verdict")).to_contain_text("Say first how large the answer is")
        first.get_by_label("rows").fill("2")
        first.get_by_label("columns").fill("3")
        first.get_by_label("row 2, column 3").fill("17")
        first.get_by_role("button", name="Check").click()
        expect(first.locator(".verdict")).to_contain_text("Row 1, column 1 is empty")
        for sides, told in (
            ("0", "two whole numbers"),
            ("two", "two whole numbers"),
            ("1000", "larger than any answer"),
        ):
            first.get_by_label("columns").fill(sides)
            expect(first.get_by_role("status").filter(has_text=told)).to_be_visible()
        first.get_by_label("columns").fill("3")
        expect(first.get_by_label("row 2, column 3")).to_have_value("17")


def test_hints_solution_and_another_one(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, LAB1) as visit:
        first = problem(visit, "1.1 · A convolution")
        asked, v = LAB.find("1.1")[0], variant(LAB.find("1.1")[0], 0)
        for number, hint in enumerate(asked.hints, 1):
            first.get_by_role("button", name=f"Hint {number} of {len(asked.hints)}").click()
            expect(first.get_by_role("list", name="hints").locator("li").last).to_have_text(v.fill(hint))
        expect(first.get_by_role("button", name="No more hints")).to_be_disabled()
        first.get_by_role("button", name="Solution").click()
        expect(first.get_by_role("list", name="solution").locator("li")).to_have_text(list(v.solution))
        first.get_by_role("button", name="Solution").click()
        expect(first.get_by_role("list", name="solution")).to_have_count(0)
        first.get_by_label("rows").fill("2")
        first.get_by_role("button", name="Another one").click()
        expect(first.get_by_label("variant")).to_have_value("2")
        expect(first.get_by_label("rows")).to_be_focused()
        expect(first.get_by_label("rows")).to_have_value("")
        other = variant(asked, LAB1.data()["problems"][0]["variants"][1]["seed"])
        expect(first.locator(".given").first).to_have_attribute("aria-label", practice_write(other.shown["x"]))
        first.get_by_label("variant").fill("1")
        first.get_by_label("variant").press("Enter")
        expect(first.get_by_label("rows")).to_have_value("2")


def test_what_was_solved_with_the_solution_in_view_does_not_count(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, LAB1) as visit:
        drill = problem(visit, "How large is the output?")
        drill.get_by_role("button", name="Solution").click()
        drill.get_by_label("your answer").fill(str(variant(LAB.find("output-size")[0], 0).answers["y"]))
        drill.get_by_role("button", name="Check").click()
        expect(drill.locator(".solved")).to_contain_text("with the solution seen")
        expect(drill.locator("summary")).not_to_contain_text("solved")


def test_progress_stays_in_the_browser_until_it_is_erased(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, LAB1) as visit:
        drill = problem(visit, "How large is the output?")
        right = str(variant(LAB.find("output-size")[0], 0).answers["y"])
        drill.get_by_label("your answer").fill(right)
        drill.get_by_label("your answer").press("Enter")
        visit.page.reload()
        drill = problem(visit, "How large is the output?")
        expect(drill.locator("summary")).to_contain_text("✓ 1 solved")
        expect(drill.get_by_label("your answer")).to_have_value(right)
        visit.page.get_by_role("button", name="Erase my progress").click()
        expect(drill.locator("summary")).to_contain_text("✓ 1 solved")
        visit.page.get_by_role("button", name="Really erase it all?").click()
        expect(drill.locator("summary")).not_to_contain_text("solved")
        expect(drill.get_by_label("your answer")).to_have_value("")
        visit.page.reload()
        expect(visit.page.get_by_text("0 of 6 problems solved")).to_be_visible()


def test_by_keyboard_alone(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, LAB1) as visit:
        first, press = problem(visit, "1.1 · A convolution"), visit.page.keyboard.press
        first.locator("summary").focus()
        press("Tab")
        visit.page.keyboard.type("2")
        press("Tab")
        visit.page.keyboard.type("2")
        press("Tab")
        for number, step in zip(["3", "-4", "6", "1"], ["ArrowRight", "ArrowDown", "ArrowLeft", "Enter"], strict=True):
            visit.page.keyboard.type(number)
            press(step)
            if step == "ArrowLeft":  # from the end of the text, the first press moves within it
                press("Home")
                press("ArrowLeft")
        expect(first.locator(".verdict")).to_contain_text("Right.")


def test_a_link_leads_to_a_problem(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, LAB1, link="#1-layers-dilated") as visit:
        dilated = visit.page.locator("details.problem[open]")
        expect(dilated).to_have_count(1)
        expect(dilated.locator("summary")).to_contain_text("A dilated convolution")
        expect(dilated).to_be_in_viewport()


def test_on_paper_and_without_scripts_the_problems_stand_there(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, LAB1) as visit:
        visit.page.emulate_media(media="print")
        expect(visit.page.locator("section")).to_have_count(len(LAB1.problems))
        expect(visit.page.get_by_text("Convolve x = [[1, 0, 2]").first).to_be_visible()
        expect(visit.page.locator(".explorer")).to_be_hidden()
        address = visit.page.url
    context = reader.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_text("Solution").first.click()
    expect(page.get_by_text("y[0,0] = 1·1 + 0·(−1) + 2·0 + 1·2 = 3")).to_be_visible()
    context.close()


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_in_any_state(view: str, reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, LAB1, view=view) as visit:
        assert Axe().run(visit.page).response["violations"] == []
        first = problem(visit, "1.1 · A convolution")
        paste(first.get_by_label("rows"), "1 -2; 4 4")
        second = problem(visit, "1.2 · A convolution with stride and padding")
        paste(second.get_by_label("rows"), "[[3]]")
        second.get_by_label("rows").fill("1")
        second.get_by_label("columns").fill("1")
        second.locator(".cells input").fill("3")
        drill = problem(visit, "How large is the output?")
        drill.get_by_label("your answer").fill("x")
        for button in ("Check", "Hint 1", "Solution"):
            for of in (first, second, drill):
                of.get_by_role("button", name=button).click()
        assert Axe().run(visit.page).response["violations"] == []
        for title in [p.title for p in LAB1.problems[2:]]:
            problem(visit, title if title != "Max pooling" else "1.3 · Max pooling")
        assert Axe().run(visit.page).response["violations"] == []
        assert visit.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("page", CHAPTER)
def test_on_its_page_from_a_file_every_problem_can_be_solved(page: str, site: Path, reader: Visitor) -> None:
    book = workbook(LAB, page)
    with reader.open((site / f"{page}.html").as_uri()) as visit:
        expect(visit.page.locator("details.problem")).to_have_count(len(book.problems))
        for found, asked in zip(visit.page.locator("details.problem").all(), book.problems, strict=True):
            if found.get_attribute("open") is None:
                found.locator("summary").click()
            expect(found.locator("fieldset")).to_have_count(len(asked.parts))
            for box, p in zip(found.locator("fieldset").all(), asked.parts, strict=True):
                answer(box, p.kind, variant(asked, 0).answers[p.key])
            expect(found.locator(".verdict.good")).to_have_count(len(asked.parts))
            expect(found.locator("summary")).to_contain_text("✓ 1 solved")
        expect(visit.page.get_by_text(f"{len(book.problems)} of {len(book.problems)} problems solved")).to_be_visible()
    assert visit.faults == []
    assert visit.foreign == []


def answer(box: Locator, kind: str, value: Value) -> None:
    """Type an answer and check it."""
    if kind == "vector":
        box.get_by_label("how many numbers?").fill(str(len(value)))
    if kind == "matrix":
        box.get_by_label("rows").fill(str(len(value)))
        box.get_by_label("columns").fill(str(len(value[0])))
    for cell, number in zip(box.locator("input.cell").all(), flat(value), strict=True):
        cell.fill(str(number))
    box.get_by_role("button", name="Check").click()


def test_offline_after_the_page_has_come(address: str, reader: Visitor) -> None:
    with reader.open(f"{address}/4-cost.html") as visit:
        expect(visit.page.locator("details.problem").first).to_be_visible()
        visit.page.locator("details.problem summary").first.focus()  # a reader begins: all variants come
        visit.page.wait_for_function("document.querySelector('script[src*=\"4-cost.data.js\"]')")
        visit.page.wait_for_load_state("networkidle")
        visit.page.context.set_offline(True)
        drill = problem(visit, "How many parameters?")
        right = variant(LAB.find("parameters")[0], 0).answers["n"]
        answer(drill.locator("fieldset").first, "number", right)
        expect(drill.locator(".verdict.good")).to_have_count(1)
        drill.get_by_role("button", name="Another one").click()
        expect(drill.get_by_label("variant")).to_have_value("2")
    assert visit.faults == []


def test_variants_that_cannot_be_loaded_are_told_and_tried_again(address: str, reader: Visitor) -> None:
    with reader.open(f"{address}/4-cost.html") as visit:
        expect(visit.page.locator("details.problem").first).to_be_visible()
        visit.page.context.set_offline(True)
        drill = problem(visit, "How many parameters?")
        drill.get_by_role("button", name="Another one").click()
        expect(visit.page.get_by_text("The other variants could not be loaded")).to_be_visible()
        expect(drill.get_by_label("variant")).to_have_value("1")
        visit.page.context.set_offline(False)
        drill.get_by_role("button", name="Another one").click()
        expect(drill.get_by_label("variant")).to_have_value("2")
        visit.page.reload()  # the reader was at the second: all variants come at once
        expect(problem(visit, "How many parameters?").get_by_label("variant")).to_have_value("2")
