"""What the book's way of running pages costs, beside a stock build of the same pages and beside the least possible.

The least possible is Sphinx alone, nothing executed, plus all code once in one process. Each time is of a whole
`jupyter-book build` from nothing, the shortest of several, contenders taking turns.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
SIZES = (6, 12, 24)
KINDS = {"NumPy": "import numpy as np", "PyTorch": "import numpy as np\nimport torch"}  # on every page
CELLS = 15
ALLOWED = 1.4  # times the least possible
JUPYTER_BOOK = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", "book/"]
FRONT = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""
STOCK = """title: Pages
only_build_toc_files: true
execute: {execute_notebooks: inline}
sphinx:
  config: {nb_eval_name_regex: ".*"}
"""
CONFIGS = {
    "the book's way": f"{STOCK}  local_extensions: {{execution: _ext}}\n",
    "stock": STOCK,
    "Sphinx alone": STOCK.replace("inline", '"off"'),
}
ONCE = """
import sys, time
pages = [page.split("\\f") for page in sys.stdin.read().split("\\v")]
start = time.perf_counter()
for page in pages:
    names = {}
    for code in page:
        exec(code, names)
print(time.perf_counter() - start)
"""


def page(number: int, imports: str) -> list[str]:
    """Code of a page: light cells, each on what was before it."""
    first = f"{imports}\nimport labcode as lc\nx = np.arange({number + 9.0}).reshape(1, -1)\nw = np.ones((1, 3))"
    return [first, *(f"y = lc.conv1d(x[0], w[0] * {i})\ny.sum(), y.shape" for i in range(1, CELLS))]


def text(number: int, code: list[str], execute: bool) -> str:
    """A page: each cell after a sentence that shows a number."""
    cells = (f"```{{code-cell}}\n{cell}\n```\n\nSentence {i}: {{eval}}`x.size + {i}`.\n" for i, cell in enumerate(code))
    whole = f"{FRONT}# Page {number}\n\n" + "\n".join(cells)
    return whole if execute else whole.replace("{eval}", "")


def seconds_of_build(config: str, pages: list[list[str]]) -> float:
    """Time of a build from nothing."""
    with TemporaryDirectory() as folder:
        book = Path(folder) / "book"
        shutil.copytree(ROOT / "book" / "_ext" / "execution", book / "_ext" / "execution")
        names = ["index", *(f"page{i}" for i in range(1, len(pages)))]
        for i, (name, code) in enumerate(zip(names, pages, strict=True)):
            (book / f"{name}.md").write_text(text(i, code, config != "Sphinx alone"), encoding="utf-8")
        (book / "_config.yml").write_text(CONFIGS[config], encoding="utf-8")
        chapters = "".join(f"  - file: {name}\n" for name in names[1:])
        (book / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{chapters}", encoding="utf-8")
        start = perf_counter()
        done = subprocess.run(JUPYTER_BOOK, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        seconds = perf_counter() - start
        if done.returncode or "WARNING" in done.stderr:
            raise RuntimeError(f"the build of {config!r} failed: {done.stderr[-2000:]}")
        return seconds


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def seconds_of_code(pages: list[list[str]]) -> float:
    """Time of all code in one process that has started already."""
    stdin = "\v".join("\f".join(code) for code in pages)
    command = [sys.executable, "-c", ONCE]
    return float(
        subprocess.run(command, input=stdin, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout
    )


def everything(repeats: int = 3) -> list[dict[str, Any]]:
    """A row for each kind and number of pages; the stock build, the slowest by far, only once."""
    return list(rows(repeats))


def rows(repeats: int) -> Iterator[dict[str, Any]]:
    """Measure."""
    for kind, imports in KINDS.items():
        for size in SIZES:
            pages = [page(i, imports) for i in range(size)]
            samples: dict[str, list[float]] = {}
            for i in range(repeats):
                for config in CONFIGS if i == 0 else (c for c in CONFIGS if c != "stock"):
                    samples.setdefault(config, []).append(seconds_of_build(config, pages))
                samples.setdefault("code once", []).append(seconds_of_code(pages))
            yield {"kind": kind, "pages": size, "seconds": {name: min(times) for name, times in samples.items()}}


def ratios(row: dict[str, Any]) -> tuple[float, float]:
    """The stock build as a multiple of the book's way; the book's way as a multiple of the least possible."""
    seconds = row["seconds"]
    least = seconds["Sphinx alone"] + seconds["code once"]
    return seconds["stock"] / seconds["the book's way"], seconds["the book's way"] / least


def table(results: list[dict[str, Any]]) -> str:
    """A Markdown table."""
    names = [*CONFIGS, "code once"]
    lines = [["pages", *(f"{n}, s" for n in names), "stock / ours", f"ours / least (at most {ALLOWED})"]]
    lines += [["---", *["--:"] * (len(lines[0]) - 1)]]
    for row in results:
        times = [f"{row['seconds'][name]:.2f}" for name in names]
        lines.append([f"{row['pages']}, {row['kind']}", *times, *(f"{r:.2f}" for r in ratios(row))])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def write(results: list[dict[str, Any]]) -> None:
    """Write build.json and build.md into the folder of results."""
    (RESULTS / "build.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (RESULTS / "build.md").write_text(table(results) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(everything())
    print(table(json.loads((RESULTS / "build.json").read_text(encoding="utf-8"))))
