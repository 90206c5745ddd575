"""Explorers on pages of the book: their scripts as files that all pages share, instead of a copy in every output.

Scripts of the ordinary kind, since a browser loads no module for a page that was opened from a file.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from labcode.explore.explorer import JS, modules

CODE = re.compile(r"<script data-explorer-code>.*?</script>", re.DOTALL)
KIND = re.compile(r'data-explorer="(\w+)"')
START = 'labcode["base.js"].start();'
FOLDER = "explore"


def share_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Take the scripts out of a page, and name the files that hold them: each module once."""
    body = context.get("body", "")
    if not CODE.search(body):
        return
    context["body"] = CODE.sub("", body)
    names = dict.fromkeys(name for kind in KIND.findall(body) for name in modules(kind))
    for name in names:
        app.add_js_file(f"{FOLDER}/{name}", loading_method="defer")
    app.add_js_file(None, body=f"addEventListener('DOMContentLoaded', () => {START[:-1]});")


def write_scripts(app: Sphinx) -> None:
    """Write each module as a script of its own among the static files, before a page asks for its checksum."""
    folder = Path(app.outdir, "_static", FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for kind in kinds():
        for name, source in modules(kind).items():
            place = folder / name
            if not place.exists() or place.read_text(encoding="utf-8") != source:
                place.write_text(source, encoding="utf-8")


def kinds() -> list[str]:
    """Explorers that there are."""
    return sorted(path.stem for path in JS.glob("*.js") if "\ndefine(" in path.read_text(encoding="utf-8"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Pages are written again when a script has changed."""
    state = sha256(b"".join(path.read_bytes() for path in sorted(JS.glob("*.js")))).hexdigest()
    app.add_config_value("explorers_digest", state, rebuild="html", types=[str])
    app.connect("builder-inited", write_scripts)
    app.connect("html-page-context", share_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
