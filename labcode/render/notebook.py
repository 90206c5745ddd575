"""Text of the other modules as objects that a notebook shows. Needs IPython, which every notebook has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from IPython.display import HTML, Math

from labcode.render import html


def maths(tex: str) -> Math:
    """Maths: in a sentence through {eval}, displayed as the result of a cell."""
    return Math(tex)


def picture(svg: str) -> HTML:
    """A drawing of `labcode.render.svg`."""
    return HTML(svg)


def table(rows: Iterable[Sequence[Any]], header: Sequence[str], caption: str) -> HTML:
    """A table of `labcode.render.html`."""
    return HTML(html.table(rows, header, caption))
