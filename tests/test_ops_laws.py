"""What every op owes, whatever its settings: the laws, over the list of cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labcode import ops
from labcode.op import Array, Count, Op
from tests.cases import CASES, Case, Example
from tests.counting import Tally
from tests.profiles import times

Law = Callable[[Case, Example, int], None]


def law(test: Law) -> Callable[[Case], None]:
    """Make a test of a law: for every case, over as many examples as the profile says."""

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.op.__name__)
    def over_examples(case: Case) -> None:
        @times(case.effort)
        @given(case.examples, st.integers(0, 2**32 - 2))
        def each(example: Example, seed: int) -> None:
            test(case, example, seed)

        each()

    over_examples.__name__, over_examples.__doc__ = test.__name__, test.__doc__
    return over_examples


def run(op: Op, *inputs: Array) -> Array:
    """The forward pass, as the public functions call it: the shape rule first."""
    op.shape(*(a.shape for a in inputs))
    return op.forward(*inputs)


def assert_close(actual: Array, expected: Array, tolerance: float) -> None:
    """Equal up to `tolerance`, relative to the largest entry (or to 1, the size of the inputs)."""
    assert actual.shape == expected.shape
    scale = max(1.0, np.abs(expected).max(initial=0))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * scale)


def by_torch(example: Example, inputs: list[Array], upstream: Array) -> tuple[Array, list[Array]]:
    """Value and gradients by torch's autograd."""
    tensors = [torch.tensor(a, requires_grad=True) for a in inputs]
    y = example.torch(*tensors)
    grads = torch.autograd.grad(y, tensors, torch.tensor(upstream))
    return y.detach().numpy(), [g.numpy() for g in grads]


def gradients(op: Op, upstream: Array, inputs: list[Array]) -> list[Array]:
    y = run(op, *inputs)
    return [op.vjp(arg, upstream, y, *inputs) for arg in range(len(inputs))]


def test_every_op_has_a_case() -> None:
    exported = {v for v in vars(ops).values() if isinstance(v, type) and issubclass(v, Op)}
    assert {case.op for case in CASES} == exported


@law
def test_the_shape_is_known_before_the_values(case: Case, example: Example, seed: int) -> None:
    inputs = example.arrays(seed)
    shape = example.op.shape(*example.shapes)
    assert shape == example.op.forward(*inputs).shape
    assert shape == tuple(example.torch(*map(torch.tensor, inputs)).shape)


def _agrees_with_torch(example: Example, seed: int, kind: str, dtype: type, tolerance: float) -> None:
    inputs, upstream = example.arrays(seed, kind, dtype), example.upstream(seed, kind, dtype)
    y, grads = by_torch(example, inputs, upstream)
    value = run(example.op, *inputs)
    assert value.dtype == dtype
    assert_close(value, y, tolerance)
    for grad, expected in zip(gradients(example.op, upstream, inputs), grads, strict=True):
        assert grad.dtype == dtype
        assert_close(grad, expected, tolerance)


@law
def test_values_and_gradients_are_those_of_torch_in_float64(case: Case, example: Example, seed: int) -> None:
    _agrees_with_torch(example, seed, "normal", np.float64, 1e-12)


@law
def test_values_and_gradients_are_those_of_torch_in_float32(case: Case, example: Example, seed: int) -> None:
    _agrees_with_torch(example, seed, "normal", np.float32, 1e-5)


@law
def test_ties_and_zeros_are_treated_as_torch_does(case: Case, example: Example, seed: int) -> None:
    _agrees_with_torch(example, seed, "small", np.float64, 1e-12)


@law
def test_partial_derivatives_and_tangents_are_those_of_torch(case: Case, example: Example, seed: int) -> None:
    """The list of partial derivatives is torch's dense Jacobian; a jvp is that matrix times the tangent."""
    for kind in ("distinct", "small"):
        inputs = example.arrays(seed, kind)
        y = run(example.op, *inputs)
        tensors = tuple(map(torch.tensor, inputs))
        matrices = torch.autograd.functional.jacobian(example.torch, tensors)
        for arg, (a, matrix) in enumerate(zip(inputs, matrices, strict=True)):
            expected, found = matrix.numpy().reshape(y.size, a.size), np.zeros((y.size, a.size))
            partials = example.op.partials(arg, y, *inputs)
            np.add.at(found, (partials.rows, partials.columns), partials.values)
            assert len({*zip(partials.rows.tolist(), partials.columns.tolist(), strict=True)}) == len(partials.values)
            assert_close(found, expected, 1e-12)
            tangent = np.random.default_rng(seed).normal(size=a.shape)
            pushed = example.op.jvp(arg, tangent, y, *inputs)
            assert pushed.shape == y.shape
            assert_close(pushed.reshape(y.size), expected @ tangent.ravel(), 1e-12)


