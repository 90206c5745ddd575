"""What the laws do not reach: infinities, not-a-number, sizes that only show at the border."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody gives it
from hypothesis import given
from hypothesis import strategies as st

import labcode as lc
from labcode import ops
from labcode.geometry import Window
from labcode.op import Count, match_signature
from labcode.ops import im2col as im2col_module
from labcode.ops.im2col import Reads, col2im, im2col
from tests.cases import CASES, Case, Example
from tests.cases.windows import avg_pools, convs, max_pools, transposed_convs
from tests.profiles import times
from tests.test_ops_laws import assert_close, by_torch, gradients, run

inf, nan = np.inf, np.nan


@times(10)
@given(max_pools(2), st.integers(0, 2**32 - 2), st.sampled_from([-inf, inf]))
def test_the_winner_of_a_window_is_that_of_torch(example, seed: int, infinity: float) -> None:
    """Ties among the input, and with the −∞ that padding holds: the first entry of the input wins."""
    (x,) = example.arrays(seed, "small")
    x[x < -1] = infinity
    op = example.op
    y, indices = F.max_pool2d(
        torch.tensor(x)[(None,) * (3 - x.ndim)],
        *(op.kernel_size, op.stride, op.padding, op.dilation, op.ceil_mode),
        return_indices=True,
    )
    assert op.forward(x).tolist() == y.reshape(op.shape(x.shape)).tolist()
    assert op.indices(x).ravel().tolist() == indices.ravel().tolist()
    ours = lc.max_pool2d(x, op.kernel_size, op.stride, op.padding, op.dilation, op.ceil_mode, return_indices=True)
    assert [a.ravel().tolist() for a in ours] == [y.ravel().tolist(), indices.ravel().tolist()]
    grad = op.vjp(0, np.ones(op.shape(x.shape)), op.forward(x), x)
    assert grad.sum() == y.numel()


@times(10)
@given(max_pools(2), st.integers(0, 2**32 - 2))
def test_what_is_no_number_wins_as_in_torch(example, seed: int) -> None:
    """The last NaN of a window takes its gradient; no other window's is touched."""
    (x,), op = example.arrays(seed, "small"), example.op
    x[x < -1] = nan
    upstream = example.upstream(seed, "small")
    y, (grad,) = by_torch(example, [x], upstream)
    np.testing.assert_array_equal(op.forward(x), y)
    np.testing.assert_array_equal(op.vjp(0, upstream, op.forward(x), x), grad)
    for step in op.trace(x):
        np.testing.assert_array_equal(step.value, step.terms[step.chosen].value)


def test_what_is_no_number_leaves_the_dtype_as_it_is() -> None:
    x = np.array([1, nan, 2], np.float32)
    assert ops.MaxPool1d(2, 1).vjp(0, np.ones(2, np.float32), ops.MaxPool1d(2, 1).forward(x), x).dtype == np.float32


@times(10)
@given(max_pools(2), st.integers(0, 2**32 - 2))
def test_an_infinite_gradient_stays_in_its_window(example, seed: int) -> None:
    (x,), upstream = example.arrays(seed, "small"), example.upstream(seed, "small")
    upstream[upstream < -1] = inf
    y, (grad,) = by_torch(example, [x], upstream)
    np.testing.assert_array_equal(example.op.vjp(0, upstream, y, x), grad)


@pytest.mark.parametrize("function", ["max_pool1d", "avg_pool1d"])
@pytest.mark.parametrize("padding", [0, 1])
def test_what_is_no_number_stays_none(function: str, padding: int) -> None:
    x = np.array([1.0, nan, 3.0, 4.0, 5.0])
    ours = getattr(lc, function)(x, 2, 1, padding)
    theirs = getattr(F, function)(torch.tensor(x)[None], 2, 1, padding)[0]
    np.testing.assert_array_equal(ours, theirs.numpy())


POINTWISE = [case for case in CASES if hasattr(case.op, "slope")]


