"""What of labcode stands behind an expression, found by reading the code, not by running it.

A page is a list of statements: those of its cells, in order. Behind an expression stand the statements that define
the names it uses, those that define the names these use, and so on back to the imports. The dotted names in all of
them, such as `task1.conv` or `CONV.windows`, are looked up in the modules of labcode, which are really imported.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cache, cached_property
from importlib import import_module
from importlib.util import find_spec
from inspect import isclass, ismodule, isroutine, unwrap
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from reading import Chain, Statement, bound_names, dotted_names, statements

from labcode.practice.labs import labs

PACKAGE = "labcode"


class Origin(NamedTuple):
    """Something of labcode: a function, a method, a class, or data that stand in a module."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Code:
    """The cells of a page, or a module: statements in the order in which they run."""

    def __init__(self, cells: Iterable[str]) -> None:
        self.cells = [statements(cell) for cell in cells]
        modules = {name for cell in self.cells for s in cell for name in s.imports}
        for statement in (s for cell in self.cells for s in cell if isinstance(s.node, ast.Expr)):
            statement.binds -= modules  # lc.conv2d(x, w) does not change lc

    def behind(self, expression: str, cell: int) -> list[Origin]:
        """What stands behind an expression that is evaluated after a cell."""
        return self._origins([s for c in self.cells[: cell + 1] for s in c], statements(expression))

    def behind_cell(self, cell: int) -> list[Origin]:
        """What stands behind the output of a cell: its expressions, wherever they stand in it."""
        shows = [any(isinstance(n, ast.Expr) for n in ast.walk(s.node)) for s in self.cells[cell]]
        last = max((i for i, show in enumerate(shows) if show), default=-1)
        seeds = [
            s
            for s, show in zip(self.cells[cell], shows, strict=True)
            if show and not isinstance(s.node, ast.FunctionDef)
        ]
        before = [s for c in self.cells[:cell] for s in c] + [s for s in self.cells[cell][: last + 1] if s not in seeds]
        return self._origins(before, seeds)

    def _origins(self, before: list[Statement], seeds: list[Statement]) -> list[Origin]:
        wanted = {name for seed in seeds for name in seed.uses}
        relevant = list(seeds)
        paths: dict[str, str] = {}
        for statement in reversed(before):
            if statement.binds & wanted:
                paths = {**{n: p for n, p in statement.imports.items() if n in wanted}, **paths}
                relevant.append(statement)
                wanted = (wanted - statement.settles) | statement.uses
        chains = [chain for statement in relevant for chain in statement.chains if chain[0] in paths]
        found = [origin for chain in chains for origin in look_up(paths[chain[0]], chain[1:])]
        found += [o for f in found for o in called(f)]
        found += [o for s in relevant for o in _of_modules(s, paths)]
        if "torch" not in {re.split("[.:]", path)[0] for path in paths.values()}:
            reached = {name for chain in chains for name in chain}
            rest = {name for statement in relevant for name in statement.attributes} - reached
            found += [methods()[name] for name in sorted(rest) if name in methods()]
        return list(dict.fromkeys(found))


def _of_modules(statement: Statement, paths: dict[str, str]) -> Iterator[Origin]:
    """Data of modules that are gone through as values: `for task in (task1, task2) ... task.QUESTIONS`."""
    for path in (paths[name] for name, *rest in statement.chains if name in paths and not rest):
        if path.startswith(PACKAGE) and not look_up(path, ()):
            module = path.replace(":", ".")
            yield from (Origin(module, a) for a in sorted(statement.attributes) if a in definitions(module))


@cache
def look_up(path: str, attributes: Chain) -> tuple[Origin, ...]:
    """Origins that a dotted name reaches; its first part was imported as `path`, a module or "module:name"."""
    module, _, name = path.partition(":")
    if module.split(".")[0] != PACKAGE:
        return ()
    return _walk(import_module(module), (*([name] if name else []), *attributes))


