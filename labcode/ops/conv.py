"""Convolution as deep learning means it: cross-correlation of an input with kernels.

y[n, o, p] = b[o] + Σ_c Σ_t w[o, c, t] · x[n, c, p·stride + t·dilation − padding]

Arrays are (N, C, *spatial) with kernels (O, C/groups, *kernel), as in PyTorch; without batch,
(C, *spatial); and bare spatial arrays for both input and kernel, as on paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import product
from math import prod
from typing import Any, ClassVar, Literal

import numpy as np

from labcode.errors import ArgumentError
from labcode.geometry import SIZE_RULE, Window, per_axis, same_padding
from labcode.op import Array, Count, Memo, Op, Partials, Shape, Step, Term, index_dtype, with_input
from labcode.ops.im2col import ALL, Reads, cut, output_shape, strips, window_pairs

CHANNEL_RULE = "weight has shape (out_channels, in_channels/groups, *kernel)"


@dataclass(frozen=True)
class Layout:
    """The shapes of one call with every axis present: (N, C, *sizes), (O, C/groups, *kernel)."""

    x: Shape
    w: Shape
    windows: tuple[Window, ...]
    places: Shape
    output: Shape  # as the caller sees it: without the axes that the input lacks

    @cached_property
    def groups(self) -> int:
        """Groups of channels that do not mix."""
        return self.x[1] // self.w[1]

    @cached_property
    def grouped(self) -> Shape:
        """(groups, output channels of each)."""
        return self.groups, self.w[0] // self.groups

    @cached_property
    def rows(self) -> Shape:
        """Shape of the kernels as matrices: (groups, output channels of each, products)."""
        return (*self.grouped, self.products)

    @cached_property
    def products(self) -> int:
        """Products of one output entry: input channels of its group times taps."""
        return prod(self.w[1:])

    @cached_property
    def mirrored(self) -> tuple[Window, ...] | None:
        """Windows that read the output to make the input's gradient, where that is the shorter way.

        At stride 1 the gradient is a correlation too, of the output with the reversed kernels. It
        gathers a column entry for each output channel, where adding back needs one for each input's.
        """
        pads = [(w.extent - 1 - w.padding[0], w.extent - 1 - w.padding[1]) for w in self.windows]
        shorter = self.w[0] <= self.x[1] or prod(self.w[2:]) == 1
        if not shorter or any(w.stride > 1 for w in self.windows) or min(map(min, pads)) < 0:
            return None
        return tuple(Window(w.kernel, 1, p, w.dilation) for w, p in zip(self.windows, pads, strict=True))

    @cached_property
    def reads(self) -> Reads | None:
        """Where a small image of one group is read; None for others."""
        return Reads.of(self.windows, self.x) if self.x[0] == self.groups == 1 else None

    @property
    def entries(self) -> int:
        """Entries of the output."""
        return self.x[0] * self.w[0] * prod(self.places)

    def sums(self, result: int) -> Count:
        """Operations that make the input (0), the weights (1) or the output (2) from the other two.

        Output entries, taps and input entries meet in one list of products x · w · y, one product
        for each (output entry, tap) pair; each of the three results adds up those that share one
        entry of it. Additions = products − entries that receive a product.
        """
        channels = (self.x[0] * self.x[1], self.w[0] * self.w[1], self.x[0] * self.w[0])[result]
        received = self.received(result)
        products = self.entries * self.products
        inside = self.x[0] * self.w[0] * self.w[1] * prod(map(sum, received))
        # A product on padding belongs to an entry of every result but the input.
        with_inside = min(inside, channels * prod(sum(r > 0 for r in axis) for axis in received))
        with_any = with_inside if result == 0 else min(products, channels * prod(map(len, received)))
        add = products - with_any
        return Count(products, add, mul_padding=products - inside, add_padding=add - (inside - with_inside))

    def positions(self) -> tuple[Array, Array, Array]:
        """Of every product: flat positions in the input, the weights and the output, arrays that broadcast.

        Their axes are batch, group, output and input channel of the group, and (place, tap) pair.
        """
        kind = index_dtype(max(prod(self.x), prod(self.w), self.entries))
        place, tap, at = (a.astype(kind) for a in window_pairs(self.windows, self.places, self.x[2:]))
        channels = np.ogrid[: self.x[0], : self.groups, : self.grouped[1], : self.w[1]]
        n, g, o, c = (a[..., None].astype(kind) for a in channels)
        kernel = g * self.grouped[1] + o
        x = (n * self.x[1] + g * self.w[1] + c) * prod(self.x[2:]) + at
        w = (kernel * self.w[1] + c) * prod(self.w[2:]) + tap
        return x, w, (n * self.w[0] + kernel) * prod(self.places) + place

    def partials(self, result: int, arg: int, other: Array) -> Partials:
        """∂result/∂arg, both of input (0), weights (1), output (2): the `other` factor of each product."""
        positions = self.positions()
        return Partials.of(positions[result], positions[arg], other.ravel()[positions[3 - result - arg]])

    def received(self, result: int) -> list[tuple[int, ...]]:
        """For each axis, how many (place, tap) pairs inside each position, tap or place has."""
        axes = zip(self.windows, self.x[2:], strict=True)
        return [(w.uses, w.uses_of_taps, w.taps_inside)[result](n) for w, n in axes]


@dataclass(frozen=True)
class _Conv(Op):
    stride: int | Sequence[int] = 1
    padding: int | Sequence[int] | Literal["same", "valid"] = 0
    dilation: int | Sequence[int] = 1
    groups: int = 1

    axes: ClassVar[int]
    symbol: ClassVar[str] = "conv"

    def __post_init__(self) -> None:
        for name, least in (("stride", 1), ("dilation", 1), ("padding", 0)):
            value = getattr(self, name)
            if name == "padding" and isinstance(value, str):
                self._check_named_padding(value)
            else:
                object.__setattr__(self, name, per_axis(name, value, self.axes, least))
        object.__setattr__(self, "groups", per_axis("groups", self.groups, 1, 1, CHANNEL_RULE)[0])

    def _check_named_padding(self, value: str) -> None:
        if value not in ("same", "valid"):
            raise ArgumentError("padding", repr(value), 'integers >= 0, "same" or "valid"', SIZE_RULE)
        if value == "same" and self.stride != (1,) * self.axes:  # (stride is normalised before padding)
            raise ArgumentError("padding", "'same'", f"stride 1, not {self.stride}", "same: output size = input size")

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return ("input", "weight", "bias")

    def windows(self, kernel: Shape) -> tuple[Window, ...]:
        """One window for each spatial axis of a kernel of this shape."""
        strides, dilations = _tuple(self.stride), _tuple(self.dilation)
        if self.padding == "same":
            pads = [same_padding(k, d) for k, d in zip(kernel, dilations, strict=True)]
        else:
            sides = (0,) * self.axes if self.padding == "valid" else _tuple(self.padding)
            pads = [(p, p) for p in sides]
        settings = zip(kernel, strides, pads, dilations, strict=True)
        return tuple(Window(k, s, p, d) for k, s, p, d in settings)

    def shape(self, *shapes: Shape) -> Shape:
        """(N, O, *places), without the axes that the input lacks."""
        return self.layout(*shapes).output

    def layout(self, *shapes: Shape) -> Layout:
        """Check the shapes of one call and complete them with the axes that were left out."""
        return self._layouts[shapes]

    @cached_property
    def _layouts(self) -> Memo:
        return Memo(partial(_layout, self))

    def forward(self, *inputs: Array) -> Array:
        """Matrix product of the kernels, a row each, with the columns of `im2col`, a strip at a time."""
        x, w, *bias = inputs
        lay = self.layout(*[a.shape for a in inputs])
        if lay.reads is not None:
            small = w.reshape(-1, lay.products).dot(lay.reads.columns(x)[0])
            return (small + bias[0].reshape(-1, 1) if bias else small).reshape(lay.output)
        rows = w.reshape(lay.rows)
        y = correlate(x.reshape(lay.x), rows, lay.windows, lay.places, bias[0] if bias else None)
        return y.reshape(lay.output)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """Wᵀ g added back where it was read; g times the columns; or g summed over batch and places."""
        lay = self.layout(*[a.shape for a in inputs])
        g = upstream.reshape(lay.x[0], *lay.grouped, prod(lay.places))
        if arg == 2:
            return g.sum(axis=(0, 3)).reshape(inputs[2].shape)
        rule = input_gradient if arg == 0 else kernel_gradient
        return rule(g, inputs[1 - arg], lay).reshape(inputs[arg].shape)

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The convolution with x or w exchanged for its tangent; that of a bias at every place."""
        if arg == 2:
            return np.broadcast_to(tangent.reshape(*tangent.shape, *(1,) * self.axes), output.shape)
        return self.forward(*with_input(inputs[:2], arg, tangent))

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """The other factor of each product that does not lie on padding; 1 for a bias."""
        lay = self.layout(*(a.shape for a in inputs))
        if arg == 2:
            return partials_of_bias((lay.x[0], lay.w[0], *lay.places), output.dtype)
        return lay.partials(2, arg, inputs[1 - arg])

    def count(self, *shapes: Shape) -> Count:
        """N products and n − 1 additions an entry (n with bias), n = C/groups · taps."""
        lay = self.layout(*shapes)
        sums = lay.sums(2)
        if len(shapes) == 2:
            return sums
        # Under a window wholly on padding the bias is alone: its addition too could be skipped.
        return sums + Count(add=lay.entries, add_padding=sums.mul_padding - sums.add_padding)

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """A product for each (output entry, tap) pair, added up by input or kernel entry; bias: a plain sum."""
        lay = self.layout(*shapes)
        return lay.sums(arg) if arg < 2 else Count(add=max(0, lay.entries - lay.w[0]))

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """For each output entry, the products under its window; a bias is the last term."""
        x, w = inputs[:2]
        lay = self.layout(*(a.shape for a in inputs))
        y = self.forward(*inputs)
        full_w, lead = w.reshape(lay.w), x.ndim - self.axes
        per_group = lay.w[0] // self.groups
        for index in product(*map(range, (lay.x[0], lay.w[0], *lay.places))):
            n, o, *place = index
            terms = []
            for c, *tap in product(*map(range, lay.w[1:])):
                channel = o // per_group * lay.w[1] + c
                at = tuple(v.tap(p, t) for v, p, t in zip(lay.windows, place, tap, strict=True))
                inside = all(0 <= i < size for i, size in zip(at, lay.x[2:], strict=True))
                source = ((n, channel)[2 - lead :]) + at
                value = x[source] if inside else x.dtype.type(0)
                terms.append(Term(source, (value, full_w[(o, c, *tap)]), inside))
            if len(inputs) > 2:
                terms.append(Term((), (inputs[2].reshape(-1)[o],)))
            shown = index[2 - lead :]
            yield Step(shown, "sum", tuple(terms), y[shown])


