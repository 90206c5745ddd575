"""Scripts and styles stay off the pages that have nothing for them to do."""

from __future__ import annotations

import re
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


def drop_unused(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Keep what the page uses, and what is not in the list."""
    body = context.get("body", "")
    unused = [name for name, use in NEEDED_FOR.items() if not re.search(use, body)]
    for kind in ("script_files", "css_files"):
        context[kind] = [f for f in context.get(kind, []) if not any(name in content(f) for name in unused)]


def setup(app: Sphinx) -> dict[str, bool]:
    """After all others have added theirs."""
    app.connect("html-page-context", drop_unused, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
