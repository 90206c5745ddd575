"""Everything on a page that was executed says so, and keeps where it came from.

The result of every `{eval}` is wrapped in a node with the class "executed"; the output of every code cell gets
that class too. Each has an id that stays the same while its source does, and a record in
`env.executed_numbers[page]`; the sources of the page's code cells stand in `env.executed_cells[page]`. Both are
written into the page as JSON, so that somebody with nothing but the HTML can evaluate everything again.
"""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypedDict

from docutils import nodes
from myst_nb.core.render import get_mime_priority
from myst_nb.ext.eval import EvalDirectiveAny, EvalRoleAny
from page_data import carry
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

CLASS = "executed"
STORES = ("executed_numbers", "executed_cells")


class Record(TypedDict):
    """One executed result of a page."""

    id: str
    kind: str  # "eval" or "cell"
    expression: str  # of a cell: its whole source
    cell: int  # the last code cell run before it (of a cell: itself) among the page's code cells, -1 for none
    text: str  # as shown, maths as TeX, white space collapsed
    page: str
    line: int


class EvalRole(EvalRoleAny):
    """MyST-NB's {eval} in a sentence, its result wrapped."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Evaluate; what failed stays as it is."""
        found, messages = super().run()
        if not all(isinstance(node, nodes.container) for node in found):
            return found, messages
        wrapped = nodes.inline("", "", *found, classes=[CLASS], expression=self.text)
        wrapped.source, wrapped.line = self.source, self.line
        return [wrapped], messages


class EvalDirective(EvalDirectiveAny):
    """MyST-NB's {eval} as a block, its result wrapped."""

    def run(self) -> list[nodes.Node]:
        """Evaluate; what failed stays as it is."""
        found = super().run()
        if not all(isinstance(node, nodes.container) for node in found):
            return found
        wrapped = nodes.container("", *found, classes=[CLASS], expression=self.arguments[0])
        wrapped.source, wrapped.line = self.source, self.line
        return [wrapped]


def record_page(app: Sphinx, doctree: nodes.document) -> None:
    """Mark the outputs of cells, give every executed node its id, keep the records of the page."""
    env = app.env
    indices, lines, sources = code_cells(env, env.docname)
    if not sources:
        return
    seen: Counter[str] = Counter()
    records = []
    for node in list(doctree.findall(nodes.Element)):
        kind, cell = "eval", sum(line <= (node.line or 0) for line in lines) - 1
        if node.get("nb_element") == "cell_code_output":
            kind, cell = "cell", indices.index(node.parent["cell_index"])
            node["classes"].append(CLASS)
            node["expression"] = sources[cell]
        elif CLASS not in node.get("classes", ()):
            continue
        record = Record(
            id=identifier(kind + node["expression"], seen),
            kind=kind,
            expression=node["expression"],
            cell=cell,
            text=" ".join(shown(node, priority(app)).split()),
            page=env.docname,
            line=node.line or 0,
        )
        node["ids"].append(record["id"])
        records.append(record)
    env.executed_numbers[env.docname] = records  # type: ignore[attr-defined] # the environment is where Sphinx keeps data
    env.executed_cells[env.docname] = sources  # type: ignore[attr-defined] # as above


def code_cells(env: BuildEnvironment, page: str) -> tuple[list[int], list[int], list[str]]:
    """Of a page's code cells: their places among all cells, their lines, their sources; from MyST-NB's notebook."""
    if "kernelspec" not in env.metadata[page]:
        return [], [], []
    notebook = json.loads(Path(env.mystnb_config.output_folder, f"{page}.ipynb").read_text(encoding="utf-8"))
    starts = notebook["metadata"]["source_map"]
    code = [i for i, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code"]
    return code, [starts[i] + 1 for i in code], ["".join(notebook["cells"][i]["source"]) for i in code]


def identifier(source: str, seen: Counter[str]) -> str:
    """Id of a result: from its source, and counted where one source occurs several times on a page."""
    digest = sha256(source.encode()).hexdigest()[:8]
    seen[digest] += 1
    return f"executed-{digest}-{seen[digest]}"


def priority(app: Sphinx) -> list[str]:
    """Kinds of output, the one that an HTML page prefers first."""
    return get_mime_priority("html", app.config.nb_mime_priority_overrides)


def shown(node: nodes.Node, kinds: list[str]) -> str:
    """Text of a node as an HTML page has it before any script runs; maths is TeX."""
    if isinstance(node, nodes.raw):
        return visible(node.astext()) if "html" in node["format"].split() else ""
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, nodes.Element) and node.get("nb_element") == "mime_bundle":
        offered = {child["mime_type"]: child for child in node.children}
        best = next((offered[kind] for kind in kinds if kind in offered), None)
        return shown(best, kinds) if best else ""
    return " ".join(shown(child, kinds) for child in node.children)


class _Text(HTMLParser):
    """Collects the text between tags, those of styles and scripts left out."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:
            self.pieces.append(data)


def visible(html: str) -> str:
    """Text of a piece of HTML."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return " ".join(parser.pieces)


def write_json(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Put the records and the cells of a page beside it."""
    if sources := app.env.executed_cells.get(page):  # type: ignore[attr-defined] # as above
        keys = ("id", "kind", "expression", "cell", "text")
        records = [{key: record[key] for key in keys} for record in app.env.executed_numbers[page]]  # type: ignore[attr-defined]
        carry(app, page, context, "executed", {"records": records, "cells": sources})


def prepare(app: Sphinx) -> None:
    """Make room in the environment, once in its life."""
    for store in STORES:
        if not hasattr(app.env, store):
            setattr(app.env, store, {})


def purge(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget a page that is about to be read again."""
    for store in STORES:
        getattr(env, store, {}).pop(page, None)


def merge(app: Sphinx, env: BuildEnvironment, pages: list[str], other: BuildEnvironment) -> None:
    """Take over what another process has read."""
    for store in STORES:
        theirs = getattr(other, store)
        getattr(env, store).update({page: theirs[page] for page in pages if page in theirs})


def setup(app: Sphinx) -> dict[str, Any]:
    """Wrap {eval}, record every page that was read, write the records into it."""
    app.setup_extension("myst_nb")
    app.add_role("eval", EvalRole(), override=True)
    app.add_directive("eval", EvalDirective, override=True)
    app.connect("builder-inited", prepare)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("doctree-read", record_page)
    app.connect("html-page-context", write_json)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
