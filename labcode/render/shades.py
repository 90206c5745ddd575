"""Numbers as an image: the larger, the stronger the colour, so that an eye sees what a table of numbers hides.

As accessible SVG, in the manner of `labcode.render.svg`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from labcode.errors import ArgumentError
from labcode.render.html import number
from labcode.render.svg import ACCENT, FAINT, INK, PAPER, _figure, _text

NEGATIVE = "var(--pst-color-danger, #b3261e)"
SIDE = 13  # of a shaded entry, in pixels
WEIGHT = 30  # side of an entry of the kernel, which is written out
STRONGEST = 0.9  # opacity of the largest entry


def draw_shades(array: Any, title: str, kernel: Any = None) -> str:
    """Draw a matrix as an image: squares as strong in colour as their entries are large; a negative one has a minus.

    Parameters
    ----------
    array : array_like, shape (H, W)
        Its largest absolute value has the strongest colour, zero is paper.
    title : str
        Written above the drawing, and read by screen readers; the description after it tells the range.
    kernel : array_like, shape (kH, kW), optional
        Written out to the left, with an arrow to what it has made.

    Returns
    -------
    str
        An SVG element in a box that scrolls where the screen is narrower than the drawing.

    Raises
    ------
    ArgumentError
        If an array is no matrix, or has an entry that is infinite or not a number.
    """
    array = _matrix("array", array)
    weights = np.zeros((0, 0)) if kernel is None else _matrix("kernel", kernel)
    rows, columns = array.shape
    top, tall = 34, max(SIDE * rows, WEIGHT * len(weights))
    left = 10 + WEIGHT * weights.shape[1] + (44 if kernel is not None else 0)
    parts = [_text(10, 14, title, "start", INK, ' font-size="13"')]
    for (i, j), weight in np.ndenumerate(weights):
        at = (10 + WEIGHT * j, top + (tall - WEIGHT * len(weights)) / 2 + WEIGHT * i)
        parts.append(
            f'<rect x="{at[0]}" y="{at[1]:.1f}" width="{WEIGHT}" height="{WEIGHT}" fill="{PAPER}" stroke="{FAINT}"/>'
            + _text(at[0] + WEIGHT / 2, at[1] + WEIGHT / 2, number(weight), "middle", INK, ' font-size="12"')
        )
    if kernel is not None:
        parts.append(_text(left - 22, top + tall / 2, "→", "middle"))
    down = top + (tall - SIDE * rows) / 2
    parts += _squares(array, left, down)
    size = f'width="{SIDE * columns}" height="{SIDE * rows}"'
    parts.append(f'<rect x="{left}" y="{down:.1f}" {size} fill="none" stroke="{FAINT}"/>')
    description = f"{rows} by {columns} entries from {number(array.min())} to {number(array.max())}; "
    description += f"{number((array > 0).sum())} are positive, {number((array < 0).sum())} negative."
    width = max(left + SIDE * columns, 10 + 8 * len(title)) + 10
    return _figure(parts, width, top + tall + 10, title, description)


def _squares(array: Any, left: float, top: float) -> list[str]:
    """One path for all entries of a value: its squares, and the minus signs on them."""
    most = np.abs(array).max() or 1.0
    parts = []
    for value in np.unique(array[array != 0]):
        where = [(left + SIDE * j, top + SIDE * i) for i, j in np.argwhere(array == value).tolist()]
        squares = "".join(f"M{x:g} {y:g}h{SIDE}v{SIDE}h-{SIDE}z" for x, y in where)
        shade = STRONGEST * abs(value) / most
        colour = ACCENT if value > 0 else NEGATIVE
        parts.append(f'<path fill="{colour}" fill-opacity="{shade:.2f}" d="{squares}"/>')
        if value < 0:
            bars = "".join(f"M{x + 4:g} {y + SIDE / 2:g}h{SIDE - 8}" for x, y in where)
            parts.append(f'<path fill="none" stroke="{INK}" stroke-width="1.5" d="{bars}"/>')
    return parts


def _matrix(name: str, array: Any) -> Any:
    array = np.asarray(array, float)
    if array.ndim != 2 or not array.size:
        raise ArgumentError(name, f"shape {array.shape}", "two axes, (H, W), none of them empty")
    if not np.isfinite(array).all():
        raise ArgumentError(name, "an array with entries that are infinite or NaN", "finite numbers")
    return array
