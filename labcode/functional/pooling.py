"""Pooling: the largest or the mean entry under a window."""

from __future__ import annotations

from typing import Any

from labcode import graph, ops
from labcode.functional.apply import Axes, Result, apply, make
from labcode.op import as_array


def max_pool1d(
    input: Any,
    kernel_size: Axes,
    stride: Axes | None = None,
    padding: Axes = 0,
    dilation: Axes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Result:
    """y[p] = max_t x[p·stride + t·dilation − padding], each channel on its own.

    As `max_pool2d`, along one axis.

    Parameters
    ----------
    input : array_like or Variable, shape (N, C, L), (C, L) or (L,)
    kernel_size, stride, padding, dilation, ceil_mode, return_indices
        As for `max_pool2d`, one integer each.

    Returns
    -------
    ndarray or Variable, shape (N, C, P), (C, P) or (P,)

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks the rules of `max_pool2d`.

    References
    ----------
    ``torch.nn.functional.max_pool1d``.

    Examples
    --------
    >>> max_pool1d([2, 1, 3], 2, stride=1)
    array([2, 3])
    """
    op = make(ops.MaxPool1d, kernel_size, stride, padding, dilation, ceil_mode)
    return _with_indices(op, input) if return_indices else apply(op, input)


def max_pool2d(
    input: Any,
    kernel_size: Axes,
    stride: Axes | None = None,
    padding: Axes = 0,
    dilation: Axes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Result:
    """y[p] = max_t x[p·stride + t·dilation − padding], each channel on its own.

    Parameters
    ----------
    input : array_like or Variable, shape (N, C, H, W), (C, H, W) or (H, W)
    kernel_size : int or (int, int)
        (rows, columns) of the window.
    stride : int or (int, int), optional
        The window itself, if not given.
    padding : int or (int, int)
        Of −∞, per side; at most half the window.
    dilation : int or (int, int)
        Distance between neighbouring taps.
    ceil_mode : bool
        Keep the last, partial windows.
    return_indices : bool
        Also return the flat spatial index of each maximum (the first, among ties).

    Returns
    -------
    ndarray or Variable, or (ndarray, ndarray of int64)

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks these rules.

    References
    ----------
    ``torch.nn.functional.max_pool2d``.

    Examples
    --------
    >>> max_pool2d([[1, 0, 2], [2, 1, -1], [0, 0, 2]], (1, 2))
    array([[1],
           [2],
           [0]])
    """
    op = make(ops.MaxPool2d, kernel_size, stride, padding, dilation, ceil_mode)
    return _with_indices(op, input) if return_indices else apply(op, input)


def avg_pool1d(
    input: Any,
    kernel_size: Axes,
    stride: Axes | None = None,
    padding: Axes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Result:
    """y[p] = (Σ_t x[p·stride + t − padding]) / divisor, each channel on its own.

    As `avg_pool2d`, along one axis.

    Parameters
    ----------
    input : array_like or Variable, shape (N, C, L), (C, L) or (L,)
    kernel_size, stride, padding, ceil_mode, count_include_pad
        As for `avg_pool2d`, one integer each.

    Returns
    -------
    ndarray or Variable, shape (N, C, P), (C, P) or (P,)

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks the rules of `avg_pool2d`.

    References
    ----------
    ``torch.nn.functional.avg_pool1d``.

    Examples
    --------
    >>> avg_pool1d([2.0, 4.0, 6.0], 2, stride=1)
    array([3., 5.])
    """
    return apply(make(ops.AvgPool1d, kernel_size, stride, padding, ceil_mode, count_include_pad), input)


def avg_pool2d(
    input: Any,
    kernel_size: Axes,
    stride: Axes | None = None,
    padding: Axes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Result:
    """y[p] = (Σ_t x[p·stride + t − padding]) / divisor, each channel on its own.

    Parameters
    ----------
    input : array_like or Variable, shape (N, C, H, W), (C, H, W) or (H, W)
    kernel_size, stride, padding, ceil_mode
        As for `max_pool2d`; padding is with zeros.
    count_include_pad : bool
        Divide by all taps of the window, those on padding too (else by those on the input).

    Returns
    -------
    ndarray or Variable
        Integers give float64.

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks these rules.

    References
    ----------
    ``torch.nn.functional.avg_pool2d``.

    Examples
    --------
    >>> avg_pool2d([[0, 1, 2], [3, 4, 5], [6, 7, 8]], 2, stride=1)
    array([[2., 3.],
           [5., 6.]])
    """
    return apply(make(ops.AvgPool2d, kernel_size, stride, padding, ceil_mode, count_include_pad), input)


def _with_indices(op: Any, input: Any) -> Result:
    y = apply(op, input)
    array = input.value if isinstance(input, graph.Variable) else as_array("input", input)
    return y, op.indices(array)
