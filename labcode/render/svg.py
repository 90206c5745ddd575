"""Drawings as accessible SVG: graphs, windows on grids, the structure of matrices.

Colours are CSS variables of the page with fallbacks, so a drawing follows dark mode; a line style or
a mark always says what a colour says. Every drawing carries a title and a description made from the
same data. No ids are used: any number of drawings may stand on one page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import product
from math import prod
from typing import Any

import numpy as np

from labcode.errors import ArgumentError
from labcode.geometry import Window
from labcode.graph import Graph, Node
from labcode.render.html import number
from labcode.render.layout import layered

INK = "var(--pst-color-text-base, #1f2933)"
FAINT = "var(--pst-color-text-muted, #5a6472)"
PAPER = "var(--pst-color-background, #ffffff)"
SURFACE = "var(--pst-color-surface, #f1f4f7)"
ACCENT = "var(--pst-color-link, #0b5cad)"
SIZE = 15  # of text, in pixels
CHARACTER = 0.6 * SIZE  # about the width of one
LINE = 1.35 * SIZE
CELL = 40
MOST_ENTRIES = 12  # a larger array is shown by its shape


def draw_graph(
    graph: Graph,
    values: Sequence[Any] | None = None,
    grads: Sequence[Any] | None = None,
    edge_labels: Sequence[str] | None = None,
    title: str = "Computational graph",
) -> str:
    """Draw a graph from left to right: inputs with round corners, ops as boxes that name the op.

    Parameters
    ----------
    graph : Graph
    values, grads : sequence of arrays, optional
        One for each node, as `Graph.evaluate` and `Graph.backward` return them; None is left out.
    edge_labels : sequence of str, optional
        One for each edge of `graph.edges`.
    title : str
        Read by screen readers; the description after it lists all nodes.

    Returns
    -------
    str
        An SVG element in a box that scrolls where the screen is narrower than the drawing.
    """
    texts = [_node_lines(node, _at(values, i), _at(grads, i)) for i, node in enumerate(graph.nodes)]
    layout = layered(len(graph.nodes), [(e.source, e.target) for e in graph.edges])
    gap = 60 + CHARACTER * max((len(label) for label in edge_labels or ()), default=0)
    pitch = max(len(lines) for lines in texts) * LINE + 46
    widths = [0.0] * layout.columns
    for (column, _), lines in zip(layout.nodes, texts, strict=True):
        widths[column] = max(widths[column], 34 + CHARACTER * max(map(len, lines)))
    left = [10 + sum(widths[:c]) + gap * c for c in range(layout.columns)]

    def centre(point: tuple[int, float]) -> tuple[float, float]:
        return left[point[0]] + widths[point[0]] / 2, 10 + pitch * (point[1] + 0.5)

    parts = []
    for k, (edge, way) in enumerate(zip(graph.edges, layout.edges, strict=True)):
        shift = 12 * (edge.arg - (len(graph.nodes[edge.target].inputs) - 1) / 2)
        points = [centre(p) for p in way]
        start, end = (way[0][0], points[0][1]), (way[-1][0], points[-1][1] + shift)
        inner = [
            (x, y)
            for (c, _), (_, y) in zip(way[1:-1], points[1:-1], strict=True)
            for x in (left[c], left[c] + widths[c])
        ]
        path = [(left[start[0]] + widths[start[0]], start[1]), *inner, (left[end[0]], end[1])]
        parts.append(f'<g class="edge">{_arrow(path, _at(edge_labels, k) or "")}</g>')
    for node, place, lines in zip(graph.nodes, layout.nodes, texts, strict=True):
        parts.append(f'<g class="node">{_box(node, centre(place), widths[place[0]], lines)}</g>')
    description = "; ".join(_sentence(graph, i, lines) for i, lines in enumerate(texts))
    return _figure(parts, left[-1] + widths[-1] + 10, 20 + pitch * layout.rows, title, description)


def draw_window(
    x: Any,
    windows: Sequence[Window],
    place: Sequence[int],
    y: Any = None,
    title: str = "Window on the input",
    w: Any = None,
) -> str:
    """Draw an input with its padding, the window at one place, and the output with its entry marked.

    Parameters
    ----------
    x : array_like, 1-D or 2-D
    windows : sequence of Window
        One for each axis of x.
    place : sequence of int
        Index of the output entry.
    y : array_like, optional
        The output, drawn to the right.
    title : str
        Read by screen readers.
    w : array_like, optional
        The kernel: each entry under the window then carries its weight, small, in the corner.

    Raises
    ------
    ArgumentError
        If w has not the shape of the window.
    """
    x = np.asarray(x)
    kernel = tuple(a.kernel for a in windows)
    if w is not None and np.shape(w) != kernel:
        raise ArgumentError("w", f"shape {np.shape(w)}", f"the taps of the window, {kernel}")
    if x.ndim == 1:  # a row
        x, windows, place = x[None], [Window(1), *windows], (0, *place)
        y, w = (None if a is None else np.asarray(a)[None] for a in (y, w))
    read = product(*([a.tap(p, t) for t in range(a.kernel)] for a, p in zip(windows, place, strict=True)))
    taps = dict(zip(read, [None] * prod(kernel) if w is None else np.ravel(w), strict=True))
    (top, bottom), (before, after) = (a.padding for a in windows)
    rows, columns = range(-top, x.shape[0] + bottom), range(-before, x.shape[1] + after)
    parts = []
    for i, j in product(rows, columns):
        inside = 0 <= i < x.shape[0] and 0 <= j < x.shape[1]
        at = (10 + CELL * (j + before), 10 + CELL * (i + top))
        parts.append(_cell(at, number(x[i, j]) if inside else "0", inside, (i, j) in taps))
        if w is not None and (i, j) in taps:
            corner = (at[0] + CELL - 5, at[1] + CELL - 9)
            parts.append(_text(*corner, f"×{number(taps[i, j])}", "end", ACCENT, ' font-size="11"'))
    width, height = 20 + CELL * len(columns), 20 + CELL * len(rows)
    if y is not None:
        y = np.asarray(y)
        parts.append(_text(width + 15, height / 2, "→", "middle"))
        for i, j in np.ndindex(y.shape):
            corner = (width + 40 + CELL * j, height / 2 - CELL * y.shape[0] / 2 + CELL * i)
            parts.append(_cell(corner, number(y[i, j]), True, (i, j) == tuple(place)))
        width, height = width + 50 + CELL * y.shape[1], max(height, 20 + CELL * y.shape[0])
    seen = ", ".join(
        number(x[t]) if 0 <= t[0] < x.shape[0] and 0 <= t[1] < x.shape[1] else "padding" for t in sorted(taps)
    )
    result = "" if y is None else f"; the output entry is {number(y[tuple(place)])}"
    return _figure(parts, width, height, title, f"The window sees {seen}{result}.")


def draw_matrix(matrix: Any, title: str = "Matrix") -> str:
    """Draw a matrix by its entries: numbers where there are few, marks on the non-zeros where there are many."""
    matrix = np.asarray(matrix)
    cell = CELL if max(matrix.shape) <= MOST_ENTRIES else 12
    parts = []
    for (i, j), value in np.ndenumerate(matrix):
        at = (10 + cell * j, 10 + cell * i)
        if cell == CELL:
            parts.append(_cell(at, number(value), value != 0, value != 0))
        elif value != 0:
            parts.append(
                f'<rect x="{at[0] + 1}" y="{at[1] + 1}" width="{cell - 2}" height="{cell - 2}" fill="{ACCENT}"/>'
            )
    rows, columns = matrix.shape
    width, height = 20 + cell * columns, 20 + cell * rows
    frame = f'<rect x="9" y="9" width="{width - 18}" height="{height - 18}" fill="none" stroke="{INK}"/>'
    description = f"{rows} rows, {columns} columns, {np.count_nonzero(matrix)} entries are not zero."
    return _figure([frame, *parts], width, height, title, description)


def short(array: Any) -> str:
    """An array in one line: its numbers, a column as a row turned round, or its shape if they are many.

    Examples
    --------
    >>> import numpy as np
    >>> short(np.array([2.0, -1.0])), short(np.array([[2.0], [-1.0]])), short(np.zeros((4, 6)))
    ('[2, −1]', '[2, −1]ᵀ', '4×6 numbers')
    """
    array = np.asarray(array)
    if array.size > MOST_ENTRIES:
        return "×".join(map(str, array.shape)) + " numbers"
    if array.ndim == 0:
        return number(array[()]).replace(",", "\u202f")  # in a list a comma would end the entry
    if array.ndim == 2 and array.shape[1] == 1 < len(array):
        return short(array[:, 0]) + "ᵀ"
    return "[" + ", ".join(short(row) for row in array) + "]"


def _node_lines(node: Node, value: Any, grad: Any) -> list[str]:
    """What is written into a node: its name and op, value or shape, gradient."""
    lines = [node.name if node.op is None else f"{node.name} = {node.op.symbol}"]
    if value is not None:
        lines.append(short(value))
    elif node.shape is not None:
        lines.append("×".join("?" if n is None else str(n) for n in node.shape) or "1")
    if grad is not None:
        lines.append(f"∂: {short(grad)}")
    return lines


def _sentence(graph: Graph, i: int, lines: Sequence[str]) -> str:
    node = graph.nodes[i]
    if node.op is None:
        return ", ".join([f"input {lines[0]}", *lines[1:]])
    sources = " and ".join(graph.nodes[j].name for j in node.inputs)
    return ", ".join([f"{node.name} by {type(node.op).__name__} from {sources}", *lines[1:]])


def _box(node: Node, centre: tuple[float, float], width: float, lines: Sequence[str]) -> str:
    x, y = centre
    height = LINE * len(lines) + 16
    corner = height / 2 if node.op is None else 4
    rect = (
        f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="{corner:.1f}" fill="{SURFACE}" stroke="{INK}" stroke-width="1.5"/>'
    )
    first = y - LINE * (len(lines) - 1) / 2
    text = [
        _text(x, first + LINE * k, line, "middle", ACCENT if line.startswith("∂") else INK)
        for k, line in enumerate(lines)
    ]
    return rect + "".join(text)


def _arrow(path: Sequence[tuple[float, float]], label: str) -> str:
    """A polyline with a head, its label on the paper beside its middle."""
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in path)
    (x0, y0), (x, y) = path[-2:]
    along = np.array([x - x0, y - y0]) / max(float(np.hypot(x - x0, y - y0)), 1e-9)
    back, aside = np.array([x, y]) - 9 * along, 4 * np.array([-along[1], along[0]])
    head = " ".join(f"{a:.1f},{b:.1f}" for a, b in ((x, y), back + aside, back - aside))
    line = f'<polyline points="{points}" fill="none" stroke="{INK}" stroke-width="1.5"/>'
    line += f'<polygon points="{head}" fill="{INK}"/>'
    if not label:
        return line
    mx, my = (x + x0) / 2, (y + y0) / 2 - 10
    halo = f'<rect x="{mx - CHARACTER * len(label) / 2 - 3:.1f}" y="{my - LINE / 2:.1f}" '
    halo += f'width="{CHARACTER * len(label) + 6:.1f}" height="{LINE:.1f}" fill="{PAPER}"/>'
    return line + halo + _text(mx, my, label, "middle", ACCENT)


def _cell(at: tuple[float, float], text: str, inside: bool, marked: bool) -> str:
    """One grid cell: padding is dashed and faint, a marked cell has a thick frame and bold text."""
    x, y = at
    stroke, width = (ACCENT, 3) if marked else (FAINT, 1)
    dash = "" if inside else ' stroke-dasharray="4 3"'
    inset = width / 2
    rect = (
        f'<rect x="{x + inset}" y="{y + inset}" width="{CELL - 2 * inset}" height="{CELL - 2 * inset}" '
        f'fill="{SURFACE if marked else PAPER}" stroke="{stroke}" stroke-width="{width}"{dash}/>'
    )
    weight = ' font-weight="bold"' if marked else ""
    return rect + _text(x + CELL / 2, y + CELL / 2, text, "middle", INK if inside else FAINT, weight)


def _text(x: float, y: float, text: str, anchor: str, colour: str = INK, more: str = "") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" dominant-baseline="central" fill="{colour}"{more}>'
        f"{escape(text)}</text>"
    )


def _figure(parts: Iterable[str], width: float, height: float, title: str, description: str) -> str:
    """An image with title and description, in a box that scrolls on a narrow screen."""
    style = f"width:100%;max-width:{width:.0f}px;min-width:{min(width, 0.8 * width):.0f}px"
    return (
        f'<div class="lab-figure" style="overflow-x:auto" tabindex="0" role="group" aria-label="{escape(title)}">'
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width:.0f} {height:.0f}" style="{style}" '
        f'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="{SIZE}">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>{''.join(parts)}</svg></div>"
    )


def _at(items: Sequence[Any] | None, i: int) -> Any:
    return None if items is None else items[i]
