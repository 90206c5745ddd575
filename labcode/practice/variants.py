"""From a problem and a seed to one variant, worked out with all its slips, and let through the gates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from labcode.practice.answers import Value, exact, flat
from labcode.practice.chance import Dice
from labcode.practice.follow import Rule, rule_of
from labcode.practice.problem import Part, Problem, Slip, Work
from labcode.practice.solution import Solution, fill

ATTEMPTS = 2000


@dataclass(frozen=True)
class Marks:
    """What is needed to mark one part of one variant, all of it data.

    Parameters
    ----------
    answer : value
    slips : dict
        The answer that each slip gives here (accepted conventions too), made here or carried on.
    pairs : dict
        The answers of two slips at once, where no other way is known to give them.
    rules : dict
        Follow-through: under "" the right method, under a slip's key that slip made in this part.
    """

    answer: Value
    slips: dict[str, Value]
    pairs: dict[tuple[str, str], Value]
    rules: dict[str, Rule]

    @cached_property
    def by_value(self) -> dict[Value, tuple[str, ...]]:
        """Slips by the answer that they give."""
        found: dict[Value, tuple[str, ...]] = {}
        for key, value in self.slips.items():
            found[value] = (*found.get(value, ()), key)
        return found

    @cached_property
    def pair_by_value(self) -> dict[Value, tuple[str, str]]:
        """Pairs by the answer that they give."""
        return {value: pair for pair, value in self.pairs.items()}


@dataclass(frozen=True)
class Variant:
    """One variant of a problem."""

    problem: Problem
    seed: int
    work: Work

    @cached_property
    def answers(self) -> dict[str, Value]:
        """The right answers, by part."""
        return self.problem.solve(self.work)

    @cached_property
    def _known(self) -> dict[str, dict[str, Value]]:
        return {}

    def with_slip(self, slip: Slip) -> dict[str, Value]:
        """The answers of all parts by somebody who makes this slip; worked out once."""
        if slip.key not in self._known:
            self._known[slip.key] = self.problem.with_slips(self.work, self.answers, slip)
        return self._known[slip.key]

    @property
    def slipped(self) -> dict[str, dict[str, Value]]:
        """The answers of all parts, by slip."""
        return {s.key: self.with_slip(s) for s in self.problem.slips}

    @cached_property
    def marks(self) -> dict[str, Marks]:
        """How each part is marked."""
        pairs = {(a.key, b.key): self.problem.with_slips(self.work, self.answers, a, b) for a, b in self.problem.pairs}
        return {part.key: self._marks(part, pairs) for part in self.problem.parts}

    def _marks(self, part: Part, pairs: dict[tuple[str, str], dict[str, Value]]) -> Marks:
        answer = self.answers[part.key]
        reaching, here = self.problem.slips_of(part.key)
        values = {s.key: self.with_slip(s).get(part.key) for s in reaching}
        slips = {k: v for k, v in values.items() if v is not None and v != answer}
        ways: dict[Value, list[tuple[str, str]]] = defaultdict(list)
        for pair in ((a.key, b.key) for a, b in here):
            if pair[0] in slips and pair[1] in slips and part.key in pairs[pair]:
                ways[pairs[pair][part.key]].append(pair)
        known = {answer, *slips.values()}
        unique = {way[0]: v for v, way in ways.items() if len(way) == 1 and v not in known}
        return Marks(answer, slips, unique, self._rules(part))

    def _rules(self, part: Part) -> dict[str, Rule]:
        """The right method, and the slips of this part, as functions of the earlier answers."""
        if not part.follow:
            return {}
        earlier = [self.answers[u] for u in part.uses]
        works = {"": self.work}
        works |= {
            s.key: s.change(self.work) for s in self.problem.slips if part.key in s.at_parts and part.follow == "affine"
        }
        rules = {key: rule_of(self.problem, part, work, earlier) for key, work in works.items()}
        # A slip need not depend on the earlier answers as the right method does: a product in place of a sum.
        return {k: r for k, r in rules.items() if r(*earlier) == self.problem.answer(part, works[k], *earlier)}

    @cached_property
    def shown(self) -> dict[str, Any]:
        """The data that the learner sees."""
        return {name: exact(value) for name, value in self.problem.shown(self.work).items()}

    @cached_property
    def explained(self) -> Solution:
        """The worked solution, its numbers still in their places."""
        found = self.problem.explain(self.work)
        return Solution(found.lines, {name: exact(value) for name, value in found.between.items()})

    @property
    def solution(self) -> tuple[str, ...]:
        """The lines of the worked solution."""
        return tuple(map(self.fill, self.explained.lines))

    @property
    def statement(self) -> str:
        """The statement with the data of this variant."""
        return self.fill(self.problem.statement)

    def fill(self, text: str) -> str:
        """A text with the numbers of this variant."""
        return fill(text, {**self.shown, **self.answers, **self.explained.between})

    def separating(self, slips: tuple[str, ...]) -> int | None:
        """Which question of the problem tells these slips apart; None if none does."""
        for i in range(len(self.problem.separating)):
            if len({self.separate(i, key) for key in slips}) > 1:
                return i
        return None

    def separate(self, question: int, slip: str) -> Value:
        """What somebody who made this slip answers to a separating question."""
        return exact(self.problem.separating[question].solve(self.problem.slip(slip).change(self.work)))

    @property
    def collisions(self) -> set[frozenset[str]]:
        """Slips made in the same part that give the same answer there; with "" where it is the right one."""
        found = set()
        for part in self.problem.parts:
            groups: dict[Value, set[str]] = {self.answers[part.key]: {""}}
            for slip in self.problem.slips:
                value = self.with_slip(slip).get(part.key)
                if part.key in slip.at_parts and value is not None:
                    groups.setdefault(value, set()).add(slip.key)
            found |= {frozenset(keys) for keys in groups.values() if len(keys) > 1}
        return found

    @property
    def passes(self) -> bool:
        """The gates: all parts and slips exist, none coincide, nothing is dull, a carried slip stays visible."""
        problem, right = self.problem, self.answers
        if not problem.fits(self.work) or len(right) < len(problem.parts) or any(map(_dull, right.values())):
            return False
        seen: set[Any] = set(right.items())
        for slip in problem.slips:
            answers = self.with_slip(slip)
            made = {(key, answers.get(key)) for key in slip.at_parts}
            if seen & made or any(value is None for _, value in made):
                return False
            if not slip.fades and any(answers.get(key) == right[key] for key in problem.reached[slip.key]):
                return False
            seen |= made
        return True


def _dull(answer: Value) -> bool:
    """Several numbers, all of them zero."""
    numbers = flat(answer)
    return len(numbers) > 1 and not any(numbers)


@lru_cache(maxsize=4096)
def _variant(key: str, seed: int, problem: Problem) -> Variant:
    if seed == 0 and problem.original is not None:
        return Variant(problem, 0, problem.original)
    for attempt in range(ATTEMPTS):
        found = Variant(problem, seed, problem.draw(Dice(seed, key, f"/{attempt}")))
        if found.passes:
            return found
    raise AssertionError(f"problem {key}: no variant of seed {seed} passes the gates")


def variant(problem: Problem, seed: int) -> Variant:
    """The variant of a seed, the same on every machine; 0 is the lab's original where there is one."""
    return _variant(problem.key, seed, problem)


def distinct(problem: Problem, many: int) -> Iterator[Variant]:
    """The first `many` variants that show different data, in order of their seeds."""
    seen: set[Any] = set()
    seed = 0
    while len(seen) < many:
        found = variant(problem, seed)
        data = tuple(found.shown.items())
        if data not in seen:
            seen.add(data)
            yield found
        seed += 1
        assert seed < 40 * many, f"problem {problem.key}: fewer than {many} distinct variants"
