"""A new lab works from the first minute: its tests pass, its page builds strictly, its numbers lead to its code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labcode.errors import ArgumentError
from labcode.new_lab import new_lab
from labcode.new_lab.__main__ import main
from labcode.practice.data import VARIANTS
from tests.build import build

ROOT = Path(__file__).parents[1]
NAME = "lab_of_rows"
LEFT_OUT = shutil.ignore_patterns("_build", "__pycache__", "data", "results")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources in which a lab was started; its book has that lab's page alone."""
    folder = tmp_path_factory.mktemp("checkout")
    for part in ("labcode", "book", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=LEFT_OUT)
    for file in ("pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / file, folder)
    assert main([NAME, "--root", str(folder)]) == 0
    return folder


def run(checkout: Path, *command: str) -> str:
    """Output of a Python command that has the copy's labcode; red if it fails."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run([sys.executable, *command], cwd=checkout, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_its_tests_pass_and_the_house_has_room_for_it(checkout: Path) -> None:
    said = run(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/test_{NAME}.py")
    assert int(re.findall(r"(\d+) passed", said)[0]) >= 100
    said = run(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_house.py", "-k", NAME)
    assert "4 passed" in said


def test_its_exam_can_be_printed(checkout: Path) -> None:
    run(checkout, "-m", f"labcode.{NAME}", "sheet", "--seed", "1", "--variants", "2", "--no-pdf")
    assert (checkout / "sheets" / "key.html").read_text(encoding="utf-8").count("<section") == 2


def test_it_is_formatted_linted_and_typed(checkout: Path) -> None:
    mine = [f"labcode/{NAME}", f"tests/test_{NAME}.py"]
    run(checkout, "-m", "ruff", "format", "--check", *mine)
    run(checkout, "-m", "ruff", "check", *mine)
    run(checkout, "-m", "mypy", f"labcode/{NAME}")


def test_its_page_builds_and_its_numbers_lead_to_its_code(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = checkout / "book" / "_toc.yml"
    assert f"  - file: 4-cost\n  - file: {NAME}\n" in contents.read_text(encoding="utf-8")
    contents.write_text(f"format: jb-book\nroot: {NAME}\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(checkout))
    done = build(checkout)
    assert done.returncode == 0, done.stderr[-3000:]
    html = (checkout / "book" / "_build" / "html" / f"{NAME}.html").read_text(encoding="utf-8")
    assert "A new chapter" in html
    traces = checkout / "book" / "_build" / "html" / "_static" / "page-data" / f"{NAME}.traces.js"
    assert re.search(rf"labcode\.{NAME}\.task1\.html#LAYER", traces.read_text(encoding="utf-8"))
    practice = checkout / "book" / "_build" / "html" / "_static" / "workbook" / f"{NAME}.data.js"
    assert practice.read_text(encoding="utf-8").count('"seed":') == VARIANTS


@pytest.mark.parametrize("name", ["lab5", "graph", "Lab 6", "6", "class", "", "../x"])
def test_a_name_that_cannot_be_is_refused_and_nothing_written(name: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "labcode", tmp_path / "labcode", ignore=LEFT_OUT)
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ArgumentError, match=re.escape(repr(name))):
        new_lab(name, tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab6", "--root", str(tmp_path)]) == 1
    assert "a checkout of the book" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
