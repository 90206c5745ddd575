"""Where a formula is at its edge: lines of unlike size, sums of one entry, a single input."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody gives it

import labcode as lc
from labcode import ops
from labcode.op import Count, Op, Shape, index_dtype

FAR = np.array([[2000.0, 1999.0], [-1.0, 0.0], [-2000.0, -1990.0]])  # each line far from the others


@pytest.mark.parametrize("dim", [1, -1])
def test_lines_of_unlike_size_have_shares_of_their_own(dim: int) -> None:
    x = torch.tensor(FAR)
    np.testing.assert_allclose(lc.softmax(FAR, dim), F.softmax(x, dim), rtol=1e-14)
    np.testing.assert_allclose(lc.log_softmax(FAR, dim), F.log_softmax(x, dim), rtol=1e-14)
    np.testing.assert_allclose(lc.softmax(FAR.T, 0), F.softmax(x.T, 0), rtol=1e-14)
    np.testing.assert_allclose(lc.log_softmax(FAR.T, 0), F.log_softmax(x.T, 0), rtol=1e-14)


def test_inputs_of_unlike_size_have_losses_of_their_own() -> None:
    x = torch.tensor(FAR, requires_grad=True)
    F.cross_entropy(x, torch.tensor([1, 0, 0])).backward()
    ours = lc.Variable(FAR, name="x")
    loss = lc.cross_entropy(ours, [1, 0, 0])
    loss.backward()
    np.testing.assert_allclose(loss.value, F.cross_entropy(x, torch.tensor([1, 0, 0])).item(), rtol=1e-14)
    np.testing.assert_allclose(ours.grad, x.grad, rtol=1e-14)


@pytest.mark.parametrize(
    ("op", "shapes"),
    [
        (ops.Linear(), [(1, 3), (4, 3), (4,)]),
        (ops.Linear(), [(3,), (4, 3), (4,)]),
        (ops.Linear(), [(0, 3), (4, 3), (4,)]),
        (ops.Conv1d(), [(1, 2, 3), (4, 2, 3), (4,)]),
        (ops.ConvTranspose1d(padding=1), [(1, 2, 1), (2, 4, 3), (4,)]),
        (ops.ConvTranspose1d(), [(0, 2, 1), (2, 4, 3), (4,)]),
    ],
    ids=str,
)
def test_a_bias_that_is_used_once_or_never_needs_no_additions(op: Op, shapes: list[Shape]) -> None:
    """Its gradient adds up the output entries of each channel, of which there is one at most."""
    assert prod(op.shape(*shapes)) in (0, 4)
    assert op.count_vjp(2, *shapes) == Count()


@pytest.mark.parametrize("gradient", [[[1], [1, 2]], "ab"])
def test_a_gradient_that_is_no_array_is_refused_by_its_name(gradient: object) -> None:
    x = lc.Variable([1.0, 2.0], name="x")
    with pytest.raises(lc.ArgumentError, match=r"^gradient = "):
        (x * 2.0).backward(gradient)


@pytest.mark.parametrize(
    ("op", "same"),
    [
        (ops.MaxPool2d(2, dilation=(2, 2)), ops.MaxPool2d(2, dilation=2)),
        (ops.AvgPool2d((3, 3), padding=[1, 1]), ops.AvgPool2d(3, stride=(3, 3), padding=1)),
        (ops.Conv2d(groups=np.int64(2), stride=[2]), ops.Conv2d(groups=2, stride=(2, 2))),
        (ops.Conv1d(groups=[2]), ops.Conv1d(groups=2)),
        (ops.Reshape([2, 3]), ops.Reshape((2, 3))),
        (ops.Flip([0, 1]), ops.Flip((0, 1))),
        (ops.CrossEntropy([1, 0]), ops.CrossEntropy(np.array([1, 0]))),
    ],
    ids=str,
)
def test_settings_written_differently_make_one_op(op: Op, same: Op) -> None:
    assert op == same
    assert hash(op) == hash(same)
    assert repr(op) == repr(same)


@pytest.mark.parametrize(("op", "kernel"), [(ops.Conv1d(padding=1), (3, 2, 2)), (ops.ConvTranspose1d(2), (2, 3, 2))])
def test_the_terms_of_a_convolution_say_where_they_read_and_the_bias_is_the_last(op: Op, kernel: Shape) -> None:
    x, w, b = np.arange(8.0).reshape(1, 2, 4), np.ones(kernel), np.array([10.0, 20.0, 30.0])
    for step in op.trace(x, w, b):
        *products, bias = step.terms
        assert [t.factors[0] for t in products] == [x[t.index] if t.inside else 0 for t in products]
        assert all(len(t.index) == x.ndim for t in products)
        assert (bias.index, bias.factors) == ((), (b[step.index[1]],))


@pytest.mark.parametrize(("size", "width"), [(0, 4), (1, 4), (2**31 - 1, 4), (2**31 + 1, 8), (2**32, 8), (2**40, 8)])
def test_positions_are_as_narrow_as_they_may_be(size: int, width: int) -> None:
    dtype = np.dtype(index_dtype(size))
    assert dtype.itemsize == width
    assert np.iinfo(dtype).max >= size - 1
