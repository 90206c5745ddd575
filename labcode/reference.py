"""The layers as plain loops over nested lists: to read, and to check the fast ops against.

Nothing here is shared with the ops: no window arithmetic, no matrix product, no NumPy. Entries may be
any numbers that add and multiply: integers, `fractions.Fraction`, or scalars that count what is done
to them. `correlate` is the whole idea; the rest of the module is bookkeeping around it.

Images are lists ``x[n][c][row][column]``, kernels ``w[o][c][i][j]``; an axis less is an axis of
length 1. Settings are (rows, columns) pairs, a padding is ((top, bottom), (left, right)).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from math import exp, inf, log
from operator import add
from typing import Any

Number = Any
Nested = list[Any]  # a list of numbers, or of such lists
Pair = tuple[int, int]
Padding = tuple[Pair, Pair]
NONE: Padding = ((0, 0), (0, 0))


# --- the idea --------------------------------------------------------------------------------------


def correlate(image: Nested, kernel: Nested) -> Nested:
    """y[p][q] = Σ_i Σ_j kernel[i][j] · image[p + i][q + j].

    The kernel lies on every place where it fits; what lies on top of each other is multiplied, and
    the products are added up.

    Examples
    --------
    >>> correlate([[1, 0, 2], [2, 1, -1], [0, 0, 2]], [[1, -1], [0, 2]])
    [[3, -4], [1, 6]]
    """
    output: Nested = []
    for p in range(len(image) - len(kernel) + 1):
        output.append([])
        for q in range(len(image[0]) - len(kernel[0]) + 1):
            total = 0
            for i in range(len(kernel)):
                for j in range(len(kernel[0])):
                    total += kernel[i][j] * image[p + i][q + j]
            output[p].append(total)
    return output


def convolve(image: Nested, kernel: Nested) -> Nested:
    """y[p][q] = Σ_i Σ_j kernel[−i][−j] · image[p + i][q + j]: true convolution, the kernel rotated by 180°.

    Examples
    --------
    >>> convolve([[1, 0, 2], [2, 1, -1], [0, 0, 2]], [[1, -1], [0, 2]])
    [[1, -2], [4, 4]]
    """
    return correlate(image, [row[::-1] for row in kernel[::-1]])


# --- bookkeeping -----------------------------------------------------------------------------------


def starts(
    size: int, kernel: int, stride: int = 1, padding: Pair = (0, 0), dilation: int = 1, ceil_mode: bool = False
) -> list[int]:
    """First position of every window on an axis; negative where it lies in the padding before it.

    Found by walking along the axis, not by a formula. `ceil_mode` keeps one window more if the one
    before left positions unread, provided that it starts before the input ends.

    Examples
    --------
    >>> starts(5, kernel=3, stride=2, padding=(1, 1))
    [-1, 1, 3]
    >>> starts(6, kernel=3, stride=2), starts(6, kernel=3, stride=2, ceil_mode=True)
    ([0, 2], [0, 2, 4])
    """
    before, after = padding
    end, extent = size + after, dilation * (kernel - 1) + 1
    found = []
    start = -before
    while start + extent <= end:
        found.append(start)
        start += stride
    if ceil_mode and start - stride + extent < end and start < size:
        found.append(start)
    return found


def read(image: Nested, row: int, column: int, outside: Number = 0) -> Number:
    """The entry at (row, column), or `outside` where there is padding.

    Examples
    --------
    >>> read([[1, 2]], 0, 1), read([[1, 2]], 0, -1)
    (2, 0)
    """
    inside = 0 <= row < len(image) and 0 <= column < len(image[0])
    return image[row][column] if inside else outside


def add_up(terms: Iterable[Number]) -> Number:
    """t₁ + t₂ + … + t_n: n − 1 additions, from left to right."""
    return reduce(add, terms)


def build(shape: Sequence[int], entry: Callable[..., Number], *index: int) -> Nested:
    """Nested lists of this shape, each entry made from its index.

    Examples
    --------
    >>> build((2, 3), lambda i, j: 10 * i + j)
    [[0, 1, 2], [10, 11, 12]]
    """
    if not shape:
        return entry(*index)
    return [build(shape[1:], entry, *index, i) for i in range(shape[0])]


def indices(x: Nested) -> Iterator[tuple[int, ...]]:
    """Every index of nested lists, in row-major order.

    Examples
    --------
    >>> list(indices([[7, 8], [9, 10]]))
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    if not isinstance(x, list):
        yield ()
        return
    for i, part in enumerate(x):
        for rest in indices(part):
            yield i, *rest


