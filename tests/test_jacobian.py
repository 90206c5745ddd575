"""Jacobians against torch.func, the closed forms, finite directions, and the chain against backward."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import scipy.sparse
import torch
import torch.nn.functional as F  # noqa: N812 - the name PyTorch's documentation uses
from hypothesis import given
from hypothesis import strategies as st

import labcode as lc
from labcode import closed_form, ops
from labcode.geometry import Window
from labcode.graph import record

SMALL = st.integers(1, 3)
SEEDS = st.integers(0, 2**32 - 1)


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def torch_jacobian(f, x: np.ndarray) -> np.ndarray:
    """Row-major Jacobian by torch.func.jacrev."""
    jac = torch.func.jacrev(f)(torch.tensor(x))
    return jac.reshape(-1, x.size).numpy()


@given(SEEDS, SMALL, SMALL, SMALL, st.integers(0, 1))
def test_convolution_by_input_and_weight_as_torch(seed: int, channels: int, stride: int, k: int, padding: int) -> None:
    x, w = normal(seed, 1, channels, 4, 5), normal(seed + 1, 2, channels, k, k)
    vx, vw = lc.Variable(x, "x"), lc.Variable(w, "w")
    y = lc.conv2d(vx, vw, stride=stride, padding=padding)
    by_x = torch_jacobian(lambda t: F.conv2d(t, torch.tensor(w), stride=stride, padding=padding), x)
    by_w = torch_jacobian(lambda t: F.conv2d(torch.tensor(x), t, stride=stride, padding=padding), w)
    np.testing.assert_allclose(lc.jacobian(y, vx, order="C"), by_x, atol=1e-12)
    np.testing.assert_allclose(lc.jacobian(y, vw, order="C"), by_w, atol=1e-12)


@given(SEEDS, st.integers(1, 4), st.integers(1, 4))
def test_matrix_product_by_its_matrix_is_a_kronecker_product(seed: int, m: int, n: int) -> None:
    W, x = lc.Variable(normal(seed, m, n), "W"), lc.Variable(normal(seed + 1, n, 1), "x")
    z = W @ x
    for order in ("F", "C"):
        expected = closed_form.kronecker(x.value, m, order)
        np.testing.assert_array_equal(lc.jacobian(z, W, order=order), expected)
    np.testing.assert_array_equal(lc.jacobian(z, x), W.value)


@given(SEEDS, st.integers(1, 3), st.integers(1, 3), st.integers(0, 2), st.integers(1, 2))
def test_convolution_is_a_toeplitz_matrix(seed: int, k: int, stride: int, padding: int, dilation: int) -> None:
    x, w = normal(seed, 6, 7), normal(seed + 1, k, k)
    op = ops.Conv2d(stride, padding, dilation)
    vx = lc.Variable(x, "x")
    y = lc.conv2d(vx, w, stride=stride, padding=padding, dilation=dilation)
    matrix = closed_form.toeplitz(w, op.windows(w.shape), x.shape)
    np.testing.assert_array_equal(lc.jacobian(y, vx, order="C"), matrix)
    np.testing.assert_allclose(matrix @ x.ravel(), y.value.ravel(), atol=1e-12)


@given(SEEDS, SMALL, SMALL, st.integers(1, 2), st.integers(0, 2), st.booleans())
def test_channels_make_blocks_of_toeplitz_matrices(
    seed: int, channels: int, kernels: int, stride: int, padding: int, sparse: bool
) -> None:
    x, w = normal(seed, channels, 5, 4), normal(seed + 1, kernels, channels, 2, 3)
    matrix = closed_form.toeplitz(w, ops.Conv2d(stride, padding).windows(w.shape[2:]), x.shape[1:], sparse)
    y = F.conv2d(torch.tensor(x), torch.tensor(w), stride=stride, padding=padding)
    np.testing.assert_allclose(matrix @ x.ravel(), y.numpy().ravel(), atol=1e-12)
    assert scipy.sparse.issparse(matrix) == sparse


def test_a_toeplitz_matrix_needs_a_window_for_each_axis_of_the_kernel() -> None:
    with pytest.raises(lc.ArgumentError, match=r"w = shape \(2, 2, 2\) with sizes \(4, 4\)"):
        closed_form.toeplitz(np.ones((2, 2, 2)), [Window(2), Window(2)], [4, 4])


@given(SEEDS, st.integers(1, 3), st.integers(1, 3))
def test_max_pooling_is_a_selection(seed: int, k: int, stride: int) -> None:
    x = lc.Variable(normal(seed, 5, 6), "x")
    y, winners = lc.max_pool2d(x.value, k, stride, return_indices=True)
    expected = closed_form.selection(winners.ravel(), x.value.size)
    np.testing.assert_array_equal(lc.jacobian(lc.max_pool2d(x, k, stride), x, order="C"), expected)
    np.testing.assert_array_equal(expected @ x.value.ravel(), y.ravel())


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
@given(seed=SEEDS)
def test_elementwise_ops_are_diagonal(name: str, seed: int) -> None:
    x = lc.Variable(normal(seed, 2, 3), "x")
    slopes = torch_jacobian(getattr(torch, name), x.value).diagonal()
    result = lc.jacobian(getattr(lc, name)(x), x, order="C")
    np.testing.assert_allclose(result, closed_form.diagonal(slopes), atol=1e-12)


def branching(seed: int) -> tuple[lc.Variable, lc.Variable, lc.Variable]:
    """x reaches f on three paths, one of them through itself twice."""
    x, w = lc.Variable(normal(seed, 6), "x"), lc.Variable(normal(seed + 1, 3), "w")
    z = lc.conv1d(x, w).named("z")
    f = (lc.max_pool1d(z, 2) + lc.conv1d(z * z, lc.Variable([1.0, -1.0, 0.5], "v"))).named("f")
    return x, w, f


@given(SEEDS)
def test_edge_jacobians_multiplied_along_all_paths_equal_backward(seed: int) -> None:
    x, w, f = branching(seed)
    graph = lc.Graph(f)
    values = graph.evaluate()
    paths: list[np.ndarray | int] = [0] * len(graph.nodes)
    paths[-1] = np.eye(f.value.size)
    for edge in reversed(graph.edges):
        local = lc.edge_jacobian(graph, edge, values)
        paths[edge.source] = paths[edge.source] + paths[edge.target] @ local
    for v in (x, w):
        np.testing.assert_allclose(lc.jacobian(f, v), paths[graph.index(v)], atol=1e-12)


@given(SEEDS)
def test_products_with_vectors_form_no_jacobian_and_agree_with_it(seed: int) -> None:
    x, _, f = branching(seed)
    u, v = normal(seed + 2, *x.shape), normal(seed + 3, *f.shape)
    matrix = lc.jacobian(f, x)
    np.testing.assert_allclose(lc.jvp(f, x, u), matrix @ u, atol=1e-12)
    np.testing.assert_allclose(lc.vjp(f, x, v), v @ matrix, atol=1e-12)


@given(SEEDS)
def test_jvp_is_the_directional_derivative(seed: int) -> None:
    x, u = normal(seed, 2, 3), normal(seed + 1, 2, 3)
    h = 1e-6

    def f(at: np.ndarray) -> lc.Variable:
        v = lc.Variable(at, "x")
        return lc.tanh(v * v + v)

    v = lc.Variable(x, "x")
    y = lc.tanh(v * v + v)
    numeric = (f(x + h * u).value - f(x - h * u).value) / (2 * h)
    np.testing.assert_allclose(lc.jvp(y, v, u), numeric, atol=1e-7)


@given(SEEDS)
def test_orders_are_permutations_and_layouts_are_transposes_of_each_other(seed: int) -> None:
    A, B = lc.Variable(normal(seed, 2, 3), "A"), lc.Variable(normal(seed + 1, 3, 2), "B")
    y = A @ B
    f_order, c_order = lc.jacobian(y, A), lc.jacobian(y, A, order="C")
    rows, columns = (lc.vec(np.arange(v.value.size).reshape(v.shape)) for v in (y, A))
    np.testing.assert_array_equal(f_order, c_order[np.ix_(rows, columns)])
    np.testing.assert_array_equal(lc.jacobian(y, A, layout="denominator"), f_order.T)


def test_no_path_gives_zeros() -> None:
    x, y = lc.Variable([1.0, 2.0], "x"), lc.Variable([3.0], "y")
    np.testing.assert_array_equal(lc.jacobian(x * x, y), np.zeros((2, 1)))
    np.testing.assert_array_equal(lc.vjp(x * x, y, [1.0, 1.0]), [0.0])
    np.testing.assert_array_equal(lc.jvp(x * x, y, [1.0]), [0.0, 0.0])


@given(SEEDS, st.sampled_from("FC"), st.sampled_from(["numerator", "denominator"]))
def test_a_sparse_jacobian_is_the_dense_one(seed: int, order: str, layout: str) -> None:
    """Over all paths and edge by edge, in every order and layout; the dense one is made of vjps alone."""
    x, w, f = branching(seed)
    for v in (x, w):
        found = lc.jacobian(f, v, order=order, layout=layout, sparse=True)
        assert isinstance(found, scipy.sparse.csr_array)
        np.testing.assert_allclose(found.toarray(), lc.jacobian(f, v, order=order, layout=layout), atol=1e-12)
    graph = lc.Graph(f)
    dense, sparse = (lc.edge_jacobians(graph, order=order, sparse=s) for s in (False, True))
    for one, other in zip(dense, sparse, strict=True):
        assert (one.source, one.target) == (other.source, other.target)
        np.testing.assert_allclose(other.matrix.toarray(), one.matrix, atol=1e-12)


@given(SEEDS, st.sampled_from("FC"))
def test_sparse_jacobians_of_matrices_stack_their_entries_in_order(seed: int, order: str) -> None:
    A, B = lc.Variable(normal(seed, 2, 3), "A"), lc.Variable(normal(seed + 1, 3, 4), "B")
    for v in (A, B):
        found = lc.jacobian((A @ B).T, v, order=order, sparse=True)
        np.testing.assert_array_equal(found.toarray(), lc.jacobian((A @ B).T, v, order=order))


def test_a_sparse_jacobian_without_a_path_is_empty_and_that_of_itself_the_identity() -> None:
    x, y = lc.Variable([1.0, 2.0], "x"), lc.Variable([3.0], "y")
    assert lc.jacobian(x * x, y, sparse=True).shape == (2, 1)
    assert lc.jacobian(x * x, y, sparse=True).nnz == 0
    assert lc.jacobian(x, x, sparse=True).format == "csr"
    np.testing.assert_array_equal(lc.jacobian(x, x, sparse=True).toarray(), np.eye(2))


def test_the_jacobian_of_a_whole_layer_takes_memory_in_proportion_to_its_entries() -> None:
    """The lab's layer: a product for each place, kernel, channel and tap that is not on padding."""
    rng = np.random.default_rng(0)
    x = lc.Variable(rng.normal(size=(3, 128, 128)).astype(np.float32), "x")
    w = lc.Variable(rng.normal(size=(16, 3, 3, 3)).astype(np.float32), "w")
    y = lc.conv2d(x, w, padding=1)
    tracemalloc.start()
    try:
        matrix = lc.jacobian(y, x, order="C", sparse=True)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert matrix.shape == (262_144, 49_152)
    assert matrix.nnz == 48 * (3 * 128 - 2) ** 2
    assert peak < 40 * matrix.nnz  # bytes; dense it would be 51 GB
    np.testing.assert_allclose(matrix @ x.value.ravel(), y.value.ravel(), atol=1e-4)


