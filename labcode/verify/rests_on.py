"""Which statements of a page a result rests on: those that define the names it uses, and the names these use, back.

Read from the code, statement by statement; what a statement changes without naming it is added by whoever ran it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from symtable import SymbolTable, symtable


@dataclass
class Statement:
    """A statement of a cell: its lines, and the names that it uses, binds and settles (binds anew)."""

    cell: int
    lines: range
    uses: set[str]
    binds: set[str]
    settles: set[str] = field(default_factory=set)
    shows: bool = False  # it may show something: there is an expression in it that is a statement


def statements(source: str, cell: int) -> list[Statement]:
    """Statements of a cell, in order.

    Examples
    --------
    >>> [(sorted(s.uses), sorted(s.binds)) for s in statements("y = f(x); y.sort()", cell=0)]
    [(['f', 'x'], ['y']), (['y'], ['y'])]
    """
    return [_read(node, cell) for node in ast.parse(source).body]


def _read(node: ast.stmt, cell: int) -> Statement:
    table = symtable(ast.unparse(node), "cell", "exec")
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    simple = isinstance(node, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)
    return Statement(
        cell,
        range(node.lineno, (node.end_lineno or node.lineno) + 1),
        uses=_used(table),
        binds=bound | set(_changed(node)),
        settles=bound if simple else set(),
        shows=any(isinstance(n, ast.Expr) for n in ast.walk(node)) and not isinstance(node, ast.FunctionDef),
    )


def _used(table: SymbolTable) -> set[str]:
    """Names that are looked up among those of the page, by the code itself or by functions inside it."""
    at_top = table.get_type() == "module"
    own = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (at_top or s.is_global())}
    return own.union(*map(_used, table.get_children()))


def _changed(node: ast.stmt) -> Iterator[str]:
    """Names whose values change: `x.append(1)` as a statement, `x.a = 1`, `x[0] = 1`."""
    for n in ast.walk(node):
        called = isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) and isinstance(n.value.func, ast.Attribute)
        target: ast.AST | None = n.value.func if called else None  # type: ignore[attr-defined] # `called` says it is
        if isinstance(n, ast.Attribute | ast.Subscript) and isinstance(n.ctx, ast.Store):
            target = n
        while isinstance(target, ast.Attribute | ast.Subscript):
            target = target.value
        if isinstance(target, ast.Name):
            yield target.id


def behind(before: Sequence[Statement], uses: set[str], seeds: Sequence[Statement] = ()) -> list[Statement]:
    """The seeds and all statements that the names used rest on, the last one first."""
    wanted = uses.union(*(seed.uses for seed in seeds))
    found = list(seeds)
    for statement in reversed(before):
        if statement.binds & wanted:
            found.append(statement)
            wanted = (wanted - statement.settles) | statement.uses
    return found


def behind_cell(before: Sequence[Statement], cell: Sequence[Statement]) -> list[Statement]:
    """What the output of a cell rests on: its expressions, wherever they stand in it, and what they use."""
    seeds = [s for s in cell if s.shows]
    rest = [s for s in cell if not s.shows and s.lines.start < max((t.lines.start for t in seeds), default=0)]
    return behind([*before, *rest], set(), seeds)


def names(expression: str) -> set[str]:
    """Names of the page that an expression uses.

    Examples
    --------
    >>> sorted(names("sum(x * k for x in xs)"))
    ['k', 'sum', 'xs']
    """
    return _used(symtable(expression.strip(), "expression", "exec"))
