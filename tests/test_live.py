"""What a built page carries so that its cells can run in it."""

from __future__ import annotations

import hashlib
import re
from html import unescape
from pathlib import Path

import pytest

from tests.build import CHAPTER
from tests.test_traceability import data_of

LIVE = Path(__file__).parents[1] / "book" / "_assets" / "live"
# thebe-core.min.js of the npm package thebe-core 0.5.0, the one that thebe 0.9.3 asks for
THEBE_CORE = "9644357c10234e70c4b4da0d7bf4c5fbe9971ccec455e351516ad7dc52b5bc66"
HOSTS = {"first-host.invalid": "cdnjs.cloudflare.com", "second-host.invalid": "cdn.jsdelivr.net"}
INPUT = re.compile(r'id="cell-(\d+)">\s*<div class="cell_input.*?<pre>(.*?)</pre>', re.DOTALL)


def test_the_vendored_script_is_the_published_one() -> None:
    """Unchanged but for hosts of parts that are never asked for, so that they cannot be."""
    text = (LIVE / "thebe-core" / "thebe-core.min.js").read_text(encoding="utf-8")
    for ours, theirs in HOSTS.items():
        assert ours in text
        text = text.replace(ours, theirs)
    assert hashlib.sha256(text.encode()).hexdigest() == THEBE_CORE
    assert "Executable Books Project" in (LIVE / "thebe-core" / "LICENSE").read_text()


@pytest.mark.parametrize("page", CHAPTER)
def test_the_number_of_a_cell_leads_to_its_source(page: str, site: Path) -> None:
    html = (site / f"{page}.html").read_text(encoding="utf-8")
    cells = data_of(html, "executed", site)["cells"]
    shown = INPUT.findall(html)
    assert shown
    for place, source in shown:
        assert unescape(re.sub("<[^>]+>", "", source)).strip() == cells[int(place)].strip()


def test_only_pages_with_cells_load_the_button_and_only_it(site: Path) -> None:
    for page in site.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        loaded = re.findall(r'src="_static/live/([\w.-]+)', html)
        assert loaded == (["start.js"] if 'id="executed"' in html else []), page.name
        assert "thebe" not in "".join(re.findall('<(?:script|link)[^>]* (?:src|href)="([^"]*)', html)), page.name
