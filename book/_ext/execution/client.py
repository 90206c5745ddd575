"""MyST-NB's inline client, with the last run of the page or a forked process where it has a kernel."""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from myst_nb.core.config import NbParserConfig
from myst_nb.core.execute.inline import NotebookClientInline
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode, from_dict

from .processes import PageDeathError, PageProcess, Processes
from .store import Answer, Run, Store, code_of, meaning, replays

LANGUAGE = {
    "name": "python",
    "version": sys.version.split()[0],
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": 3},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}
LOADED = {*sys.stdlib_module_names, "IPython", "numpy"}  # by the first zygote
NO_TRACES: dict[str, Any] = {"files": {}, "reads_cells": False}  # of a page that runs nothing


class Runner:
    """Answers what a page asks: from memory, as long as it asks what it asked before; else by running it.

    Its public names are those that MyST-NB uses of nbclient's client.

    Parameters
    ----------
    start : callable
        Gives the page a process, if need be.
    known : Run or None
        The run to repeat.
    config : NbParserConfig
        MyST-NB's configuration: how long a cell may take, what counts as a failure.
    """

    owns_km = False  # there is no kernel to shut down

    def __init__(self, start: Callable[[], PageProcess], known: Run | None, config: NbParserConfig) -> None:
        self.start, self.known, self.config = start, known, config
        self.seconds = config.execution_timeout if config.execution_timeout > 0 else None
        self.code_cells_executed = 0
        self.answers: list[Answer] = []
        self.process: PageProcess | None = None
        self.failed = False

    def execute_cell(self, cell: NotebookNode, cell_index: int, execution_count: int) -> None:
        """Give a cell its outputs."""
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or not cell.source.strip() or "skip-execution" in tags:
            return
        self.code_cells_executed += 1
        cell.outputs, cell.execution_count = self._ask(cell.source, numbered=True), execution_count
        warned = any(output.get("name") == "stderr" for output in cell.outputs)
        self.failed |= warned and self.config.output_stderr not in ("show", "remove")
        raised = next((output for output in cell.outputs if output.output_type == "error"), None)
        if raised and not self.config.execution_allow_errors and "raises-exception" not in tags:
            self.failed = True
            raise CellExecutionError.from_cell_and_msg(cell, raised)

    def eval_expression(self, expression: str) -> list[NotebookNode]:
        """Outputs of an expression in a sentence."""
        outputs = self._ask(expression, numbered=False)
        self.failed |= any(output.output_type == "error" for output in outputs)
        return outputs

    def set_widgets_metadata(self) -> None:
        """Nothing: a page that is read has no kernel, so widgets would show nothing."""

    def _ask(self, source: str, numbered: bool) -> list[NotebookNode]:
        place = len(self.answers)
        if self.known and place < len(self.known["answers"]):
            answer = self.known["answers"][place]
            if answer["numbered"] == numbered and meaning(answer["source"]) == meaning(source):
                self.answers.append(answer)
                return from_dict(answer["outputs"])
        if self.known:  # the page asks for something new, so all that stands before it has to be run as well
            asked, self.answers, self.known = self.answers, [], None
            for answer in asked:
                self._run(answer["source"], answer["numbered"])
        return from_dict(self._run(source, numbered))

    def _run(self, source: str, numbered: bool) -> list[dict[str, Any]]:
        """Run it in the page's process; one that hangs or dies is an error of this cell."""
        self.process = self.process or self.start()
        try:
            outputs = self.process.ask({"run": source, "numbered": numbered}, self.seconds)["outputs"]
        except TimeoutError:
            self.process.kill()
            outputs = [error("TimeoutError", f"it ran for more than {self.seconds:g} seconds")]
        except PageDeathError:
            outputs = [error("DeadProcess", "the process of the page has ended")]
        self.answers.append({"source": source, "numbered": numbered, "outputs": outputs})
        return outputs


class PageClient(NotebookClientInline):
    """MyST-NB's inline client, a `Runner` in the place of its kernel.

    Parameters
    ----------
    notebook, path, nb_config, logger
        As MyST-NB gives them.
    page : str
        The page's name.
    processes : Processes
        Where processes come from.
    store : Store
        Where runs are kept.
    """

    def __init__(self, *arguments: Any, page: str, processes: Processes, store: Store) -> None:
        super().__init__(*arguments)
        self._page, self._processes, self._store = page, processes, store

    def start_client(self) -> None:
        """Look for a run to repeat; start nothing yet."""
        self._time_start = time.perf_counter()
        self._tmp_path = mkdtemp() if self.nb_config.execution_in_temp else None
        self._last_cell_executed, self._cell_error, self._exc_string = -1, None, None
        self.notebook.metadata["language_info"] = LANGUAGE
        self._code = code_of(self.notebook)
        known = self._store.load(self._page)
        known = known if known and replays(known, self._code) else None
        self._client = Runner(self._start, known, self.nb_config)

    def _start(self) -> PageProcess:
        folder = Path(self._tmp_path or self.path.parent).resolve()
        with suppress(TimeoutError):  # an import hangs: the page will find out by itself, in the right cell
            return self._processes.page(folder, imports(self.notebook), self._client.seconds)
        return self._processes.page(folder, (), self._client.seconds)

    def close_client(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        """Keep the run, if there was one and it succeeded; a repeated one keeps its time."""
        runner = self._client
        super().close_client(exc_type, exc_val, exc_tb)
        if runner.known:
            self.exec_metadata.update(runtime=runner.known["seconds"], mtime=runner.known["ended"])
        elif runner.failed or exc_type:
            self._store.forget(self._page)
        else:
            self._keep(runner.answers, runner.process.ask({"end": True}) if runner.process else NO_TRACES)
        if runner.process:
            runner.process.close()

    def _keep(self, answers: list[Answer], traces: dict[str, Any]) -> None:
        run = Run(
            code=self._code,
            meanings=[meaning(text) for text in self._code],
            environment=self._store.environment,
            answers=answers,
            seconds=self.exec_metadata["runtime"],
            ended=self.exec_metadata["mtime"],
            files=traces["files"],
            reads_cells=traces["reads_cells"],
        )
        self._store.save(self._page, run)


def imports(notebook: NotebookNode) -> tuple[str, ...]:
    """Top-level modules that a page's cells import, beyond those that every page finds loaded."""
    found = set()
    for cell in notebook.cells:
        with suppress(SyntaxError):
            for node in ast.walk(ast.parse(cell.source if cell.cell_type == "code" else "")):
                if isinstance(node, ast.Import):
                    found |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.add(node.module.split(".")[0])
    return tuple(sorted(found - LOADED))


def error(kind: str, text: str) -> dict[str, Any]:
    """An output that says what went wrong outside Python."""
    return {"output_type": "error", "ename": kind, "evalue": text, "traceback": [f"{kind}: {text}"]}