def test_a_tangent_passes_a_layer_whose_jacobian_no_memory_holds() -> None:
    x = lc.Variable(normal(0, 3, 128, 128), "x")
    w = normal(1, 16, 3, 3, 3)
    u = normal(2, 3, 128, 128)
    pushed = lc.jvp(lc.relu(lc.conv2d(x, w, padding=1)), x, u)

    def layer(t: torch.Tensor) -> torch.Tensor:
        return F.relu(F.conv2d(t, torch.tensor(w), padding=1))

    _, expected = torch.autograd.functional.jvp(layer, torch.tensor(x.value), torch.tensor(u))
    np.testing.assert_allclose(pushed, expected.numpy(), atol=1e-10)


def test_a_dense_jacobian_too_large_says_how_large() -> None:
    x = lc.Variable(np.zeros((3, 128, 128)), "x")
    y = lc.conv2d(x, np.zeros((16, 3, 3, 3)), padding=1)
    with pytest.raises(lc.ArgumentError, match="103,079,215,104 bytes") as error:
        lc.jacobian(y, x)
    assert "262,144 * 49,152 * 8" in str(error.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, f: lc.jacobian(f, x, order="A"), "order = 'A'"),
        (lambda x, f: lc.jacobian(f, x, layout="row"), "layout = 'row'"),
        (lambda x, f: lc.vjp(f, x, [1.0]), r"v = shape \(1,\)"),
        (lambda x, f: lc.jvp(f, x, [[1.0, 1.0]]), r"u = shape \(1, 2\)"),
        (lambda x, f: lc.jacobian(f, lc.Variable([1.0], "c", requires_grad=False)), "x = c"),
        (lambda x, f: lc.jacobian(lc.Variable(shape=(2,), name="d"), x), "f = no value"),
        (lambda x, f: lc.chain([[1.0]], [[1.0], [2.0]]), r"\(1, 1\) · \(2, 1\)"),
        (lambda x, f: lc.chain(), "factors = none"),
        (lambda x, f: lc.edge_jacobian(lc.Graph(f), lc.graph.Edge(1, 0, 0), [x.value, f.value]), "edge = "),
        (lambda x, f: closed_form.kronecker([1], 1, "K"), "order = 'K'"),
        (lambda x, f: closed_form.selection([2], 2), r"chosen = \[2\]"),
    ],
)
def test_bad_input_is_named(call, message: str) -> None:
    x = lc.Variable([1.0, 2.0], "x")
    with pytest.raises(lc.ArgumentError, match=message):
        call(x, x * x)


