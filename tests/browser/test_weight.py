"""What a page weighs, compressed, and whether its text stays where it was while it loads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.session import Visitor, wait_for_explorers
from tests.build import CHAPTER
from tools.static import serving

FIRST_VIEW, NEXT_PAGE = 350_000, 60_000  # bytes
SHIFT = 0.05
SHIFTS = """new PerformanceObserver((list) => {
    window.shift = list.getEntries().reduce((sum, e) => sum + (e.hadRecentInput ? 0 : e.value), window.shift ?? 0);
}).observe({ type: "layout-shift", buffered: true });"""


@pytest.fixture(scope="module")
def compressed(site: Path) -> Iterator[str]:
    with serving(site) as address:
        yield address


class Scales:
    """Adds up what comes over the wire, by file."""

    def __init__(self, page: Page) -> None:
        self.bytes: dict[str, int] = {}
        self._urls: dict[str, str] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)

    def _received(self, event: dict) -> None:
        if not event["response"].get("fromDiskCache") and event["response"]["url"].startswith("http"):
            self._urls[event["requestId"]] = event["response"]["url"]

    def _finished(self, event: dict) -> None:
        if url := self._urls.get(event["requestId"]):
            self.bytes[url.rsplit("/", 1)[-1]] = int(event["encodedDataLength"])

    @property
    def total(self) -> int:
        return sum(self.bytes.values())


def settle(page: Page) -> None:
    """Scroll through the page, so that what waits for the reader is loaded, too."""
    page.wait_for_load_state("networkidle")
    page.evaluate("""async () => {
        for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
            scrollTo(0, y);
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    }""")
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("page", CHAPTER)
def test_a_first_view_and_the_next_page_are_light(page: str, compressed: str, reader: Visitor) -> None:
    context = reader.browser.new_context(viewport={"width": 390, "height": 844})
    tab = context.new_page()
    scales = Scales(tab)
    tab.goto(f"{compressed}/{page}.html")
    settle(tab)
    assert 0 < scales.total <= FIRST_VIEW, scales.bytes
    assert not [name for name in scales.bytes if name.startswith("KaTeX_")], "glyphs that the build did not count"
    scales.bytes.clear()
    tab.goto(f"{compressed}/{CHAPTER[CHAPTER.index(page) - 1]}.html")
    settle(tab)
    assert 0 < scales.total <= NEXT_PAGE, scales.bytes
    context.close()


@pytest.mark.parametrize("size", [(1200, 900), (390, 844)], ids=["desktop", "phone"])
@pytest.mark.parametrize("page", CHAPTER)
def test_text_stays_where_it_is_while_a_page_loads(
    page: str, size: tuple[int, int], compressed: str, reader: Visitor
) -> None:
    context = reader.browser.new_context(viewport={"width": size[0], "height": size[1]})
    tab = context.new_page()
    slow = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
    session = context.new_cdp_session(tab)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", slow)
    tab.add_init_script(SHIFTS)
    tab.goto(f"{compressed}/{page}.html", wait_until="load")
    tab.wait_for_timeout(500)
    assert tab.evaluate("window.shift ?? 0") <= SHIFT
    context.close()


@pytest.mark.parametrize("view", ["light", "phone"])
@pytest.mark.parametrize("page", CHAPTER)
def test_text_stays_where_it_is_while_a_reader_scrolls(page: str, view: str, site: Path, reader: Visitor) -> None:
    """Explorers are larger than what stands in their place before; they come before anybody gets near them."""
    places = "[...document.querySelectorAll('article :is(h2, h3)')].map((e) => e.getBoundingClientRect().top + scrollY)"
    with reader.open((site / f"{page}.html").as_uri(), view) as visit:
        wait_for_explorers(visit.page)
        before = visit.page.evaluate(places)
        settle(visit.page)
        assert visit.page.evaluate(places) == pytest.approx(before, abs=1)


def test_scripts_are_only_where_they_have_something_to_do(site: Path) -> None:
    pages = {path.stem: path.read_text(encoding="utf-8") for path in site.glob("*.html")}
    for name, html in pages.items():
        assert ("searchindex.js" in html) == (name == "search")
        assert "togglebutton" not in html
        assert "design-tabs" not in html
        assert ("copybutton.js" in html) == ('class="highlight' in html)
