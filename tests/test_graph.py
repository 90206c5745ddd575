"""The graph: what it records, what it computes forward and backward, what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody gives it
from hypothesis import given
from hypothesis import strategies as st

import labcode as lc
from labcode import ops
from labcode.graph import recorded_values
from labcode.op import Op
from tests.profiles import times

Values = list[np.ndarray]


def as_leaves(arrays: Values) -> tuple[list[lc.Variable], list[torch.Tensor]]:
    """The same leaves for labcode and for torch."""
    return [lc.Variable(a) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]


def assert_same_gradients(variables: list[lc.Variable], tensors: list[torch.Tensor]) -> None:
    for variable, tensor in zip(variables, tensors, strict=True):
        if tensor.grad is None:
            assert variable.grad is None
        else:
            assert variable.grad.dtype == variable.value.dtype
            np.testing.assert_allclose(variable.grad, tensor.grad.numpy(), rtol=1e-12, atol=1e-12)


# --- against torch's autograd, on the same program ------------------------------------------------

Program = Callable[[Any, Any, Any], Any]  # (library functions, x, w) -> output

PROGRAMS: dict[str, Program] = {
    "one array as both arguments": lambda f, x, w: f.conv1d(x, x),
    "fan-out": lambda f, x, w: x * x + x * x * x,
    "a difference of itself": lambda f, x, w: (x - x) * x,
    "shared parameter": lambda f, x, w: f.conv1d(f.conv1d(x, w, padding=2), w, stride=2),
    "shared subgraph": lambda f, x, w: f.relu(f.conv1d(x, w)) * f.sigmoid(f.conv1d(x, w)),
    "dot with itself": lambda f, x, w: x @ x,
    "constants around": lambda f, x, w: 2 * x * 3 - x,
    "the task": lambda f, x, w: f.max_pool1d(f.conv1d(x, w), 2, 1),
}


class TorchBare:
    """torch.nn.functional on bare arrays, as labcode takes them."""

    @staticmethod
    def conv1d(x: Any, w: Any, **settings: Any) -> Any:
        return F.conv1d(x[None, None], w[None, None], **settings)[0, 0]

    @staticmethod
    def max_pool1d(x: Any, *settings: Any) -> Any:
        return F.max_pool1d(x[None], *settings)[0]

    relu, sigmoid = staticmethod(F.relu), staticmethod(torch.sigmoid)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_gradients_are_those_of_torch(program: Program) -> None:
    rng = np.random.default_rng(0)
    (x, w), (tx, tw) = as_leaves([rng.standard_normal(7), rng.standard_normal(3)])
    y, ty = program(lc, x, w), program(TorchBare, tx, tw)
    upstream = rng.standard_normal(y.shape)
    y.backward(upstream)
    ty.backward(torch.tensor(upstream))
    np.testing.assert_allclose(y.value, ty.detach().numpy(), rtol=1e-12)
    assert_same_gradients([x, w], [tx, tw])


@times(15)
@given(st.data())
def test_any_graph_of_sums_and_products_has_the_gradients_of_torch(data: st.DataObject) -> None:
    """Random graphs: each new node combines two earlier ones, which may be one and the same."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    ours, theirs = as_leaves([rng.uniform(-1, 1, (2, 2)) for _ in range(3)])
    leaves = ours[:3], theirs[:3]
    steps: list[Callable[[Any, Any], Any]] = [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a @ b,
        lambda a, b: a.T,
        lambda a, b: -a * 0.5,
        lambda a, b: a**2,
    ]
    for _ in range(data.draw(st.integers(1, 12))):
        step = data.draw(st.sampled_from(steps))
        a, b = (data.draw(st.integers(0, len(ours) - 1)) for _ in range(2))
        ours.append(step(ours[a], ours[b]))
        theirs.append(step(theirs[a], theirs[b]))
    ours[-1].sum().backward()
    theirs[-1].sum().backward()
    assert_same_gradients(*leaves)


