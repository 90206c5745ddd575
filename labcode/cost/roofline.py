"""The roofline: how fast a layer can run at best, by its work for each byte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from labcode.errors import ArgumentError

SIDE = 768  # of the matrices whose product is timed: 1.8 MB each in float32, large enough for full speed
COPIED = 64 * 2**20  # bytes, beyond what caches hold
REPEATS = 5


@dataclass(frozen=True, slots=True)
class Roofline:
    """attainable = min(peak, intensity · bandwidth): a machine in two numbers.

    Parameters
    ----------
    peak : float
        GFLOP/s, 10⁹ floating-point operations a second, of a large matrix product.
    bandwidth : float
        GB/s, 10⁹ bytes a second, read from memory and written to it.

    Raises
    ------
    ArgumentError
        If one of them is no positive, finite number.

    References
    ----------
    S. Williams, A. Waterman, D. Patterson, *Roofline* (2009), doi 10.1145/1498765.1498785.

    Examples
    --------
    >>> machine = Roofline(peak=100, bandwidth=20)
    >>> machine.ridge, machine.attainable(2), machine.attainable(50)
    (5.0, 40, 100)
    """

    peak: float
    bandwidth: float

    def __post_init__(self) -> None:
        for name in ("peak", "bandwidth"):
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not 0 < value < float("inf"):
                raise ArgumentError(
                    name, repr(value), "a positive number", "attainable = min(peak, intensity*bandwidth)"
                )

    @property
    def ridge(self) -> float:
        """FLOP a byte from which on memory is no longer the limit."""
        return self.peak / self.bandwidth

    def attainable(self, intensity: float) -> float:
        """GFLOP/s, at most, of work of this many FLOP a byte."""
        return min(self.peak, intensity * self.bandwidth)

    def seconds(self, flop: int, traffic: int) -> float:
        """Seconds, at least, for this many FLOP on this many bytes."""
        return max(flop / (self.peak * 1e9), traffic / (self.bandwidth * 1e9))


def measure_roofline(dtype: Any = "float32") -> Roofline:
    """The roofline of this machine: the fastest of a few matrix products and of a few copies in NumPy.

    Takes a fraction of a second. NumPy's threads are used as they are set.

    Parameters
    ----------
    dtype : dtype
        Of the numbers in the products.

    Returns
    -------
    Roofline

    Examples
    --------
    >>> measure_roofline().ridge > 0
    True
    """
    a = np.ones((SIDE, SIDE), dtype)
    product = np.empty_like(a)
    source = np.ones(COPIED // 8)
    target = np.empty_like(source)
    peak = 2 * SIDE**3 / _fastest(lambda: np.matmul(a, a, out=product))
    bandwidth = 2 * COPIED / _fastest(lambda: np.copyto(target, source))  # each byte is read and written
    return Roofline(*(float(f"{rate / 1e9:.3g}") for rate in (peak, bandwidth)))  # no run repeats more digits


def _fastest(work: Callable[[], object]) -> float:
    """Seconds of the fastest of a few runs, the first of which is not counted."""
    times = []
    for _ in range(REPEATS + 1):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times[1:])
