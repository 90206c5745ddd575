"""Where a number comes from, as a reader asks for it: pointing, tapping, by keyboard; and what is there before."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.session import VIEWS, Visitor, wait_for_explorers
from tests.browser.test_pages import WIDER_THAN_SCREEN

SCRIPT = Path(__file__).parents[2] / "book" / "_assets" / "trace.js"
NUMBER = "span.executed"  # the page's first: the shape of x, maths
OUTPUT = "div.executed"
SHAPE = "maths(latex.shape(X.shape))"
UNMARKED = """() => [...document.querySelectorAll(".executed")].map(e => [getComputedStyle(e).borderBottomStyle,
    getComputedStyle(e).outlineStyle].join()).filter((v, i, all) =>
    all.indexOf(v) === i)"""


@pytest.fixture
def page(site: Path, reader: Visitor, request: pytest.FixtureRequest):
    """The first page from its file, in light unless the test asks for another view."""
    with reader.open((site / "1-layers.html").as_uri(), getattr(request, "param", "light")) as visit:
        yield visit.page
        assert visit.foreign == []
        assert visit.faults == []


def box(page: Page) -> Locator:
    return page.locator("#trace")


def point(page: Page, at: Locator) -> None:
    """Move the mouse to the middle of something. (Playwright's `hover` takes the parts of maths for obstacles.)"""
    at.scroll_into_view_if_needed()
    place = at.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2, steps=3)


def toggle(page: Page) -> Locator:
    return page.get_by_role("button", name="Show executed numbers")


def test_the_script_is_small() -> None:
    assert len(SCRIPT.read_bytes()) < 6000


def test_nothing_is_there_before_a_reader_asks(page: Page) -> None:
    assert page.evaluate(UNMARKED) == ["none,none"]
    assert box(page).count() == page.locator(".trace-handle").count() == 0


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_pointing_at_a_number_tells_where_it_comes_from(page: Page) -> None:
    point(page, page.locator(NUMBER).first)
    expect(box(page)).to_be_in_viewport()
    expect(box(page)).to_contain_text(SHAPE)
    expect(box(page)).to_contain_text("task1.X")
    expect(box(page)).to_contain_text("Checked against PyTorch")
    point(page, page.locator("article h1"))
    expect(box(page)).to_have_count(0)


def test_pointing_at_maths_shows_the_functions_and_their_sources(page: Page) -> None:
    point(page, page.locator(OUTPUT).nth(6))
    expect(box(page)).to_be_in_viewport()
    point(page, box(page))  # the box stays while the pointer is in it
    page.wait_for_timeout(500)
    source = box(page).locator("li", has_text="conv").first.get_by_role("link", name="source")
    source.click()
    expect(page).to_have_url(re.compile("/code/labcode"))
    expect(page.locator(":target")).to_have_count(1)


def test_a_tap_shows_it_and_a_tap_elsewhere_ends_it(site: Path, reader: Visitor) -> None:
    context = reader.browser.new_context(**VIEWS["phone"], has_touch=True)
    page = context.new_page()
    page.goto((site / "1-layers.html").as_uri())
    page.locator(NUMBER).first.tap()
    expect(box(page)).to_be_in_viewport(ratio=1)
    assert page.evaluate(WIDER_THAN_SCREEN) <= 0
    page.locator("article h1").tap()
    expect(box(page)).to_have_count(0)
    page.locator(OUTPUT).nth(1).tap()
    expect(box(page)).to_be_in_viewport(ratio=1)
    context.close()


def test_the_keyboard_reaches_every_number_once_asked_to(page: Page) -> None:
    toggle(page).focus()
    page.keyboard.press("Enter")
    expect(toggle(page)).to_have_attribute("aria-pressed", "true")
    assert page.locator("button.trace-handle + .executed").count() == page.locator(".executed").count() > 0
    number = page.get_by_role("button", name="Where 3×3 comes from").first
    number.focus()
    expect(number).to_have_attribute("aria-expanded", "true")
    expect(number).to_have_attribute("aria-describedby", "trace")
    page.keyboard.press("Tab")  # into the box: the expression can be scrolled, then come the links
    page.keyboard.press("Tab")
    assert page.evaluate("document.getElementById('trace').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(box(page)).to_have_count(0)
    expect(number).to_be_focused()
    expect(number).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(box(page)).to_contain_text(SHAPE)


def test_an_output_has_a_button_with_a_name(page: Page) -> None:
    toggle(page).click()
    handle = page.get_by_role("button", name="Where this output comes from").first
    handle.focus()
    expect(handle).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("region", name="Where this number comes from")).to_contain_text("latex.matrix(X)")


@pytest.mark.parametrize("page", VIEWS, indirect=True)
def test_the_toggle_marks_all_and_takes_it_back(page: Page) -> None:
    toggle(page).click()
    assert page.evaluate(WIDER_THAN_SCREEN) <= 0
    assert "none,none" not in page.evaluate(UNMARKED)
    toggle(page).click()
    assert page.evaluate(UNMARKED) == ["none,none"]
    assert page.locator(".trace-handle").count() == 0


def test_nothing_of_it_is_printed(page: Page) -> None:
    wait_for_explorers(page)
    page.emulate_media(media="print")
    before = page.evaluate("document.querySelector('article').innerText")
    height = page.evaluate("document.querySelector('article').offsetHeight")
    page.emulate_media(media="screen")
    toggle(page).click()
    page.locator(".trace-handle").first.focus()
    expect(box(page)).to_be_visible()
    page.emulate_media(media="print")
    for part in (box(page), toggle(page), page.locator(".trace-handle").first):
        expect(part).to_be_hidden()
    assert page.evaluate(UNMARKED) == ["none,none"]
    assert page.evaluate("document.querySelector('article').innerText") == before
    assert page.evaluate("document.querySelector('article').offsetHeight") == height
