"""The op that changes a shape and nothing else: what flattens feature maps for a linear layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from labcode.errors import ArgumentError
from labcode.op import Array, Count, Op, Shape, Step, Term


@dataclass(frozen=True)
class Reshape(Op):
    """y = x with the same entries in row-major order, in another shape.

    Examples
    --------
    >>> Reshape((1, 12)).shape((1, 3, 2, 2))
    (1, 12)
    """

    target: Shape

    symbol: ClassVar[str] = "reshape"

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return ("input",)

    def shape(self, *shapes: Shape) -> Shape:
        """The target, which has as many entries as the input."""
        (x,) = shapes
        if prod(x) != prod(self.target):
            raise ArgumentError("input", f"shape {x}", f"{prod(self.target)} entries", "entries are kept")
        return self.target

    def forward(self, *inputs: Array) -> Array:
        """The same entries."""
        return inputs[0].reshape(self.target)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """The upstream gradient in the shape of the input."""
        return upstream.reshape(inputs[0].shape)

    def count(self, *shapes: Shape) -> Count:
        """Nothing is computed."""
        return Count()

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """Nothing is computed."""
        return Count()

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """Where each entry comes from."""
        (x,) = inputs
        for source, index in zip(np.ndindex(x.shape), np.ndindex(self.target), strict=True):
            yield Step(index, "sum", (Term(source, (x[source],)),), x[source])
