"""Statements of a page, read but not run: which names each binds, which dotted names it uses."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

Chain = tuple[str, ...]  # task1.CONV.windows as ("task1", "CONV", "windows")
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


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
    found.binds = {*found.imports, *bound_names(node)}
    found.chains = list(dotted_names(node))
    if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
        found.settles = found.binds
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [e for t in targets for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
        found.settles = {e.id for e in names if isinstance(e, ast.Name)}
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        found.binds |= {chain[0] for chain in dotted_names(node.value.func)}  # x.append(1) changes x
    return found


def bound_names(node: ast.AST) -> Iterator[str]:
    """Names that a piece of code binds outside the scopes inside it; `x.a = 1` and `x[0] = 1` change x."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
        yield from (chain[0] for chain in dotted_names(node.value))
    elif not isinstance(node, SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from bound_names(child)


def dotted_names(node: ast.AST, local: frozenset[str] = frozenset()) -> Iterator[Chain]:
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
                    yield from dotted_names(child, local)


def _dotted(node: ast.expr) -> Chain | None:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute) and (start := _dotted(node.value)):
        return (*start, node.attr)
    return None