def _walk(thing: Any, names: Chain) -> tuple[Origin, ...]:
    """Follow attributes as far as they exist: modules, then data of a module, then what these can do."""
    found: list[Origin] = []
    for name in names:
        owner, thing = thing, getattr(thing, name, None)
        if thing is None and ismodule(owner):
            submodule = f"{owner.__name__}.{name}"
            if not hasattr(owner, "__path__") or find_spec(submodule) is None:
                break  # no such thing, as a test of its absence may say
            thing = import_module(submodule)
        if isroutine(unwrap(thing)) or isclass(thing):
            if str(thing.__module__).split(".")[0] == PACKAGE:
                found.append(Origin(thing.__module__, thing.__qualname__))
        elif ismodule(owner):
            found += [] if ismodule(thing) else [home(owner, name)]
        elif (maker := _property(owner, name)) is not None:
            found.append(maker)
        elif thing is None:
            break
    return tuple(found[-1:]) if len(found) > 1 and isclass(owner) else tuple(found)


def _property(owner: Any, name: str) -> Origin | None:
    """The property of a class of the package that computes an attribute."""
    for kind in (owner if isclass(owner) else type(owner)).__mro__:
        if isinstance(vars(kind).get(name), property | cached_property) and kind.__module__.startswith(PACKAGE):
            return Origin(kind.__module__, f"{kind.__qualname__}.{name}")
    return None


@cache
def documented(name: str) -> Origin | None:
    """What a dotted name means that autodoc has imported; None for what is no longer there."""
    parts = name.split(".")
    starts = [cut for cut in range(len(parts) - 1, 0, -1) if ".".join(parts[:cut]) in sys.modules]
    found = [_walk(sys.modules[".".join(parts[:cut])], tuple(parts[cut:])) for cut in starts[:1]]
    return next((o[-1] for o in found if o and o[-1].name.rpartition(".")[2] == parts[-1]), None)


def home(module: ModuleType, name: str) -> Origin:
    """Module in whose text a name of data is given its value: this one, or one it is imported from."""
    if name not in definitions(module.__name__):
        for statement in statements(Path(str(module.__file__)).read_text(encoding="utf-8")):
            if statement.imports.get(name, "").startswith(PACKAGE):
                start, _, original = statement.imports[name].partition(":")
                return home(import_module(start), original)
    return Origin(module.__name__, name)


@cache
def called(origin: Origin) -> tuple[Origin, ...]:
    """What a function of a lab calls, or its data are made by, until that leaves the lab.

    It puts a question to the package: what it calls stands behind a number too. Not so its problems for practice:
    they are data, and which of their many computations ran depends on the variant.
    """
    _, lab, *rest = *origin.module.split("."), ""
    if lab not in labs() or rest[:1] == ["problems"] or origin.name not in definitions(origin.module):
        return ()
    module = import_module(origin.module)
    node = definitions(origin.module)[origin.name]
    chains = [c for c in dotted_names(node) if c[0] in vars(module)]
    found = [o for chain in chains for o in _walk(module, chain) if o != origin and o.module.startswith(PACKAGE)]
    return tuple(dict.fromkeys([*found, *(o for f in found for o in called(f))]))


@cache
def methods() -> dict[str, Origin]:
    """Methods by their bare names, for values whose class the text does not tell.

    Only names that one class of the package has, and neither its public functions nor a type of Python or NumPy:
    `output_size`, not `vec` or `index`.
    """
    modules = [PACKAGE, *(m.name for m in walk_packages(import_module(PACKAGE).__path__, f"{PACKAGE}."))]
    parts = [(Origin(m, name), node) for m in modules for name, node in definitions(m).items() if "." in name]
    last = {origin: origin.name.rpartition(".")[2] for origin, _ in parts}
    count = Counter(last.values())  # fields of dataclasses count: `w.kernel` may be one
    types = (str, int, float, list, tuple, dict, set, Fraction, np.ndarray)
    taken = {*import_module(PACKAGE).__all__, *(name for kind in types for name in dir(kind))}
    return {
        last[origin]: origin
        for origin, node in parts
        if isinstance(node, ast.FunctionDef) and count[last[origin]] == 1 and last[origin] not in taken
    }


@cache
def definitions(module: str) -> dict[str, ast.stmt]:
    """Functions, classes, methods and assigned names of a module, each with the statement that makes it."""
    tree = ast.parse(Path(str(import_module(module).__file__)).read_text(encoding="utf-8"))
    return dict(_defined(tree.body, ""))


def _defined(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.stmt]]:
    for node in body:
        for name in bound_names(node):
            yield prefix + name, node
        if isinstance(node, ast.ClassDef):
            yield from _defined(node.body, f"{prefix}{node.name}.")
