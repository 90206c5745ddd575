"""The second opinion: an edited page is red, a wrong result of labcode is red, and what is right is told as such.

Pages are made by hand here, so that each fault stands alone; the last tests take the built book. Each oracle is asked
twice: about what labcode returned, where it must agree, and about the same made wrong, where it must not.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import is_dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

import labcode as lc
from labcode import ops, reference
from labcode.closed_form import homogeneous, kronecker, toeplitz
from labcode.cost import TOOLS, Roofline, cost, im2col_shape, itemsize, memory, read, receptive_field, small
from labcode.geometry import Window, same_padding
from labcode.lab5 import task3
from labcode.op import Count, Op
from labcode.verify import report, rests_on
from labcode.verify.__main__ import main
from labcode.verify.oracles import all_oracles, code
from labcode.verify.oracles.layers import LARGEST, tensor
from labcode.verify.page import read_page
from labcode.verify.report import judge, verify
from labcode.verify.rerun import Outcome
from labcode.verify.watch import Watch
from tests.build import CHAPTER

ROOT = Path(__file__).parents[1]
CELL = """import labcode as lc
from IPython.display import HTML, Markdown, Math
from labcode.render import latex
y = lc.conv1d([1, 2, 3], [1, 1])
rate = 0.5"""
RESULTS = {  # expression: what the page shows, and what is edited in it
    "int(y[0])": ("<span>3</span>", "3"),
    "Math(latex.matrix(y))": (r'<div class="tex">\displaystyle \begin{bmatrix} 3 &amp; 5 \end{bmatrix}</div>', "5"),
    "Markdown(f'| sum |\\n|--|\\n| −{y.sum()} of *twelve* |')": (
        "<table><tr><th>sum</th></tr><tr><td>−8 of <em>twelve</em></td></tr></table>",
        "twelve",
    ),
    "HTML(f'<svg><title>Bars</title><text>{y[1]}</text></svg>')": ("<svg><title>Bars</title><text>5</text></svg>", "5"),
    "print(f'{-y.sum() * 1000:,}')": ("<pre>-8,000\n</pre>", "-8,000"),
    "HTML(f'<img alt=\"{y[0]} bars\">')": ('<img alt="3 bars">', "3"),
    "rate": ("0.5", "0.5"),
}
GOOD = {expression: text for expression, (text, _) in RESULTS.items()}
NUMBERS, GIVEN = 8, 1  # on that page: the rate is no result of labcode's


def html(results: dict[str, str], cell: str = CELL) -> str:
    """A page that says it ran a cell and shows results."""
    ids = {expression: f"executed-{i}" for i, expression in enumerate(results)}
    shown = "".join(f'<p>It is <span class="executed" id="{ids[e]}">{text}</span>.</p>' for e, text in results.items())
    records = [{"id": i, "kind": "eval", "expression": e, "cell": 0, "text": ""} for e, i in ids.items()]
    account = json.dumps({"cells": [cell], "records": records}).replace("<", "\\u003c")
    return f'<html><body>{shown}<script type="application/json" id="executed">{account}</script></body></html>'


def book(folder: Path, **pages: str) -> Path:
    """A built book of these pages."""
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


def disagreements(printed: str) -> list[str]:
    return [line for line in printed.splitlines() if line.startswith("DISAGREES")]


# --- pages made by hand ----------------------------------------------------------------------------


def test_a_page_that_shows_what_the_code_gives_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(book(tmp_path, page=html(GOOD)))]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[1].split() == ["page", *map(str, (NUMBERS, NUMBERS, NUMBERS - GIVEN, GIVEN))]
    assert "1 are given" in printed


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What that page gives, evaluated once in a process of its own: edits of the HTML do not change it."""
    page = read_page(book(tmp_path_factory.mktemp("book"), page=html(GOOD)) / "page.html")
    assert page is not None
    return report.rerun(page)


