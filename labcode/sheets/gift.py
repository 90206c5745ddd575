r"""GIFT: a question for each part, as text (https://docs.moodle.org/en/GIFT_format).

A number is a numerical question; what has several is a short answer in the form `[[3, -4], [1, 6]]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from labcode.practice.answers import Value, write
from labcode.practice.problem import Part
from labcode.practice.variants import Variant
from labcode.sheets.moodle import counted, number_near
from labcode.sheets.paper import told

SPECIAL = re.compile(r"([~=#{}:\\])")


def gift(variants: Sequence[Variant], category: str) -> str:
    """Questions as text."""
    lines = []
    for number, v in counted(variants):
        lines += [f"$CATEGORY: {category}/{v.problem.key}", ""]
        for part in v.problem.parts:
            lines += [*_question(v, number, part), ""]
    return "\n".join(lines)


def _question(v: Variant, number: int, part: Part) -> Iterator[str]:
    form = "" if part.kind == "number" else " Write it in the form [[1, 2], [3, 4]]; a single row as [1, 2]."
    numerical = part.kind == "number"
    text = escaped(f"{v.statement} {v.fill(part.ask)}{form}")
    yield f"::{escaped(f'{v.problem.title}, {part.key} {number}')}::[plain]{text} {{{'#' if numerical else ''}"
    for value, point, words in told(v, part):
        yield f"\t=%{100 * point}%{_answer(value, numerical)}#{escaped(words)}"
    yield "}"


def _answer(value: Value, numerical: bool) -> str:
    return number_near(value) if numerical else escaped(write(value))


def escaped(text: str) -> str:
    r"""What means something in GIFT, with a backslash before it.

    Examples
    --------
    >>> print(escaped("a = {1:2}"))
    a \= \{1\:2\}
    """
    return SPECIAL.sub(r"\\\1", text.replace("\n", " "))
