"""Losses: one number for a prediction and its target."""

from __future__ import annotations

from typing import Any, Literal

from labcode import ops
from labcode.functional.apply import Result, apply, make, real

Reduction = Literal["mean", "sum"]


def mse_loss(input: Any, target: Any, *, reduction: Reduction = "mean") -> Result:
    """y = mean_i (input_i − target_i)², or the sum.

    Parameters
    ----------
    input, target : array_like or Variable, one shape
        A prediction (17, 1) against targets (17,) is refused, not broadcast.
    reduction : "mean" or "sum"
        By name only (PyTorch has two deprecated arguments before it). The mean of nothing is nan.

    Returns
    -------
    ndarray or Variable, shape ()
        The mean of integers is float64.

    Raises
    ------
    ArgumentError
        If the shapes differ, or for another reduction.

    References
    ----------
    ``torch.nn.functional.mse_loss``.

    Examples
    --------
    >>> float(mse_loss([1.0, 2.0], [0.0, 0.0]))
    2.5
    """
    return apply(make(ops.SquaredError, reduction), input, target)


def squared_error(input: Any, target: Any) -> Result:
    """y = Σ_i (input_i − target_i)² = ‖input − target‖²: `mse_loss` with reduction "sum".

    Parameters
    ----------
    input, target : array_like or Variable, one shape

    Returns
    -------
    ndarray or Variable, shape ()

    Raises
    ------
    ArgumentError
        If the shapes differ.

    Examples
    --------
    >>> int(squared_error([1, 2], [0, 0]))
    5
    """
    return apply(make(ops.SquaredError, "sum"), input, target)


def pairwise_squared_error(input: Any, target: Any) -> Result:
    """y = Σ_i Σ_j ‖input_i − target_j‖²: every row of the one against every row of the other.

    This is what a squared error of columns of different lengths can mean; for equal lengths it is
    not `squared_error`, which compares row i with row i alone.

    Parameters
    ----------
    input : array_like or Variable, shape (M, P)
    target : array_like or Variable, shape (N, P)

    Returns
    -------
    ndarray or Variable, shape ()

    Raises
    ------
    ArgumentError
        If the rows differ in length.

    Examples
    --------
    >>> int(pairwise_squared_error([[1], [2]], [[0], [0], [1]]))  # 1 + 1 + 0, and 4 + 4 + 1
    11
    """
    return apply(make(ops.PairwiseSquaredError), input, target)


def cross_entropy(input: Any, target: Any, *, reduction: Reduction = "mean") -> Result:
    """y = mean_n (log Σ_k exp(x[n, k]) − x[n, target[n]]), or the sum: −log softmax(x[n])[target[n]].

    The exponentials are those of `softmax`, so nothing overflows; a wrong and very sure prediction
    has a large loss, not an infinite one.

    Parameters
    ----------
    input : array_like or Variable, shape (N, C) or (C,)
        Scores of the classes, before any softmax. A list of integers is taken as float64.
    target : array_like of int64, shape (N,) or ()
        The right class of each input, from 0 to C − 1. Whole numbers have no gradient: in a graph
        they are a setting of the node, not an input.
    reduction : "mean" or "sum"
        By name only, as in `mse_loss`.

    Returns
    -------
    ndarray or Variable, shape ()

    Raises
    ------
    ArgumentError
        If a class does not exist, targets are not whole numbers (class probabilities are not offered)
        or not one for each input, or the input is an array of integers.

    References
    ----------
    ``torch.nn.functional.cross_entropy``.

    Examples
    --------
    >>> float(cross_entropy([[1000.0, 0.0], [0.0, 1000.0]], [0, 0]))
    500.0
    """
    scores = real("input", input)
    return apply(ops.CrossEntropy(target, reduction), scores)
