"""Task 2 against torch autograd, finite differences and exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name PyTorch's documentation uses

import labcode as lc
from labcode.lab5 import task2


def exact(x: tuple[int, ...], w: list[Fraction]) -> tuple[list[Fraction], Fraction, list[int]]:
    """Every step by hand, in fractions: z, f, and the window that wins."""
    windows = [list(x[p : p + len(w)]) for p in range(len(x) - len(w) + 1)]
    z = [sum((a * b for a, b in zip(w, window, strict=True)), Fraction(0)) for window in windows]
    return z, max(z), windows[z.index(max(z))]


def test_every_value_and_the_step_are_exact() -> None:
    z, f, window = exact(task2.X, [Fraction(v) for v in task2.W])
    graph = task2.graph()
    values = graph.evaluate()
    assert values[graph.index("z")].tolist() == z
    assert values[graph.index("f")].tolist() == [f]
    assert task2.gradient().tolist() == window
    stepped = [Fraction(a) - task2.ALPHA * g for a, g in zip(task2.W, window, strict=True)]
    w_after, f_after = task2.step()
    assert w_after.tolist() == stepped
    assert f_after == exact(task2.X, stepped)[1]


def test_published_answers() -> None:
    assert task2.gradient().tolist() == [2, 1]
    w_after, f_after = task2.step()
    assert w_after.tolist() == [0, -0.5]
    assert f_after == -0.5


@pytest.mark.parametrize("x", [task2.X, task2.TIED_X, (0, 3, -1)])
def test_gradient_as_torch_gives_it(x: tuple[int, ...]) -> None:
    tx, tw = (
        torch.tensor([[x]], dtype=torch.float64),
        torch.tensor([[task2.W]], dtype=torch.float64, requires_grad=True),
    )
    F.max_pool1d(F.conv1d(tx, tw), task2.POOL).backward()
    np.testing.assert_array_equal(task2.gradient(x), tw.grad[0, 0].numpy())


def test_gradient_by_finite_differences() -> None:
    def f(w: lc.Variable) -> lc.Variable:
        return lc.max_pool1d(lc.conv1d(lc.Variable(task2.X, "x", requires_grad=False), w), task2.POOL)

    assert lc.gradient_check(f, task2.W).error < 1e-8


def test_the_tie_is_a_tie_between_different_windows() -> None:
    z, f, _ = exact(task2.TIED_X, [Fraction(v) for v in task2.W])
    assert z.count(f) > 1
    windows = {task2.TIED_X[p : p + len(task2.W)] for p in range(len(z))}
    assert len(windows) == len(z)
