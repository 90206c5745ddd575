"""The command that builds a book, strictly: what `make book` runs, with the Python that runs the tests; its chapter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from labcode.lab5.problems import LAB

CHAPTER = tuple(dict.fromkeys(problem.page for problem in LAB.problems))  # the pages that teach have problems
# The package has no `python -m` entry: this is what its `jupyter-book` script does.
JUPYTER_BOOK = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]


def build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `jupyter-book build book/` in a folder, strictly unless told otherwise; kernels of this environment."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [*JUPYTER_BOOK, "build", "book/", *(options or ("-W", "-n", "--keep-going"))]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
