"""The gradient check accepts what is right and refuses what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name PyTorch's documentation uses

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


def test_each_entry_is_checked_against_torch_and_finite_differences() -> None:
    rng = np.random.default_rng(5)
    x, w = rng.normal(size=(3, 4)), rng.normal(size=(2, 2))
    checks = lc.gradient_check_entries(lambda x, w: lc.tanh(lc.conv2d(x, w)).sum(), x, w)
    tx, tw = torch.tensor(x, requires_grad=True), torch.tensor(w, requires_grad=True)
    torch.tanh(F.conv2d(tx[None, None], tw[None, None])).sum().backward()
    assert [(c.arg, c.index) for c in checks] == [(a, i) for a, v in enumerate((x, w)) for i in np.ndindex(v.shape)]
    for check in checks:
        expected = (tx, tw)[check.arg].grad[check.index].item()
        assert check.analytic == pytest.approx(expected, abs=1e-12)
        assert check.numeric == pytest.approx(expected, abs=1e-7)


@dataclass(frozen=True)
class WrongAtOneEntry(ops.Square):
    """A square whose slope is off at the second entry."""

    def slope(self, arg, output, *inputs):
        slope = 2 * inputs[0]
        slope[1] += 1
        return slope


def test_a_wrong_entry_is_named_by_input_and_index() -> None:
    with pytest.raises(lc.ArgumentError, match=r"gradient of input 1 at \(1,\) = 9"):
        lc.gradient_check_entries(lambda a, x: (a * record(WrongAtOneEntry(), x)).sum(), [1.0, 1.0], [3.0, 4.0])


def test_nothing_to_check_is_no_fault() -> None:
    assert lc.gradient_check_entries(lambda x: x.sum(), np.zeros((0,))) == ()