def gather(shape: Sequence[int], sent: Iterable[tuple[tuple[int, ...], Number]], zero: Number = 0) -> Nested:
    """Nested lists whose entries are the sums of what was sent to their index, `zero` where nothing was.

    This is how gradients come about: whatever an entry went into sends something back.

    Examples
    --------
    >>> gather((3,), [((0,), 5), ((2,), 1), ((2,), 6)])
    [5, 0, 7]
    """
    parcels = defaultdict(list)
    for index, value in sent:
        parcels[index].append(value)
    return build(shape, lambda *index: add_up(parcels[index]) if index in parcels else zero)


# --- convolution -----------------------------------------------------------------------------------


def conv2d(
    x: Nested,
    w: Nested,
    b: Nested | None = None,
    stride: Pair = (1, 1),
    padding: Padding = NONE,
    dilation: Pair = (1, 1),
    groups: int = 1,
    zero: Number = 0,
) -> Nested:
    """y[n][o][p][q] = Σ_c Σ_i Σ_j w[o][c][i][j] · x[n][c][p·s + i·d − pad][q·s + j·d − pad] + b[o].

    `zero` is what padding holds. With groups, output channel o sees the input channels of its group.

    Examples
    --------
    >>> conv2d([[[[1, 0, 2], [2, 1, -1], [0, 0, 2]]]], [[[[1, -1], [0, 2]]]], stride=(3, 3), padding=((1, 1), (1, 1)))
    [[[[2, 0], [0, 2]]]]
    """
    rows = starts(len(x[0][0]), len(w[0][0]), stride[0], padding[0], dilation[0])
    columns = starts(len(x[0][0][0]), len(w[0][0][0]), stride[1], padding[1], dilation[1])

    def entry(n: int, o: int, p: int, q: int) -> Number:
        first = o // (len(w) // groups) * len(w[o])
        terms = [
            w[o][c][i][j] * read(x[n][first + c], rows[p] + i * dilation[0], columns[q] + j * dilation[1], zero)
            for c, i, j in indices(w[o])
        ]
        return add_up(terms if b is None else [*terms, b[o]])

    return build((len(x), len(w), len(rows), len(columns)), entry)


def _products(
    shape: Sequence[int], g: Nested, w: Nested, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]]:
    """Every product of a convolution outside the padding: where its result, kernel entry and input entry are."""
    for n, o, p, q in indices(g):
        first = o // (len(w) // groups) * len(w[o])
        for c, i, j in indices(w[o]):
            row = p * stride[0] + i * dilation[0] - padding[0][0]
            column = q * stride[1] + j * dilation[1] - padding[1][0]
            if 0 <= row < shape[2] and 0 <= column < shape[3]:
                yield (n, o, p, q), (o, c, i, j), (n, first + c, row, column)


def conv2d_grad_input(
    shape: Sequence[int],
    w: Nested,
    g: Nested,
    stride: Pair = (1, 1),
    padding: Padding = NONE,
    dilation: Pair = (1, 1),
    groups: int = 1,
) -> Nested:
    """Σ g · ∂y/∂x: each product w · x of the convolution sends g · w back to its x.

    `shape` is that of x, `g` the gradient that arrives at y.

    Examples
    --------
    >>> conv2d_grad_input((1, 1, 1, 3), [[[[7, 11]]]], [[[[13, 17]]]])
    [[[[91, 262, 187]]]]
    """
    products = _products(shape, g, w, stride, padding, dilation, groups)
    return gather(shape, ((source, _at(g, place) * _at(w, tap)) for place, tap, source in products))


def conv2d_grad_weight(
    x: Nested,
    w: Nested,
    g: Nested,
    stride: Pair = (1, 1),
    padding: Padding = NONE,
    dilation: Pair = (1, 1),
    groups: int = 1,
) -> Nested:
    """Σ g · ∂y/∂w: each product w · x of the convolution sends g · x back to its w.

    Of `w` only the shape is used.

    Examples
    --------
    >>> conv2d_grad_weight([[[[2, 3, 5]]]], [[[[0, 0]]]], [[[[13, 17]]]])
    [[[[77, 124]]]]
    """
    products = _products(_shape(x), g, w, stride, padding, dilation, groups)
    return gather(_shape(w), ((tap, _at(g, place) * _at(x, source)) for place, tap, source in products))


