"""The table of items: how large each problem's space is, what it knows of slips, how many variants differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from labcode.practice.chance import Dice
from labcode.practice.problem import Problem
from labcode.practice.variants import Variant, variant

DRAWS = 2000


@dataclass(frozen=True)
class Item:
    """What there is of a problem.

    Parameters
    ----------
    problem : Problem
    slips, pairs : int
        Slips that are recognised, and pairs of them.
    space : int
        Different data among 2000 draws, before the gates.
    passing : float
        Share of draws that pass the gates.
    distinct, seeds : int
        Different variants among those of the seeds 0, 1, …
    """

    problem: Problem
    slips: int
    pairs: int
    space: int
    passing: float
    distinct: int
    seeds: int


def items(problems: Iterable[Problem], seeds: int = 200) -> list[Item]:
    """The table of items.

    Examples
    --------
    >>> from labcode.lab5.problems import LAB
    >>> [item] = items([LAB.find("1.1")[0]], seeds=20)
    >>> item.slips, item.distinct
    (9, 20)
    """
    return [_item(problem, seeds) for problem in problems]


def _item(problem: Problem, seeds: int) -> Item:
    drawn = [Variant(problem, n, problem.draw(Dice(n, problem.key, "/space"))) for n in range(DRAWS)]
    space = {tuple(v.shown.items()) for v in drawn}
    passing = [v.passes for v in drawn[: DRAWS // 20]]
    distinct = {tuple(variant(problem, seed).shown.items()) for seed in range(seeds)}
    share = sum(passing) / len(passing)
    return Item(problem, len(problem.slips), len(problem.pairs), len(space), share, len(distinct), seeds)


def written(found: Iterable[Item]) -> str:
    """The table as text, in columns."""
    header = ("problem", "level", "parts", "slips", "pairs", f"space of {DRAWS}", "pass", "distinct", "title")
    rows = [header, *(_row(item) for item in found)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines)


def _row(item: Item) -> tuple[str, ...]:
    p = item.problem
    counts = (len(p.parts), item.slips, item.pairs, item.space)
    shares = (f"{item.passing:.0%}", f"{item.distinct}/{item.seeds}")
    return (p.key, p.level, *map(str, counts), *shares, p.title)
