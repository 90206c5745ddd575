"""Products of matrices and vectors."""

from __future__ import annotations

from typing import Any

from labcode import ops
from labcode.functional.apply import Result, apply, make, rank
from labcode.ops.linear import product_of


def linear(input: Any, weight: Any, bias: Any = None) -> Result:
    """y = x Wᵀ + b.

    Parameters
    ----------
    input : array_like or Variable, shape (..., K)
        Up to four axes before K.
    weight : array_like or Variable, shape (O, K)
    bias : array_like or Variable, shape (O,)

    Returns
    -------
    ndarray or Variable, shape (..., O)

    Raises
    ------
    ArgumentError
        If a shape breaks these rules; nothing is broadcast.

    References
    ----------
    ``torch.nn.functional.linear``.

    Examples
    --------
    >>> linear([1, 2], [[3, 4], [5, 6]], [10, 20])
    array([21, 37])
    """
    return apply(make(ops.Linear), input, weight, bias)


def matmul(input: Any, other: Any) -> Result:
    """y[i, j] = Σ_k a[i, k] · b[k, j]; a vector has no i, or no j.

    Parameters
    ----------
    input : array_like or Variable, shape (M, K) or (K,)
    other : array_like or Variable, shape (K, N) or (K,)

    Returns
    -------
    ndarray or Variable, shape (M, N), (M,), (N,) or ()

    Raises
    ------
    ArgumentError
        For other shapes: there are no stacks of matrices here.

    References
    ----------
    ``torch.matmul``.

    Examples
    --------
    >>> matmul([[1, 2], [3, 4]], [5, 6])
    array([17, 39])
    """
    return apply(product_of(rank("input", input), rank("other", other)), input, other)


def dot(input: Any, tensor: Any) -> Result:
    """y = Σ_k a[k] · b[k].

    Parameters
    ----------
    input, tensor : array_like or Variable, shape (K,)
        The name of the second is PyTorch's.

    Returns
    -------
    ndarray or Variable, shape ()

    Raises
    ------
    ArgumentError
        If they are not two vectors of one length.

    References
    ----------
    ``torch.dot``.

    Examples
    --------
    >>> int(dot([1, 2], [3, 4]))
    11
    """
    return apply(make(ops.Dot), input, tensor)
