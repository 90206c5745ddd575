"""Where numbers come from: what is recorded exists, what is said to stand behind a number really ran, links lead there.

The static reading of a page is checked by running the page: Python itself says which functions were called.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup

import labcode
from tests.test_book import build_page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from origins import Code, Origin, documented, look_up  # noqa: E402 - an extension of the book, found by the line above
from traceability import refresh_sources  # noqa: E402 - as above

RECORD = json.loads((ROOT / "book" / "_data" / "tests.json").read_text(encoding="utf-8"))
AGAIN = "python -m tests.coverage_contexts writes it again"
PAGES = sorted(p.stem for p in (ROOT / "book").glob("*.md") if "{code-cell}" in p.read_text(encoding="utf-8"))
CELL = r"```\{code-cell\}[^\n]*\n(?:(?::[a-z]+:[^\n]*|---\n.*?---)\n)*(?P<source>.*?)```"
SHOWN = re.compile(CELL + r"|\{eval\}`(?P<expression>[^`]+)`", re.S)


# --- the record of the tests -----------------------------------------------------------------------


def test_the_record_names_only_tests_that_exist() -> None:
    named = {tuple(test.split("::")) for test in RECORD["tests"]}
    paths = [ROOT / file for file in sorted({file for file, _ in named})]
    trees = {p.relative_to(ROOT).as_posix(): ast.parse(p.read_text(encoding="utf-8")) for p in paths if p.exists()}
    there = {
        (file, node.name) for file, tree in trees.items() for node in tree.body if isinstance(node, ast.FunctionDef)
    }
    assert named - there == set(), AGAIN


def test_the_record_names_only_functions_and_data_that_exist() -> None:
    missing = [name for part in ("functions", "data") for name in RECORD[part] if not exists(name)]
    assert missing == [], AGAIN


def exists(dotted: str) -> bool:
    """Whether a dotted name leads somewhere in labcode."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing: Any = import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            thing = vars(thing).get(name)
        return thing is not None
    return False


def test_the_record_refers_to_its_own_tests() -> None:
    indices = {i for part in ("functions", "data") for found in RECORD[part].values() for i in found}
    assert indices <= set(range(len(RECORD["tests"])))


@pytest.mark.parametrize(
    ("function", "check"),
    [
        ("labcode.ops.conv._Conv.forward", "PyTorch"),
        ("labcode.ops.conv._Conv.forward", "plain loops"),
        ("labcode.ops.conv._Conv.count", "counting numbers"),
        ("labcode.gradcheck.gradient_check", "finite differences"),
        ("labcode.lab5.task2.step", "exact fractions"),
        ("labcode.lab5.task1.conv", "published cases"),
    ],
)
def test_known_checks_were_noticed(function: str, check: str) -> None:
    """Each of these was looked up in the tests by hand."""
    tests = list(RECORD["tests"])
    assert check in {c for index in RECORD["functions"][function] for c in RECORD["tests"][tests[index]]}, AGAIN


def test_a_test_without_an_authority_has_none() -> None:
    assert RECORD["tests"]["tests/test_errors.py::test_a_misuse_is_told_with_argument_value_and_rule"] == []


# --- what stands behind an expression --------------------------------------------------------------

SETUP = """
import labcode as lc
from labcode.lab5 import task1
from labcode.lab5.task1 import CONV, W, X
a, b = task1.conv(), task1.strided()
def size(n): return lc.vec(n)
"""


@pytest.mark.parametrize(
    ("cells", "expression", "there", "not_there"),
    [
        ([SETUP], "a.shape", "task1.conv CONV _Conv.forward", "strided vec"),
        ([SETUP], "b", "strided STRIDED", "task1.conv"),
        ([SETUP], "size(W)", "vec W", "conv strided X"),
        ([SETUP], "[lc.vec for lc in (1, 2)]", "", "conv vec"),
        ([SETUP, "a = lc.relu(X)"], "a", "relu X", "conv CONV"),
        ([SETUP, "c = [1]\nc.append(lc.relu(X))"], "c", "relu", "conv"),
        ([SETUP, "c = {}\nfor k in (1, 2):\n    c[k] = lc.tanh(W)"], "c[1]", "tanh W", "conv"),
        ([SETUP, "lc.relu(X)"], "lc.vec(W)", "vec", "relu"),
        ([SETUP], "task1.SLIPS[0]()", "SLIPS Variant Conv2d", "strided"),
        ([SETUP], "CONV.windows(W.shape)[0].cut_off(3)", "_Conv.windows Window.cut_off", "strided"),
        ([SETUP], "task1.POOL.kernel", "POOL _Pool.kernel", "CONV"),
        ([SETUP], "CONV.windows(W.shape)[0].kernel", "_Conv.windows", "_Pool.kernel"),
        ([SETUP], "1 + 1", "", "conv CONV X W"),
        (["%matplotlib inline", SETUP], "a", "task1.conv", "strided"),
    ],
)
def test_what_stands_behind_an_expression(cells: list[str], expression: str, there: str, not_there: str) -> None:
    found = [str(o) for o in Code(cells).behind(expression, len(cells) - 1)]

    def named(name: str) -> bool:
        return any(f".{f}".endswith(f".{name}") for f in found)

    assert [name for name in there.split() if not named(name)] == []
    assert [name for name in not_there.split() if named(name)] == []


