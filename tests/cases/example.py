"""What an example of an op is, and what a case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from labcode.op import Array, Op, Shape

torch.set_num_threads(1)

Draw = Callable[[st.SearchStrategy[Any]], Any]
integers = st.integers


@dataclass(frozen=True)
class Example:
    """One op, shapes that it accepts, and its two oracles: on tensors and on arrays of any numbers."""

    op: Op
    shapes: tuple[Shape, ...]
    torch: Callable[..., torch.Tensor]
    loops: Callable[..., Array]
    loops_vjp: Callable[..., Array]  # (arg, upstream, *inputs) -> gradient
    batched: bool = False  # the first axis of the first input is a batch, which may be empty

    def __repr__(self) -> str:
        return f"{self.op} on {', '.join(map(str, self.shapes))}"

    def arrays(self, seed: int, kind: str = "normal", dtype: Any = np.float64) -> list[Array]:
        """Inputs: "normal", "small" integers (many ties), "large" ones, or "distinct" (no ties, no zeros)."""
        rng = np.random.default_rng(seed)
        make = {
            "normal": lambda shape: rng.standard_normal(shape),
            "small": lambda shape: rng.integers(-3, 4, shape),
            "large": lambda shape: rng.integers(-(2**27), 2**27, shape),
            "distinct": lambda shape: (rng.permutation(prod(shape)).reshape(shape) - prod(shape) // 2 + 0.5) / 8,
        }[kind]
        return [np.asarray(make(shape)).astype(dtype) for shape in self.shapes]

    def upstream(self, seed: int, kind: str = "normal", dtype: Any = np.float64) -> Array:
        """A gradient that arrives at the output, whose shape the torch oracle says."""
        shape = tuple(self.torch(*map(torch.zeros, self.shapes)).shape)
        return replace(self, shapes=(shape,)).arrays(seed + 1, kind, dtype)[0]


@dataclass(frozen=True)
class Case:
    """All examples of one op.

    `exact`: made of +, −, ×, ÷ and comparisons alone, so that the loops are exact on fractions.
    `effort`: how many times the usual number of examples its settings deserve.
    `padding`: what its loops call the number that padding holds, that number, and whether a product
    with it could be skipped.
    """

    op: type[Op]
    examples: st.SearchStrategy[Example]
    exact: bool = True
    effort: int = 1
    padding: tuple[str, float, bool] | None = None


def loops(function: Callable[..., Any], **settings: Any) -> Callable[..., Array]:
    """Let a function on nested lists take and return arrays of objects."""

    def on_arrays(*arrays: Array) -> Array:
        return np.array(function(*(a.tolist() for a in arrays), **settings), dtype=object)

    return on_arrays
