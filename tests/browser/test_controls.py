"""Everything of a page that can be pressed, by mouse and by keyboard, from files and served; and on paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.session import Visitor
from tests.browser.test_accessible import violations
from tests.build import CHAPTER

PAGE = "2-graph"
# Drawings and tables that are wider than what holds them: on paper nobody can scroll.
CUT_OFF = """() => ["figure", "scroll"].flatMap((kind) => [...document.querySelectorAll(`article .lab-${kind}`)])
    .concat([...document.querySelectorAll("article .pst-scrollable-table-container")])
    .filter((box) => box.offsetParent && box.scrollWidth > box.clientWidth + 1)
    .map((box) => `${box.getAttribute("aria-label") ?? box.textContent.slice(0, 40)}: ${box.scrollWidth}`)"""
SHOWN_ON_PAPER = """() => [...document.querySelectorAll("button, nav, dialog, input, #preview, #live-bar")]
    .filter(e => e.checkVisibility({opacityProperty: true, visibilityProperty: true}))
    .map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture(params=["served", "file"])
def home(request: pytest.FixtureRequest, address: str, site: Path) -> str:
    """Where the pages are: behind a server, or in a folder."""
    return address if request.param == "served" else site.as_uri()


def open_search(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator("dialog input[type=search]")).to_be_focused()


def test_search_finds_a_page_and_goes_there(home: str, reader: Visitor) -> None:
    with reader.open(f"{home}/{PAGE}.html") as visit:
        open_search(visit.page)
        visit.page.keyboard.type("homogeneous")
        visit.page.keyboard.press("Enter")
        found = visit.page.locator("#search-results li a", has_text="Jacobians in a computational graph")
        found.first.click()
        visit.page.wait_for_url("**/3-jacobians.html**")
        expect(visit.page.locator("article h1")).to_contain_text("Jacobians")
        assert (visit.faults, visit.foreign) == ([], [])


def test_search_says_when_there_is_nothing(home: str, reader: Visitor) -> None:
    with reader.open(f"{home}/search.html?q=xylophone") as visit:
        expect(visit.page.locator("#search-results")).to_contain_text("did not match any documents")
        assert violations(visit.page) == []


def test_escape_closes_the_search(site: Path, reader: Visitor) -> None:
    with reader.open((site / f"{PAGE}.html").as_uri()) as visit:
        open_search(visit.page)
        assert violations(visit.page) == []
        visit.page.keyboard.press("Escape")
        expect(visit.page.locator("dialog input[type=search]")).to_be_hidden()


def test_previous_and_next_walk_through_the_book(home: str, reader: Visitor) -> None:
    with reader.open(f"{home}/{PAGE}.html") as visit:
        visit.page.locator("a.right-next").click()
        visit.page.wait_for_url("**/3-jacobians.html")
        visit.page.locator("a.left-prev").click()
        visit.page.wait_for_url(f"**/{PAGE}.html")


def test_the_contents_of_a_page_lead_to_its_sections(site: Path, reader: Visitor) -> None:
    with reader.open((site / f"{PAGE}.html").as_uri()) as visit:
        link = visit.page.locator(".bd-sidebar-secondary a[href='#practice']")
        visit.page.locator(".bd-sidebar-secondary").hover()
        link.click()
        expect(visit.page.locator("section#practice h2")).to_be_in_viewport()


def test_code_is_copied_as_it_stands(address: str, reader: Visitor) -> None:
    with reader.open(f"{address}/{PAGE}.html") as visit:
        visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        cell = visit.page.locator(".cell_input .highlight").first
        cell.hover()
        cell.locator("button.copybtn").click()
        copied = visit.page.evaluate("navigator.clipboard.readText()")
        assert copied.strip() == cell.locator("pre").inner_text().strip()
        assert copied.count("\n") >= 2


