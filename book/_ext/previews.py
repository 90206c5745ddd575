"""What a link leads to, shown where the link stands: an equation, a term, a work, a figure, the start of a section.

Once all pages are written, each gets a file with the pieces that its links lead to. They are not fetched when they are
wanted: a page read from a file cannot fetch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from docutils import nodes
from page_data import carry, write
from sphinx.application import Sphinx

LINK = re.compile(r'<a class="[^"]*\breference internal\b[^"]*" href="(?P<page>[\w./-]*?)(?:\.html)?#(?P<id>[^"]+)"')
ARTICLE = re.compile(r"<article.*</article>", re.DOTALL)
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
NOT_SHOWN = re.compile(r'<a class="headerlink".*?</a>|<span class="eqno">.*?</span>| id="[^"]*"', re.DOTALL)


class Element(HTMLParser):
    """Finds where the first element of some HTML ends."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.depth = 0
        self.end: int | None = None
        self._lines = [0, *(m.end() for m in re.finditer("\n", html))]
        for start in range(0, len(html), 4096):  # a page is long, an element is short
            self.feed(html[start : start + 4096])
            if self.end is not None:
                break

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """One deeper."""
        self.depth += tag not in VOID

    def handle_endtag(self, tag: str) -> None:
        """One up; at the top it is over."""
        self.depth -= 1
        if self.depth == 0 and self.end is None:
            line, column = self.getpos()
            self.end = self._lines[line - 1] + column + len(f"</{tag}>")


def element(html: str, start: int) -> str:
    """The element whose tag begins at `start`."""
    rest = html[start:]
    return rest[: Element(rest).end]


def piece(html: str, anchor: str) -> str | None:
    """What to show of the place with this id: the element itself, a term's text, or a section's title and start."""
    found = re.search(rf'<(?P<tag>\w+)[^<>]*\bid="{re.escape(anchor)}"[^<>]*>', html)
    if found is None:
        return None
    tag, start = found["tag"], found.start()
    if tag in ("section", "span"):  # a name of a section's own stands in a span before its title
        parts = [re.compile(rf"<{part}[ >]").search(html, start) for part in (r"h\d", "p")]
        shown = "".join(element(html, part.start()) for part in parts if part)
    elif tag == "dt":
        shown = element(html, start) + element(html, html.index("<dd", start))
    else:
        shown = element(html, start)
    return NOT_SHOWN.sub("", shown)


def links(html: str) -> Iterator[tuple[str, str, str]]:
    """Each place a page's text leads to: its address as written, its page ("" for this one), its id."""
    article = ARTICLE.search(html)
    for found in LINK.finditer(article[0] if article else ""):
        address = re.search(r'href="([^"]*)"', found[0])
        yield str(address and address[1]), found["page"], found["id"]


def write_previews(app: Sphinx, error: Exception | None) -> None:
    """Write each page's pieces."""
    if error or app.builder.format != "html":
        return
    html = {page: Path(app.builder.get_outfilename(page)) for page in app.env.found_docs}
    texts = {page: file.read_text(encoding="utf-8") for page, file in html.items() if file.exists()}
    for page, text in texts.items():
        shown = {}
        for address, other, anchor in links(text):
            if found := piece(texts.get(other or page, ""), anchor):
                shown[address] = found.replace('href="#', f'href="{other}.html#') if other else found
        write(app, page, "previews", dict(sorted(shown.items())))


def offer(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Put the scripts on pages with links to places."""
    if doctree is not None and LINK.search(context.get("body", "")):
        carry(app, page, context, "previews")
        app.add_js_file("previews.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """After all pages are there."""
    app.connect("html-page-context", offer)
    app.connect("build-finished", write_previews)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
