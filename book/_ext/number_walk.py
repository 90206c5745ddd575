"""A walk through one page that accounts for each of its numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from docutils import nodes
from executed import CLASS, shown, visible
from number_rules import in_maths, in_prose
from number_strings import HOLE, shown_strings
from numerals import numerals
from sphinx import addnodes

KINDS = ("executed", "structural", "given", "typed")
# Code, and numbers that Sphinx or docutils counts. A citation is made of its year and pages.
LEFT_OUT = (
    nodes.literal,
    nodes.literal_block,
    nodes.doctest_block,
    nodes.comment,
    nodes.label,
    nodes.footnote_reference,
    nodes.citation,
    nodes.citation_reference,
    nodes.substitution_definition,
    nodes.system_message,
    nodes.problematic,
    addnodes.desc,
    addnodes.toctree,
)


class given(nodes.inline):  # noqa: N801 - docutils writes the names of nodes in small letters
    """A number that is meant as it stands; `reason` says why."""


class Typed(NamedTuple):
    """A number that nobody computed."""

    line: int
    number: str
    sentence: str


class Passage(NamedTuple):
    """Text that is judged together, the line on which it starts, and what a reader would quote of it.

    `text` is as long as `own`, in which all that is not plain prose is blotted out; of a part of a paragraph the
    quotation is settled: the sentence around it.
    """

    own: str
    line: int
    text: str
    quotation: str = ""
    maths: bool = False

    def judge(self) -> Iterator[tuple[str, Typed]]:
        """Each number with its kind."""
        for found in in_maths(self.own) if self.maths else in_prose(self.own):
            line = self.line + self.own[: found.start].count("\n") * (not self.quotation)
            quoted = self.quotation or sentence(self.text, found.start)
            yield "structural" if found.structural else "typed", Typed(line, found.text, " ".join(quoted.split()))


class Walk:
    """One page: what it counts, what it gives and what is typed on it."""

    def __init__(self, doctree: nodes.document, formats: list[str]) -> None:
        self.formats = formats
        self.counts = dict.fromkeys(KINDS, 0)
        self.given: list[tuple[str, str]] = []
        self.typed: list[Typed] = []
        for passage in self.passages(doctree):
            for kind, found in passage.judge():
                self.counts[kind] += 1
                if kind == "typed":
                    self.typed.append(found)

    def passages(self, node: nodes.Node) -> Iterator[Passage]:
        """Everything under a node that may hold typed numbers."""
        if isinstance(node, LEFT_OUT):
            return
        if isinstance(node, given):
            self.counts["given"] += len(numerals(node.astext()))
            is_maths = any(isinstance(child, nodes.math) for child in node.children)
            self.given.append((node.rawsource if is_maths else node.astext(), node["reason"]))
        elif is_executed(node):
            yield from self.executed(node)
        elif isinstance(node, (nodes.math, nodes.math_block)):
            yield Passage(node.astext(), line_of(node), node.astext(), node.astext(), maths=True)
        elif attribute := read_aloud(node):
            yield Passage(attribute, line_of(node), attribute)
        elif isinstance(node, nodes.TextElement):
            yield from self.block(node)
        else:
            for child in node.children:
                yield from self.passages(child)

    def executed(self, node: nodes.Element) -> Iterator[Passage]:
        """Count a result. An expression without a name computes nothing; strings and captions it shows are prose."""
        text = shown(node, self.formats)
        if not has_name(node["expression"]):
            yield Passage(text, line_of(node), text)
            return
        self.counts["executed"] += len(numerals(text))
        for string in shown_strings(node["expression"], text):
            is_maths = re.search(r"[\\=^_]", string) is not None  # a value filled into maths stands for a letter
            yield Passage(string.replace(HOLE, "x" if is_maths else HOLE), line_of(node), string, string, is_maths)
        for part in (*node.findall(nodes.caption), *node.findall(nodes.image)):
            yield from self.passages(part)

    def block(self, block: nodes.TextElement) -> Iterator[Passage]:
        """A paragraph, title, caption or term: its prose as one passage, then its maths and other parts."""
        text = own = ""
        others = []
        for part in parts(block):
            piece = shown(part, self.formats)
            if not isinstance(part, nodes.Text):
                others.append((len(text), part))
            text += piece
            own += piece if isinstance(part, nodes.Text) else HOLE * len(piece)
        first = line_of(block)
        yield Passage(own, first, text)
        for place, part in others:
            for passage in self.passages(part):
                yield passage._replace(line=first + own[:place].count("\n"), quotation=sentence(text, place))


def parts(node: nodes.Element) -> Iterator[nodes.Node]:
    """Texts of a block and its parts of other kinds, in order; the text that Sphinx gives a reference is left out."""
    for child in node.children:
        if isinstance(child, nodes.literal) and re.fullmatch(r"[\d.,\s%×]+", child.astext()):
            yield nodes.Text(child.astext())  # a bare number is not code
        elif isinstance(child, addnodes.pending_xref) and not child.get("refexplicit"):
            continue
        elif isinstance(child, (given, nodes.math, nodes.image, nodes.raw, *LEFT_OUT)) or is_executed(child):
            yield child
        elif isinstance(child, nodes.Inline):
            yield from parts(child)
        else:
            yield child


def is_executed(node: nodes.Node) -> bool:
    """Whether a node holds a result."""
    return isinstance(node, nodes.Element) and CLASS in node.get("classes", ())


def has_name(expression: str) -> bool:
    """Whether an expression computes from something: `task4.KERNEL` does, `3` and `f"{2 * 3}"` do not."""
    try:
        return any(isinstance(node, (ast.Name, ast.Import)) for node in ast.walk(ast.parse(expression)))
    except SyntaxError:  # a cell with a magic command
        return True


def read_aloud(node: nodes.Node) -> str:
    """Text that is not among the node's children: an alternative text, a description, what raw HTML shows."""
    if isinstance(node, nodes.meta):
        return str(node.get("content", ""))
    if isinstance(node, nodes.image):
        alt = node.get("alt", "")
        return (
            "" if alt == PurePosixPath(node["uri"]).name else alt
        )  # MyST-NB writes the file's name where there is none
    if isinstance(node, nodes.raw) and "html" in node["format"].split():
        attributes = re.findall(r"""\b(?:alt|title|aria-label)=["']([^"']*)""", node.astext())
        return " ".join([*attributes, visible(node.astext())])
    return ""


def line_of(node: nodes.Node) -> int:
    """Line of a node; where the parser has kept none, the first that is known inside or around it."""
    place: nodes.Node | None = node
    while place is not None:
        if lines := [part.line for part in place.findall() if part.line]:
            return node.line or min(lines)
        place = place.parent
    return 1


def sentence(text: str, place: int) -> str:
    """The sentence that stands at a place of a text."""
    ends = [match.end() for match in re.finditer(r"[.!?:]\s+", text)]
    return text[
        max((e for e in ends if e <= place), default=0) : min((e for e in ends if e > place), default=len(text))
    ]
