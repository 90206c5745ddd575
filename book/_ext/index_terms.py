"""The index at the end of the book: where each term of the glossary is used, besides where it is explained.

A page's first {term} of a word becomes an entry of the index, under the name that the glossary gives it.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform


class IndexTerms(SphinxTransform):
    """An entry, and a place to go to, before the first link to each term."""

    default_priority = 840  # before Sphinx collects the entries of a page, at 850

    def apply(self, **kwargs: Any) -> None:
        """Visit the links to terms; those within the glossary lead from definition to definition."""
        seen: set[str] = set()
        for link in list(self.document.findall(addnodes.pending_xref)):
            term = link["reftarget"]
            if link.get("reftype") != "term" or term.lower() in seen or self.env.docname == "glossary":
                continue
            seen.add(term.lower())
            anchor = nodes.make_id(f"index-{term}")
            entry = addnodes.index(entries=[("single", term, anchor, "", None)])
            link.parent.insert(link.parent.index(link), [entry, nodes.target("", "", ids=[anchor])])


def setup(app: Sphinx) -> dict[str, bool]:
    """On every page, as it is read."""
    app.add_transform(IndexTerms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
