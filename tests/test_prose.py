"""Spelling and style of what a reader reads: two maintained tools, and the words of this subject.

A word that neither the dictionary nor `tests/data/vocabulary.txt` knows is a slip, or belongs into that list.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from spellchecker import SpellChecker

ROOT = Path(__file__).parents[1]
TEXTS = sorted([*(ROOT / "book").glob("*.md"), *ROOT.glob("*.md")])
VOCABULARY = set((ROOT / "tests" / "data" / "vocabulary.txt").read_text(encoding="utf-8").split())
AMERICAN = {"color", "colors", "neighbor", "neighbors", "neighboring", "center", "behavior", "gray", "learned", "favor"}
COLUMN = 79  # characters of code that a page of usual width shows without scrolling
STYLE = {
    "checks": {
        "typography.symbols.curly_quotes": False,  # straight ones stand where characters are meant, as in code
        "misc.phrasal_adjectives.ly": False,  # takes the multiply of multiply-add for an adverb
    }
}

NO_PROSE = [  # in the order in which they are taken out
    re.compile(r"\A---\n.*?\n---\n", re.DOTALL),  # what stands before a page
    re.compile(r"^(`{3,})(?:\{(?:code-cell|eval-rst)[^\n]*|(?!\{)[^\n]*)\n.*?^\1\s*$", re.DOTALL | re.MULTILINE),
    re.compile(r"^(?:`{3,}|:{3,}).*$|^:[\w-]+:.*$|^\([\w-]+\)=$", re.MULTILINE),  # directives, their options, targets
    re.compile(r"\]\([^)]*\)|https?://\S+"),
]
MATHS = re.compile(r"\$\$.*?\$\$(?: \([\w-]+\))?|\$[^$\n]+(?:\n[^$\n]+)?\$", re.DOTALL)
SAID = re.compile(r"\{(?:doc|term|ref)\}`([^`<]*?)(?: ?<[^`]*>)?`")  # a link that shows its own words
QUOTED = re.compile(r"(?:\{[\w:-]+\})?`[^`]*`")


def prose(text: str) -> str:
    """The words of a page; a made-up word for each formula, number and piece of code."""
    for pattern in NO_PROSE:
        text = pattern.sub("", text)
    number = count()
    for pattern, plain in ((MATHS, None), (SAID, r"\1"), (QUOTED, None)):
        text = pattern.sub(plain or (lambda _: f"Q{next(number)}"), text)
    return text


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.name)
def test_code_that_is_read_fits_its_column(path: Path) -> None:
    cells = re.findall(r"^```\{code-cell\}.*?\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    read = [cell for cell in cells if ":tags: [remove-" not in cell]
    assert [line for cell in read for line in cell.splitlines() if len(line) > COLUMN] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.name)
def test_every_word_is_one_and_british(path: Path) -> None:
    words = {w.removesuffix("'s") for w in re.findall(r"\b[A-Za-z][a-zé']+\b", prose(path.read_text(encoding="utf-8")))}
    unknown = SpellChecker().unknown(words) - VOCABULARY
    assert unknown == set()
    assert {w.lower() for w in words} & AMERICAN == set()


def test_the_vocabulary_has_no_word_too_many() -> None:
    words = {w.lower() for path in TEXTS for w in re.findall(r"[A-Za-zé]+", prose(path.read_text(encoding="utf-8")))}
    assert VOCABULARY - words == set()
    assert SpellChecker().unknown(VOCABULARY) == VOCABULARY


def test_the_style_is_plain(tmp_path: Path) -> None:
    (tmp_path / "style.json").write_text(json.dumps(STYLE), encoding="utf-8")
    for path in TEXTS:
        (tmp_path / path.name).write_text(prose(path.read_text(encoding="utf-8")), encoding="utf-8")
    files = [str(tmp_path / path.name) for path in TEXTS]
    command = [
        sys.executable,
        "-m",
        "proselint",
        "check",
        "--config",
        str(tmp_path / "style.json"),
        "-o",
        "json",
        *files,
    ]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)["result"]
    found = [f"{Path(file).name}: {d['message']}" for file, told in said.items() for d in told.get("diagnostics", [])]
    assert found == []
