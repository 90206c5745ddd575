"""Every problem for many seeds: answers as torch, slips told apart and recognised, follow-through, the page's data.

Each law is tried for a few seeds of every problem on each run, and for thousands by the nightly profile.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcode.lab5.problems import PROBLEMS
from labcode.practice import data
from labcode.practice.answers import exact, flat, shape_of
from labcode.practice.marking import mark
from labcode.practice.problem import Problem
from labcode.practice.variants import Variant, variant
from tests.practice_oracles import ORACLES
from tests.practice_page import Page
from tests.profiles import times

PUBLISHED = json.loads((Path(__file__).parent / "data" / "slips.json").read_text(encoding="utf-8"))
EACH = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.key)


def seeds(law: Callable[[Problem, int], None]) -> Callable[..., None]:
    """Try a law for every problem and many seeds."""
    return EACH(times(2)(given(seed=st.integers(1, 10**6))(law)))


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


@seeds
def test_answers_are_those_of_torch_or_of_counting(problem: Problem, seed: int) -> None:
    v = variant(problem, seed)
    expected = {part: exact(value) for part, value in ORACLES[problem.key](v.shown).items()}
    assert {part: flat(value) for part, value in v.answers.items()} == {p: flat(e) for p, e in expected.items()}


@EACH
def test_answers_of_the_lab_are_those_of_torch(problem: Problem) -> None:
    v = variant(problem, 0)
    expected = {part: flat(exact(value)) for part, value in ORACLES[problem.key](v.shown).items()}
    assert {part: flat(value) for part, value in v.answers.items()} == expected


@seeds
def test_slips_differ_from_the_answer_and_from_each_other(problem: Problem, seed: int) -> None:
    v = variant(problem, seed)
    for part, answer in v.answers.items():
        made = [problem.with_slips(v.work, v.answers, s)[part] for s in problem.slips if part in s.at_parts]
        assert len({answer, *made}) == 1 + len(made)


@seeds
def test_a_slip_is_recognised_as_itself_where_it_is_made(problem: Problem, seed: int) -> None:
    v = variant(problem, seed)
    for part, key, value in reaching(v):
        slip = problem.slip(key)
        verdict = mark(v, part, value)
        if part in slip.at_parts:
            assert verdict.status == ("accepted" if slip.accepted else "slip")
            assert verdict.slips == (key,)
            assert slip.words in verdict.words
            assert bool(verdict) == slip.accepted


@seeds
def test_a_slip_carried_on_is_named_among_few(problem: Problem, seed: int) -> None:
    v = variant(problem, seed)
    for part, key, value in reaching(v):
        verdict = mark(v, part, value)
        if part not in problem.slip(key).at_parts and verdict.slips:
            candidates = [k for k in verdict.slips if v.marks[part].slips[k] == value]
            assert key in candidates or all(part in problem.slip(k).at_parts for k in candidates)


@seeds
def test_two_slips_at_once_are_recognised(problem: Problem, seed: int) -> None:
    v = variant(problem, seed)
    for part, marks in v.marks.items():
        for pair, value in marks.pairs.items():
            assert (mark(v, part, value).status, mark(v, part, value).slips) == ("pair", pair)


@seeds
def test_the_answer_is_right_in_any_spelling(problem: Problem, seed: int) -> None:
    v = variant(problem, seed)
    for part, answer in v.answers.items():
        assert mark(v, part, answer).status == "right"
        assert mark(v, part, data.write(answer).replace("-", "−")).status == "right"


@EACH
@times(4)
@given(seed=st.integers(1, 10**6), numbers=st.lists(st.integers(-9, 9), min_size=60, max_size=60))
def test_what_follows_from_earlier_answers_is_credited(problem: Problem, seed: int, numbers: list[int]) -> None:
    v = variant(problem, seed)
    for part in problem.parts:
        for key, rule in v.marks[part.key].rules.items():
            work = problem.slip(key).change(v.work) if key else v.work
            own = [shaped_as(v.answers[u], numbers, problem.part(u).kind == "size") for u in part.uses]
            follows = problem.answer(part, work, *own)
            assert rule(*own) == follows
            if not key and follows not in (v.answers[part.key], *v.marks[part.key].slips.values()):
                verdict = mark(v, part.key, follows, dict(zip(part.uses, own, strict=True)))
                assert verdict.status == "follow"
                assert verdict


def shaped_as(value: Any, numbers: list[int], positive: bool) -> Any:
    """Other numbers in the shape of a value."""
    supply = (abs(n) + 1 if positive else n for n in numbers)

    def fill(v: Any) -> Any:
        return tuple(map(fill, v)) if isinstance(v, tuple) else next(supply)

    return fill(value)


@seeds
def test_texts_have_no_gaps(problem: Problem, seed: int) -> None:
    v = variant(problem, seed)
    asks = [p.ask for p in problem.parts]
    for text in (v.statement, *v.solution, *map(v.fill, (*problem.hints, *asks))):
        assert text
        assert not re.search(r"[{}]", text)


@seeds
def test_a_seed_gives_the_same_variant_again(problem: Problem, seed: int) -> None:
    again = Variant(problem, seed, variant(problem, seed).work)
    assert variant(problem, seed).shown == again.shown
    assert again.passes


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
        part = next(p.key for p in problem.parts if all(p.key in problem.slip(k).at_parts for k in hole))
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
    assert v.slipped[slip][part] == exact_of(answer)


def exact_of(plain: Any) -> Any:
    return data_value(plain)


def data_value(plain: Any) -> Any:
    from tests.practice_page import value

    return value(plain)


@EACH
def test_the_page_reads_from_its_data_what_python_marks_by(problem: Problem) -> None:
    found, common = data.problem_data(problem, 12), json.loads(data.dump(data.common_data()))
    found = json.loads(data.dump(found))
    order = [s.key for s in problem.slips]
    for raw in found["variants"]:
        v, page = variant(problem, raw["seed"]), Page(found, raw, common)
        for part, marks in v.marks.items():
            ways = {(k,): value for k, value in marks.slips.items()} | dict(marks.pairs)
            for keys, value in ways.items():
                read = page.given(part, tuple(map(order.index, keys)))
                expected = f"#{data.fingerprint(value)}" if isinstance(read, str) else value
                assert read == expected
            like = shape_of(marks.answer)
            assert like == shape_of(data_value(page.part(part)[1]["answer"]))


def test_all_variants_are_made_in_time_and_are_small_enough() -> None:
    """The budget: 10 s for all, and 30 kB on the way to a reader of one page, 51 distinct variants each."""
    pages: dict[str, list[Any]] = {}
    start = time.process_time()
    for problem in PROBLEMS:
        pages.setdefault(problem.page, []).append(data.problem_data(problem))
    seconds = time.process_time() - start
    assert seconds < 10
    for name, problems in pages.items():
        assert data.gzipped([*problems, data.common_data()]) <= 30_000, name
        for p in problems:
            assert len({json.dumps(v["data"]) for v in p["variants"]}) == data.VARIANTS
