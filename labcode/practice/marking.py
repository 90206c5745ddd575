"""Marking: what an answer is, told in one sentence.

In this order: unreadable (not marked) → right → right by another stated convention → follows from the
learner's own earlier answers → a slip, or several that give the same → two slips at once → a slip made on
top of an earlier wrong answer → another shape → patterns (transposed, signs, a constant, a factor, rounded)
→ how many cells are right → wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

from labcode.practice.answers import Kind, UnreadableError, Value, flat, read, shape_of, write
from labcode.practice.problem import Part, Problem
from labcode.practice.variants import Marks, Variant
from labcode.practice.words import say

Status = Literal["unreadable", "right", "accepted", "follow", "slip", "several", "pair", "pattern", "shape", "wrong"]
FACTORS = [Fraction(f) for f in (2, 3, 4, 8, 9, 32, 1000, 1024)]
LARGE = 100  # a single smaller number is a simple multiple of another too often
FACTORS += [1 / f for f in FACTORS] + [Fraction(1000, 1024), Fraction(1024, 1000), Fraction(-1)]


@dataclass(frozen=True)
class Verdict:
    """What is said about one answer; true where it is credited.

    Parameters
    ----------
    status : str
        "unreadable", "right", "accepted", "follow", "slip", "several", "pair", "pattern", "shape" or "wrong".
    words : str
        The sentence to the learner.
    slips : tuple of str
        Keys of the slips that it names.
    value : value or None
        The answer as it was read.
    ask : int or None
        With "several": which separating question of the problem to ask.
    part : str
        The part that was marked.
    """

    status: Status
    words: str
    slips: tuple[str, ...] = ()
    value: Value = None
    ask: int | None = None
    part: str = ""

    def __bool__(self) -> bool:
        return self.status in ("right", "accepted", "follow")

    def __repr__(self) -> str:
        return f"{'✓' if self else '?' if self.status == 'unreadable' else '✗'} {self.words}"

    def _repr_markdown_(self) -> str:
        read_as = "" if self.value is None else f" *Read as* `{write(self.value)}`."
        return f"**{repr(self)[0]}** {self.words}{read_as}"


def mark(variant: Variant, part: str, given: Any, earlier: Mapping[str, Any] | None = None) -> Verdict:
    """Mark one answer.

    Parameters
    ----------
    variant : Variant
    part : str
        Key of the part.
    given : object
        What `answers.read` takes.
    earlier : mapping, optional
        The learner's answers to earlier parts, as far as there are any: for follow-through.

    Returns
    -------
    Verdict
    """
    problem, marks = variant.problem, variant.marks[part]
    asked = problem.part(part)
    try:
        value = read(given, asked.kind, asked.unit)
    except UnreadableError as error:
        return Verdict("unreadable", str(error), part=part)
    own = _earlier(variant, asked, earlier or {})
    steps = (
        lambda: _right(value, marks),
        lambda: _accepted(problem, value, marks),
        lambda: _follows(value, marks, own),
        lambda: _slip(variant, asked, value, marks),
        lambda: _pair(problem, value, marks),
        lambda: _slip_on_own(problem, value, marks, own),
        lambda: _pattern(value, marks.answer, asked.kind),
    )
    status, words, slips, ask = next((found for step in steps if (found := step())), ("wrong", say("wrong"), (), None))
    return Verdict(status, words, slips, value, ask, part)


Found = tuple[Status, str, tuple[str, ...], int | None] | None


def _earlier(variant: Variant, part: Part, given: Mapping[str, Any]) -> tuple[Value, ...] | None:
    """The earlier answers as the learner has them, the right ones where none is readable; None if all are right."""
    own = []
    for key in part.uses:
        asked = variant.problem.part(key)
        try:
            own.append(read(given[key], asked.kind, asked.unit))
        except (KeyError, UnreadableError):
            own.append(variant.answers[key])
    return tuple(own) if any(v != variant.answers[k] for k, v in zip(part.uses, own, strict=True)) else None


def _right(value: Value, marks: Marks) -> Found:
    return ("right", say("right"), (), None) if value == marks.answer else None


def _accepted(problem: Problem, value: Value, marks: Marks) -> Found:
    keys = tuple(k for k in marks.by_value.get(value, ()) if problem.slip(k).accepted)
    return ("accepted", say("accepted", words=problem.slip(keys[0]).words), keys, None) if keys else None


def _follows(value: Value, marks: Marks, own: tuple[Value, ...] | None) -> Found:
    rule = marks.rules.get("")
    follows = own is not None and rule is not None and rule(*own) == value
    return ("follow", say("follow"), (), None) if follows else None


def _slip(variant: Variant, part: Part, value: Value, marks: Marks) -> Found:
    keys = marks.by_value.get(value, ())
    here = tuple(k for k in keys if part.key in variant.problem.slip(k).at_parts)
    keys = here or keys  # a slip of this part explains more than one carried on
    if not keys:
        return None
    slips = [variant.problem.slip(k) for k in keys]
    if len(keys) == 1:
        words = slips[0].words if here else say("carried", words=slips[0].words)
        return "slip", words, keys, None
    ask = variant.separating(keys)
    question = say("between", names="; ".join(s.name for s in slips))
    if ask is not None:
        question = variant.problem.separating[ask].ask
    elif not here:
        question = say("look_back")
    return "several", say("several", ask=question), keys, ask


def _pair(problem: Problem, value: Value, marks: Marks) -> Found:
    pair = marks.pair_by_value.get(value)
    if pair is None:
        return None
    first, second = (problem.slip(k).words for k in pair)
    return "pair", say("pair", words=first, other=second), pair, None


def _slip_on_own(problem: Problem, value: Value, marks: Marks, own: tuple[Value, ...] | None) -> Found:
    """A slip of this part, worked from the learner's own earlier answers."""
    if own is None:
        return None
    keys = tuple(k for k, rule in marks.rules.items() if k and rule(*own) == value)
    return ("slip", say("follow_slip", words=problem.slip(keys[0]).words), keys, None) if len(keys) == 1 else None


