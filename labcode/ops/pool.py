"""Pooling: the largest or the mean entry under a window, each channel on its own.

Arrays are (N, C, *spatial), (C, *spatial) or bare spatial. The stride defaults to the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import product
from math import prod
from typing import ClassVar

import numpy as np

from labcode.errors import ArgumentError
from labcode.geometry import Window, per_axis
from labcode.op import Array, Count, Memo, Op, Partials, Shape, Step, Term
from labcode.ops.im2col import (
    ALL,
    Bounds,
    Index,
    Reads,
    col2im,
    col2im_additions,
    output_shape,
    region,
    window_pairs,
)

PAD_RULE = "padding <= kernel_size / 2"


@dataclass(frozen=True)
class _Pool(Op):
    kernel_size: int | Sequence[int]
    stride: int | Sequence[int] | None = None
    padding: int | Sequence[int] = 0
    windows: tuple[Window, ...] = field(init=False, repr=False, compare=False, default=())

    axes: ClassVar[int]
    padding_value: ClassVar[float]  # what a tap on padding counts as

    def _settle(self, dilation: int | Sequence[int], ceil_mode: bool) -> None:
        """Check the settings and make one window of them for each spatial axis."""
        kernel = per_axis("kernel_size", self.kernel_size, self.axes, 1)
        stride = kernel if self.stride is None else per_axis("stride", self.stride, self.axes, 1)
        padding = per_axis("padding", self.padding, self.axes)
        if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
            raise ArgumentError("padding", padding, f"at most half of kernel_size {kernel}", PAD_RULE)
        axes = zip(kernel, stride, padding, per_axis("dilation", dilation, self.axes, 1), strict=True)
        windows = tuple(Window(k, s, (p, p), d, bool(ceil_mode)) for k, s, p, d in axes)
        for name, value in (("kernel_size", kernel), ("stride", stride), ("padding", padding), ("windows", windows)):
            object.__setattr__(self, name, value)

    @property
    def kernel(self) -> Shape:
        """Taps along each spatial axis."""
        return tuple(w.kernel for w in self.windows)

    def shape(self, *shapes: Shape) -> Shape:
        """Leading axes as they are, then the places of the window."""
        if len(shapes) != 1:
            raise ArgumentError("inputs", len(shapes), "1 of them", "input has shape (N, C, *spatial)")
        (x,) = shapes
        if not self.axes <= len(x) <= self.axes + 2:
            ranks = f"{self.axes} (bare), {self.axes + 1} (C, *spatial) or {self.axes + 2} (N, C, *spatial) dimensions"
            raise ArgumentError("input", f"shape {x}", ranks, "input has shape (N, C, *spatial)")
        if 0 in x[-self.axes - 1 : -self.axes]:
            raise ArgumentError("input", "0 channels", "at least 1 channel", "input has shape (N, C, *spatial)")
        return x[: -self.axes] + output_shape(self.windows, x[-self.axes :])

    @cached_property
    def _lines(self) -> Memo:
        return Memo(partial(_lines, self.windows))

    @cached_property
    def _reads(self) -> Memo:
        return Memo(self._small)

    def _small(self, shape: Shape) -> Reads | None:
        """Where the windows of a small input read, (taps, *output); None for a larger one."""
        channels = prod(shape[: -self.axes])
        reads = Reads.of(self.windows, (channels, 1, *shape[-self.axes :]), order=(1, 0, 2))
        return reads and Reads(reads.at.reshape(-1, *self.shape(shape)), reads.padding)

    def _reduce(self, x: Array, combine: np.ufunc, fill: float) -> Array:
        """Combine the entries under each window: all at once, or one axis after the other, as a box is separable."""
        reads = self._reads[(x.shape,)]
        if reads is not None:
            return combine.reduce(reads.columns(x, fill))
        for bounds, reads in self._lines[(x.shape,)]:
            box = x if bounds is None else region(x, bounds, fill)
            x = combine(box[reads[0]], box[reads[1]]) if len(reads) > 1 else box[reads[0]].copy()
            for read in reads[2:]:
                combine(x, box[read], out=x)
        return x

    def _taps(self, x: Array) -> Iterator[tuple[Shape, list[Term]]]:
        """For each output entry, its index and the terms under its window, padding included."""
        sizes = x.shape[-self.axes :]
        for index in product(*map(range, self.shape(x.shape))):
            lead, place = index[: -self.axes], index[-self.axes :]
            terms = []
            for tap in product(*map(range, self.kernel)):
                at = tuple(w.tap(p, t) for w, p, t in zip(self.windows, place, tap, strict=True))
                inside = all(0 <= i < size for i, size in zip(at, sizes, strict=True))
                terms.append(Term(lead + at, (x[lead + at] if inside else self.padding_value,), inside))
            yield index, terms


@dataclass(frozen=True)
class _MaxPool(_Pool):
    dilation: int | Sequence[int] = 1
    ceil_mode: bool = False

    symbol: ClassVar[str] = "max"
    padding_value: ClassVar[float] = -np.inf  # never wins

    def __post_init__(self) -> None:
        self._settle(self.dilation, self.ceil_mode)
        object.__setattr__(self, "dilation", tuple(w.dilation for w in self.windows))

    def shape(self, *shapes: Shape) -> Shape:
        """Leading axes as they are, then the places of the window, each of which must see input."""
        shape = super().shape(*shapes)
        for w, n in zip(self.windows, shapes[0][-self.axes :], strict=True):
            if w.dilation > 1 and 0 in w.taps_inside(n):
                raise ArgumentError(
                    "dilation", w.dilation, f"a window that never misses an input of {n}", "each window holds an input"
                )
        return shape

    def forward(self, *inputs: Array) -> Array:
        """y[p] = max over taps t of x[p·stride + t·dilation − padding]; NaN if one of them is."""
        (x,) = inputs
        lowest = self.padding_value if x.dtype.kind == "f" else np.iinfo(x.dtype).min
        return self._reduce(x, np.maximum, lowest)

    def indices(self, x: Array) -> Array:
        """Flat spatial index of the winner of each window: the first of those that tie, but the last NaN."""
        y = self.forward(x)
        sizes = x.shape[-self.axes :]
        flat = np.arange(prod(sizes)).reshape(sizes)
        winners = np.zeros(y.shape, np.int64)
        taps = list(self._inside(sizes))
        for places, under in reversed(taps):
            np.copyto(winners[places], flat[under], where=x[under] == y[places])
        if np.isnan(y).any():
            for places, under in taps:
                np.copyto(winners[places], flat[under], where=np.isnan(x[under]))
        return winners

    def _inside(self, sizes: Shape) -> Iterator[tuple[Index, Index]]:
        """For each tap, the places at which it lies on the input, and what it reads there."""
        for tap in product(*map(range, self.kernel)):
            axes = list(zip(self.windows, tap, strict=True))
            inside = [w.places_of_tap(n, t) for (w, t), n in zip(axes, sizes, strict=True)]
            if all(inside):
                reads = [
                    slice(w.tap(p[0], t), w.tap(p[-1], t) + 1, w.stride) for (w, t), p in zip(axes, inside, strict=True)
                ]
                yield (..., *(slice(p.start, p.stop) for p in inside)), (..., *reads)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """Each upstream entry goes to the winner of its window, whole; shared winners add up."""
        (x,) = inputs
        if np.isnan(output).any() or not np.isfinite(upstream).all():  # 0 · ∞ is no 0
            return self._scatter(upstream, x)
        gradient, free = np.zeros(x.shape, upstream.dtype), np.ones(output.shape, bool)
        for places, under in self._inside(x.shape[-self.axes :]):
            won = x[under] == output[places]
            won &= free[places]  # the first that reaches the maximum wins
            gradient[under] += upstream[places] * won
            free[places] ^= won
        return gradient

    def _scatter(self, upstream: Array, x: Array) -> Array:
        """The same by the winners' indices, which know what to do with NaN and ∞."""
        total = np.bincount(self._winners(x), upstream.ravel(), minlength=x.size)
        return total.reshape(x.shape).astype(upstream.dtype, copy=False)

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The tangent of each winner."""
        return tangent.ravel()[self._winners(inputs[0])].reshape(output.shape)

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """A 1 for each maximum, in the column of its winner."""
        winners = self._winners(inputs[0])
        return Partials.of(np.arange(winners.size), winners, output.dtype.type(1))

    def _winners(self, x: Array) -> Array:
        """Position of each winner in the whole of x."""
        channels, sizes = prod(x.shape[: -self.axes]), x.shape[-self.axes :]
        winners = self.indices(x).reshape(channels, prod(output_shape(self.windows, sizes)))
        return (winners + prod(sizes) * np.arange(channels)[:, None]).ravel()

    def count(self, *shapes: Shape) -> Count:
        """Taps − 1 comparisons an entry."""
        return Count(compare=prod(self.shape(*shapes)) * (prod(self.kernel) - 1))

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """No addition if windows do not overlap, else one for each gradient that is handed to a winner.

        The winners are known from the forward call; how often they coincide, and some addition could
        be a copy, depends on the values.
        """
        places, sizes = prod(self.shape(*shapes)), shapes[0][-self.axes :]
        overlap = any(max(w.uses(n)) > 1 for w, n in zip(self.windows, sizes, strict=True))
        return Count(add=places * overlap)

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """For each output entry, what its window sees and which term won."""
        (x,) = inputs
        y, winners = self.forward(x), self.indices(x)
        for index, terms in self._taps(x):
            winner = index[: -self.axes] + np.unravel_index(winners[index], x.shape[-self.axes :])
            chosen = [term.index for term in terms].index(winner)
            yield Step(index, "max", tuple(terms), y[index], chosen)


@dataclass(frozen=True)
class _AvgPool(_Pool):
    ceil_mode: bool = False
    count_include_pad: bool = True

    symbol: ClassVar[str] = "mean"
    padding_value: ClassVar[float] = 0

    def __post_init__(self) -> None:
        self._settle(1, self.ceil_mode)

    def divisors(self, sizes: Shape) -> Array:
        """What each sum is divided by: the taps on input and padding, or on the input alone.

        A position beyond the padding, which only `ceil_mode` reaches, is never counted.
        """
        per_axis_counts = []
        for w, n in zip(self.windows, sizes, strict=True):
            if self.count_include_pad:
                end = n + w.padding[1]
                counts = [min(w.start(p) + w.kernel, end) - w.start(p) for p in range(w.output_size(n))]
            else:
                counts = list(w.taps_inside(n))
            per_axis_counts.append(np.array(counts))
        grid = np.ix_(*per_axis_counts)
        return np.prod(np.broadcast_arrays(*grid), axis=0)

    def forward(self, *inputs: Array) -> Array:
        """y[p] = (sum over taps t of x[p·stride + t − padding]) / divisor."""
        (x,) = inputs
        total = self._reduce(x, np.add, 0)
        return (total / self.divisors(x.shape[-self.axes :])).astype(_float(x.dtype), copy=False)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """Each upstream entry is shared equally among the taps of its window."""
        (x,) = inputs
        share = upstream / self.divisors(x.shape[-self.axes :]).astype(upstream.dtype)
        channels, places = prod(x.shape[: -self.axes]), upstream.shape[-self.axes :]
        share = share.reshape(1, channels, *(1,) * self.axes, *places)
        columns = np.broadcast_to(share, (1, channels, *self.kernel, *places))
        return col2im(columns, self.windows, (1, channels, *x.shape[-self.axes :])).reshape(x.shape)

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The means of the tangent."""
        return self.forward(tangent)

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """1 / divisor of its window for each entry under a window."""
        sizes, places = inputs[0].shape[-self.axes :], output.shape[-self.axes :]
        place, _, at = window_pairs(self.windows, places, sizes)
        channel = np.arange(prod(output.shape[: -self.axes]))[:, None]
        share = 1 / self.divisors(sizes).ravel()[place]
        rows, columns = channel * prod(places) + place, channel * prod(sizes) + at
        return Partials.of(rows, columns, share.astype(output.dtype))

    def count(self, *shapes: Shape) -> Count:
        """Taps − 1 additions and one division an entry."""
        entries = prod(self.shape(*shapes))
        return Count(add=entries * (prod(self.kernel) - 1), div=entries)

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """One division for each output entry; additions where several windows share an input entry."""
        places, x = prod(self.shape(*shapes)), shapes[0]
        overlaps = col2im_additions(self.windows, x[-self.axes :])
        return Count(add=prod(x[: -self.axes]) * overlaps, div=places)

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """For each output entry, the terms of its mean."""
        (x,) = inputs
        y = self.forward(x)
        for index, terms in self._taps(x):
            yield Step(index, "mean", tuple(terms), y[index])


