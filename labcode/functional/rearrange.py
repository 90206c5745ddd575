"""Entries moved, none computed with: windows as columns and back, transpose, reversed axes, other shapes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from labcode import ops
from labcode.functional.apply import Axes, Result, apply, known_shape, make
from labcode.ops.rearrange import joined


def unfold(input: Any, kernel_size: Axes, dilation: Axes = 1, padding: Axes = 0, stride: Axes = 1) -> Result:
    """y[n, (c, t), p] = x[n, c, p·stride + t·dilation − padding]: what the window sees at p, as column p.

    Known as im2col. With the kernels as rows, a convolution is the product of two matrices:
    ``conv2d(x, w) == w.reshape(O, -1) @ unfold(x, (kH, kW))``, its columns the places in row-major order.

    Parameters
    ----------
    input : array_like or Variable, shape (N, C, H, W), (C, H, W) or (H, W)
    kernel_size : int or (int, int)
        (rows, columns) of the window.
    dilation, padding, stride : int or (int, int)
        As in `conv2d`, in PyTorch's order for this function; padding is with zeros.

    Returns
    -------
    ndarray or Variable, shape (N, C·kH·kW, places), (C·kH·kW, places) or (kH·kW, places)
        Column entries by channel, then row, then column of the window.

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks these rules.

    References
    ----------
    ``torch.nn.functional.unfold``; K. Chellapilla, S. Puri and P. Simard, *High performance
    convolutional neural networks for document processing* (2006).

    Examples
    --------
    >>> unfold([[0, 1, 2], [3, 4, 5], [6, 7, 8]], 2)
    array([[0, 1, 3, 4],
           [1, 2, 4, 5],
           [3, 4, 6, 7],
           [4, 5, 7, 8]])
    """
    return apply(make(ops.Unfold, kernel_size, dilation, padding, stride), input)


def fold(
    input: Any, output_size: Axes, kernel_size: Axes, dilation: Axes = 1, padding: Axes = 0, stride: Axes = 1
) -> Result:
    """y[n, c, p·stride + t·dilation − padding] += x[n, (c, t), p]: each column added back to its place.

    Known as col2im: the transpose of `unfold`, and so its gradient. It does not undo it: an entry that
    r windows read comes back r-fold, one that none reads as 0. Divide by ``fold(unfold(ones))`` for that.

    Parameters
    ----------
    input : array_like or Variable, shape (N, C·kH·kW, places) or (C·kH·kW, places)
    output_size : int or (int, int)
        (rows, columns) of the image.
    kernel_size, dilation, padding, stride : int or (int, int)
        As in `unfold`.

    Returns
    -------
    ndarray or Variable, shape (N, C, H, W) or (C, H, W)

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks these rules: as many columns as the window has places.

    References
    ----------
    ``torch.nn.functional.fold``.

    Examples
    --------
    >>> fold([[1] * 4] * 4, output_size=3, kernel_size=2)  # how many windows read each entry
    array([[[1, 2, 1],
            [2, 4, 2],
            [1, 2, 1]]])
    """
    return apply(make(ops.Fold, output_size, kernel_size, dilation, padding, stride), input)


def t(input: Any) -> Result:
    """y[j, i] = x[i, j]: the transpose of a matrix.

    Parameters
    ----------
    input : array_like or Variable, shape (M, N)

    Returns
    -------
    ndarray or Variable, shape (N, M)
        Of an array a view, as in PyTorch.

    Raises
    ------
    ArgumentError
        If the input is no matrix (PyTorch hands vectors on unchanged).

    References
    ----------
    ``torch.t``.

    Examples
    --------
    >>> t([[1, 2, 3]])
    array([[1],
           [2],
           [3]])
    """
    return apply(ops.Transpose(), input)


def flip(input: Any, dims: Axes) -> Result:
    """y[i] = x[n − 1 − i] along each axis of `dims`.

    Parameters
    ----------
    input : array_like or Variable, any shape
    dims : int or sequence of int
        The axes to reverse, each once; negative ones count from the last.

    Returns
    -------
    ndarray or Variable, shape of the input

    Raises
    ------
    ArgumentError
        If an axis does not exist or is given twice.

    References
    ----------
    ``torch.flip``.

    Examples
    --------
    >>> flip([[1, -1], [0, 2]], (0, 1))
    array([[ 2,  0],
           [-1,  1]])
    """
    return apply(ops.Flip(dims), input)


def reshape(input: Any, shape: Sequence[int]) -> Result:
    """The same entries, in row-major order, in another shape.

    Parameters
    ----------
    input : array_like or Variable, any shape
    shape : sequence of int
        As many entries as the input has; one size may be -1, which stands for what is left.

    Returns
    -------
    ndarray or Variable, of that shape
        Of an array a view where that is possible, as in PyTorch.

    Raises
    ------
    ArgumentError
        If the entries do not fill the shape.

    References
    ----------
    ``torch.reshape``.

    Examples
    --------
    >>> reshape([1, 2, 3, 4, 5, 6], (2, -1))
    array([[1, 2, 3],
           [4, 5, 6]])
    """
    sizes = list(shape)
    if sizes.count(-1) == 1:
        total, known = prod(known_shape("input", input)), prod(n for n in sizes if n != -1)
        sizes[sizes.index(-1)] = total // known if known else -1  # anything would do: refused
    return apply(ops.Reshape(tuple(sizes)), input)


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Result:
    """The axes from `start_dim` to `end_dim` as one, entries in row-major order.

    Between the feature maps of a convolution and a linear layer: (N, C, H, W) to (N, C·H·W).

    Parameters
    ----------
    input : array_like or Variable, any shape
    start_dim, end_dim : int
        First and last axis to join; negative ones count from the last.

    Returns
    -------
    ndarray or Variable

    Raises
    ------
    ArgumentError
        If an axis does not exist, or they are in the wrong order.

    References
    ----------
    ``torch.flatten``; mind that ``torch.nn.Flatten`` starts at axis 1.

    Examples
    --------
    >>> flatten([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], start_dim=1)
    array([[1, 2, 3, 4],
           [5, 6, 7, 8]])
    """
    return apply(ops.Reshape(joined(known_shape("input", input), start_dim, end_dim)), input)
