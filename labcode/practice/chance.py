"""The dice: SplitMix64, so that a seed gives the same variant on every machine and in every language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from labcode.op import Array

T = TypeVar("T")
MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


class Dice:
    """A stream of whole numbers that depends on the seed alone.

    SplitMix64 (Steele, Lea, Flood 2014), all arithmetic modulo 2⁶⁴: the state grows by GOLDEN, and
    z = (z ⊕ z≫30)·0xBF58476D1CE4E5B9, z = (z ⊕ z≫27)·0x94D049BB133111EB, z ⊕ z≫31 of it is the next
    number; one in a range of m is the upper half of number · m. A text seeds by FNV-1a of its UTF-8 bytes.

    Examples
    --------
    >>> Dice(1234567).next64()
    6457827717110365317
    >>> Dice(0, "1.1").integers(-2, 2, 5).tolist() == Dice(0, "1.1").integers(-2, 2, 5).tolist()
    True
    """

    def __init__(self, seed: int, *labels: str) -> None:
        state = seed & MASK
        for label in labels:
            for byte in label.encode():
                state = ((state ^ byte) * 0x100000001B3) & MASK
        self._state = state

    def next64(self) -> int:
        """The next number below 2⁶⁴."""
        self._state = (self._state + GOLDEN) & MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def integer(self, low: int, high: int) -> int:
        """One of low, …, high, both included."""
        return low + (self.next64() * (high - low + 1) >> 64)

    def choice(self, of: Sequence[T]) -> T:
        """One of these."""
        return of[self.integer(0, len(of) - 1)]

    def integers(self, low: int, high: int, *shape: int) -> Array:
        """An array of them, filled row by row."""
        values: Any = [self.integer(low, high) for _ in range(int(np.prod(shape)))]
        return np.array(values, np.int64).reshape(shape)
