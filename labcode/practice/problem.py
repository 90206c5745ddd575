"""What a problem is: data from a constrained space, parts with answers, and slips, which are changed data.

Everything that is worked out is worked out from one frozen dataclass, the *work*: the data that the
learner sees and the choices of the right method. A slip is a function from work to work; the same
code is then run, so a slip is never a stored number, and two slips are one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from labcode.errors import ArgumentError
from labcode.op import Array
from labcode.practice.answers import Kind, Value, exact, flat
from labcode.practice.chance import Dice
from labcode.practice.solution import Solution

Work = Any  # the problem's own frozen dataclass
Level = Literal["drill", "exercise", "exam"]
Follow = Literal["", "affine", "max", "choose", "entries"]


@dataclass(frozen=True)
class Part:
    """One thing that is asked.

    Parameters
    ----------
    key : str
        Its name within the problem.
    ask : str
        The question; ``{name}`` stands for data of the variant.
    kind : {"number", "vector", "matrix", "size"}
        What the answer is.
    solve : callable
        ``solve(work, *earlier)``: the answer, from the work and the answers of the parts in `uses`.
    uses : tuple of str
        Earlier parts on which it builds.
    question : str
        Number of the lab's question that it belongs to.
    unit : str
        "B" for bytes; the learner may then write other units of memory.
    follow : {"", "affine", "max", "choose", "entries"}
        How the answer depends on the earlier ones (see `follow`); empty: no follow-through.
    inner : callable, optional
        With "max": what the largest is taken of, affine in the earlier answers.
    """

    key: str
    ask: str
    kind: Kind
    solve: Callable[..., Any]
    uses: tuple[str, ...] = ()
    question: str = ""
    unit: str = ""
    follow: Follow = ""
    inner: Callable[..., Any] | None = None


@dataclass(frozen=True, eq=False)
class Slip:
    """A named misconception: the same computation with one thing changed.

    Parameters
    ----------
    key, name : str
        Short key, and a noun phrase for tables.
    words : str
        A sentence to the learner that helps without giving the answer away; no number of the variant.
    at : str
        Key of the part where it is made (several: separated by spaces). Later parts carry it on.
    change : callable
        From work to changed work.
    group : str
        Slips of one group exclude each other; a slip without a group excludes only itself.
    accepted : bool
        Right under another stated convention: credited, and `words` says which.
    often : bool
        Made so often that it is also looked for together with another such slip.
    fades : bool
        A variant may be such that later parts come out right all the same.
    """

    key: str
    name: str
    words: str
    at: str
    change: Callable[[Work], Work]
    group: str = ""
    accepted: bool = False
    often: bool = False
    fades: bool = False

    @cached_property
    def at_parts(self) -> frozenset[str]:
        """Keys of the parts where it is made."""
        return frozenset(self.at.split())

    def excludes(self, other: Slip) -> bool:
        """Whether nobody can make both."""
        return self.key == other.key or (self.group != "" and self.group == other.group)


@dataclass(frozen=True)
class Separating:
    """A question that tells slips apart which give the same answer."""

    ask: str
    solve: Callable[[Work], Any]


@dataclass(frozen=True, eq=False)
class Problem:
    """A problem: statement, space of its data, parts, slips, hints, solution.

    Parameters
    ----------
    key, title, page : str
        Its name in `exercise`, its heading, and the page of the book where it stands.
    level : {"drill", "exercise", "exam"}
    statement : str
        ``{name}`` stands for data of the variant, as `shown` names it.
    shown : callable
        From work to the data that the learner sees, by name.
    draw : callable
        From `Dice` to work; what `fits` and the gates of `variants` refuse is drawn again.
    parts : tuple of Part
        In order; a part uses only earlier ones.
    slips : tuple of Slip
    hints : tuple of str
        From gentle to strong; ``{name}`` as in the statement.
    explain : callable
        From work to the worked solution: lines with places for data, answers and numbers in between.
    original : object, optional
        The work that the lab itself sets: variant 0. It is not gated: its holes are declared.
    holes : tuple of sets of str
        Slips that give the same answer in the original; a set with "" and a slip: it gives the right one.
    separating : tuple of Separating
        Questions for those.
    fits : callable
        What the space asks of work besides.
    """

    key: str
    title: str
    page: str
    level: Level
    statement: str
    shown: Callable[[Work], Mapping[str, Any]]
    draw: Callable[[Dice], Work]
    parts: tuple[Part, ...]
    slips: tuple[Slip, ...]
    hints: tuple[str, ...]
    explain: Callable[[Work], Solution]
    original: Work = None
    holes: tuple[frozenset[str], ...] = ()
    separating: tuple[Separating, ...] = ()
    fits: Callable[[Work], bool] = lambda work: True

    def part(self, key: str) -> Part:
        """The part of this name."""
        return next(p for p in self.parts if p.key == key)

    def slip(self, key: str) -> Slip:
        """The slip of this name."""
        return next(s for s in self.slips if s.key == key)

    def behind(self, key: str) -> frozenset[str]:
        """A part and all that it builds on."""
        return frozenset({key}).union(*map(self.behind, self.part(key).uses))

    @cached_property
    def reached(self) -> dict[str, frozenset[str]]:
        """For each slip, the parts in which it is made or that build on those."""
        return {s.key: frozenset(p.key for p in self.parts if self.behind(p.key) & s.at_parts) for s in self.slips}

    @cached_property
    def pairs(self) -> tuple[tuple[Slip, Slip], ...]:
        """Slips that are looked for together."""
        often = [s for s in self.slips if s.often]
        return tuple((a, b) for a, b in combinations(often, 2) if not a.excludes(b))

    def slips_of(self, part: str) -> tuple[tuple[Slip, ...], tuple[tuple[Slip, Slip], ...]]:
        """The slips that reach a part, and the pairs that do and of which one at least is made there."""
        slips = tuple(s for s in self.slips if part in self.reached[s.key])
        here = [(a, b) for a, b in self.pairs if part in a.at_parts | b.at_parts]
        return slips, tuple((a, b) for a, b in here if a in slips and b in slips)

    def with_slips(self, work: Work, right: Mapping[str, Value], *slips: Slip) -> dict[str, Value]:
        """The answers of somebody who makes these slips, one after the other; `right` is what they leave alone."""
        reached = frozenset().union(*(self.reached[s.key] for s in slips))
        for slip in slips:
            work = slip.change(work)
        return self.solve(work, {key: value for key, value in right.items() if key not in reached})

    def solve(self, work: Work, known: Mapping[str, Value] = MappingProxyType({})) -> dict[str, Value]:
        """The answers of all parts, one after the other, but for those known already.

        A part that this work makes impossible is left out, with all that builds on it.
        """
        answers = dict(known)
        for part in self.parts:
            if part.key not in known and all(u in answers for u in part.uses):
                try:
                    answers[part.key] = self.answer(part, work, *(answers[u] for u in part.uses))
                except ArgumentError:  # a slip can ask for what does not exist, as a window too large
                    continue
        return answers

    def answer(self, part: Part, work: Work, *earlier: Value) -> Value:
        """The answer of one part from given earlier answers."""
        value = exact(part.solve(work, *earlier))
        return flat(value)[0] if part.kind == "number" else value


def sets(**fields: Any) -> Callable[[Work], Work]:
    """A change of some fields of the work: to a value, or to a function of the work.

    Examples
    --------
    >>> from dataclasses import make_dataclass
    >>> work = make_dataclass("Layer", ["stride", "padding"])(3, 1)
    >>> sets(stride=1, padding=lambda layer: 2 * layer.padding)(work)
    Layer(stride=1, padding=2)
    """

    def change(work: Work) -> Work:
        return replace(work, **{name: f(work) if callable(f) else f for name, f in fields.items()})

    return change


def array(value: Value) -> Array:
    """An earlier answer as an array that labcode computes with."""
    return np.array(value, np.float64)
