"""Losses: one number for a prediction and its target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from labcode.errors import ArgumentError
from labcode.op import Array, Count, Op, Shape, Step, Term, as_array, slope_along
from labcode.ops.softmax import log_softmax, softmax

TARGET_RULE = "target holds one class, 0 <= class < C, for each input (N, C)"


@dataclass(frozen=True)
class SquaredError(Op):
    """y = Σ_i (a[i] − b[i])², or its mean over the entries."""

    reduction: str = "sum"

    symbol: ClassVar[str] = "‖·‖²"
    signature: ClassVar[str] = "*,*->"

    def __post_init__(self) -> None:
        _check_reduction(self.reduction)

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return ("input", "target")

    def forward(self, *inputs: Array) -> Array:
        """Σ (a − b)², divided by the number of entries for the mean."""
        return _reduce(np.square(inputs[0] - inputs[1]).sum(), inputs[0].size, self.reduction)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """2 (a − b) g for a, the opposite for b; divided by the number of entries for the mean."""
        difference = inputs[arg] - inputs[1 - arg]
        return np.asarray(_reduce(2 * upstream, difference.size, self.reduction) * difference)

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The gradient times the tangent."""
        return slope_along(self, arg, tangent, output, *inputs)

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

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The gradient times the tangent."""
        return slope_along(self, arg, tangent, output, *inputs)

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


@dataclass(frozen=True)
class CrossEntropy(Op):
    """y = mean_n (log Σ_k exp(x[n, k]) − x[n, target[n]]), or the sum: −log of the softmax share of the target.

    The classes are settings, not an input: whole numbers have no gradient. x is (N, C) with N of
    them, or (C,) with one.
    """

    target: int | Sequence[int]
    reduction: str = "mean"

    symbol: ClassVar[str] = "CE"

    def __post_init__(self) -> None:
        _check_reduction(self.reduction)
        object.__setattr__(self, "target", _classes(self.target))

    @property
    def _classes(self) -> tuple[int, ...]:
        return self.target if isinstance(self.target, tuple) else (self.target,)

    def signature_for(self, *ranks: int) -> str:
        """A single number from (N, C), or from (C,) for a single class."""
        return "nc->" if isinstance(self.target, tuple) else "c->"

    def shape(self, *shapes: Shape) -> Shape:
        """A single number; each target must be one of the C classes."""
        shape = super().shape(*shapes)
        *n, c = shapes[0]
        if n and n[0] not in (None, len(self._classes)):
            raise ArgumentError("target", f"{len(self._classes)} classes", f"{n[0]}, one for each input", TARGET_RULE)
        if c is not None and max(self._classes, default=-1) >= c:
            raise ArgumentError("target", max(self._classes), f"a class of 0 to {c - 1}", TARGET_RULE)
        return shape

    def forward(self, *inputs: Array) -> Array:
        """−Σ log softmax(x)[target], divided by N for the mean; no share is ever formed, so none is 0."""
        (x,) = inputs
        return _reduce(-log_softmax(x, -1)[self._at(x)].sum(), len(self._classes), self.reduction)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """(softmax(x) − 1 at the target) g; divided by N for the mean."""
        shares = softmax(inputs[0], -1)
        shares[self._at(inputs[0])] -= 1
        return np.asarray(shares * _reduce(upstream, len(self._classes), self.reduction))

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The gradient times the tangent."""
        return slope_along(self, arg, tangent, output, *inputs)

    def _at(self, x: Array) -> tuple[Any, ...]:
        """Where the entries of the targets are."""
        return (self.target,) if x.ndim == 1 else (np.arange(len(x)), np.array(self._classes, int))

    def count(self, *shapes: Shape) -> Count:
        """For N lines of C: those of the logarithm of a sum of exponentials, and one difference; then the reduction."""
        self.shape(*shapes)
        n, c = len(self._classes), shapes[0][-1]
        lines = Count(compare=c - 1, add=2 * c, special=c + 1) * n
        return lines + Count(add=max(0, n - 1), div=int(self.reduction == "mean"))

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """For N lines of C: those of a softmax, one difference, C products with g, divided once by N for the mean."""
        n, c = len(self._classes), shapes[0][-1]
        return Count(mul=c, compare=c - 1, add=2 * c, special=c, div=c) * n + Count(div=int(self.reduction == "mean"))

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """The loss of each input, read at its target, and their sum or mean."""
        (x,) = inputs
        losses = np.atleast_1d(-log_softmax(x, -1)[self._at(x)])
        places = [(t,) if x.ndim == 1 else (n, t) for n, t in enumerate(self._classes)]
        terms = tuple(Term(at, (loss,)) for at, loss in zip(places, losses, strict=True))
        yield Step((), self.reduction, terms, self.forward(x)[()])


def _check_reduction(reduction: str) -> None:
    if reduction not in ("sum", "mean"):
        raise ArgumentError("reduction", repr(reduction), '"sum" or "mean"')


def _reduce(total: Any, n: int, reduction: str) -> Array:
    """The total itself, or divided by n."""
    if reduction == "sum":
        return np.asarray(total)
    with np.errstate(divide="ignore", invalid="ignore"):  # the mean of nothing is nan, as in PyTorch
        return np.asarray(total / total.dtype.type(n))


def _classes(target: Any) -> int | tuple[int, ...]:
    """Class indices as plain integers: one, or a tuple."""
    classes = as_array("target", target)
    if classes.size and classes.dtype.kind != "i":
        raise ArgumentError("target", f"array of {classes.dtype}", "class indices of dtype int64", TARGET_RULE)
    if classes.ndim > 1:
        raise ArgumentError("target", f"shape {classes.shape}", "shape (N,), or a single class ()", TARGET_RULE)
    if classes.size and classes.min() < 0:
        raise ArgumentError("target", int(classes.min()), "classes >= 0", TARGET_RULE)
    listed = classes.tolist()
    return tuple(listed) if classes.ndim else listed
