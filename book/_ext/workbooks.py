"""Workbooks on pages: their scripts as files that all pages share, their other variants when a reader begins.

As for explorers, scripts of the ordinary kind: a browser loads no module, and fetches nothing, for a page from a file.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

from docutils import nodes
from explorers import FOLDER as SHARED
from sphinx.application import Sphinx

from labcode.workbook import JS, START, embedded, modules, opening

HOST = re.compile(
    r'(<div class="lab-workbook" data-workbook="([^"]+)")(.*?)<script type="application/json">(.*?)</script>', re.DOTALL
)
CODE = re.compile(r"<script data-workbook-code>.*?</script>", re.DOTALL)
FOLDER = "workbook"


def share(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Take scripts and data out of a page, and name the files that hold them."""
    body = context.get("body", "")
    if not CODE.search(body):
        return
    context["body"] = HOST.sub(lambda host: _kept(app, context, host), CODE.sub("", body))
    for name in modules():
        app.add_js_file(f"{_folder(name)}/{name}", loading_method="defer")
    app.add_js_file(None, body=f"addEventListener('DOMContentLoaded', () => {START[:-1]});")


def _kept(app: Sphinx, context: dict[str, Any], host: re.Match[str]) -> str:
    """The host with the first variants alone; a script hands over all of them."""
    start, name, between, data = host.groups()
    file = f"{FOLDER}/{unescape(name)}.data.js"
    script = f'labcode["workbook.js"].receive({data});\n'
    first = f'<script type="application/json">{embedded(opening(json.loads(data)))}</script>'
    Path(app.outdir, "_static", file).write_text(script, encoding="utf-8")
    version = sha256(script.encode()).hexdigest()[:8]
    return f'{start} data-from="{context["pathto"](f"_static/{file}", resource=True)}?v={version}"{between}{first}'


def _folder(name: str) -> str:
    """Explorers have written theirs already."""
    return FOLDER if name == "common.js" or (JS / name).exists() else SHARED


def write_scripts(app: Sphinx) -> None:
    """Write each module as a script of its own among the static files, before a page asks for its checksum."""
    for name, source in modules().items():
        place = Path(app.outdir, "_static", _folder(name), name)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists() or place.read_text(encoding="utf-8") != source:
            place.write_text(source, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Pages are written again when a script has changed."""
    state = sha256("".join(modules().values()).encode()).hexdigest()
    app.add_config_value("workbooks_digest", state, rebuild="html", types=[str])
    app.connect("builder-inited", write_scripts)
    app.connect("html-page-context", share)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