def test_leaves_accumulate_and_inner_nodes_do_not() -> None:
    x = lc.Variable([1.0, 2.0])
    y = x * x
    f = y.sum()
    f.backward()
    f.backward()
    assert x.grad.tolist() == [4, 8]
    assert y.grad.tolist() == [1, 1]
    lc.zero_grad([x])
    assert x.grad is None


def test_several_outputs_are_differentiated_together() -> None:
    """Upstream gradients at two outputs, one of which the other depends on."""
    x = lc.Variable([1.0, -2.0, 3.0], name="x")
    square = x * x
    total = square.sum()
    graph = lc.Graph(square, total)
    assert [graph.nodes[i].op for i in graph.outputs] == [ops.Mul(), ops.Sum()]
    upstream = {graph.outputs[0]: np.array([10.0, 0, 0]), graph.outputs[1]: np.array(1.0)}
    grads = graph.backward(graph.evaluate(), upstream)
    assert grads[graph.index("x")].tolist() == [22, -4, 6]
    assert upstream[graph.outputs[0]].tolist() == [10, 0, 0]


def test_upstream_gradients_weigh_the_entries() -> None:
    x = lc.Variable([1.0, 2.0, 3.0])
    (x * x).backward([1, 0, -1])
    assert x.grad.tolist() == [2, 0, -6]


def test_an_upstream_gradient_of_integers_is_taken_in_the_dtype_of_the_output() -> None:
    x = lc.Variable(np.array([1.0, 2.0], np.float32))
    (x * x).backward(np.array([1, 2]))
    assert x.grad.dtype == np.float32
    assert x.grad.tolist() == [2, 8]


def test_a_leaf_is_its_own_output() -> None:
    x = lc.Variable(3.0)
    x.backward()
    assert x.grad == 1


def test_integers_have_floating_gradients() -> None:
    x, w = lc.Variable([2, 1, 2]), lc.Variable(np.array([1, 0]))
    lc.max_pool1d(lc.conv1d(x, w), 2).backward(0.5 * np.ones(1))
    assert w.grad.dtype == np.float64
    assert w.grad.tolist() == [1, 0.5]


def test_gradients_share_no_memory_with_what_the_caller_has() -> None:
    """A sum hands its upstream gradient on as it is; what ends in `grad` is the leaf's own."""
    x, w = lc.Variable([1.0, 2.0]), lc.Variable([3.0, 4.0])
    upstream = np.array([1.0, 1.0])
    y = x + w
    y.backward(upstream)
    x.grad[0] = 7
    assert (upstream.tolist(), w.grad.tolist(), y.grad.tolist()) == ([1, 1], [1, 1], [1, 1])


def test_constants_get_no_gradient_and_cost_none() -> None:
    x, c = lc.Variable([1.0, 2.0]), lc.Variable([3.0, 4.0], requires_grad=False)
    y = x * c + c * c
    y.sum().backward()
    assert c.grad is None
    assert x.grad.tolist() == [3, 4]
    grads = lc.Graph(y).backward(lc.Graph(y).evaluate(), {len(lc.Graph(y).nodes) - 1: np.ones(2)})
    assert sum(grad is None for grad in grads) == 2  # c, and c * c


def test_plain_arrays_are_constants() -> None:
    graph = lc.Graph(lc.Variable([1.0, 2.0]) * np.array([3.0, 4.0]))
    assert [node.requires_grad for node in graph.nodes] == [True, False, True]
    assert [node.name for node in graph.nodes] == ["const", "const2", "mul"]


def test_a_chain_of_100_000_nodes_needs_no_recursion() -> None:
    x = y = lc.Variable(1.0, name="x")
    for _ in range(100_000):
        y = y + x
    y.backward()
    assert x.grad == 100_001
    graph = lc.Graph(y)
    assert len(graph.nodes) == 100_001
    assert graph.evaluate({"x": 2.0})[-1] == 200_002


# --- what was recorded -----------------------------------------------------------------------------


