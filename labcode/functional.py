"""The layers under PyTorch's names: ``torch.nn.functional``'s face over the ops.

Each function takes arrays, nested lists or Variables. On arrays it returns an array; where one
input is a Variable it records the graph and returns a Variable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from labcode import graph, ops
from labcode.op import Op, as_array, as_arrays

Axes = int | Sequence[int]
Padding = Axes | Literal["same", "valid"]
Result = Any  # an Array, or a Variable where an input is one


def apply(op: Op, *inputs: Any) -> Result:
    """Apply an op to arrays, or record it if an input is a Variable; None inputs are left out.

    Raises
    ------
    ArgumentError
        Before any work, if the op's shape rule refuses the inputs.
    """
    present = [a for a in inputs if a is not None]
    if any(isinstance(a, graph.Variable) for a in present):
        return graph.record(op, *present)
    arrays = as_arrays(op.arguments, present)
    op.shape(*(a.shape for a in arrays))
    return op.forward(*arrays)


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Axes = 1,
    padding: Padding = 0,
    dilation: Axes = 1,
    groups: int = 1,
) -> Result:
    """y[n, o, p] = b[o] + Σ_c Σ_t w[o, c, t] · x[n, c, p·stride + t·dilation − padding].

    Cross-correlation along one axis, called convolution in deep learning.

    Parameters
    ----------
    input : array_like or Variable, shape (N, C, L), (C, L) or (L,)
        Bare (L,) goes with a bare kernel (K,) and gives a bare result.
    weight : array_like or Variable, shape (O, C/groups, K), or (K,)
    bias : array_like or Variable, shape (O,), or a number for bare arrays
    stride, dilation : int
        At least 1; dilation 1 is none.
    padding : int, "same" or "valid"
        Zeros per side; "same" keeps the length at stride 1.
    groups : int
        Input and output channels are split into this many groups that do not mix.

    Returns
    -------
    ndarray or Variable, shape (N, O, P), (O, P) or (P,)
        P = floor((L + 2·padding − dilation·(K − 1) − 1) / stride) + 1.

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks these rules.

    References
    ----------
    ``torch.nn.functional.conv1d``; Dumoulin and Visin (2016), relationship 6.

    Examples
    --------
    >>> conv1d([2, 1, 2], [1, 0])
    array([2, 1])
    """
    return apply(ops.Conv1d(stride, padding, dilation, groups), input, weight, bias)


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Axes = 1,
    padding: Padding = 0,
    dilation: Axes = 1,
    groups: int = 1,
) -> Result:
    """y[n, o, p] = b[o] + Σ_c Σ_t w[o, c, t] · x[n, c, p·stride + t·dilation − padding].

    Cross-correlation over two axes; p and t are (row, column) pairs.

    Parameters
    ----------
    input : array_like or Variable, shape (N, C, H, W), (C, H, W) or (H, W)
        Bare (H, W) goes with a bare kernel (kH, kW) and gives a bare result.
    weight : array_like or Variable, shape (O, C/groups, kH, kW), or (kH, kW)
    bias : array_like or Variable, shape (O,), or a number for bare arrays
    stride, dilation : int or (int, int)
        At least 1; dilation 1 is none.
    padding : int, (int, int), "same" or "valid"
        Zeros per side; "same" keeps the size at stride 1.
    groups : int
        Input and output channels are split into this many groups that do not mix.

    Returns
    -------
    ndarray or Variable, shape (N, O, P, Q), (O, P, Q) or (P, Q)
        Sizes per axis as in `conv1d`.

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks these rules.

    References
    ----------
    ``torch.nn.functional.conv2d``; Dumoulin and Visin (2016), relationship 6.

    Examples
    --------
    >>> conv2d([[1, 0, 2], [2, 1, -1], [0, 0, 2]], [[1, -1], [0, 2]])
    array([[ 3, -4],
           [ 1,  6]])
    """
    return apply(ops.Conv2d(stride, padding, dilation, groups), input, weight, bias)


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

    Examples
    --------
    >>> max_pool1d([2, 1, 3], 2, stride=1)
    array([2, 3])
    """
    return _max_pool(ops.MaxPool1d(kernel_size, stride, padding, dilation, ceil_mode), input, return_indices)


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
    return _max_pool(ops.MaxPool2d(kernel_size, stride, padding, dilation, ceil_mode), input, return_indices)


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

    Examples
    --------
    >>> avg_pool1d([2.0, 4.0, 6.0], 2, stride=1)
    array([3., 5.])
    """
    return apply(ops.AvgPool1d(kernel_size, stride, padding, ceil_mode, count_include_pad), input)


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
    return apply(ops.AvgPool2d(kernel_size, stride, padding, ceil_mode, count_include_pad), input)


def linear(input: Any, weight: Any, bias: Any = None) -> Result:
    """Y = x Wᵀ + b.

    Parameters
    ----------
    input : array_like or Variable, shape (N, K) or (K,)
    weight : array_like or Variable, shape (O, K)
    bias : array_like or Variable, shape (O,)

    Returns
    -------
    ndarray or Variable, shape (N, O) or (O,)

    Examples
    --------
    >>> linear([1, 2], [[3, 4], [5, 6]], [10, 20])
    array([21, 37])
    """
    return apply(ops.Linear(), input, weight, bias)


def relu(input: Any) -> Result:
    """Y = max(x, 0), entry by entry; the gradient at 0 is 0.

    Examples
    --------
    >>> relu([-1, 2])
    array([0, 2])
    """
    return apply(ops.ReLU(), input)


def sigmoid(input: Any) -> Result:
    """Y = 1 / (1 + exp(−x)), entry by entry.

    Examples
    --------
    >>> sigmoid([0.0])
    array([0.5])
    """
    return apply(ops.Sigmoid(), input)


def tanh(input: Any) -> Result:
    """Y = tanh(x), entry by entry.

    Examples
    --------
    >>> tanh([0.0])
    array([0.])
    """
    return apply(ops.Tanh(), input)


def mse_loss(input: Any, target: Any, reduction: Literal["mean", "sum"] = "mean") -> Result:
    """Y = mean_i (input_i − target_i)², or the sum.

    Both have one shape: a prediction (17, 1) against targets (17,) is refused, not broadcast.

    Examples
    --------
    >>> float(mse_loss([1.0, 2.0], [0.0, 0.0], reduction="sum"))
    5.0
    """
    return apply(ops.SquaredError(reduction), input, target)


def _max_pool(op: Any, input: Any, return_indices: bool) -> Result:
    if not return_indices:
        return apply(op, input)
    y = apply(op, input)
    array = input.value if isinstance(input, graph.Variable) else as_array("input", input)
    return y, op.indices(array)
