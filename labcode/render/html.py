"""Tables as accessible HTML: a caption, headers with a scope, numbers aligned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from html import escape
from math import isinf
from typing import Any

from labcode.render.latex import is_number

_WRITTEN = re.compile(r"[-−]?[\d,.]+(e[-+]\d+)?%?|")


def number(value: Any, digits: int = 4) -> str:
    """Write one number as plain text: a true minus sign, commas between thousands, ∞ as a symbol.

    Examples
    --------
    >>> number(-0.5), number(13893632), number(Fraction(1, 2))
    ('−0.5', '13,893,632', '1/2')
    """
    if isinstance(value, Fraction) and value.denominator != 1:
        text = f"{value.numerator}/{value.denominator}"
    elif isinf(value):
        text = "∞" if value > 0 else "-∞"
    elif float(value) == int(value):
        text = f"{int(value):,}"
    else:
        text = f"{float(value):.{digits}g}"
    return text.replace("-", "−")


def cell(value: Any) -> str:
    """A number by `number`, anything else as escaped text."""
    return number(value) if is_number(value) else escape(str(value))


def table(rows: Iterable[Sequence[Any]], header: Sequence[str], caption: str) -> str:
    """Write rows as a table whose first column names the row, in a box that scrolls on a narrow screen.

    Parameters
    ----------
    rows : iterable of sequences
        All of one length. A column of numbers is aligned to the right, and none is broken in two; text is escaped.
    header : sequence of str
        One for each column.
    caption : str
        What the table shows; read first by a screen reader.
    """
    rows = [list(row) for row in rows]
    columns = zip(*rows, strict=True) if rows else ([""] for _ in header)
    classes = ["number" if all(map(_numeric, column)) else "text" for column in columns]
    head = "".join(f'<th scope="col" class="{c}">{escape(h)}</th>' for h, c in zip(header, classes, strict=True))
    body = "".join(_row(row, classes) for row in rows)
    return (
        f'<div class="lab-scroll" tabindex="0" role="group" aria-label="{escape(caption)}">'
        f'<table class="lab-table"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: Sequence[Any], classes: Sequence[str]) -> str:
    first, *rest = row
    cells = "".join(f'<td class="{c}">{cell(v)}</td>' for v, c in zip(rest, classes[1:], strict=True))
    return f'<tr><th scope="row" class="{classes[0]}">{cell(first)}</th>{cells}</tr>'


def _numeric(value: Any) -> bool:
    """Whether a cell is a number, also one that is written already, or empty."""
    return is_number(value) or (isinstance(value, str) and _WRITTEN.fullmatch(value) is not None)
