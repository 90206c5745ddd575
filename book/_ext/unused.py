"""Scripts and styles stay off the pages that have nothing for them to do; no script keeps a page waiting needlessly."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from offline import content
from sphinx.application import Sphinx

# What is loaded, by a part of its name or text, and what must be on a page for it to be of use.
NEEDED_FOR = {
    "toggle": r'class="[^"]*\btoggle\b|class="[^"]*\badmonition\b[^"]*\bdropdown\b',
    "design-tabs": r'class="[^"]*\bsd-tab-',
    "sphinx-design": r'class="[^"]*\bsd-',
    "clipboard": r'class="highlight',
    "copybutton": r'class="highlight',
}

# What may run after the text is shown; the order among them stays. (The search page's own scripts need them at once.)
LATER = ("doctools", "sphinx_highlight", "clipboard", "copybutton", "sphinx-book-theme.js")


def drop_unused(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Keep what the page uses, and what is not in the list."""
    body = context.get("body", "")
    unused = [name for name, use in NEEDED_FOR.items() if not re.search(use, body)]
    for kind in ("script_files", "css_files"):
        context[kind] = [f for f in context.get(kind, []) if not any(name in content(f) for name in unused)]
    if page != "search":
        context["script_files"] = [_later(file) for file in context["script_files"]]


def _later(file: Any) -> Any:
    if not any(name in content(file) for name in LATER):
        return file
    return type(file)(file.filename, priority=file.priority, **{**file.attributes, "defer": "defer"})


def quieten(app: Sphinx, error: Exception | None) -> None:
    """The theme tells the console what it does; what a reader's console says should be a fault."""
    for pattern in ("_static/scripts/*-theme.js", "search.html"):
        for file in Path(app.outdir).glob(pattern):
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace("console.log(", "(()=>{})("), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """After all others have added theirs."""
    app.connect("html-page-context", drop_unused, priority=950)
    app.connect("build-finished", quieten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
