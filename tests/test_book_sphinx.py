"""The book built by Sphinx itself, from the same sources and settings."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.build import CHAPTER

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site_of_sphinx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sphinx")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-n",
        "-W",
        "--keep-going",
        "-c",
        "tools/sphinx",
        "book",
        str(folder),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def text(page: Path) -> str:
    """The words of a page's article, without its stamp, which tells the time of the build."""
    html = re.sub(r"<script.*?</script>|<footer.*", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    article = re.search(r"<article.*?</article>", html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", article[0] if article else "").split())


@pytest.mark.parametrize("page", [*CHAPTER, "errata", "lab-sheet", "index"])
def test_the_pages_say_the_same(site: Path, site_of_sphinx: Path, page: str) -> None:
    """`site` is what Jupyter Book made."""
    said = text(site_of_sphinx / f"{page}.html")
    assert len(said) > 500
    assert said == text(site / f"{page}.html")
