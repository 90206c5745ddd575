"""What is counted, in which unit: operations, MACs, FLOPs and bytes, never one for another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from labcode.errors import ArgumentError
from labcode.op import Count, Shape


@dataclass(frozen=True, slots=True)
class Convention:
    """A named way to read one number off a `Count`.

    Parameters
    ----------
    name : str
        "exact", "mac", "2mac" or "skip-padding".
    unit : str
        What it counts: "operation", "MAC" or "FLOP".
    rule : str
        The reading in words.
    read : callable
        From a `Count` to the number.

    Examples
    --------
    >>> CONVENTIONS["2mac"].unit, CONVENTIONS["2mac"].read(Count(mul=27, add=26))
    ('FLOP', 54)
    """

    name: str
    unit: str
    rule: str
    read: Callable[[Count], int]


CONVENTIONS = {
    c.name: c
    for c in (
        Convention(
            "exact",
            "operation",
            "every multiplication and every addition made: n and n − 1 for a sum of n products",
            lambda c: c.mul + c.add,
        ),
        Convention(
            "mac",
            "MAC",
            "a multiplication and the addition of its product: n for a sum of n products",
            lambda c: c.mul,
        ),
        Convention(
            "2mac",
            "FLOP",
            "two for each MAC: 2n for a sum of n products",
            lambda c: 2 * c.mul,
        ),
        Convention(
            "skip-padding",
            "operation",
            "as exact, without the products with padding and the additions that take them up",
            lambda c: c.mul - c.mul_padding + c.add - c.add_padding,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit and the convention that counted it; other units cannot be added to it.

    Examples
    --------
    >>> mac = read(Count(mul=27, add=26), "mac")
    >>> print(mac + mac)
    54 MAC
    >>> mac + read(Count(mul=27, add=26), "2mac")
    Traceback (most recent call last):
    labcode.errors.ArgumentError: other = 54 FLOP: expected an amount in MAC under the convention mac
    """

    value: int
    unit: str
    convention: str

    def __add__(self, other: Amount) -> Amount:
        if (self.unit, self.convention) != (other.unit, other.convention):
            raise ArgumentError("other", other, f"an amount in {self.unit} under the convention {self.convention}")
        return Amount(self.value + other.value, self.unit, self.convention)

    def __int__(self) -> int:
        return self.value

    def __str__(self) -> str:
        plural = "s" if self.unit == "operation" and self.value != 1 else ""
        return f"{self.value:,} {self.unit}{plural}"


def read(count: Count, convention: str = "exact") -> Amount:
    """Read a count under a named convention.

    Comparisons, divisions and special functions are in the count, and in none of these totals.

    Parameters
    ----------
    count : Count
    convention : str
        A name in `CONVENTIONS`.

    Returns
    -------
    Amount

    Raises
    ------
    ArgumentError
        If `convention` is none of "exact", "mac", "2mac", "skip-padding".

    Examples
    --------
    >>> [read(Count(mul=27, add=26), name).value for name in CONVENTIONS]
    [53, 27, 54, 53]
    """
    if convention not in CONVENTIONS:
        raise ArgumentError("convention", repr(convention), "one of " + ", ".join(map(repr, CONVENTIONS)))
    rule = CONVENTIONS[convention]
    return Amount(rule.read(count), rule.unit, convention)


@dataclass(frozen=True, slots=True)
class Bytes:
    """An amount of memory: 1 B = 8 bit, 1 kB = 1000 B, 1 KiB = 1024 B.

    Examples
    --------
    >>> weights = Bytes(1728)
    >>> weights.kB, weights.KiB
    (Fraction(216, 125), Fraction(27, 16))
    """

    B: int

    def __add__(self, other: Bytes) -> Bytes:
        return Bytes(self.B + other.B)

    def __int__(self) -> int:
        return self.B

    def __str__(self) -> str:
        return f"{self.B:,} B"

    @property
    def bit(self) -> int:
        """8 B."""
        return 8 * self.B

    @property
    def kB(self) -> Fraction:  # noqa: N802 - the unit's own spelling
        """B / 1000."""
        return Fraction(self.B, 1000)

    @property
    def KiB(self) -> Fraction:  # noqa: N802 - the unit's own spelling
        """B / 1024."""
        return Fraction(self.B, 1024)

    @property
    def MB(self) -> Fraction:  # noqa: N802 - the unit's own spelling
        """B / 1000²."""
        return Fraction(self.B, 1000**2)

    @property
    def GB(self) -> Fraction:  # noqa: N802 - the unit's own spelling
        """B / 1000³."""
        return Fraction(self.B, 1000**3)

    @property
    def MiB(self) -> Fraction:  # noqa: N802 - the unit's own spelling
        """B / 1024²."""
        return Fraction(self.B, 1024**2)


# Types that deep learning stores numbers in and NumPy does not know.
_BEYOND_NUMPY = {"bfloat16": 2, "float8_e4m3fn": 1, "float8_e5m2": 1}


def itemsize(dtype: Any) -> int:
    """Bytes of one number of a dtype: a name, a NumPy dtype or a torch dtype.

    Parameters
    ----------
    dtype : str, type or dtype

    Returns
    -------
    int

    Raises
    ------
    ArgumentError
        If the name is no dtype of fixed size.

    Examples
    --------
    >>> [itemsize(name) for name in ("float32", "float64", "bfloat16", "int8")]
    [4, 8, 2, 1]
    """
    name = str(dtype).removeprefix("torch.")
    if name in _BEYOND_NUMPY:
        return _BEYOND_NUMPY[name]
    try:
        known = np.dtype(dtype if isinstance(dtype, type) else name)
    except TypeError:
        known = np.dtype(object)
    if known.kind not in "biufc":
        raise ArgumentError("dtype", repr(dtype), "a dtype of numbers, such as 'float32'")
    return known.itemsize


def memory(shape: Shape, dtype: Any = "float32") -> Bytes:
    """The product of the sizes, times the bytes of one number.

    Parameters
    ----------
    shape : tuple of int
    dtype : str, type or dtype
        As for `itemsize`, with its errors.

    Returns
    -------
    Bytes

    Examples
    --------
    >>> memory((16, 3, 3, 3)).B
    1728
    """
    return Bytes(prod(shape) * itemsize(dtype))
