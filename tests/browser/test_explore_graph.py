"""The explorers of a graph, step by step and learning: their JavaScript against labcode, and in a reader's hands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

import labcode as lc
from labcode import explore, ops
from labcode.errors import ArgumentError
from labcode.explore.descent import Descent
from labcode.explore.graph import GraphWalk, OfGraph
from labcode.explore.structure import BILINEAR, LINEAR
from labcode.graph import Variable, record
from labcode.lab5 import task2, task3
from labcode.render.html import number
from labcode.render.svg import short
from tests.browser.explorers import answers, expected, opened, phone
from tests.browser.session import VIEWS, Visitor
from tests.browser.test_pages import WIDER_THAN_SCREEN

CONFIGURATIONS = 600
_, KERNEL, _, OUTPUT = task2.record()
START = explore.graph(OUTPUT, float(task2.ALPHA), [KERNEL])


TARGET = lc.conv1d(np.array([2.0, 1.0, 2.0, -1.0]), np.array([0.5, -1.0]))


def lesson() -> Descent:
    """A kernel that learns to be another."""
    x, target = (
        Variable(v, name=n, requires_grad=False) for v, n in (([2.0, 1.0, 2.0, -1.0], "x"), (TARGET, "target"))
    )
    z = lc.conv1d(x, Variable([1.0, 0.0], name="w")).named("z")
    return explore.descent(lc.mse_loss(z, target, reduction="sum").named("loss"), alpha=0.05, steps=8)


LESSON = lesson()
TASK3 = explore.graph(task3.A.numbers(), 0.001, name="chain")


# -- random graphs: each op after others, whatever fits


def made_of(rng: np.random.Generator) -> Variable:
    """A graph of a few random ops, ending in a single number."""

    def some(*shape: int) -> np.ndarray:
        return rng.integers(-6, 7, shape) / rng.choice([1.0, 2.0])

    def leaf(*shape: int) -> Variable:
        return Variable(some(*shape), requires_grad=bool(rng.random() < 0.9))

    def n(least: int, most: int) -> int:
        return int(rng.integers(least, most + 1))

    v = Variable(some(*(n(1, 2), n(1, 2), n(3, 6), n(3, 6))[int(rng.integers(0, 4)) :]))
    for _ in range(n(1, 4)):
        v = grown(rng, v, leaf, n)
    shape = v.value.shape  # type: ignore[union-attr]
    end = rng.random()
    if end < 0.3:
        return record(ops.SquaredError(str(rng.choice(["sum", "mean"]))), v, leaf(*shape))
    if len(shape) == 2 and end < 0.5:
        classes = [n(0, shape[1] - 1) for _ in range(shape[0])]
        return record(ops.CrossEntropy(classes, str(rng.choice(["sum", "mean"]))), v)
    if len(shape) == 2 and end < 0.7:
        return record(ops.PairwiseSquaredError(), v, leaf(n(1, 4), shape[1]))
    return record(ops.Sum(), v)


def grown(rng: np.random.Generator, v: Variable, leaf: Any, n: Any) -> Variable:
    """One more op, of those that take such an array; some take the array twice."""
    shape: tuple[int, ...] = np.shape(v.value)
    out, same = n(1, 3), v if rng.random() < 0.3 else leaf(*shape)
    windows = {"stride": n(1, 2), "padding": n(0, 1)}
    size = tuple(min(2, side) for side in shape[-2:])
    anything: list[Callable[[], Variable]] = [
        lambda: record(ops.Add(), v, same),
        lambda: record(ops.Sub(), same, v),
        lambda: record(ops.Mul(), v, same),
        lambda: record(ops.Scale(0.5), v),
        lambda: record(ops.Square(), v),
        lambda: record(ops.ReLU(), v),
        lambda: record(ops.Sigmoid(), v),
        lambda: record(ops.Tanh(), v),
        lambda: record(ops.Reshape((v.value.size,)), v),  # type: ignore[union-attr]
    ]
    if shape:
        anything += [
            lambda: record(ops.Linear(), v, leaf(out, shape[-1]), leaf(out)),
            lambda: record(ops.Linear(), v, leaf(out, shape[-1])),
            lambda: record(ops.Flip((0,)), v),
            lambda: record(ops.Softmax(-1), v),
            lambda: record(ops.LogSoftmax(0), v),
        ]
    if len(shape) == 1:
        anything += [
            lambda: record(ops.Conv1d(**windows), v, leaf(*size)),
            lambda: record(ops.MatVec(), leaf(2, *shape), v),
            lambda: record(ops.VecMat(), v, leaf(*shape, 2)),
            lambda: record(ops.Dot(), v, same),
            lambda: record(ops.MaxPool1d(size), v),
        ] * 2
    if len(shape) == 2:
        anything += [
            lambda: record(ops.MatMul(), v, leaf(shape[1], 2)),
            lambda: record(ops.MatMul(), leaf(2, shape[0]), v),
            lambda: record(ops.Transpose(), v),
            lambda: record(ops.Conv2d(**windows), v, leaf(*size)),
            lambda: record(ops.ConvTranspose2d(**windows), v, leaf(2, 2)),
            lambda: record(ops.MaxPool2d(size), v),
            lambda: record(ops.AvgPool2d(size), v),
        ] * 2
    if len(shape) > 2:
        channels = shape[-3]
        anything += [
            lambda: record(ops.Conv2d(**windows), v, leaf(out, channels, *size), leaf(out)),
            lambda: record(ops.Conv2d(groups=channels), v, leaf(2 * channels, 1, *size)),
            lambda: record(ops.ConvTranspose2d(**windows), v, leaf(channels, out, 2, 2)),
            lambda: record(ops.MaxPool2d(size, stride=1), v),
            lambda: record(ops.AvgPool2d(size, padding=min(size) // 2), v),
        ] * 3
    return anything[int(rng.integers(len(anything)))]()


def walk(rng: np.random.Generator) -> GraphWalk:
    """A random graph that an explorer takes."""
    while True:
        try:
            return explore.graph(made_of(rng), float(rng.choice([0.5, 0.125, -1.0])))
        except ArgumentError:  # an op had no room, or a number grew too large
            continue


def drawn(rng: np.random.Generator, start: OfGraph) -> dict[str, Any]:
    """Other numbers for a graph; one in a few is refused."""
    leaves = [(rng.integers(-8, 9, len(entries)) / rng.choice([1, 2])).tolist() for entries in start.leaves]
    state = {"leaves": leaves, "alpha": float(rng.choice([0.5, 0.25, 2.0]))}
    fault = rng.random()
    if fault < 0.03:
        leaves[-1][-1] = "a"
    elif fault < 0.05:
        leaves[0].append(1)
    elif fault < 0.07:
        state["alpha"] = str(rng.choice(["", "quick"]))
    elif fault < 0.09:
        leaves[0][0] = 1e200 if rng.random() < 0.5 else None
    return state


def at(start: OfGraph, state: dict[str, Any]) -> Any:
    return replace(start, **{k: tuple(map(tuple, v)) if k == "leaves" else v for k, v in state.items()})


def close(ours: Any, theirs: Any) -> bool:
    """Equal but for the order in which sums were rounded."""
    if isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(close(ours[k], v) for k, v in theirs.items())
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(close, ours, theirs))
    if isinstance(theirs, int | float):
        return bool(np.isclose(ours, theirs, rtol=1e-9, atol=1e-9))
    return bool(ours == theirs)


def test_every_op_has_a_rule_for_the_page() -> None:
    own = {"SquaredError", "PairwiseSquaredError", "Softmax", "LogSoftmax", "CrossEntropy", "MaxPool1d", "MaxPool2d"}
    formulas = {"Square", "ReLU", "Sigmoid", "Tanh"}
    assert {kind.__name__ for kind in (*LINEAR, *BILINEAR)} | own | formulas == set(ops.__all__)


def test_it_computes_what_labcode_computes(reader: Visitor, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    walks = [walk(rng) for _ in range(CONFIGURATIONS)]
    states = [drawn(rng, w) for w in walks]
    with np.errstate(all="ignore"):
        theirs = [expected(lambda w=w, s=s: at(w, s).trace()) for w, s in zip(walks, states, strict=True)]
    with opened(reader, tmp_path, START) as visit:
        calls = [[w.data()["graph"], s] for w, s in zip(walks, states, strict=True)]
        ours = answers(visit, "autodiff.js", "differentiate", calls)
    for w, state, mine, found in zip(walks, states, ours, theirs, strict=True):
        assert close(mine, found), (w.data()["graph"]["nodes"], state, mine, found)
    right = [w for w, found in zip(walks, theirs, strict=True) if "answer" in found]
    assert CONFIGURATIONS - 150 < len(right) < CONFIGURATIONS - 20
    used = {type(node.op).__name__ for w in right for node in w.graph.nodes if node.op}
    assert used >= set(ops.__all__) - {"Fold", "Unfold", "ConvTranspose1d", "AvgPool1d"}, set(ops.__all__) - used


@pytest.mark.parametrize(
    ("op", "shapes"),
    [
        (ops.Unfold(2, stride=1, padding=1), [(2, 3, 3)]),
        (ops.Fold((3, 3), 2), [(8, 4)]),
        (ops.ConvTranspose1d(stride=2), [(4,), (3,)]),
        (ops.AvgPool1d(2, padding=1), [(5,)]),
        (ops.MaxPool1d(3, stride=2, padding=1), [(2, 5)]),
        (ops.Conv1d(dilation=2, groups=2), [(2, 4, 6), (2, 2, 2), (2,)]),
    ],
    ids=lambda v: type(v).__name__ if not isinstance(v, list) else "",
)
def test_rules_that_random_graphs_rarely_meet(op: Any, shapes: Any, reader: Visitor, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    leaves = [Variable(rng.integers(-9, 9, shape) / 2) for shape in shapes]
    start = explore.graph(record(ops.Sum(), record(ops.Square(), record(op, *leaves))))
    with opened(reader, tmp_path, START) as visit:
        [mine] = answers(visit, "autodiff.js", "differentiate", [[start.data()["graph"], start.config()]])
    assert close(mine, {"answer": start.trace()})


def test_a_walk_ends_with_the_gradients_of_pytorch() -> None:
    x, w = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (task2.X, task2.W))
    z = torch.nn.functional.conv1d(x[None, None], w[None, None])
    torch.nn.functional.max_pool1d(z, task2.POOL).backward()
    last = {e["source"]: e["gradient"] for e in START.trace()["edges"]}
    assert last[START.graph.index("w")] == w.grad.tolist()
    assert last[START.graph.index("x")] == x.grad.tolist()
    for walked in (START, TASK3):
        grads = walked.graph.backward(walked.values, {len(walked.values) - 1: np.ones_like(walked.values[-1])})
        for i, gradient in {e["source"]: e["gradient"] for e in walked.edges}.items():
            assert np.array_equal(gradient, grads[i])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda w: explore.graph(w), "a single number that was computed"),
        (lambda w: explore.graph(w * w), "a single number that was computed"),
        (lambda w: explore.graph((w * w).sum(), alpha=float("nan")), "alpha = nan: expected a finite number"),
        (lambda w: explore.graph((w * w).sum(), params=[(w * w).sum()]), "name = "),
        (lambda w: explore.graph((w * 1e300 * w).sum()), "infinite or NaN"),
        (lambda w: explore.graph(lc.conv1d(np.ones(9000), w).sum()).data(), "at most 30000"),
        (lambda w: explore.descent((w * w).sum(), steps=201), "steps = 201: expected an integer from 1 to 200"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(make: Callable[[Variable], Any], told: str) -> None:
    with np.errstate(all="ignore"), pytest.raises(ArgumentError, match=re.escape(told)):
        make(Variable([1e10, 2.0], name="w"))


def pupil(rng: np.random.Generator) -> Descent:
    """A convolution that learns by squared error: the loss is a bowl, on which rounding does not grow by itself."""
    axes, channels, outputs = (int(v) for v in rng.integers(1, 3, 3))
    op = (ops.Conv1d, ops.Conv2d)[axes - 1](stride=int(rng.integers(1, 3)), padding=int(rng.integers(0, 2)))
    x = Variable(rng.integers(-3, 4, (channels, *rng.integers(3, 5, axes))) / 2, name="x", requires_grad=False)
    w = Variable(rng.integers(-3, 4, (outputs, channels, *rng.integers(1, 4, axes))) / 2, name="w")
    y = record(op, x, w, Variable(np.zeros(outputs), name="b")) if rng.random() < 0.5 else record(op, x, w)
    target = Variable(rng.integers(-3, 4, np.shape(y.value)) / 2, requires_grad=bool(rng.random() < 0.2))
    loss = record(ops.SquaredError(str(rng.choice(["sum", "mean"]))), y, target)
    return explore.descent(loss, params=[w] if rng.random() < 0.7 else None)


def test_descent_computes_what_labcode_computes(reader: Visitor, tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    pupils = [pupil(rng) for _ in range(CONFIGURATIONS)]
    states = [{**drawn(rng, p), "steps": int(rng.integers(1, 12)) if rng.random() < 0.95 else 0} for p in pupils]
    for state in states:
        if isinstance(state["alpha"], float):
            state["alpha"] /= float(rng.choice([4, 64]))
    with np.errstate(all="ignore"):
        theirs = [expected(lambda p=p, s=s: at(p, s).trace()) for p, s in zip(pupils, states, strict=True)]
    with opened(reader, tmp_path, LESSON) as visit:
        calls = [[p.data()["graph"], s] for p, s in zip(pupils, states, strict=True)]
        ours = answers(visit, "autodiff.js", "descend", calls)
    for state, mine, found in zip(states, ours, theirs, strict=True):
        assert close(mine, found), (state, mine, found)
    ended = [len(f["answer"]["steps"]) <= s["steps"] for s, f in zip(states, theirs, strict=True) if "answer" in f]
    assert sum(ended) > 10, "some have to diverge"
    assert CONFIGURATIONS - 150 < len(ended) < CONFIGURATIONS - 20


def test_descent_is_that_of_pytorch() -> None:
    x, w = torch.tensor([2.0, 1.0, 2.0, -1.0], dtype=torch.float64), torch.tensor([1.0, 0.0], dtype=torch.float64)
    w.requires_grad_()
    sgd = torch.optim.SGD([w], lr=0.05)
    for step in LESSON.trace()["steps"]:
        z = torch.nn.functional.conv1d(x[None, None], w[None, None])[0, 0]
        loss = ((z - torch.tensor(TARGET)) ** 2).sum()
        sgd.zero_grad()
        loss.backward()
        assert step["loss"] == pytest.approx(loss.item())
        assert step["params"][0] == pytest.approx(w.tolist())
        assert step["gradients"][0] == pytest.approx(w.grad.tolist())
        assert step["made"][0] == pytest.approx(z.tolist())
        sgd.step()


# -- in a reader's hands


@pytest.fixture
def page(reader: Visitor, tmp_path: Path) -> Iterator[Page]:
    with opened(reader, tmp_path, START) as visit:
        visit.page.locator(".picture svg").wait_for()
        yield visit.page


def follow(page: Page, kind: str, state: dict[str, Any]) -> None:
    """Come by a link, and have it read before a timer writes the state of before."""
    link = f"location.hash = '{kind}=' + labcode['link.js'].encode(state)"
    page.evaluate(f"(state) => {{ {link}; dispatchEvent(new HashChangeEvent('hashchange')); }}", state)


def test_every_number_on_the_screen_is_labcodes(reader: Visitor, tmp_path: Path) -> None:
    rng = np.random.default_rng(17)
    with opened(reader, tmp_path, TASK3) as visit:
        for _ in range(25):
            state = {"leaves": [rng.integers(-2, 3, len(entries)).tolist() for entries in TASK3.leaves], "alpha": 2**-9}
            walked = at(TASK3, state)
            trace, nodes = walked.trace(), walked.graph.nodes
            ops_first = sum(node.op is not None for node in nodes)
            step = int(rng.integers(len(trace["edges"])))
            follow(visit.page, "chain", {**state, "step": ops_first + 1 + step})
            edge, told = trace["edges"][step], walked.edges[step]
            expect(visit.page.locator(".sum")).to_contain_text(f"= {short(told['share'])}")
            lines = visit.page.locator(".picture .node").nth(edge["source"]).locator("text").all_text_contents()
            assert lines[1:] == [short(walked.values[edge["source"]]), f"∂: {short(told['gradient'])}"]
            if edge["jacobian"]:
                cells = visit.page.locator("figure").first.locator("td:not(.corner)").all_text_contents()
                assert cells == [number(v) for row in edge["jacobian"] for v in row]
            grown = visit.page.locator("figure").nth(1).locator("td:not(.corner)").all_text_contents()
            assert grown == [number(v) for v in edge["gradient"]]
            follow(visit.page, "chain", {**state, "step": ops_first + 1 + len(trace["edges"])})
            before, after = map(number, trace["loss"])
            expect(visit.page.locator(".sum")).to_contain_text(f"L goes from {before} to {after}")


def test_what_is_shown_before_a_reader_touches_it_is_labcodes_trace(
    reader: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = START.trace()
    trace["values"][2] = [41, 42]
    monkeypatch.setattr(GraphWalk, "trace", lambda self: trace)
    with opened(reader, tmp_path, START) as visit:
        expect(visit.page.locator(".sum")).to_have_text("Forward: z = conv(x, w) = [41, 42]")


def test_it_is_walked_by_keyboard_and_by_pointer_and_announced(page: Page) -> None:
    said = page.locator(".sum")
    expect(said).to_have_text("Forward: z = conv(x, w) = [2, 1]")
    values = page.locator(".picture .node text:nth-of-type(2)")
    assert values.all_text_contents() == ["[2, 1, 2]", "[1, 0]", "[2, 1]", "?"]
    page.get_by_role("slider", name="step").focus()
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("Forward: f = max(z) = [2]")
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("Backward begins: ∂f/∂f = 1")
    page.keyboard.press("End")
    expect(said).to_contain_text("f goes from 2 to −0.5: it falls")
    expect(page.locator(".unseen[aria-live]")).to_contain_text("f goes from 2")
    page.get_by_role("button", name="edge from w to z").click()
    expect(said).to_contain_text("∂f/∂w += ∂f/∂z · ∂z/∂w = [2, 1]")
    assert page.get_by_role("grid", name="local Jacobian ∂z/∂w").is_visible()
    page.get_by_role("grid", name="local Jacobian ∂z/∂w").locator("td:not(.corner)").nth(1).click()
    expect(page.locator(".entry")).to_contain_text("Row 0, column 1: how entry 0 of z changes with entry 1 of w")
    node = page.get_by_role("button", name=re.compile("^z = conv"))
    node.focus()
    page.keyboard.press("Enter")
    expect(said).to_have_text("Forward: z = conv(x, w) = [2, 1]")
    page.keyboard.press(" ")
    expect(said).to_contain_text("Backward: ∂f/∂z")


def test_numbers_are_changed_and_refused_in_labcodes_words(page: Page) -> None:
    page.get_by_label("numbers of").select_option("w")
    cell = page.get_by_role("grid", name="w, to be changed").locator("td:not(.corner)").first
    cell.dblclick()
    page.keyboard.type("-3")
    page.keyboard.press("Enter")
    expect(page.locator(".sum")).to_have_text("Forward: z = conv(x, w) = [−6, −3]")
    cell.press("F2")
    page.keyboard.type("one")
    page.keyboard.press("Enter")
    with pytest.raises(ArgumentError) as refused:
        replace(START, leaves=(START.leaves[0], ("one", 0)))
    expect(page.get_by_role("alert")).to_have_text(str(refused.value))
    page.keyboard.press("Escape")
    page.get_by_label("α, the step size").fill("0.25")
    page.get_by_label("α, the step size").press("Enter")
    page.get_by_role("button", name="Take the step").click()
    expect(page.locator(".sum")).to_have_text(re.compile(r"^Forward: z = conv\(x, w\) = \["))
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".sum")).to_have_text("Forward: z = conv(x, w) = [2, 1]")


def test_learning_is_stepped_through_and_diverges_when_alpha_is_large(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, LESSON) as visit:
        page = visit.page
        losses = [step["loss"] for step in LESSON.trace()["steps"]]
        expect(page.locator(".sum")).to_have_text(f"At the start loss = {number(losses[0])}.")
        assert page.locator(".curve circle").count() == len(losses)
        page.get_by_label("next step").click()
        expect(page.locator(".sum")).to_contain_text(
            f"Then loss falls: {number(losses[0])} before, now {number(losses[1])}"
        )
        shown = page.locator("figure").first.locator("td:not(.corner)").all_text_contents()
        assert shown == [number(v) for v in LESSON.trace()["steps"][1]["params"][0]]
        alpha = page.get_by_label("α, the step size")
        alpha.fill("0.5")
        alpha.press("Enter")
        wild = replace(LESSON, alpha=0.5).trace()["steps"]
        expect(page.get_by_text("α is too large")).to_contain_text(number(wild[-1]["loss"]))
        box = page.locator(".curve svg").bounding_box()
        assert box
        page.mouse.click(box["x"] + box["width"] * 0.97, box["y"] + box["height"] / 2)
        expect(page.locator(".place")).to_have_text(f"{len(wild)} of {len(wild)}")
        page.get_by_label("steps", exact=True).fill("0")
        page.get_by_label("steps", exact=True).press("Enter")
        expect(page.get_by_role("alert")).to_have_text("steps = 0: expected an integer from 1 to 200")


@pytest.mark.parametrize("start", [START, TASK3, LESSON], ids=["task2", "task3", "learning"])
def test_the_code_it_copies_gives_its_numbers(start: OfGraph, reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, start) as visit:
        visit.page.evaluate("navigator.clipboard.writeText = async (text) => { globalThis.copied = text; }")
        for name in ("PyTorch", "labcode"):
            visit.page.get_by_role("button", name=f"Copy {name} code").click()
            said: list[Any] = []
            exec(visit.page.evaluate("globalThis.copied"), {"print": lambda *values, said=said: said.append(values)})
            if isinstance(start, Descent):
                losses = [step["loss"] for step in start.trace()["steps"][:-1]]
                assert np.allclose([float(loss) for (loss,) in said], losses)
                continue
            trace = start.trace()
            (loss, *grads), moved = said
            last = {e["source"]: e["gradient"] for e in trace["edges"]}
            assert float(np.squeeze(loss)) == pytest.approx(trace["loss"][0])
            assert [np.ravel(g).tolist() for g in grads] == [last[i] for i in start.params]
            after = [trace["after"][start.places.index(i)] for i in start.params]
            assert all(np.allclose(np.ravel(m), a) for m, a in zip(moved, after, strict=True))


@pytest.mark.parametrize("language", ["PyTorch", "labcode"])
def test_the_code_of_any_graph_gives_its_numbers(language: str) -> None:
    rng, seen = np.random.default_rng(9), 0
    for _ in range(300):
        walked = walk(rng)
        trace, graph = walked.trace(), walked.data()["graph"]
        code = graph["code"][language].replace("⟨α⟩", str(walked.alpha))
        for i in walked.places:
            code = code.replace(f"⟨{i}⟩", str(walked.values[i].tolist()))
        said: list[Any] = []
        if not walked.edges:  # nothing asks for a gradient
            continue
        exec(code, {"print": lambda *values, said=said: said.append(values)})
        loss, *grads = said[0]
        last = {e["source"]: e["gradient"] for e in trace["edges"]}
        assert close(float(np.squeeze(loss)), trace["loss"][0]), code
        for i, grad in zip(walked.params, grads, strict=True):
            assert close(np.ravel(grad).tolist(), last[i]), code
        for i, moved in zip(walked.params, said[1] if len(said) > 1 else (), strict=True):
            assert close(np.ravel(moved).tolist(), trace["after"][walked.places.index(i)]), code
        seen += 1
    assert seen > 250


def test_a_link_brings_back_the_configuration(page: Page, reader: Visitor, tmp_path: Path) -> None:
    page.get_by_label("α, the step size").fill("0.1")
    page.get_by_label("α, the step size").press("Enter")
    page.get_by_label("next step").click()
    page.wait_for_function("location.hash === '#graph=alpha:0.1;step:1'")
    with opened(reader, tmp_path, START, link="#graph=alpha:0.1;step:6;leaves:((1,1,1),(2,2))") as visit:
        expect(visit.page.locator(".sum")).to_contain_text("f goes from 4 to 3.8")


def test_a_phone_taps(reader: Visitor, page: Page) -> None:
    with phone(reader, page) as touched:
        touched.get_by_role("button", name=re.compile("^f = max")).tap()
        expect(touched.locator(".sum")).to_have_text("Forward: f = max(z) = [2]")
        touched.get_by_role("button", name="edge from z to f").tap()
        expect(touched.locator(".sum")).to_contain_text("∂f/∂z")
        touched.get_by_label("next step").tap()
        expect(touched.locator(".sum")).to_contain_text("∂f/∂x")


def test_a_phone_taps_a_curve(reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, LESSON) as visit, phone(reader, visit.page) as touched:
        box = touched.locator(".curve svg").bounding_box()
        assert box
        touched.touchscreen.tap(box["x"] + box["width"] * 0.97, box["y"] + box["height"] / 2)
        expect(touched.locator(".place")).to_have_text("9 of 9")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("start", [START, TASK3, LESSON], ids=["task2", "task3", "learning"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    start: OfGraph, view: str, reader: Visitor, tmp_path: Path
) -> None:
    with opened(reader, tmp_path, start, view=view) as visit:
        for step in ("Home", "ArrowRight", "End"):
            visit.page.get_by_role("slider", name="step").focus()
            visit.page.keyboard.press(step)
            assert Axe().run(visit.page).response["violations"] == []
            assert visit.page.evaluate(WIDER_THAN_SCREEN) <= 0
        visit.page.get_by_label("α, the step size").fill("?")
        visit.page.get_by_label("α, the step size").press("Enter")
        assert Axe().run(visit.page).response["violations"] == []


@pytest.mark.parametrize("start", [START, LESSON], ids=["graph", "learning"])
def test_on_paper_and_without_scripts_there_is_a_table(start: OfGraph, reader: Visitor, tmp_path: Path) -> None:
    with opened(reader, tmp_path, start) as visit:
        expect(visit.page.locator("table.lab-table")).to_be_hidden()
        visit.page.emulate_media(media="print")
        expect(visit.page.locator("table.lab-table")).to_be_visible()
        address = visit.page.url
    context = reader.browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(address)
    expect(plain.locator("table.lab-table")).to_be_visible()
    if isinstance(start, GraphWalk):
        expect(plain.locator(".lab-figure svg")).to_be_visible()
    context.close()
