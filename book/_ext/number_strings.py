"""Text that stands in code and is shown as it stands: captions, titles and headers that a cell passes on are prose."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from executed import visible

HOLE = "\ufffc"  # in a text: where a value is filled in
FORMAT = re.compile(r"%[-+#0]*\d*(?:\.\d+)?[diouxXeEfgGrsac]")  # old formatting: %d, %.2f


def shown_strings(source: str, shown: str) -> Iterator[str]:
    """Strings of a piece of Python that occur in what it shows, their filled-in values left open."""
    shown = " ".join(shown.split())
    for text in dict.fromkeys(strings(source)):
        plain = " ".join((visible(text) if "<" in text else text).split())
        if re.search(pattern(plain), shown):
            yield plain


def strings(source: str) -> Iterator[str]:
    """Every string literal of a piece of Python; of f-strings and %-formats the values become holes."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with a magic command
        return
    parts = list(ast.walk(tree))
    specs = {id(part.format_spec) for part in parts if isinstance(part, ast.FormattedValue)}  # the .2f of {x:.2f}
    pieces = {id(piece) for part in parts if isinstance(part, ast.JoinedStr) for piece in part.values}
    for part in parts:
        if isinstance(part, ast.JoinedStr) and id(part) not in specs:
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else HOLE for p in part.values)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str) and id(part) not in pieces:
            yield FORMAT.sub(HOLE, part.value)


def pattern(text: str) -> str:
    """Finds a text whatever has been filled into its holes, and not within a longer word or number."""
    pieces = [re.escape(piece) for piece in text.split(HOLE)]
    return rf"(?<![\w.]){'.*?'.join(pieces)}(?![\w]|\.\d)"
