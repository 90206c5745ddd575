"""Maths by KaTeX from files beside the page, so that it reads offline.

The page carries the TeX; `maths.js` replaces it by KaTeX's HTML and MathML when the page opens.
(sphinxcontrib-katex 0.9.11 ships no auto-render script and leaves amsmath blocks as raw TeX.)
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

# The script reads `katex` when it runs: the order of the files is the order of loading.
SCRIPTS = ("katex/katex.min.js", "maths.js")


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Inline maths: its TeX in a span."""
    self.body.append(self.starttag(node, "span", "", CLASS="tex"))
    self.body.append(self.encode(node.astext()) + "</span>")
    raise nodes.SkipNode


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Displayed maths: its TeX in a div, after its number if it has one."""
    self.body.append(self.starttag(node, "div", "", CLASS="equation"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    # Sphinx numbers the block; KaTeX's align would number each line once more.
    tex = re.sub(r"\\(begin|end)\{(align|gather|equation)\}", r"\\\1{\2*}", node.astext())
    if "\\\\" in tex and "\\begin" not in tex:
        tex = f"\\begin{{aligned}}{tex}\\end{{aligned}}"
    self.body.append(f'<div class="tex" tabindex="0">{self.encode(tex)}</div></div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """A renderer named katex, its style sheet and scripts."""
    app.add_html_math_renderer("katex", (visit_math, None), (visit_math_block, None))
    app.add_css_file("katex/katex.min.css")
    for script in SCRIPTS:
        app.add_js_file(script, loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
