"""Drawings of what several windows do: their places, what they see, what becomes of their columns, what they cost.

As accessible SVG, in the manner of `labcode.render.svg`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log2
from typing import Any

import numpy as np

from labcode.cost import Roofline
from labcode.errors import ArgumentError
from labcode.geometry import SIZE_RULE, Window
from labcode.render.html import number
from labcode.render.svg import ACCENT, CELL, CHARACTER, FAINT, INK, PAPER, SURFACE, _cell, _figure, _text

STEP, TALL, APART = 36, 26, 62  # width and height of a position, distance between layers
OCTAVE, RISE, LABEL = 40, 30, 22  # under a roof: a doubling to the right, a doubling upwards, lines of text


def draw_places(size: int, window: Window, title: str = "The places of a window") -> str:
    """Draw a padded axis, its positions counted from zero, and below it the window at each of its places.

    Parameters
    ----------
    size : int
        Positions of the axis, without padding.
    window : Window
        Its taps are drawn as dots; positions at the end that it never reaches are crossed out.
    title : str
        Read by screen readers.

    Returns
    -------
    str
        An SVG element in a box that scrolls where the screen is narrower than the drawing.

    Raises
    ------
    ArgumentError
        If the window does not fit into the padded axis.
    """
    places, left_over = window.output_size(size), window.cut_off(size)
    before, after = window.padding
    padded = before + size + after
    starts = [window.start(p) + before for p in range(places)]
    wide = max(padded, starts[-1] + window.extent)  # a partial window reaches over the end
    parts = []
    for i in range(padded):
        at = (10.0 + STEP * i, 10.0)
        parts.append(_position(at, before <= i < before + size, False))
        parts.append(_text(at[0] + STEP / 2, at[1] + TALL / 2, str(i), "middle", FAINT))
        if i >= padded - left_over:
            parts.append(_line((at[0] + 4, at[1] + TALL - 3), (at[0] + STEP - 4, at[1] + 3)))
    for row, start in enumerate(starts, 1):
        y = 14 + (TALL + 8) * row
        first, last = (10 + STEP * (i + 0.5) for i in (start, start + window.extent - 1))
        parts.append(_line((first, y + TALL / 2), (last, y + TALL / 2)))
        taps = range(start, start + window.extent, window.dilation)
        parts += [_position((10 + STEP * i, y), True, True) for i in taps]
    lost = f"; {left_over} at the end are never read" if left_over else ""
    description = f"{padded} positions, {before} and {after} of them padding; the window starts at "
    description += ", ".join(map(str, starts)) + lost + "."
    return _figure(parts, 20 + STEP * wide, 22 + (TALL + 8) * (places + 1), title, description)


def _line(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x, y), (right, down) = start, end
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{right:.1f}" y2="{down:.1f}" stroke="{INK}" stroke-width="1.5"/>'


def draw_receptive_field(size: int, windows: Sequence[Window], place: int, title: str = "What an output sees") -> str:
    """Draw the positions of an image at the bottom, of each layer above it, and the cone below one output.

    Parameters
    ----------
    size : int
        Positions of the image, along one axis.
    windows : sequence of Window
        How each layer reads the one below, first layer first, as ``op.windows(kernel)`` gives them.
    place : int
        Position of the output entry in the last layer.
    title : str
        Read by screen readers; the description after it tells what is seen in each layer.

    Returns
    -------
    str
        An SVG element in a box that scrolls where the screen is narrower than the drawing.

    Raises
    ------
    ArgumentError
        If a window does not fit, or the output has no such position.
    """
    sizes = [size]
    for window in windows:
        sizes.append(window.output_size(sizes[-1]))
    if not 0 <= place < sizes[-1]:
        raise ArgumentError("place", place, f"a position of the output, 0 to {sizes[-1] - 1}", SIZE_RULE)
    seen = _seen(windows, place)
    middles = _middles(windows, sizes)
    left = min(middles[0](i) for i in _shown(sizes[0], windows[:1]))
    parts, told = [], []
    for level in reversed(range(len(sizes))):
        y = 10 + APART * (len(windows) - level)
        inside = [i for i in seen[level] if 0 <= i < sizes[level]]
        if level:
            low, high = (middles[level - 1](end(seen[level - 1])) for end in (min, max))
            top = [middles[level](end(seen[level])) for end in (min, max)]
            parts.append(_cone([10 - left + x for x in (*top, high, low)], y))
        for i in _shown(sizes[level], windows[level : level + 1]):
            at = (10 - left + middles[level](i), y)
            parts.append(_position(at, 0 <= i < sizes[level], i in seen[level]))
        told.append(f"{'image' if not level else f'layer {level}'}: {len(inside)} of {sizes[level]}")
    width = 20 - left + STEP + max(middles[0](i) for i in _shown(sizes[0], windows[:1]))
    for k, line in enumerate(told):
        parts.append(_text(width, 10 + APART * k + TALL / 2, line, "start"))
    description = f"Below output {place} of the last layer: " + "; ".join(told) + " positions are seen."
    return _figure(parts, width + 150, 20 + APART * len(windows) + TALL, title, description)


def _seen(windows: Sequence[Window], place: int) -> list[set[int]]:
    """Positions of each layer, the image first, that an output depends on; padding has positions outside."""
    found = [{place}]
    for window in reversed(windows):
        found.insert(0, {window.tap(p, t) for p in found[0] for t in range(window.kernel)})
    return found


def _middles(windows: Sequence[Window], sizes: Sequence[int]) -> list[Any]:
    """Where a position of each layer is drawn: over the middle of its window."""
    found: list[Any] = [lambda i: STEP * i]
    for window in windows:
        below = found[-1]
        found.append(lambda p, w=window, below=below: (below(w.tap(p, 0)) + below(w.tap(p, w.kernel - 1))) / 2)
    return found


def _shown(size: int, reading: Sequence[Window]) -> range:
    """Positions of a layer, with the padding that the next one reads."""
    before, after = reading[0].padding if reading else (0, 0)
    return range(-before, size + after)


def _cone(corners: Sequence[float], y: float) -> str:
    a, b, c, d = corners
    points = [(a, y + TALL), (b + STEP, y + TALL), (c + STEP, y + APART), (d, y + APART)]
    where = " ".join(f"{x:.1f},{h:.1f}" for x, h in points)
    return f'<polygon points="{where}" fill="{SURFACE}" stroke="{ACCENT}" stroke-dasharray="2 4"/>'


def _position(at: tuple[float, float], inside: bool, marked: bool) -> str:
    """A position: padding is dashed, one that is seen has a thick frame and a dot."""
    x, y = at
    stroke, width = (ACCENT, 3) if marked else (FAINT, 1)
    dash = "" if inside else ' stroke-dasharray="4 3"'
    rect = f'<rect x="{x + 2:.1f}" y="{y + 1:.1f}" width="{STEP - 4}" height="{TALL - 2}" fill="{PAPER}" '
    rect += f'stroke="{stroke}" stroke-width="{width}"{dash}/>'
    dot = (
        f'<circle cx="{x + STEP / 2:.1f}" cy="{y + TALL / 2:.1f}" r="4" fill="{ACCENT}"/>' if marked and inside else ""
    )
    return rect + dot


def draw_im2col(x: Any, windows: Sequence[Window], place: Sequence[int], title: str = "Windows as columns") -> str:
    """Draw an image with one window marked, and the matrix whose columns are all windows.

    Parameters
    ----------
    x : array_like, shape (H, W)
    windows : two of Window
        For rows and columns.
    place : (int, int)
        Which window is marked.
    title : str
        Read by screen readers.

    Raises
    ------
    ArgumentError
        If x is no matrix, or there is no such place.
    """
    x = np.asarray(x, float)
    if x.ndim != 2:
        raise ArgumentError("x", f"shape {x.shape}", "two axes, (H, W)")
    places = _places(windows, x.shape, place)
    chosen = int(np.ravel_multi_index(tuple(place), places))
    (top, bottom), (before, after) = (w.padding for w in windows)
    rows, columns = range(-top, x.shape[0] + bottom), range(-before, x.shape[1] + after)
    padded = np.pad(x, ((top, bottom), (before, after)))
    read = [
        [(windows[0].tap(p, s), windows[1].tap(q, t)) for p, q in np.ndindex(*places)]
        for s, t in np.ndindex(*(w.kernel for w in windows))
    ]
    matrix = np.array([[padded[i + top, j + before] for i, j in line] for line in read])
    under = {line[chosen] for line in read}
    tall = max(len(rows), len(matrix))
    parts = []
    for i in rows:
        for j in columns:
            inside = 0 <= i < x.shape[0] and 0 <= j < x.shape[1]
            at = (10 + CELL * (j + before), 10 + CELL * (i + top + (tall - len(rows)) / 2))
            parts.append(_cell(at, number(x[i, j]) if inside else "0", inside, (i, j) in under))
    right = 10 + CELL * len(columns)
    parts.append(_text(right + 30, 10 + CELL * tall / 2, "→", "middle"))
    for (i, j), value in np.ndenumerate(matrix):
        at = (right + 60 + CELL * j, 10 + CELL * (i + (tall - len(matrix)) / 2))
        parts.append(_cell(at, number(value), True, j == chosen))
    column = ", ".join(number(v) for v in matrix[:, chosen])
    width = right + 70 + CELL * matrix.shape[1]
    description = f"The window at row {place[0]}, column {place[1]} becomes column {chosen}: {column}."
    return _figure(parts, width, 20 + CELL * tall, title, description)


def draw_channels(
    x: Any, w: Any, windows: Sequence[Window], place: Sequence[int], title: str = "Channels are summed"
) -> str:
    """Draw each channel of an image with one window marked, its own slice of the kernel, and what they add up to.

    Parameters
    ----------
    x : array_like, shape (C, H, W)
    w : array_like, shape (C, kH, kW)
        The kernel of one output channel.
    windows : two of Window
        For rows and columns.
    place : (int, int)
        Which output entry is made.
    title : str
        Read by screen readers.

    Raises
    ------
    ArgumentError
        If the shapes do not go together, or there is no such place.
    """
    x, w = np.asarray(x, float), np.asarray(w, float)
    kernel = tuple(window.kernel for window in windows)
    if x.ndim != 3 or w.shape != (len(x), *kernel):
        raise ArgumentError("w", f"shape {w.shape}", f"(C, *kernel) = {(len(x), *kernel)} for x of shape {x.shape}")
    _places(windows, x.shape[1:], place)
    under = [[window.tap(p, t) for t in range(window.kernel)] for window, p in zip(windows, place, strict=True)]
    (top, bottom), (before, after) = (window.padding for window in windows)
    padded = np.pad(x, ((0, 0), (top, bottom), (before, after)))
    tall, wide = padded.shape[1:]
    block = CELL * max(tall, kernel[0]) + 24
    parts, sums = [], []
    for c in range(len(x)):
        y = 10 + block * c
        for (i, j), value in np.ndenumerate(padded[c]):
            row, column = i - top, j - before
            inside = 0 <= row < x.shape[1] and 0 <= column < x.shape[2]
            marked = row in under[0] and column in under[1]
            parts.append(_cell((10 + CELL * j, y + CELL * i), number(value), inside, marked))
        middle, right = y + CELL * tall / 2, 10 + CELL * wide
        parts.append(_text(right + 25, middle, "·", "middle"))
        for (s, t), value in np.ndenumerate(w[c]):
            at = (right + 50 + CELL * t, middle + CELL * (s - kernel[0] / 2))
            parts.append(_cell(at, number(value), True, True))
        seen = padded[c][np.ix_([r + top for r in under[0]], [q + before for q in under[1]])]
        sums.append(float((seen * w[c]).sum()))
        right += 50 + CELL * kernel[1]
        parts.append(_text(right + 25, middle, "=", "middle"))
        parts.append(_cell((right + 50, middle - CELL / 2), number(sums[-1]), True, False))
    right += 50 + CELL
    middle = 10 + (block * len(x) - 24) / 2
    parts.append(_text(right + 30, middle, "Σ", "middle"))
    parts.append(_cell((right + 55, middle - CELL / 2), number(sum(sums)), True, True))
    shares = " + ".join(f"({number(s)})" if s < 0 else number(s) for s in sums)
    description = f"At row {place[0]}, column {place[1]} the channels give {shares} = {number(sum(sums))}."
    return _figure(parts, right + 75 + CELL, block * len(x), title, description)


def draw_borders(shape: Sequence[int], windows: Sequence[Window], title: str = "Products that meet a pixel") -> str:
    """Draw the output of a layer of one channel; each entry holds how many of its products meet no padding.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the image.
    windows : two of Window
        For rows and columns.
    title : str
        Read by screen readers; the description after it has the numbers.

    Raises
    ------
    ArgumentError
        If a window does not fit.
    """
    down, across = (window.taps_inside(n) for window, n in zip(windows, shape, strict=True))
    counts = np.outer(down, across)
    most = windows[0].kernel * windows[1].kernel
    parts = []
    for (i, j), count in np.ndenumerate(counts):
        x, y = 10 + CELL * j, 10 + CELL * i
        parts.append(
            f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="{INK}" '
            f'fill-opacity="{0.25 * (1 - count / most):.2f}" stroke="{FAINT}"/>'
        )
        parts.append(_text(x + CELL / 2, y + CELL / 2, number(count), "middle"))
    description = "; ".join(", ".join(map(number, row)) for row in counts)
    return _figure(parts, 20 + CELL * counts.shape[1], 20 + CELL * counts.shape[0], title, f"{description}.")


def draw_roofline(machine: Roofline, work: Mapping[str, float], title: str = "Under the roof") -> str:
    """Draw the roof of a machine, and on it where work of some intensity stands; both axes are logarithmic.

    Parameters
    ----------
    machine : Roofline
    work : mapping from str to float
        A name for each, and its FLOP/B.
    title : str
        Read by screen readers; the description after it tells what is attainable.

    Raises
    ------
    ArgumentError
        If there is no work, or not a positive intensity.
    """
    if not work or min(work.values()) <= 0:
        raise ArgumentError("work", work, "a positive intensity for each name")
    first = floor(log2(min(machine.ridge, *work.values()))) - 1
    last = ceil(log2(max(machine.ridge, *work.values()))) + 2

    def at(intensity: float) -> tuple[float, float]:
        return 10 + OCTAVE * (log2(intensity) - first), 40 + RISE * log2(machine.peak / machine.attainable(intensity))

    ridge, end = at(machine.ridge), at(2.0**last)
    parts = [_line(at(2.0**first), ridge), _line(ridge, end)]
    parts.append(_text(ridge[0], 18, f"ridge: {number(machine.ridge, 3)} FLOP/B", "middle", FAINT))
    parts.append(_text(end[0], 18, f"peak: {number(machine.peak)} GFLOP/s", "end", FAINT))
    told, wide, below = [], end[0], ridge[1]
    for name, intensity in sorted(work.items(), key=lambda item: -item[1]):  # from the right: no line crosses a text
        (x, y), bound = at(intensity), machine.attainable(intensity)
        best = number(round(bound) if bound >= 10 else bound, 2)
        below = max(below + LABEL, y + LABEL)
        parts.append(
            f'<path d="M{x:.1f} {y:.1f}V{below:.1f}h6" fill="none" stroke="{FAINT}" stroke-dasharray="2 3"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{ACCENT}"/>'
        )
        parts.append(_text(x + 10, below, f"{name}: {best}", "start"))
        told.append(f"{name}, {number(intensity, 2)} FLOP/B: at most {best} GFLOP/s")
        wide = max(wide, x + 10 + CHARACTER * (len(name) + len(best) + 3))
    floor_at = max(below, at(2.0**first)[1]) + LABEL
    parts.append(_line((10, floor_at), (end[0], floor_at)))
    for power in range(first + first % 2, last + 1, 2):
        x = 10 + OCTAVE * (power - first)
        parts.append(_line((x, floor_at), (x, floor_at + 5)))
        parts.append(_text(x, floor_at + 18, number(2.0**power), "middle", FAINT))
    parts.append(_text((10 + end[0]) / 2, floor_at + 38, "FLOP/B", "middle", FAINT))
    return _figure(parts, wide + 30, floor_at + 54, title, "; ".join(told) + ".")


def _places(windows: Sequence[Window], shape: Sequence[int], place: Sequence[int]) -> tuple[int, ...]:
    """Sizes of the output, which must have the place."""
    places = tuple(w.output_size(n) for w, n in zip(windows, shape, strict=True))
    if not all(0 <= p < n for p, n in zip(place, places, strict=True)):
        raise ArgumentError("place", tuple(place), f"a place of the {places[0]} × {places[1]} output", SIZE_RULE)
    return places