def lab() -> tuple[lc.Variable, lc.Variable, lc.Variable]:
    x, w = lc.Variable([2, 1, 2], name="x"), lc.Variable([1, 0], name="w")
    return x, w, lc.max_pool1d(lc.conv1d(x, w).named("z"), 2).named("f")


def test_nodes_come_after_their_inputs_and_edges_say_which_argument() -> None:
    _x, w, f = lab()
    graph = lc.Graph(f)
    assert [node.name for node in graph.nodes] == ["x", "w", "z", "f"]
    assert [(e.source, e.target, e.arg) for e in graph.edges] == [(0, 2, 0), (1, 2, 1), (2, 3, 0)]
    assert [node.shape for node in graph.nodes] == [(3,), (2,), (2,), (1,)]
    assert all(e.source < e.target for e in graph.edges)
    assert (graph.index("w"), graph.index(w)) == (1, 1)


def test_a_node_used_twice_is_one_node_with_two_edges() -> None:
    x = lc.Variable([1.0, 2.0], name="x")
    graph = lc.Graph(x * x)
    assert [(e.source, e.target, e.arg) for e in graph.edges] == [(0, 1, 0), (0, 1, 1)]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["x", "x", "x"], ["x", "x2", "x3"]),
        (["x", "x2", "x"], ["x", "x2", "x3"]),
        (["x", "x", "x2"], ["x", "x3", "x2"]),
        (["", "", "const"], ["const2", "const3", "const"]),
        (["add", "", ""], ["add", "const", "const2"]),
    ],
)
def test_names_are_unique_and_given_ones_stay(names: list[str], expected: list[str]) -> None:
    leaves = [lc.Variable(1.0, name=name) for name in names]
    total = leaves[0] + leaves[1] + leaves[2]
    graph = lc.Graph(total)
    found = [node.name for node in graph.nodes]
    assert len(set(found)) == len(found)
    assert [graph.nodes[graph.index(leaf)].name for leaf in leaves] == expected


def test_a_graph_is_evaluated_with_other_inputs_and_keeps_its_own() -> None:
    _x, w, f = lab()
    graph = lc.Graph(f)
    assert [v.tolist() for v in graph.evaluate({"w": [0, 1]})] == [[2, 1, 2], [0, 1], [1, 2], [2]]
    assert w.value.tolist() == [1, 0]
    assert [v.tolist() for v in graph.evaluate()] == [[2, 1, 2], [1, 0], [2, 1], [2]]


def test_a_graph_without_values_is_evaluated_with_given_ones() -> None:
    x, w = lc.Variable(shape=(3,), name="x"), lc.Variable(shape=(2,), name="w")
    f = lc.max_pool1d(lc.conv1d(x, w), 2)
    assert (f.value, f.shape) == (None, (1,))
    assert lc.Graph(f).evaluate({"x": [2, 1, 2], "w": [1, 0]})[-1].tolist() == [2]


def test_unknown_dimensions_stay_unknown() -> None:
    w, x = lc.Variable(shape=(4, None)), lc.Variable(shape=(None, 1))
    assert (w @ x).shape == (4, 1)
    assert (w.T @ w).shape == (None, None)
    assert lc.relu(lc.Variable(shape=(None, 3))).shape == (None, 3)


def test_values_are_kept_apart_from_the_arrays_they_came_from() -> None:
    array = np.array([1.0, 2.0])
    x = lc.Variable(array)
    array[0] = 7
    assert x.value.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        x.value[0] = 7
    with pytest.raises(ValueError, match="read-only"):
        (x * x).value[0] = 7


def test_arrays_and_numbers_meet_variables_from_both_sides() -> None:
    x, a = lc.Variable([1.0, 2.0]), np.array([3.0, 5.0])
    results = [x + a, a + x, x - a, a - x, x * a, a * x, 2 * x, x * 2, -x, x**2, x @ a, a @ x]
    expected = [[4, 7], [4, 7], [-2, -3], [2, 3], [3, 10], [3, 10], [2, 4], [2, 4], [-1, -2], [1, 4], 13, 13]
    assert [r.value.tolist() for r in results] == expected
    m = lc.Variable([[1.0, 2.0], [3.0, 4.0]])
    assert (m @ a).value.tolist() == [13, 29]
    assert (m @ m).value.tolist() == [[7, 10], [15, 22]]
    assert m.T.value.tolist() == [[1, 3], [2, 4]]


