"""Every problem for many seeds: answers as torch, slips told apart and recognised, follow-through, the page's data.

Each law is tried for a few seeds of every problem on each run, and for thousands by the nightly profile.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from labcode.lab5.problems import PROBLEMS
from labcode.practice import data
from labcode.practice.answers import exact, flat
from labcode.practice.chance import Dice
from labcode.practice.marking import mark
from labcode.practice.problem import Part, Problem
from labcode.practice.variants import Variant, variant
from tests.practice_oracles import ORACLES
from tests.practice_page import Page, fingerprint, unpack
from tests.practice_page import value as exactly

PUBLISHED = json.loads((Path(__file__).parent / "data" / "slips.json").read_text(encoding="utf-8"))
RECORDED = json.loads((Path(__file__).parent / "data" / "variants.json").read_text(encoding="utf-8"))
EACH = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.key)


SEEDS = 12 if settings.default.max_examples < 100 else 1000  # a variant of each seed; the nightly profile has 28,000


@pytest.fixture(scope="module", params=PROBLEMS, ids=lambda p: p.key)
def variants(request: pytest.FixtureRequest) -> list[Variant]:
    """Variants of one problem; all laws are tried on them before the next problem's are made."""
    return [variant(request.param, seed) for seed in range(1, SEEDS + 1)]


def reaching(v: Variant) -> Iterator[tuple[str, str, Any]]:
    """Every part, slip that shows in it, and what it gives there."""
    for part, marks in v.marks.items():
        yield from ((part, slip, value) for slip, value in marks.slips.items())


def test_keys_are_unique() -> None:
    assert len({p.key for p in PROBLEMS}) == len(PROBLEMS)
    assert ORACLES.keys() == {p.key for p in PROBLEMS}
    for p in PROBLEMS:
        assert len({part.key for part in p.parts}) == len(p.parts)
        assert len({s.key for s in p.slips}) == len(p.slips)


def test_answers_are_those_of_torch_or_of_counting(variants: list[Variant]) -> None:
    for v in variants:
        expected = {part: exact(value) for part, value in ORACLES[v.problem.key](v.shown).items()}
        assert {part: flat(value) for part, value in v.answers.items()} == {p: flat(e) for p, e in expected.items()}


@EACH
def test_answers_of_the_lab_are_those_of_torch(problem: Problem) -> None:
    v = variant(problem, 0)
    expected = {part: flat(exact(value)) for part, value in ORACLES[problem.key](v.shown).items()}
    assert {part: flat(value) for part, value in v.answers.items()} == expected


def test_slips_differ_from_the_answer_and_from_each_other(variants: list[Variant]) -> None:
    for v in variants:
        for part, answer in v.answers.items():
            made = [v.problem.with_slips(v.work, v.answers, s)[part] for s in v.problem.slips if part in s.at_parts]
            assert len({answer, *made}) == 1 + len(made)


def test_a_slip_is_recognised_as_itself_where_it_is_made(variants: list[Variant]) -> None:
    for v in variants:
        for part, key, value in reaching(v):
            slip = v.problem.slip(key)
            verdict = mark(v, part, value)
            if part in slip.at_parts:
                assert verdict.status == ("accepted" if slip.accepted else "slip")
                assert verdict.slips == (key,)
                assert slip.words in verdict.words
                assert bool(verdict) == slip.accepted


def test_a_slip_carried_on_is_named_among_few(variants: list[Variant]) -> None:
    for v in variants:
        for part, key, value in reaching(v):
            verdict = mark(v, part, value)
            if part not in v.problem.slip(key).at_parts and verdict.slips:
                candidates = [k for k in verdict.slips if v.marks[part].slips[k] == value]
                assert key in candidates or all(part in v.problem.slip(k).at_parts for k in candidates)


def test_two_slips_at_once_are_recognised(variants: list[Variant]) -> None:
    for v in variants:
        for part, marks in v.marks.items():
            for pair, value in marks.pairs.items():
                assert (mark(v, part, value).status, mark(v, part, value).slips) == ("pair", pair)


def test_the_answer_is_right_in_any_spelling(variants: list[Variant]) -> None:
    for v in variants:
        for part, answer in v.answers.items():
            assert mark(v, part, answer).status == "right"
            assert mark(v, part, data.write(answer).replace("-", "−")).status == "right"


def test_what_follows_from_earlier_answers_is_credited(variants: list[Variant]) -> None:
    for v in variants:
        numbers = Dice(v.seed, "own answers").integers(-9, 9, 60).tolist()
        for part in v.problem.parts:
            own = [shaped_as(v.answers[u], numbers, v.problem.part(u).kind == "size") for u in part.uses]
            for key, rule in v.marks[part.key].rules.items():
                work = v.problem.slip(key).change(v.work) if key else v.work
                assert rule(*own) == v.problem.answer(part, work, *own)
            credit_what_follows(v, part, own)


