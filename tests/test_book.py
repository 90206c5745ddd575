"""The build of the book: faults stop it and name page and line."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.build import build

ROOT = Path(__file__).parents[1]

# The parser counts the first line after a heading as one further down.
FRONT = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
# A page with faults
"""
FAULTS = {
    "a reference to nothing": ("{doc}`nowhere`", "index.md:8: WARNING: unknown document"),
    "an unknown role": ("{nonsense}`text`", "index.md:8: WARNING: Unknown interpreted text role"),
    "an expression that fails": ("```{code-cell}\nx = 1\n```\n\n{eval}`y`", "index.md:11: WARNING: NameError"),
    "a cell that raises": (
        "```{code-cell}\nraise ValueError('planted')\n```",
        "index.md:9: WARNING: a cell raised: ValueError: planted",
    ),
    "a drawing without words": (
        '```{code-cell}\nfrom IPython.display import HTML\nHTML(\'<svg role="img"><path d="M0 0"/></svg>\')\n```',
        'WARNING: a picture has no text alternative: <svg role="img">',
    ),
}


def build_page(folder: Path, page: str) -> subprocess.CompletedProcess[str]:
    """Build a book of one page with this book's own configuration."""
    book = folder / "book"
    shutil.copytree(ROOT / "book", book, ignore=shutil.ignore_patterns("_build", "*.md", "_toc.yml"))
    for toc in (book / "_toc.yml", folder / "_toc.yml"):
        toc.write_text("format: jb-book\nroot: index\n")
    shutil.copy(book / "_config.yml", folder / "_config.yml")
    (book / "index.md").write_text(FRONT + page, encoding="utf-8")
    return build(folder)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fails_the_build_and_is_named_by_page_and_line(fault: str, tmp_path: Path) -> None:
    page, place = FAULTS[fault]
    done = build_page(tmp_path, page)
    assert done.returncode != 0
    assert place in done.stdout + done.stderr


def test_a_page_without_a_fault_builds(tmp_path: Path) -> None:
    done = build_page(tmp_path, "```{code-cell}\nx = 20\n```\n\nThe value is {eval}`x + 1`.\n")
    assert done.returncode == 0, done.stderr[-2000:]
    page = (tmp_path / "book" / "_build" / "html" / "index.html").read_text(encoding="utf-8")
    assert re.search(r"The value is (<[^>]*>)*21\b", page)


def test_the_index_has_every_page_that_uses_a_term(site: Path) -> None:
    """Found by reading the written pages: a link into the glossary is a use."""
    index = (site / "genindex.html").read_text(encoding="utf-8")
    places = {
        entry[1]: set(re.findall(r'href="([\w-]+)\.html#index-', entry[2]))
        for entry in re.finditer(r'href="glossary\.html#(term-[^"]+)"(.*?)</li>', index, re.DOTALL)
    }
    uses: dict[str, set[str]] = {}
    for path in site.glob("*.html"):
        if path.stem not in ("glossary", "genindex"):
            for term in re.findall(r'href="glossary\.html#(term-[^"]+)"', path.read_text(encoding="utf-8")):
                uses.setdefault(term, set()).add(path.stem)
    assert len(uses) > 10
    assert {term: places[term] for term in uses} == uses
