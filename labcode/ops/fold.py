"""Unfold and fold: an image as the matrix of its windows, and the way back; im2col and col2im by another name.

`Unfold` copies what lies under the window at each place into a column: a convolution is then one
matrix product, kernels as rows. `Fold` is its transpose: it adds each column back to where it was
read, so an entry read r times comes back r-fold. Neither undoes the other where windows overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import ClassVar

import numpy as np

from labcode.errors import ArgumentError
from labcode.geometry import SIZE_RULE, Window, per_axis
from labcode.op import Array, Count, Op, Partials, Shape, Step, Term
from labcode.ops.im2col import col2im, col2im_additions, im2col, output_shape
from labcode.ops.rearrange import numbered, partials_of_moves

AXES = 2
PLACES_RULE = "places = product over axes of floor((size + 2*padding - dilation*(kernel - 1) - 1) / stride) + 1"
COLUMN_RULE = "a column holds channels * kernel rows * kernel columns entries"


class _Windows(Op):
    """An op with the settings of a window over two axes."""

    kernel_size: int | Sequence[int]
    dilation: int | Sequence[int]
    padding: int | Sequence[int]
    stride: int | Sequence[int]

    def __post_init__(self) -> None:
        for name, least in (("kernel_size", 1), ("dilation", 1), ("padding", 0), ("stride", 1)):
            object.__setattr__(self, name, _pair(name, getattr(self, name), least))

    @property
    def windows(self) -> tuple[Window, ...]:
        """One window for each axis."""
        settings = (self.kernel_size, self.stride, self.padding, self.dilation)
        return tuple(Window(k, s, (p, p), d) for k, s, p, d in zip(*settings, strict=True))  # type: ignore[arg-type]

    @property
    def taps(self) -> int:
        """Entries under the window, for one channel."""
        return prod(w.kernel for w in self.windows)

    def _reads(self, sizes: Shape) -> Iterator[tuple[int, int, Shape, bool]]:
        """Tap, place, the position that the tap reads there, and whether it is inside; by tap, then place."""
        places = output_shape(self.windows, sizes)
        for t, tap in enumerate(product(*(range(w.kernel) for w in self.windows))):
            for p, place in enumerate(product(*map(range, places))):
                at = tuple(w.tap(i, j) for w, i, j in zip(self.windows, place, tap, strict=True))
                yield t, p, at, all(0 <= i < n for i, n in zip(at, sizes, strict=True))


@dataclass(frozen=True)
class Unfold(_Windows):
    """y[n, (c, t), p] = x[n, c, p·stride + t·dilation − padding]: column p is what the window sees at p."""

    kernel_size: int | Sequence[int]
    dilation: int | Sequence[int] = 1
    padding: int | Sequence[int] = 0
    stride: int | Sequence[int] = 1

    symbol: ClassVar[str] = "im2col"

    def shape(self, *shapes: Shape) -> Shape:
        """(N, C·taps, places), without the batch that the input lacks; bare (H, W) gives (taps, places)."""
        if len(shapes) != 1:
            raise ArgumentError("inputs", len(shapes), "1 of them", "input has shape (N, C, H, W)")
        (x,) = shapes
        if not AXES <= len(x) <= AXES + 2:
            ranks = "2 (bare), 3 (C, H, W) or 4 (N, C, H, W) dimensions"
            raise ArgumentError("input", f"shape {x}", ranks, "input has shape (N, C, H, W)")
        if 0 in x[-AXES - 1 : -AXES]:
            raise ArgumentError("input", "0 channels", "at least 1 channel", COLUMN_RULE)
        channels = x[-AXES - 1] if len(x) > AXES else 1
        return (*x[: -AXES - 1], channels * self.taps, prod(output_shape(self.windows, x[-AXES:])))

    def forward(self, *inputs: Array) -> Array:
        """The windows as columns."""
        (x,) = inputs
        columns = im2col(x.reshape(_whole(x.shape)), self.windows).reshape(self.shape(x.shape))
        return columns.copy() if np.may_share_memory(columns, x) else columns

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """Columns of g added back to where they were read: `Fold`."""
        shape = inputs[0].shape
        whole = _whole(shape)
        columns = upstream.reshape(whole[0], whole[1] * self.taps, upstream.shape[-1])
        return col2im(columns, self.windows, whole).reshape(shape)

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The windows of the tangent."""
        return self.forward(tangent)

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """A 1 for each entry, in the column where it comes from; padding comes from nowhere."""
        return partials_of_moves(self.forward(numbered(inputs[0].shape)), output.dtype)

    def count(self, *shapes: Shape) -> Count:
        """Entries are copied."""
        self.shape(*shapes)
        return Count()

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """For each entry, one addition fewer than the windows that read it."""
        x = _whole(shapes[0])
        return Count(add=x[0] * x[1] * col2im_additions(self.windows, x[-AXES:]))

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """Where each entry comes from."""
        (x,) = inputs
        y, channels = self.forward(x), self.shape(x.shape)[-2] // self.taps
        for n, c in product(range(_whole(x.shape)[0]), range(channels)):
            lead = (n, c)[4 - x.ndim :]
            for t, p, at, inside in self._reads(x.shape[-AXES:]):
                index = (n, c * self.taps + t, p)[4 - max(3, x.ndim) :]
                value = x[lead + at] if inside else x.dtype.type(0)
                yield Step(index, "sum", (Term(lead + at, (value,), inside),), y[index])


