"""Check an answer in a notebook, and take a fresh exercise: the same marking and words as in the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from operator import index
from typing import Any

from labcode.errors import ArgumentError
from labcode.lab5.problems import find
from labcode.practice.marking import Verdict, mark, running_through
from labcode.practice.problem import Part
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


def check(question: str, answer: Any, earlier: Mapping[str, Any] | None = None) -> Verdict | Report:
    """Mark your answer to a question of the lab, and say what went wrong.

    Parameters
    ----------
    question : str
        As "2.2".
    answer : object
        A number, nested list, text, NumPy array or torch tensor. For a question that asks several things,
        a tuple with one answer for each, or a dict of those that you have; a single number answers the last.
    earlier : dict, optional
        Your own answers to earlier parts, as {"g": [3, 3]}: what follows from them counts.

    Returns
    -------
    Verdict or Report
        True if the answer is credited; shows its sentence.

    Raises
    ------
    ArgumentError
        For a question that does not exist.

    Examples
    --------
    >>> from labcode import check
    >>> check("2.2", [2, 1])
    ✓ Right.
    >>> check("1.1", [[1, -2], [4, 4]])
    ✗ You turned the kernel by 180°: that is convolution as mathematics means it. A layer lays the kernel on as it is.
    >>> check("2.3", {"w-new": [-0.5, -1.5]}, earlier={"g": [3, 3]})
    w-new: ✓ The right method: this follows from your earlier answer, so it counts. That one is still to mend.
    """
    return exercise(question).check(answer, earlier)


def exercise(question: str, seed: int = 0) -> Exercise:
    """A question of the lab, or a fresh variant of it.

    Parameters
    ----------
    question : str
        As "2.2", or the key of one of the further problems.
    seed : int
        0 is the lab's own; every other seed is another variant, the same on every machine.

    Returns
    -------
    Exercise

    Raises
    ------
    ArgumentError
        For a question that does not exist, or a seed below 0.

    Examples
    --------
    >>> from labcode import exercise
    >>> fresh = exercise("1.3", seed=7)
    >>> fresh.check([[0]]).status
    'shape'
    >>> print(fresh.hint(1))
    A pooling window has no weights. How many whole windows of [2, 1] lie side by side in x?
    """
    problem, parts = find(question)
    try:
        number = index(seed)
    except TypeError:
        raise ArgumentError("seed", repr(seed), "an integer >= 0") from None
    if number < 0:
        raise ArgumentError("seed", seed, "an integer >= 0")
    return Exercise(variant(problem, number), parts)


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