def test_a_variable_shows_its_value_name_and_origin() -> None:
    x = lc.Variable([1, 2], name="x")
    assert repr(x) == "Variable([1.0, 2.0], name='x')"
    assert repr(x + x) == "Variable([2.0, 4.0], by Add)"
    assert repr(lc.Variable(shape=(None, 3))) == "Variable(shape=(None, 3))"


# --- a step down -----------------------------------------------------------------------------------


def test_steps_are_those_of_torch() -> None:
    rng = np.random.default_rng(1)
    (x, w, b), tensors = as_leaves([rng.standard_normal(s) for s in ((2, 3, 8), (4, 3, 3), (4,))])
    optimizer = torch.optim.SGD(tensors[1:], lr=0.1)
    for _ in range(3):
        lc.zero_grad([x, w, b])
        (lc.relu(lc.conv1d(x, w, b)) ** 2).sum().backward()
        lc.sgd([w, b], lr=0.1)
        optimizer.zero_grad()
        tensors[0].grad = None
        (F.relu(F.conv1d(*tensors)) ** 2).sum().backward()
        optimizer.step()
    for variable, tensor in zip((x, w, b), tensors, strict=True):
        np.testing.assert_allclose(variable.value, tensor.detach().numpy(), rtol=1e-12)
    assert_same_gradients([x, w, b], tensors)


def test_a_step_keeps_the_dtype() -> None:
    w = lc.Variable(np.array([1.0, 2.0], np.float32))
    (w * w).sum().backward()
    lc.sgd([w], lr=0.25)
    assert (w.value.dtype, w.value.tolist()) == (np.float32, [0.5, 1])


# --- what is refused -------------------------------------------------------------------------------


def test_a_value_changed_since_it_was_used_is_refused() -> None:
    _x, w, f = lab()
    f.backward()
    lc.sgd([w], lr=0.5)
    with pytest.raises(lc.ArgumentError, match=r"^w = changed since it was used: expected a new forward pass"):
        f.backward()


def test_recorded_values_are_those_of_the_recording_or_none_at_all() -> None:
    x, w, f = lab()
    graph = lc.Graph(f)
    assert [v.tolist() for v in recorded_values(graph)] == [[2, 1, 2], [1, 0], [2, 1], [2]]
    f.backward()
    lc.sgd([x, w], lr=0.5)
    with pytest.raises(lc.ArgumentError, match=r"^x = changed since it was used"):
        recorded_values(graph)


def test_errors_in_a_graph_carry_the_node() -> None:
    x, w = lc.Variable([1, 2], name="x"), lc.Variable([[1]], name="w")
    with pytest.raises(lc.ArgumentError, match=r"in node Conv1d\(x, w\)$") as caught:
        lc.conv1d(x, w)
    assert caught.value.node == "Conv1d(x, w)"


def test_an_evaluation_that_breaks_a_rule_carries_the_node() -> None:
    graph = lc.Graph(lab()[-1])
    with pytest.raises(lc.ArgumentError, match=r"in node z$"):
        graph.evaluate({"w": np.ones(4)})
    with pytest.raises(lc.ArgumentError, match=r"weight = array of float32: .* in node z$"):
        graph.evaluate({"w": np.ones(2, np.float32)})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, f: x.backward(), "gradient = None: expected an array of shape (3,)"),
        (lambda x, f: x.backward([1, 2]), "gradient = shape (2,): expected shape (3,)"),
        (lambda x, f: lc.Variable(shape=(3,), name="u").backward(), "u = no value: expected numbers"),
        (lambda x, f: lc.sgd([x], 0.1), "x = no gradient: expected backward() before the step; rule: w <- w - lr"),
        (lambda x, f: lc.sgd([lc.Variable(1.0)], 0.1), "params = no gradient: expected backward() before the step"),
        (lambda x, f: lc.Graph(f).index("q"), "name = 'q': expected one of x, w, z, f"),
        (lambda x, f: lc.Graph(f).evaluate({"z": [1, 2]}), "z"),
        (lambda x, f: lc.Graph(f).evaluate({"v": [1, 2]}), "v"),
        (lambda x, f: lc.Graph(lc.Variable(shape=(2,), name="u")).evaluate(), "u"),
        (lambda x, f: x + np.ones(3, np.float32), "other = array of float32: expected dtype float64"),
    ],
)
def test_misuse_of_a_graph_is_told(call: Callable[..., Any], message: str) -> None:
    x, _w, f = lab()
    with pytest.raises(lc.ArgumentError) as caught:
        call(x, f)
    assert message in str(caught.value)


