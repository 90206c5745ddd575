"""A number that counts what is done to it: the instrument that labcode's counts are checked against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labcode.op import Count


@dataclass
class Tally:
    """Operations seen so far, by kind."""

    seen: dict[str, int] = field(default_factory=dict)

    def note(self, kind: str) -> None:
        self.seen[kind] = self.seen.get(kind, 0) + 1

    @property
    def count(self) -> Count:
        return Count(**self.seen)

    def number(self, value: Any, padding: bool = False) -> Counted:
        return Counted(value, self, padding)


@dataclass(frozen=True, eq=False)
class Counted:
    """A number that notes each operation in its tally.

    `padding` marks what comes from padding alone: a product with it, or a sum of nothing else. An
    addition that has such an operand would not be made if padding were skipped.
    """

    value: Any
    tally: Tally
    padding: bool = False

    def _made(self, kind: str, value: Any, padding: bool = False) -> Counted:
        self.tally.note(kind)
        return Counted(value, self.tally, padding)

    def __add__(self, other: Any) -> Counted:
        if self.padding or _padding(other):
            self.tally.note("add_padding")
        return self._made("add", self.value + _value(other), self.padding and _padding(other))

    def __radd__(self, other: Any) -> Counted:
        return self._made("add", other + self.value)

    def __sub__(self, other: Any) -> Counted:
        return self._made("add", self.value - _value(other))

    def __rsub__(self, other: Any) -> Counted:
        return self._made("add", other - self.value)

    def __rmul__(self, other: Any) -> Counted:
        return self._made("mul", other * self.value)

    def __mul__(self, other: Any) -> Counted:
        padding = self.padding or _padding(other)
        if padding:
            self.tally.note("mul_padding")
        return self._made("mul", self.value * _value(other), padding)

    def __truediv__(self, other: Any) -> Counted:
        return self._made("div", self.value / _value(other))

    def __rtruediv__(self, other: Any) -> Counted:
        return self._made("div", other / self.value)

    def __gt__(self, other: Any) -> bool:
        self.tally.note("compare")
        return self.value > _value(other)

    def __neg__(self) -> Counted:  # a change of sign is not counted
        return Counted(-self.value, self.tally)

    def exp(self) -> Counted:
        return self._made("special", np.exp(self.value))

    def log(self) -> Counted:
        return self._made("special", np.log(self.value))

    def tanh(self) -> Counted:
        return self._made("special", np.tanh(self.value))


def known(function: Callable[..., Any], *numbers: Any) -> Any:
    """What was computed before, the value of an op for its gradient, say: it is there, and not counted again."""
    if isinstance(numbers[0], Counted):
        return numbers[0].tally.number(function(*(number.value for number in numbers)))
    return function(*numbers)


def _value(number: Any) -> Any:
    return number.value if isinstance(number, Counted) else number


def _padding(number: Any) -> bool:
    return isinstance(number, Counted) and number.padding