def test_empty_outputs_have_empty_jacobians() -> None:
    x = lc.Variable(np.zeros((0, 3)), "x")
    assert lc.jacobian(record(ops.Square(), x), x).shape == (0, 0)


def test_homogeneous_coordinates_turn_a_bias_into_a_column() -> None:
    A, b, x = normal(1, 3, 2), normal(2, 3, 1), normal(3, 2, 4)
    np.testing.assert_allclose(np.hstack([A, b]) @ closed_form.homogeneous(x), A @ x + b, atol=1e-12)


def told(call) -> str:
    """The whole message of what a call is refused with."""
    with pytest.raises(lc.ArgumentError) as error:
        call()
    return str(error.value)


CHAIN = "columns of the left factor = rows of the right one; rule: (m×k)·(k×n) = m×n"


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ((), "factors = none: expected at least one Jacobian"),
        (([[1, 2]], [[1, 2]]), f"factors = (1, 2) · (1, 2): expected {CHAIN}"),
        (([[1, 2]], [1, 2]), f"factors = (1, 2) · (2,): expected {CHAIN}"),
        (([1, 2], [[1], [2]]), f"factors = (2,) · (2, 1): expected {CHAIN}"),
        (([[1, 2]], [[1], [2]], [[1, 2], [3, 4]]), f"factors = (1, 1) · (2, 2): expected {CHAIN}"),
    ],
)
def test_factors_that_do_not_fit_are_refused(factors, message: str) -> None:
    assert told(lambda: lc.chain(*factors)) == message


