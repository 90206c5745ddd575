"""Record which tests cover which function of labcode, and what independent thing they check it against.

`python -m tests.coverage_contexts` runs the tests of labcode, each in a coverage context of its own, and writes
`book/_data/tests.json`; the pages show it at each number. Whether a test asked an independent authority is not
taken from its name: what it called is recorded, be it torch, the plain loops or a number that counts.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from collections import defaultdict
from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path
from types import FrameType
from typing import Any

import coverage
import pytest
from torch.overrides import TorchFunctionMode

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from origins import Code, definitions  # noqa: E402 - an extension of the book, found by the line above

TARGET = ROOT / "book" / "_data" / "tests.json"
MODULES = {  # whoever runs these files checks against what they hold
    "labcode/reference.py": "plain loops",
    "labcode/closed_form.py": "closed forms",
    "labcode/gradcheck.py": "finite differences",
    "tests/counting.py": "counting numbers",
}


class Torch(TorchFunctionMode):
    """Notices calls of torch that do not come from labcode itself."""

    called = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Look who calls, then let it happen."""
        if not self.called:
            self.called = not _within("labcode", sys._getframe(1))
        return func(*args, **(kwargs or {}))


class Recorder:
    """Plugin of pytest: a coverage context for each test, parameters put together, and the checks it called."""

    def __init__(self) -> None:
        watched = [str(ROOT / "labcode" / "*"), *(str(ROOT / file) for file in MODULES)]
        self.coverage = coverage.Coverage(data_file=None, config_file=False, include=watched)
        self.checks: defaultdict[str, set[str]] = defaultdict(set)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests of labcode: not those of the book, nor examples in docstrings."""
        items[:] = [i for i in items if isinstance(i, pytest.Function) and not _builds(i)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Run one test in its own context, watched."""
        name = item.nodeid.split("[")[0]
        self.coverage.switch_context(name)
        checks = self.checks[name]
        with Torch() as torch, _fractions(checks):
            result = yield
        checks |= {"PyTorch"} if torch.called else set()
        checks |= {"published cases"} if _published(item) else set()
        return result


class _fractions:  # noqa: N801 - reads like the function it stands for
    """Notices when a test makes a fraction; hypothesis makes some for itself."""

    def __init__(self, checks: set[str]) -> None:
        self.checks, self.original = checks, Fraction.__new__

    def __enter__(self) -> None:
        def make(cls: type, *args: Any, **kwargs: Any) -> Fraction:
            if str(ROOT / "tests") in sys._getframe(1).f_code.co_filename:
                self.checks.add("exact fractions")
            return self.original(cls, *args, **kwargs)

        Fraction.__new__ = staticmethod(make)  # type: ignore[method-assign] # watched for the length of a test

    def __exit__(self, *exception: object) -> None:
        Fraction.__new__ = self.original  # type: ignore[method-assign] # as it was


def _within(folder: str, frame: FrameType | None) -> bool:
    """Whether a call outside torch comes from a folder of this repository."""
    while frame and "/torch/" in frame.f_code.co_filename.replace("\\", "/"):
        frame = frame.f_back
    return frame is not None and Path(frame.f_code.co_filename).is_relative_to(ROOT / folder)


def _published(item: pytest.Item) -> bool:
    """Whether a test takes its expectation from what others have published: then its text says so."""
    return "published" in item.nodeid + inspect.getsource(inspect.unwrap(item.obj)).lower()  # type: ignore[attr-defined]


def _builds(item: pytest.Function) -> bool:
    """Whether a test is one of the book: it opens pages, or its module builds some."""
    opens = item.path.parent.name == "browser" or "site" in item.fixturenames
    return opens or not {"build", "build_page"}.isdisjoint(vars(item.module))


def named_data() -> dict[str, set[str]]:
    """Of the data that stand in modules of labcode: the tests that name them, found by reading the tests.

    A line that gives a constant its value runs on import, in no test, so coverage cannot tell.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").glob("test_*.py")):
        code = Code([path.read_text(encoding="utf-8")])
        for test in (s.node.name for s in code.cells[0] if isinstance(s.node, ast.FunctionDef)):
            for origin in code.behind(test, 0) if test.startswith("test_") else []:
                if isinstance(definitions(origin.module).get(origin.name), ast.Assign | ast.AnnAssign):
                    found[str(origin)].add(f"tests/{path.name}::{test}")
    return found


def functions(path: Path) -> Iterator[tuple[str, range]]:
    """Functions and methods of a module by their dotted names, with the lines of their bodies."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    def visit(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, range]]:
        for node in body:
            if isinstance(node, ast.FunctionDef):
                yield f"{prefix}.{node.name}", range(node.body[0].lineno, (node.end_lineno or 0) + 1)
            elif isinstance(node, ast.ClassDef):
                yield from visit(node.body, f"{prefix}.{node.name}")

    return visit(ast.parse(path.read_text(encoding="utf-8")).body, module)


def _shown(function: tuple[str, range]) -> bool:
    """Whether a page can name a function: private ones are left out, but for those of the problems."""
    last = function[0].rpartition(".")[2]
    return not re.match("_(?!_)", last) or ".lab5." in function[0]


def record() -> dict[str, Any]:
    """Run the tests; the checks of each test, and for each function the tests that ran a line of it."""
    recorder = Recorder()
    with recorder.coverage.collect():
        status = pytest.main(["tests", "-q", "-p", "no:cacheprovider"], plugins=[recorder])
    if status != pytest.ExitCode.OK:
        raise SystemExit("nothing recorded: a test failed")
    data = recorder.coverage.get_data()
    for file, check in MODULES.items():
        for name in {n for names in data.contexts_by_lineno(str(ROOT / file)).values() for n in names if n}:
            recorder.checks[name].add(check)
    tests = sorted(recorder.checks)
    covered = {}
    for path in sorted((ROOT / "labcode").rglob("*.py")):
        lines = data.contexts_by_lineno(str(path))
        for name, body in filter(_shown, functions(path)):
            names = {n for line in body for n in lines.get(line, ()) if n}
            covered[name] = sorted(map(tests.index, names))
    data_names = {
        name: sorted(tests.index(n) for n in names & set(tests)) for name, names in sorted(named_data().items())
    }
    checks = {name: sorted(recorder.checks[name]) for name in tests}
    return {"tests": checks, "functions": covered, "data": data_names}


def text(record: dict[str, Any]) -> str:
    """JSON with an entry a line, so that a change of it can be read."""
    parts = []
    for part, entries in record.items():
        lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in entries.items())
        parts.append(f'"{part}": {{\n{lines}\n}}')
    return "{" + ",\n".join(parts) + "}\n"


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text(record()), encoding="utf-8")
    print(f"recorded: {TARGET.relative_to(ROOT)}")
