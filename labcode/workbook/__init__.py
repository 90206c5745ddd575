"""Workbooks: the problems of a lab as a page has them, answered, marked and explained in the browser alone.

`labcode.practice` works everything out beforehand; `js/` reads, marks and speaks as it does, and is held to it by
tests in a real browser. Its modules, each using only those before it: fraction → answers (reading) → variant (the data
of `practice.data`) → marking → field (where an answer is typed) → look → workbook.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from labcode.errors import ArgumentError
from labcode.practice.data import VARIANTS, common_data, dump, problem_data
from labcode.practice.exercise import Collection
from labcode.practice.problem import Problem
from labcode.practice.variants import variant
from labcode.render import scripts

__all__ = ["Workbook", "workbook"]

JS = Path(__file__).parent / "js"
START = 'labcode["workbook.js"].start();'


@dataclass(frozen=True, repr=False)
class Workbook:
    """Problems to be worked on; shows itself in a page, with no kernel behind it.

    Parameters
    ----------
    name : str
        Its name among the workbooks of a reader, under which the browser keeps the progress.
    problems : tuple of Problem
    title : str
    variants : int
        How many of each problem.

    Examples
    --------
    >>> from labcode.lab5.problems import LAB
    >>> small = Workbook("drill", (LAB.find("output-size")[0],), variants=2)
    >>> [v["seed"] for v in small.data()["problems"][0]["variants"]]
    [0, 1]
    """

    name: str
    problems: tuple[Problem, ...]
    title: str = "Work them out"
    variants: int = VARIANTS

    def __repr__(self) -> str:
        return f"Workbook({self.name!r}, {', '.join(p.key for p in self.problems)})"

    def data(self) -> dict[str, Any]:
        """All that the page gets to know; the problems as `labcode.practice.data` tells."""
        problems = [problem_data(p, self.variants) for p in self.problems]
        return {"name": self.name, "title": self.title, "variants": self.variants, "problems": problems}

    def fallback(self) -> str:
        """HTML for paper and for readers without JavaScript: the first variant of each, its solution folded."""
        return "".join(_section(p) for p in self.problems)

    def _repr_html_(self) -> str:
        return (
            f'<div class="lab-workbook" data-workbook="{escape(self.name)}" data-lm-suppress-shortcuts="true">'
            f'{self.fallback()}<script type="application/json">{embedded(self.data())}</script>'
            f"<script data-workbook-code>{''.join(modules().values())}{START}</script></div>"
        )


def workbook(collection: Collection, page: str) -> Workbook:
    """The problems of a lab that belong to a page of the book.

    Parameters
    ----------
    collection : Collection
        As ``labcode.lab5.problems.LAB``.
    page : str
        As "1-layers".

    Raises
    ------
    ArgumentError
        If there is no problem for this page.

    Examples
    --------
    >>> from labcode.lab5.problems import LAB
    >>> len(workbook(LAB, "1-layers").problems)
    6
    """
    pages = dict.fromkeys(p.page for p in collection.problems)
    if page not in pages:
        raise ArgumentError("page", repr(page), f"one of {', '.join(pages)}")
    return Workbook(page, tuple(p for p in collection.problems if p.page == page))


def opening(data: dict[str, Any]) -> dict[str, Any]:
    """The first variant of each problem: what a page comes with, before a reader asks for more."""
    first = [p | {"variants": p["variants"][:1], "solutions": p["solutions"][:1]} for p in data["problems"]]
    return data | {"problems": first}


def modules() -> dict[str, str]:
    """The scripts of every workbook, by name; those that explorers have, too, are the same."""
    return scripts.modules(JS / "workbook.js", {"common.js": embedded(common_data())})


def embedded(data: Any) -> str:
    """JSON of which nothing ends a script."""
    return dump(data).replace("<", r"\u003c")


def _section(problem: Problem) -> str:
    first = variant(problem, 0)
    title = problem.title if problem.title.endswith("?") else f"{problem.title}."
    asks = "".join(f"<li>{escape(first.fill(p.ask))}</li>" for p in problem.parts)
    lines = "".join(f"<li>{escape(line)}</li>" for line in first.solution)
    return (
        f"<section><p><strong>{escape(title)}</strong> {escape(first.statement)}</p><ul>{asks}</ul>"
        f"<details><summary>Solution</summary><ol>{lines}</ol></details></section>"
    )
