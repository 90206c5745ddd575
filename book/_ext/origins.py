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
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib import import_module
from inspect import isclass, ismodule, isroutine, unwrap
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

PACKAGE = "labcode"
PROBLEMS = "labcode.lab5"  # its functions put a question to the package: what they call stands behind a number too
Chain = tuple[str, ...]  # task1.CONV.windows as ("task1", "CONV", "windows")
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Origin(NamedTuple):
    """Something of labcode: a function, a method, a class, or data that stand in a module."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass
class Statement:
    """What a statement of a page binds and uses, and how its names are reached."""

    node: ast.stmt
    binds: set[str] = field(default_factory=set)
    settles: set[str] = field(default_factory=set)  # bound anew: what the name was before no longer counts
    chains: list[Chain] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)  # name: "module" or "module:name"
    attributes: set[str] = field(default_factory=set)

    @property
    def uses(self) -> set[str]:
        """Names that must have been defined before."""
        return {chain[0] for chain in self.chains}


def statements(source: str) -> list[Statement]:
    """Statements of a cell, of an expression or of a module; none if it is not plain Python."""
    try:
        return [_read(node) for statement in ast.parse(source).body for node in _single(statement)]
    except SyntaxError:
        return []


def _single(node: ast.stmt) -> list[ast.stmt]:
    """`a, b = x, y` as two assignments, so that what stands behind b is not taken for what stands behind a."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple) and isinstance(node.targets[0], ast.Tuple):
        targets, values = node.targets[0].elts, node.value.elts
        if len(targets) == len(values) and not any(isinstance(e, ast.Starred) for e in (*targets, *values)):
            return [ast.copy_location(ast.Assign([t], v), node) for t, v in zip(targets, values, strict=True)]
    return [node]


def _read(node: ast.stmt) -> Statement:
    found = Statement(node)
    if isinstance(node, ast.Import):
        found.imports = {
            a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in node.names
        }
    elif isinstance(node, ast.ImportFrom):
        found.imports = {a.asname or a.name: f"{node.module}:{a.name}" for a in node.names}
    found.attributes = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
    found.binds = {*found.imports, *_bound(node)}
    found.chains = list(_chains(node, frozenset()))
    if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
        found.settles = found.binds
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [e for t in targets for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
        found.settles = {e.id for e in names if isinstance(e, ast.Name)}
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        found.binds |= {chain[0] for chain in _chains(node.value.func, frozenset())}  # x.append(1) changes x
    return found


def _bound(node: ast.AST) -> Iterator[str]:
    """Names that a piece of code binds outside the scopes inside it; `x.a = 1` and `x[0] = 1` change x."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
        yield from (chain[0] for chain in _chains(node.value, frozenset()))
    elif not isinstance(node, SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _bound(child)


def _chains(node: ast.AST, local: frozenset[str]) -> Iterator[Chain]:
    """Dotted names that a piece of code reads, without those of its inner scopes' own variables."""
    if isinstance(node, SCOPES):
        own = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
        own |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        local = local | own
    elif isinstance(node, ast.Name | ast.Attribute):
        chain = _dotted(node)
        if chain is not None:
            if chain[0] not in local and isinstance(node.ctx, ast.Load):
                yield chain
            return
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _chains(child, local)


def _dotted(node: ast.expr) -> Chain | None:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute) and (start := _dotted(node.value)):
        return (*start, node.attr)
    return None


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
            thing = import_module(f"{owner.__name__}.{name}")
        if isroutine(unwrap(thing)) or isclass(thing):
            if str(thing.__module__).split(".")[0] == PACKAGE:
                found.append(Origin(thing.__module__, thing.__qualname__))
        elif ismodule(owner) and not ismodule(thing):
            found.append(home(owner, name))
        elif thing is None:
            break
    return tuple(found[-1:]) if len(found) > 1 and isclass(owner) else tuple(found)


@cache
def documented(name: str) -> Origin | None:
    """What a dotted name means that autodoc has imported; None for what is no longer there."""
    parts = name.split(".")
    starts = [cut for cut in range(len(parts) - 1, 0, -1) if ".".join(parts[:cut]) in sys.modules]
    found = [_walk(sys.modules[".".join(parts[:cut])], tuple(parts[cut:])) for cut in starts[:1]]
    return next((origins[-1] for origins in found if origins), None)


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
    """What a function of the problems calls, or data of the problems are made by, until that leaves the problems."""
    if not origin.module.startswith(PROBLEMS) or origin.name not in definitions(origin.module):
        return ()
    module = import_module(origin.module)
    node = definitions(origin.module)[origin.name]
    chains = [c for c in _chains(node, frozenset()) if c[0] in vars(module)]
    found = [o for chain in chains for o in _walk(module, chain) if o != origin and o.module.startswith(PACKAGE)]
    return tuple(dict.fromkeys([*found, *(o for f in found for o in called(f))]))


@cache
def methods() -> dict[str, Origin]:
    """Methods by their bare names, for values whose class the text does not tell.

    Only names that one class of the package has, and no type of Python or NumPy: `output_size`, not `index`.
    """
    modules = [PACKAGE, *(m.name for m in walk_packages(import_module(PACKAGE).__path__, f"{PACKAGE}."))]
    parts = [(Origin(m, name), node) for m in modules for name, node in definitions(m).items() if "." in name]
    last = {origin: origin.name.rpartition(".")[2] for origin, _ in parts}
    count = Counter(last.values())  # fields of dataclasses count: `w.kernel` may be one
    taken = {name for kind in (str, int, float, list, tuple, dict, set, Fraction, np.ndarray) for name in dir(kind)}
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
        for name in _bound(node):
            yield prefix + name, node
        if isinstance(node, ast.ClassDef):
            yield from _defined(node.body, f"{prefix}{node.name}.")