def conv2d_grad_bias(g: Nested) -> Nested:
    """Σ g · ∂y/∂b: every output entry of channel o contains b[o] once.

    Examples
    --------
    >>> conv2d_grad_bias([[[[13, 17]]]])
    [30]
    """
    return gather((len(g[0]),), (((o,), g[n][o][p][q]) for n, o, p, q in indices(g)))


def conv_transpose2d(
    x: Nested,
    w: Nested,
    b: Nested | None = None,
    stride: Pair = (1, 1),
    padding: Padding = NONE,
    output_padding: Pair = (0, 0),
    groups: int = 1,
    dilation: Pair = (1, 1),
    zero: Number = 0,
) -> Nested:
    """y[n][o][p·s + i·d − pad][q·s + j·d − pad] += x[n][c][p][q] · w[c][o][i][j]; then + b[o].

    Every input entry stamps the kernel, times itself, onto the output; stamps that overlap add up, and
    the padding is cut off the rim. The kernel is w[c][o][i][j], input channels first.

    Examples
    --------
    >>> conv_transpose2d([[[[0, 1], [2, 3]]]], [[[[0, 1], [2, 3]]]])
    [[[[0, 0, 1], [0, 4, 6], [4, 12, 9]]]]
    """

    def size(axis: int) -> int:
        last = (_shape(x)[2 + axis] - 1) * stride[axis] + (_shape(w)[2 + axis] - 1) * dilation[axis]
        return last + 1 + output_padding[axis] - sum(padding[axis])

    shape = (len(x), len(w[0]) * groups, size(0), size(1))

    def stamps() -> Iterator[tuple[tuple[int, ...], Number]]:
        for n, c, p, q in indices(x):
            first = c // (len(x[0]) // groups) * len(w[0])
            for o, i, j in indices(w[c]):
                row = p * stride[0] + i * dilation[0] - padding[0][0]
                column = q * stride[1] + j * dilation[1] - padding[1][0]
                if 0 <= row < shape[2] and 0 <= column < shape[3]:
                    yield (n, first + o, row, column), x[n][c][p][q] * w[c][o][i][j]

    y = gather(shape, stamps(), zero)
    return y if b is None else build(shape, lambda n, o, p, q: y[n][o][p][q] + b[o])


def conv_transpose2d_grad_input(
    shape: Sequence[int],
    w: Nested,
    g: Nested,
    stride: Pair = (1, 1),
    padding: Padding = NONE,
    groups: int = 1,
    dilation: Pair = (1, 1),
) -> Nested:
    """Σ g · ∂y/∂x: each stamped product x · w sends g · w back to its x.

    `shape` is that of x. With x and y exchanged the products are those of a convolution, and the
    kernel's gradient is ``conv2d_grad_weight(g, w, x)``.

    Examples
    --------
    >>> conv_transpose2d_grad_input((1, 1, 1, 2), [[[[7, 11]]]], [[[[1, 0, 2]]]])
    [[[[7, 22]]]]
    """
    blank = build(shape, lambda *index: 0)
    products = _products(_shape(g), blank, w, stride, padding, dilation, groups)
    return gather(shape, ((place, _at(g, source) * _at(w, tap)) for place, tap, source in products))


# --- pooling ---------------------------------------------------------------------------------------


def max_pool2d(
    x: Nested,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Padding = NONE,
    dilation: Pair = (1, 1),
    ceil_mode: bool = False,
    lowest: Number = -inf,
) -> Nested:
    """y[n][c][p][q] = max_i max_j x[n][c][p·s + i·d − pad][q·s + j·d − pad]; padding (`lowest`) never wins.

    Examples
    --------
    >>> max_pool2d([[[[1, 0, 2], [2, 1, -1], [0, 0, 2]]]], (1, 2))
    [[[[1], [2], [0]]]]
    """
    windows = _windows(x, kernel_size, stride, padding, dilation, ceil_mode)

    def entry(n: int, c: int, p: int, q: int) -> Number:
        seen = [read(x[n][c], row, column, lowest) for row, column in windows[p][q]]
        return reduce(lambda best, other: other if other > best else best, seen)

    return build((len(x), len(x[0]), len(windows), len(windows[0])), entry)