@dataclass(frozen=True)
class Conv1d(_Conv):
    """Cross-correlation along one axis: x (N, C, L), w (O, C/groups, K), b (O,)."""

    axes: ClassVar[int] = 1


@dataclass(frozen=True)
class Conv2d(_Conv):
    """Cross-correlation over two axes: x (N, C, H, W), w (O, C/groups, kH, kW), b (O,)."""

    axes: ClassVar[int] = 2


def correlate(x: Array, rows: Array, windows: tuple[Window, ...], places: Shape, bias: Array | None = None) -> Array:
    """Rows (groups, O/groups, C/groups·taps) times the columns of x (N, C, *sizes), a strip at a time."""
    groups, outputs, products = rows.shape
    y = np.empty((len(x), groups, outputs, prod(places)), x.dtype)
    for images, at, columns in strips(x, windows):
        strip = y if at is ALL else y[images, ..., at]
        np.matmul(rows, columns.reshape(len(columns), groups, products, strip.shape[-1]), strip)
        if bias is not None:
            strip += bias.reshape(groups, outputs, 1)
    return y


def input_gradient(g: Array, w: Array, lay: Layout) -> Array:
    """Wᵀ g, added back where the windows read; or the correlation of g with the reversed kernels."""
    kernels = w.reshape(*lay.grouped, lay.w[1], *lay.w[2:])
    if lay.mirrored is not None:
        reversed_rows = np.flip(kernels.swapaxes(1, 2), tuple(range(3, kernels.ndim))).reshape(lay.groups, lay.w[1], -1)
        maps = g.reshape(lay.x[0], lay.w[0], *lay.places)
        return correlate(maps, np.ascontiguousarray(reversed_rows), lay.mirrored, lay.x[2:])
    x = np.zeros(lay.x, g.dtype)
    down = w.reshape(lay.rows).swapaxes(-1, -2)
    multiply = np.matmul if lay.grouped[1] > 1 else np.multiply  # column times row, which matmul is slow at
    together, parts = cut(lay.windows, lay.x[1:], g.itemsize)
    for n in range(0, len(x), together):
        for strip in parts:
            columns = multiply(down, g[n : n + together, ..., strip.places])
            strip.add(x[n : n + together], columns)
    return x


