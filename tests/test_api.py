"""What the API page promises: every public name, with its arguments and a runnable example."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import labcode
from labcode import closed_form, explore, workbook

cost = import_module("labcode.cost")  # `labcode.cost` is its function

PAGE = (Path(__file__).parents[1] / "book" / "api.md").read_text(encoding="utf-8")
PUBLIC = {
    **{name: getattr(labcode, name) for name in labcode.__all__},
    **{name: getattr(cost, name) for name in cost.__all__},
    **{f"labcode.explore.{name}": getattr(explore, name) for name in explore.__all__},
    **{f"labcode.workbook.{name}": getattr(workbook, name) for name in workbook.__all__},
    **{f"labcode.closed_form.{n}": f for n, f in vars(closed_form).items() if inspect.isfunction(f) and n[0] != "_"},
}
CALLABLE = {name: it for name, it in PUBLIC.items() if inspect.isfunction(it) or inspect.isclass(it)}
DATA = PUBLIC.keys() - CALLABLE.keys()


def test_what_is_no_function_or_class_is_known() -> None:
    assert {"CONVENTIONS", "TOOLS", "Layer"} == DATA


@pytest.mark.parametrize("name", sorted(CALLABLE))
def test_every_public_name_stands_on_the_page(name: str) -> None:
    assert re.search(rf"auto(function|class|exception):: ({re.escape(name)})$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(CALLABLE))
def test_every_public_name_has_an_example(name: str) -> None:
    assert ">>>" in inspect.getdoc(CALLABLE[name])


def _parameters(it: Any) -> list[str]:
    return [p for p in inspect.signature(it).parameters if not p.startswith("_")]


@pytest.mark.parametrize("name", sorted(n for n, it in CALLABLE.items() if inspect.isfunction(it)))
def test_every_parameter_of_a_function_is_documented(name: str) -> None:
    section = re.search(r"Parameters\n-+\n(.*?)(\n\n[A-Z]\w+\n---|\Z)", inspect.getdoc(CALLABLE[name]), re.DOTALL)
    parameters = _parameters(CALLABLE[name])
    if parameters:
        assert section
        told = {
            w
            for line in re.findall(r"^\S.*", section[1], re.MULTILINE)
            for w in re.findall(r"\w+", line.split(" :")[0])
        }
        assert set(parameters) <= told


def test_importing_labcode_loads_neither_exercises_nor_explorers() -> None:
    """What most programs never use costs nothing until it is asked for."""
    program = "import sys, labcode; print(sorted({m.split('.')[1] for m in sys.modules if m.startswith('labcode.')}))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert not {"practice", "lab5", "explore", "workbook", "render", "verify"} & set(ast.literal_eval(loaded))


def test_a_name_that_labcode_does_not_have_is_refused_as_usual() -> None:
    with pytest.raises(AttributeError, match="module 'labcode' has no attribute 'conv9d'"):
        _ = labcode.conv9d
