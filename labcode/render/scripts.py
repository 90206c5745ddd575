"""ES modules as ordinary scripts: a page from a file loads no module, and a notebook's output has no address for one.

Modules import each other by name (`import { a } from "./base.js"`) and export functions, classes and constants by name.
No other form is understood. Names of files differ, also between folders.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

IMPORT = re.compile(r'^import (\{[^}]*\}) from "(\.{1,2}/(?:[\w./]*/)?([\w.]+))";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
NOTE = re.compile(r"^\s*(?:/\*\*(?s:.*?)\*/|//.*)\n", re.MULTILINE)


def modules(entry: Path, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Each module of a script after those that it imports.

    A module becomes a function that returns what it exports, run once for all scripts of a page.

    Parameters
    ----------
    entry : Path
        The module that is not imported by others.
    given : mapping of str to str, optional
        Modules that are no files: an expression of JavaScript with what they export, by name.

    Returns
    -------
    dict of str to str
        Scripts by name, in the order in which they have to run.
    """
    found = {name: _defined(name, what) for name, what in (given or {}).items()}

    def add(path: Path) -> None:
        source = path.read_text(encoding="utf-8")
        for _, place, name in IMPORT.findall(source):
            if name not in found:
                add(path.parent / place)
        found[path.name] = _script(path.name, source)

    add(entry)
    return found


@cache
def _script(name: str, source: str) -> str:
    exports = ", ".join(EXPORT.findall(source))
    plain = EXPORT.sub("", IMPORT.sub(r'const \1 = labcode["\3"];\n', NOTE.sub("", source)))
    return _defined(name, f"(() => {{\n{plain}return {{ {exports} }};\n}})()")


def _defined(name: str, what: str) -> str:
    return f'(globalThis.labcode ??= {{}})["{name}"] ??= {what};\n'
