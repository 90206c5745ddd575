"""Text of the other modules as objects that a notebook shows. Needs IPython, which every notebook has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from IPython.display import HTML, Math

from labcode.render import html


def maths(tex: str) -> Math:
    """Maths: in a sentence through {eval}, displayed as the result of a cell."""
    return Math(tex)


def picture(*drawings: str) -> HTML:
    """A drawing of `labcode.render`, or several side by side."""
    return HTML(drawings[0] if len(drawings) == 1 else f'<div class="lab-row">{"".join(drawings)}</div>')


def table(rows: Iterable[Sequence[Any]], header: Sequence[str], caption: str) -> HTML:
    """A table of `labcode.render.html`."""
    return HTML(html.table(rows, header, caption))
