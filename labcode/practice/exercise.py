"""Check an answer in a notebook, and take a fresh exercise: the same marking and words as in the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from operator import index
from typing import Any

from labcode.errors import ArgumentError
from labcode.practice.marking import Verdict, mark, running_through
from labcode.practice.problem import Part, Problem
from labcode.practice.variants import Variant, variant
from labcode.practice.words import say


@dataclass(frozen=True)
class Report:
    """The verdicts on a question that asks several things; true where all are credited.

    A slip that runs through several parts, such as all Jacobians transposed, is told once, at the end.
    """

    verdicts: tuple[Verdict, ...]
    through: str = ""

    def __bool__(self) -> bool:
        return all(self.verdicts)

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    def __repr__(self) -> str:
        told = [f"{v.part}: {v!r}" for v in self.verdicts]
        return "\n".join([*told, self.through] if self.through else told)

    def _repr_markdown_(self) -> str:
        told = [f"- `{v.part}` {v._repr_markdown_()}" for v in self.verdicts]
        return "\n".join([*told, "", self.through] if self.through else told)


@dataclass(frozen=True)
class Exercise:
    """A variant of a problem, ready to be worked on; shows its statement.

    Parameters
    ----------
    variant : Variant
    parts : tuple of Part
        What is asked of it here.

    Examples
    --------
    >>> from labcode import exercise
    >>> exercise("2.2")
    f(x, w) = maxpool(conv(x, w)), stride 1, no padding, the pooling window over all results; x = [2, 1, 2], w = [1, 0], α = 1/2. Call the result of the convolution z.
    g: What is ∂f/∂w?
    """  # noqa: E501 - a statement is one line

    variant: Variant
    parts: tuple[Part, ...]

    def check(self, answer: Any, earlier: Mapping[str, Any] | None = None) -> Verdict | Report:
        """Mark an answer, as `labcode.check` does."""
        if len(self.parts) == 1 and not isinstance(answer, Mapping):
            return mark(self.variant, self.parts[0].key, answer, earlier)
        given = self._by_part(answer)
        if isinstance(given, Verdict):
            return given
        known = {**(earlier or {}), **given}
        verdicts = tuple(mark(self.variant, key, value, known) for key, value in given.items())
        return Report(verdicts, running_through(self.variant.problem, verdicts))

    def _by_part(self, answer: Any) -> dict[str, Any] | Verdict:
        """The answers by part; one of another number than the parts is for a kind word."""
        keys = [p.key for p in self.parts]
        if isinstance(answer, Mapping):
            unknown = [k for k in answer if k not in keys]
            if unknown:
                raise ArgumentError("answer", f"a dict with {unknown[0]!r}", f"only the parts {', '.join(keys)}")
            return {k: answer[k] for k in keys if k in answer}
        if isinstance(answer, int | float | Fraction | str):
            return {keys[-1]: answer}
        answers = list(answer) if isinstance(answer, list | tuple) else [answer]
        if len(answers) != len(keys):
            return Verdict("unreadable", say("parts", count=len(answers), parts=len(keys), names=", ".join(keys)))
        return dict(zip(keys, answers, strict=True))

    def hint(self, strength: int = 1) -> str:
        """A hint, from gentle (1) to strong."""
        hints = self.variant.problem.hints
        if not 1 <= strength <= len(hints):
            raise ArgumentError("strength", strength, f"1 to {len(hints)}")
        return self.variant.fill(hints[strength - 1])

    @property
    def statement(self) -> str:
        """What is given."""
        return self.variant.statement

    @property
    def solution(self) -> str:
        """The worked solution, each number in between."""
        return "\n".join(self.variant.solution)

    def __repr__(self) -> str:
        asked = [f"{p.key}: {self.variant.fill(p.ask)}" for p in self.parts]
        return "\n".join([self.statement, *asked])

    def _repr_markdown_(self) -> str:
        asked = [f"- `{p.key}` {self.variant.fill(p.ask)}" for p in self.parts]
        return "\n".join([self.statement, "", *asked])


@dataclass(frozen=True)
class Collection:
    """The problems of a lab, found by question or by key.

    Parameters
    ----------
    problems : tuple of Problem
    """

    problems: tuple[Problem, ...]

    def questions(self) -> list[str]:
        """Every question of the lab, then the keys of the further problems."""
        lab = [p.question for problem in self.problems for p in problem.parts if p.question]
        return list(dict.fromkeys([*lab, *(p.key for p in self.problems if not p.parts[0].question)]))

    def find(self, question: str) -> tuple[Problem, tuple[Part, ...]]:
        """The problem of a question, and the parts that belong to it.

        Parameters
        ----------
        question : str
            A question of the lab, as "2.2", or the key of a problem.

        Raises
        ------
        ArgumentError
            If there is no such question, with those that there are.
        """
        for problem in self.problems:
            parts = problem.parts if question == problem.key else [p for p in problem.parts if p.question == question]
            if parts:
                return problem, tuple(parts)
        raise ArgumentError("question", repr(question), f"one of {', '.join(self.questions())}")

    def exercise(self, question: str, seed: int = 0) -> Exercise:
        """A question of the lab, or a fresh variant of it.

        Parameters
        ----------
        question : str
            As "2.2", or the key of one of the further problems.
        seed : int
            0 is the lab's own; every other seed is another variant, the same on every machine.

        Raises
        ------
        ArgumentError
            For a question that does not exist, or a seed below 0.
        """
        problem, parts = self.find(question)
        try:
            number = index(seed)
        except TypeError:
            raise ArgumentError("seed", repr(seed), "an integer >= 0") from None
        if number < 0:
            raise ArgumentError("seed", seed, "an integer >= 0")
        return Exercise(variant(problem, number), parts)

    def check(self, question: str, answer: Any, earlier: Mapping[str, Any] | None = None) -> Verdict | Report:
        """Mark an answer to a question of the lab; `earlier` are the learner's own answers to earlier parts.

        Raises
        ------
        ArgumentError
            For a question that does not exist.
        """
        return self.exercise(question).check(answer, earlier)
