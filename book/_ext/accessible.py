"""Every picture says in words what it shows: one that does not is a fault of the page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

# MyST-NB names the picture of a cell by its hash, with or without its folders, where the cell gives no text.
NO_TEXT = re.compile(r"\s*|(.*[/\\])?[0-9a-f]{32,64}(\.\w+)?|\S+\.(png|jpe?g|svg|gif|webp)")
LISTING = '</style><div class="highlight"><pre>'  # as IPython.display.Code has it


def says_nothing(text: str | None) -> bool:
    """Whether a text alternative is missing, empty or only the name of a file."""
    return text is None or NO_TEXT.fullmatch(text) is not None


class Pictures(HTMLParser):
    """Collect the pictures of a piece of HTML that have no text alternative, in `unnamed`."""

    def __init__(self) -> None:
        super().__init__()
        self.unnamed: list[str] = []
        self._svg = 0  # how deep in <svg> elements
        self._titled = True
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at images and outer drawings; a drawing may be named by its title, which follows."""
        found = dict(attrs)
        if tag == "img" and found.get("aria-hidden") != "true" and says_nothing(found.get("alt")):
            self.unnamed.append(self.get_starttag_text() or tag)
        if tag == "svg":
            self._svg += 1
            if self._svg == 1:
                self._open(found)
        self._in_title = self._svg > 0 and tag == "title"

    def _open(self, found: dict[str, str | None]) -> None:
        self._start = self.get_starttag_text() or "svg"
        named = bool(found.get("aria-label") or found.get("aria-labelledby"))
        self._image = found.get("role") == "img"
        self._titled = found.get("aria-hidden") == "true" or (self._image and named)

    def handle_data(self, data: str) -> None:
        """Take the title of a drawing; it counts where the drawing says that it is an image."""
        self._titled |= self._in_title and self._image and not says_nothing(data)

    def handle_endtag(self, tag: str) -> None:
        """At its end, a drawing has its name or has none."""
        self._in_title = False
        if tag == "svg" and self._svg:
            self._svg -= 1
            if not self._svg and not self._titled:
                self.unnamed.append(self._start)


def unnamed_pictures(html: str) -> list[str]:
    """Start tags of the images and drawings in `html` that a screen reader could not tell."""
    parser = Pictures()
    parser.feed(html)
    parser.close()
    return parser.unnamed


def check_pictures(app: Sphinx, doctree: nodes.document) -> None:
    """Warn, at its line, of every picture without a text alternative: of the text and of cells' outputs."""
    for node in doctree.findall(lambda n: isinstance(n, nodes.image | nodes.raw)):
        if isinstance(node, nodes.image):
            faults = [node.get("uri", "image")] if says_nothing(node.get("alt")) else []
        else:
            faults = unnamed_pictures(node.astext()) if "html" in node.get("format", "").split() else []
        for fault in faults:
            logger.warning("a picture has no text alternative: %.120s", fault, location=(app.env.docname, _line(node)))


def _line(node: Any) -> int | None:
    while node is not None and node.line is None:
        node = node.parent
    return None if node is None else node.line


def list_works(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Give the works of a bibliography the role that items of a list have; docutils' own was withdrawn from ARIA."""
    if "doc-biblioentry" in context.get("body", ""):
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def reach_listings(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Let the keyboard into a listing that a cell put out: it scrolls, and the theme's script may come late."""
    if LISTING in context.get("body", ""):
        context["body"] = context["body"].replace(LISTING, LISTING.replace("<pre", '<pre tabindex="0"'))


def setup(app: Sphinx) -> dict[str, bool]:
    """Look at each page once it has been read."""
    app.connect("doctree-read", check_pictures)
    app.connect("html-page-context", list_works)
    app.connect("html-page-context", reach_listings)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
