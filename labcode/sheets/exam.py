"""Who gets what: students, and for each of them a variant of every problem, the same on every machine."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labcode.errors import ArgumentError
from labcode.practice.chance import Dice
from labcode.practice.exercise import Collection
from labcode.practice.problem import Problem
from labcode.practice.variants import Variant, variant

MOST = 1000  # sheets at once
SECRET = 2**63  # seeds from here on are of exams: no page, and nobody who counts from 0, comes upon one


@dataclass(frozen=True)
class Student:
    """Somebody who gets a sheet.

    Parameters
    ----------
    id : str
        Decides, with the seed of the exam, over the variants.
    name : str
        Stands on the sheet; empty: room to write it.
    """

    id: str
    name: str = ""


@dataclass(frozen=True)
class Exam:
    """Problems, of which each student gets variants of their own.

    Parameters
    ----------
    problems : tuple of Problem
    seed : int
        Whoever knows it can make the same sheets, and their key: keep it to yourself.
    title : str

    Examples
    --------
    >>> from labcode.lab5.problems import LAB
    >>> exam = Exam((LAB.find("1.1")[0],), 2026)
    >>> ada, blaise = (exam.variants(Student(name))[0] for name in ("ada", "blaise"))
    >>> ada.statement == exam.variants(Student("ada"))[0].statement, ada.statement == blaise.statement
    (True, False)
    """

    problems: tuple[Problem, ...]
    seed: int
    title: str = "Exam"

    def variants(self, student: Student) -> tuple[Variant, ...]:
        """One variant of each problem."""
        seeds = (Dice(self.seed, "exam", student.id, problem.key).next64() | SECRET for problem in self.problems)
        return tuple(map(variant, self.problems, seeds))


def numbered(many: int) -> list[Student]:
    """Students without names: sheets 1, 2, …

    Raises
    ------
    ArgumentError
        Unless there is at least one, and at most 1000.
    """
    if not 1 <= many <= MOST:
        raise ArgumentError("variants", many, f"1 to {MOST}")
    return [Student(str(i)) for i in range(1, many + 1)]


def roster(path: Path) -> list[Student]:
    """Students of a CSV file with a header that names the columns "id" and "name", or one of them.

    Raises
    ------
    ArgumentError
        If the file cannot be read, has neither column, or a row is empty or repeats an id.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError("roster", path, f"a CSV file in UTF-8 ({error})") from None
    lines = text.splitlines()
    separator = max(",;\t", key=lines[0].count) if lines else ","
    rows = csv.DictReader(lines, delimiter=separator)
    columns = {name.strip().lower(): name for name in rows.fieldnames or () if name}
    if not columns.keys() & {"id", "name"}:
        raise ArgumentError("roster", path, 'a CSV file whose first line names a column "id" or "name"')
    students: dict[str, Student] = {}
    for number, row in enumerate(rows, 2):
        id_, name = ((row[columns[key]] or "").strip() if key in columns else "" for key in ("id", "name"))
        if not (id_ or name) or (id_ or name) in students:
            raise ArgumentError("roster", f"line {number}", "a student who is named, and has not been before")
        students[id_ or name] = Student(id_ or name, name)
    if not students:
        raise ArgumentError("roster", path, "at least one student")
    return list(students.values())


def chosen(collection: Collection, keys: Sequence[str]) -> tuple[Problem, ...]:
    """Problems by their keys, or those of the lab itself where none is given.

    Raises
    ------
    ArgumentError
        For a key that no problem has.
    """
    if not keys:
        return tuple(p for p in collection.problems if p.parts[0].question)
    return tuple(dict.fromkeys(collection.find(key)[0] for key in keys))