def test_factors_are_multiplied_from_the_output_back() -> None:
    a, b, c = normal(1, 2, 3), normal(2, 3, 4), normal(3, 4, 1)
    np.testing.assert_allclose(lc.chain(a, b, c), np.linalg.multi_dot([a, b, c]), atol=1e-12)


@pytest.mark.parametrize("edge", [(0, 2, 0), (1, 2, 0), (0, 2, 2), (0, 0, 0), (1, 2, 3)])
def test_only_edges_of_the_graph_have_a_jacobian(edge: tuple[int, int, int]) -> None:
    x, y = lc.Variable([1.0, 2.0], "x"), lc.Variable([3.0, 4.0], "y")
    graph = lc.Graph(y * x)
    values = graph.evaluate()
    wrong = lc.graph.Edge(*edge)
    if wrong in graph.edges:
        assert lc.edge_jacobian(graph, wrong, values).shape == (2, 2)
    else:
        message = f"edge = {wrong}: expected an edge of this graph"
        assert told(lambda: lc.edge_jacobian(graph, wrong, values)) == message


@given(SEEDS, st.sampled_from("FC"))
def test_edge_jacobians_carry_their_names_order_and_the_values_they_were_taken_at(seed: int, order: str) -> None:
    A, B = lc.Variable(normal(seed, 2, 3), "A"), lc.Variable(normal(seed + 1, 3, 2), "B")
    graph = lc.Graph((A @ B).T.named("y"))
    elsewhere = graph.evaluate({"A": normal(seed + 2, 2, 3)})
    for values in (None, elsewhere):
        at = graph.evaluate() if values is None else values
        found = lc.edge_jacobians(graph, values, order=order)
        assert [j.name for j in found] == ["∂matmul/∂A", "∂matmul/∂B", "∂y/∂matmul"]
        for j, edge in zip(found, graph.edges, strict=True):
            np.testing.assert_array_equal(j.matrix, lc.edge_jacobian(graph, edge, at, order))
    by_default = lc.edge_jacobians(graph)
    assert isinstance(by_default[0].matrix, np.ndarray)
    np.testing.assert_array_equal(by_default[0].matrix, lc.edge_jacobian(graph, graph.edges[0], graph.evaluate(), "F"))
    whole = lc.edge_jacobian(graph, graph.edges[0], graph.evaluate(), order)
    tensor = torch_jacobian(lambda t: t @ torch.tensor(B.value), A.value)
    rows, columns = (lc.vec(np.arange(n).reshape(s), order) for n, s in ((4, (2, 2)), (6, (2, 3))))
    np.testing.assert_allclose(whole, tensor[np.ix_(rows, columns)], atol=1e-12)


