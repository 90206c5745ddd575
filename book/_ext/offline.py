"""Pages ask no other host for anything: take out what the theme would load from a CDN."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

# Live code by sphinx-thebe: its script comes from a CDN and declares its address twice.
UNWANTED = ("://", "thebe", "THEBE")


def drop_foreign_files(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Keep only the scripts and styles that lie beside the page and that it uses."""
    for kind in ("script_files", "css_files"):
        context[kind] = [f for f in context.get(kind, []) if not any(mark in content(f) for mark in UNWANTED)]


def content(file: Any) -> str:
    """Address of a script or style, or its text where it is written into the page."""
    return str(getattr(file, "filename", file) or getattr(file, "attributes", {}).get("body", ""))


def search_files(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """A page read from a file may not fetch others for the lines around what was found: it lists titles."""
    if page == "search":
        app.add_js_file(None, body='DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";')


def setup(app: Sphinx) -> dict[str, bool]:
    """The last word on what a page loads."""
    app.connect("html-page-context", search_files)
    app.connect("html-page-context", drop_foreign_files, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