@dataclass(frozen=True)
class MaxPool1d(_MaxPool):
    """Largest entry under a window along one axis."""

    axes: ClassVar[int] = 1


@dataclass(frozen=True)
class MaxPool2d(_MaxPool):
    """Largest entry under a window over two axes."""

    axes: ClassVar[int] = 2


@dataclass(frozen=True)
class AvgPool1d(_AvgPool):
    """Mean entry under a window along one axis."""

    axes: ClassVar[int] = 1


@dataclass(frozen=True)
class AvgPool2d(_AvgPool):
    """Mean entry under a window over two axes."""

    axes: ClassVar[int] = 2


def _float(dtype: np.dtype) -> np.dtype:
    """The dtype of a mean: integers give float64."""
    return dtype if dtype.kind == "f" else np.dtype(np.float64)


def _lines(windows: tuple[Window, ...], shape: Shape) -> tuple[tuple[Bounds | None, tuple[Index, ...]], ...]:
    """For one window axis after the other: the box that is read if it reaches into padding, and each tap's reads."""
    lines = []
    for axis, w in enumerate(windows, len(shape) - len(windows)):
        places = w.output_size(shape[axis])
        bounds = tuple(
            (w.start(0), w.start(places - 1) + w.extent) if a == axis else (0, n) for a, n in enumerate(shape)
        )
        starts = range(0, w.extent, w.dilation)
        lead, within = (ALL,) * axis, bounds[axis][0] == 0 and bounds[axis][1] <= shape[axis]
        reads = tuple((*lead, slice(s, s + w.stride * (places - 1) + 1, w.stride)) for s in starts)
        lines.append((None if within else bounds, reads))
        shape = (*shape[:axis], places, *shape[axis + 1 :])
    return tuple(lines)
