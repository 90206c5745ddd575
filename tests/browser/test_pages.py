"""Every page as a reader opens it: served or from a file, light, dark and on a phone, offline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.browser.session import VIEWS, Visitor

BOOK = Path(__file__).parents[2] / "book"
TOC = yaml.safe_load((BOOK / "_toc.yml").read_text())
PAGES = [TOC["root"], *(chapter["file"] for chapter in TOC["chapters"])]

# Text a reader would see if maths were not rendered: TeX commands or dollar signs in the running text.
RAW_MATHS = """() => {
    const copy = document.querySelector("article").cloneNode(true);
    copy.querySelectorAll("pre, code, script, style, .katex, .katex-mathml").forEach(e => e.remove());
    return copy.textContent;
}"""
WIDER_THAN_SCREEN = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNNAMED_PICTURES = """() => [...document.querySelectorAll("article img, article svg[role=img]")]
    .filter(e => !(e.getAttribute("alt") || e.getAttribute("aria-label") || e.querySelector("title")?.textContent))
    .map(e => e.outerHTML.slice(0, 200))"""
HASH_NAME = re.compile(r"[0-9a-f]{32}")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("page", PAGES)
def test_page_opens_offline_without_a_fault(page: str, view: str, address: str, reader: Visitor) -> None:
    with reader.open(f"{address}/{page}.html", view) as visit:
        assert visit.foreign == []
        assert visit.faults == []
        assert visit.page.evaluate(WIDER_THAN_SCREEN) <= 0, "the page scrolls sideways"


@pytest.mark.parametrize("page", PAGES)
def test_page_reads_from_its_file(page: str, site: Path, reader: Visitor) -> None:
    with reader.open((site / f"{page}.html").as_uri()) as visit:
        assert visit.foreign == []
        assert visit.faults == []
        text = visit.page.evaluate(RAW_MATHS)
        assert not re.search(r"\\(begin|frac|times|cdot|mathbb)|\$\$", text), "maths left as TeX"
        assert visit.page.locator(".tex").count() == visit.page.locator(".tex > .katex, .tex > .katex-display").count()
        assert visit.page.locator(".katex-error").count() == 0


@pytest.mark.parametrize("page", PAGES)
def test_every_picture_has_a_text_alternative(page: str, site: Path, reader: Visitor) -> None:
    with reader.open((site / f"{page}.html").as_uri()) as visit:
        assert visit.page.evaluate(UNNAMED_PICTURES) == []
        alternatives = [image.get_attribute("alt") or "" for image in visit.page.locator("article img").all()]
        assert [alt for alt in alternatives if HASH_NAME.search(alt)] == []


def test_a_request_to_another_host_is_caught(address: str, reader: Visitor) -> None:
    """The check above can fail: a planted foreign image is recorded."""
    with reader.open(f"{address}/index.html") as visit:
        visit.page.evaluate("fetch('https://example.org/pixel.png').catch(() => 0)")
        visit.page.wait_for_timeout(200)
        assert visit.foreign == ["https://example.org/pixel.png"]


def test_icons_come_from_a_font_and_not_from_a_script(address: str, reader: Visitor) -> None:
    with reader.open(f"{address}/index.html") as visit:
        assert visit.page.locator("script[src*=fontawesome]").count() == 0
        icon = visit.page.locator("button i.fa-solid").first
        family, drawn = icon.evaluate("e => [getComputedStyle(e).fontFamily, getComputedStyle(e, '::before').content]")
        assert "Font Awesome" in family
        assert drawn not in ("none", "normal")
        assert visit.page.evaluate("""document.fonts.load('900 1em "Font Awesome 6 Free"').then(f => f.length)""") == 1
