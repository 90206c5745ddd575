"""Places for the nodes of a graph: layers from left to right, edges that cross little.

The layered method of Sugiyama, Tagawa and Toda (1981): give each node a layer so that edges point
right, put a waypoint wherever an edge passes a layer, order each layer by the mean position of its
neighbours, and space the layers out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 8


@dataclass(frozen=True)
class Layout:
    """Where nodes stand and which way edges take, in columns and rows (rows may be halves).

    Attributes
    ----------
    nodes : tuple of (column, row)
        One for each node.
    edges : tuple of tuples of (column, row)
        Points of each edge, from its source to its target.
    columns, rows : int
        Extent of the drawing.
    """

    nodes: tuple[tuple[int, float], ...]
    edges: tuple[tuple[tuple[int, float], ...], ...]
    columns: int
    rows: int


def layered(count: int, edges: Sequence[tuple[int, int]]) -> Layout:
    """Lay out nodes 0..count-1, given in topological order, with edges (source, target).

    Examples
    --------
    >>> layered(3, [(0, 2), (1, 2)]).nodes
    ((0, 0.0), (0, 1.0), (1, 0.5))
    """
    column = _columns(count, edges)
    paths, layer_of = [], list(column)
    for source, target in edges:
        waypoints = []
        for c in range(column[source] + 1, column[target]):
            waypoints.append(len(layer_of))
            layer_of.append(c)
        paths.append([source, *waypoints, target])
    row = _rows(layer_of, paths)
    place = [(c, row[i]) for i, c in enumerate(layer_of)]
    ways = tuple(tuple(place[i] for i in path) for path in paths)
    rows = int(max(row, default=0)) + 1
    return Layout(tuple(place[:count]), ways, max(column, default=0) + 1, rows)


def _columns(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Longest path from the left; a leaf stands just before the first node that uses it."""
    column = [0] * count
    for source, target in sorted(edges, key=lambda e: e[1]):
        column[target] = max(column[target], column[source] + 1)
    targets = {target for _, target in edges}
    for leaf in set(range(count)) - targets:
        users = [column[t] for s, t in edges if s == leaf]
        column[leaf] = min(users, default=1) - 1
    return column


def _rows(layer_of: Sequence[int], paths: Sequence[Sequence[int]]) -> list[float]:
    """Order each layer by the mean row of its neighbours, then centre the layers on each other."""
    layers: list[list[int]] = [[] for _ in range(max(layer_of, default=-1) + 1)]
    for node, c in enumerate(layer_of):
        layers[c].append(node)
    neighbours: list[list[int]] = [[] for _ in layer_of]
    for path in paths:
        for a, b in pairwise(path):
            neighbours[a].append(b)
            neighbours[b].append(a)
    tallest = max(map(len, layers), default=0)
    row = [0.0] * len(layer_of)
    for layer in layers:
        _spread(layer, row, tallest)
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wish = {i: _mean([row[j] for j in neighbours[i]], row[i]) for i in layer}
            layer.sort(key=lambda i, wish=wish: wish[i])  # type: ignore[misc]  # mypy cannot type the default
            _spread(layer, row, tallest)
    return row


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _spread(layer: Sequence[int], row: list[float], tallest: int) -> None:
    """One node a row, the layer centred."""
    offset = (tallest - len(layer)) / 2
    for k, node in enumerate(layer):
        row[node] = offset + k
