"""Which numbers of a text are structure and which are typed values: the rules, in words and as patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from numerals import NUMERAL, numerals

# A rule as About shows it, and its pattern. Examples stand in the tests, in both directions.
PROSE = {
    "A name that begins with a letter: float32, Conv2d, VGG-16.": (
        r"(?<![\w.])(?:[^\W\d]\w*\d\w*|[A-Z]\w*-\d+(?!\w|\.\d))"
    ),
    "A place: section, figure, equation, question and the like, followed by the number; a question 4.2 is one too.": (
        rf"\b(?:chapter|section|figure|table|equation|eq\.|task|question|exercise|page)s?\s+(?:{NUMERAL.pattern}|one)"
    ),
    "An ordinal in front of a paragraph: (1) or 1. or 1)": r"\A\s*(?:\(\d+\)|\d+[.)])(?=\s|\Z)",
    "A citation: a year in parentheses, pages, arXiv, doi, an address.": (
        r"(?<=[(\s])(?:1[89]|20)\d\d(?=\))|\bpp?\.\s*\d+(?:[-–]\d+)?|\barXiv:\S+|\bdoi:?\s*\S+|\bhttps?://\S+"
    ),
    "A version: of three parts or more, or after the word version.": (
        r"(?<![\w.])v?\d+(?:\.\d+){2,}|\bversion\s+\d[\d.]*"
    ),
}
MATHS = (
    "In maths: the index of a letter, an exponent that is a single number on a letter, "
    "and 0, 1 or 2 in an expression with letters (2p, n − 1). An expression ends at a relation, a comma or a cell; "
    "a list with dots (0, 1, …, n − 1) is one expression."
)
STRUCTURAL = [re.compile(pattern, re.IGNORECASE if "section" in pattern else 0) for pattern in PROSE.values()]

GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi "
    "varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell nabla"
)
STYLES = "mathcal mathbb mathbf mathit boldsymbol hat bar tilde vec"
RELATIONS = (
    "ne neq le leq ge geq approx equiv sim in to mapsto gets leftarrow rightarrow Leftarrow Rightarrow "
    "Leftrightarrow Longleftrightarrow iff quad qquad"
)


def _commands(names: str) -> str:
    """Pattern of TeX commands."""
    return rf"\\(?:{'|'.join(names.split())})(?![A-Za-z])"


_GROUP = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"  # braces, two deep
_SCRIPT = rf"\s*[_^]\s*(?:{_GROUP}|\\[A-Za-z]+|\S)"
TOKEN = re.compile(
    rf"(?P<end>\\(?:begin|end)\{{[^}}]*\}}(?:\{{[lcr|]*\}})?|\\\\(?:\[[^\]]*\])?|&|[=<>:;]|{_commands(RELATIONS)})"
    rf"|(?P<words>\\(?:text(?:bf|it)?|mbox){_GROUP})"
    rf"|(?P<name>\\(?:operatorname|mathrm){_GROUP})"
    rf"|(?P<symbol>(?:{_commands(GREEK)}|{_commands(STYLES)}\s*(?:{_GROUP}|[A-Za-z])|(?<!\\)[A-Za-z])'*(?P<scripts>(?:{_SCRIPT})*))"
    rf"|(?P<dots>\\[cldv]?dots|…)"
    rf"|(?P<command>\\[A-Za-z]+|\\.)"
    r"|(?P<number>\d+(?:\{,\}\d{3})*(?:\.\d+)?|[½¼¾])"
    r"|(?P<open>[({\[])|(?P<close>[)}\]])|(?P<comma>,)"
)


class Found(NamedTuple):
    """A number in a text."""

    start: int
    text: str
    structural: bool


def in_prose(text: str) -> list[Found]:
    """Numbers of a paragraph; what is not covered by a rule is typed."""
    spans = [match.span() for rule in STRUCTURAL for match in rule.finditer(text)]
    return [
        Found(n.start(), n[0], any(start <= n.start() and n.end() <= end for start, end in spans))
        for n in numerals(text)
    ]


def in_maths(tex: str) -> list[Found]:
    """Numbers of a formula, in order."""
    return sorted(_maths(tex, 0))


class _Term:
    """What stands between two commas: its numbers, and whether it has a letter."""

    def __init__(self) -> None:
        self.numbers: list[tuple[int, str]] = []
        self.letter = self.dots = False


def _maths(tex: str, offset: int) -> Iterator[Found]:
    terms, depth = [_Term()], 0
    for token in TOKEN.finditer(tex):
        kind, place = token.lastgroup, offset + token.start()
        term = terms[-1]
        if kind == "end":
            yield from _judge(terms)
            terms, depth = [_Term()], 0
        elif kind == "words":
            yield from (found._replace(start=place + found.start) for found in in_prose(token[0]))
        elif kind == "symbol":
            term.letter = True
            yield from _scripts(token["scripts"], offset + token.start("scripts"), token[0].startswith(r"\mathbb"))
        elif kind == "number":
            term.numbers.append((place, token[0]))
        elif kind == "dots":
            term.dots = True
        elif kind == "comma" and depth == 0:
            terms.append(_Term())
        depth += (kind == "open") - (kind == "close" and depth > 0)
    yield from _judge(terms)


def _judge(terms: list[_Term]) -> Iterator[Found]:
    """Of an expression: 0, 1 and 2 beside a letter are algebra, all else are values."""
    enumeration = any(term.dots for term in terms) and any(term.letter for term in terms)
    for term in terms:
        for place, text in term.numbers:
            yield Found(place, text, (term.letter or enumeration) and text in {"0", "1", "2"})


def _scripts(scripts: str, offset: int, is_space: bool) -> Iterator[Found]:
    """Of the indices and exponents of a letter; the exponent of ℝ is a dimension, which is a value."""
    for script in re.finditer(_SCRIPT, scripts):
        inside = script[0].lstrip("_^{ ").rstrip("} ")
        if script[0].lstrip().startswith("_") or (inside.isdecimal() and not is_space):
            yield from (Found(offset + script.start() + n.start(), n[0], True) for n in numerals(script[0]))
        else:
            yield from _maths(script[0], offset + script.start())