@pytest.mark.parametrize("case", POINTWISE, ids=lambda case: case.op.__name__)
def test_the_slope_is_the_diagonal_of_the_jacobian(case: Case) -> None:
    @given(case.examples, st.integers(0, 2**32 - 2))
    def each(example: Example, seed: int) -> None:
        inputs = example.arrays(seed)
        y = example.op.forward(*inputs)
        for arg in range(len(inputs)):
            slope = example.op.slope(arg, y, *inputs)
            assert slope.shape == y.shape
            np.testing.assert_allclose(slope, example.op.vjp(arg, np.ones_like(y), y, *inputs), rtol=1e-15)

    each()


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
@pytest.mark.parametrize("function", ["softmax", "log_softmax"])
def test_shares_of_nothing(function: str, shape: tuple[int, ...]) -> None:
    for dim in range(len(shape)):
        assert getattr(lc, function)(np.ones(shape), dim).shape == getattr(F, function)(torch.ones(shape), dim).shape


def test_integers_are_pooled_as_they_are() -> None:
    lowest = np.iinfo(np.int64).min
    x = np.array([[lowest, lowest], [2**60 + 1, 2**60]])
    assert lc.max_pool2d(x, 2, 1, 1).tolist() == [
        [lowest, lowest, lowest],
        [2**60 + 1, 2**60 + 1, 2**60],
        [2**60 + 1, 2**60 + 1, 2**60],
    ]
    assert lc.max_pool2d(x, 2, 1, 1, return_indices=True)[1].tolist() == [[0, 0, 1], [2, 2, 3], [2, 2, 3]]


def test_the_logistic_function_does_not_overflow() -> None:
    assert lc.sigmoid([-1000.0, 0.0, 1000.0]).tolist() == [0, 0.5, 1]


@times(10)
@given(
    st.lists(
        st.builds(Window, st.integers(1, 3), st.integers(1, 3), st.tuples(*[st.integers(0, 2)] * 2), st.integers(1, 2)),
        min_size=1,
        max_size=3,
    ),
    st.integers(0, 2**32 - 1),
)
def test_col2im_is_the_transpose_of_im2col(windows: list[Window], seed: int) -> None:
    """⟨im2col(x), c⟩ = ⟨x, col2im(c)⟩ for all x and c, whatever the number of axes."""
    rng = np.random.default_rng(seed)
    shape = (2, 2, *(max(1, w.extent - sum(w.padding)) + rng.integers(0, 4) for w in windows))
    x = rng.integers(-9, 10, shape)
    columns = im2col(x, windows)
    other = rng.integers(-9, 10, columns.shape)
    assert (columns * other).sum() == (x * col2im(other, windows, shape)).sum()


@pytest.fixture(params=[1, 256, 4096])
def workspace(request: pytest.FixtureRequest) -> Iterator[int]:
    """So few bytes for columns, and none that count as few, that small inputs go the way of large ones."""
    im2col_module.cut.cache_clear()
    with mock.patch.multiple(im2col_module, WORKSPACE=request.param, SMALL=0):
        yield request.param
    im2col_module.cut.cache_clear()


@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize("kind", [convs, transposed_convs, max_pools, avg_pools])
def test_strips_make_no_difference(workspace: int, kind: Callable[[int], st.SearchStrategy], axes: int) -> None:
    @times(4)
    @given(kind(axes), st.integers(0, 2**32 - 2))
    def each(example, seed: int) -> None:
        assert Reads.of([Window(1)], (1, 1, 1)) is None
        inputs, upstream = example.arrays(seed), example.upstream(seed)
        value, grads = by_torch(example, inputs, upstream)
        assert_close(run(example.op, *inputs), value, 1e-12)
        for grad, expected in zip(gradients(example.op, upstream, inputs), grads, strict=True):
            assert_close(grad, expected, 1e-12)

    each()


@pytest.mark.parametrize("name", ["zeros", "ones"])
def test_a_small_input_and_a_large_one_have_the_same_border(name: str) -> None:
    """Padding is 0 to a sum and −∞ to a maximum, whichever entry stands where the positions of padding point."""
    x = getattr(np, name)((2, 2)) - 5
    for op in (ops.MaxPool2d(3, 1, 1), ops.AvgPool2d(3, 1, 1), ops.Conv2d(padding=1)):
        inputs = (x, np.ones((3, 3))) if isinstance(op, ops.Conv2d) else (x,)
        small = op.forward(*inputs)
        with mock.patch.object(im2col_module, "SMALL", 0):
            assert small.tolist() == replace(op).forward(*inputs).tolist()
        x[1, 1] = nan  # what the last position holds stays where it is
        assert np.isnan(op.forward(*inputs)).sum() == 4
        x[1, 1] = -5


