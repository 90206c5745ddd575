"""Start a lab of one's own: `python -m labcode.new_lab NAME`.

What it gets works from the first minute: data and a question in code, a problem with slips, a page whose numbers are
executed and lead to the code behind them, and tests that ask PyTorch. Every place to begin at says so.
"""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from string import Template

from labcode.errors import ArgumentError

TEMPLATE = Path(__file__).parent / "template"
PLACES = {  # of the template's files in a checkout
    "lab.py.txt": "labcode/{name}/__init__.py",
    "task1.py.txt": "labcode/{name}/task1.py",
    "problems.py.txt": "labcode/{name}/problems.py",
    "main.py.txt": "labcode/{name}/__main__.py",
    "page.md.txt": "book/{name}.md",
    "test.py.txt": "tests/test_{name}.py",
}
CONTENTS = "book/_toc.yml"
CHAPTER = re.compile(r"^  - file: \d.*\n", re.MULTILINE)  # the new page comes after the last of these


def new_lab(name: str, root: Path) -> list[Path]:
    """Write a lab's first files, and put its page into the table of contents.

    Parameters
    ----------
    name : str
        Of the package, as "lab6": a Python name in small letters that labcode does not have yet.
    root : Path
        A checkout of this book.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    ArgumentError
        For a name that cannot be, a folder that is no checkout, or a file that is there already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise ArgumentError("name", repr(name), "a Python name in small letters, as 'lab6'")
    contents = root / CONTENTS
    if not contents.is_file() or not (root / "labcode").is_dir():
        raise ArgumentError("root", str(root), f"a checkout of the book, with {CONTENTS} and labcode/")
    files = {root / place.format(name=name): TEMPLATE / source for source, place in PLACES.items()}
    there = [p for p in (root / "labcode" / name, root / "labcode" / f"{name}.py", *files) if p.exists()]
    if there:
        raise ArgumentError("name", repr(name), f"a name that is free: {there[0].relative_to(root)} is there already")
    for path, source in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(Template(source.read_text(encoding="utf-8")).substitute(name=name), encoding="utf-8")
    _list(contents, name)
    return [*files, contents]


def _list(contents: Path, name: str) -> None:
    """Put the page after the last chapter."""
    text = contents.read_text(encoding="utf-8")
    end = max((found.end() for found in CHAPTER.finditer(text)), default=len(text))
    contents.write_text(f"{text[:end]}  - file: {name}\n{text[end:]}", encoding="utf-8")
