"""Task 1 against torch's layers with the weights inserted and against plain loops; the traps as torch shows them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from labcode import ops, reference
from labcode.lab5 import task1
from labcode.op import Op


def as_module(op: Op, bias: bool = False) -> nn.Module:
    """The torch layer with the settings of an op, our weights inserted as a Parameter."""
    if isinstance(op, ops.MaxPool2d):
        return nn.MaxPool2d(op.kernel_size, op.stride, op.padding, op.dilation, ceil_mode=op.ceil_mode)
    if isinstance(op, ops.AvgPool2d):
        return nn.AvgPool2d(op.kernel_size, op.stride, op.padding, op.ceil_mode, op.count_include_pad)
    assert isinstance(op, ops.Conv2d)
    layer = nn.Conv2d(1, 1, task1.W.shape, op.stride, op.padding, op.dilation, bias=bias)
    layer.weight = nn.Parameter(torch.tensor(task1.W, dtype=torch.float64)[None, None])
    return layer.double()


def by_torch(op: Op, bias: bool = False) -> np.ndarray:
    with torch.no_grad():
        return as_module(op, bias)(torch.tensor(task1.X, dtype=torch.float64)[None, None])[0, 0].numpy()


OPS = [task1.CONV, task1.STRIDED, task1.POOL]


@pytest.mark.parametrize(("question", "op"), list(zip(task1.QUESTIONS, OPS, strict=True)), ids=["1.1", "1.2", "1.3"])
def test_answers_as_torch(question, op: Op) -> None:
    np.testing.assert_array_equal(question.answer(), by_torch(op))


def test_published_answers() -> None:
    assert task1.conv().tolist() == [[3, -4], [1, 6]]
    assert task1.strided().tolist() == [[2, 0], [0, 2]]
    assert task1.pool().tolist() == [[1], [2], [0]]


def test_answers_as_plain_loops() -> None:
    assert reference.correlate(task1.X.tolist(), task1.W.tolist()) == task1.conv().tolist()
    padded = np.pad(task1.X, 1).tolist()
    every = reference.correlate(padded, task1.W.tolist())
    assert [row[::3] for row in every[::3]] == task1.strided().tolist()


SLIPS = [*task1.SLIPS, *task1.STRIDED_SLIPS, *task1.POOL_SLIPS]


@pytest.mark.parametrize("slip", [s for s in SLIPS if not (s.flip or s.transpose)], ids=lambda s: s.name)
def test_slips_are_what_torch_gives_for_the_same_slip(slip: task1.Variant) -> None:
    np.testing.assert_array_equal(slip(), by_torch(slip.op))


def test_published_slips() -> None:
    results = [slip().tolist() for slip in SLIPS]
    assert results == [
        [[1, -2], [4, 4]],
        [[1, -3], [2, 5]],
        [[3]],
        [[2, 0, 4, 0], [3, 3, -4, 2], [-2, 1, 6, -1], [0, 0, -2, 2]],
        [[3]],
        [[0, 0], [0, 6]],
        [[2, 0, 4, 0], [3, 3, -4, 2], [-2, 1, 6, -1], [0, 0, -2, 2]],
        [[2, 4], [-2, 6]],
        [[1, -2], [0, 4]],
        [[1, 2], [2, 1], [0, 2]],
        [[2, 1, 2]],
        [[2]],
        [[1, 2], [2, -1], [0, 2]],
        [[0.5], [1.5], [0]],
    ]


@pytest.mark.parametrize("slips", [task1.SLIPS, task1.STRIDED_SLIPS, task1.POOL_SLIPS])
def test_every_slip_differs_from_the_answer(slips: tuple[task1.Variant, ...]) -> None:
    answer = {task1.SLIPS: task1.conv, task1.STRIDED_SLIPS: task1.strided, task1.POOL_SLIPS: task1.pool}[slips]()
    assert all(slip().shape != answer.shape or (slip() != answer).any() for slip in slips)


def test_the_dilated_layer_looks_half_right() -> None:
    assert task1.SLIPS[2]().tolist() == [[task1.conv()[0, 0]]]


def test_a_default_bias_moves_every_entry_by_one_constant_within_its_bound() -> None:
    for seed in range(50):
        torch.manual_seed(seed)
        difference = by_torch(task1.CONV, bias=True) - task1.conv()
        assert np.ptp(difference) < 1e-12
        assert 0 < abs(difference[0, 0]) <= task1.BIAS_BOUND


def test_data_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        task1.X[0, 0] = 5
