"""Moodle XML with embedded answers (cloze): a box for each number, and for each slip what to say.

The format: https://docs.moodle.org/en/Embedded_Answers_(Cloze)_question_type. A box knows its own number alone, so it
tells every slip that puts this number there.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from html import escape
from typing import Any

from labcode.practice.answers import flat, shape_of
from labcode.practice.problem import Part
from labcode.practice.variants import Variant
from labcode.practice.words import say
from labcode.sheets.paper import filled, told

NEAR = Fraction(1, 2000)  # for a number that no decimal gives exactly


def cloze(variants: Sequence[Variant], category: str) -> str:
    """Questions as Moodle imports them: one for each variant, in a category for each problem."""
    quiz = ET.Element("quiz")
    for number, v in counted(variants):
        if number == 1:
            topic = ET.SubElement(ET.SubElement(quiz, "question", type="category"), "category")
            _text(topic, f"$course$/{category}/{v.problem.key}")
        question = ET.SubElement(quiz, "question", type="cloze")
        _text(ET.SubElement(question, "name"), f"{v.problem.title} {number}")
        parts = "".join(_part(v, part) for part in v.problem.parts)
        _text(ET.SubElement(question, "questiontext", format="html"), f"<p>{filled(v, v.problem.statement)}</p>{parts}")
        steps = "".join(f"<li>{escape(line)}</li>" for line in v.solution)
        _text(ET.SubElement(question, "generalfeedback", format="html"), f"<ol>{steps}</ol>")
        for hint in v.problem.hints:
            _text(ET.SubElement(question, "hint", format="html"), escape(v.fill(hint)))
    return document(quiz)


def counted(variants: Iterable[Variant]) -> Iterator[tuple[int, Variant]]:
    """Variants, each with its number in its problem: a name must not tell the seed, which tells the answers.

    Examples
    --------
    >>> from labcode.lab5.problems import PROBLEMS
    >>> from labcode.practice.variants import variant
    >>> [n for n, _ in counted([variant(PROBLEMS[0], 1), variant(PROBLEMS[0], 2), variant(PROBLEMS[1], 1)])]
    [1, 2, 1]
    """
    seen: Counter[str] = Counter()
    for v in variants:
        seen[v.problem.key] += 1
        yield seen[v.problem.key], v


def document(root: ET.Element) -> str:
    """XML as text, the same on every machine."""
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _text(parent: ET.Element, text: str) -> None:
    ET.SubElement(parent, "text").text = text


def _part(v: Variant, part: Part) -> str:
    """The question, then its boxes in rows."""
    answers = list(told(v, part))
    right = answers[0][0]
    same_shape = [(flat(value), point, words) for value, point, words in answers if shape_of(value) == shape_of(right)]
    boxes = [_box(place, same_shape) for place in range(len(flat(right)))]
    columns = shape_of(right)[-1] if shape_of(right) else 1
    joint = " × " if part.kind == "size" else " "
    rows = [joint.join(boxes[i : i + columns]) for i in range(0, len(boxes), columns)]
    return f"<p>{filled(v, part.ask)}<br>{'<br>'.join(rows)}</p>"


def _box(place: int, answers: Iterable[tuple[Sequence[Any], int, str]]) -> str:
    """{1:NUMERICAL:=right:0#Right.~%0%wrong:0#words~*#…}: each number once, with all that may stand behind it."""
    (right, _, _), *others = answers
    behind: dict[Any, dict[str, int]] = {}
    for numbers, point, words in others:
        if numbers[place] != right[place]:
            behind.setdefault(numbers[place], {})[words] = point
    options = [f"={number_near(right[place])}#{escaped(say('right'))}"]
    for number, reasons in behind.items():
        options.append(f"%{100 * min(reasons.values())}%{number_near(number)}#{escaped(' Or: '.join(reasons))}")
    return "{1:NUMERICAL:" + "~".join([*options, f"*#{escaped(say('wrong'))}"]) + "}"


def number_near(n: Any) -> str:
    """A number and how far from it an answer may be, as in cloze and in GIFT.

    Examples
    --------
    >>> number_near(Fraction(-3, 2)), number_near(Fraction(1, 3))
    ('-1.5:0', '0.333333:0.0005')
    """
    if Fraction(n).denominator in (1, 2, 4, 5, 8, 10, 16, 20, 25, 32):
        return f"{float(n):.10g}:0"
    return f"{float(n):.6f}:{float(NEAR)}"


def escaped(text: str) -> str:
    r"""Feedback in a box, as HTML. Moodle takes a backslash away before } and # alone, and undoes entities once.

    Examples
    --------
    >>> print(escaped("1/2 # {a}~ < b"))
    1/2 \# {a\}&#126; &amp;lt; b
    """
    html = escape(escape(text, quote=False), quote=False)
    return html.replace("#", r"\#").replace("}", r"\}").replace("~", "&#126;")
