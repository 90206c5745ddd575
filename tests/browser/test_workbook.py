"""Workbooks: the page marks as Python does, and a learner gets through it by mouse, keyboard and paste."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labcode.lab5.problems import LAB, PROBLEMS
from labcode.practice.answers import UnreadableError, Value, flat, read, write
from labcode.practice.follow import shaped
from labcode.practice.marking import Verdict, mark, narrow, running_through
from labcode.practice.problem import Problem
from labcode.practice.variants import Variant, variant
from labcode.workbook import Workbook
from tests.browser.explorers import PAGE
from tests.browser.session import Visit, Visitor
from tests.profiles import times

CASES = json.loads((Path(__file__).parents[1] / "data" / "answers.json").read_text(encoding="utf-8"))
SEEDS = 4 if settings.default.max_examples < 100 else 51
MARK = """([problem, index, asked]) => {
    const { Variant } = labcode["variant.js"], { mark, narrow, runningThrough } = labcode["marking.js"], { write } = labcode["answers.js"];
    const variant = new Variant(problem, problem.variants[index]);
    const keys = (v) => ({ ...v, slips: v.slips.map(s => problem.slips[s].key), value: v.value && write(v.value) });
    return asked.map(([part, given, earlier, further]) => {
        const verdict = mark(variant, part, given, earlier);
        const others = problem.parts.filter(p => p.key in earlier).map(p => mark(variant, p.key, earlier[p.key], earlier));
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
    """Answers to each part, with earlier answers of the learner's own before them, and answers to what is asked back."""
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
    st.from_regex(r"(tensor\()?\[\[?-?[0-9][, ]+-?[0-9]\]?,? ?\[?-?[0-9],[0-9]\]\]?(, dtype=torch.int64)?\)?", fullmatch=True),
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


@times(2)
@given(st.lists(st.tuples(TEXTS, KINDS, st.sampled_from(["", "B"])), min_size=80, max_size=80))
def test_the_page_reads_as_python_does(blank: Visit, calls: list[tuple[str, Any, str]]) -> None:
    found = blank.page.evaluate(READ, [list(call) for call in calls])
    for call, answer in zip(calls, found, strict=True):
        assert answer == as_read(call), call


def test_the_page_reads_the_cases_of_python(blank: Visit) -> None:
    calls = [(case["text"], case["kind"], case["unit"]) for case in CASES]
    assert blank.page.evaluate(READ, calls) == [as_read(call) for call in calls]
