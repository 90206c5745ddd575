"""Every page for every reader: axe-core, the keyboard, narrow and magnified screens, reduced motion."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.session import VIEWS, Visitor
from tests.browser.test_pages import PAGES, WIDER_THAN_SCREEN

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
VIOLATIONS = """() => axe.run(document, {resultTypes: ["violations"]}).then(results =>
    results.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} ${n.html.slice(0, 120)}`)))"""
FOCUSED = """() => {
    let e = document.activeElement;
    while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
    const style = getComputedStyle(e);
    if (e === document.body) return null;
    e.dataset.stop ??= String(window.stops = (window.stops ?? 0) + 1);
    const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none";
    return {stop: e.dataset.stop, seen, html: e.outerHTML.slice(0, 120)};
}"""
MOVING = """() => [...document.querySelectorAll("*")].filter(e => {
    const style = getComputedStyle(e);
    return style.animationName !== "none" || style.transitionDuration.split(",").some(d => parseFloat(d) > 0);
}).map(e => e.outerHTML.slice(0, 120))"""


def violations(page: Page) -> list[str]:
    """What axe-core finds with all its rules, best practice too; colours are read at rest, not on their way."""
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(AXE)
    return page.evaluate(VIOLATIONS)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(page: str, view: str, site: Path, reader: Visitor) -> None:
    with reader.open((site / f"{page}.html").as_uri(), view) as visit:
        assert violations(visit.page) == []


def test_axe_sees_a_planted_fault(site: Path, reader: Visitor) -> None:
    with reader.open((site / "about.html").as_uri()) as visit:
        visit.page.evaluate("document.querySelector('article').append(document.createElement('button'))")
        assert [found.split(":")[0] for found in violations(visit.page)] == ["button-name"]


@pytest.mark.parametrize("page", [*PAGES, "genindex"])
def test_nothing_scrolls_sideways_narrow_or_magnified(page: str, site: Path, reader: Visitor) -> None:
    """At 320 px, and with letters of twice the size on 640 px; wide things scroll in their own boxes."""
    with reader.open((site / f"{page}.html").as_uri()) as visit:
        visit.page.set_viewport_size({"width": 320, "height": 640})
        assert visit.page.evaluate(WIDER_THAN_SCREEN) <= 0
        visit.page.set_viewport_size({"width": 640, "height": 450})
        visit.page.add_style_tag(content="html { font-size: 200% !important; }")
        assert visit.page.evaluate(WIDER_THAN_SCREEN) <= 0


@pytest.mark.parametrize("page", PAGES)
def test_the_keyboard_goes_through_the_page_and_is_seen(page: str, site: Path, reader: Visitor) -> None:
    """Tab comes to the end of the page, never twice to one place, and each place shows that it has the focus."""
    with reader.open((site / f"{page}.html").as_uri()) as visit:
        stops: list[str] = []
        visit.page.keyboard.press("Tab")
        assert "Skip to main content" in visit.page.evaluate("document.activeElement.textContent")
        while (focused := visit.page.evaluate(FOCUSED)) is not None and (not stops or focused["stop"] != stops[0]):
            assert focused["stop"] not in stops, f"a trap: {focused['html']}"
            assert focused["seen"], f"the focus does not show: {focused['html']}"
            stops.append(focused["stop"])
            visit.page.keyboard.press("Tab")
        assert len(stops) > 10


def test_nothing_moves_for_whoever_asks_for_less_motion(site: Path, reader: Visitor) -> None:
    with reader.open((site / "1-layers.html").as_uri()) as visit:
        assert visit.page.evaluate(MOVING) != [], "the theme has transitions: else this shows nothing"
        visit.page.emulate_media(reduced_motion="reduce")
        assert visit.page.evaluate(MOVING) == []


@pytest.mark.parametrize("page", PAGES)
def test_one_search_field(page: str, site: Path, reader: Visitor) -> None:
    with reader.open((site / f"{page}.html").as_uri()) as visit:
        assert visit.page.locator("form[role=search], form.bd-search").count() == 1
