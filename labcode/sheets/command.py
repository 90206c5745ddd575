"""The command of a lab: `python -m labcode.lab5 sheet | items | export`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from labcode.errors import ArgumentError
from labcode.practice.exercise import Collection
from labcode.practice.variants import Variant
from labcode.sheets import gift, items, moodle, notebooks, paper, printing, qti, stack
from labcode.sheets.exam import Exam, Student, chosen, numbered, roster

FORMATS: dict[str, tuple[str, Callable[[Sequence[Variant], str], str | bytes]]] = {
    "stack": ("stack.xml", stack.stack),
    "cloze": ("cloze.xml", moodle.cloze),
    "gift": ("questions.gift.txt", gift.gift),
    "qti": ("qti.zip", lambda variants, package: qti.qti(variants)),
    "nbgrader": ("nbgrader.ipynb", notebooks.nbgrader),
    "otter": ("otter.ipynb", notebooks.otter),
}
ONE_EACH = {"nbgrader", "otter"}  # an assignment is the same for all, so it has a variant of each problem


def main(lab: Collection, package: str, arguments: Sequence[str] | None = None) -> int:
    """Do what is asked for; 1 with a reason if that cannot be."""
    given = _parser(package).parse_args(arguments)
    try:
        for line in given.run(lab, package, given):
            print(line)
    except ArgumentError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser(package: str) -> ArgumentParser:
    parser = ArgumentParser(f"python -m {package}", description="Sheets, items and exports of a lab's problems.")
    commands = parser.add_subparsers(required=True, metavar="sheet | items | export")
    sheet = commands.add_parser("sheet", help="an exam to print, each student's own, and its key")
    sheet.set_defaults(run=_sheet)
    sheet.add_argument("--roster", type=Path, help='a CSV file with columns "id" and "name": a sheet for each student')
    sheet.add_argument("--title", default="Exam", help="stands above each sheet (Exam)")
    sheet.add_argument("--no-pdf", action="store_true", help="HTML alone; no browser is needed")
    sheet.add_argument("--browser", default="", help="a Chromium that prints the PDF; without it, the first found")
    export = commands.add_parser("export", help="questions for Moodle, for other systems, or for notebooks")
    export.set_defaults(run=_export)
    export.add_argument("format", choices=FORMATS)
    table = commands.add_parser("items", help="the table of problems: spaces, slips, variants")
    table.set_defaults(run=_items)
    table.add_argument("--seeds", type=int, default=200, help="among how many seeds variants are compared (200)")
    for command in (sheet, export):
        command.add_argument("--seed", type=int, required=True, help="of the exam: who knows it can make the key")
        command.add_argument("--variants", type=int, default=30, help="how many different ones (30)")
        command.add_argument("--folder", type=Path, default=Path("sheets"), help="where to write (sheets)")
    for command in (sheet, export, table):
        command.add_argument("--problems", default="", help="keys with commas, as 1.1,2,vec; without it, the lab's own")
    return parser


def _problems(lab: Collection, given: Namespace) -> tuple[str, ...]:
    return tuple(key.strip() for key in given.problems.split(",") if key.strip())


def _exam(lab: Collection, given: Namespace, title: str = "Exam") -> Exam:
    if given.seed < 0:
        raise ArgumentError("seed", given.seed, "an integer >= 0")
    return Exam(chosen(lab, _problems(lab, given)), given.seed, title)


def _sheet(lab: Collection, package: str, given: Namespace) -> Iterator[str]:
    """The HTML first: it is there even if nothing can print it."""
    exam = _exam(lab, given, given.title)
    students = roster(given.roster) if given.roster else numbered(given.variants)
    for number, student in enumerate(students, 1):  # made once, kept for what follows
        _progress(f"sheet {number} of {len(students)}")
        exam.variants(student)
    made = {"sheets": paper.sheets(exam, students), "key": paper.key(exam, students)}
    pages = [_write(given.folder / f"{name}.html", text) for name, text in made.items()]
    _progress("")
    yield from map(str, pages)
    if not given.no_pdf:
        program = printing.browser(given.browser)
        for page in pages:
            _progress(f"printing {page.name}")
            paper_file = printing.print_pdf(page, program)
            _progress("")
            yield str(paper_file)


def _export(lab: Collection, package: str, given: Namespace) -> list[str]:
    name, export = FORMATS[given.format]
    exam = _exam(lab, given)
    students: list[Student] = numbered(1 if given.format in ONE_EACH else given.variants)
    drawn = [exam.variants(student) for student in students]
    by_problem = [v for variants in zip(*drawn, strict=True) for v in variants]
    return [str(_write(given.folder / name, export(by_problem, package)))]


def _items(lab: Collection, package: str, given: Namespace) -> list[str]:
    if given.seeds < 1:
        raise ArgumentError("seeds", given.seeds, "an integer >= 1")
    keys = _problems(lab, given)
    return [items.written(items.items(chosen(lab, keys) if keys else lab.problems, given.seeds))]


def _write(path: Path, content: str | bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    except OSError as error:
        raise ArgumentError("folder", path.parent, f"a folder to write to ({error.strerror})") from None
    return path


def _progress(words: str) -> None:
    """On a terminal's last line, replaced by the next."""
    if sys.stderr.isatty():
        print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)
