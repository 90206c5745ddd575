"""What pages have shown when they were last run, and whether they would show the same today."""

from __future__ import annotations

import ast
import io
import json
import os
import platform
import re
import site
import sys
import tokenize
from hashlib import sha256
from pathlib import Path
from typing import Any, TypedDict

from nbformat import NotebookNode

from .traces import fingerprint

EVAL = re.compile(
    r"\{eval[^}\n]*\}(?P<ticks>`+)(?P<role>[^`]+)(?P=ticks)|^ *[`:]{3,}\{eval[^}\n]*\}(?P<block>.+)", re.M
)
LAYOUT = (tokenize.COMMENT, tokenize.NL)


class Answer(TypedDict):
    """What a piece of code has shown."""

    source: str
    numbered: bool  # a cell; else an expression in a sentence
    outputs: list[dict[str, Any]]


class Run(TypedDict):
    """One run of a page."""

    code: list[str]  # all cells and expressions, in the order of the page
    meanings: list[str]  # the same, as far as Python understands it
    environment: str
    files: dict[str, str]  # own modules and data that were used, with their fingerprints
    reads_cells: bool  # whether the page looks at the text of its own cells
    answers: list[Answer]
    seconds: float
    ended: float


class Store:
    """The last run of each page, a file each.

    Parameters
    ----------
    folder : Path
        Where the runs are kept.
    environment : str
        Hash of all that holds for every page; runs in another environment count for nothing.
    """

    def __init__(self, folder: Path, environment: str) -> None:
        self.folder, self.environment = folder, environment

    def path(self, page: str) -> Path:
        """Where a page's run is."""
        return self.folder / f"{page}.json"

    def load(self, page: str) -> Run | None:
        """The last run of a page, if everything that it used is still as it was."""
        try:
            run: Run = json.loads(self.path(page).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        same = run["environment"] == self.environment
        return run if same and all(fingerprint(path) == known for path, known in run["files"].items()) else None

    def save(self, page: str, run: Run) -> None:
        """Keep a run; nobody ever sees half of it."""
        path = self.path(page)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(f".{os.getpid()}")
        half.write_text(json.dumps(run), encoding="utf-8")
        half.replace(path)

    def forget(self, page: str) -> None:
        """The last run failed: run again next time."""
        self.path(page).unlink(missing_ok=True)


def replays(run: Run, code: list[str]) -> bool:
    """Whether a run was one of this code: comments may differ, unless the page looks at its own text."""
    return run["code"] == code if run["reads_cells"] else run["meanings"] == [meaning(text) for text in code]


def code_of(notebook: NotebookNode) -> list[str]:
    """Cells, each with what decides whether it runs, and the expressions in sentences, in the order of the page."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found += [cell.source, " ".join(sorted(set(cell.metadata.get("tags", [])) & {"skip-execution"}))]
        else:
            found += [match["role"] or match["block"].strip() for match in EVAL.finditer(cell.source)]
    return found


def meaning(source: str) -> str:
    """Python's tokens without comments and empty lines; what is not plain Python stands for itself."""
    try:
        ast.parse(source)
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        return repr([(token.type, token.string) for token in tokens if token.type not in LAYOUT])
    except (SyntaxError, ValueError):
        return source


def environment(root: Path, extensions: Path) -> str:
    """Hash of what every page depends on: pinned and installed versions, this Python, the build's own extensions."""
    state = sha256(repr((str(root), sys.version, platform.machine(), os.environ.get("PYTHONPATH"))).encode())
    for path in (root / "requirements.txt", *sorted(extensions.rglob("*.py"))):
        state.update(f"{path.name} {fingerprint(str(path))}".encode())
    for folder in (*site.getsitepackages(), site.getusersitepackages()):
        state.update(repr(sorted(found.name for found in Path(folder).glob("*.dist-info"))).encode())
    return state.hexdigest()
