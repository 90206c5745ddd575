"""The roofline: two numbers of a machine, and what they bound."""

from __future__ import annotations

from itertools import count

import pytest

from labcode.cost import Roofline, measure_roofline, roofline
from labcode.errors import ArgumentError


@pytest.mark.parametrize(("intensity", "best"), [(0, 0), (1, 20), (4.5, 90), (5, 100), (6, 100), (1000, 100)])
def test_work_is_bound_by_memory_below_the_ridge_and_by_the_processor_above(intensity: float, best: float) -> None:
    assert Roofline(100, 20).attainable(intensity) == best


def test_time_is_that_of_the_slower_of_moving_and_computing() -> None:
    machine = Roofline(100, 20)
    assert machine.seconds(flop=10**11, traffic=10**9) == 1
    assert machine.seconds(flop=10**9, traffic=10**11) == 5


@pytest.mark.parametrize("name", ["peak", "bandwidth"])
@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan"), "fast", True, None])
def test_a_machine_has_positive_numbers(name: str, value: object) -> None:
    with pytest.raises(ArgumentError, match=f"{name} = .*expected a positive number"):
        Roofline(**{"peak": 1, "bandwidth": 1, name: value})


def test_a_measurement_counts_what_was_done_in_the_time_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock on which each run takes half a second."""
    ticks = count(step=0.5)
    monkeypatch.setattr(roofline, "perf_counter", lambda: next(ticks))
    found = measure_roofline()
    products = sum(1 for _ in range(roofline.SIDE)) ** 3
    assert found.peak == pytest.approx(2 * products / 0.5 / 1e9, rel=5e-3)
    assert found.bandwidth == pytest.approx((64 * 2**20) * 2 / 0.5 / 1e9, rel=5e-3)
