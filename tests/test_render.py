"""Text from records: exactly the numbers of the record, well-formed, readable without seeing it."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import combinations
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import labcode as lc
from labcode import ops
from labcode.errors import ArgumentError
from labcode.geometry import Window
from labcode.lab5 import task1, task2
from labcode.render import html, latex, svg
from labcode.render.layout import layered

SVG = "{http://www.w3.org/2000/svg}"
INTEGERS = st.integers(-(10**9), 10**9)


def parsed(drawing: str) -> ET.Element:
    """The svg element of a drawing."""
    return next(ET.fromstring(drawing).iter(f"{SVG}svg"))


def texts(drawing: str) -> list[str]:
    return [t.text for t in parsed(drawing).iter(f"{SVG}text")]


@given(INTEGERS)
def test_integers_read_back(n: int) -> None:
    assert int(latex.number(n).replace("{,}", "")) == n
    assert int(html.number(n).replace(",", "").replace("−", "-")) == n
    assert latex.number(float(n)) == latex.number(n) == latex.number(np.int64(n))


@given(st.fractions(max_denominator=50))
def test_fractions_read_back(value: Fraction) -> None:
    found = re.fullmatch(r"(-?)\\tfrac\{(\d+)\}\{(\d+)\}", latex.number(value))
    expected = (
        Fraction(int(found[1] + found[2]), int(found[3])) if found else Fraction(latex.number(value).replace("{,}", ""))
    )
    assert expected == value


@pytest.mark.parametrize(("value", "text"), [(-np.inf, r"-\infty"), (0.5, "0.5"), (1e-9, r"1\cdot 10^{-9}")])
def test_other_numbers(value: float, text: str) -> None:
    assert latex.number(value) == text


@given(st.lists(st.lists(st.integers(-99, 99), min_size=2, max_size=2), min_size=1, max_size=4))
def test_matrices_read_back(rows: list[list[int]]) -> None:
    body = latex.matrix(rows).removeprefix(r"\begin{bmatrix} ").removesuffix(r" \end{bmatrix}")
    assert [[int(v) for v in row.split(" & ")] for row in body.split(r" \\ ")] == rows


def test_a_matrix_of_three_dimensions_is_refused() -> None:
    with pytest.raises(lc.ArgumentError, match="at most 2 dimensions"):
        latex.matrix(np.zeros((1, 2, 3)))


@pytest.mark.parametrize("op", [task1.CONV, task1.STRIDED, task1.POOL, *(v.op for v in task1.POOL_SLIPS)], ids=str)
def test_a_written_step_is_true(op: object) -> None:
    """Evaluate what is written: left of the last equals sign gives what is right of it."""
    for step in task1.trace(op):
        text = latex.step(step)
        for pattern in (r"\\textcolor\{gray\}\{([^}]*)\}", r"\\boxed\{([^}]*)\}"):
            text = re.sub(pattern, r"\1", text)
        _, body, result = text.split(" = ")
        code = body.replace(r"\cdot", "*").replace(r"\infty", "float('inf')").replace(r",\ ", ", ")
        code = code.replace(r"\max(", "largest(").replace(r"\operatorname{mean}(", "mean(")
        rules = {"largest": lambda *v: max(v), "mean": lambda *v: sum(v) / len(v)}
        assert eval(code, rules) == pytest.approx(float(result))


def test_tables_name_rows_and_columns_and_escape_text() -> None:
    root = ET.fromstring(html.table([["<a>", 1, "b & c"]], ["name", "number", "text"], "A & B"))
    assert (root.get("tabindex"), root.get("role"), root.get("aria-label")) == ("0", "group", "A & B")  # it may scroll
    assert root.find("table/caption").text == "A & B"
    assert [h.get("scope") for h in root.iter("th")] == ["col", "col", "col", "row"]
    assert [c.get("class") for c in root.iter("td")] == ["number", "text"]
    assert root.find("table/tbody/tr/th").text == "<a>"


edges = st.integers(2, 30).flatmap(
    lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=40))
)


@given(edges)
def test_layout_overlaps_nothing_and_points_forward(case: tuple[int, list[tuple[int, int]]]) -> None:
    count, pairs = case
    forward = [(min(p), max(p)) for p in pairs if p[0] != p[1]]
    layout = layered(count, forward)
    for a, b in combinations(layout.nodes, 2):
        assert a[0] != b[0] or abs(a[1] - b[1]) >= 1
    for (source, target), way in zip(forward, layout.edges, strict=True):
        assert way[0] == layout.nodes[source]
        assert way[-1] == layout.nodes[target]
        columns = [column for column, _ in way]
        assert columns == list(range(columns[0], columns[-1] + 1))
        assert len(columns) > 1
        for column, row in way[1:-1]:  # a waypoint keeps clear of every node of its column
            assert all(c != column or abs(r - row) >= 1 for c, r in layout.nodes)


def test_a_graph_drawing_shows_the_values_and_says_them() -> None:
    graph = task2.graph()
    values = graph.evaluate()
    grads = graph.backward(values, {len(values) - 1: np.ones(1)})
    drawing = svg.draw_graph(graph, values, grads, ["a", "b", "c"], title="Task <two>")
    shown = texts(drawing)
    for node, value, grad in zip(graph.nodes, values, grads, strict=True):
        assert svg.short(value) in shown
        assert f"∂: {svg.short(grad)}" in shown
        assert node.name in parsed(drawing).find(f"{SVG}desc").text
    assert {"a", "b", "c"} <= set(shown)
    assert parsed(drawing).find(f"{SVG}title").text == "Task <two>"
    assert parsed(drawing).get("role") == "img"
    assert len(list(parsed(drawing).iter(f"{SVG}polygon"))) == len(graph.edges)


def test_drawings_carry_no_ids_that_could_collide() -> None:
    assert " id=" not in svg.draw_graph(task2.graph())


def test_a_graph_draws_itself_in_a_notebook() -> None:
    assert parsed(task2.graph()._repr_html_()).get("role") == "img"


@pytest.mark.parametrize("place", [(0, 0), (1, 1)])
def test_a_window_drawing_marks_the_taps_and_the_output(place: tuple[int, int]) -> None:
    y = task1.strided()
    drawing = svg.draw_window(task1.X, task1.STRIDED.windows(task1.W.shape), place, y)
    bold = [t.text for t in parsed(drawing).iter(f"{SVG}text") if t.get("font-weight") == "bold"]
    step = next(s for s in task1.trace(task1.STRIDED) if s.index == place)
    assert bold == [html.number(t.factors[0]) for t in step.terms] + [html.number(step.value)]
    assert "padding" in parsed(drawing).find(f"{SVG}desc").text


def test_a_window_on_a_row() -> None:
    drawing = svg.draw_window([2, 1, 2], ops.Conv1d().windows((2,)), (1,), [2, 1])
    bold = [t.text for t in parsed(drawing).iter(f"{SVG}text") if t.get("font-weight") == "bold"]
    assert bold == ["1", "2", "1"]


def test_only_columns_of_nothing_but_numbers_are_aligned() -> None:
    rows = [["1.1", "5e-03", "", 1, "[1, 2]"], ["channels", "12,345%", "−2.5", "x", "3"]]
    table = ET.fromstring(html.table(rows, list("abcde"), "Keys"))
    classes = [[c.get("class") for c in row] for row in table.find("table/tbody") or ()]
    assert classes == [["text", "number", "number", "text", "text"]] * 2


@given(st.integers(0, 1), st.integers(1, 2), st.integers(1, 2), st.data())
def test_a_window_drawing_carries_the_weights(padding: int, stride: int, dilation: int, data: st.DataObject) -> None:
    """The numbers under the window times the small ones are the output, as torch has it."""
    x, w = np.arange(16).reshape(4, 4) - 7, np.array([[1, -2], [3, 5]])
    image, kernel = (torch.tensor(a)[None, None] for a in (x, w))
    y = torch.nn.functional.conv2d(image, kernel, None, stride, padding, dilation)[0, 0]
    windows = [Window(2, stride, (padding, padding), dilation)] * 2
    place = tuple(data.draw(st.integers(0, n - 1)) for n in y.shape)
    drawn = list(parsed(svg.draw_window(x, windows, place, w=w)).iter(f"{SVG}text"))
    numbers = [int((t.text or "").strip("×").replace("−", "-")) for t in drawn]
    small = [i for i, t in enumerate(drawn) if t.get("font-size")]
    assert [numbers[i] for i in small] == w.ravel().tolist()
    assert sum(numbers[i - 1] * numbers[i] for i in small) == y[place].item()
    assert all(drawn[i - 1].get("font-weight") == "bold" for i in small)


def test_a_kernel_of_another_shape_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"w = shape \(2, 1\): expected the taps of the window, \(2, 2\)"):
        svg.draw_window(np.eye(3), [Window(2)] * 2, (0, 0), w=[[1], [2]])


def test_a_list_of_thousands_is_not_cut_by_commas() -> None:
    assert svg.short([1000, -20000]) == "[1\u202f000, −20\u202f000]"


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_blocks_read_back(high: int, wide: int, tall: int, broad: int) -> None:
    matrix = np.arange(high * tall * wide * broad).reshape(high * tall, wide * broad)
    found = re.fullmatch(
        r"\\left\[\\begin\{array\}\{([c|]*)\} (.*) \\end\{array\}\\right\]", latex.matrix(matrix, (tall, broad))
    )
    assert found is not None
    assert [len(block) for block in found[1].split("|")] == [broad] * wide
    bands = [[row.split(" & ") for row in band.split(r" \\ ")] for band in found[2].split(r" \\ \hline ")]
    assert [[[int(v) for v in row] for row in band] for band in bands] == matrix.reshape(high, tall, -1).tolist()


@pytest.mark.parametrize("blocks", [(2, 1), (1, 2), (0, 1)])
def test_blocks_must_divide_the_matrix(blocks: tuple[int, int]) -> None:
    with pytest.raises(ArgumentError, match="blocks = "):
        latex.matrix(np.eye(3), blocks)


@given(st.integers(1, 20), st.integers(1, 20))
def test_a_matrix_drawing_counts_its_nonzeros(rows: int, columns: int) -> None:
    matrix = np.eye(rows, columns)
    description = parsed(svg.draw_matrix(matrix)).find(f"{SVG}desc").text
    assert description == f"{rows} rows, {columns} columns, {min(rows, columns)} entries are not zero."
