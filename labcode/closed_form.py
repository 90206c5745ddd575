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


def toeplitz(w: Any, windows: Sequence[Window], sizes: Sequence[int], sparse: bool = False) -> Any:
    """T = Σ_t W_t ⊗ S_t: the matrix with vec(w ⋆ x) = T vec(x), vec row-major, without batch.

    W_t holds the weights of tap t, output by input channels; S_t has a 1 in row p where tap t lies on
    the input at place p, itself the Kronecker product of one such matrix for each axis. At stride 1
    every diagonal of a block of T is constant.

    Parameters
    ----------
    w : array_like, shape (O, C, kernel sizes), or (kernel sizes) for one channel
        One axis of the kernel for each window.
    windows : sequence of Window
    sizes : sequence of int
        Sizes of the input.
    sparse : bool
        As SciPy stores it; nearly all of T is zero.

    Returns
    -------
    ndarray or scipy.sparse.csr_array, shape (O * places, C * entries of a channel)

    References
    ----------
    V. Dumoulin and F. Visin, *A guide to convolution arithmetic for deep learning* (2016), section 4.1.

    Examples
    --------
    >>> toeplitz([1, 2], [Window(2)], [3])
    array([[1, 2, 0],
           [0, 1, 2]])
    >>> toeplitz([[[1, 2]], [[3, 4]]], [Window(2)], [3], sparse=True).nnz
    8
    """
    w = np.asarray(w)
    if w.ndim not in (len(windows), len(windows) + 2) or len(sizes) != len(windows):
        expected = f"{len(windows)} axes of the kernel, or (O, C) before them, and as many sizes"
        raise ArgumentError("w", f"shape {w.shape} with sizes {tuple(sizes)}", expected, "T = sum over t of W_t ⊗ S_t")
    w = w.reshape(*(w.shape[: -len(windows)] or (1, 1)), *w.shape[-len(windows) :])
    kron, stored = np.kron, np.asarray
    if sparse:
        from scipy import sparse as scipy_sparse  # heavy, and only those who ask for it need it

        kron, stored = scipy_sparse.kron, scipy_sparse.csr_array
    total: Any = 0
    for tap in product(*map(range, w.shape[2:])):
        part = w[(..., *tap)]
        for window, size, t in zip(windows, sizes, tap, strict=True):
            part = kron(part, stored(_meets(window, size, t).astype(w.dtype)))
        total = total + part
    return stored(total)


def _meets(window: Window, size: int, tap: int) -> Matrix:
    """Row p has a 1 in the column of the position that the tap reads at place p; none on padding."""
    read = [window.tap(p, tap) for p in range(window.output_size(size))]
    return np.array([[at == i for i in range(size)] for at in read])


def selection(chosen: Sequence[int], size: int) -> Matrix:
    """∂max/∂x: a row for each maximum, with a single 1 in the column of its winner.

    Parameters
    ----------
    chosen : sequence of int
        Position of each winner, as ``max_pool2d(..., return_indices=True)`` gives them for one channel.
    size : int
        Entries of x.

    Returns
    -------
    ndarray, shape (maxima, size)

    Raises
    ------
    ArgumentError
        If a position lies outside.

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

    Parameters
    ----------
    slopes : array_like
        f′ at each entry of x.

    Returns
    -------
    ndarray, shape (entries, entries)

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
