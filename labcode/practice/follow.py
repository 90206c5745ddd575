"""Follow-through: how a part's answer depends on the learner's own earlier answers, as plain data.

The page marks without Python, and an earlier answer may be any number. So the dependence travels as a
rule of few numbers, read off `Part.solve` by probing it with 0 and unit answers:

- ``affine``: entry i is Σ_j rows[i][j] · v[j] + rows[i][-1], where v holds all earlier numbers, row by row;
- ``max``: the largest of these entries;
- ``choose``: rows[j], where v[j] is the first of the largest earlier numbers;
- ``entries``: of sizes: side i is the product of all sides of the earlier sizes in rows[i].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod
from typing import Any

from labcode.practice.answers import Value, exact, flat, shape_of
from labcode.practice.problem import Follow, Part, Problem, Work


@dataclass(frozen=True)
class Rule:
    """One dependence: its kind, its numbers, and the shape of what it gives."""

    kind: Follow
    rows: tuple[Value, ...]
    shape: tuple[int, ...]
    sizes: tuple[tuple[int, ...], ...]  # shapes of the earlier answers it can take

    def __call__(self, *earlier: Value) -> Value | None:
        """The answer that follows, or None if the earlier answers have other shapes."""
        if tuple(map(shape_of, earlier)) != self.sizes:
            return None
        if self.kind == "entries":
            return tuple(prod(flat(tuple(earlier[i] for i in row))) for row in self.rows)
        v = flat(earlier)
        if self.kind == "choose":
            return self.rows[v.index(max(v))]
        entries = [exact(sum(a * n for a, n in zip(row, v, strict=False)) + row[-1]) for row in self.rows]
        return max(entries) if self.kind == "max" else shaped(entries, self.shape)


def shaped(numbers: Sequence[Any], shape: tuple[int, ...]) -> Value:
    """Numbers in rows again: the inverse of `flat`."""
    if not shape:
        return numbers[0]
    step = len(numbers) // shape[0]
    return tuple(shaped(numbers[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0]))


def rule_of(problem: Problem, part: Part, work: Work, earlier: Sequence[Value]) -> Rule:
    """The rule of a part; `earlier` are right answers, of which only the shapes matter."""
    sizes = tuple(map(shape_of, earlier))
    ends = list(accumulate(len(flat(value)) for value in earlier))

    def split(numbers: Sequence[int]) -> Iterator[Value]:
        """One list of numbers as the earlier answers."""
        for size, start, end in zip(sizes, [0, *ends], ends, strict=False):
            yield shaped(numbers[start:end], size)

    if part.follow == "entries":
        primes = (2, 3, 5, 7)[: len(earlier)]
        sides = problem.answer(part, work, *((p, 1) for p in primes))
        return Rule(
            part.follow, tuple(tuple(i for i, p in enumerate(primes) if n % p == 0) for n in sides), (2,), sizes
        )
    units = [tuple(int(i == j) for j in range(ends[-1])) for i in range(ends[-1])]
    if part.follow == "choose":
        options = tuple(problem.answer(part, work, *split(unit)) for unit in units)
        return Rule(part.follow, options, shape_of(options[0]), sizes)
    of = part.inner or part.solve
    base = exact(of(work, *split((0,) * ends[-1])))
    columns = [_minus(exact(of(work, *split(unit))), base) for unit in units]
    rows = tuple(zip(*columns, flat(base), strict=True))
    shape = () if part.kind == "number" else shape_of(base)
    return Rule(part.follow, rows, shape, sizes)


def _minus(a: Value, b: Value) -> list[Value]:
    return [m - n for m, n in zip(flat(a), flat(b), strict=True)]