def test_a_convolution_takes_a_workspace_and_no_im2col_matrix() -> None:
    op, x, w = ops.Conv2d(padding=1), np.ones((1, 64, 56, 56)), np.ones((64, 64, 3, 3))
    matrix = 64 * 3 * 3 * 56 * 56 * x.itemsize
    y = op.forward(x, w)
    calls = [(y, lambda: op.forward(x, w)), (x, lambda: op.vjp(0, y, y, x, w)), (w, lambda: op.vjp(1, y, y, x, w))]
    for result, call in calls:
        tracemalloc.start()
        call()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 2 * result.nbytes + 2 * im2col_module.WORKSPACE < matrix / 2


@pytest.mark.parametrize(
    ("op", "additions"),
    [
        (ops.MaxPool1d(2), 0),  # windows side by side: each gradient has an entry of its own
        (ops.MaxPool1d(2, 3), 0),
        (ops.MaxPool1d(2, 1), 6 * 5),  # an entry under two windows may win both
        (ops.MaxPool1d(3, 2), 6 * 2),
    ],
)
def test_gradients_of_a_maximum_are_added_where_windows_overlap(op: ops.MaxPool1d, additions: int) -> None:
    assert op.count_vjp(0, (2, 3, 6)) == Count(add=additions)


def test_counts_add_and_multiply_kind_by_kind() -> None:
    one = Count(1, 2, 3, 4, 5, 6, 7)
    assert one + one == one * 2 == Count(2, 4, 6, 8, 10, 12, 14)


@pytest.mark.parametrize(
    ("signature", "shapes", "expected"),
    [
        ("mk,kn->mn", [(4, 6), (6, 1)], (4, 1)),
        ("mk,kn->mn", [(4, None), (6, 1)], (4, 1)),
        ("mk,kn->mn", [(None, 6), (6, 1)], (None, 1)),
        ("mn->nm", [(None, 2)], (2, None)),
        ("k,k->", [(3,), (None,)], ()),
        ("*,*->*", [(2, 3), (2, 3)], (2, 3)),
        ("*,*->*", [(2, None), (None, 3)], (2, 3)),
        ("*,*->*", [(None, 3), (2, None)], (2, 3)),
        ("*,*->*", [(None,), (None,)], (None,)),
        (",k->k", [(), (3,)], (3,)),
        ("*->", [(2, 3)], ()),
    ],
)
def test_signatures_relate_shapes(signature: str, shapes: list, expected: tuple) -> None:
    assert match_signature(signature, shapes, ["input", "other"]) == expected


def test_a_rank_that_should_be_none_is_told_as_a_scalar() -> None:
    with pytest.raises(lc.ArgumentError, match=r"input = \(2,\): expected a shape of 0 dimensions \(a scalar\)"):
        match_signature(",k->k", [(2,), (3,)], ["input", "other"])


@pytest.mark.parametrize("padding", ["same", "valid", 1, (1,)])
def test_settings_are_one_integer_for_each_axis_once_an_op_is_made(padding: object) -> None:
    op = ops.Conv2d(2 if padding != "same" else 1, padding, [1], 1)
    assert op.padding == (padding if isinstance(padding, str) else (1, 1))
    assert (op.dilation, op.groups) == ((1, 1), 1)
    assert op == ops.Conv2d(op.stride, op.padding, op.dilation)
    assert hash(op) == hash(ops.Conv2d(op.stride, op.padding, op.dilation))


def test_the_gradient_of_a_bias_of_one_entry_adds_nothing() -> None:
    for op in (ops.Conv1d(), ops.ConvTranspose1d()):
        assert op.count_vjp(2, (1,), (1,), ()).add == 0
        assert op.count_vjp(2, (2, 1, 3), (1, 1, 1), (1,)).add == 5


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(lc.ArgumentError) as error:
        call()
    return str(error.value)


def test_a_dilated_window_that_misses_the_input_is_refused_and_a_plain_one_never_does() -> None:
    assert refusal(lambda: lc.max_pool1d([1.0, 2.0, 3.0, 4.0], 2, padding=1, dilation=5)) == (
        "dilation = 5: expected a window that never misses an input of 4; rule: each window holds an input"
    )
    wide = ops.MaxPool1d(2, 1, 1, dilation=3)  # its first window reads -1 and 2, its last 1 and 4: one of them inside
    assert wide.forward(np.arange(4.0)).tolist() == F.max_pool1d(torch.arange(4.0)[None], 2, 1, 1, 3)[0].tolist()
    assert ops.MaxPool1d(2, 1, 1).shape((1,)) == (2,)