def kernel_gradient(g: Array, x: Array, lay: Layout) -> Array:
    """Σ g · columnsᵀ over the strips; one image at a time, so that only one such product is kept."""
    w = np.zeros(lay.rows, g.dtype)
    for images, at, columns in strips(x.reshape(lay.x), lay.windows):
        upstream = g[images, ..., at]
        columns = columns.reshape(len(columns), lay.groups, lay.products, upstream.shape[-1])
        for gradient, column in zip(upstream, columns, strict=True):
            w += gradient @ column.swapaxes(-1, -2)
    return w


def partials_of_bias(shape: Shape, dtype: Any) -> Partials:
    """A 1 for each entry of an output of this shape (N, C, *places), in the column of its channel."""
    rows = np.arange(prod(shape)).reshape(*shape[:2], prod(shape[2:]))
    return Partials.of(rows, np.arange(shape[1])[:, None], np.dtype(dtype).type(1))


def _tuple(setting: object) -> tuple[int, ...]:
    """A setting as `__post_init__` left it: one integer for each axis."""
    assert isinstance(setting, tuple)
    return setting


def _layout(op: _Conv, *shapes: Shape) -> Layout:
    full_x, full_w, missing = complete(op.axes, shapes, CHANNEL_RULE)
    _check_channels(op, full_x, full_w)
    check_bias(shapes, full_w[0], bare=missing == 2)
    windows = op.windows(full_w[2:])
    places = output_shape(windows, full_x[2:])
    return Layout(full_x, full_w, windows, places, ((full_x[0], full_w[0])[missing:]) + places)


