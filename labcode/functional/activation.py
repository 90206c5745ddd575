"""Nonlinear functions of single entries, and of the entries along an axis."""

from __future__ import annotations

from typing import Any

from labcode import ops
from labcode.functional.apply import Result, apply, make, real


def relu(input: Any) -> Result:
    """y = max(x, 0), entry by entry; the gradient at 0 is 0.

    Parameters
    ----------
    input : array_like or Variable, any shape
        Integers stay integers.

    Returns
    -------
    ndarray or Variable, shape of the input

    References
    ----------
    ``torch.nn.functional.relu``.

    Examples
    --------
    >>> relu([-1, 2])
    array([0, 2])
    """
    return apply(make(ops.ReLU), input)


def sigmoid(input: Any) -> Result:
    """y = 1 / (1 + exp(−x)), entry by entry; no exponential overflows.

    Parameters
    ----------
    input : array_like or Variable, any shape

    Returns
    -------
    ndarray or Variable, shape of the input
        Integers give float64 (in PyTorch float32).

    References
    ----------
    ``torch.sigmoid``.

    Examples
    --------
    >>> sigmoid([0, -1000])
    array([0.5, 0. ])
    """
    return apply(make(ops.Sigmoid), input)


def tanh(input: Any) -> Result:
    """y = (exp(x) − exp(−x)) / (exp(x) + exp(−x)), entry by entry.

    Parameters
    ----------
    input : array_like or Variable, any shape

    Returns
    -------
    ndarray or Variable, shape of the input
        Integers give float64 (in PyTorch float32).

    References
    ----------
    ``torch.tanh``.

    Examples
    --------
    >>> tanh([0, 1000])
    array([0., 1.])
    """
    return apply(make(ops.Tanh), input)


def softmax(input: Any, dim: int) -> Result:
    """y[k] = exp(x[k] − m) / Σ_j exp(x[j] − m), m the largest entry of the line along `dim`.

    Subtracting m changes no share and keeps every exponential at most 1: nothing overflows.

    Parameters
    ----------
    input : array_like or Variable, any shape
        A list of integers is taken as float64.
    dim : int
        The axis along which the shares add up to 1; negative ones count from the last. (PyTorch
        guesses a missing one, and warns.)

    Returns
    -------
    ndarray or Variable, shape of the input

    Raises
    ------
    ArgumentError
        If there is no such axis, or for an array of integers, which PyTorch refuses too.

    References
    ----------
    ``torch.nn.functional.softmax``; Goodfellow, Bengio and Courville (2016), section 4.1.

    Examples
    --------
    >>> softmax([[0, 0], [1000, -1000]], dim=1)
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    return apply(make(ops.Softmax, dim), real("input", input))


def log_softmax(input: Any, dim: int) -> Result:
    """y[k] = x[k] − m − log Σ_j exp(x[j] − m), m the largest entry of the line along `dim`.

    The logarithm of `softmax` without forming it: exact even where a share is too small for a number.

    Parameters
    ----------
    input : array_like or Variable, any shape
        A list of integers is taken as float64.
    dim : int
        The axis of the lines.

    Returns
    -------
    ndarray or Variable, shape of the input

    Raises
    ------
    ArgumentError
        As `softmax`.

    References
    ----------
    ``torch.nn.functional.log_softmax``.

    Examples
    --------
    >>> log_softmax([1000, -1000], dim=0)
    array([    0., -2000.])
    """
    return apply(make(ops.LogSoftmax, dim), real("input", input))
