"""Transposed convolution: what a convolution does to gradients, used as a layer.

y[n, o, p·stride + t·dilation − padding] += w[c, o, t] · x[n, c, p], and then + b[o]

A convolution gathers: each output entry reads what lies under the window. Here each input entry p
stamps the kernel, times itself, on the places that a convolution with the same window would have
read at p; overlapping stamps add up. So forward adds columns back (col2im) and its gradient reads
them (im2col), the other way round than in `conv`, whose rules serve here again. As a matrix it is
the transpose of the convolution's, not its inverse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import product
from math import prod
from typing import ClassVar

import numpy as np

from labcode.errors import ArgumentError
from labcode.geometry import Window, per_axis
from labcode.op import Array, Count, Memo, Op, Partials, Shape, Step, Term, with_input
from labcode.ops.conv import (
    Layout,
    check_bias,
    complete,
    correlate,
    input_gradient,
    kernel_gradient,
    partials_of_bias,
)
from labcode.ops.im2col import region

SIZE_RULE = "output = (input - 1)*stride - 2*padding + dilation*(kernel - 1) + output_padding + 1"
CHANNEL_RULE = "weight has shape (in_channels, out_channels/groups, *kernel)"
EXTRA_RULE = "output_padding < max(stride, dilation)"


@dataclass(frozen=True)
class TransposedLayout(Layout):
    """The layout of the convolution whose gradient this is: `x` is our output, `places` our input.

    `uncut` is the same before padding is cut off and output_padding added: all that is stamped.
    """

    uncut: Layout

    def received(self, result: int) -> list[tuple[int, ...]]:
        """For each axis, how many stamped entries inside the output each of its positions, taps or places has."""
        axes = zip(self.windows, self.x[2:], self.places, strict=True)
        return [_received(w, size, places)[result] for w, size, places in axes]


@dataclass(frozen=True)
class _ConvTranspose(Op):
    stride: int | Sequence[int] = 1
    padding: int | Sequence[int] = 0
    output_padding: int | Sequence[int] = 0
    groups: int = 1
    dilation: int | Sequence[int] = 1

    axes: ClassVar[int]
    symbol: ClassVar[str] = "convᵀ"

    def __post_init__(self) -> None:
        for name, least in (("stride", 1), ("padding", 0), ("output_padding", 0), ("dilation", 1)):
            object.__setattr__(self, name, per_axis(name, getattr(self, name), self.axes, least, SIZE_RULE))
        object.__setattr__(self, "groups", per_axis("groups", self.groups, 1, 1, CHANNEL_RULE)[0])
        strides, _, extras, dilations = self._settings
        if any(e >= max(s, d) for e, s, d in zip(extras, strides, dilations, strict=True)):
            expected = f"less than stride {strides} or dilation {dilations} on each axis"
            raise ArgumentError("output_padding", extras, expected, EXTRA_RULE)

    @property
    def _settings(self) -> tuple[Shape, Shape, Shape, Shape]:
        """Stride, padding, output_padding and dilation, one integer for each axis."""
        return self.stride, self.padding, self.output_padding, self.dilation  # type: ignore[return-value]

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return ("input", "weight", "bias")

    def shape(self, *shapes: Shape) -> Shape:
        """(N, O, *sizes), without the axes that the input lacks."""
        return self.layout(*shapes).output

    def layout(self, *shapes: Shape) -> TransposedLayout:
        """Check the shapes of one call and complete them with the axes that were left out."""
        return self._layouts[shapes]

    @cached_property
    def _layouts(self) -> Memo:
        return Memo(partial(_layout, self))

    def forward(self, *inputs: Array) -> Array:
        """All stamps added up (a convolution's gradient for its input), the padding cut off, the bias added."""
        x, w, *bias = inputs
        lay = self.layout(*(a.shape for a in inputs))
        stamped = input_gradient(self._grouped(x, lay), w, lay.uncut).reshape(lay.uncut.x)
        pads = [v.padding[0] for v in lay.windows]
        box = [(p, p + size) for p, size in zip(pads, lay.x[2:], strict=True)]
        y = np.ascontiguousarray(region(stamped, box, 0))
        if bias:
            y += bias[0].reshape(-1, *(1,) * self.axes)
        return y.reshape(lay.output)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """The convolution of g with W; x times the columns of g; or g summed over batch and places."""
        x, w = inputs[:2]
        lay = self.layout(*(a.shape for a in inputs))
        g = upstream.reshape(lay.x)
        if arg == 2:
            return g.sum(axis=(0, *range(2, g.ndim))).reshape(inputs[2].shape)
        pads = [v.padding[0] for v in lay.windows]
        stamped = region(g, [(-p, size - p) for p, size in zip(pads, lay.uncut.x[2:], strict=True)], 0)
        if arg == 1:
            return kernel_gradient(self._grouped(x, lay), stamped, lay.uncut).reshape(w.shape)
        rows = w.reshape(lay.rows)
        return correlate(stamped, rows, lay.uncut.windows, lay.places).reshape(x.shape)

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The stamps with x or w exchanged for its tangent; that of a bias at every place."""
        if arg == 2:
            return np.broadcast_to(tangent.reshape(*tangent.shape, *(1,) * self.axes), output.shape)
        return self.forward(*with_input(inputs[:2], arg, tangent))

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """The other factor of each product that is not cut off; 1 for a bias."""
        lay = self.layout(*(a.shape for a in inputs))
        if arg == 2:
            return partials_of_bias(lay.x, output.dtype)
        return lay.partials(0, 2 - arg, inputs[1 - arg])  # output and input change places

    def _grouped(self, x: Array, lay: Layout) -> Array:
        return x.reshape(lay.x[0], *lay.grouped, prod(lay.places))

    def count(self, *shapes: Shape) -> Count:
        """A product for each (input entry, tap, output channel of its group); those stamped on one entry add up.

        Products that are cut off count as products with padding. A bias is one addition an entry.
        """
        lay = self.layout(*shapes)
        return lay.sums(0) + Count(add=prod(lay.x) * (len(shapes) > 2))

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """The same products, added up by entry of x or of w; for b, the upstream entries."""
        lay = self.layout(*shapes)
        if arg == 2:
            return Count(add=max(0, prod(lay.x) - lay.x[1]))
        return lay.sums((2, 1)[arg])

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """For each output entry, the products stamped on it; a bias is the last term."""
        x, w = inputs[:2]
        lay = self.layout(*(a.shape for a in inputs))
        y, full_w, lead = self.forward(*inputs), w.reshape(lay.w), x.ndim - self.axes
        per_group = lay.w[0] // self.groups
        for index in product(*map(range, lay.x)):
            n, o, *at = index
            group, within = divmod(o, lay.w[1])
            hits = [_hits(*axis) for axis in zip(lay.windows, lay.places, at, strict=True)]
            terms = []
            for c, pairs in product(range(group * per_group, (group + 1) * per_group), product(*hits)):
                places, taps = zip(*pairs, strict=True)
                source = ((n, c)[2 - lead :]) + places
                terms.append(Term(source, (x[source], full_w[(c, within, *taps)])))
            if len(inputs) > 2:
                terms.append(Term((), (inputs[2].reshape(-1)[o],)))
            shown = index[2 - lead :]
            yield Step(shown, "sum", tuple(terms), y[shown])


@dataclass(frozen=True)
class ConvTranspose1d(_ConvTranspose):
    """Transposed convolution along one axis: x (N, C, L), w (C, O/groups, K), b (O,)."""

    axes: ClassVar[int] = 1


@dataclass(frozen=True)
class ConvTranspose2d(_ConvTranspose):
    """Transposed convolution over two axes: x (N, C, H, W), w (C, O/groups, kH, kW), b (O,)."""

    axes: ClassVar[int] = 2


@lru_cache(maxsize=1024)
def _received(window: Window, size: int, places: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """How often each output position, tap and place takes part in a product that stays inside the output."""
    positions = np.add.outer(np.arange(places) * window.stride, np.arange(window.kernel) * window.dilation)
    positions -= window.padding[0]
    inside = (positions >= 0) & (positions < size)
    uses = np.bincount(positions[inside], minlength=size)
    return tuple(uses.tolist()), tuple(inside.sum(axis=0).tolist()), tuple(inside.sum(axis=1).tolist())


def _hits(window: Window, places: int, at: int) -> list[tuple[int, int]]:
    """The (place, tap) pairs that stamp on the output position `at`, by place."""
    pairs = product(range(places), range(window.kernel))
    return [(place, tap) for place, tap in pairs if window.tap(place, tap) == at]


def _layout(op: _ConvTranspose, *shapes: Shape) -> TransposedLayout:
    full_x, full_w, missing = complete(op.axes, shapes, CHANNEL_RULE)
    _check_channels(op, full_x, full_w)
    lead, places = (full_x[0], full_w[1] * op.groups), full_x[2:]
    check_bias(shapes, lead[1], bare=missing == 2)
    strides, pads, extras, dilations = op._settings
    axes = zip(full_w[2:], strides, pads, dilations, strict=True)
    windows = tuple(Window(k, s, (p, p), d) for k, s, p, d in axes)
    sizes = tuple(_size(*axis) for axis in zip(windows, places, extras, strict=True))
    unpadded = tuple(Window(w.kernel, w.stride, dilation=w.dilation) for w in windows)
    stamped = lead + tuple(w.transposed_size(n) for w, n in zip(unpadded, places, strict=True))
    uncut = Layout(stamped, full_w, unpadded, places, stamped)
    return TransposedLayout(lead + sizes, full_w, windows, places, lead[missing:] + sizes, uncut)


def _check_channels(op: _ConvTranspose, x: Shape, w: Shape) -> None:
    if w[0] < 1 or w[0] % op.groups:
        raise ArgumentError("groups", op.groups, f"a divisor of in_channels = weight.shape[0] = {w[0]}", CHANNEL_RULE)
    if x[1] != w[0]:
        raise ArgumentError("input", f"{x[1]} channels", f"in_channels = weight.shape[0] = {w[0]}", CHANNEL_RULE)
    if w[1] < 1:
        raise ArgumentError("weight", f"shape {w}", "at least 1 output channel for each group", CHANNEL_RULE)


def _size(window: Window, places: int, extra: int) -> int:
    if places < 1:
        raise ArgumentError("input size", places, "at least 1 position", SIZE_RULE)
    size = window.transposed_size(places, extra)
    if size < 1:
        raise ArgumentError(
            "padding", window.padding[0], f"less, for an output of at least 1 and not {size}", SIZE_RULE
        )
    return size