def test_a_solution_opens_and_closes_by_keyboard(site: Path, reader: Visitor) -> None:
    with reader.open((site / f"{PAGE}.html").as_uri()) as visit:
        folded = visit.page.locator("#practice details.sd-dropdown").first
        assert not folded.evaluate("e => e.open")
        folded.locator("summary").focus()
        visit.page.keyboard.press("Enter")
        assert folded.evaluate("e => e.open")
        expect(folded.locator(".sd-card-body, .sd-summary-content").first).to_be_visible()
        visit.page.keyboard.press("Enter")
        assert not folded.evaluate("e => e.open")


def test_the_theme_is_switched_and_remembered(address: str, reader: Visitor) -> None:
    with reader.open(f"{address}/{PAGE}.html") as visit:
        mode = "document.documentElement.dataset.theme"
        visit.page.locator("button.theme-switch-button").first.focus()
        seen = set()
        for _ in range(3):
            visit.page.keyboard.press("Enter")
            seen.add(visit.page.evaluate("document.documentElement.dataset.mode"))
            if visit.page.evaluate("document.documentElement.dataset.mode") == "dark":
                break
        assert "dark" in seen
        visit.page.goto(f"{address}/3-jacobians.html")
        assert visit.page.evaluate(mode) == "dark"


def test_the_table_of_contents_opens_on_a_phone(site: Path, reader: Visitor) -> None:
    with reader.open((site / f"{PAGE}.html").as_uri(), "phone") as visit:
        visit.page.locator("button.primary-toggle").first.click()
        link = visit.page.locator("dialog a, .bd-sidebar-primary a").filter(has_text="What a kernel costs").first
        expect(link).to_be_visible()
        assert violations(visit.page) == []
        visit.page.keyboard.press("Escape")
        expect(link).to_be_hidden()


def test_the_first_stop_of_the_keyboard_skips_to_the_text(site: Path, reader: Visitor) -> None:
    with reader.open((site / f"{PAGE}.html").as_uri()) as visit:
        visit.page.keyboard.press("Tab")
        visit.page.keyboard.press("Enter")
        assert visit.page.evaluate("location.hash") == "#main-content"


def test_paper_has_text_and_no_controls(site: Path, reader: Visitor) -> None:
    for name in (PAGE, "1-layers", "lab-sheet"):
        with reader.open((site / f"{name}.html").as_uri()) as visit:
            visit.page.emulate_media(media="print")
            assert visit.page.evaluate(SHOWN_ON_PAPER) == []
            assert visit.page.locator("article h1, #jb-print-docs-body h1").filter(visible=True).count() == 1


@pytest.mark.parametrize("page", CHAPTER)
def test_paper_cuts_nothing_off_and_asks_for_no_press(page: str, site: Path, reader: Visitor) -> None:
    with reader.open((site / f"{page}.html").as_uri()) as visit:
        visit.page.emulate_media(media="print")
        visit.page.set_viewport_size({"width": 850, "height": 900})  # A4 as tools/pdf.py prints it
        assert visit.page.evaluate(CUT_OFF) == []
        words = visit.page.locator("article").inner_text()
        assert re.search(r"\b([Pp]ress|[Ss]lider|[Bb]uttons?|[Cc]hoose (an entry|a layer|another))\b", words) is None


def test_forced_colours_leave_drawings_legible(site: Path, reader: Visitor) -> None:
    """The strokes of a drawing still differ from its ground."""
    with reader.open((site / f"{PAGE}.html").as_uri()) as visit:
        visit.page.emulate_media(forced_colors="active")
        drawing = visit.page.locator("article svg[role=img]").first
        ground = drawing.evaluate("e => getComputedStyle(e).backgroundColor")
        ink = drawing.evaluate("e => getComputedStyle(e.querySelector('text')).fill")
        assert ground not in (ink, "rgba(0, 0, 0, 0)")


def test_more_contrast_changes_no_text_into_less(site: Path, reader: Visitor) -> None:
    with reader.open((site / f"{PAGE}.html").as_uri()) as visit:
        visit.page.emulate_media(contrast="more")
        assert violations(visit.page) == []
