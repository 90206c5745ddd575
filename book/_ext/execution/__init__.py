"""Pages run fast, apart from each other, and again as soon as, and only when, something behind their numbers changed.

`execute_notebooks: inline` gives each page a kernel of its own. Here each gets a process of its own, forked from one
that has imported everything already (`zygote`). What the page shows is kept (`store`), together with fingerprints of
the modules and data that it has used (`traces`). As long as its code, those files, the installed versions and the
extensions of this folder stay the same, the next build repeats it; once one of them has changed, Sphinx reads the page
again, and it is run.

Not noticed: files outside the project that are not modules, the clock, the environment, and what other programs read
that a page starts.
Where processes cannot be forked (Windows, macOS), each page gets a kernel as before, and every build runs all pages.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import myst_nb.core.execute
from myst_nb.core.execute.inline import NotebookClientInline
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from .client import PageClient
from .processes import AVAILABLE, Processes
from .store import Store, environment

EXTENSIONS = Path(__file__).parents[1]


def execute_with(app: Sphinx, processes: Processes, store: Store) -> None:
    """Let MyST-NB run Python pages in our processes."""

    def client(notebook: NotebookNode, path: Path | None, *others: Any) -> NotebookClientInline:
        if path is None or notebook.metadata.get("kernelspec", {}).get("language", "python") != "python":
            return NotebookClientInline(notebook, path, *others)
        page = path.resolve().relative_to(Path(app.srcdir).resolve()).with_suffix("").as_posix()
        return PageClient(notebook, path, *others, page=page, processes=processes, store=store)

    myst_nb.core.execute.NotebookClientInline = client  # type: ignore[assignment,misc] # it asks for no client's name


def executed_pages(env: BuildEnvironment) -> list[str]:
    """Pages that were run when they were read."""
    return [page for page, data in getattr(env, "nb_metadata", {}).items() if data.get("exec_data")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Where pages are run, where runs are kept, and which pages are to be read again."""
    root, build = Path(app.srcdir).resolve().parent, Path(app.outdir).resolve().parent
    state = environment(root, EXTENSIONS)
    store = Store(build / ".executed", state)
    app.add_config_value("execution_environment", state, rebuild="env", types=[str])  # if it changes, all are read
    if AVAILABLE:
        processes = Processes(root, build)
        execute_with(app, processes, store)
        if not store.folder.exists():
            processes.start()  # while Sphinx sets itself up
        app.connect("build-finished", lambda app, exception: processes.close())

    def outdated(app: Sphinx, env: BuildEnvironment, *changes: set[str]) -> list[str]:
        return [page for page in executed_pages(env) if not AVAILABLE or store.load(page) is None]

    app.connect("env-get-outdated", outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
