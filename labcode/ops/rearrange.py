"""Ops that only move entries: nothing is computed, and each gradient entry goes back where it came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from labcode.errors import ArgumentError
from labcode.op import Array, Count, Op, Shape, Step, Term

FLIP_RULE = "y[i] = x[n - 1 - i] along each axis of dims"


@dataclass(frozen=True)
class Transpose(Op):
    """y[j, i] = x[i, j]."""

    symbol: ClassVar[str] = "T"
    signature: ClassVar[str] = "mn->nm"

    def forward(self, *inputs: Array) -> Array:
        """Xᵀ."""
        return inputs[0].T

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """Gᵀ."""
        return upstream.T

    def count(self, *shapes: Shape) -> Count:
        """Nothing is computed."""
        return Count()

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """Nothing is computed."""
        return Count()

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """Where each entry comes from."""
        (x,) = inputs
        for j, i in np.ndindex(x.T.shape):
            yield Step((j, i), "sum", (Term((i, j), (x[i, j],)),), x[i, j])


@dataclass(frozen=True)
class Flip(Op):
    """y[i, …] = x[n − 1 − i, …]: the order of the entries reversed along the axes `dims`."""

    dims: int | Sequence[int]

    symbol: ClassVar[str] = "flip"
    signature: ClassVar[str] = "*->*"

    def __post_init__(self) -> None:
        dims = tuple(self.dims) if isinstance(self.dims, Sequence) else (self.dims,)
        if not all(isinstance(d, int) and not isinstance(d, bool) for d in dims):
            raise ArgumentError("dims", repr(self.dims), "an integer for each axis to reverse", FLIP_RULE)
        object.__setattr__(self, "dims", dims)

    def shape(self, *shapes: Shape) -> Shape:
        """The shape of the input, which must have the axes."""
        shape = super().shape(*shapes)
        self._axes(len(shape))
        return shape

    def _axes(self, rank: int) -> tuple[int, ...]:
        """The axes counted from 0."""
        dims: tuple[int, ...] = self.dims  # type: ignore[assignment]  # a tuple since __post_init__
        axes = tuple(d % rank for d in dims if -rank <= d < rank)
        if len(set(axes)) < len(dims):
            raise ArgumentError("dims", dims, f"axes of an input of {rank} dimensions, each once", FLIP_RULE)
        return axes

    def forward(self, *inputs: Array) -> Array:
        """The entries in reverse."""
        return np.array(np.flip(inputs[0], self._axes(inputs[0].ndim)))

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """G in reverse."""
        return self.forward(upstream)

    def count(self, *shapes: Shape) -> Count:
        """Nothing is computed."""
        return Count()

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """Nothing is computed."""
        return Count()

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """Where each entry comes from."""
        (x,) = inputs
        axes = self._axes(x.ndim)
        for index in np.ndindex(x.shape):
            source = tuple(x.shape[a] - 1 - i if a in axes else i for a, i in enumerate(index))
            yield Step(index, "sum", (Term(source, (x[source],)),), x[source])