def test_a_failed_step_changes_nothing() -> None:
    x, w, _f = lab()
    (w * w).sum().backward()
    with pytest.raises(lc.ArgumentError):
        lc.sgd([w, x], lr=1)
    assert w.value.tolist() == [1, 0]


def test_an_op_that_lacks_a_rule_cannot_be_made() -> None:
    for name in ("Half", "X_Half"):
        with pytest.raises(TypeError, match=f"{name} needs a signature or a shape rule"):
            type(name, (Op,), {})
    with pytest.raises(TypeError, match="abstract method"):
        type("Half", (Op,), {"signature": "*->*"})()


@pytest.mark.parametrize("rule", [{"signature": "*->*"}, {"signature_for": None}, {"shape": None}])
def test_one_rule_for_the_shape_is_enough(rule: dict[str, Any]) -> None:
    assert issubclass(type("Whole", (Op,), rule), Op)
    assert issubclass(type("_Base", (Op,), {}), Op)


def test_factors_are_recorded_in_the_order_in_which_they_were_written() -> None:
    x, a = lc.Variable([1.0, 2.0], "x"), np.array([3.0, 4.0])
    assert (a * x).inputs[1] is (x * a).inputs[0] is x
    assert (2.0 * x).inputs == (x,)


def test_a_new_value_is_a_copy_of_the_same_shape_and_makes_what_was_computed_old() -> None:
    x, given = lc.Variable([1.0, 2.0], "x"), np.array([3.0, 4.0])
    y = (x * x).sum()
    x.value = given
    given[0] = 9
    assert x.value is not None
    assert x.value.tolist() == [3, 4]
    assert not x.value.flags.writeable
    with pytest.raises(lc.ArgumentError, match=r"^x = changed since it was used"):
        y.backward()
    (x * x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [6, 8]
    for value in ([1.0], [[1.0, 2.0]]):
        with pytest.raises(lc.ArgumentError, match=r"^x = shape \(.*\): expected shape \(2,\), as before$"):
            x.value = value
    assert x.value.tolist() == [3, 4]


def test_a_value_fills_in_the_dimensions_that_were_unknown() -> None:
    x = lc.Variable(name="x", shape=(None, 2))
    y = x.sum()
    with pytest.raises(lc.ArgumentError, match="as before"):
        x.value = np.zeros((3, 3))
    x.value = np.ones((3, 2))
    assert x.shape == (3, 2)
    assert y.value is None
    assert x.sum().value == 6


def test_only_the_square_is_recorded_of_all_powers() -> None:
    with pytest.raises(lc.ArgumentError) as error:
        lc.Variable([1.0], "x") ** 3
    assert str(error.value) == "exponent = 3: expected 2 (the square is the one power recorded)"


@pytest.mark.parametrize("name", ["", "w"])
def test_a_step_that_leaves_the_numbers_is_refused_by_name(name: str) -> None:
    w = lc.Variable([1.0], name)
    w.grad = np.array([2.0], dtype=object)
    with pytest.raises(lc.ArgumentError, match=f"^{name or 'params'} = array of object"):
        lc.sgd([w], lr=0.5)
