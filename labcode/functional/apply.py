"""How a layer's function reaches its op: on arrays it computes, on Variables it records the graph."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from labcode.errors import ArgumentError
from labcode.graph import Variable, record
from labcode.op import Op, Shape, as_array, as_arrays, of_one_dtype

Axes = int | Sequence[int]
Padding = Axes | Literal["same", "valid"]
Result = Any  # an Array, or a Variable where an input is one

PLAIN = frozenset({int, bool, str, type(None)})


def make(op: type[Op], *settings: Any) -> Op:
    """An op with these settings. Plain ones are checked once and the op kept; equal ones share it."""
    if PLAIN.issuperset(map(type, settings)):  # inside a sequence, True and 1 would be taken for the same
        return _made(op, *settings)
    return op(*settings)


@lru_cache(maxsize=1024, typed=True)
def _made(op: type[Op], *settings: Any) -> Op:
    return op(*settings)


def apply(op: Op, *inputs: Any) -> Result:
    """Apply an op to arrays, or record it if an input is a Variable; None inputs are left out.

    Raises
    ------
    ArgumentError
        Before any work, if the op's shape rule refuses the inputs.
    """
    arrays = [a for a in inputs if a is not None]
    if not of_one_dtype(arrays):  # the usual case needs no second look
        if has_variable(arrays):
            return record(op, *arrays)
        arrays = as_arrays(op.arguments, arrays)
    op.checked[tuple([a.shape for a in arrays])]  # raises if a shape does not fit
    return op.forward(*arrays)


def has_variable(inputs: Sequence[Any]) -> bool:
    """Whether one of the inputs is a Variable, so that the graph is to be recorded."""
    for a in inputs:  # noqa: SIM110 - twice as fast as any(), and on every call
        if isinstance(a, Variable):
            return True
    return False


def real(argument: str, value: Any) -> Any:
    """An input that must hold real numbers: a list of integers becomes float64, an integer array is refused.

    Raises
    ------
    ArgumentError
        For an array of integers, as PyTorch refuses a tensor of them here.
    """
    if isinstance(value, Variable):
        return value
    array = as_array(argument, value)
    if array.dtype.kind == "f":
        return array
    if hasattr(value, "dtype"):
        raise ArgumentError(argument, f"array of {array.dtype}", "numbers of dtype float32 or float64")
    return array.astype(np.float64)


def rank(argument: str, value: Any) -> int:
    """Number of axes of an array, nested list or Variable."""
    return value.ndim if isinstance(value, Variable) else as_array(argument, value).ndim


def known_shape(argument: str, value: Any) -> Shape:
    """Shape of an array, nested list or Variable.

    Raises
    ------
    ArgumentError
        For a Variable of which a dimension is not known yet.
    """
    shape = value.shape if isinstance(value, Variable) else as_array(argument, value).shape
    known = tuple(n for n in shape or () if n is not None)
    if shape is None or len(known) < len(shape):
        raise ArgumentError(argument, f"shape {shape}", "known dimensions, to tell the new ones")
    return known