@dataclass(frozen=True)
class Fold(_Windows):
    """y[n, c, p·stride + t·dilation − padding] += x[n, (c, t), p]: columns added back to where they were read."""

    output_size: int | Sequence[int]
    kernel_size: int | Sequence[int]
    dilation: int | Sequence[int] = 1
    padding: int | Sequence[int] = 0
    stride: int | Sequence[int] = 1

    symbol: ClassVar[str] = "col2im"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "output_size", _pair("output_size", self.output_size, 1))

    def shape(self, *shapes: Shape) -> Shape:
        """(N, C, *output_size), without the batch that the input lacks."""
        if len(shapes) != 1:
            raise ArgumentError("inputs", len(shapes), "1 of them", COLUMN_RULE)
        (x,) = shapes
        if len(x) not in (2, 3):
            ranks = "2 (C*taps, places) or 3 (N, C*taps, places) dimensions"
            raise ArgumentError("input", f"shape {x}", ranks, COLUMN_RULE)
        if x[-2] < 1 or x[-2] % self.taps:
            expected = f"a multiple of the {self.taps} entries of a window {self.kernel_size}"
            raise ArgumentError("input", f"columns of {x[-2]}", expected, COLUMN_RULE)
        places = output_shape(self.windows, self._sizes)
        if x[-1] != prod(places):
            expected = f"{' * '.join(map(str, places))} = {prod(places)}, one for each place of the window"
            raise ArgumentError("input", f"{x[-1]} columns", expected, PLACES_RULE)
        return (*x[:-2], x[-2] // self.taps, *self._sizes)

    @property
    def _sizes(self) -> Shape:
        return self.output_size  # type: ignore[return-value]  # a pair since __post_init__

    def forward(self, *inputs: Array) -> Array:
        """Each column added back to its place; padding is dropped."""
        (x,) = inputs
        shape = self.shape(x.shape)
        whole = _whole(shape)
        return col2im(x.reshape(whole[0], *x.shape[-2:]), self.windows, whole).reshape(shape)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """The windows of g as columns: `Unfold`."""
        columns = im2col(upstream.reshape(_whole(upstream.shape)), self.windows)
        return columns.reshape(inputs[0].shape)

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The columns of the tangent, added back."""
        return self.forward(tangent)

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """A 1 for each column entry, in the row where it is added: `Unfold`'s matrix, transposed."""
        moves = partials_of_moves(self.vjp(arg, numbered(output.shape), output, *inputs), output.dtype)
        return Partials(moves.columns, moves.rows, moves.values)

    def count(self, *shapes: Shape) -> Count:
        """For each entry, one addition fewer than the windows that cover it."""
        y = _whole(self.shape(*shapes))
        return Count(add=y[0] * y[1] * col2im_additions(self.windows, self._sizes))

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """Entries are copied."""
        return Count()

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """The column entries that add up in each output entry, by tap; none where no window reaches."""
        (x,) = inputs
        y = self.forward(x)
        parts: dict[Shape, list[tuple[int, int]]] = {}
        for t, p, at, _ in self._reads(self._sizes):
            parts.setdefault(at, []).append((t, p))
        for index in np.ndindex(y.shape):
            *n, c, row, column = index
            sources = [(*n, c * self.taps + t, p) for t, p in parts.get((row, column), [])]
            yield Step(index, "sum", tuple(Term(s, (x[s],)) for s in sources), y[index])


def _whole(shape: Shape) -> Shape:
    """The shape of an image with batch and channels."""
    return (1,) * (AXES + 2 - len(shape)) + shape


def _pair(name: str, value: int | Sequence[int], least: int) -> tuple[int, ...]:
    """Two integers; PyTorch takes no sequence of one here, unlike in its convolutions."""
    if isinstance(value, Sequence) and len(value) != AXES:
        raise ArgumentError(name, repr(value), f"an integer >= {least}, or {AXES} of them", SIZE_RULE)
    return per_axis(name, value, AXES, least)