def credit_what_follows(v: Variant, part: Part, own: list[Any]) -> None:
    marks = v.marks[part.key]
    follows = marks.rules[""](*own) if part.follow else marks.answer
    if follows not in (marks.answer, *marks.slips.values()):
        verdict = mark(v, part.key, follows, dict(zip(part.uses, own, strict=True)))
        assert verdict.status == "follow"
        assert verdict


def shaped_as(value: Any, numbers: list[int], positive: bool) -> Any:
    """Other numbers in the shape of a value."""
    supply = (abs(n) + 1 if positive else n for n in numbers)

    def fill(v: Any) -> Any:
        return tuple(map(fill, v)) if isinstance(v, tuple) else next(supply)

    return fill(value)


def test_the_data_of_a_page_are_those_of_the_variant(variants: list[Variant]) -> None:
    alphabet = data.common_data()["alphabet"]
    for v in variants:
        raw = data.variant_data(v)
        assert {name: unpack(text, (), alphabet) for name, text in raw["data"].items()} == v.shown
        assert {name: unpack(text, (), alphabet) for name, text in raw["between"].items()} == v.explained.between


def test_texts_have_no_gaps(variants: list[Variant]) -> None:
    for v in variants:
        asks = [p.ask for p in v.problem.parts]
        for text in (v.statement, *v.solution, *map(v.fill, (*v.problem.hints, *asks))):
            assert text
            assert not re.search(r"[{}]", text)


def test_a_seed_gives_the_same_variant_on_every_machine() -> None:
    found = {p.key: data.fingerprint(tuple(tuple(variant(p, n).shown.values()) for n in (1, 2, 3))) for p in PROBLEMS}
    assert found == RECORDED, "a changed space gives other sheets for the same seed: record it anew only on purpose"


@EACH
def test_the_lab_itself_has_only_the_holes_that_are_declared(problem: Problem) -> None:
    if problem.original is not None:
        assert variant(problem, 0).collisions == set(problem.holes)


@EACH
def test_slips_that_coincide_in_the_lab_are_named_and_separated_by_questions(problem: Problem) -> None:
    for hole in problem.holes:
        v = variant(problem, 0)
        if "" in hole:
            continue
        part = next(p.key for p in problem.parts if all(p.key in v.problem.slip(k).at_parts for k in hole))
        verdict = mark(v, part, v.slipped[min(hole)][part])
        assert verdict.status == "several"
        assert set(verdict.slips) == hole
        left = set(hole)
        asked = range(len(problem.separating))
        apart = {tuple(v.separate(q, k) for q in asked) for k in left}
        assert verdict.ask is not None or not asked
        assert len(apart) > 1 or not asked


def test_every_question_of_the_lab_has_six_slips() -> None:
    for problem in PROBLEMS:
        for question in {p.question for p in problem.parts} - {""}:
            parts = {p.key for p in problem.parts if p.question == question}
            assert sum(bool(s.at_parts & parts) for s in problem.slips) >= 6, question


@EACH
def test_words_help_without_numbers_of_the_variant(problem: Problem) -> None:
    for slip in problem.slips:
        assert slip.words.endswith((".", "?"))
        assert "{" not in slip.words
        assert len(slip.words) < 200
    assert len(problem.hints) >= 2


def _published() -> Iterator[Any]:
    for case in PUBLISHED:
        for slip, answer in case["slips"].items():
            yield pytest.param(case["problem"], case["part"], slip, answer, id=f"{case['part']} {slip}")


@pytest.mark.parametrize(("key", "part", "slip", "answer"), list(_published()))
def test_slips_on_the_data_of_the_lab_as_published(key: str, part: str, slip: str, answer: Any) -> None:
    problem = next(p for p in PROBLEMS if p.key == key)
    v = variant(problem, 0)
    assert v.slipped[slip][part] == exactly(answer)


@EACH
def test_the_page_reads_from_its_data_what_python_marks_by(problem: Problem) -> None:
    found, common = data.problem_data(problem, 12), json.loads(data.dump(data.common_data()))
    found = json.loads(data.dump(found))
    order = [s.key for s in problem.slips]
    for raw in found["variants"]:
        v, page = variant(problem, raw["seed"]), Page(found, raw, common)
        for part, marks in v.marks.items():
            ways = {(k,): wrong for k, wrong in marks.slips.items()} | dict(marks.pairs)
            for keys, wrong in ways.items():
                read = page.given(part, tuple(map(order.index, keys)))
                expected = f"#{fingerprint(wrong, common['alphabet'])}" if isinstance(read, str) else wrong
                assert read == expected
            assert page.value(page.part(part)[1]["answer"]) == marks.answer


def test_the_variants_of_a_page_are_small_enough_and_distinct() -> None:
    """30 kB at most on the way to a reader of one page. The time it takes is in that of a build, measured there."""
    pages: dict[str, list[Any]] = {}
    for problem in PROBLEMS:
        pages.setdefault(problem.page, []).append(data.problem_data(problem))
    for name, problems in pages.items():
        assert data.gzipped(problems) <= 30_000, name
        assert data.gzipped([data.common_data()]) < 3000  # the same for all pages
        for p in problems:
            assert len({json.dumps(v["data"]) for v in p["variants"]}) == data.VARIANTS