def test_the_jacobian_of_an_edge_minds_the_limit_and_nothing_to_differentiate() -> None:
    x = lc.Variable(np.ones(10, np.float32), "x")
    graph = lc.Graph(x * x)
    values = graph.evaluate()
    assert lc.edge_jacobian(graph, graph.edges[0], values, limit=400).shape == (10, 10)
    message = told(lambda: lc.edge_jacobian(graph, graph.edges[0], values, limit=399))
    assert message == (
        "limit = 399 bytes: expected at least 400 bytes for a dense Jacobian; "
        "rule: rows * columns * bytes an entry = 10 * 10 * 4"
    )
    empty = lc.Graph(lc.Variable(np.zeros((0, 3), np.float32), "e") * lc.Variable(np.ones((0, 3), np.float32)))
    matrix = lc.edge_jacobian(empty, empty.edges[0], empty.evaluate())
    assert (matrix.shape, matrix.dtype) == ((0, 0), np.float32)
    y = record(ops.MatMul(), lc.Variable(np.zeros((0, 3), np.float32)), lc.Variable(np.zeros((3, 2), np.float32), "B"))
    matrix = lc.edge_jacobian(lc.Graph(y), lc.Graph(y).edges[1], lc.Graph(y).evaluate())
    assert (matrix.shape, matrix.dtype) == ((0, 6), np.float32)


def test_without_a_path_products_are_zeros_of_the_right_shape_and_dtype() -> None:
    x, y = lc.Variable(np.ones((2, 3), np.float32), "x"), lc.Variable(np.ones(5, np.float32), "y")
    backward, forward = lc.vjp(x * x, y, np.ones((2, 3), np.float32)), lc.jvp(x * x, y, np.ones(5, np.float32))
    assert (backward.shape, backward.dtype) == ((5,), np.float32)
    assert (forward.shape, forward.dtype) == ((2, 3), np.float32)


