"""Each page as a notebook and as a script, in the theme's download menu.

A page is written for MyST. Here what only MyST understands is put in what plain Markdown has: instead of an `{eval}`
stands what it showed, instead of a reference the title or number it leads to, and an answer is folded by HTML. The
cells stay as they are, hidden ones too, so that both files run from top to bottom.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from pathlib import Path
from typing import Any

from docutils import nodes
from executed import CLASS, visible
from sphinx.application import Sphinx

FOLDER = "_sources"  # where Sphinx puts the page as it was written
FORMATS = {"ipynb": "ipynb", "py": "py:percent"}
BUTTONS = {
    "ipynb": {"tooltip": "Download as a notebook", "icon": "fas fa-book", "label": "download-notebook-button"},
    "py": {"tooltip": "Download as a Python script", "icon": "fas fa-code", "label": "download-script-button"},
}
BLOCK = re.compile(
    r"^(?P<fence>:{3,}|`{3,})\{(?P<kind>[\w-]+)\} *(?P<title>[^\n]*)\n(?P<options>(?::[\w-]+:[^\n]*\n)*)"
    r"(?P<body>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
TARGET = re.compile(r"^\([\w-]+\)=\n", re.MULTILINE)
EQUATION = re.compile(r"\$\$(?P<tex>[^$]+)\$\$ \((?P<label>[\w-]+)\)")
SPAN = re.compile(  # a role, or code, in which nothing is a role
    r"\{(?P<role>[\w:]+)\}(?P<ticks>`+)(?P<text>.+?)(?P=ticks)(?!`)|(?P<plain>`+)[^`].*?(?P=plain)(?!`)", re.DOTALL
)
NAMED = re.compile(r"(?P<name>.*?)\s*<(?P<target>[^<>]+)>", re.DOTALL)
PICTURE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL)


class Plain:
    """Turns the Markdown of one page into plain Markdown.

    Parameters
    ----------
    app : Sphinx
        Knows titles and numbers.
    doctree : nodes.document
        The page, executed.
    """

    def __init__(self, app: Sphinx, doctree: nodes.document) -> None:
        self.env = app.env
        self.results: dict[str, deque[str]] = defaultdict(deque)
        for node in doctree.findall(nodes.Element):
            if CLASS in node.get("classes", ()) and node.get("nb_element") is None:
                self.results[node["expression"]].append(markdown(node).strip())

    def __call__(self, text: str) -> str:
        """One cell of text."""
        text = BLOCK.sub(block, TARGET.sub("", text))  # first, or their fences would be taken for code
        text = SPAN.sub(self._span, text)
        return EQUATION.sub(lambda m: f"$${m['tex'].rstrip()} \\tag{{{self._number(m['label'])}}}\n$$", text)

    def _span(self, match: re.Match[str]) -> str:
        role, text = match["role"], match["text"]
        if role is None:
            return match[0]
        if role == "eval":
            return self.results[text].popleft() if self.results[text] else f"`{text}`"
        if role == "given":
            return str(text).split(" because ")[0]
        if role == "eq":
            return f"({self._number(text)})"
        named = NAMED.fullmatch(text)
        if role == "doc":
            return self._page(named["target"] if named else text, named and named["name"])
        return str(named["name"]) if named else text

    def _number(self, label: str) -> str:
        page = self.env.get_domain("math").equations[label][0]  # type: ignore[attr-defined] # of that domain
        number = self.env.toc_fignumbers[page]["displaymath"][nodes.make_id(f"equation-{label}")]
        return ".".join(map(str, number))

    def _page(self, page: str, name: str | None) -> str:
        title = name or self.env.titles[page].astext()
        is_notebook = "kernelspec" in self.env.metadata[page]
        return f"[{title}]({page}.ipynb)" if is_notebook else f"*{title}*"


def markdown(node: nodes.Node) -> str:
    """What an executed expression showed."""
    if isinstance(node, nodes.math):
        return f"${node.astext()}$"
    if isinstance(node, nodes.math_block):
        return f"$${node.astext()}$$"
    if isinstance(node, nodes.raw):
        title = PICTURE.search(node.astext())
        return f"[{title[1]}]" if title else " ".join(visible(node.astext()).split())
    if isinstance(node, nodes.Text):
        return node.astext()
    inside = "".join(markdown(child) for child in node.children)
    return f"`{inside}`" if isinstance(node, nodes.literal) else inside


def block(match: re.Match[str]) -> str:
    """A directive: folded, or under its title."""
    title, body = match["title"].strip(), match["body"].strip()
    if match["kind"] == "dropdown" or "dropdown" in match["options"]:
        return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"
    if match["kind"] == "code-block":
        return f"```{title}\n{body}\n```"
    return "\n\n".join(part for part in (f"**{title}**" if title else "", body) if part)


def write_sources(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Write a page with cells in both formats, and offer them."""
    if doctree is None or "kernelspec" not in app.env.metadata[page]:
        return
    import jupytext  # only a build that writes pages waits for it

    notebook = jupytext.reads(Path(app.env.doc2path(page)).read_text(encoding="utf-8"), fmt="md:myst")
    plain = Plain(app, doctree)
    kernel = notebook.metadata["kernelspec"]
    notebook.metadata = type(notebook.metadata)(kernelspec=kernel)
    for place, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{place}"  # the same in every build
        if cell.cell_type == "markdown":
            cell.source = plain(cell.source)
        elif cell.cell_type == "code" and "remove-input" in cell.metadata.get("tags", ()):
            cell.metadata["jupyter"] = {"source_hidden": True}
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, kind in FORMATS.items():
        (folder / f"{page}.{suffix}").write_text(jupytext.writes(notebook, fmt=kind), encoding="utf-8")
    offer(page, context)


def offer(page: str, context: dict[str, Any]) -> None:
    """Put both files first in the download menu."""
    for menu in context.get("header_buttons", ()):
        if menu["label"] == "download-buttons":
            links = [
                {"type": "link", "url": f"{context['pathto'](FOLDER, 1)}/{page}.{suffix}", "text": f".{suffix}", **look}
                for suffix, look in BUTTONS.items()
            ]
            menu["buttons"] = [*links, *menu["buttons"]]


def setup(app: Sphinx) -> dict[str, bool]:
    """After the theme has made its menu."""
    app.setup_extension("executed")
    app.connect("html-page-context", write_sources, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
