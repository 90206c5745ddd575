"""Check a gradient by moving the inputs a little and watching the output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labcode.errors import ArgumentError
from labcode.graph import Variable
from labcode.op import Array

STEP = float(np.finfo(np.float64).eps) ** (1 / 3)  # balances truncation (h²) against rounding (eps/h)
FORMULA = "(f(x + h d) - f(x - h d)) / 2h"


@dataclass(frozen=True)
class GradientCheck:
    """The two routes to one directional derivative, and how far they are apart."""

    analytic: float
    numeric: float
    h: float

    @property
    def error(self) -> float:
        """|analytic − numeric| relative to the larger of both and 1."""
        return abs(self.analytic - self.numeric) / max(1.0, abs(self.analytic), abs(self.numeric))


def gradient_check(
    f: Callable[..., Variable], *inputs: Any, h: float = STEP, seed: int = 0, tolerance: float = 1e-6
) -> GradientCheck:
    """∇f · d against (f(x + h d) − f(x − h d)) / 2h, along one random direction d of all inputs.

    Parameters
    ----------
    f : callable
        Takes one Variable for each input and returns a Variable; an output of several entries is
        weighed with random numbers first.
    *inputs : array_like
        Where to differentiate; taken as float64.
    h : float
        Length of the step.
    seed : int
        Of the direction and the weights.
    tolerance : float
        Largest `error` accepted.

    Returns
    -------
    GradientCheck

    Raises
    ------
    ArgumentError
        If the two differ by more than `tolerance`, with both numbers.

    References
    ----------
    The central difference has error h² f‴/6 (Nocedal and Wright, *Numerical Optimization*, section 8.1).

    Examples
    --------
    >>> gradient_check(lambda x: (x * x).sum(), [1.0, 2.0]).error < 1e-9
    True
    """
    rng = np.random.default_rng(seed)
    points = [np.asarray(x, np.float64) for x in inputs]
    directions = [rng.normal(size=p.shape) for p in points]
    grads, weights = _gradients(f, points, rng)
    analytic = sum(float((g * d).sum()) for g, d in zip(grads, directions, strict=True))
    ahead, behind = (_moved(f, points, directions, s * h, weights) for s in (1, -1))
    result = GradientCheck(analytic, (ahead - behind) / (2 * h), h)
    if not result.error <= tolerance:
        raise ArgumentError("gradient", result.analytic, f"{result.numeric} within {tolerance}", FORMULA)
    return result


@dataclass(frozen=True)
class EntryCheck(GradientCheck):
    """The two routes to ∂f/∂x[index] for input number `arg`."""

    arg: int
    index: tuple[int, ...]


def gradient_check_entries(
    f: Callable[..., Variable], *inputs: Any, h: float = STEP, seed: int = 0, tolerance: float = 1e-6
) -> tuple[EntryCheck, ...]:
    """∂f/∂x[i] against (f(x + h e_i) − f(x − h e_i)) / 2h, for every entry of every input.

    Two evaluations for each entry, so for small inputs: `gradient_check` finds *whether* a gradient
    is wrong, this finds *where*.

    Parameters
    ----------
    f, *inputs, h, seed, tolerance
        As for `gradient_check`; the seed is that of the weights of an output of several entries.

    Returns
    -------
    tuple of EntryCheck

    Raises
    ------
    ArgumentError
        For the entry that is furthest off, if by more than `tolerance`: its input, index and both numbers.

    Examples
    --------
    >>> [round(c.numeric, 6) for c in gradient_check_entries(lambda x: (x * x).sum(), [1.0, 2.0])]
    [2.0, 4.0]
    """
    points = [np.asarray(x, np.float64) for x in inputs]
    grads, weights = _gradients(f, points, np.random.default_rng(seed))
    checks = []
    for arg, (point, grad) in enumerate(zip(points, grads, strict=True)):
        for index in np.ndindex(point.shape):
            directions = [np.zeros_like(p) for p in points]
            directions[arg][index] = 1
            ahead, behind = (_moved(f, points, directions, s * h, weights) for s in (1, -1))
            checks.append(EntryCheck(float(grad[index]), (ahead - behind) / (2 * h), h, arg, index))
    worst = max(checks, key=lambda c: c.error, default=None)
    if worst is not None and not worst.error <= tolerance:
        place = f"gradient of input {worst.arg} at {worst.index}"
        raise ArgumentError(place, worst.analytic, f"{worst.numeric} within {tolerance}", FORMULA)
    return tuple(checks)


def _gradients(
    f: Callable[..., Variable], points: Sequence[Array], rng: np.random.Generator
) -> tuple[list[Array], Array]:
    """Gradients of Σ weights · f by backward, and the weights: random ones for an output of several entries."""
    variables = [Variable(p) for p in points]
    y = f(*variables)
    if y.value is None:
        raise ArgumentError("f", y, "a function that returns a Variable with a value")
    weights = rng.normal(size=y.value.shape) if y.value.size > 1 else np.ones_like(y.value)
    y.backward(weights)
    return [np.zeros_like(p) if v.grad is None else v.grad for p, v in zip(points, variables, strict=True)], weights


def _moved(
    f: Callable[..., Variable], points: Sequence[Array], directions: Sequence[Array], step: float, weights: Array
) -> float:
    y = f(*(Variable(p + step * d) for p, d in zip(points, directions, strict=True)))
    return float((weights * y.value).sum())
