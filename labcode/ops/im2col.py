"""Windows of arrays: the entries under a sliding window as columns of a matrix, and back.

`im2col` copies each window of an image into a column, so that a convolution becomes one matrix
product; `col2im` is its transpose and adds each column back to where it was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from labcode.geometry import Window
from labcode.op import Array, Shape

Index = tuple[Any, ...]  # what NumPy takes between brackets: an ellipsis, slices, integers


def output_shape(windows: Sequence[Window], sizes: Shape) -> Shape:
    """Places of each window on its axis."""
    return tuple(w.output_size(n) for w, n in zip(windows, sizes, strict=True))


def window_view(x: Array, windows: Sequence[Window], fill: float = 0) -> Array:
    """View x of shape (..., *sizes) as (..., *kernel, *places), with `fill` for padding.

    The view is read-only where windows overlap in memory; nothing is copied but the padded input.
    """
    axes = len(windows)
    places = output_shape(windows, x.shape[-axes:])
    padded = _pad(x, windows, places, fill)
    lead, steps = padded.strides[:-axes], padded.strides[-axes:]
    taps = tuple(s * w.dilation for s, w in zip(steps, windows, strict=True))
    moves = tuple(s * w.stride for s, w in zip(steps, windows, strict=True))
    shape = x.shape[:-axes] + tuple(w.kernel for w in windows) + places
    return np.lib.stride_tricks.as_strided(padded, shape, lead + taps + moves, writeable=False)


def im2col(x: Array, windows: Sequence[Window]) -> Array:
    """X (N, C, *sizes) as columns (N, C·taps, places): column p holds what the window sees at p."""
    view = window_view(x, windows)
    axes = len(windows)
    taps = int(np.prod(view.shape[2 : 2 + axes]))
    places = int(np.prod(view.shape[2 + axes :]))
    return view.reshape(x.shape[0], x.shape[1] * taps, places)


def col2im(columns: Array, windows: Sequence[Window], shape: Shape) -> Array:
    """Add columns (N, C·taps, places) back into an array of `shape` (N, C, *sizes).

    The transpose of `im2col`: an entry read by several windows gets the sum of them.
    """
    sizes = shape[2:]
    places = output_shape(windows, sizes)
    kernel = tuple(w.kernel for w in windows)
    columns = columns.reshape(*shape[:2], *kernel, *places)
    padded = np.zeros(shape[:2] + _reach(windows, places), columns.dtype)
    for tap in product(*map(range, kernel)):
        under: Index = (..., *_tap_slices(windows, places, tap))
        column: Index = (slice(None), slice(None), *tap)
        padded[under] += columns[column]
    result = np.zeros(shape, columns.dtype)
    inner, outer = _overlap(windows, sizes, padded.shape[2:])
    result[inner] = padded[outer]
    return result


def col2im_additions(windows: Sequence[Window], sizes: Shape) -> int:
    """Additions of `col2im` for one channel: for each position, one fewer than the windows that read it."""
    uses = [w.uses(n) for w, n in zip(windows, sizes, strict=True)]
    return prod(map(sum, uses)) - prod(sum(u > 0 for u in axis) for axis in uses)


def _reach(windows: Sequence[Window], places: Shape) -> Shape:
    """Length of each padded axis up to the last tap read (what the floor cuts off is left out)."""
    return tuple((p - 1) * w.stride + w.extent for w, p in zip(windows, places, strict=True))


def _tap_slices(windows: Sequence[Window], places: Shape, tap: Sequence[int]) -> tuple[slice, ...]:
    """Positions of the padded axes that lie under one tap, over all places."""
    starts = [t * w.dilation for t, w in zip(tap, windows, strict=True)]
    return tuple(
        slice(u, u + w.stride * (p - 1) + 1, w.stride) for u, w, p in zip(starts, windows, places, strict=True)
    )


def _overlap(windows: Sequence[Window], sizes: Shape, reach: Shape) -> tuple[Index, Index]:
    """Where the input lies in itself and in the padded axes, without what is cut off."""
    kept = [max(0, min(n, r - w.padding[0])) for w, n, r in zip(windows, sizes, reach, strict=True)]
    inner = (slice(0, k) for k in kept)
    outer = (slice(w.padding[0], w.padding[0] + k) for w, k in zip(windows, kept, strict=True))
    return (..., *inner), (..., *outer)


def _pad(x: Array, windows: Sequence[Window], places: Shape, fill: float) -> Array:
    axes = len(windows)
    reach = _reach(windows, places)
    if reach == x.shape[-axes:] and not any(w.padding[0] for w in windows):
        return x
    padded = np.full(x.shape[:-axes] + reach, fill, x.dtype)
    inner, outer = _overlap(windows, x.shape[-axes:], reach)
    padded[outer] = x[inner]
    return padded
