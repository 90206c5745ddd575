"""Windows of arrays: the entries under a sliding window as columns of a matrix, and back.

`im2col` copies each window of an image into a column, so that a convolution becomes one matrix
product; `col2im` is its transpose and adds each column back to where it was read. `cut` divides the
same columns into strips of a few rows, so that never more than `WORKSPACE` of them exist at a time.
Everything that shapes decide is planned once and kept; the data are touched last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

import numpy as np

from labcode.geometry import Window
from labcode.op import Array, Shape

WORKSPACE = 2**20  # bytes of columns at a time: what a core keeps close (at least one row of places)
SMALL = 2**10  # entries of columns up to which one look-up by positions is quicker than strips

Index = tuple[Any, ...]  # what NumPy takes between brackets: an ellipsis, slices, integers
Bounds = Sequence[tuple[int, int]]  # on each axis, first position and the one after the last; may lie outside
ALL = slice(None)
POINT = Window(1)


@dataclass(frozen=True, slots=True)
class Strip:
    """The windows at some rows of places (positions on the first axis), and where they read.

    Parameters
    ----------
    places : slice
        These places among all of them, counted in one row.
    shape : tuple of int
        (C, *kernel, *places) of the strip.
    box : tuple of int, or None
        What the windows span, (C, *sizes), if that reaches into padding; None if it lies within the input.
    inner, outer : index
        The part of the input that the windows span, and its place in the box.
    offset, strides : int, tuple of int
        Bytes to the first entry read, and from one to the next along (N, C, *kernel, *places), in the
        box or, without one, in the input.
    taps : tuple of (index, index)
        For each tap: its entries among columns (N, C, *kernel, *places), and in the box.
    """

    places: slice
    shape: Shape
    box: Shape | None
    inner: Index
    outer: Index
    offset: int
    strides: Shape
    taps: tuple[tuple[Index, Index], ...]

    def columns(self, x: Array) -> Array:
        """What the windows see of x, which lies in one piece of memory: (N, C, *kernel, *places), nothing copied."""
        if self.box is not None:
            box = np.zeros(x.shape[:1] + self.box, x.dtype)
            box[self.outer] = x[self.inner]
            x = box
        return np.ndarray(x.shape[:1] + self.shape, x.dtype, x, self.offset, self.strides)

    def add(self, x: Array, columns: Array) -> None:
        """Add columns to where they were read in x; what was read on padding is dropped."""
        columns = columns.reshape(len(x), *self.shape)
        box = x[self.inner] if self.box is None else np.zeros(x.shape[:1] + self.box, x.dtype)
        for column, under in self.taps:
            box[under] += columns[column]
        if self.box is not None:
            x[self.inner] += box[self.outer]


@dataclass(frozen=True, slots=True)
class Reads:
    """The columns of a small input by their positions: one look-up, which needs no strips.

    Parameters
    ----------
    at : ndarray of int
        Flat position in the input of each entry of the columns; any position where it lies on padding.
    padding : ndarray of int
        Which entries of the columns, counted in one row, lie on padding.
    """

    at: Array
    padding: Array

    @classmethod
    def of(cls, windows: Sequence[Window], shape: Shape, order: tuple[int, int, int] = (0, 1, 2)) -> Reads | None:
        """For an input (N, C, *sizes) with columns' axes (N, C·taps, places) in this order; None if it is not small."""
        entries = prod(shape[:2]) * prod(w.kernel for w in windows) * prod(output_shape(windows, shape[2:]))
        if not 0 < entries <= SMALL:
            return None
        at = im2col(np.arange(1, prod(shape) + 1).reshape(shape), windows).transpose(order) - 1
        return cls(at, np.flatnonzero(at < 0))  # im2col shows padding as 0

    def columns(self, x: Array, fill: float = 0) -> Array:
        """The entries of x, with `fill` on padding."""
        columns = x.ravel()[self.at]
        if self.padding.size:
            columns.put(self.padding, fill)
        return columns


def output_shape(windows: Sequence[Window], sizes: Shape) -> Shape:
    """Places of each window on its axis."""
    return tuple([w.output_size(n) for w, n in zip(windows, sizes, strict=True)])


def im2col(x: Array, windows: Sequence[Window]) -> Array:
    """X (N, C, *sizes) as columns (N, C·taps, places): column p holds what the window sees at p."""
    strip = _strip(tuple(windows), x.shape[1:], x.itemsize, output_shape(windows, x.shape[2:]))
    columns = strip.columns(np.ascontiguousarray(x))
    return columns.reshape(len(x), x.shape[1] * prod(w.kernel for w in windows), strip.places.stop)


def col2im(columns: Array, windows: Sequence[Window], shape: Shape) -> Array:
    """Add columns (N, C·taps, places) back into an array of `shape` (N, C, *sizes).

    The transpose of `im2col`: an entry read by several windows gets the sum of them.
    """
    x = np.zeros(shape, columns.dtype)
    _strip(tuple(windows), shape[1:], x.itemsize, output_shape(windows, shape[2:])).add(x, columns)
    return x


