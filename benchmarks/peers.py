"""Convolution as a reader would find it elsewhere, written from the textbooks' descriptions.

All take x (N, C, H, W), w (O, C, k, k), one stride and one padding, as in the layers compared.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from autograd import make_vjp
from autograd.scipy.signal import convolve
from scipy.signal import correlate

Array = npt.NDArray[np.floating]


def padded(x: Array, padding: int) -> Array:
    """Zeros on all four sides."""
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


def loops(x: Array, w: Array, stride: int, padding: int) -> Array:
    """A loop for each image, kernel, row and column; the window's sum by NumPy."""
    x, k = padded(x, padding), w.shape[-1]
    rows, columns = ((n - k) // stride + 1 for n in x.shape[2:])
    y = np.empty((len(x), len(w), rows, columns), x.dtype)
    for n, o, p, q in np.ndindex(y.shape):
        window = x[n, :, p * stride : p * stride + k, q * stride : q * stride + k]
        y[n, o, p, q] = (window * w[o]).sum()
    return y


def indices(shape: tuple[int, ...], k: int, stride: int, padding: int) -> tuple[Array, Array, Array, int, int]:
    """Index arrays (channel, row, column) of every window, as courses build them for im2col."""
    _, channels, height, width = shape
    rows, columns = ((n + 2 * padding - k) // stride + 1 for n in (height, width))
    c = np.repeat(np.arange(channels), k * k)[:, None]
    i = np.tile(np.repeat(np.arange(k), k), channels)[:, None] + stride * np.repeat(np.arange(rows), columns)
    j = np.tile(np.arange(k), k * channels)[:, None] + stride * np.tile(np.arange(columns), rows)
    return c, i, j, rows, columns


def index_arrays(x: Array, w: Array, stride: int, padding: int) -> Array:
    """im2col by index arrays, then one matrix product."""
    c, i, j, rows, columns = indices(x.shape, w.shape[-1], stride, padding)
    windows = padded(x, padding)[:, c, i, j]
    return (w.reshape(len(w), -1) @ windows).reshape(len(x), len(w), rows, columns)


def index_arrays_input_gradient(g: Array, x: Array, w: Array, stride: int, padding: int) -> Array:
    """col2im by ``np.add.at`` with the same index arrays."""
    c, i, j, _, _ = indices(x.shape, w.shape[-1], stride, padding)
    gradient = padded(np.zeros_like(x), padding)
    np.add.at(gradient, (slice(None), c, i, j), w.reshape(len(w), -1).T @ g.reshape(len(g), len(w), -1))
    end = -padding or None
    return gradient[:, :, padding:end, padding:end]


def index_arrays_kernel_gradient(g: Array, x: Array, w: Array, stride: int, padding: int) -> Array:
    """The upstream gradient times the transposed columns, summed over the images."""
    c, i, j, _, _ = indices(x.shape, w.shape[-1], stride, padding)
    windows = padded(x, padding)[:, c, i, j]
    return (g.reshape(len(g), len(w), -1) @ windows.swapaxes(1, 2)).sum(axis=0).reshape(w.shape)


def scipy_correlate(x: Array, w: Array, stride: int, padding: int) -> Array:
    """``scipy.signal.correlate`` of each image with each kernel, at stride 1; then every stride-th entry."""
    x = padded(x, padding)
    y = np.stack([[correlate(image, kernel, "valid")[0] for kernel in w] for image in x])
    return y[:, :, ::stride, ::stride]


def autograd_conv(x: Array, w: Array, stride: int, padding: int) -> Array:
    """``autograd.scipy.signal.convolve`` with reversed kernels, at stride 1; then every stride-th entry."""
    x, reversed_kernels = padded(x, padding), w[:, :, ::-1, ::-1]
    y = convolve(x, reversed_kernels, axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid")
    return y[:, :, ::stride, ::stride]


def autograd_gradient(g: Array, x: Array, w: Array, padding: int, arg: int) -> Callable[[], Array]:
    """The gradient with respect to x (0) or w (1) of autograd's own convolution at stride 1, its forward pass done."""
    factors = [padded(x, padding), w[:, :, ::-1, ::-1]]

    def forward(value: Array) -> Array:
        a, b = (value, factors[1]) if arg == 0 else (factors[0], value)
        return convolve(a, b, axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid")

    vjp, _ = make_vjp(forward)(factors[arg])
    end = -padding or None
    return lambda: vjp(g)[:, :, padding:end, padding:end] if arg == 0 else vjp(g)[:, :, ::-1, ::-1]
