"""What links lead to, shown beside them: pointed at, focused, dismissed; from files, with nothing fetched."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.session import VIEWS, Visitor, wait_for_explorers
from tests.build import CHAPTER

LINKS = {  # a page, a link on it, and words of the place it leads to
    "equation": ("1-layers", "article a.reference.internal[href='#equation-eq-size']", "⌊"),
    "term": ("1-layers", "article a[href='glossary.html#term-dilation']", "neighbouring taps"),
    "work": ("4-cost", "article a[href^='bibliography.html#']:has-text('Williams')", "Communications of the ACM"),
    "term among terms": ("glossary", "article a[href='#term-tap']", "a position in the window"),
}
EACH = pytest.mark.parametrize("kind", LINKS)
FAR = (5, 5)


def shown(page: Page) -> str:
    box = page.locator("#preview")
    expect(box).to_be_visible()
    return box.inner_text()


@EACH
def test_pointing_at_a_link_shows_where_it_leads(kind: str, site: Path, reader: Visitor) -> None:
    name, link, words = LINKS[kind]
    with reader.open((site / f"{name}.html").as_uri()) as visit:
        wait_for_explorers(visit.page)
        visit.page.locator(link).first.hover()
        assert words in shown(visit.page)
        assert visit.page.locator("#preview .katex-error, #preview [id]").count() == 0
        visit.page.mouse.move(*FAR)
        expect(visit.page.locator("#preview")).to_be_hidden()
        assert (visit.faults, visit.foreign) == ([], [])


@EACH
def test_the_keyboard_shows_it_too_and_escape_hides_it(kind: str, site: Path, reader: Visitor) -> None:
    name, link, words = LINKS[kind]
    with reader.open((site / f"{name}.html").as_uri()) as visit:
        wait_for_explorers(visit.page)
        visit.page.keyboard.press("Tab")  # what has the focus from here on was reached by keys
        visit.page.locator(link).first.focus()
        assert words in shown(visit.page)
        assert visit.page.locator(link).first.get_attribute("aria-describedby") == "preview"
        visit.page.keyboard.press("Escape")
        expect(visit.page.locator("#preview")).to_be_hidden()


def test_it_stays_inside_a_narrow_screen(site: Path, reader: Visitor) -> None:
    name, link, _ = LINKS["work"]
    with reader.open((site / f"{name}.html").as_uri(), "phone") as visit:
        wait_for_explorers(visit.page)
        visit.page.locator(link).first.hover()
        shown(visit.page)
        box = visit.page.locator("#preview").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= VIEWS["phone"]["viewport"]["width"]


def test_every_cross_reference_in_the_text_has_one(site: Path, reader: Visitor) -> None:
    for name in (*CHAPTER, "errata", "glossary"):
        with reader.open((site / f"{name}.html").as_uri()) as visit:
            wait_for_explorers(visit.page)
            visit.page.evaluate("document.querySelectorAll('details').forEach(folded => { folded.open = true; })")
            for link in visit.page.locator("article a.reference.internal[href*='#']").all():
                visit.page.mouse.move(*FAR)
                link.hover()
                expect(visit.page.locator("#preview"), f"{name}: {link.get_attribute('href')}").to_be_visible()
                assert len(shown(visit.page)) > 3
                visit.page.keyboard.press("Escape")
