"""Every number of a page is accounted for: executed, structural, given with a reason, or typed, which is a fault.

The walk covers prose, maths, tables, captions, alternative texts, admonitions, exercises and the page's description.
Code listings and the entries of the API are code, and are left out; what Sphinx writes itself (section numbers, the
text of a reference without a title) is structural. Totals stand in `env.number_accounts[page]`; every build warns
of every typed number, so that with warnings as errors none can stay.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from docutils import nodes
from executed import CLASS, priority, shown, visible
from number_rules import MATHS, PROSE, Found, in_maths, in_prose
from numerals import numerals
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

logger = logging.getLogger(__name__)

STORES = ("number_accounts", "typed_numbers", "given_numbers", "number_ledgers")
KINDS = ("executed", "structural", "given", "typed")
BECAUSE = " because "
# Code, and numbers that Sphinx or docutils counts itself. A citation is its year and pages.
LEFT_OUT = (
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
EXECUTED = {
    "In text": "the result of an {eval}, whose expression must contain a name.",
    "As a block": "the output of a code cell; its caption and its alternative text are prose.",
}


class given(nodes.inline):  # noqa: N801 - docutils writes the names of nodes in small letters
    """A number that is meant as it stands; `reason` says why."""


class ledger(nodes.General, nodes.Element):  # noqa: N801 - as above
    """Where a page shows the rules or the given numbers, filled in when all pages are read."""


class Typed(NamedTuple):
    """A number that nobody computed."""

    line: int
    number: str
    sentence: str


class Given(NamedTuple):
    """A number that is meant as it stands."""

    text: str
    reason: str


@dataclass
class Passage:
    """Text that belongs together; in `own`, as long as `text`, all that is not plain prose is blotted out."""

    text: str
    own: str
    line: int
    maths: bool = False

    def typed(self, found: Found) -> Typed:
        """A fault of this passage."""
        line = self.line + self.own[: found.start].count("\n") * (not self.maths)
        return Typed(line, found.text, self.sentence(found.start))

    def sentence(self, place: int) -> str:
        """The sentence around a place."""
        ends = [match.end() for match in re.finditer(r"[.!?:]\s+", self.text)]
        start = max((end for end in ends if end <= place), default=0)
        stop = min((end for end in ends if end > place), default=len(self.text))
        return " ".join(self.text[start:stop].split())


BLOT = "\ufffc"


class Walk:
    """One page: its passages, and the counts of what needs no reading."""

    def __init__(self, doctree: nodes.document, kinds: list[str]) -> None:
        self.kinds = kinds
        self.counts: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
        self.given: list[Given] = []
        self.typed: list[Typed] = []
        for passage in self.passages(doctree):
            self.judge(passage)

    def judge(self, passage: Passage) -> None:
        """Count the numbers of a passage, and keep the typed ones."""
        for found in in_maths(passage.text) if passage.maths else in_prose(passage.own):
            self.counts["structural" if found.structural else "typed"] += 1
            if not found.structural:
                self.typed.append(passage.typed(found))

    def passages(self, node: nodes.Node) -> Iterator[Passage]:
        """Everything under a node that may hold typed numbers."""
        if isinstance(node, LEFT_OUT):
            return
        if isinstance(node, nodes.meta):
            yield plain(str(node.get("content", "")), node)
        elif isinstance(node, (nodes.math, nodes.math_block)):
            yield Passage(node.astext(), "", line_of(node), maths=True)
        elif isinstance(node, nodes.image):
            if node.get("alt", "") != PurePosixPath(node["uri"]).name:  # MyST-NB's alt, if the author wrote none
                yield plain(node.get("alt", ""), node)
        elif isinstance(node, nodes.raw):
            html = node.astext() if "html" in node["format"].split() else ""
            yield plain(" ".join([visible(html), *re.findall(r"\b(?:alt|title|aria-label)=[\"']([^\"']*)", html)]), node)
        elif isinstance(node, nodes.Element) and CLASS in node.get("classes", ()):
            yield from self.executed(node)
        elif isinstance(node, nodes.TextElement):
            yield from self.block(node)
        else:
            for child in node.children:
                yield from self.passages(child)

    def executed(self, node: nodes.Element) -> Iterator[Passage]:
        """Count a result. Of its expression a name is asked, of a cell's captions and alternative texts the same as of prose."""
        text = shown(node, self.kinds)
        if constant(node["expression"]):
            yield plain(text, node)
            return
        self.counts["executed"] += len(numerals(text))
        for part in node.findall(lambda part: isinstance(part, (nodes.caption, nodes.image))):
            yield from self.passages(part)

    def block(self, block: nodes.TextElement) -> Iterator[Passage]:
        """A paragraph, title, caption, term: its prose as one passage, its other parts each by itself."""
        text, own, others = "", "", []
        for part in self.parts(block):
            prose = isinstance(part, nodes.Text)
            piece = shown(part, self.kinds)
            text += piece
            own += piece if prose else BLOT * len(piece)
            if isinstance(part, given):
                self.record(part)
            elif not prose:
                others.append((len(text) - len(piece), part))
        yield Passage(text, own, line_of(block))
        for place, part in others:
            for passage in self.passages(part):
                line = line_of(block) + own[:place].count("\n")
                yield Passage(passage.text, passage.own, line, passage.maths)

    def parts(self, node: nodes.Node) -> Iterator[nodes.Node]:
        """A block's texts and its parts of other kinds, in order; generated texts of references are left out."""
        for child in node.children:
            if isinstance(child, (nodes.Text, given)):
                yield child
            elif isinstance(child, nodes.literal):  # code, unless it is nothing but a number
                if re.fullmatch(r"[\d.,\s%×x]+", child.astext()):
                    yield nodes.Text(child.astext())
                else:
                    yield nodes.literal_block("", child.astext())
            elif isinstance(child, addnodes.pending_xref) and not child.get("refexplicit"):
                continue
            elif isinstance(child, nodes.inline | nodes.emphasis | nodes.strong | nodes.reference | addnodes.pending_xref) and (
                CLASS not in child["classes"]
            ):
                yield from self.parts(child)
            else:
                yield child

    def record(self, node: given) -> None:
        """Keep a given number and its reason."""
        text = node.astext()
        self.counts["given"] += len(numerals(text))
        self.given.append(Given(node.rawsource, node["reason"]))