@law
def test_partial_derivatives_keep_to_the_dtype(case: Case, example: Example, seed: int) -> None:
    inputs = example.arrays(seed, dtype=np.float32)
    y = run(example.op, *inputs)
    for arg, a in enumerate(inputs):
        assert example.op.partials(arg, y, *inputs).values.dtype == np.float32
        assert example.op.jvp(arg, np.ones_like(a), y, *inputs).dtype == np.float32


@law
def test_gradients_are_the_slopes_of_the_values(case: Case, example: Example, seed: int) -> None:
    """Central differences along a random direction, which touch no rule but `forward`."""
    inputs, upstream = example.arrays(seed, "distinct"), example.upstream(seed)
    rng, step = np.random.default_rng(seed), 1e-5
    for arg, grad in enumerate(gradients(example.op, upstream, inputs)):
        direction = rng.uniform(-1, 1, inputs[arg].shape)
        ends = []
        for sign in (1, -1):
            moved = [*inputs]
            moved[arg] = np.asarray(inputs[arg] + sign * step * direction)
            ends.append((upstream * run(example.op, *moved)).sum())
        expected = (ends[0] - ends[1]) / (2 * step)
        scale = max(1.0, np.abs(upstream * run(example.op, *inputs)).sum())
        assert (grad * direction).sum() == pytest.approx(expected, rel=1e-6, abs=1e-7 * scale)


@law
def test_inputs_are_never_written_to(case: Case, example: Example, seed: int) -> None:
    arrays = [*example.arrays(seed), example.upstream(seed)]
    before = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    *inputs, upstream = arrays
    gradients(example.op, upstream, inputs)
    list(example.op.trace(*inputs))
    for a, kept in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, kept)


MEMORY = {
    "column-major": lambda a: a.copy(order="F"),
    "every other": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    "backwards": lambda a: a[..., ::-1].copy()[..., ::-1] if a.ndim else a,
    "all alike": lambda a: np.broadcast_to(a.flat[0], a.shape),
}


@law
def test_arrays_may_lie_in_memory_as_they_like(case: Case, example: Example, seed: int) -> None:
    arrays = [*example.arrays(seed), example.upstream(seed)]
    for arrange in MEMORY.values():
        *inputs, upstream = [arrange(a) for a in arrays]
        *tidy, tidy_upstream = [a.copy(order="C") for a in (*inputs, upstream)]
        assert_close(run(example.op, *inputs), run(example.op, *tidy), 1e-12)
        pairs = zip(gradients(example.op, upstream, inputs), gradients(example.op, tidy_upstream, tidy), strict=True)
        for grad, expected in pairs:
            assert_close(grad, expected, 1e-12)


@law
def test_an_empty_batch_gives_what_torch_gives(case: Case, example: Example, seed: int) -> None:
    if example.batched:
        empty = replace(example, shapes=((0, *example.shapes[0][1:]), *example.shapes[1:]))
        _agrees_with_torch(empty, seed, "normal", np.float64, 0)
        inputs = empty.arrays(seed)
        y = run(empty.op, *inputs)
        for arg, a in enumerate(inputs):
            assert empty.op.jvp(arg, np.ones_like(a), y, *inputs).shape == y.shape
            assert not empty.op.partials(arg, y, *inputs).values.any()


def fractions(a: Array) -> Array:
    return np.vectorize(Fraction, otypes=[object])(a)


@law
def test_integers_come_out_exactly(case: Case, example: Example, seed: int) -> None:
    """Bit for bit what fractions give in plain loops; a mean is the float nearest to the fraction."""
    for kind in ("small", "large") if case.exact else ():
        inputs = example.arrays(seed, kind, np.int64)
        value = run(example.op, *inputs)
        expected = example.loops(*map(fractions, inputs))
        assert value.shape == expected.shape
        if value.dtype == np.int64:
            assert value.ravel().tolist() == expected.ravel().tolist()
        elif kind == "small":
            assert value.ravel().tolist() == [float(fraction) for fraction in expected.flat]


@law
def test_gradients_are_those_of_plain_loops(case: Case, example: Example, seed: int) -> None:
    """Bit for bit on small integers; where something is divided or not exact, up to rounding."""
    inputs, upstream = example.arrays(seed, "small"), example.upstream(seed, "small")
    for arg, grad in enumerate(gradients(example.op, upstream, inputs)):
        numbers = [fractions(a) if case.exact else a.astype(object) for a in (upstream, *inputs)]
        expected = example.loops_vjp(arg, *numbers).astype(float)
        divided = example.op.count_vjp(arg, *example.shapes).div > 0
        assert_close(grad, expected, 1e-14 if divided or not case.exact else 0)


