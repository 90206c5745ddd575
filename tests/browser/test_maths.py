"""Maths, rendered by the build or by the browser: the same equation, and nothing that KaTeX does not understand."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.browser.session import Visitor
from tests.browser.test_pages import PAGES
from tests.build import build
from tests.test_book import build_page

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="the build renders maths where Node is at hand")

SAMPLES = r"""
In a sentence $y = W x$, and displayed:

$$
\frac{\partial L}{\partial W} = \sum_n g_n x_n^\top
$$ (gradient)

\begin{align}
a &= b + \sqrt{c} \\
\mathbf{z} &= \begin{bmatrix} \alpha & \beta \\ \gamma & \delta \end{bmatrix}
\end{align}

See {eq}`gradient`.

```{code-cell}
:tags: [remove-input]
from IPython.display import Math
Math(r"\text{left} \le \lfloor q \rfloor")
```
"""
LAYOUT = re.compile(
    r' (scriptlevel|displaystyle|stretchy|fence|separator|lspace|rspace|(row|column)spacing|(row|column)align)="[^"]*"'
)
# What each formula of a page looks like when the browser makes it of its TeX, beside what the page has.
BOTH_WAYS = """async () => {
    const { katex } = await new Promise((resolve) => {
        const script = document.createElement("script");
        script.src = "_static/katex/katex.min.js";
        script.onload = () => resolve(window);
        document.head.append(script);
    });
    return [...document.querySelectorAll(".tex")].map((element) => {
        const there = element.innerHTML;
        const tex = element.querySelector("annotation").textContent;
        element.innerHTML = katex.renderToString(tex, { displayMode: element.tagName === "DIV" });
        return [there, element.innerHTML];
    });
}"""
# Punctuation after short maths in a sentence that stands on another line than the maths.
ASTRAY = """() => [...document.querySelectorAll("article span.tex")].flatMap((maths) => {
    const bases = [...maths.querySelectorAll(".base")]; // between which a line may end
    const last = bases.at(-1)?.getBoundingClientRect();
    const block = maths.closest("p, li, dd, td, div");
    const texts = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    texts.currentNode = maths;
    let next = texts.nextNode();
    while (next && maths.contains(next)) next = texts.nextNode();
    if (!last || bases.length > 2 || !next || !/^[.,;:!?)]/.test(next.data)) return [];
    const range = document.createRange();
    range.setStart(next, 0);
    range.setEnd(next, 1);
    const mark = range.getBoundingClientRect();
    return mark.top < last.bottom && mark.bottom > last.top ? [] : [`${maths.textContent}${next.data.slice(0, 9)}`];
})"""
BOXES = """() => [...document.querySelectorAll(".tex")].map((e) => {
    const { width, height } = e.getBoundingClientRect();
    return [width, height, e.querySelectorAll("math").length, e.querySelector("annotation").textContent];
})"""


def boxes(site: Path, reader: Visitor, view: str) -> list[list[object]]:
    """Size, MathML and TeX of each formula of a one-page book."""
    with reader.open((site / "index.html").as_uri(), view) as visit:
        assert visit.faults == visit.foreign == []
        visit.page.evaluate("document.fonts.ready.then(() => 0)")
        assert visit.page.locator(".katex-error").count() == 0
        found: list[list[object]] = visit.page.evaluate(BOXES)
        return found


@needs_node
def test_a_page_looks_the_same_with_node_and_without(
    tmp_path: Path, reader: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites = {}
    for name in ("with", "without"):
        folder = tmp_path / name
        if name == "without":  # a PATH with nothing on it; the build adds Python's own folder
            monkeypatch.setenv("PATH", str(tmp_path))
        done = build_page(folder, SAMPLES)
        assert done.returncode == 0, done.stderr[-2000:]
        sites[name] = folder / "book" / "_build" / "html"
    html = {name: (site / "index.html").read_text(encoding="utf-8") for name, site in sites.items()}
    assert 'class="katex"' in html["with"]
    assert "katex.min.js" not in html["with"]
    assert 'class="katex"' not in html["without"]
    assert "katex.min.js" in html["without"]
    for view in ("light", "phone"):
        assert len(boxes(sites["with"], reader, view)) == 4
        assert boxes(sites["with"], reader, view) == boxes(sites["without"], reader, view)


@needs_node
def test_what_katex_does_not_understand_fails_the_build_by_page_and_line(tmp_path: Path) -> None:
    done = build_page(tmp_path, "Good $x$.\n\n$$\nx = \\nonsense\n$$\n")
    assert done.returncode != 0
    found = re.search(
        r"index\.md:(\d+): WARNING: maths: KaTeX parse error: Undefined control sequence: .nonsense", done.stderr
    )
    assert found, done.stderr[-2000:]
    assert int(found[1]) in (10, 11)  # docutils counts from the line before the block


@needs_node
def test_a_second_build_asks_node_for_nothing_that_it_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The formulas are kept: a Node that only fails is not asked, until there is a new formula."""
    assert build_page(tmp_path, "Here is $x$.\n").returncode == 0
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "node").write_text("#!/bin/sh\nexit 1\n")
    (fake / "node").chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake}:/usr/bin:/bin")
    page = tmp_path / "book" / "index.md"
    page.write_text(page.read_text().replace("Here is", "There is"))
    assert build(tmp_path).returncode == 0
    assert 'class="katex"' in (tmp_path / "book/_build/html/index.html").read_text()
    page.write_text(page.read_text().replace("$x$", "$x + y$"))
    assert build(tmp_path).returncode != 0


@needs_node
@pytest.mark.parametrize("page", PAGES)
def test_every_formula_is_what_the_browser_would_make_of_its_tex(page: str, address: str, reader: Visitor) -> None:
    """But for how the MathML is laid out, which nobody sees: the build leaves that away."""
    with reader.open(f"{address}/{page}.html") as visit:
        assert visit.page.locator("script[src*=katex]").count() == 0
        for there, made in visit.page.evaluate(BOTH_WAYS):
            assert there == LAYOUT.sub("", made)


@pytest.mark.parametrize("page", PAGES)
def test_no_line_begins_with_the_full_stop_after_maths(page: str, site: Path, reader: Visitor) -> None:
    with reader.open((site / f"{page}.html").as_uri(), "phone") as visit:
        for width in range(320, 440, 8):
            visit.page.set_viewport_size({"width": width, "height": 800})
            assert visit.page.evaluate(ASTRAY) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_formula_has_its_mathml(page: str, address: str, reader: Visitor) -> None:
    with reader.open(f"{address}/{page}.html") as visit:
        formulas, spoken = visit.page.locator(".tex").count(), visit.page.locator(".tex .katex-mathml > math").count()
        assert formulas == spoken
