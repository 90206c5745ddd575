"""Notebooks that nbgrader and Otter-Grader mark: a cell to answer each part, a hidden test that marks as the page does.

The formats: https://nbgrader.readthedocs.io (creating and grading assignments), https://otter-grader.readthedocs.io
(otter assign). What the test says of a wrong answer is the slip's sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from labcode.practice.answers import Value, write
from labcode.practice.problem import Part
from labcode.practice.variants import Variant

Cell = dict[str, Any]
START = "import labcode as lc"


def nbgrader(variants: Sequence[Variant], package: str) -> str:
    """The source version of an assignment."""
    cells = [_markdown("start", "Write each answer as a number, a list, or a list of rows."), _code("import", START)]
    for number, v in enumerate(variants, 1):
        cells.append(_markdown(f"statement{number}", _statement(number, v)))
        for i, part in enumerate(v.problem.parts, 1):
            name = f"q{number}-{i}"
            cells += [_markdown(f"{name}-ask", f"**{v.fill(part.ask)}**")]
            cells += [_graded(f"{name}-answer", _solution(v, part, number, i), "solution")]
            cells += [_graded(f"{name}-test", _hidden(v, part, package, number, i), "test")]
    return _notebook(cells)


def otter(variants: Sequence[Variant], package: str) -> str:
    """The source version that `otter assign` takes apart."""
    cells = [_raw("config", "# ASSIGNMENT CONFIG\nsolutions_pdf: false\nexport_cell: false"), _code("import", START)]
    for number, v in enumerate(variants, 1):
        cells.append(_markdown(f"statement{number}", _statement(number, v)))
        for i, part in enumerate(v.problem.parts, 1):
            name = f"q{number}_{i}"
            cells += [
                _raw(f"{name}-begin", f"# BEGIN QUESTION\nname: {name}\npoints: 1"),
                _markdown(f"{name}-ask", f"**{v.fill(part.ask)}**"),
                _raw(f"{name}-begin-solution", "# BEGIN SOLUTION"),
                _code(f"{name}-answer", f"answer_{number}_{i} = {_python(v.answers[part.key])} # SOLUTION"),
                _raw(f"{name}-end-solution", "# END SOLUTION"),
                _raw(f"{name}-begin-tests", "# BEGIN TESTS"),
                _code(f"{name}-test", f"# HIDDEN\n{_test(v, part, package, number, i)}"),
                _raw(f"{name}-end-tests", "# END TESTS"),
                _raw(f"{name}-end", "# END QUESTION"),
            ]
    return _notebook(cells)


def _statement(number: int, v: Variant) -> str:
    return f"## {number}. {v.problem.title}\n\n{v.statement}"


def _solution(v: Variant, part: Part, number: int, i: int) -> str:
    answer = _python(v.answers[part.key])
    return f"### BEGIN SOLUTION\nanswer_{number}_{i} = {answer}\n### END SOLUTION"


def _hidden(v: Variant, part: Part, package: str, number: int, i: int) -> str:
    return f"### BEGIN HIDDEN TESTS\n{_test(v, part, package, number, i)}\n### END HIDDEN TESTS"


def _test(v: Variant, part: Part, package: str, number: int, i: int) -> str:
    """Marking with the learner's own earlier answers, as far as there are any."""
    keys = [p.key for p in v.problem.parts]
    own = "".join(f"{key!r}: answer_{number}_{keys.index(key) + 1}, " for key in part.uses)
    return (
        f"from {package}.problems import LAB\n"
        f"exercise = LAB.exercise({v.problem.key!r}, {v.seed})\n"
        f"report = exercise.check({{{part.key!r}: answer_{number}_{i}}}, {{{own.removesuffix(', ')}}})\n"
        "assert report, repr(report)"
    )


def _python(value: Value) -> str:
    """An answer as code: fractions as quotients, which are read back as fractions."""
    return write(value)


def _notebook(cells: Iterable[Cell]) -> str:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": list(cells), "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _cell(kind: str, name: str, source: str, **metadata: Any) -> Cell:
    return {"cell_type": kind, "id": name, "metadata": metadata, "source": source}


def _markdown(name: str, source: str) -> Cell:
    return _cell("markdown", name, source)


def _raw(name: str, source: str) -> Cell:
    return _cell("raw", name, source)


def _code(name: str, source: str, **metadata: Any) -> Cell:
    return _cell("code", name, source, **metadata) | {"execution_count": None, "outputs": []}


def _graded(name: str, source: str, role: str) -> Cell:
    """A cell with what nbgrader wants to know of it."""
    test = role == "test"
    told = {"grade": test, "grade_id": name, "locked": test, "schema_version": 3, "solution": not test, "task": False}
    return _code(name, source, nbgrader=told | ({"points": 1} if test else {}))
