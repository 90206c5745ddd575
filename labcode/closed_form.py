"""Jacobians in closed form: Kronecker, Toeplitz, selection and diagonal matrices, written down directly.

A second route to what `jacobian` reads off the ops; it shares no code with them. Rows are outputs,
columns are inputs (numerator layout).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from labcode.errors import ArgumentError
from labcode.geometry import Window

Matrix = npt.NDArray[Any]
Order = Literal["F", "C"]


def kronecker(x: Any, rows: int, order: Order = "F") -> Matrix:
    """∂(W x)/∂vec(W) = xᵀ ⊗ I for column-major vec, I ⊗ xᵀ for row-major.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, 1)
    rows : int
        Rows m of W.
    order : "F" or "C"
        vec stacks the columns of W, or its rows.

    Returns
    -------
    ndarray, shape (m, m*n)

    References
    ----------
    J. R. Magnus and H. Neudecker, *Matrix Differential Calculus*, chapter 2: vec(AXB) = (Bᵀ ⊗ A) vec X.

    Examples
    --------
    >>> kronecker([5, 7], rows=2)
    array([[5, 0, 7, 0],
           [0, 5, 0, 7]])
    >>> kronecker([5, 7], rows=2, order="C")
    array([[5, 7, 0, 0],
           [0, 0, 5, 7]])
    """
    row, identity = np.reshape(x, (1, -1)), np.eye(rows, dtype=np.asarray(x).dtype)
    if order not in ("F", "C"):
        raise ArgumentError("order", repr(order), '"F" (columns of W) or "C" (rows of W)')
    return np.kron(row, identity) if order == "F" else np.kron(identity, row)


def toeplitz(w: Any, windows: Sequence[Window], sizes: Sequence[int]) -> Matrix:
    """∂(w ⋆ x)/∂vec(x): the matrix T with vec(w ⋆ x) = T vec(x), vec row-major, one channel.

    Row p holds the weights where the window at place p lies on x: T[p, i] = w[t] where tap t of
    place p reads i. At stride 1 every diagonal of a block is constant.

    Parameters
    ----------
    w : array_like
        The kernel, one axis for each window.
    windows : sequence of Window
    sizes : sequence of int
        Sizes of the input.

    Returns
    -------
    ndarray, shape (places, entries of x)

    Examples
    --------
    >>> toeplitz([1, 2], [Window(2)], [3])
    array([[1, 2, 0],
           [0, 1, 2]])
    """
    w = np.asarray(w)
    places = [range(v.output_size(n)) for v, n in zip(windows, sizes, strict=True)]
    matrix = np.zeros((int(np.prod([len(p) for p in places])), int(np.prod(sizes))), w.dtype)
    for row, place in enumerate(product(*places)):
        for tap in product(*map(range, w.shape)):
            read = [v.tap(p, t) for v, p, t in zip(windows, place, tap, strict=True)]
            if all(0 <= i < n for i, n in zip(read, sizes, strict=True)):
                matrix[row, np.ravel_multi_index(read, tuple(sizes))] += w[tap]
    return matrix


def selection(chosen: Sequence[int], size: int) -> Matrix:
    """∂max/∂x: a row for each maximum, with a single 1 in the column of its winner.

    Examples
    --------
    >>> selection([0, 3], 4)
    array([[1., 0., 0., 0.],
           [0., 0., 0., 1.]])
    """
    if any(not 0 <= c < size for c in chosen):
        raise ArgumentError("chosen", list(chosen), f"positions 0..{size - 1}")
    return np.eye(size)[list(chosen)]


def diagonal(slopes: Any) -> Matrix:
    """∂f(x)/∂x of an elementwise f: its slopes on the diagonal.

    Examples
    --------
    >>> diagonal([2, 3])
    array([[2, 0],
           [0, 3]])
    """
    return np.diag(np.ravel(slopes))


def homogeneous(x: Any) -> Matrix:
    """Append the constant 1, so that a bias becomes a column of the weights: W [x; 1] = A x + b.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, samples)

    Examples
    --------
    >>> homogeneous([2, 3])
    array([2, 3, 1])
    """
    x = np.asarray(x)
    return np.concatenate([x, np.ones((1, *x.shape[1:]), x.dtype)])