def max_pool2d_grad(
    x: Nested,
    g: Nested,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Padding = NONE,
    dilation: Pair = (1, 1),
    ceil_mode: bool = False,
) -> Nested:
    """Σ g · ∂y/∂x: each g goes to the largest entry of its window, to the first where several are.

    Examples
    --------
    >>> max_pool2d_grad([[[[1, 1], [1, 0]]]], [[[[5]]]], (2, 2))
    [[[[5, 0], [0, 0]]]]
    """
    windows = _windows(x, kernel_size, stride, padding, dilation, ceil_mode)

    def sent() -> Iterator[tuple[tuple[int, ...], Number]]:
        for n, c, p, q in indices(g):
            inside = [position for position in windows[p][q] if _within(x, [position], NONE)]
            row, column = max(inside, key=lambda at: x[n][c][at[0]][at[1]])  # the first of equals
            yield (n, c, row, column), g[n][c][p][q]

    return gather(_shape(x), sent())


def avg_pool2d(
    x: Nested,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Padding = NONE,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    zero: Number = 0,
) -> Nested:
    """y[n][c][p][q] = (Σ_i Σ_j x[n][c][p·s + i − pad][q·s + j − pad]) / (positions that count).

    Positions on the input count; those on padding count unless `count_include_pad` is off; those
    beyond the padding, which only `ceil_mode` reaches, never do.

    Examples
    --------
    >>> avg_pool2d([[[[0, 1, 2], [3, 4, 5], [6, 7, 8]]]], (2, 2), stride=(1, 1))
    [[[[2.0, 3.0], [5.0, 6.0]]]]
    """
    windows = _windows(x, kernel_size, stride, padding, (1, 1), ceil_mode)
    rim = padding if count_include_pad else NONE

    def entry(n: int, c: int, p: int, q: int) -> Number:
        total = add_up(read(x[n][c], row, column, zero) for row, column in windows[p][q])
        return total / _within(x, windows[p][q], rim)

    return build((len(x), len(x[0]), len(windows), len(windows[0])), entry)


