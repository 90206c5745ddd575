"""Evaluates a page again: its cells in order, every recorded expression at its place, in this process and no other.

`python -m labcode.verify.rerun` reads a page as JSON from standard input and writes what came out to standard output.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from types import CodeType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from traitlets.config import Config

from labcode.graph import Variable
from labcode.op import Memo
from labcode.verify import rests_on
from labcode.verify.page import Page, Record, visible
from labcode.verify.watch import Finding, Oracle, Watch

STDOUT = "stdout"
MARKUP = ("text/html", "image/svg+xml", "text/markdown")  # what a page prefers, the best first
PLAIN = ("text/latex", "text/plain", STDOUT)
PICTURES = ("image/png", "image/jpeg")
MOVES = {"Variable.backward", "sgd", "zero_grad"}  # change Variables that the statement need not name

Bundle = dict[str, Any]  # what one thing offers to be shown as, by kind


@dataclass(frozen=True)
class Outcome:
    """What a record shows when it is evaluated again, and the calls of labcode's that it rests on."""

    id: str
    text: str
    findings: tuple[Finding, ...] = ()
    error: str = ""


class Shell(InteractiveShell):
    """IPython without a terminal: what would be shown is kept."""

    shown: list[Bundle]

    def __init__(self, **settings: Any) -> None:
        self.shown = []
        super().__init__(**settings)

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """Print nothing: the error is in the result of the cell."""

    showsyntaxerror = showtraceback


class _Hook(DisplayHook):
    """Keeps the value of a cell's last expression."""

    shell: Shell

    def __call__(self, result: Any = None) -> None:
        if result is not None and not self.quiet():
            self.update_user_ns(result)
            formatter = self.shell.display_formatter
            assert formatter is not None
            self.shell.shown.append(formatter.format(result)[0])


class _Publisher(DisplayPublisher):
    """Keeps what `display` shows."""

    shell: Shell

    def publish(self, data: Bundle, *args: Any, **kwargs: Any) -> None:
        self.shell.shown.append(data)


class _Printed(io.TextIOBase):
    """Keeps what is printed, all of a cell in the place of its first."""

    def __init__(self, shown: list[Bundle]) -> None:
        self._shown = shown

    def write(self, text: str) -> int:
        first = next((bundle for bundle in self._shown if STDOUT in bundle), None)
        if first is None:
            self._shown.append({STDOUT: text})
        else:
            first[STDOUT] += text
        return len(text)


def new_shell() -> Shell:
    """A shell that is the process's only one, so that `display` finds it; it remembers nothing on disk."""
    config = Config()
    config.HistoryManager.enabled = False
    return Shell.instance(config=config, displayhook_class=_Hook, display_pub_class=_Publisher)


class Session:
    """One page being evaluated."""

    def __init__(self, page: Page, oracles: dict[CodeType, Oracle]) -> None:
        self.page, self.shell, self.watch = page, new_shell(), Watch(oracles)
        self.cells = [rests_on.statements(self.shell.transform_cell(c), i) for i, c in enumerate(page.cells)]

    def outcomes(self) -> Iterator[Outcome]:
        """All records, each evaluated after the cell that it follows."""
        for i in range(-1, len(self.page.cells)):
            text, error = self.run(i, self.page.cells[i]) if i >= 0 else ("", "")
            if i >= 0:
                self._note_moves(i)
            for record in (r for r in self.page.records if r.cell == i):
                if record.kind == "eval":
                    text, error = self.run(record.id, record.expression)
                yield Outcome(record.id, text, tuple(self.findings(record)), error)

    def run(self, place: int | str, source: str) -> tuple[str, str]:
        """Run a piece of code; the text that it shows, and the error that it raises."""
        self.shell.shown = []
        forget()
        printed = _Printed(self.shell.shown)
        with redirect_stdout(printed), redirect_stderr(io.StringIO()), self.watch.during(place, self.shell.user_ns):
            result = self.shell.run_cell(source)
        error = result.error_before_exec or result.error_in_exec
        return " ".join(map(text_of, self.shell.shown)), f"{type(error).__name__}: {error}" if error else ""

    def findings(self, record: Record) -> list[Finding]:
        """Calls of labcode's that a record rests on."""
        before = [s for cell in self.cells[: record.cell + (record.kind == "eval")] for s in cell]
        if record.kind == "eval":
            found, own = rests_on.behind(before, rests_on.names(record.expression)), self.watch.of(record.id)
        else:
            found, own = rests_on.behind_cell(before, self.cells[record.cell]), []
        return list(dict.fromkeys([*own, *(f for s in found for f in self.watch.of(s.cell, s.lines))]))

    def _note_moves(self, cell: int) -> None:
        """A step or a backward pass changes Variables of the page."""
        variables = {name for name, value in self.shell.user_ns.items() if isinstance(value, Variable)}
        for statement in self.cells[cell]:
            if MOVES & {f.function for f in self.watch.of(cell, statement.lines)}:
                statement.binds |= variables


def forget() -> None:
    """Empty what labcode remembers, so that a result that it has had before is computed, and seen, again."""
    setattr(Memo, "__missing__", _compute)  # noqa: B010 - an op's own memory, which cannot be found from here
    for name in [name for name in sys.modules if name.startswith("labcode.") and not name.startswith(__package__)]:
        for function in vars(sys.modules[name]).values():
            if hasattr(function, "cache_clear"):
                function.cache_clear()


def _compute(memo: Memo, arguments: tuple[Any, ...]) -> Any:
    return memo.function(*arguments)


def text_of(bundle: Bundle) -> str:
    """Text that a page shows of something, in the kind of it that a page prefers.

    Examples
    --------
    >>> text_of({"text/plain": "<Markdown object>", "text/markdown": "**2** of $x_1$"}).split()
    ['2', 'of', 'x_1']
    """
    for kind in MARKUP:
        if kind in bundle:
            return visible(_html(bundle[kind]) if kind == "text/markdown" else bundle[kind])
    if any(kind in bundle for kind in PICTURES):
        return ""
    return next((str(bundle[kind]) for kind in PLAIN if kind in bundle), "")


def _html(markdown: str) -> str:
    return str(MarkdownIt("commonmark").enable("table").use(dollarmath_plugin).render(markdown))


def main() -> None:
    """Evaluate the page that arrives on standard input."""
    from labcode.verify.oracles import all_oracles  # imports torch

    given = json.loads(sys.stdin.read())
    page = Page(given["name"], tuple(given["cells"]), tuple(Record(**record) for record in given["records"]))
    sys.path.insert(0, "")  # as in a notebook: modules beside the page are found
    outcomes: Sequence[Outcome] = list(Session(page, all_oracles()).outcomes())
    json.dump([asdict(outcome) for outcome in outcomes], sys.stdout)


if __name__ == "__main__":
    main()
