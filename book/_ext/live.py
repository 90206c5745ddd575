"""Cells that run in the page: a button that starts a kernel, on the reader's machine or at Binder.

sphinx-thebe 0.3.1 loads its script from another host, goes to Binder whatever it is told, asks for no kernel. Here
`live/start.js` adds the button; only when it is pressed come `live/live.js` and thebe-core, the part of thebe 0.9.3
that speaks to Jupyter servers. The sources of all cells, hidden ones too, are in the page already (`executed`).
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from executed import code_cells
from sphinx.application import Sphinx


def number_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Give each code cell its place among the page's code cells, as its id."""
    indices, _, _ = code_cells(app.env, app.env.docname)
    places = {index: place for place, index in enumerate(indices)}
    for node in doctree.findall(nodes.container):
        if node.get("nb_element") == "cell_code":
            node["ids"].append(f"cell-{places[node['cell_index']]}")


def add_button(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Load the button on pages that have cells."""
    if app.env.executed_cells.get(page):  # type: ignore[attr-defined] # kept by executed
        attributes = {"id": "live-start", "data-binder": app.config.live_binder}
        app.add_js_file("live/start.js", loading_method="defer", **attributes)


def setup(app: Sphinx) -> dict[str, Any]:
    """Number the cells, load the button; `live_binder` is "owner/name/ref" on GitHub, empty for no Binder."""
    app.setup_extension("executed")
    app.add_config_value("live_binder", "", "html", str)
    app.connect("doctree-read", number_cells)
    app.connect("html-page-context", add_button)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