@pytest.fixture
def known(outcomes: dict[str, Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are not evaluated again: that result is taken."""
    monkeypatch.setattr(report, "rerun", lambda page, source: outcomes)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("expression", RESULTS)
def test_an_edit_by_hand_is_red_and_told_by_both_values(
    expression: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, old = RESULTS[expression]
    assert main([str(book(tmp_path, page=html({**GOOD, expression: text.replace(old, "7")})))]) == 1
    printed = capsys.readouterr().out
    (line,) = disagreements(printed)
    assert line.startswith("DISAGREES: page: ")
    shown, again = line.split(", re-computed ")
    assert "[7]" in shown
    assert f"[{old.replace(',', '')}]" in again
    assert int(printed.splitlines()[1].split()[2]) == NUMBERS - (old != "twelve")


@pytest.mark.usefixtures("known")
def test_a_sign_that_is_lost_is_red(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(book(tmp_path, page=html(GOOD).replace("-8,000", "8,000")))]) == 1
    assert len(disagreements(capsys.readouterr().out)) == 1


@pytest.mark.usefixtures("known")
def test_a_result_that_was_taken_off_the_page_is_red(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = html(GOOD).replace('<span class="executed" id="executed-0">', '<span class="executed" id="executed-x">')
    assert main([str(book(tmp_path, page=page))]) == 1
    lost, added = sorted(disagreements(capsys.readouterr().out), key=lambda line: "executed-x" in line)
    assert lost.endswith("int(y[0]): not on the page")
    assert "executed-x: shown as executed, but no record" in added


def test_pages_do_not_share_names(tmp_path: Path) -> None:
    first, second = html({"int(y[0])": "3"}), html({"int(y[0])": "3"}, cell="import labcode as lc")
    good, bad = verify(book(tmp_path, a=first, b=second))
    assert good.disagreements == []
    assert bad.disagreements[0] == "b: int(y[0]): raises NameError: name 'y' is not defined"


def test_a_page_that_cannot_be_evaluated_says_why(tmp_path: Path) -> None:
    (verdict,) = verify(book(tmp_path, page=html({"y": "3"}, cell="y = = 3")))
    assert "SyntaxError" in verdict.disagreements[0]


@pytest.mark.parametrize("page", ["<p>No number here.</p>", '<p class="executed">3</p>'])
def test_a_book_without_records_is_told_so(page: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(book(tmp_path, page=page))]) == 1
    assert f"html = {tmp_path}: expected a built book whose pages record what they executed" in capsys.readouterr().err


def test_an_account_that_cannot_be_read_names_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(book(tmp_path, broken='<script id="executed">{"cells": []}</script>'))]) == 1
    assert "broken.html" in capsys.readouterr().err


# --- what a number rests on ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "lines"),
    [
        ("a", [1]),
        ("b", [2, 1]),
        ("f(1)", [3, 1]),
        ("c", [6, 5]),  # bound anew: what it was before does not count
        ("[c for c in a]", [1]),
        ("d['k']", [8, 7, 2, 1]),
    ],
)
def test_a_result_rests_on_what_defines_its_names(expression: str, lines: list[int]) -> None:
    page = ["a = one()", "b = a + 1", "def f(x): return x + a", "c = three()", "c = 4", "c.append(5)", "d = {}"]
    statements = rests_on.statements("\n".join([*page, "d['k'] = b"]), 0)
    found = rests_on.behind(statements, rests_on.names(expression))
    assert [s.lines.start for s in found] == lines


def test_the_output_of_a_cell_rests_on_its_expressions_and_what_they_use() -> None:
    before, cell = rests_on.statements("x = 1\nz = 2", 0), rests_on.statements("y = x\nunused = z\nshow(y)\nw = 1", 1)
    assert [(s.cell, s.lines.start) for s in rests_on.behind_cell(before, cell)] == [(1, 3), (1, 1), (0, 1)]


def test_a_step_changes_variables_that_it_does_not_name(tmp_path: Path) -> None:
    cell = "import labcode as lc\nw = lc.Variable([1.0, 2.0])\nf = (w * w).sum()\nf.backward()\nlc.sgd([w], lr=0.25)"
    path = book(tmp_path, page=html({"float(w.grad[1])": "4.0", "float(w.value[1])": "1.0"}, cell)) / "page.html"
    page = read_page(path)
    assert page is not None
    for outcome in report.rerun(page).values():
        assert {"Variable.backward", "sgd"} <= {finding.function for finding in outcome.findings if finding.oracle}


# --- oracles ---------------------------------------------------------------------------------------


class Lying(Watch):
    """A watch that makes every result wrong before an oracle sees it."""

    def _leave(self, frame: FrameType, value: Any) -> None:
        super()._leave(frame, wrong(value))


SPOILT = {"Partials": "values", "Step": "value", "Cost": "forward", "GraphCost": "training_peak", "Inference": "edges"}
SPOILT |= {"EdgeDimension": "rows"}  # of a record, what is made wrong; else its first field


def wrong(value: Any) -> Any:
    """The same, but for a number that is off by one."""
    if isinstance(value, tuple | list):
        return [wrong(value[0]), *value[1:]] if value else [1]
    if is_dataclass(value) and not isinstance(value, type):
        name = SPOILT.get(type(value).__name__, next(iter(value.__dataclass_fields__)))
        return replace(value, **{name: wrong(getattr(value, name))})
    return value if value is None else value + 1


def watched(run: Callable[[], Any], kind: type[Watch] = Watch) -> dict[str, str]:
    """What the oracles say of the calls made, by function; a call that nobody answered for fails the test."""
    watch = kind(ORACLES)
    with watch.during("test", {}):
        run()
    findings = watch.of("test")
    assert all(finding.oracle for finding in findings), findings
    said: dict[str, str] = {}
    for finding in findings:
        said[finding.function] = said.get(finding.function, "") + finding.differs
    return said


ORACLES = all_oracles()
rng = np.random.default_rng(3)


def some(*shape: int) -> Any:
    return rng.normal(size=shape)


INPUTS: dict[Op, tuple[Any, ...]] = {
    ops.Conv1d(stride=2, padding=1): (some(2, 3, 5), some(2, 3, 2), some(2)),
    ops.Conv2d(padding=1, dilation=2): (some(4, 3), some(3, 2)),
    ops.Conv2d(stride=(2, 1), padding=(0, 1), groups=2): (some(2, 4, 3, 3), some(2, 2, 2, 3), some(2)),
    ops.Conv2d(padding="same"): (some(2, 2, 3), some(2, 2, 2, 3)),
    ops.ConvTranspose1d(stride=2): (some(2, 3, 4), some(3, 2, 3)),
    ops.ConvTranspose2d(padding=1): (some(3, 3), some(3, 3)),
    ops.MaxPool1d(3, 2, 1): (some(2, 8),),
    ops.MaxPool2d((1, 2)): (some(3, 3),),
    ops.MaxPool2d(3, 2, 1, ceil_mode=True): (some(1, 2, 4, 5),),
    ops.AvgPool1d(2): (some(6),),
    ops.AvgPool2d(2, 1, 1, count_include_pad=False): (some(2, 4, 4),),
    ops.Unfold(2): (some(1, 2, 3, 4),),
    ops.Fold((3, 4), 2): (some(1, 8, 6),),
    ops.Linear(): (some(3, 4), some(2, 4), some(2)),
    ops.MatMul(): (some(3, 4), some(4, 2)),
    ops.MatVec(): (some(3, 4), some(4)),
    ops.VecMat(): (some(3), some(3, 4)),
    ops.Dot(): (some(3), some(3)),
    ops.Sum(): (some(2, 3),),
    ops.Add(): (some(2, 3), some(2, 3)),
    ops.Sub(): (some(2, 3), some(2, 3)),
    ops.Mul(): (some(2, 3), some(2, 3)),
    ops.Scale(-3.0): (some(4),),
    ops.Square(): (some(4),),
    ops.ReLU(): (np.array([-1.0, 0.0, 2.0]),),
    ops.Sigmoid(): (some(4),),
    ops.Tanh(): (some(4),),
    ops.Softmax(1): (some(2, 3),),
    ops.LogSoftmax(0): (some(2, 3),),
    ops.SquaredError("mean"): (some(3, 1), some(3, 1)),
    ops.PairwiseSquaredError(): (some(2, 1), some(3, 1)),
    ops.CrossEntropy((0, 2)): (some(2, 3),),
    ops.Transpose(): (some(2, 3),),
    ops.Flip((0,)): (some(3, 2),),
    ops.Reshape((3, 2)): (some(2, 3),),
}


def rules(op: Op, inputs: tuple[Any, ...]) -> None:
    """Call every rule of an op that computes."""
    op.shape(*(a.shape for a in inputs))
    y = op.forward(*inputs)
    list(op.trace(*inputs))
    for arg, x in enumerate(inputs):
        op.vjp(arg, rng.normal(size=y.shape), y, *inputs)
        op.jvp(arg, rng.normal(size=x.shape), y, *inputs)
        op.partials(arg, y, *inputs)


def test_every_op_has_an_example_here() -> None:
    assert {type(op).__name__ for op in INPUTS} == set(ops.__all__)


@pytest.mark.parametrize("op", INPUTS, ids=repr)
def test_pytorch_answers_for_every_rule_and_contradicts_a_wrong_result(op: Op) -> None:
    right, spoilt = (watched(lambda: rules(op, INPUTS[op]), kind) for kind in (Watch, Lying))
    assert set(right.values()) == {""}
    assert len(right) == 6
    assert all(spoilt.values())


COUNTABLE = (ops.Conv1d, ops.Conv2d, ops.MaxPool1d, ops.MaxPool2d, ops.AvgPool1d, ops.AvgPool2d, ops.Linear)
COUNTED = [op for op in INPUTS if isinstance(op, COUNTABLE)]
COUNTED += [ops.MatMul(), ops.ReLU(), ops.Reshape((3, 2))]


@pytest.mark.parametrize("op", COUNTED, ids=repr)
def test_counts_are_counted_again(op: Op) -> None:
    shapes = [a.shape for a in INPUTS[op]]

    def run() -> None:
        for some_shapes in (shapes, shapes[:2]):
            op.count(*some_shapes)
            for arg in range(len(some_shapes)):
                op.count_vjp(arg, *some_shapes)

    right, spoilt = watched(run), watched(run, Lying)
    assert set(right.values()) == {""}
    assert len(right) == 2
    assert all(spoilt.values())


def test_counts_that_pytorch_does_not_know_are_those_of_counting_numbers() -> None:
    """The instruments agree with each other, where a number that counts can go through the loops in a test's time."""
    from tests.counting import Tally

    op, (x, w, b) = next((op, arrays) for op, arrays in INPUTS.items() if isinstance(op, ops.Conv1d))
    tally = Tally()
    pads = [[[[tally.number(v) for v in row]] for row in image] for image in x.tolist()]
    kernel = [[[[tally.number(v) for v in row]] for row in filters] for filters in w.tolist()]
    bias = [tally.number(v) for v in b.tolist()]
    settings = {"stride": (1, 2), "padding": ((0, 0), (1, 1)), "zero": tally.number(0.0, padding=True)}
    reference.conv2d(pads, kernel, bias, **settings)
    judgement = ORACLES[code(ops.Conv1d.count)].ask({"self": op, "shapes": (x.shape, w.shape, b.shape)})
    assert judgement is not None
    assert judgement(tally.count) == ""
    assert judgement(tally.count + Count(add_padding=1)) != ""


A, B = lc.Variable(some(2, 3), name="A"), lc.Variable(some(3, 2), name="B")
PRODUCT = (A @ B).named("C")
WINDOW = Window(3, stride=2, padding=(1, 2), dilation=2)
LAYER = cost(ops.Conv2d(padding=1, stride=2), (1, 3, 8, 8), (4, 3, 3, 3), (4,))
NETWORK = cost(small())
MACHINE = Roofline(100.0, 23.5)
CALLS: dict[str, Callable[[], Any]] = {
    "Window.output_size": lambda: WINDOW.output_size(12),
    "Window.transposed_size": lambda: [WINDOW.transposed_size(n, extra) for n in (1, 4) for extra in (0, 1)],
    "Window.start": lambda: WINDOW.start(2),
    "Window.taps_inside": lambda: WINDOW.taps_inside(12),
    "Window.uses": lambda: WINDOW.uses(12),
    "Window.uses_of_taps": lambda: WINDOW.uses_of_taps(12),
    "Window.cut_off": lambda: Window(2, stride=2).cut_off(7),
    "Window.extent": lambda: WINDOW.extent,
    "same_padding": lambda: (same_padding.cache_clear(), same_padding(4, 3)),
    "jacobian": lambda: [lc.jacobian(PRODUCT, A, order, "denominator") for order in ("F", "C")],
    "jvp": lambda: lc.jvp(PRODUCT, A, some(2, 3)),
    "vjp": lambda: lc.vjp(PRODUCT, A, some(2, 2)),
    "edge_jacobian": lambda: lc.edge_jacobians(lc.Graph(PRODUCT)),
    "vec": lambda: [lc.vec(some(2, 3), order) for order in ("F", "C")],
    "chain": lambda: lc.chain(some(2, 3), some(3, 4), some(4, 1)),
    "infer": lambda: lc.infer(task3.A.graph()),
    "gradient_shape": lambda: [task3.gradient_shape("z", "w", reading) for reading in task3.READINGS],
    "kronecker": lambda: [kronecker([5, 7], 2, order) for order in ("F", "C")],
    "toeplitz": lambda: toeplitz(some(3, 2), [WINDOW, Window(2, padding=(0, 1))], (6, 5)),
    "homogeneous": lambda: homogeneous([2, 3]),
    "correlate": lambda: reference.correlate([[1, 2, 3]], [[1, 1]]),
    "_MaxPool.indices": lambda: ops.MaxPool2d(2).indices(some(4, 4)),
    "receptive_field": lambda: receptive_field((ops.Conv2d(padding=1), (1, 1, 3, 3)), ops.ReLU(), ops.MaxPool2d(2)),
    "cost_of_op": lambda: cost(ops.Conv2d(stride=2), (3, 8, 8), (4, 3, 3, 3), bias=True),
    "cost_of_graph": lambda: cost(lc.Graph(lc.linear(lc.Variable(some(2, 3)), lc.Variable(some(4, 3))))),
    "read": lambda: [read(Count(7, 5, mul_padding=2, add_padding=1), name) for name in ("exact", "skip-padding")],
    "Cost.operations": lambda: LAYER.operations("skip-padding", "both"),
    "GraphCost.operations": lambda: NETWORK.operations("mac", "backward"),
    "GraphCost.forward": lambda: NETWORK.forward,
    "GraphCost.backward": lambda: NETWORK.backward,
    "Tool.expected": lambda: [
        tool.expected(cost(ops.Conv2d(), (2, 3, 8, 8), (4, 3, 3, 3), bias=True)) for tool in TOOLS
    ],
    "Roofline.ridge": lambda: MACHINE.ridge,
    "Roofline.attainable": lambda: [MACHINE.attainable(intensity) for intensity in (0, 2, 50)],
    "Roofline.seconds": lambda: [MACHINE.seconds(10**9, traffic) for traffic in (1, 10**9)],
    "Cost.parameters": lambda: LAYER.parameters,
    "Cost.activations": lambda: LAYER.activations,
    "im2col_shape": lambda: im2col_shape(ops.Conv2d(stride=2), (3, 8, 8), (4, 3, 3, 3)),
    "memory": lambda: memory((3, 5), "float64"),
    "itemsize": lambda: [itemsize(dtype) for dtype in ("bfloat16", np.float32)],
}


@pytest.mark.parametrize("name", CALLS)
def test_an_oracle_agrees_with_what_is_right_and_contradicts_what_is_wrong(name: str) -> None:
    assert watched(CALLS[name])[name] == ""
    assert watched(CALLS[name], Lying)[name] != ""


@pytest.mark.parametrize("order", ["F", "C"])
def test_a_jacobian_too_large_for_autograd_is_checked_by_a_product(order: Any) -> None:
    x = lc.Variable(some(3, 20, 20), name="x")
    big = lc.conv2d(x, some(8, 3, 3, 3))
    assert big.value.size * x.value.size > LARGEST
    for layout in ("numerator", "denominator"):
        ask = {"f": big, "x": x, "order": order, "layout": layout}
        J = lc.jacobian(big, x, order, layout, sparse=True)
        judgement = ORACLES[code(lc.jacobian)].ask(ask)
        assert judgement is not None
        assert judgement(J) == ""
        J.data[J.nnz // 2] += 1e-3
        assert judgement(J) != ""


def test_a_sparse_matrix_of_a_layer_is_checked_too() -> None:
    ask = {"w": some(2, 3, 3), "windows": [WINDOW], "sizes": [9]}
    T = toeplitz(**ask, sparse=True)
    judgement = ORACLES[code(toeplitz)].ask({**ask, "sparse": True})
    assert judgement is not None
    assert judgement(T) == ""
    T.data[0] += 1e-3
    assert judgement(T) != ""


def test_every_oracle_is_asked_here() -> None:
    of_rules = {code(getattr(op, rule)) for op in map(type, INPUTS) for rule in vars(Op) if callable(getattr(op, rule))}
    assert {c.co_qualname for c in ORACLES.keys() - of_rules} == {*CALLS, "Variable.backward", "sgd"}


def test_gradients_are_those_of_autograd_also_where_they_are_added_to() -> None:
    w = lc.Variable(some(3), name="w")
    for _ in range(2):
        f = (w * w).sum()
        assert watched(f.backward)["Variable.backward"] == ""
    judgement = ORACLES[code(lc.Variable.backward)].ask({"self": f, "gradient": None})
    assert judgement is not None
    f.backward()
    w.grad = w.grad + 1e-3
    assert judgement(None) != ""


def test_a_step_is_that_of_an_optimiser() -> None:
    w = lc.Variable([1.0, 2.0], name="w")
    (w * w).sum().backward()
    assert watched(lambda: lc.sgd([w], lr=0.1))["sgd"] == ""
    judgement = ORACLES[code(lc.sgd)].ask({"params": [w], "lr": 0.1})
    assert judgement is not None
    lc.sgd([w], lr=0.2)
    assert judgement(None) != ""


def test_what_no_oracle_knows_is_told_as_that() -> None:
    watch = Watch(ORACLES)
    with watch.during("test", {}):
        lc.gradient_check(lambda x: (x * x).sum(), [1.0, 2.0])
    assert {f.function for f in watch.of("test") if not f.oracle} >= {"gradient_check"}


def test_a_view_that_runs_backwards_is_checked_like_its_copy() -> None:
    kernel = np.array([1.0, 2.0, 5.0])[::-1]
    assert tensor(kernel).tolist() == [5.0, 2.0, 1.0]
    assert tensor(np.float64(3)).ndim == 0


def test_modes_of_the_page_do_not_reach_the_oracle() -> None:
    import torch

    f = (A * A).sum()
    with torch.no_grad():
        assert watched(f.backward)["Variable.backward"] == ""


@pytest.mark.parametrize(
    ("file", "old", "new", "shown", "function"),
    [
        ("ops/conv.py", "else small).reshape(lay.output)", "else small).reshape(lay.output) + 1", "4", "_Conv.forward"),
        ("geometry.py", "return places - beyond", "return places - beyond - (places > 1)", "3", "_Conv.forward"),
    ],
)
def test_a_fault_in_labcode_is_red_though_the_page_shows_what_it_gives(
    file: str, old: str, new: str, shown: str, function: str, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "labcode", tmp_path / "labcode", ignore=shutil.ignore_patterns("__pycache__"))
    source = tmp_path / "labcode" / file
    text = source.read_text(encoding="utf-8")
    assert text.count(old) == 1
    source.write_text(text.replace(old, new), encoding="utf-8")
    (tmp_path / "html").mkdir()
    page = html({"int(y[0])": shown}, cell="import labcode as lc\ny = lc.conv1d([1, 2, 3], [1, 1])")
    command = [sys.executable, "-m", "labcode.verify", str(book(tmp_path / "html", page=page))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[1].split() == ["page", "1", "1", "0", "1"]
    assert any(f"{function}, asked of PyTorch" in line for line in disagreements(done.stdout))


# --- the built book --------------------------------------------------------------------------------


def test_every_number_of_the_book_is_what_the_code_gives_now(site: Path) -> None:
    verdicts = verify(site)
    assert [line for verdict in verdicts for line in verdict.disagreements] == []
    assert sum(v.shown for v in verdicts) == sum(v.equal + v.unrecorded for v in verdicts)
    most = {v.page for v in verdicts if v.checked > v.shown / 2}
    assert {*CHAPTER, "lab-sheet"} <= most


def test_an_edit_in_a_built_page_is_found(site: Path, tmp_path: Path) -> None:
    text = (site / "index.html").read_text(encoding="utf-8")
    old, new = "input x, [2, 1, 2]", "input x, [2, 1, 7]"
    assert old in text
    shutil.copytree(site / "_static" / "page-data", tmp_path / "_static" / "page-data")  # its own account, as it was
    page = read_page(book(tmp_path, index=text.replace(old, new, 1)) / "index.html")
    assert page is not None
    (line,) = judge(page).disagreements
    assert "[7] 1 0 0" in line  # the words around it, as far as the report tells them
    assert "[2] 1 0 0" in line
