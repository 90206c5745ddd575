"""Pages as notebooks and as scripts: offered, in plain Markdown, and running from top to bottom."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from hypothesis import settings
from nbclient import NotebookClient

from tests.browser.test_pages import BOOK, PAGES

WITH_CELLS = [page for page in PAGES if "{code-cell}" in (BOOK / f"{page}.md").read_text(encoding="utf-8")]
# All pages take a minute or two: every night; on every run the one with torch, a graph and numbered equations.
RUN = WITH_CELLS if settings.get_current_profile_name() == "nightly" else ["2-graph"]
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)


class Links(HTMLParser):
    """Addresses of a page's download menu."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "a" and "btn-download" in (named.get("class") or ""):
            self.found.append(str(named["href"]))


def notebook(site: Path, page: str) -> nbformat.NotebookNode:
    return nbformat.read(site / "_sources" / f"{page}.ipynb", as_version=4)


@pytest.mark.parametrize("page", WITH_CELLS)
def test_the_menu_offers_files_that_exist(page: str, site: Path) -> None:
    links = Links(site / f"{page}.html").found
    assert [Path(link).suffix for link in links] == [".ipynb", ".py", ".md"]
    assert all((site / link).is_file() for link in links)


@pytest.mark.parametrize("page", WITH_CELLS)
def test_no_syntax_is_left_that_only_myst_reads(page: str, site: Path) -> None:
    cells = notebook(site, page).cells
    text = "\n".join(CODE.sub("", cell.source) for cell in cells if cell.cell_type == "markdown")
    assert not re.findall(r"(?<![\\\w}^_])\{[a-z][\w:-]+\}|^:::.*|^\([\w-]+\)=|^```\{.*", text, re.MULTILINE)
    assert not re.findall(r"\{(?:eval|given|doc|eq|ref|term|cite\S*)\}.*", "\n".join(c.source for c in cells))
    reasons = re.findall(r"\{given\}`[^`]*( because [^`]*)`", (BOOK / f"{page}.md").read_text(encoding="utf-8"))
    assert [reason for reason in reasons if reason in text] == []
    html = (site / f"{page}.html").read_text(encoding="utf-8")
    assert re.findall(r"\\tag\{(\d+)\}", text) == re.findall(r'class="eqno">\((\d+)\)', html)


@pytest.mark.parametrize("page", WITH_CELLS)
def test_both_files_hold_the_cells_of_the_page(page: str, site: Path) -> None:
    source = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    written = re.findall(r"^```\{code-cell\}[^\n]*\n(?::[^\n]*\n)*\n?(.*?)^```$", source, re.MULTILINE | re.DOTALL)
    cells = [cell.source.strip() for cell in notebook(site, page).cells if cell.cell_type == "code"]
    assert cells == [cell.strip() for cell in written]
    script = (site / "_sources" / f"{page}.py").read_text(encoding="utf-8")
    assert all(cell in script for cell in cells if not cell.startswith(("%", "!")))


def test_what_was_executed_stands_in_the_text(site: Path) -> None:
    (text,) = (cell.source for cell in notebook(site, "1-layers").cells if "We will\nneed" in cell.source)
    assert r"has shape $\displaystyle 3 \times 3$" in text
    assert "convolution with stride 1 and padding 0" in text
    cost = "\n".join(cell.source for cell in notebook(site, "4-cost").cells)
    assert "<summary>Solution</summary>" in cost
    assert "2·MAC" in cost


@pytest.mark.parametrize("page", RUN)
def test_a_script_runs_in_any_folder(page: str, site: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(site / "_sources" / f"{page}.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")  # of the Jupyter client's own making
@pytest.mark.parametrize("page", RUN)
def test_a_notebook_runs_in_a_fresh_kernel(page: str, site: Path, tmp_path: Path) -> None:
    opened = notebook(site, page)
    NotebookClient(opened, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert any(cell.get("outputs") for cell in opened.cells)