def _pattern(value: Value, answer: Value, kind: Kind) -> Found:
    """What the numbers look like where no slip is known to give them."""
    if (
        shape_of(value) == shape_of(answer)[::-1]
        and len(shape_of(value)) == 2
        and tuple(zip(*value, strict=True)) == answer
    ):
        return "pattern", say("transposed"), (), None
    if shape_of(value) != shape_of(answer):
        return "shape", say("shape", given=_size(value)), (), None
    words = next(_likeness(flat(value), flat(answer), shape_of(answer), kind), None)
    return ("pattern", words, (), None) if words else None


def _likeness(given: tuple[Any, ...], right: tuple[Any, ...], shape: tuple[int, ...], kind: Kind) -> Iterator[str]:
    differences = [a - b for a, b in zip(given, right, strict=True)]
    if kind != "size":  # where nothing is scaled, rounded or moved
        ratio = _ratio(given, right)
        if ratio == -1:
            yield say("negated")
        elif ratio in FACTORS and (len(given) > 1 or abs(right[0]) >= LARGE):
            yield say("factor")
        if len(given) > 1 and len(set(differences)) == 1:
            yield say("offset")
        near = all(abs(d) <= abs(b) / 100 for d, b in zip(differences, right, strict=True))
        if near and not all(Fraction(b).denominator == 1 for b in right):
            yield say("rounded")
    wrong = [i for i, d in enumerate(differences) if d]
    if len(given) > 2 and len(wrong) == 1:
        yield say("one", place=_place(wrong[0], shape))
    elif 0 < len(wrong) < len(given):
        yield say("some", right=len(given) - len(wrong), all=len(given))


def _ratio(given: tuple[Any, ...], right: tuple[Any, ...]) -> Fraction | None:
    """The one factor between all entries; None where there is none."""
    pairs = [(a, b) for a, b in zip(given, right, strict=True) if a or b]
    ratios = {Fraction(a) / b if b else Fraction(0) for a, b in pairs}
    return ratios.pop() if len(ratios) == 1 and any(right) else None


def narrow(variant: Variant, verdict: Verdict, given: Any) -> Verdict:
    """After "several": which slip it was, by the learner's answer to the separating question.

    Parameters
    ----------
    variant : Variant
    verdict : Verdict
        One with a question to `ask`.
    given : object
        A number, as `answers.read` takes it.
    """
    assert verdict.ask is not None, "this verdict asks nothing"
    try:
        value = read(given, "number")
    except UnreadableError as error:
        return replace(verdict, status="unreadable", words=str(error))
    left = tuple(k for k in verdict.slips if variant.separate(verdict.ask, k) == value)
    slips = left or verdict.slips
    named = [variant.problem.slip(k) for k in slips]
    if len(slips) == 1:
        return replace(verdict, status="slip", slips=slips, ask=None, words=named[0].words)
    names = say("between", names="; ".join(s.name for s in named))
    return replace(verdict, status="several", slips=slips, ask=None, words=say("several", ask=names))


def running_through(problem: Problem, verdicts: Sequence[Verdict]) -> str:
    """What to say of a slip that is made in several parts; nothing where there is none."""
    for slip in problem.slips:
        parts = [v.part for v in verdicts if v.slips == (slip.key,) and v.part in slip.at_parts and not v]
        if len(parts) > 1:
            return say("through", parts=", ".join(parts), words=slip.words)
    return ""


def _place(position: int, shape: tuple[int, ...]) -> str:
    """Rows and columns counted from 1, as the grid shows them."""
    if len(shape) == 1:
        return f"cell {position + 1}"
    return f"row {position // shape[1] + 1}, column {position % shape[1] + 1}"


def _size(value: Value) -> str:
    shape = shape_of(value)
    return f"{shape[0]} numbers" if len(shape) == 1 else "×".join(map(str, shape))