def test_only_cells_before_an_expression_stand_behind_it() -> None:
    code = Code(["import labcode as lc", "a = lc.relu([1.0])", "a = lc.tanh([1.0])"])
    assert [o.name for o in code.behind("a", 1)] == ["relu"]
    assert [o.name for o in code.behind("a", 2)] == ["tanh"]
    assert [o.name for o in code.behind_cell(2)] == []  # it shows nothing


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("labcode.conv2d", "labcode.functional.convolution.conv2d"),
        ("labcode.geometry.Window", "labcode.geometry.Window"),
        ("labcode.geometry.Window.extent", "labcode.geometry.Window.extent"),
        ("labcode.geometry.Window.kernel", "None"),  # a field: the class makes it
    ],
)
def test_an_entry_of_the_api_belongs_to_what_it_describes(name: str, origin: str) -> None:
    assert str(documented(name)) == origin


@contextmanager
def calls() -> Iterator[set[tuple[bool, Origin]]]:
    """Functions of labcode that are called meanwhile, and whether the page itself calls them."""
    seen: set[tuple[bool, Origin]] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        module = str(frame.f_globals.get("__name__"))
        if event == "call" and module.split(".")[0] == "labcode":
            back = frame.f_back
            seen.add(
                (back is not None and back.f_code.co_filename == "<page>", Origin(module, frame.f_code.co_qualname))
            )

    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(None)


