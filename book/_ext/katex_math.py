"""Maths by KaTeX from files beside the page, so that it reads offline.

Where Node is at hand, the build itself writes KaTeX's HTML and MathML into the pages, and these need no script. Where
it is not, a page carries the TeX, and `maths.js` does the same when the page opens.
(sphinxcontrib-katex 0.9.11 ships no auto-render script and leaves amsmath blocks as raw TeX.)
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

KATEX = Path(__file__).parents[1] / "_assets" / "katex" / "katex.min.js"
SERVER = Path(__file__).with_suffix(".js")  # what Node runs
# The script reads `katex` when it runs: the order of the files is the order of loading.
PUNCTUATION = re.compile(r"[.,;:!?)’”]+")
SCRIPTS = ("katex/katex.min.js", "maths.js")

logger = logging.getLogger(__name__)


class Prerenderer:
    """KaTeX in one Node process, started for the first formula that is not among those kept from earlier builds.

    Parameters
    ----------
    folder : Path
        Where the formulas are kept, beside the doctrees.
    """

    def __init__(self, folder: Path) -> None:
        self.node = shutil.which("node")
        made_by = KATEX.read_bytes() + SERVER.read_bytes()
        self.kept = folder / f"katex-{sha256(made_by).hexdigest()[:16]}.json"
        self.html: dict[str, str] = {}
        if self.node and self.kept.exists():
            self.html = json.loads(self.kept.read_text(encoding="utf-8"))
        self._process: subprocess.Popen[str] | None = None

    def render(self, tex: str, display: bool, node: nodes.Node) -> str | None:
        """HTML and MathML of a formula; None without Node, or with a warning for what KaTeX does not understand."""
        if self.node is None:
            return None
        asked = json.dumps([tex, display])
        if asked not in self.html:
            answer = self._ask(self.node, asked)
            if "error" in answer:
                logger.warning("maths: %s", answer["error"], location=node)
                return None
            self.html[asked] = answer["html"]
        return self.html[asked]

    def _ask(self, node: str, asked: str) -> dict[str, str]:
        if self._process is None:
            command = [node, str(SERVER), str(KATEX)]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{asked}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer: dict[str, str] = json.loads(line) if line else {"error": "Node has ended"}
        return answer

    def close(self) -> None:
        """Keep the formulas for the next build, and let Node end."""
        if self._process is not None:
            self._process.communicate()
            self._process = None
            self.kept.write_text(json.dumps(self.html), encoding="utf-8")


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Inline maths: in a span."""
    self.body.append(self.starttag(node, "span", "", CLASS="tex"))
    self.body.append(_rendered(self, node, node.astext(), display=False) + "</span>")
    raise nodes.SkipNode


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Displayed maths: in a div, after its number if it has one."""
    self.body.append(self.starttag(node, "div", "", CLASS="equation"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    # Sphinx numbers the block; KaTeX's align would number each line once more.
    tex = re.sub(r"\\(begin|end)\{(align|gather|equation)\}", r"\\\1{\2*}", node.astext())
    if "\\\\" in tex and "\\begin" not in tex:
        tex = f"\\begin{{aligned}}{tex}\\end{{aligned}}"
    self.body.append(f'<div class="tex" tabindex="0">{_rendered(self, node, tex, display=True)}</div></div>')
    raise nodes.SkipNode


def _rendered(self: HTML5Translator, node: nodes.Node, tex: str, display: bool) -> str:
    """KaTeX's HTML, or the TeX for the page's own script."""
    html = self.builder.app.katex.render(tex, display, node)
    return self.encode(tex) if html is None else html


def keep_punctuation(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """A full stop after inline maths stays with it: browsers would let it begin the next line."""
    for text in list(doctree.findall(nodes.Text)):
        before = (
            next(i for i, child in enumerate(text.parent.children) if child is text) - 1
        )  # `index` takes an equal one
        found = PUNCTUATION.match(text.astext())
        if found and before >= 0 and _ends_in_maths(text.parent[before]):
            kept = nodes.inline(classes=["kept"])
            kept += [text.parent[before].deepcopy(), nodes.Text(found[0])]
            rest = [nodes.Text(text.astext()[found.end() :])]
            text.parent[before : before + 2] = [kept, *rest]


def _ends_in_maths(node: nodes.Node) -> bool:
    if isinstance(node, nodes.inline) and node.children:
        return _ends_in_maths(node.children[-1])
    return isinstance(node, nodes.math)


def start(app: Sphinx) -> None:
    """One renderer for the whole build."""
    app.katex = Prerenderer(Path(app.doctreedir))  # type: ignore[attr-defined] # ours, for the time of the build


def add_scripts(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """The scripts for a page that carries TeX."""
    if 'class="tex"' in context.get("body", "") and app.katex.node is None:  # type: ignore[attr-defined] # as above
        for script in SCRIPTS:
            app.add_js_file(script, loading_method="defer")


def finish(app: Sphinx, exception: Exception | None) -> None:
    """No Node process outlives the build."""
    app.katex.close()  # type: ignore[attr-defined] # as above


def setup(app: Sphinx) -> dict[str, bool]:
    """A renderer named katex, its style sheet, and scripts where the build could not do their work."""
    app.add_html_math_renderer("katex", (visit_math, None), (visit_math_block, None))
    app.add_css_file("katex/katex.min.css")
    app.connect("builder-inited", start)
    app.connect("doctree-resolved", keep_punctuation, priority=900)  # after all that looks at words
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": False}  # one process answers one question at a time
