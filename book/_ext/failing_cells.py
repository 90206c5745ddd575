"""Say where on a page a cell has raised: MyST-NB names the page, not the line."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)


def name_failing_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Warn, at the line of the cell, of every output that is a traceback."""
    for output in doctree.findall(nodes.literal_block):
        if "traceback" in output["classes"]:
            cell = output.parent
            while cell.get("nb_element") != "cell_code" and cell.parent is not None:
                cell = cell.parent
            reason = output.astext().strip().splitlines()[-1]
            logger.warning("a cell raised: %s", reason, location=(app.env.docname, cell.line))


def setup(app: Sphinx) -> dict[str, bool]:
    """Look at each page once it has been read."""
    app.connect("doctree-read", name_failing_cells)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