def test_vectors_are_taken_in_the_dtype_of_what_they_belong_to_and_not_cast() -> None:
    x = lc.Variable(np.ones(2, np.float32), "x")
    assert lc.vjp(x * x, x, [1, 2]).dtype == lc.jvp(x * x, x, np.array([1, 2])).dtype == np.float32
    for name, product in (("v", lc.vjp), ("u", lc.jvp)):
        message = f"{name} = array of float64: expected dtype float32, as what it belongs to"
        assert told(lambda product=product: product(x * x, x, np.ones(2))) == message
        message = f"{name} = shape (3,): expected shape (2,), as what it belongs to"
        assert told(lambda product=product: product(x * x, x, [1, 2, 3])) == message


CONSTANT = "x = a constant: expected a Variable with requires_grad=True"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, f: lc.jacobian(f, lc.Variable([1.0], requires_grad=False)), CONSTANT),
        (lambda x, f: lc.vjp(f, lc.Variable([1.0], "k", requires_grad=False), 0), CONSTANT.replace("a constant", "k")),
        (lambda x, f: lc.jacobian(DECLARED, x), "f = no value: expected a Variable with a value"),
        (lambda x, f: lc.jacobian(f, DECLARED), "x = no value: expected a Variable with a value"),
        (
            lambda x, f: lc.jacobian(f, x, layout="row", sparse=True),
            """layout = 'row': expected "numerator" (a row for each output) or "denominator\"""",
        ),
        (lambda x, f: lc.vec([1], "A"), """order = 'A': expected "F" (column-major) or "C" (row-major)"""),
        (
            lambda x, f: lc.jacobian(f, x, limit=31),
            "limit = 31 bytes: expected at least 32 bytes for a dense Jacobian; "
            "rule: rows * columns * bytes an entry = 2 * 2 * 8",
        ),
    ],
)
def test_a_refusal_is_told_whole(call, message: str) -> None:
    x = lc.Variable([1.0, 2.0], "x")
    assert told(lambda: call(x, x * x)) == message


DECLARED = lc.Variable(shape=(2,), name="d")


def test_a_limit_that_is_just_enough_is_enough() -> None:
    x = lc.Variable(np.ones(2, np.float32), "x")
    assert lc.jacobian(x * x, x, limit=16).shape == (2, 2)


@pytest.mark.parametrize("sparse", [False, True])
def test_jacobians_keep_the_dtype(sparse: bool) -> None:
    x, y = lc.Variable(np.ones((2, 2), np.float32), "x"), lc.Variable(np.ones(3, np.float32), "y")
    e = lc.Variable(np.ones((0, 3), np.float32), "e")
    for f, v in ((x * x, x), (x, x), (x * x, y), (e * e, e), (lc.matmul(x, x) + x, x)):
        matrix = lc.jacobian(f, v, sparse=sparse)
        assert matrix.dtype == np.float32
        assert matrix.shape == (f.value.size, v.value.size)


def test_a_sparse_jacobian_takes_only_the_paths_from_x() -> None:
    """A side branch of x that f does not use, and a branch of f that x does not reach."""
    x, w = lc.Variable([1.0, 2.0], "x"), lc.Variable([3.0, 4.0], "w")
    unused = lc.tanh(x)
    f = x * w + lc.sigmoid(w) * lc.Variable([1.0, 1.0], "c")
    assert unused.value.shape == (2,)
    np.testing.assert_array_equal(lc.jacobian(f, x, sparse=True).toarray(), np.diag([3.0, 4.0]))


@pytest.mark.parametrize("order", ["F", "C"])
def test_positions_of_a_sparse_jacobian_take_four_bytes(order: str) -> None:
    x = lc.Variable(np.ones((2, 3)), "x")
    assert lc.jacobian(lc.relu(x), x, order=order, sparse=True).indices.dtype == np.int32
