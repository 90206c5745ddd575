"""What a graph refuses to evaluate, each message told whole: which leaf, what it lacks, what was expected."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import labcode as lc

VALUES = "; rule: evaluate({name: value})"


def product() -> lc.Graph:
    """x · w, of which only w has a value."""
    x = lc.Variable(shape=(2,), name="x")
    return lc.Graph((x * lc.Variable([3.0, 4.0], name="w")).named("y"))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, f"x = no value: expected numbers for this input{VALUES}"),
        ({"w": [1, 2]}, f"x = no value: expected numbers for this input{VALUES}"),
        ({"x": [1, 2], "y": 1, "v": 2}, "inputs = ['v', 'y']: expected names of leaves of this graph"),
        ({"x": ["a", "b"]}, "x = array of <U1: expected numbers of dtype float32, float64, int64"),
        ({"x": [1, 2], "w": [[1], [2, 3]]}, "w = [[1], [2, 3]]: expected a rectangular array of numbers"),
        ({"x": [2**53 + 1, 0]}, "x = an integer beyond 2**53: expected integers that float64 holds exactly"),
        ({"x": [1, 2, 3]}, "other = (2,): expected shape (3,), as input has; rule: *,*->*; in node y"),
    ],
)
def test_a_refusal_is_told_whole(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(lc.ArgumentError) as error:
        product().evaluate(inputs)
    assert str(error.value) == message


def test_a_graph_keeps_neither_what_it_was_given_nor_what_it_refused() -> None:
    graph, inputs = product(), {"x": np.array([5.0, 6.0])}
    assert graph.evaluate(inputs)[-1].tolist() == [15, 24]
    assert list(inputs) == ["x"]
    with pytest.raises(lc.ArgumentError, match=r"^x = no value"):
        graph.evaluate()
