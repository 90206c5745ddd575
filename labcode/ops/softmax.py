"""Softmax and its logarithm along one axis: numbers of any size become shares that add up to 1.

Both subtract the largest entry first. That changes no share, as numerator and denominator lose the
same factor, but every exponent is then at most 0 and nothing overflows.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from operator import index
from typing import ClassVar

import numpy as np

from labcode.errors import ArgumentError
from labcode.op import Array, Count, Op, Partials, Shape, Step, Term

DIM_RULE = "-rank <= dim < rank"


@dataclass(frozen=True)
class _OverDim(Op):
    """An op on each line of entries along axis `dim`; negative counts from the last axis."""

    dim: int

    signature: ClassVar[str] = "*->*"
    rule: ClassVar[str]

    def __post_init__(self) -> None:
        if not isinstance(self.dim, int) or isinstance(self.dim, bool):
            raise ArgumentError("dim", repr(self.dim), "an integer: the axis along which shares add up to 1", DIM_RULE)
        object.__setattr__(self, "dim", index(self.dim))

    def shape(self, *shapes: Shape) -> Shape:
        """The shape of the input, which must have an axis `dim`."""
        shape = super().shape(*shapes)
        rank = max(1, len(shape))  # a single number is taken as a line of one, as PyTorch does
        if not -rank <= self.dim < rank:
            raise ArgumentError("dim", self.dim, f"an axis of the input of shape {shape}", DIM_RULE)
        return shape

    def _lines(self, shape: Shape) -> tuple[int, int]:
        """How many lines, and how many entries in each."""
        self.shape(shape)
        length = shape[self.dim] if shape else 1
        return (prod(shape) // length if length else 0), length

    @abstractmethod
    def _block(self, y: Array) -> Array:
        """The Jacobian of lines y (..., K), (..., K, K)."""

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """A block for each line: every entry of it depends on every other, and on no other line."""
        lines = [np.moveaxis(np.atleast_1d(a), self.dim, -1) for a in (_positions(output.shape), output)]
        positions, y = lines
        return Partials.of(positions[..., :, None], positions[..., None, :], self._block(y))

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """For each entry, the exponentials of its line, of which it is number `chosen`."""
        (x,) = inputs
        y, e = self.forward(x), _exponentials(x, self.dim)
        axis = self.dim % max(1, x.ndim)
        for i in np.ndindex(x.shape):
            line = [(*i[:axis], k, *i[axis + 1 :]) for k in range(x.shape[axis])] if x.ndim else [()]
            yield Step(i, self.rule, tuple(Term(j, (e[j],)) for j in line), y[i], line.index(i))


@dataclass(frozen=True)
class Softmax(_OverDim):
    """y[k] = exp(x[k] − m) / Σ_j exp(x[j] − m), m the largest entry of the line along `dim`."""

    symbol: ClassVar[str] = "softmax"
    rule: ClassVar[str] = "softmax"

    def forward(self, *inputs: Array) -> Array:
        """Exponentials of x − m, each divided by their sum."""
        return softmax(inputs[0], self.dim)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """Y (g − Σ_j g[j] y[j]): the Jacobian diag(y) − y yᵀ of each line, applied to g."""
        weighted = upstream * output
        return np.asarray(weighted - output * weighted.sum(axis=self.dim, keepdims=True))

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The same: diag(y) − y yᵀ is its own transpose."""
        return self.vjp(arg, tangent, output, *inputs)

    def _block(self, y: Array) -> Array:
        """diag(y) − y yᵀ."""
        return y[..., :, None] * (np.eye(y.shape[-1], dtype=y.dtype) - y[..., None, :])

    def count(self, *shapes: Shape) -> Count:
        """For a line of K: K − 1 comparisons, K differences, K exponentials, K − 1 additions, K divisions."""
        lines, k = self._lines(*shapes)
        return Count(compare=k - 1, add=2 * k - 1, special=k, div=k) * lines

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """For a line of K: K products g y, K − 1 additions, K products with y, K differences."""
        lines, k = self._lines(*shapes)
        return Count(mul=2 * k, add=2 * k - 1) * lines


@dataclass(frozen=True)
class LogSoftmax(_OverDim):
    """y[k] = x[k] − m − log Σ_j exp(x[j] − m), m the largest entry of the line along `dim`."""

    symbol: ClassVar[str] = "log softmax"
    rule: ClassVar[str] = "log_softmax"

    def forward(self, *inputs: Array) -> Array:
        """x − m minus the logarithm of the sum; a share too small for a number keeps its logarithm."""
        return log_softmax(inputs[0], self.dim)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """G − exp(y) Σ_j g[j]: the Jacobian I − 1 yᵀ of each line, y the shares, applied to g."""
        return np.asarray(upstream - np.exp(output) * upstream.sum(axis=self.dim, keepdims=True))

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """T − Σ_j exp(y[j]) t[j]: each entry loses the mean of the tangents, weighed by the shares."""
        return np.asarray(tangent - (np.exp(output) * tangent).sum(axis=self.dim, keepdims=True))

    def _block(self, y: Array) -> Array:
        """I − 1 exp(y)ᵀ."""
        return np.eye(y.shape[-1], dtype=y.dtype) - np.exp(y)[..., None, :]

    def count(self, *shapes: Shape) -> Count:
        """For a line of K: K − 1 comparisons, 2K differences, K exponentials, K − 1 additions, a logarithm."""
        lines, k = self._lines(*shapes)
        return Count(compare=k - 1, add=3 * k - 1, special=k + 1) * lines

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """For a line of K: K exponentials, K − 1 additions, K products, K differences."""
        lines, k = self._lines(*shapes)
        return Count(mul=k, add=2 * k - 1, special=k) * lines


def softmax(x: Array, dim: int) -> Array:
    """exp(x − m) / Σ exp(x − m) along `dim`."""
    e = _exponentials(x, dim)
    return np.asarray(e / e.sum(axis=dim, keepdims=True))


def log_softmax(x: Array, dim: int) -> Array:
    """x − m − log Σ exp(x − m) along `dim`; the sum is at least 1, as x = m is in it."""
    if not x.size:
        return x.copy()
    below = _below_largest(x, dim)
    return np.asarray(below - np.log(np.exp(below).sum(axis=dim, keepdims=True)))


def _positions(shape: Shape) -> Array:
    """An array of which every entry is its own position."""
    return np.arange(prod(shape)).reshape(shape)


def _exponentials(x: Array, dim: int) -> Array:
    return np.asarray(np.exp(_below_largest(x, dim)))


def _below_largest(x: Array, dim: int) -> Array:
    """x − m along `dim`: never above 0."""
    if not x.size:
        return x
    # A distance beyond the largest float is −∞, whose exponential is 0, rightly; ∞ − ∞ is nan, as in PyTorch.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(x - x.max(axis=dim, keepdims=True))
