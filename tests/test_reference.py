"""The plain loops, which the ops are checked against, are themselves checked: by torch and by each other."""

from __future__ import annotations

import ast
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody gives it
from hypothesis import given
from hypothesis import strategies as st

from labcode import reference
from tests.profiles import times

small = st.integers(1, 4)


def matrices(rows: int, columns: int) -> st.SearchStrategy[list[list[int]]]:
    entries = st.lists(st.integers(-9, 9), min_size=columns, max_size=columns)
    return st.lists(entries, min_size=rows, max_size=rows)


@times(10)
@given(st.data())
def test_the_idea_is_what_the_whole_is_without_its_settings(data: st.DataObject) -> None:
    kernel_shape = data.draw(small), data.draw(small)
    shape = [k + data.draw(st.integers(0, 3)) for k in kernel_shape]
    image, kernel = data.draw(matrices(*shape)), data.draw(matrices(*kernel_shape))
    y = reference.correlate(image, kernel)
    assert reference.conv2d([[image]], [[kernel]]) == [[y]]
    assert y == F.conv2d(torch.tensor([[image]]), torch.tensor([[kernel]]))[0, 0].tolist()
    assert reference.convolve(image, kernel) == reference.correlate(image, np.array(kernel)[::-1, ::-1].tolist())


@times(10)
@given(small, small, small, st.integers(0, 2), st.data())
def test_unfold_and_fold_are_those_of_torch(k: int, s: int, d: int, p: int, data: st.DataObject) -> None:
    size = d * (k - 1) + 1 + data.draw(st.integers(0, 4))
    x = data.draw(matrices(size, size))
    sides = ((p, p), (p, p))
    columns = reference.unfold([[x]], (k, k), (d, d), sides, (s, s))
    tensor = torch.tensor([[x]], dtype=torch.float64)
    assert columns == F.unfold(tensor, k, d, p, s).tolist()
    back = reference.fold(columns, (size, size), (k, k), (d, d), sides, (s, s))
    assert back == F.fold(F.unfold(tensor, k, d, p, s), (size, size), k, d, p, s).tolist()


@times(5)
@given(matrices(2, 5), st.integers(0, 4))
def test_softmax_and_cross_entropy_are_those_of_torch(rows: list[list[int]], target: int) -> None:
    for row in rows:
        x = torch.tensor(row, dtype=torch.float64)
        np.testing.assert_allclose(reference.softmax(row), F.softmax(x, dim=0), rtol=1e-14)
        expected = F.cross_entropy(x, torch.tensor(target)).item()
        np.testing.assert_allclose(reference.cross_entropy(row, target), expected, rtol=1e-9, atol=1e-12)


def test_fractions_stay_fractions() -> None:
    third = Fraction(1, 3)
    assert reference.correlate([[third, 1]], [[3, third]]) == [[Fraction(4, 3)]]
    (((mean,),),) = reference.avg_pool2d([[[[Fraction(1), Fraction(0), Fraction(1)]]]], (1, 3))[0]
    assert (mean, type(mean)) == (Fraction(2, 3), Fraction)


def test_softmax_of_large_numbers_does_not_overflow() -> None:
    assert reference.softmax([1000.0, 1000.0]) == [0.5, 0.5]
    assert reference.sigmoid(-700.0) > 0


def test_the_loops_share_no_code_with_the_ops() -> None:
    tree = ast.parse(Path(reference.__file__).read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert modules == {"__future__", "collections", "collections.abc", "functools", "math", "operator", "typing"}
