"""The rooms of the house: which may import which, and what must not be written anywhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.readme_picture import PICTURE, drawing

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "labcode").rglob("*.py"))
FLOORS = [
    "errors",
    "geometry",
    "op",
    "ops",
    "graph",
    "dims jacobian cost gradcheck functional",
    "practice",
    "lab5",
    "render",
    "explore",
    "workbook",
    "sheets",
    "verify new_lab",
]
LABS = {p.relative_to(ROOT / "labcode").parts[0] for p in (ROOT / "labcode").glob("*/problems*")}
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms.replace("lab5", " ".join(LABS)).split()}
APART = {"reference", "closed_form"}  # they check the rest, so they share no code with it


def imports(path: Path) -> list[str]:
    """Rooms of labcode that a module imports when it is loaded."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    names = []
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module:
            parts = node.module.split(".")
            names += [f"labcode.{a.name}" for a in node.names] if node.module == "labcode" else [".".join(parts)]
        elif isinstance(node, ast.Import):
            names += [a.name for a in node.names]
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_point_down(path: Path) -> None:
    room = path.relative_to(ROOT / "labcode").parts[0].removesuffix(".py")
    if room == "__init__" or path.name == "__main__.py":  # a door, which leads to every floor
        return
    for name in imports(path):
        assert not name.startswith("torch"), f"{room} imports {name} on loading"
        if not name.startswith("labcode."):
            continue
        target = name.split(".")[1]
        if room in APART:
            assert target in {"errors", "geometry", *APART & {room}}, f"{room} imports {target}"
        elif target in APART:
            assert FLOOR[room] >= FLOOR["lab5"], f"{room} imports {target}"
        else:
            assert target == room or FLOOR[target] <= FLOOR[room], f"{room} imports {target} from above"


def test_pages_name_no_cdn() -> None:
    foreign = re.compile(r"https?://(cdn\.|unpkg|cdnjs|fonts\.g)")
    sources = [p for kind in ("*.md", "*.py", "*.js", "*.css", "*.yml") for p in (ROOT / "book").rglob(kind)]
    ours = [p for p in sources if "_build" not in p.parts]
    assert ours
    assert [p.name for p in ours if foreign.search(p.read_text(encoding="utf-8"))] == []


def test_the_picture_of_the_readme_is_what_labcode_draws() -> None:
    assert PICTURE.read_text(encoding="utf-8") == drawing()
