"""When two answers are the same: exactly for whole numbers, within rounding for others."""

from __future__ import annotations

from typing import Any

import numpy as np

TOLERANCE = {"float32": 1e-5}  # of each entry, relative to the largest; else that of float64
FLOAT64 = 1e-10


def array(value: Any) -> np.ndarray:
    """A tensor, sparse matrix, nested list or array as an array."""
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    return np.asarray(value.toarray() if hasattr(value, "toarray") else value)


def difference(theirs: Any, ours: Any) -> str:
    """In what labcode's answer differs from the oracle's, "" if it does not.

    Examples
    --------
    >>> difference([1.0, 2.0], [1.0, 2.0])
    ''
    >>> difference([1, 2], [1, 3])
    '[1 3] where the oracle has [1 2]'
    """
    a, b = array(theirs), array(ours)
    if a.shape != b.shape:
        return f"shape {b.shape} where the oracle has {a.shape}"
    whole = a.dtype.kind in "iub" and b.dtype.kind in "iub"
    largest = max((float(np.abs(x[np.isfinite(x)]).max(initial=0)) for x in (a, b)), default=0)
    bound = 0 if whole else TOLERANCE.get(str(b.dtype), FLOAT64) * max(1.0, largest)
    if np.allclose(a, b, rtol=0, atol=bound, equal_nan=True):
        return ""
    return f"{_short(b)} where the oracle has {_short(a)}"


def same(theirs: Any, ours: Any) -> str:
    """As `difference`, for plain values: tuples, records, integers."""
    return "" if theirs == ours else f"{ours} where the oracle has {theirs}"


def _short(a: np.ndarray) -> str:
    return " ".join(np.array2string(a, threshold=20).split())
