"""A built page as a reader has it: what it says it executed, and the text that it shows for each of these results."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from labcode.errors import ArgumentError

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
INLINE = {"a", "abbr", "b", "bdi", "code", "em", "i", "kbd", "mark", "small", "span", "strong", "sub", "sup", "tspan"}
SPOKEN = ("alt", "aria-label")  # attributes that are read in the place of a picture
SPACES = re.compile(r"[ \t\r\n]+")  # not the thin ones inside a number
CLASS = "executed"

# A command of TeX or a word, which may hold digits (float32, Conv2d); or a number, with its sign and separators.
TOKEN = re.compile(
    r"\\[A-Za-z]+|[^\W\d_]\w*"
    r"|(?P<number>-?(?:\d+(?:(?:[,\u2009\u202f]|\{,\})\d{3}(?!\d))*(?:\.\d+)?|[½⅓⅔¼¾⅕⅛]))"
)
DASHES = str.maketrans("−–—‑", "----")


@dataclass(frozen=True)
class Record:
    """One executed result: where it came from, and what the page shows (None: it is not on the page)."""

    id: str
    kind: str  # "eval" or "cell"
    expression: str
    cell: int  # the last code cell run before it (of a cell: itself), -1 for none
    shown: str | None = None


@dataclass(frozen=True)
class Page:
    """A page's code cells and executed results, and what it shows as executed without a record of it.

    That is a result whose id is `unknown`, or, without an id, one of the `unrecorded` numbers of the build itself.
    """

    name: str
    cells: tuple[str, ...]
    records: tuple[Record, ...]
    unknown: tuple[str, ...] = ()
    unrecorded: int = 0


def read_page(path: Path) -> Page | None:
    """Page = its cells, its records and the text shown for each; None if it shows nothing executed.

    Raises
    ------
    ArgumentError
        If the page's own account of what it executed cannot be read.
    """
    parser = _Texts()
    parser.feed(path.read_text(encoding="utf-8"))
    parser.close()
    if parser.beside:
        parser.account = _handed_over((path.parent / parser.beside).read_text(encoding="utf-8"))
    texts = {name: SPACES.sub(" ", "".join(pieces)).strip() for name, pieces in parser.texts.items()}
    if not texts and parser.account is None:
        return None
    try:
        account = json.loads(parser.account or '{"cells": [], "records": []}')
        records = tuple(_record(entry, texts) for entry in account["records"])
        cells = tuple(account["cells"])
    except (ValueError, KeyError, TypeError) as error:
        raise ArgumentError(path.name, repr(error), 'a script of id "executed" with cells and records') from None
    unknown = tuple(sorted(texts.keys() - {record.id for record in records} - {""}))
    return Page(path.stem, cells, records, unknown, numbers(texts.get("", "")))


def _handed_over(script: str) -> str:
    """The JSON that a page's script hands over: all in its parentheses."""
    return script[script.index("(") + 1 : script.rindex(")")]


def _record(entry: dict[str, Any], texts: dict[str, str]) -> Record:
    return Record(entry["id"], entry["kind"], entry["expression"], entry["cell"], texts.get(entry["id"]))


def visible(html: str) -> str:
    """Text of a piece of HTML.

    Examples
    --------
    >>> visible("<p>w = <b>3</b>.5</p><script>7</script><img alt='4 bars'>").split()
    ['w', '=', '3.5', '4', 'bars']
    """
    parser = _Texts(everything=True)
    parser.feed(html)
    parser.close()
    return "".join(parser.texts[""])


def tokens(text: str) -> list[str]:
    """Words and numbers of a text, in order: what must not differ. Punctuation and white space may.

    Examples
    --------
    >>> tokens(r"y_{0} = 13{,}893{,}632 − 4 · −0.5, float32")
    ['y_', '0', '13893632', '4', '-0.5', 'float32']
    """
    return [match[0] if match["number"] is None else _plain(match[0]) for match in _matches(text)]


def numbers(text: str) -> int:
    """How many numbers a text shows; digits inside of a name are none.

    Examples
    --------
    >>> numbers("7,077,888 products in float32, 3 × 3")
    3
    """
    return sum(match["number"] is not None for match in _matches(text))


def _matches(text: str) -> list[re.Match[str]]:
    return list(TOKEN.finditer(re.sub("-+", "-", text.translate(DASHES))))


def _plain(number: str) -> str:
    return re.sub(r"[^-\d.½⅓⅔¼¾⅕⅛]", "", number)


class _Texts(HTMLParser):
    """Collects the text of executed elements by id, or all text; styles and scripts have none.

    Of maths that is rendered already it takes the TeX, which stands in an annotation of the MathML.
    """

    def __init__(self, everything: bool = False) -> None:
        super().__init__()
        self.texts: dict[str, list[str]] = {"": []} if everything else {}
        self.account: str | None = None
        self.beside = ""  # the file of the account, where it does not stand in the page
        self._open: list[tuple[str, str | None]] = [("", "")] if everything else []
        self._in_account = False
        self._maths: int | None = None  # how many elements were open when the maths began
        self._in_annotation = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_account = tag == "script" and given.get("id") == CLASS
        if self._in_account:
            self.beside = given.get("data-from") or ""
        self._gap(tag)
        for told in filter(None, map(given.get, SPOKEN)):
            self._take(f" {told} ")
        if tag in VOID:
            return
        if "katex" in (given.get("class") or "").split() and self._maths is None:
            self._maths = len(self._open)
        self._in_annotation = tag == "annotation"
        name = None
        if CLASS in (given.get("class") or "").split() and not self._inside():
            name = given.get("data-executed") or given.get("id") or ""
            self.texts.setdefault(name, [])
        self._open.append((tag, name))

    def handle_endtag(self, tag: str) -> None:
        self._in_account = self._in_annotation = False
        self._gap(tag)
        if any(tag == name for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass
        if self._maths is not None and len(self._open) <= self._maths:
            self._maths = None

    def handle_data(self, data: str) -> None:
        if self._in_account:
            self.account = (self.account or "") + data
        elif self.cdata_elem is None and (self._maths is None or self._in_annotation):
            self._take(data)

    def _take(self, text: str) -> None:
        for name in self._inside():
            self.texts[name].append(text)

    def _inside(self) -> list[str]:
        return [name for _, name in self._open if name is not None]

    def _gap(self, tag: str) -> None:
        """Where a block begins or ends, words do too."""
        if tag not in INLINE and self._maths is None:
            self._take(" ")
