"""What the book's way of running pages costs, beside a stock build of the same pages and beside the least possible.

The least possible is Sphinx plus all code once in one process: Sphinx with the outputs at hand, which it has to set
like everybody, or, stricter, with no outputs at all. Each time is of a whole `jupyter-book build` from nothing, the
shortest of several, contenders taking turns.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
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
OURS, AT_HAND, NO_OUTPUTS, ONCE = "the book's way", "Sphinx, outputs at hand", "Sphinx, no outputs", "code once"
CONFIGS = {
    OURS: f"{STOCK}  local_extensions: {{execution: _ext}}\n",
    "stock": STOCK,
    NO_OUTPUTS: STOCK.replace("inline", '"off"'),
}
PROGRAM = """
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


def seconds_of_builds(config: str, pages: list[list[str]]) -> dict[str, float]:
    """Time of a build from nothing; after one of the book's way, also of one that finds the outputs in the store."""
    with TemporaryDirectory() as folder:
        book = Path(folder) / "book"
        shutil.copytree(ROOT / "book" / "_ext" / "execution", book / "_ext" / "execution")
        names = ["index", *(f"page{i}" for i in range(1, len(pages)))]
        for i, (name, code) in enumerate(zip(names, pages, strict=True)):
            (book / f"{name}.md").write_text(text(i, code, config != NO_OUTPUTS), encoding="utf-8")
        (book / "_config.yml").write_text(CONFIGS[config], encoding="utf-8")
        chapters = "".join(f"  - file: {name}\n" for name in names[1:])
        (book / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{chapters}", encoding="utf-8")
        times = {config: seconds_of_build(folder)}
        if config == OURS:
            shutil.rmtree(book / "_build" / "html")
            shutil.rmtree(book / "_build" / ".doctrees")
            times[AT_HAND] = seconds_of_build(folder)
        return times


def seconds_of_build(folder: str) -> float:
    """Time of a build."""
    start = perf_counter()
    done = subprocess.run(JUPYTER_BOOK, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    seconds = perf_counter() - start
    if done.returncode or ": WARNING:" in done.stderr:
        raise RuntimeError(f"the build failed: {done.stderr[-2000:]}")
    return seconds


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def seconds_of_code(pages: list[list[str]]) -> float:
    """Time of all code in one process that has started already."""
    stdin = "\v".join("\f".join(code) for code in pages)
    command = [sys.executable, "-c", PROGRAM]
    return float(
        subprocess.run(command, input=stdin, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout
    )


def everything(repeats: int = 2) -> list[dict[str, Any]]:
    """A row for each kind and number of pages; the stock build, the slowest by far, only once."""
    return list(rows(repeats))


def rows(repeats: int) -> Iterator[dict[str, Any]]:
    """Measure."""
    for kind, imports in KINDS.items():
        for size in SIZES:
            pages = [page(i, imports) for i in range(size)]
            samples: defaultdict[str, list[float]] = defaultdict(list)
            for i in range(repeats):
                for config in CONFIGS if i == 0 else (c for c in CONFIGS if c != "stock"):
                    for name, seconds in seconds_of_builds(config, pages).items():
                        samples[name].append(seconds)
                samples[ONCE].append(seconds_of_code(pages))
            yield {"kind": kind, "pages": size, "seconds": {name: min(times) for name, times in samples.items()}}


def ratios(row: dict[str, Any]) -> tuple[float, float, float]:
    """The stock build as a multiple of the book's way; that as a multiple of the least possible, loose and strict."""
    seconds = row["seconds"]
    loose, strict = (seconds[OURS] / (seconds[name] + seconds[ONCE]) for name in (AT_HAND, NO_OUTPUTS))
    return seconds["stock"] / seconds[OURS], loose, strict


def table(results: list[dict[str, Any]]) -> str:
    """A Markdown table."""
    names = [OURS, "stock", AT_HAND, NO_OUTPUTS, ONCE]
    compared = ["stock / ours", f"ours / (outputs at hand + code), at most {ALLOWED}", "ours / (no outputs + code)"]
    lines = [["pages", *(f"{name}, s" for name in names), *compared]]
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
