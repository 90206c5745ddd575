"""Losses: one number for a prediction and its target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from labcode.errors import ArgumentError
from labcode.op import Array, Count, Op, Shape, Step, Term


@dataclass(frozen=True)
class SquaredError(Op):
    """y = Σ_i (a[i] − b[i])², or its mean over the entries."""

    reduction: str = "sum"

    symbol: ClassVar[str] = "‖·‖²"
    signature: ClassVar[str] = "*,*->"

    def __post_init__(self) -> None:
        if self.reduction not in ("sum", "mean"):
            raise ArgumentError("reduction", repr(self.reduction), '"sum" or "mean"')

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return ("input", "target")

    def forward(self, *inputs: Array) -> Array:
        """Σ (a − b)², divided by the number of entries for the mean."""
        total = np.square(inputs[0] - inputs[1]).sum()
        return np.asarray(total / inputs[0].size if self.reduction == "mean" else total)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """2 (a − b) g for a, the opposite for b; divided by the number of entries for the mean."""
        difference = inputs[arg] - inputs[1 - arg]
        scale = 2 * upstream / (difference.dtype.type(difference.size) if self.reduction == "mean" else 1)
        return np.asarray(scale * difference)

    def count(self, *shapes: Shape) -> Count:
        """N differences, n squares, n − 1 additions, and a division for the mean."""
        self.shape(*shapes)
        n = prod(shapes[0])
        return Count(mul=n, add=n + max(0, n - 1), div=int(self.reduction == "mean"))

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """N differences, each multiplied by 2g, a number made once (divided by n for the mean)."""
        n = prod(shapes[0])
        return Count(mul=n + 1, add=n, div=int(self.reduction == "mean"))

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """The squared differences and their sum or mean."""
        a, b = inputs
        terms = tuple(Term(i, (a[i] - b[i],) * 2) for i in np.ndindex(a.shape))
        yield Step((), self.reduction, terms, self.forward(a, b)[()])


@dataclass(frozen=True)
class PairwiseSquaredError(Op):
    """y = Σ_i Σ_j (a[i] − b[j])²: every prediction against every target, whatever their numbers.

    Both are columns, (m, 1) and (n, 1): the loss of task 3 where the labels outnumber the predictions.
    """

    symbol: ClassVar[str] = "Σ(·)²"
    signature: ClassVar[str] = "mp,np->"

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return ("input", "target")

    def forward(self, *inputs: Array) -> Array:
        """Σ_i Σ_j |a_i − b_j|²."""
        a, b = inputs
        return np.asarray(np.square(a[:, None] - b[None]).sum())

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """2 Σ_j (a_i − b_j) g for a_i, and the same with the roles exchanged for b."""
        a, b = inputs[arg], inputs[1 - arg]
        return (2 * upstream) * (len(b) * a - b.sum(axis=0))

    def count(self, *shapes: Shape) -> Count:
        """Mn differences and squares for each of p columns, and the additions between them."""
        self.shape(*shapes)
        n = shapes[0][0] * prod(shapes[1])
        return Count(mul=n, add=n + max(0, n - 1))

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """For a: n·a minus the p sums over b, each entry multiplied by 2g, a number made once."""
        self.shape(*shapes)
        entries, (n, p) = prod(shapes[arg]), shapes[1 - arg]
        return Count(mul=2 * entries + 1, add=entries + p * max(0, n - 1))

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """The squared differences of all pairs and their sum."""
        a, b = inputs
        pairs = np.ndindex(len(a), len(b), a.shape[1])
        terms = tuple(Term((i, k), (a[i, k] - b[j, k],) * 2) for i, j, k in pairs)
        yield Step((), "sum", terms, self.forward(a, b)[()])
