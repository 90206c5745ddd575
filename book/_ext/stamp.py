"""What a build vouches for: a stamp at the foot of each page, and a table of all pages.

The stamp tells how many executed numbers the page shows, how many of them were computed by code that the tests
check against something independent, how many were typed, and the versions and the commit of the build.
"""

from __future__ import annotations

import platform
import subprocess
from functools import cache
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from docutils import nodes
from numerals import numerals
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from traceability import checked

import labcode

STATUS = "status"  # the page with the table
PACKAGES = {"numpy": "NumPy", "torch": "PyTorch"}
HEADER = ("Page", "Time", "Result", "Numbers", "Checked", "Typed")


def add_stamp(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Put the stamp where the theme puts an extra footer."""
    if doctree is None:
        return
    sentences = [numbers_sentence(app.env, page), f"{versions()}.", commit(app.srcdir)]
    text = escape(" ".join(s for s in sentences if s))
    if STATUS in app.env.all_docs and page != STATUS:
        text += f' <a href="{app.builder.get_relative_uri(page, STATUS)}">All pages of this build</a>'
    context["theme_extra_footer"] = f'{context.get("theme_extra_footer", "")}<p class="stamp">{text}</p>'


def numbers_sentence(env: BuildEnvironment, page: str) -> str:
    """How many numbers of a page are executed, checked and typed."""
    shown, of_these = count(env, page)
    if not shown:
        return ""
    amount = f"{shown:,} numbers shown, {of_these:,} by code that tests check against something independent"
    return f"{amount}, {env.number_accounts[page]['typed']} typed."  # type: ignore[attr-defined] # kept by number_accounting


def count(env: BuildEnvironment, page: str) -> tuple[int, int]:
    """Executed numbers of a page, and those of them with a check behind them."""
    vouched = checked(env, page)
    amounts = [
        (len(numerals(r["text"])), r["id"] in vouched) for r in getattr(env, "executed_numbers", {}).get(page, ())
    ]
    return sum(n for n, _ in amounts), sum(n for n, good in amounts if good)


@cache
def versions() -> str:
    """Versions of what computed the numbers."""
    found = [f"labcode {labcode.__version__}", f"Python {platform.python_version()}"]
    for package, name in PACKAGES.items():
        try:
            found.append(f"{name} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


@cache
def commit(folder: Path) -> str:
    """The commit that was built and its date; nothing where there is no git."""
    try:
        run = [
            subprocess.check_output(["git", *words], cwd=folder, text=True, stderr=subprocess.DEVNULL) for words in GIT
        ]
    except (OSError, subprocess.CalledProcessError):
        return ""
    name, date = run[0].split()
    return f"Commit {name} of {date}{', with changes' if run[1].strip() else ''}."


GIT = (("log", "-1", "--format=%h %cs"), ("status", "--porcelain", "--untracked-files=no"))


class Placeholder(nodes.General, nodes.Element):
    """Where the table will stand, once every page has been executed."""


class StatusTable(SphinxDirective):
    """A row for each page that was executed."""

    def run(self) -> list[nodes.Node]:
        """Leave a place for it."""
        return [Placeholder()]


def fill_table(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the table in its place."""
    for place in list(doctree.findall(Placeholder)):
        place.replace_self(table(app, page))


def table(app: Sphinx, page: str) -> nodes.table:
    """Time, result and numbers of every executed page."""
    group = nodes.tgroup(cols=len(HEADER))
    group += [nodes.colspec(colwidth=1) for _ in HEADER]
    group += nodes.thead("", row(*(nodes.Text(name) for name in HEADER)))
    runs = {name: data["exec_data"] for name, data in app.env.nb_metadata.items() if data.get("exec_data")}  # type: ignore[attr-defined] # MyST-NB's
    body = nodes.tbody()
    root = app.config.root_doc
    for name in (name for name in (root, *app.env.toctree_includes.get(root, ())) if name in runs):
        result = "passed" if runs[name]["succeeded"] else str(runs[name]["error"])
        seconds = f"{runs[name]['runtime']:.2f} s" if runs[name]["runtime"] is not None else "–"
        title = nodes.reference("", app.env.titles[name].astext(), internal=True)
        title["refuri"] = app.builder.get_relative_uri(page, name)
        amounts = (*count(app.env, name), app.env.number_accounts[name]["typed"])  # type: ignore[attr-defined] # as above
        body += row(title, nodes.Text(seconds), nodes.Text(result), *(nodes.Text(f"{n:,}") for n in amounts))
    group += body
    return nodes.table("", group, classes=["colwidths-auto"])


def row(*cells: nodes.Node) -> nodes.row:
    """A row of a table."""
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The table changes whenever a page was executed."""
    return [STATUS] if STATUS in env.all_docs and getattr(env, "nb_new_exec_data", False) else []


def setup(app: Sphinx) -> dict[str, Any]:
    """The stamp, and the directive of the table."""
    app.setup_extension("traceability")
    app.setup_extension("number_accounting")
    app.add_node(Placeholder)
    app.add_directive("status-table", StatusTable)
    app.connect("doctree-resolved", fill_table)
    app.connect("env-updated", write_again)
    app.connect("html-page-context", add_stamp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
