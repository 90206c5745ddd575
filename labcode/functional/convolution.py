"""Cross-correlation, which deep learning calls convolution; true convolution; transposed convolution."""

from __future__ import annotations

from typing import Any

from labcode import ops
from labcode.functional.apply import Axes, Padding, Result, apply, has_variable, make, rank
from labcode.op import Op, as_arrays


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
    return apply(make(ops.Conv1d, stride, padding, dilation, groups), input, weight, bias)


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
    return apply(make(ops.Conv2d, stride, padding, dilation, groups), input, weight, bias)


def true_convolution1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Axes = 1,
    padding: Padding = 0,
    dilation: Axes = 1,
    groups: int = 1,
) -> Result:
    """y[p] = Σ_t w[K − 1 − t] · x[p + t − padding]: convolution as mathematics means it, kernel reversed.

    The same as `conv1d` with the kernel flipped along its axis; padding = K − 1 gives
    ``numpy.convolve``'s "full", no padding its "valid".

    Parameters
    ----------
    input, weight, bias, stride, padding, dilation, groups
        As for `conv1d`.

    Returns
    -------
    ndarray or Variable
        Shaped as by `conv1d`.

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks the rules of `conv1d`.

    References
    ----------
    Goodfellow, Bengio and Courville, *Deep Learning* (2016), section 9.1, equations 9.4 to 9.6.

    Examples
    --------
    >>> true_convolution1d([1, 2, 3], [0, 1, 2], padding=2)  # the coefficients of (1 + 2x + 3x²)(x + 2x²)
    array([0, 1, 4, 7, 6])
    """
    return _flipped(make(ops.Conv1d, stride, padding, dilation, groups), (-1,), input, weight, bias)


def true_convolution2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Axes = 1,
    padding: Padding = 0,
    dilation: Axes = 1,
    groups: int = 1,
) -> Result:
    """y[p] = Σ_t w[K − 1 − t] · x[p + t − padding]: convolution as mathematics means it, kernel rotated by 180°.

    The same as `conv2d` with the kernel flipped along both spatial axes; p, t and K are (row, column)
    pairs. True convolution commutes and associates, cross-correlation does not. A network that learns
    its kernels does not care: it learns them flipped. On Variables two nodes are recorded, the flip and
    the cross-correlation.

    Parameters
    ----------
    input, weight, bias, stride, padding, dilation, groups
        As for `conv2d`.

    Returns
    -------
    ndarray or Variable
        Shaped as by `conv2d`.

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks the rules of `conv2d`.

    References
    ----------
    Goodfellow, Bengio and Courville, *Deep Learning* (2016), section 9.1, equations 9.4 to 9.6;
    ``scipy.signal.convolve2d``.

    Examples
    --------
    >>> true_convolution2d([[1, 0, 2], [2, 1, -1], [0, 0, 2]], [[1, -1], [0, 2]])
    array([[ 1, -2],
           [ 4,  4]])
    """
    return _flipped(make(ops.Conv2d, stride, padding, dilation, groups), (-2, -1), input, weight, bias)


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Axes = 1,
    padding: Axes = 0,
    output_padding: Axes = 0,
    groups: int = 1,
    dilation: Axes = 1,
) -> Result:
    """y[n, o, p·stride + t·dilation − padding] += w[c, o, t] · x[n, c, p], and then + b[o].

    As `conv_transpose2d`, along one axis.

    Parameters
    ----------
    input : array_like or Variable, shape (N, C, L), (C, L) or (L,)
    weight : array_like or Variable, shape (C, O/groups, K) or (K,)
    bias, stride, padding, output_padding, groups, dilation
        As for `conv_transpose2d`, one integer each.

    Returns
    -------
    ndarray or Variable, shape (N, O, P), (O, P) or (P,)

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks the rules of `conv_transpose2d`.

    References
    ----------
    ``torch.nn.functional.conv_transpose1d``.

    Examples
    --------
    >>> conv_transpose1d([1, 2], [1, 1, 1], stride=2)
    array([1, 1, 3, 2, 2])
    """
    op = make(ops.ConvTranspose1d, stride, padding, output_padding, groups, dilation)
    return apply(op, input, weight, bias)


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Axes = 1,
    padding: Axes = 0,
    output_padding: Axes = 0,
    groups: int = 1,
    dilation: Axes = 1,
) -> Result:
    """y[n, o, p·stride + t·dilation − padding] += w[c, o, t] · x[n, c, p], and then + b[o].

    Each input entry stamps the kernel, times itself, onto the output; stamps that overlap add up. It is
    the gradient of `conv2d` with respect to its input: it restores the size that a convolution of the
    same settings took away, not the values, so "deconvolution" is a misnomer.

    Parameters
    ----------
    input : array_like or Variable, shape (N, C, H, W), (C, H, W) or (H, W)
        Bare (H, W) goes with a bare kernel (kH, kW) and gives a bare result.
    weight : array_like or Variable, shape (C, O/groups, kH, kW), or (kH, kW)
        Input channels first, other than in `conv2d`.
    bias : array_like or Variable, shape (O,), or a number for bare arrays
    stride : int or (int, int)
        Distance between neighbouring stamps.
    padding : int or (int, int)
        Rows and columns cut off on each side of the output.
    output_padding : int or (int, int)
        Rows and columns more at the end, less than stride or dilation: which of the sizes that a
        strided convolution shrinks to the same size is meant.
    groups : int
        Input and output channels are split into this many groups that do not mix.
    dilation : int or (int, int)
        Distance between neighbouring taps of a stamp.

    Returns
    -------
    ndarray or Variable, shape (N, O, P, Q), (O, P, Q) or (P, Q)
        P = (H − 1)·stride − 2·padding + dilation·(kH − 1) + output_padding + 1.

    Raises
    ------
    ArgumentError
        If a setting or a shape breaks these rules.

    References
    ----------
    ``torch.nn.functional.conv_transpose2d``; Dumoulin and Visin (2016), relationships 13 and 14.

    Examples
    --------
    >>> conv_transpose2d([[0, 1], [2, 3]], [[0, 1], [2, 3]])
    array([[ 0,  0,  1],
           [ 0,  4,  6],
           [ 4, 12,  9]])
    """
    op = make(ops.ConvTranspose2d, stride, padding, output_padding, groups, dilation)
    return apply(op, input, weight, bias)


def _flipped(conv: Op, dims: tuple[int, ...], input: Any, weight: Any, bias: Any) -> Result:
    """Apply a cross-correlation with its kernel flipped; the shapes are checked as the caller gave them."""
    flip = ops.Flip(dims)
    if has_variable((input, weight, bias)):
        fits = rank("weight", weight) >= len(dims)  # else the convolution refuses it, by its own name
        return apply(conv, input, apply(flip, weight) if fits else weight, bias)
    x, w, *b = as_arrays(conv.arguments, [a for a in (input, weight, bias) if a is not None])
    conv.shape(x.shape, w.shape, *(a.shape for a in b))
    return conv.forward(x, flip.forward(w), *b)