@lru_cache(maxsize=256)
def cut(windows: tuple[Window, ...], shape: Shape, itemsize: int) -> tuple[int, tuple[Strip, ...]]:
    """How many images (C, *sizes) to take together, and the strips of each, so that columns fit the workspace.

    No strips at all where every window is a single entry: an image is its own columns.
    """
    if windows[0] == POINT and windows[-1] == POINT:
        return 1, ()
    places = output_shape(windows, shape[1:])
    row = shape[0] * itemsize * prod(w.kernel for w in windows) * prod(places[1:])
    height = min(places[0], max(1, WORKSPACE // row))
    tops = range(0, places[0], height)
    parts = [_strip(windows, shape, itemsize, (min(height, places[0] - top), *places[1:]), top) for top in tops]
    return max(1, WORKSPACE // (row * places[0])), tuple(parts)


def strips(x: Array, windows: tuple[Window, ...]) -> Iterator[tuple[slice, slice, Array]]:
    """The columns of `im2col` in pieces: (images, places, columns), all in one buffer of `WORKSPACE`.

    Each piece is overwritten by the next.
    """
    count = len(x)
    together, parts = cut(windows, x.shape[1:], x.itemsize)
    if not parts:
        yield ALL, ALL, x.reshape(*x.shape[:2], prod(x.shape[2:]))
        return
    x = np.ascontiguousarray(x)
    if len(parts) == 1 and count <= together:  # a small input: everything is one piece
        yield ALL, ALL, parts[0].columns(x)
        return
    buffer = np.empty((min(count, together), *parts[0].shape), x.dtype)
    for n in range(0, count, together):
        images = x[n : n + together] if count > together else x
        for strip in parts:
            columns = buffer
            if len(images) < len(buffer) or strip.shape != parts[0].shape:
                columns = buffer.ravel()[: len(images) * prod(strip.shape)].reshape(len(images), *strip.shape)
            columns[...] = strip.columns(images)
            yield slice(n, n + together), strip.places, columns


def window_pairs(windows: Sequence[Window], places: Shape, sizes: Shape) -> tuple[Array, Array, Array]:
    """All pairs of a place and a tap that meets the input there: flat place, flat tap, flat input position."""
    place = tap = position = np.zeros(1, np.int64)
    for w, p, n in zip(windows, places, sizes, strict=True):
        at = np.add.outer(np.arange(p) * w.stride - w.padding[0], np.arange(w.kernel) * w.dilation)
        i, t = np.nonzero((at >= 0) & (at < n))
        pairs = ((place, p, i), (tap, w.kernel, t), (position, n, at[i, t]))
        place, tap, position = (np.add.outer(so_far * size, here).ravel() for so_far, size, here in pairs)
    return place, tap, position


def region(x: Array, bounds: Bounds, fill: float) -> Array:
    """The box of x (..., *sizes) between `bounds`, with `fill` where it reaches beyond x; a view if it does not."""
    sizes = x.shape[x.ndim - len(bounds) :]
    inner, outer = _overlap(bounds, sizes)
    if _within(bounds, sizes):
        return x[inner]
    shape = x.shape[: x.ndim - len(bounds)] + tuple([b - a for a, b in bounds])
    padded = np.full(shape, fill, x.dtype)
    padded[outer] = x[inner]
    return padded


def col2im_additions(windows: Sequence[Window], sizes: Shape) -> int:
    """Additions of `col2im` for one channel: for each position, one fewer than the windows that read it."""
    uses = [w.uses(n) for w, n in zip(windows, sizes, strict=True)]
    return prod(map(sum, uses)) - prod(sum(u > 0 for u in axis) for axis in uses)


def _bounds(windows: Sequence[Window], places: Shape, first: int = 0) -> Bounds:
    """What the windows read at `places`, those of the first axis counted from `first` on."""
    starts = (first, *(0,) * (len(windows) - 1))
    return [(w.start(f), w.start(f + p - 1) + w.extent) for w, f, p in zip(windows, starts, places, strict=True)]


@lru_cache(maxsize=1024)
def _strip(windows: tuple[Window, ...], shape: Shape, itemsize: int, places: Shape, first: int = 0) -> Strip:
    """The windows at `places` of an image (C, *sizes), those of the first axis counted from `first` on."""

    def under(w: Window, p: int, tap: int) -> slice:
        return slice(tap * w.dilation, tap * w.dilation + w.stride * (p - 1) + 1, w.stride)

    channels, sizes = shape[0], shape[1:]
    kernel = tuple(w.kernel for w in windows)
    taps = ((tap, (..., *map(under, windows, places, tap))) for tap in product(*map(range, kernel)))
    row = prod(places[1:])
    bounds = _bounds(windows, places, first)
    box = None if _within(bounds, sizes) else (channels, *(b - a for a, b in bounds))
    batch, *steps = (itemsize * prod((box or shape)[axis:]) for axis in range(len(shape) + 1))
    starts = [a for a, _ in bounds] if box is None else [0 for _ in bounds]
    moves = [(w.dilation for w in windows), (w.stride for w in windows)]
    return Strip(
        slice(first * row, (first + places[0]) * row),
        (channels, *kernel, *places),
        box,
        *_overlap(bounds, sizes),
        sum(a * step for a, step in zip(starts, steps[1:], strict=True)),
        (batch, steps[0], *(m * step for move in moves for m, step in zip(move, steps[1:], strict=True))),
        tuple(((ALL, ALL, *tap), index) for tap, index in taps),
    )


def _within(bounds: Bounds, sizes: Shape) -> bool:
    return all(a >= 0 and b <= n for (a, b), n in zip(bounds, sizes, strict=True))


def _overlap(bounds: Bounds, sizes: Shape) -> tuple[Index, Index]:
    """Where a box and the axes of an array meet: as seen from the array, and from the box."""
    meet = [(max(0, a), max(0, a, min(b, n))) for (a, b), n in zip(bounds, sizes, strict=True)]
    inner = [slice(a, b) for a, b in meet]
    outer = [slice(a - start, b - start) for (a, b), (start, _) in zip(meet, bounds, strict=True)]
    return (..., *inner), (..., *outer)
