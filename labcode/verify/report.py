"""Numbers of the built book, shown against evaluated again: a table, the disagreements, what no oracle confirms."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import labcode
from labcode.errors import ArgumentError
from labcode.verify.page import Page, Record, numbers, read_page, tokens
from labcode.verify.rerun import Outcome
from labcode.verify.watch import Finding

HEADER = ("page", "numbers shown", "re-computed equal", "checked by an oracle", "unchecked")
PROCESSES = 2
AROUND = 3  # words on either side of a difference


@dataclass
class Verdict:
    """What was found out about a page: amounts of numbers, and what is wrong with them."""

    page: str
    shown: int = 0
    equal: int = 0
    checked: int = 0
    given: int = 0  # unchecked, for labcode computed nothing: data of a problem, or another package's own result
    unrecorded: int = 0  # unchecked, for no expression says where they come from: the build's own times and counts
    unknown: Counter[str] = field(default_factory=Counter)  # functions that no oracle knows: numbers that rest on them
    disagreements: list[str] = field(default_factory=list)

    @property
    def row(self) -> tuple[int, int, int, int]:
        """The page's numbers in the table."""
        return self.shown, self.equal, self.checked, self.shown - self.checked

    def add(self, record: Record, outcome: Outcome) -> None:
        """Take in one result."""
        amount = numbers(record.shown or "")
        problems = list(differences(record, outcome))
        self.disagreements += [f"{self.page}: {_short(record.expression)}: {problem}" for problem in problems]
        self.shown += amount
        self.equal += equal_numbers(record.shown or "", outcome.text)
        nobody = {finding.function for finding in outcome.findings if not finding.oracle}
        if not outcome.findings:
            self.given += amount
        elif nobody:
            self.unknown.update(dict.fromkeys(nobody, amount))
        elif not problems:
            self.checked += amount


def verify(folder: Path, processes: int = PROCESSES) -> list[Verdict]:
    """A verdict on every page of a built book that shows executed numbers.

    Parameters
    ----------
    folder : Path
        The HTML of the book.
    processes : int
        Pages that are evaluated at the same time.

    Raises
    ------
    ArgumentError
        If no page of it says what it executed.
    """
    found = {path: read_page(path) for path in sorted(folder.glob("**/*.html"))}
    pages = [
        replace(page, name=path.relative_to(folder).with_suffix("").as_posix()) for path, page in found.items() if page
    ]
    if not any(page.records for page in pages):
        expected = "a built book whose pages record what they executed: no page here has such records"
        raise ArgumentError("html", folder, expected)
    with ThreadPoolExecutor(processes) as pool:
        return list(pool.map(lambda page: judge(page, source_of(folder)), pages))


def source_of(folder: Path) -> Path | None:
    """The folder of the pages' sources, where Jupyter Book runs them: above its `_build`."""
    return folder.resolve().parents[1] if folder.resolve().parent.name == "_build" else None


def judge(page: Page, source: Path | None = None) -> Verdict:
    """Evaluate a page in a fresh process, and compare."""
    verdict = Verdict(page.name, shown=page.unrecorded, unrecorded=page.unrecorded)
    verdict.disagreements += [
        f"{page.name}: {name}: shown as executed, but no record says how" for name in page.unknown
    ]
    try:
        outcomes = rerun(page, source) if page.records else {}
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().splitlines()[-1:] or ["no message"]
        outcomes = {record.id: Outcome(record.id, "", error=last[0]) for record in page.records}
    for record in page.records:
        verdict.add(record, outcomes[record.id])
    return verdict


def rerun(page: Page, source: Path | None = None) -> dict[str, Outcome]:
    """What every record of a page shows in a process of its own, that knows nothing of the build.

    Raises
    ------
    subprocess.CalledProcessError
        If that process fails.
    """
    with TemporaryDirectory() as empty:
        path = os.pathsep.join([str(Path(labcode.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            [sys.executable, "-m", "labcode.verify.rerun"],
            input=json.dumps(asdict(page)),
            cwd=(source / page.name).parent if source else empty,
            env={**os.environ, "PYTHONPATH": path, "IPYTHONDIR": empty, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
    outcomes = [
        Outcome(entry["id"], entry["text"], tuple(Finding(**f) for f in entry["findings"]), entry["error"])
        for entry in json.loads(done.stdout)
    ]
    return {outcome.id: outcome for outcome in outcomes}


def differences(record: Record, outcome: Outcome) -> Iterator[str]:
    """All that is wrong with a result: it is not shown, it raises, it differs, or an oracle has another one."""
    if outcome.error:
        yield f"raises {outcome.error}"
    if record.shown is None:
        yield "not on the page"
    else:
        shown, again = tokens(record.shown), tokens(outcome.text)
        if shown != again:
            pairs = enumerate(zip(shown, again, strict=False))
            first = next((i for i, (a, b) in pairs if a != b), min(len(shown), len(again)))
            yield f"shown {_around(shown, first)}, re-computed {_around(again, first)}"
    for finding in outcome.findings:
        if finding.differs:
            yield f"{finding.function}, asked of {finding.oracle}: {finding.differs}"


def equal_numbers(shown: str, again: str) -> int:
    """How many numbers of a text are the same in another, word by word.

    Examples
    --------
    >>> equal_numbers("2 + 2 = 5", "2 + 2 = 4")
    2
    """
    return sum(numbers(a) for a, b in zip(tokens(shown), tokens(again), strict=False) if a == b)


def table(verdicts: Sequence[Verdict]) -> str:
    """A line for each page, and one for all.

    Examples
    --------
    >>> print(table([Verdict("1-layers", shown=3, equal=3, checked=2)]))
    page      numbers shown  re-computed equal  checked by an oracle  unchecked
    1-layers              3                  3                     2          1
    all                   3                  3                     2          1
    """
    rows = [(v.page, *v.row) for v in verdicts]
    rows.append(("all", *map(sum, zip(*(v.row for v in verdicts), strict=True))))  # type: ignore[arg-type] # four sums
    lines = [HEADER, *(tuple(f"{cell:,}" if isinstance(cell, int) else cell for cell in row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in lines)


def notes(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Why numbers are unchecked, then every disagreement."""
    given, unrecorded = sum(v.given for v in verdicts), sum(v.unrecorded for v in verdicts)
    if given:
        yield f"unchecked: {given:,} are given: data of a problem, or what another package printed"
    if unrecorded:
        yield f"unchecked: {unrecorded:,} are the build's own times and counts, which no expression records"
    for function, amount in sum((v.unknown for v in verdicts), Counter()).most_common():
        yield f"unchecked: {amount:,} rest on {function}, which no oracle knows"
    for verdict in verdicts:
        yield from (f"DISAGREES: {text}" for text in verdict.disagreements)


def _short(expression: str, length: int = 70) -> str:
    text = " ".join(expression.split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _around(words: Sequence[str], place: int) -> str:
    """The words around a place, the one at the place marked."""
    there = f"[{words[place]}]" if place < len(words) else "[nothing]"
    return " ".join([*words[max(0, place - AROUND) : place], there, *words[place + 1 : place + 1 + AROUND]])