def quiet(*things: object) -> None:
    """Show nothing."""


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("about", "performance")])
def test_what_is_said_to_stand_behind_a_number_really_ran(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Run the page: each function found was called by then, and each function that an expression calls was found."""
    cells: list[str] = []
    names: dict[str, Any] = {"__name__": "page"}
    ever: set[Origin] = set()
    for part in SHOWN.finditer((ROOT / "book" / f"{page}.md").read_text(encoding="utf-8")):
        source = part["source"] or part["expression"]
        with calls() as seen:
            exec(compile(source, "<page>", "exec"), names)
            names["display"] = quiet
        ever |= {origin for _, origin in seen}
        if part["source"]:
            cells.append(source)
            found = set(Code(cells).behind_cell(len(cells) - 1))
        else:
            found = set(Code(cells).behind(source, len(cells) - 1))
            direct = {o for by_page, o in seen if by_page and re.search(rf"\b{o.name}\(", source)}
            assert direct <= found, source
        plain = {o for o in found if o.name.isidentifier() and isinstance_of_function(o)}
        if "getsource" not in source:  # which shows a function without calling it
            assert {o for o in plain - ever if not o.module.startswith("labcode.lab5")} == set(), source
    capsys.readouterr()


def isinstance_of_function(origin: Origin) -> bool:
    return type(getattr(import_module(origin.module), origin.name)).__name__ == "function"


# --- the built pages -------------------------------------------------------------------------------


def data_of(html: str, name: str, site: Path) -> dict[str, Any]:
    """JSON that a page carries beside it."""
    element = BeautifulSoup(html, "html.parser").find("script", id=name)
    assert element is not None
    script = (site / str(element["data-from"])).read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(script[script.index("(") + 1 : script.rindex(")")])
    return data


@pytest.mark.parametrize("page", PAGES)
def test_a_page_carries_its_cells_and_the_source_of_each_result(page: str, site: Path) -> None:
    html = (site / f"{page}.html").read_text(encoding="utf-8")
    data = data_of(html, "executed", site)
    assert set(data) == {"records", "cells"}
    assert {frozenset(r) for r in data["records"]} == {frozenset(("id", "kind", "expression", "cell", "text"))}
    parts = list(SHOWN.finditer((ROOT / "book" / f"{page}.md").read_text(encoding="utf-8")))
    assert [c.strip() for c in data["cells"]] == [p["source"].strip() for p in parts if p["source"]]
    expected = [
        (p["expression"], sum(bool(q["source"]) for q in parts[:i]) - 1) for i, p in enumerate(parts) if p["expression"]
    ]
    assert [(r["expression"], r["cell"]) for r in data["records"] if r["kind"] == "eval"] == expected
    assert all(r["expression"] == data["cells"][r["cell"]] for r in data["records"] if r["kind"] == "cell")


@pytest.mark.parametrize("page", PAGES)
def test_the_recorded_text_is_what_the_page_shows(page: str, site: Path) -> None:
    html = (site / f"{page}.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(html, "html.parser")
    for element in soup(["style"]):
        element.decompose()
    for maths in soup.select(".katex"):  # rendered by the build: its TeX stands in an annotation
        maths.replace_with(maths.select_one("annotation").get_text())
    for record in data_of(html, "executed", site)["records"]:
        (element,) = soup.find_all(id=record["id"])
        assert "executed" in element["class"]
        assert re.sub(r"\s", "", element.get_text()) == re.sub(r"\s", "", record["text"])


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_an_origin_leads_to_its_definition(page: str, site: Path) -> None:
    html = (site / f"{page}.html").read_text(encoding="utf-8")
    traces = data_of(html, "traces", site)
    anchors: dict[str, set[str]] = {}
    for link in {o[key] for o in traces["origins"] for key in ("api", "source") if key in o}:
        file, _, anchor = link.partition("#")
        if file not in anchors:
            anchors[file] = set(re.findall(r'\bid="([^"]+)"', (site / file).read_text(encoding="utf-8")))
        assert anchor in anchors[file], link
    assert set(traces["records"]) == {r["id"] for r in data_of(html, "executed", site)["records"]}
    used = {i for parts in traces["records"].values() for part in parts for i in part}
    assert used == set(range(len(traces["origins"])))


def test_a_source_link_points_at_the_line_of_the_definition(site: Path) -> None:
    text = (site / "code" / "labcode.lab5.task1.html").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if '<b id="conv"></b>' in line)
    assert re.sub(r"<[^>]*>", "", line) == "def conv() -&gt; Array:"


def test_a_changed_source_is_written_again_and_one_that_is_gone_is_removed(tmp_path: Path) -> None:
    """Without any page being written: the build's end sees to it."""
    app, folder = SimpleNamespace(outdir=str(tmp_path)), tmp_path / "code"
    folder.mkdir()
    old, new, gone = (folder / f"labcode.{name}.html" for name in ("errors", "geometry", "no_longer.there"))
    for page in (old, new, gone):
        page.write_text("before")
    os.utime(old, (0, 0))
    refresh_sources(app, None)
    assert "class ArgumentError" in re.sub(r"<[^>]*>", "", old.read_text())
    assert new.read_text() == "before"
    assert not gone.exists()


def test_every_page_is_stamped(site: Path) -> None:
    for page in PAGES:
        html = (site / f"{page}.html").read_text(encoding="utf-8")
        stamp = BeautifulSoup(html, "html.parser").find(class_="stamp")
        assert stamp is not None
        versions = [f"labcode {labcode.__version__}", f"NumPy {version('numpy')}", f"PyTorch {version('torch')}"]
        assert [v for v in versions if v not in stamp.get_text()] == []
        shown, checked = (
            int(n.replace(",", "")) for n in re.findall(r"([\d,]+)(?= numbers| by code)", stamp.get_text())
        )
        assert 0 <= checked <= shown


def test_the_status_page_has_a_row_for_each_executed_page(site: Path) -> None:
    soup = BeautifulSoup((site / "status.html").read_text(encoding="utf-8"), "html.parser")
    rows = [[cell.get_text(strip=True) for cell in row("td")] for row in soup.select("article table tbody tr")]
    assert len(rows) == len(PAGES)
    assert all(re.fullmatch(r"\d+\.\d\d s", time) and result == "passed" for _, time, result, *_ in rows)
    assert sorted(a["href"] for a in soup.select("article table a")) == [f"{page}.html" for page in PAGES]


PLANTED = """```{code-cell}
x = 20
```

Here {eval}`x + 1`, there {eval}`x + 1`, and {eval}`'<b>' + str(x) + '</script>'`.

```{code-cell}
print("<i>", x)
```

```{status-table}
```
"""


def test_results_with_markup_in_them_and_twice_the_same_expression(tmp_path: Path) -> None:
    done = build_page(tmp_path, PLANTED)
    assert done.returncode == 0, done.stderr[-2000:]
    site = tmp_path / "book" / "_build" / "html"
    html = (site / "index.html").read_text(encoding="utf-8")
    records = data_of(html, "executed", site)["records"]
    assert [(r["kind"], r["cell"], r["text"]) for r in records] == [
        ("eval", 0, "21"),
        ("eval", 0, "21"),
        ("eval", 0, "<b>20</script>"),
        ("cell", 1, "<i> 20"),
    ]
    first, second = (r["id"] for r in records[:2])
    assert first.removesuffix("-1") == second.removesuffix("-2")
    assert data_of(html, "traces", site)["origins"] == []


def test_a_page_that_fails_says_so_in_the_table(tmp_path: Path) -> None:
    done = build_page(tmp_path, "```{code-cell}\n1 / 0\n```\n\n```{status-table}\n```\n")
    assert done.returncode != 0
    html = (tmp_path / "book" / "_build" / "html" / "index.html").read_text(encoding="utf-8")
    assert "CellExecutionError" in BeautifulSoup(html, "html.parser").select_one("article table tbody").get_text()


def test_what_is_not_there_has_no_origin() -> None:
    assert look_up("labcode", ("conv2d",)) == (Origin("labcode.functional.convolution", "conv2d"),)
    assert look_up("labcode", ("conv9d",)) == look_up("labcode.geometry", ("conv2d",)) == ()
