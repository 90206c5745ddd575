"""Data that a page carries without showing them, in files of their own: a reader pays for them only when they are used.

The page says where they are, in an empty script element with an id; `page-data.js` loads them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

FOLDER = "_static/page-data"


def carry(app: Sphinx, page: str, context: dict[str, Any], name: str, data: Any = None) -> None:
    """Put data beside a page under a name, and tell the page; without data, only tell: they will be written later."""
    if data is not None:
        write(app, page, name, data)
    place = context["pathto"](f"{FOLDER}/{page}.{name}.js", resource=True)
    context["body"] += f'<script type="application/json" id="{name}" data-from="{place}"></script>\n'
    app.add_js_file("page-data.js", loading_method="defer", priority=400)  # before those that use it


def write(app: Sphinx, page: str, name: str, data: Any) -> None:
    """Write the file that holds the data."""
    file = Path(app.outdir, FOLDER, f"{page}.{name}.js")
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    file.write_text(f'pageData["{name}"]({text});\n', encoding="utf-8")
