"""What a page needs to mark and explain without Python: a problem and its variants as compact JSON.

`problem_data` gives one object for each problem; `common_data` what all share. Indices count from 0. A *value* (a
number, a vector, a matrix, a list of channels) is an exact text ``[shape:]body``. The shape is as "3", "2x3" or
"2x3x3", and nothing for a number. The body is "=" and numbers with spaces between them ("=1/2 -3"), or a letter of
``common.alphabet`` for each number, row by row: its index minus 40.

A problem:

- ``key``, ``title``, ``level`` ("drill", "exercise", "exam"), ``statement``, ``hints`` (gentle to strong).
- ``parts``: of each ``key``, ``question`` (number in the lab, or ""), ``ask``, ``kind`` ("number", "vector", "matrix",
  "size"), ``unit`` ("" or "B": then units of ``common.units`` may follow a number), ``uses`` (keys of earlier
  parts); ``slips``: which slips may show in it, as indices into ``slips`` below; ``pairs``: which pairs of them.
- ``slips``: of each ``name``, ``words``, ``at`` (keys of the parts where it is made; elsewhere it is carried),
  ``accepted`` (another convention: credited).
- ``separating``: questions that tell slips apart which coincide.
- ``solutions``: lists of lines; a variant names one by its index.
- ``variants``: of each
  - ``seed``; ``data``: values by name; ``between``: further values of the solution, by name;
    ``solution``: index into ``solutions``.
  - ``marks``: an object for each part, with ``answer``, a value; ``slips`` and ``pairs``, as texts joined by ",", one
    for each of the part's ``slips`` and ``pairs`` (missing: none shows); ``rules``, a list of [slip or -1, rule].
  - ``separating`` (where slips coincide): lists [slip, its answer to question 0, to question 1, …], answers as values.

Statements, asks, hints and lines have places that `solution.fill` fills from data, answers by part and between.

A text of ``slips`` and ``pairs`` is empty (this slip does not show here), "~" (the rule of the slip made in this part,
else rule −1, applied to what the same slips gave in the parts before, the right answer where they give none),
"#" and four letters (`fingerprint`), or a value, which has a shape only where it is not that of the answer.

A rule ``{kind, rows, shape, sizes}`` takes earlier answers of the shapes ``sizes``, in the order of ``uses``, all their
numbers in one list v. Its rows are bodies as above, joined by ",": for "affine" and "max" the numbers of a row, for
"choose" the numbers of an answer in ``shape``. "affine" gives Σ_j rows[i][j]·v[j] + the last of rows[i], in ``shape``;
"max" the largest of these; "choose" rows[j], where v[j] is the first of the largest. For "entries" the rows are lists
of indices: each side is the product of all numbers of the earlier answers with these indices.

Marking goes in the order of `marking`, with the sentences of ``common.words`` (``{name}`` in them as there).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from math import inf
from typing import Any

from labcode.practice.answers import UNITS, Value, flat, shape_of, write
from labcode.practice.follow import Rule
from labcode.practice.marking import FACTORS, LARGE
from labcode.practice.problem import Part, Problem
from labcode.practice.variants import Variant, distinct
from labcode.practice.words import WORDS

VARIANTS = 51  # the first and fifty more
ALPHABET = "".join(c for c in map(chr, range(33, 127)) if c not in '"#,/:=\\~')[:81]
NEAR = len(ALPHABET) // 2
LONGEST = 5


def packed(value: Value, like: tuple[int, ...], longest: float = LONGEST) -> str:
    """A value in few letters: one of ALPHABET for a whole number near 0, which is its middle letter.

    Other numbers are written out after "=", with spaces between them; a shape that is not `like` stands in
    front, before ":". What would be longer than `longest` letters travels as "#" and its `fingerprint`.

    Examples
    --------
    >>> from fractions import Fraction
    >>> packed(((1, -1), (0, 2)), (2, 2)), packed((1, 2), (3,)), packed(Fraction(1, 2), ())
    ('PNOQ', '2:PQ', '=1/2')
    """
    numbers, shape = flat(value), shape_of(value)
    near = all(isinstance(n, int) and abs(n) <= NEAR for n in numbers)
    body = "".join(ALPHABET[n + NEAR] for n in numbers) if near else "=" + " ".join(map(str, numbers))
    text = body if shape == like else "x".join(map(str, shape)) + ":" + body
    return text if len(text) <= longest else f"#{fingerprint(value)}"


def fingerprint(value: Value) -> str:
    """Four letters of ALPHABET[:64] for 24 bits of the FNV-1a hash of `write(value)`, the low ones first.

    Only slips travel so; a wrong answer is taken for the wrong slip once in 16 million.

    Examples
    --------
    >>> len(fingerprint(((1, -1), (0, 2))))
    4
    """
    state = 0x811C9DC5
    for byte in write(value).encode():
        state = ((state ^ byte) * 0x01000193) & 0xFFFFFFFF
    state ^= state >> 24
    return "".join(ALPHABET[state >> shift & 63] for shift in (0, 6, 12, 18))


def problem_data(problem: Problem, variants: int = VARIANTS) -> dict[str, Any]:
    """Everything about a problem and its first variants; the fields are told in `labcode.practice`."""
    found = list(distinct(problem, variants))
    solutions = list(dict.fromkeys(v.explained.lines for v in found))
    return {
        "key": problem.key,
        "title": problem.title,
        "level": problem.level,
        "statement": problem.statement,
        "parts": [_part(problem, p) for p in problem.parts],
        "slips": [
            {"name": s.name, "words": s.words, "at": sorted(s.at_parts), "accepted": s.accepted} for s in problem.slips
        ],
        "separating": [s.ask for s in problem.separating],
        "hints": list(problem.hints),
        "solutions": [list(lines) for lines in solutions],
        "variants": [variant_data(v) | {"solution": solutions.index(v.explained.lines)} for v in found],
    }


def _part(problem: Problem, part: Part) -> dict[str, Any]:
    order = [s.key for s in problem.slips]
    slips, pairs = problem.slips_of(part.key)
    fields = {name: getattr(part, name) for name in ("key", "question", "ask", "kind", "unit", "uses")}
    return fields | {
        "slips": [order.index(s.key) for s in slips],
        "pairs": [[order.index(a.key), order.index(b.key)] for a, b in pairs],
    }


def variant_data(variant: Variant) -> dict[str, Any]:
    """One variant: its data, the marks of each part, the numbers of its solution."""
    found = {
        "seed": variant.seed,
        "data": _packed_each(variant.shown),
        "between": _packed_each(variant.explained.between),
        "marks": [_marks(variant, part) for part in variant.problem.parts],
    }
    return found | {"separating": s} if (s := _separating(variant)) else found


def _packed_each(values: Mapping[str, Value]) -> dict[str, str]:
    return {name: packed(value, (), inf) for name, value in values.items()}


def _marks(variant: Variant, part: Part) -> dict[str, Any]:
    marks = variant.marks[part.key]
    place = {s.key: i for i, s in enumerate(variant.problem.slips)}
    slips, pairs = variant.problem.slips_of(part.key)
    found = {
        "answer": packed(marks.answer, (), inf),
        "slips": ",".join(_entry(variant, part, marks.slips.get(s.key), s.key) for s in slips),
        "pairs": ",".join(_entry(variant, part, marks.pairs.get((a.key, b.key)), a.key, b.key) for a, b in pairs),
        "rules": [[place.get(k, -1), _rule(r)] for k, r in marks.rules.items()],
    }
    return {name: value for name, value in found.items() if value or name == "answer"}


def _entry(variant: Variant, part: Part, value: Value | None, *slips: str) -> str:
    """A slip's or a pair's answer: empty for none, "~" where a rule gives it from what the same slips gave before."""
    if value is None:
        return ""
    rules = variant.marks[part.key].rules
    here = [k for k in slips if part.key in variant.problem.slip(k).at_parts]
    rule = rules.get(here[0] if len(here) == 1 else "") if len(here) < 2 else None
    if rule and rule(*(_given(variant, use, slips) for use in part.uses)) == value:
        return "~"
    goes_on = any(part.key in p.uses for p in variant.problem.parts)  # others follow from it: no fingerprint
    return packed(value, shape_of(variant.answers[part.key]), inf if goes_on else LONGEST)


def _given(variant: Variant, part: str, slips: tuple[str, ...]) -> Value:
    """What somebody who makes these slips answers to an earlier part, as far as the page knows it."""
    marks = variant.marks[part]
    reaching = tuple(k for k in slips if part in variant.problem.reached[k])
    if len(reaching) == 2:
        return marks.pairs.get((reaching[0], reaching[1]), marks.answer)
    return marks.slips.get(reaching[0], marks.answer) if reaching else marks.answer


def _rule(rule: Rule) -> dict[str, Any]:
    rows = rule.rows if rule.kind == "entries" else ",".join(packed(r, shape_of(r), inf) for r in rule.rows)
    return {"kind": rule.kind, "rows": rows, "shape": list(rule.shape), "sizes": rule.sizes}


def _separating(variant: Variant) -> list[list[Any]]:
    """For slips that coincide: [slip, answer to the first question, answer to the second, …]."""
    keys = [s.key for s in variant.problem.slips if any({s.key, ""} & c == {s.key} for c in variant.collisions)]
    order = [s.key for s in variant.problem.slips]
    questions = range(len(variant.problem.separating))
    return [[order.index(k), *(packed(variant.separate(q, k), (), inf) for q in questions)] for k in keys if questions]


def common_data() -> dict[str, Any]:
    """What all problems share: the sentences, the units, the factors that are recognised."""
    return {
        "words": WORDS,
        "units": {name: str(factor) for name, factor in UNITS.items()},
        "alphabet": ALPHABET,
        "factors": [str(f) for f in FACTORS],
        "large": LARGE,
    }


def dump(data: Any) -> str:
    """JSON without a needless character."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def gzipped(data: Iterable[Any]) -> int:
    """Bytes of all this on the way to a reader."""
    return len(gzip.compress(dump(list(data)).encode(), 9, mtime=0))
