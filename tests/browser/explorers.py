"""Explorers on a page of their own: open them, ask their JavaScript what labcode answers in Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from labcode.errors import ArgumentError
from labcode.explore.explorer import Explorer
from labcode.render.html import number
from tests.browser.session import VIEWS, Visit, Visitor
from tests.browser.test_pages import WIDER_THAN_SCREEN

PAGE = '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
CALL = """([module, name, calls]) => calls.map(call => {
    try {
        return {answer: labcode[module][name](...call)};
    } catch (error) {
        if (!error.argument) throw error;
        return {error: error.message};
    }
})"""


@contextmanager
def opened(reader: Visitor, folder: Path, *explorers: Explorer, view: str = "light", link: str = "") -> Iterator[Visit]:
    """A page with these explorers and nothing else, from a file; nothing may go wrong on it."""
    page = folder / "explorers.html"
    body = "".join(explorer._repr_html_() for explorer in explorers)
    page.write_text(f"{PAGE}<title>Explorers</title><main><h1>Explorers</h1>{body}</main></html>", encoding="utf-8")
    with reader.open(page.as_uri() + link, view) as visit:
        yield visit
        assert visit.faults == []
        assert visit.foreign == []


@contextmanager
def phone(reader: Visitor, page: Page) -> Iterator[Page]:
    """The same page on a phone that is touched, wide enough for it."""
    context = reader.browser.new_context(**VIEWS["phone"], has_touch=True)
    touched = context.new_page()
    touched.goto(page.url.partition("#")[0])
    touched.locator(".explorer").first.wait_for()
    assert touched.evaluate(WIDER_THAN_SCREEN) <= 0
    yield touched
    context.close()


def answers(visit: Visit, module: str, function: str, calls: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """What a function that a module exports returns for each call, or labcode's error in its words."""
    found: list[dict[str, Any]] = visit.page.evaluate(CALL, [module, function, [list(call) for call in calls]])
    return found


def expected(make: Callable[[], Any]) -> dict[str, Any]:
    """The same of a Python function, through JSON."""
    try:
        return {"answer": json.loads(json.dumps(make()))}
    except ArgumentError as error:
        return {"error": str(error)}


def as_called(state: dict[str, Any]) -> dict[str, Any]:
    """Settings as a caller in Python writes them: tuples, but nested lists for arrays."""
    return {key: tuple(v) if key not in ("x", "w") and isinstance(v, list) else v for key, v in state.items()}


def shown(value: Any) -> Any:
    """The same with every number as a page shows it."""
    if isinstance(value, dict):
        return {key: shown(v) for key, v in value.items()}
    if isinstance(value, list):
        return [shown(v) for v in value]
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def grid(page: Page, name: str) -> Locator:
    """A grid of numbers by its name."""
    return page.get_by_role("grid", name=name, exact=True)


def texts(grid: Locator, entries: str = "td:not(.corner)") -> list[list[str]]:
    """What stands in each row of a grid; rows without an entry of this kind are left out."""
    rows: list[list[str]] = grid.evaluate(
        "(t, kind) => [...t.tBodies[0].rows].map(r => [...r.querySelectorAll(kind)].map(c => c.textContent))",
        entries,
    )
    return [row for row in rows if row]
