"""Ops that only move entries: nothing is computed, and each gradient entry goes back where it came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from labcode.errors import ArgumentError
from labcode.geometry import per_axis
from labcode.op import Array, Count, Op, Partials, Shape, Step, Term

FLIP_RULE = "y[i] = x[n - 1 - i] along each axis of dims"
JOIN_RULE = "-rank <= start_dim <= end_dim < rank"
RESHAPE_RULE = "a shape of as many entries, and their row-major order is kept"


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

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The tangent, moved as the entries are."""
        return self.forward(tangent)

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """A 1 for each entry, in the column where it comes from."""
        return partials_of_moves(self.forward(numbered(inputs[0].shape)), output.dtype)

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

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The tangent, moved as the entries are."""
        return self.forward(tangent)

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """A 1 for each entry, in the column where it comes from."""
        return partials_of_moves(self.forward(numbered(inputs[0].shape)), output.dtype)

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


@dataclass(frozen=True)
class Reshape(Op):
    """y = x with the same entries in row-major order, in another shape."""

    target: Sequence[int]

    symbol: ClassVar[str] = "reshape"

    def __post_init__(self) -> None:
        object.__setattr__(self, "target", per_axis("shape", self.target, len(self.target), 0, RESHAPE_RULE))

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return ("input",)

    def shape(self, *shapes: Shape) -> Shape:
        """The target, which has as many entries as the input."""
        if len(shapes) != 1:
            raise ArgumentError("inputs", len(shapes), "1 of them", RESHAPE_RULE)
        target = tuple(self.target)
        if prod(shapes[0]) != prod(target):
            expected = f"{prod(target)} entries, to fill shape {target}"
            raise ArgumentError("input", f"shape {shapes[0]} of {prod(shapes[0])} entries", expected, RESHAPE_RULE)
        return target

    def forward(self, *inputs: Array) -> Array:
        """The same entries."""
        return inputs[0].reshape(tuple(self.target))

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """G in the shape of the input."""
        return upstream.reshape(inputs[0].shape)

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The tangent, moved as the entries are."""
        return self.forward(tangent)

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """The identity: row-major order is kept."""
        return partials_of_moves(self.forward(numbered(inputs[0].shape)), output.dtype)

    def count(self, *shapes: Shape) -> Count:
        """Nothing is computed."""
        return Count()

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """Nothing is computed."""
        return Count()

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """Where each entry comes from."""
        (x,) = inputs
        for source, index in zip(np.ndindex(x.shape), np.ndindex(tuple(self.target)), strict=True):
            yield Step(index, "sum", (Term(source, (x[source],)),), x[source])


def joined(shape: Shape, start_dim: int, end_dim: int) -> Shape:
    """The shape with the axes from `start_dim` to `end_dim` as one.

    Raises
    ------
    ArgumentError
        If an axis does not exist, or they are in the wrong order.
    """
    rank = max(1, len(shape))  # a single number becomes a vector of one, as in PyTorch
    for name, dim in (("start_dim", start_dim), ("end_dim", end_dim)):
        if not -rank <= dim < rank:
            raise ArgumentError(name, dim, f"an axis of the input of shape {shape}", JOIN_RULE)
    start, end = start_dim % rank, end_dim % rank
    if start > end:
        raise ArgumentError("start_dim", start_dim, f"an axis not after end_dim = {end_dim}", JOIN_RULE)
    return (*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :])


def numbered(shape: Shape) -> Array:
    """An array of which every entry is its own position, counted from 1."""
    return np.arange(1, prod(shape) + 1).reshape(shape)


def partials_of_moves(sources: Array, dtype: Any) -> Partials:
    """Partial derivatives of an op that copies: a 1 for each output entry, in the column of its source.

    `sources` holds what the op makes of `numbered` input: positions from 1 on, 0 where padding is copied.
    """
    (rows,) = np.nonzero(sources.ravel())
    return Partials.of(rows, sources.ravel()[rows] - 1, np.dtype(dtype).type(1))