def test_a_transposed_convolution_of_nothing_or_to_nothing_is_refused() -> None:
    rule = "rule: output = (input - 1)*stride - 2*padding + dilation*(kernel - 1) + output_padding + 1"
    assert refusal(lambda: lc.conv_transpose1d(np.zeros((1, 1, 0)), np.ones((1, 1, 2)))) == (
        f"input size = 0: expected at least 1 position; {rule}"
    )
    assert refusal(lambda: lc.conv_transpose1d(np.ones((1, 1, 2)), np.ones((1, 1, 2)), padding=2)) == (
        f"padding = 2: expected less, for an output of at least 1 and not -1; {rule}"
    )
    assert lc.conv_transpose1d([1.0, 2.0], [3.0, 4.0], padding=1).tolist() == [10.0]


@pytest.mark.parametrize("bare", [False, True])
def test_the_means_of_a_batch_share_their_gradient_image_by_image(bare: bool) -> None:
    shape = (4, 5) if bare else (2, 3, 4, 5)
    x = np.random.default_rng(0).normal(size=shape)
    v, t = lc.Variable(x), torch.tensor(x.reshape(-1, 1, 4, 5), requires_grad=True)
    y = lc.avg_pool2d(v, (2, 3), 1)
    y.backward(np.arange(float(y.value.size)).reshape(y.shape))
    F.avg_pool2d(t, (2, 3), 1).backward(torch.arange(float(y.value.size), dtype=torch.float64).reshape(-1, 1, 3, 3))
    np.testing.assert_allclose(v.grad, t.grad.numpy().reshape(shape), atol=1e-12)


def test_a_trace_of_a_linear_layer_ends_with_the_bias_of_its_output() -> None:
    x, w, b = np.arange(12.0).reshape(2, 3, 2), np.arange(8.0).reshape(4, 2), np.array([10.0, 20.0, 30.0, 40.0])
    for step in ops.Linear().trace(x, w, b):
        assert step.terms[-1].index == ()
        assert step.terms[-1].factors == (b[step.index[2]],)


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_a_trace_of_a_softmax_shows_exponentials_below_the_largest_of_the_line(dim: int) -> None:
    x = np.array([[0.0, 5.0, 1.0], [2.0, -3.0, 9.0]])
    for step in ops.Softmax(dim).trace(x):
        line = x[:, step.index[1]] if dim == 0 else x[step.index[0]]
        assert [t.value for t in step.terms] == np.exp(line - line.max()).tolist()
        assert step.terms[step.chosen].index == step.index
    (step,) = ops.Softmax(0).trace(np.array(3.0))
    assert (step.terms[0].index, step.chosen, step.value) == ((), 0, 1.0)


def test_a_trace_of_a_cross_entropy_reads_each_line_at_its_class() -> None:
    x = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 5.0]])
    (step,) = ops.CrossEntropy((2, 0)).trace(x)
    assert [t.index for t in step.terms] == [(0, 2), (1, 0)]
    (single,) = ops.CrossEntropy(1).trace(x[0])
    assert [t.index for t in single.terms] == [(1,)]
    losses = F.cross_entropy(torch.tensor(x), torch.tensor([2, 0]), reduction="none")
    assert [t.value for t in step.terms] == pytest.approx(losses.tolist())


def test_terms_of_a_squared_error_say_which_entries_meet() -> None:
    a, b = np.array([1.0, 4.0]), np.array([2.0, 2.0])
    (step,) = ops.SquaredError().trace(a, b)
    assert [(t.index, t.value) for t in step.terms] == [((0,), 1.0), ((1,), 4.0)]
    (step,) = ops.PairwiseSquaredError().trace(a[:, None], b[:1, None])
    assert [(t.index, t.value) for t in step.terms] == [((0, 0), 1.0), ((1, 0), 4.0)]


@pytest.mark.parametrize(("dim", "shape"), [(-1, (2, 0)), (0, (0, 3)), (0, (3, 0)), (1, (2, 0, 4))])
def test_shares_of_nothing_cost_nothing(dim: int, shape: tuple[int, ...]) -> None:
    for op in (ops.Softmax(dim), ops.LogSoftmax(dim)):
        assert op.count(shape) == op.count_vjp(0, shape) == Count()
    assert ops.Softmax(0).count(()) == ops.Softmax(0).count((1,)) == Count(add=1, special=1, div=1)