RULES: dict[str, Callable[..., float]] = {
    "sum": lambda *terms: sum(terms),
    "max": lambda *terms: max(terms),
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "square": lambda x: x * x,
    "relu": lambda x: max(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
}


@law
def test_a_trace_tells_the_values_entry_by_entry(case: Case, example: Example, seed: int) -> None:
    inputs = example.arrays(seed, "small")
    y = run(example.op, *inputs)
    steps = list(example.op.trace(*inputs))
    assert [step.index for step in steps] == list(np.ndindex(y.shape))
    for step in steps:
        terms = [term.value for term in step.terms]
        assert step.value == y[step.index]
        if step.rule == "mean":  # of those positions that count: an integer, at most all of them
            counted = round(sum(terms) / step.value) if step.value else len(terms)
            assert 1 <= counted <= len(terms)
            assert step.value == pytest.approx(sum(terms) / counted)
        elif step.rule == "scale":
            assert step.value == example.op.factor * terms[0]
        elif "softmax" in step.rule:  # the terms are the exponentials of a line, `chosen` is the one that is shared
            share = terms[step.chosen] / sum(terms)
            assert step.value == pytest.approx(share if step.rule == "softmax" else np.log(share))
        else:
            assert step.value == pytest.approx(RULES[step.rule](*terms))
        if step.rule == "max":
            assert terms.index(max(terms)) == step.chosen
            assert step.terms[step.chosen].inside


@law
def test_a_window_reads_where_its_trace_says(case: Case, example: Example, seed: int) -> None:
    """Inside, a term is the input's entry at its index; outside, it is padding, and no entry is there."""
    if case.padding is None:
        return
    (x, *_), filler = (inputs := example.arrays(seed)), case.padding[1]
    for step in example.op.trace(*inputs):
        for term in step.terms:
            there = all(0 <= i < n for i, n in zip(term.index, x.shape, strict=False))
            assert term.inside == there
            if term.index or not x.shape:
                assert term.factors[0] == (x[term.index] if term.inside else filler)


def counted(tally: Tally, a: Array) -> Array:
    return np.vectorize(tally.number, otypes=[object])(a)


def without_padding(count: Count) -> Count:
    """What is left if products with padding, or those that are cut off, are skipped."""
    mul, add = count.mul - count.mul_padding, count.add - count.add_padding
    return replace(count, mul=mul, add=add, mul_padding=0, add_padding=0)


@law
def test_counts_are_those_of_a_number_that_counts(case: Case, example: Example, seed: int) -> None:
    tally, padding = Tally(), {}
    if case.padding:
        name, value, skippable = case.padding
        padding = {name: tally.number(value, skippable)}
    example.loops(*(counted(tally, a) for a in example.arrays(seed)), **padding)
    count = example.op.count(*example.shapes)
    assert (count if case.padding else without_padding(count)) == tally.count


@law
def test_counts_of_gradients_are_those_of_a_number_that_counts(case: Case, example: Example, seed: int) -> None:
    """The loops skip padding, and so do the counts once what they say of padding is taken off."""
    if issubclass(case.op, ops.MaxPool1d | ops.MaxPool2d):  # what it costs depends on the winners
        return
    for arg in range(len(example.shapes)):
        tally = Tally()
        numbers = [counted(tally, a) for a in (example.upstream(seed), *example.arrays(seed))]
        example.loops_vjp(arg, *numbers)
        count = example.op.count_vjp(arg, *example.shapes)
        assert without_padding(count) == tally.count
        if count.mul_padding:  # forward and backward, the same products
            assert count.mul == example.op.count(*example.shapes).mul


READS_ITS_INPUT = (
    ops.ConvTranspose1d,
    ops.ConvTranspose2d,
    ops.Fold,
    ops.Linear,
    ops.MatMul,
    ops.MatVec,
    ops.VecMat,
    ops.Dot,
    ops.Sum,
    ops.Transpose,
    ops.Flip,
    ops.Reshape,
)


@law
def test_the_first_factor_of_a_term_is_the_entry_at_its_index(case: Case, example: Example, seed: int) -> None:
    """Every entry of the first input is found where its term says; a bias says nowhere."""
    if case.op not in READS_ITS_INPUT:
        return
    x, *others = example.arrays(seed)
    for step in example.op.trace(x, *others):
        for term in step.terms:
            if len(term.factors) == 1 and len(others) == 2:
                assert term.index == ()
            else:
                assert term.factors[0] == x[term.index]
