"""What a page costs its reader, beside a stock page of the same text: Lighthouse on a phone's profile.

Both are built here and served compressed from this machine. The stock page asks other hosts for its maths, its icons'
script comes with it; where these hosts cannot be reached, it does without them and looks the lighter for it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from benchmarks.build import ENVIRONMENT, JUPYTER_BOOK, RESULTS, ROOT
from tools.static import serving

PAGE = "2-graph"
REPEATS = 5
LIGHTHOUSE = "lighthouse@12.2.3"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LIVE = "from the press of Live to a kernel that answers, s"
PATIENCE = 60_000  # milliseconds
TIMES = {
    "first-contentful-paint": "first paint, s",
    "largest-contentful-paint": "largest paint, s",
    "interactive": "ready, s",
}
STOCK = """title: Pages
only_build_toc_files: true
execute: {execute_notebooks: inline}
parse: {myst_enable_extensions: [amsmath, attrs_inline, colon_fence, deflist, dollarmath, substitution]}
sphinx: {config: {nb_eval_name_regex: ".*", nb_render_markdown_format: myst}}
"""


def everything() -> dict[str, dict[str, float]]:
    """Medians for the book's page and the stock one."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        subprocess.run([*JUPYTER_BOOK], cwd=ROOT, env=ENVIRONMENT, capture_output=True, check=True)
        tool = install(place)
        sites = {"ours": ROOT / "book" / "_build" / "html", "stock": stock(place)}
        results = {name: measured(tool, site) for name, site in sites.items()}
        results["ours"][LIVE] = median(kernel() for _ in range(REPEATS))
        return results


def stock(folder: Path) -> Path:
    """A book of the one page, its text as it is, with nothing of this book's own."""
    book = folder / "book"
    book.mkdir()
    text = (ROOT / "book" / f"{PAGE}.md").read_text(encoding="utf-8")
    text = re.sub(r"\{given\}`\*?(.*?)\*? because[^`]*`", r"\1", text)  # a role of this book's
    text = re.sub(r"\{(doc|ref|eq|term)\}`(?:.*<)?([^`>]*)>?`", r"\2", text)
    (book / f"{PAGE}.md").write_text(text, encoding="utf-8")
    (book / "_config.yml").write_text(STOCK, encoding="utf-8")
    (book / "_toc.yml").write_text(f"format: jb-book\nroot: {PAGE}\n", encoding="utf-8")
    subprocess.run(JUPYTER_BOOK, cwd=folder, env=ENVIRONMENT, capture_output=True, check=True)
    return book / "_build" / "html"


def install(folder: Path) -> Path:
    """Lighthouse, in a folder of its own."""
    subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), LIGHTHOUSE],
        capture_output=True,
        check=True,
    )
    return folder / "node_modules" / ".bin" / "lighthouse"


def measured(tool: Path, site: Path) -> dict[str, float]:
    """Medians of several runs: requests, bytes, scores, layout shift, times."""
    with serving(site) as address:
        runs = [run(tool, f"{address}/{PAGE}.html") for _ in range(REPEATS)]
    return {key: median(one[key] for one in runs) for key in runs[0]}


def run(tool: Path, url: str) -> dict[str, float]:
    """One run of Lighthouse."""
    from tests.browser.chromium import FLAGS, ensure

    flags = f"--chrome-flags={' '.join(FLAGS)}"
    command = [str(tool), url, "--output=json", "--quiet", flags]
    environment = {**ENVIRONMENT, "CHROME_PATH": ensure()}
    report: dict[str, Any] = json.loads(
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    )
    audits = report["audits"]
    requests = [r for r in audits["network-requests"]["details"]["items"] if r["url"].startswith("http")]
    scores = {name: 100 * (report["categories"][name]["score"] or 0) for name in CATEGORIES}
    return {
        **scores,
        "requests": len(requests),
        "kB raw": sum(r.get("resourceSize", 0) for r in requests) / 1000,
        "kB sent": sum(r.get("transferSize", 0) for r in requests) / 1000,
        "layout shift": audits["cumulative-layout-shift"]["numericValue"],
        **{title: audits[name]["numericValue"] / 1000 for name, title in TIMES.items()},
    }


def kernel() -> float:
    """Seconds from the press of Live on `make live`'s page until its kernel has run the cells that set it up."""
    from playwright.sync_api import expect, sync_playwright  # not for those who only show the results

    from tests.browser.chromium import FLAGS, ensure

    command = [sys.executable, "-m", "tools.live", "--no-browser"]
    with Popen(command, cwd=ROOT, stdout=PIPE, text=True) as process, sync_playwright() as play:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        page = play.chromium.launch(executable_path=ensure(), args=FLAGS).new_page()
        page.goto(address.replace("index", PAGE))
        start = perf_counter()
        page.get_by_role("button", name="Live").click()
        expect(page.locator("#live-bar")).to_have_attribute("data-state", "ready", timeout=PATIENCE)
        seconds = perf_counter() - start
        process.terminate()
        return seconds


def table(results: dict[str, dict[str, float]]) -> str:
    """A Markdown table, a row for each quantity."""
    lines = [["quantity", *results], [":--", *["--:"] * len(results)]]
    for key in next(iter(results.values())):
        digits = 3 if key == "layout shift" else 1 if key.endswith(", s") else 0
        lines.append([key, *(f"{one[key]:,.{digits}f}" if key in one else "—" for one in results.values())])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def load() -> dict[str, dict[str, float]]:
    """The results of the last run."""
    found: dict[str, dict[str, float]] = json.loads((RESULTS / "page.json").read_text(encoding="utf-8"))
    return found


def write(results: dict[str, dict[str, float]]) -> None:
    """Write page.json and page.md into the folder of results."""
    (RESULTS / "page.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "page.md").write_text(table(results) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if shutil.which("npm") is None:
        raise SystemExit("Lighthouse needs Node and npm")
    write(everything())
    print(table(load()))