def complete(axes: int, shapes: Sequence[Shape], rule: str) -> tuple[Shape, Shape, int]:
    """Shapes of input and weight with every axis present, and how many axes the input lacks.

    Raises
    ------
    ArgumentError
        If the ranks are none of those with batch, without, or bare.
    """
    if len(shapes) not in (2, 3):
        raise ArgumentError("inputs", len(shapes), "input and weight, and perhaps bias", rule)
    x, w = shapes[:2]
    missing = axes + 2 - len(x)
    if missing not in (0, 1, 2):
        ranks = f"{axes} (bare), {axes + 1} (C, *spatial) or {axes + 2} (N, C, *spatial) dimensions"
        raise ArgumentError("input", f"shape {x}", ranks, "input has shape (N, C, *spatial)")
    bare = missing == 2
    if len(w) != (axes if bare else axes + 2):
        ranks = f"{axes} dimensions, bare as the input" if bare else f"{axes + 2} dimensions"
        raise ArgumentError("weight", f"shape {w}", ranks, rule)
    return (1,) * missing + x, (1, 1, *w) if bare else w, missing


def check_bias(shapes: Sequence[Shape], channels: int, bare: bool) -> None:
    """Refuse a bias that has not one number for each output channel, or is not a single one for bare arrays."""
    if len(shapes) > 2 and shapes[2] != (() if bare else (channels,)):
        expected = "a single number, shape ()" if bare else f"shape ({channels},)"
        raise ArgumentError("bias", f"shape {shapes[2]}", expected, "one number for each output channel")


def _check_channels(op: _Conv, x: Shape, w: Shape) -> None:
    if w[0] < 1 or w[0] % op.groups:
        raise ArgumentError("groups", op.groups, f"a divisor of out_channels = {w[0]}", CHANNEL_RULE)
    if x[1] < 1 or x[1] != w[1] * op.groups:
        expected = f"in_channels = groups * weight.shape[1] = {op.groups} * {w[1]} = {op.groups * w[1]} channels"
        raise ArgumentError("input", f"{x[1]} channels", expected, CHANNEL_RULE)
