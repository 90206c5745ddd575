"""The gradient check accepts what is right and refuses what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import labcode as lc
from labcode import ops
from labcode.graph import record


@dataclass(frozen=True)
class WrongSquare(ops.Square):
    """A square whose gradient lost its factor."""

    def slope(self, arg, output, *inputs):
        return inputs[0]


def test_a_right_gradient_passes() -> None:
    rng = np.random.default_rng(3)
    check = lc.gradient_check(
        lambda x, w: lc.tanh(lc.conv2d(x, w, padding=1)), rng.normal(size=(4, 4)), rng.normal(size=(2, 2))
    )
    assert check.error < 1e-7
    assert check.analytic == pytest.approx(check.numeric, abs=1e-7)


def test_a_wrong_gradient_is_refused_with_both_numbers() -> None:
    with pytest.raises(lc.ArgumentError) as error:
        lc.gradient_check(lambda x: record(WrongSquare(), x).sum(), [1.0, 2.0])
    assert "gradient = " in str(error.value)
    assert "(f(x + h d) - f(x - h d)) / 2h" in str(error.value)


def test_a_function_without_a_value_is_refused() -> None:
    with pytest.raises(lc.ArgumentError, match="f = "):
        lc.gradient_check(lambda x: lc.Variable(shape=(2,), name="d"), [1.0])


def test_an_input_that_is_not_used_has_no_gradient() -> None:
    assert lc.gradient_check(lambda x, y: (x * x).sum(), [1.0], [2.0]).error < 1e-8