def avg_pool2d_grad(
    x: Nested,
    g: Nested,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Padding = NONE,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Nested:
    """Σ g · ∂y/∂x: each g is divided as its mean was, and goes to every entry of its window.

    Of `x` only the shape is used.

    Examples
    --------
    >>> avg_pool2d_grad([[[[0, 0, 0]]]], [[[[4, 8]]]], (1, 2), stride=(1, 1))
    [[[[2.0, 6.0, 4.0]]]]
    """
    windows = _windows(x, kernel_size, stride, padding, (1, 1), ceil_mode)
    rim = padding if count_include_pad else NONE

    def sent() -> Iterator[tuple[tuple[int, ...], Number]]:
        for n, c, p, q in indices(g):
            share = g[n][c][p][q] / _within(x, windows[p][q], rim)
            for row, column in windows[p][q]:
                if _within(x, [(row, column)], NONE):
                    yield (n, c, row, column), share

    return gather(_shape(x), sent())


def _within(x: Nested, positions: Iterable[Pair], padding: Padding) -> int:
    """How many of the positions lie on the input or on this much padding around it."""
    (top, bottom), (left, right) = padding
    height, width = _shape(x)[2:]
    return sum(-top <= row < height + bottom and -left <= column < width + right for row, column in positions)


def _windows(
    x: Nested, kernel_size: Pair, stride: Pair | None, padding: Padding, dilation: Pair, ceil_mode: bool
) -> list[list[list[Pair]]]:
    """For each place (p, q), the positions that a pooling window covers, row by row."""
    steps = kernel_size if stride is None else stride
    rows, columns = (
        starts(size, kernel_size[axis], steps[axis], padding[axis], dilation[axis], ceil_mode)
        for axis, size in enumerate(_shape(x)[2:])
    )
    taps = [(i * dilation[0], j * dilation[1]) for i in range(kernel_size[0]) for j in range(kernel_size[1])]
    return [[[(row + i, column + j) for i, j in taps] for column in columns] for row in rows]


# --- everything else -------------------------------------------------------------------------------


def unfold(
    x: Nested,
    kernel_size: Pair,
    dilation: Pair = (1, 1),
    padding: Padding = NONE,
    stride: Pair = (1, 1),
    zero: Number = 0,
) -> Nested:
    """y[n][(c, i, j)][(p, q)] = x[n][c][p·s + i·d − pad][q·s + j·d − pad]: windows as columns (im2col).

    Examples
    --------
    >>> unfold([[[[0, 1, 2], [3, 4, 5], [6, 7, 8]]]], (2, 2))
    [[[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]]]
    """
    windows = _windows(x, kernel_size, stride, padding, dilation, False)
    taps = kernel_size[0] * kernel_size[1]
    places = [window for row in windows for window in row]
    return [
        [[read(channel, *place[tap], zero) for place in places] for channel in image for tap in range(taps)]
        for image in x
    ]


def fold(
    columns: Nested,
    output_size: Pair,
    kernel_size: Pair,
    dilation: Pair = (1, 1),
    padding: Padding = NONE,
    stride: Pair = (1, 1),
) -> Nested:
    """x[n][c][p·s + i·d − pad][q·s + j·d − pad] += columns[n][(c, i, j)][(p, q)]: columns added back (col2im).

    Examples
    --------
    >>> fold([[[1, 1, 1, 1]] * 4], (3, 3), (2, 2))
    [[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]]
    """
    taps = kernel_size[0] * kernel_size[1]
    shape = (len(columns), len(columns[0]) // taps, *output_size)
    blank = build((1, 1, *output_size), lambda *index: 0)
    windows = [w for row in _windows(blank, kernel_size, stride, padding, dilation, False) for w in row]
    return gather(
        shape,
        (
            ((n, k // taps, *windows[place][k % taps]), columns[n][k][place])
            for n, k, place in indices(columns)
            if _within(blank, [windows[place][k % taps]], NONE)
        ),
    )


def matmul(a: Nested, b: Nested) -> Nested:
    """y[i][j] = Σ_k a[i][k] · b[k][j].

    Examples
    --------
    >>> matmul([[1, 2], [3, 4]], [[5], [6]])
    [[17], [39]]
    """
    return build((len(a), len(b[0])), lambda i, j: add_up(a[i][k] * b[k][j] for k in range(len(b))))


def linear(x: Nested, w: Nested, b: Nested | None = None) -> Nested:
    """y[n][o] = Σ_k x[n][k] · w[o][k] + b[o].

    Examples
    --------
    >>> linear([[1, 2]], [[3, 4], [5, 6]], [10, 20])
    [[21, 37]]
    """
    y = matmul(x, [list(column) for column in zip(*w, strict=True)])
    return y if b is None else build((len(x), len(w)), lambda n, o: y[n][o] + b[o])


def squared_error(a: Nested, b: Nested) -> Number:
    """y = Σ_i (a[i] − b[i])².

    Examples
    --------
    >>> squared_error([3, 5], [1, 6])
    5
    """
    differences = [s - t for s, t in zip(a, b, strict=True)]
    return add_up(d * d for d in differences)


def relu(x: Number) -> Number:
    """y = max(x, 0).

    Examples
    --------
    >>> relu(3), relu(-3)
    (3, 0)
    """
    return x if x > 0 else 0


def sigmoid(x: Number, exp: Callable[[Number], Number] = exp) -> Number:
    """y = 1 / (1 + exp(−x)).

    Examples
    --------
    >>> sigmoid(0.0)
    0.5
    """
    return 1 / (1 + exp(-x))


def softmax(x: Nested, exp: Callable[[Number], Number] = exp) -> Nested:
    """y[k] = exp(x[k] − m) / Σ_j exp(x[j] − m), m the largest entry.

    Examples
    --------
    >>> softmax([5.0, 5.0])
    [0.5, 0.5]
    """
    largest = reduce(lambda best, other: other if other > best else best, x)
    powers = [exp(entry - largest) for entry in x]
    total = add_up(powers)
    return [power / total for power in powers]


def log_softmax(x: Nested, exp: Callable[[Number], Number] = exp, log: Callable[[Number], Number] = log) -> Nested:
    """y[k] = x[k] − m − log Σ_j exp(x[j] − m), m the largest entry.

    Examples
    --------
    >>> log_softmax([3.0])
    [0.0]
    """
    largest = reduce(lambda best, other: other if other > best else best, x)
    below = [entry - largest for entry in x]
    total = log(add_up(map(exp, below)))
    return [entry - total for entry in below]


def cross_entropy(
    x: Nested, target: int, exp: Callable[[Number], Number] = exp, log: Callable[[Number], Number] = log
) -> Number:
    """y = log Σ_j exp(x[j] − m) − (x[target] − m), which is −log softmax(x)[target].

    Examples
    --------
    >>> cross_entropy([0.0, 0.0], 1) == log(2)
    True
    """
    largest = reduce(lambda best, other: other if other > best else best, x)
    below = [entry - largest for entry in x]
    return log(add_up(map(exp, below))) - below[target]


def _shape(x: Nested) -> tuple[int, ...]:
    return (len(x), *_shape(x[0])) if isinstance(x, list) else ()


def _at(x: Nested, index: Iterable[int]) -> Number:
    for i in index:
        x = x[i]
    return x
