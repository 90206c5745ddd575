"""Ops that treat every entry alone: the Jacobian of each is diagonal.

A vjp multiplies the upstream gradient by the slope. A slope of 1, −1 or 0 costs no multiplication:
the gradient is copied, changes its sign, or is dropped. ``out=...`` makes NumPy answer with an array even
where that holds a single number.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from labcode.op import Array, Count, Op, Partials, Shape, Step, Term


@dataclass(frozen=True)
class _Pointwise(Op):
    """An elementwise op; a subclass gives its value, the slope for each input, and one entry's counts."""

    signature: ClassVar[str] = "*->*"
    rule: ClassVar[str]
    each: ClassVar[Count]
    each_vjp: ClassVar[Count] = Count()

    @abstractmethod
    def slope(self, arg: int, output: Array, *inputs: Array) -> Array:
        """∂output/∂inputs[arg], entry by entry: the diagonal of the Jacobian."""

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """The upstream gradient times the slope, entry by entry."""
        return np.multiply(upstream, self.slope(arg, output, *inputs), out=...)

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The same: a diagonal matrix is its own transpose."""
        return self.vjp(arg, tangent, output, *inputs)

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """The slopes on the diagonal."""
        diagonal = np.arange(output.size)
        return Partials.of(diagonal, diagonal, np.ravel(self.slope(arg, output, *inputs)))

    def count(self, *shapes: Shape) -> Count:
        """The count of one entry, times the entries."""
        return self.each * prod(self.shape(*shapes))

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """The count of one slope and its product with the upstream gradient, times the entries."""
        return self.each_vjp * prod(self.shape(*shapes))

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """The operands of each entry."""
        y = self.forward(*inputs)
        for i in np.ndindex(y.shape):
            yield Step(i, self.rule, tuple(Term(i, (x[i],)) for x in inputs), y[i])


@dataclass(frozen=True)
class Add(_Pointwise):
    """y = a + b."""

    signature: ClassVar[str] = "*,*->*"
    symbol: ClassVar[str] = "+"
    rule: ClassVar[str] = "add"
    each: ClassVar[Count] = Count(add=1)

    def forward(self, *inputs: Array) -> Array:
        """A + b."""
        return np.add(inputs[0], inputs[1], out=...)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """The upstream gradient itself."""
        return upstream

    def slope(self, arg: int, output: Array, *inputs: Array) -> Array:
        """1 for both."""
        return np.ones_like(output)


@dataclass(frozen=True)
class Sub(_Pointwise):
    """y = a − b."""

    signature: ClassVar[str] = "*,*->*"
    symbol: ClassVar[str] = "−"
    rule: ClassVar[str] = "sub"
    each: ClassVar[Count] = Count(add=1)

    def forward(self, *inputs: Array) -> Array:
        """A − b."""
        return np.subtract(inputs[0], inputs[1], out=...)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """The upstream gradient, with its sign changed for b."""
        return upstream if arg == 0 else np.negative(upstream, out=...)

    def slope(self, arg: int, output: Array, *inputs: Array) -> Array:
        """1 for a, −1 for b."""
        return np.full_like(output, 1 if arg == 0 else -1)


@dataclass(frozen=True)
class Mul(_Pointwise):
    """y = a ⊙ b."""

    signature: ClassVar[str] = "*,*->*"
    symbol: ClassVar[str] = "⊙"
    rule: ClassVar[str] = "mul"
    each: ClassVar[Count] = Count(mul=1)
    each_vjp: ClassVar[Count] = Count(mul=1)

    def forward(self, *inputs: Array) -> Array:
        """A ⊙ b."""
        return np.multiply(inputs[0], inputs[1], out=...)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """The upstream gradient times the other factor."""
        return np.multiply(upstream, inputs[1 - arg], out=...)

    def slope(self, arg: int, output: Array, *inputs: Array) -> Array:
        """The other factor."""
        return inputs[1 - arg]


@dataclass(frozen=True)
class Scale(_Pointwise):
    """y = factor · x, the factor a constant."""

    factor: float = 1.0

    symbol: ClassVar[str] = "·"
    rule: ClassVar[str] = "scale"
    each: ClassVar[Count] = Count(mul=1)
    each_vjp: ClassVar[Count] = Count(mul=1)

    def forward(self, *inputs: Array) -> Array:
        """Factor · x."""
        return np.multiply(inputs[0], self.factor, out=...)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """The upstream gradient times the factor."""
        return np.multiply(upstream, self.factor, out=...)

    def slope(self, arg: int, output: Array, *inputs: Array) -> Array:
        """The factor."""
        return np.full_like(output, self.factor)


@dataclass(frozen=True)
class Square(_Pointwise):
    """y = x²."""

    symbol: ClassVar[str] = "x²"
    rule: ClassVar[str] = "square"
    each: ClassVar[Count] = Count(mul=1)
    each_vjp: ClassVar[Count] = Count(mul=2)

    def forward(self, *inputs: Array) -> Array:
        """x²."""
        return np.square(inputs[0], out=...)

    def slope(self, arg: int, output: Array, *inputs: Array) -> Array:
        """2x."""
        return 2 * inputs[0]


@dataclass(frozen=True)
class ReLU(_Pointwise):
    """y = max(x, 0); the slope at 0 is taken as 0, as PyTorch does."""

    symbol: ClassVar[str] = "relu"
    rule: ClassVar[str] = "relu"
    each: ClassVar[Count] = Count(compare=1)
    each_vjp: ClassVar[Count] = Count(compare=1)

    def forward(self, *inputs: Array) -> Array:
        """max(x, 0)."""
        return np.maximum(inputs[0], 0, out=...)

    def slope(self, arg: int, output: Array, *inputs: Array) -> Array:
        """1 where x > 0, else 0."""
        return (inputs[0] > 0).astype(output.dtype)


@dataclass(frozen=True)
class Sigmoid(_Pointwise):
    """y = 1 / (1 + exp(−x))."""

    symbol: ClassVar[str] = "σ"
    rule: ClassVar[str] = "sigmoid"
    each: ClassVar[Count] = Count(add=1, div=1, special=1)
    each_vjp: ClassVar[Count] = Count(mul=2, add=1)

    def forward(self, *inputs: Array) -> Array:
        """1 / (1 + exp(−x)), by exp of −|x| alone, which cannot overflow."""
        (x,) = inputs
        e = np.exp(-np.abs(x))
        return np.asarray(np.where(x >= 0, 1 / (1 + e), e / (1 + e)))

    def slope(self, arg: int, output: Array, *inputs: Array) -> Array:
        """Y (1 − y)."""
        return output * (1 - output)


@dataclass(frozen=True)
class Tanh(_Pointwise):
    """y = tanh(x)."""

    symbol: ClassVar[str] = "tanh"
    rule: ClassVar[str] = "tanh"
    each: ClassVar[Count] = Count(special=1)
    each_vjp: ClassVar[Count] = Count(mul=2, add=1)

    def forward(self, *inputs: Array) -> Array:
        """tanh(x)."""
        return np.tanh(inputs[0], out=...)

    def slope(self, arg: int, output: Array, *inputs: Array) -> Array:
        """1 − y²."""
        return 1 - np.square(output)
