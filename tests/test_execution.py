"""How pages are run: apart from each other, as a fresh kernel would, and again only when something behind them changed.

All on real builds. Pages tell of their being run by a line in a file outside their project, which no build reads.
"""

from __future__ import annotations

import json
import os
import py_compile
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.build import build

ROOT = Path(__file__).parents[1]

CONFIG = """
title: Small
only_build_toc_files: true
execute: {execute_notebooks: inline, timeout: 2, stderr_output: error}
sphinx:
  local_extensions: {execution: _ext, failing_cells: _ext}
  config: {nb_eval_name_regex: ".*"}
"""
FRONT = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
# A page

"""
LONG_AGO = 1_700_000_000


def cell(source: str) -> str:
    return f"```{{code-cell}}\n{source}\n```\n\n"


class Project:
    """A book of a few pages beside a tiny package."""

    def __init__(self, folder: Path, **pages: str) -> None:
        self.folder, self.book, self.log = folder / "project", folder / "project" / "book", folder / "log"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "book" / "_ext" / "execution", self.book / "_ext" / "execution", ignore=ignored)
        shutil.copy(ROOT / "book" / "_ext" / "failing_cells.py", self.book / "_ext")
        others = "".join(f"  - file: {page}\n" for page in pages if page != "index")
        toc = "format: jb-book\nroot: index\n" + (f"chapters:\n{others}" if others else "")
        self.write(
            {"book/_config.yml": CONFIG, "book/_toc.yml": toc, "requirements.txt": "tiny==1\n", "data.txt": "10"}
            | {
                "tiny/__init__.py": "import numpy.random\n",
                "tiny/sizes.py": "SIZE = 3\n",
                "tiny/areas.py": AREAS,
                "tiny/other.py": "ONE = 1\n",
            }
            | {f"book/{page}.md": FRONT + cell(self.telling(page)) + text for page, text in pages.items()}
        )

    def telling(self, page: str) -> str:
        return f"with open({str(self.log)!r}, 'a') as log:\n    print({page!r}, file=log)"

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write({name: text.replace(old, new)})

    def build(self) -> subprocess.CompletedProcess[str]:
        return build(self.folder)

    def run_by_building(self) -> set[str]:
        """Pages that a build has run."""
        self.log.write_text("")
        done = self.build()
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        ran = self.log.read_text().split()
        assert len(ran) == len(set(ran))
        return set(ran)

    def shown(self, page: str) -> str:
        """The text of a built page, its sources left out."""
        html = (self.book / "_build" / "html" / f"{page}.html").read_text(encoding="utf-8")
        article = html[html.index("<article") : html.index("</article")]
        return re.sub(r"<[^>]*>", "", re.sub(r'(?s)<div class="cell_input.*?</pre></div>', "", article))

    def written(self, page: str) -> int:
        return (self.book / "_build" / "html" / f"{page}.html").stat().st_mtime_ns


AREAS = "from tiny.sizes import SIZE\n\nAREA = SIZE * SIZE\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Three pages: one uses tiny.areas, which uses tiny.sizes; one uses tiny.other; one reads a file."""
    made = Project(
        tmp_path,
        index=cell("from tiny import areas  # the areas") + "The area is {eval}`areas.AREA`.\n",
        other=cell("import tiny.other") + "One is {eval}`tiny.other.ONE`.\n",
        reads=cell("from pathlib import Path\ndata = Path('../data.txt').read_text()") + "It says {eval}`int(data)`.\n",
    )
    monkeypatch.setenv("PYTHONPATH", str(made.folder))
    for source in (made.folder / "tiny").glob("*.py"):  # as after earlier imports: only bytecode will be opened
        os.utime(source, (LONG_AGO, LONG_AGO))
        py_compile.compile(str(source), doraise=True)
    return made


def test_a_page_is_run_again_exactly_when_something_behind_it_changed(project: Project) -> None:
    assert project.run_by_building() == {"index", "other", "reads"}
    assert "The area is 9." in project.shown("index")
    assert project.run_by_building() == set()

    project.replace("book/index.md", "The area is", "<!-- a remark -->\n\nNow the area is")
    assert project.run_by_building() == set()
    assert "Now the area is 9." in project.shown("index")

    project.replace("book/index.md", "# the areas", "# areas, that is squares")
    assert project.run_by_building() == set()

    other = project.written("other")
    project.write({"tiny/sizes.py": "SIZE = 5\n"})
    assert project.run_by_building() == {"index"}
    assert "Now the area is 25." in project.shown("index")
    assert project.written("other") == other

    project.write({"data.txt": "11"})
    assert project.run_by_building() == {"reads"}
    assert "It says 11." in project.shown("reads")

    project.replace("book/other.md", "{eval}`tiny.other.ONE`", "{eval}`tiny.other.ONE + 1`")
    assert project.run_by_building() == {"other"}
    assert "One is 2." in project.shown("other")

    project.write({"tiny/other.py": "ONE = 10\n"})
    assert project.run_by_building() == {"other"}
    assert "One is 11." in project.shown("other")


@pytest.mark.parametrize(("file", "text"), [("requirements.txt", "tiny==2\n"), ("book/_ext/new.py", "NEW = 1\n")])
def test_other_versions_or_extensions_run_all_pages_again(project: Project, file: str, text: str) -> None:
    assert project.run_by_building() == {"index", "other", "reads"}
    project.write({file: text})
    assert project.run_by_building() == {"index", "other", "reads"}
    assert project.run_by_building() == set()


def test_a_change_within_the_second_and_of_the_same_size_is_seen(project: Project) -> None:
    """Python itself would go on with the old bytecode."""
    source, second = project.folder / "tiny" / "sizes.py", LONG_AGO
    os.utime(source, (second, second))
    bytecode = py_compile.compile(str(source), doraise=True)
    os.utime(bytecode, (second + 0.5, second + 0.5))
    source.write_text("SIZE = 7\n")
    os.utime(source, (second, second))
    project.run_by_building()
    assert "The area is 49." in project.shown("index")


def test_what_changed_while_a_page_ran_is_not_trusted(project: Project) -> None:
    """Somebody saves a file during the build: the page has used the text before, the fingerprint is of the new one."""
    saving = "from pathlib import Path\nPath('../tiny/sizes.py').write_text('SIZE = 5\\n')"
    project.replace("book/index.md", "from tiny import areas", f"from tiny import areas\n{saving}\n")
    assert "index" in project.run_by_building()
    assert "The area is 9." in project.shown("index")
    assert "index" in project.run_by_building()
    assert "The area is 25." in project.shown("index")


def test_a_page_that_runs_nothing_is_read_once(project: Project) -> None:
    project.write({"book/index.md": FRONT})
    project.build()
    html = project.written("index")
    assert project.run_by_building() == set()
    assert project.written("index") == html


VANDAL = """
import os, random, sys, warnings
import numpy as np
import tiny.sizes, tiny.other
tiny.sizes.SIZE = 100
left_over = 1
np.set_printoptions(precision=1)
np.seterr(all="raise")
np.random.seed(1)
random.seed(1)
warnings.simplefilter("ignore")
os.chdir("/")
os.environ["LEFT_OVER"] = "1"
sys.path.insert(0, "/left_over")
len, print = abs, repr
get_ipython().display_formatter.formatters["text/plain"].for_type(int, lambda n, p, cycle: p.text("an int"))
"""
WITNESS = """
import os, random, sys, warnings
from pathlib import Path
import numpy as np
import tiny.sizes
np.random.seed  # a name, so that NumPy is used before it is asked
state = {
    "module": tiny.sizes.SIZE == 3,
    "other module": "tiny.other" not in sys.modules,
    "name": "left_over" not in globals(),
    "print options": np.get_printoptions()["precision"] == 8,
    "errors": np.geterr()["divide"] == "warn",
    "draws": np.random.random() != 0.417022004702574 and random.random() != 0.13436424411240122,
    "filters": not any(f[:3] == ("ignore", None, Warning) for f in warnings.filters),
    "folder": Path.cwd().name == "book",
    "environment": "LEFT_OVER" not in os.environ,
    "path": "/left_over" not in sys.path,
    "built-ins": len([1, 2]) == 2,
    "count": len(In) == 3,
}
"""


def test_no_page_leaves_anything_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look = (
        cell(WITNESS.strip())
        + "It lacks: {eval}`[k for k, good in state.items() if not good]`, {eval}`6 * 7`; {eval}`np.random.random()`\n"
    )
    pages = {"a": cell(VANDAL.strip()), "b": look, "c": cell("tiny = 1\nimport numpy\nnumpy.array = None"), "d": look}
    project = Project(tmp_path, index="", **pages)
    project.write({"book/index.md": FRONT})
    monkeypatch.setenv("PYTHONPATH", str(project.folder))
    assert project.run_by_building() == {*pages}
    drawn = [re.search(r"It lacks: \[\], 42; (0\.\d+)", project.shown(page)) for page in "bd"]
    assert all(drawn)
    assert len({found[1] for found in drawn if found}) == 2


FAILURES = {
    "raises": ("1 / 0", "ZeroDivisionError: division by zero"),
    "hangs": ("while True:\n    pass", "TimeoutError: it ran for more than 2 seconds"),
    "hangs on import": ("import tiny_hangs", "TimeoutError: it ran for more than 2 seconds"),
    "dies": ("import os\nos._exit(3)", "DeadProcess: the process of the page has ended"),
    "warns": ("import os\nos.system('echo from another program 1>&2');", "stderr was found in the cell outputs"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failing_page_is_run_again_at_every_build_until_it_is_mended(failure: str, tmp_path: Path) -> None:
    source, reason = FAILURES[failure]
    project = Project(tmp_path, index=cell(source), good=cell("1 + 1"))
    project.write({"book/tiny_hangs.py": "while True:\n    pass\n"})
    for _ in range(2):
        done = project.build()
        assert done.returncode != 0
        assert re.search(rf"index\.md:15: \w+: (a cell raised: )?{re.escape(reason)}", done.stdout + done.stderr)
    assert Counter(project.log.read_text().split()) == {"index": 2, "good": 1}
    project.replace("book/index.md", source, "6 * 7")
    assert project.run_by_building() == {"index"}
    assert "42" in project.shown("index")


# Everything that a cell can show, and the ways in which it can show it.
KINDS = r"""
1 + 1
---
_ + 1
---
6 * 7;
---
print("out"); print("more")
---
from IPython.display import HTML, Image, Markdown, Math, clear_output, display, update_display
print("first")
display(HTML("<b>bold</b>"), Markdown("*text*"))
print("last")
Math("x^2")
---
print("gone")
clear_output()
handle = display("before", display_id="one")
update_display("after", display_id="one")
---
Image(b"\x89PNG\r\n\x1a\n" + bytes(range(64)), format="png", width=3)
---
class Own:
    def __repr__(self): return "Own()"
    def _repr_html_(self): return "<i>own</i>"
    def _repr_mimebundle_(self, include=None, exclude=None): return {"text/plain": "plain", "text/latex": "$l$"}
[Own()], Own()
---
Own()
---
await __import__("asyncio").sleep(0, "waited")
---
%%capture held
print("held")
---
held.stdout, __name__, Out[2], In[2]
---
import inspect
def half(x): return x / 2  # in the middle
print(inspect.getsource(half))
---
!echo shell
---
{"b": 1, "a": {2, 1}, "long": list(range(40))}
---
import sys
sys.stdout.isatty(), sys.stdout.encoding, [name for name in dir() if name in ('sys', 'shell')]
""".strip().split("\n---\n")


def in_fresh_kernel(folder: Path, code: list[tuple[str, bool]]) -> list[list[dict[str, Any]]]:
    """What pieces of code show, one after the other, in a kernel that nobody has used before."""
    notebook = new_notebook(cells=[new_code_cell(source) for source, _ in code])
    client = NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}, timeout=120)
    with client.setup_kernel():
        for i, (code_cell, (_, numbered)) in enumerate(zip(notebook.cells, code, strict=True)):
            client.execute_cell(code_cell, i, store_history=numbered)
    return [plain(code_cell.outputs) for code_cell in notebook.cells]


def plain(outputs: list[Any]) -> list[dict[str, Any]]:
    """Outputs without their numbers, streams in one piece."""
    found: list[dict[str, Any]] = []
    for output in json.loads(json.dumps(outputs)):
        output.pop("execution_count", None)
        if found and output["output_type"] == "stream" and output["name"] == found[-1].get("name"):
            found[-1]["text"] += output["text"]
        else:
            found.append(output)
    return found


def without_machine(outputs: list[dict[str, Any]]) -> list[str]:
    """What the cost calculator shows but for the speed of the machine, which it measures: its table."""
    return [re.sub(r"<script.*?</script>", "", o["data"]["text/html"], flags=re.DOTALL) for o in outputs]


def test_every_kind_of_output_is_what_a_kernel_gives(tmp_path: Path) -> None:
    project = Project(tmp_path, index="".join(cell(source) for source in KINDS))
    project.run_by_building()
    run = json.loads((project.book / "_build" / ".executed" / "index.json").read_text())
    expected = in_fresh_kernel(project.book, [(answer["source"], True) for answer in run["answers"]])
    assert len(expected) == len(KINDS) + 1
    for answer, outputs in zip(run["answers"], expected, strict=True):
        assert plain(answer["outputs"]) == outputs, answer["source"]


def test_the_pages_of_the_book_show_the_same_in_fresh_kernels(site: Path) -> None:
    runs = sorted((site.parent / ".executed").rglob("*.json"))
    assert len(runs) > 5
    for path in runs:
        answers = json.loads(path.read_text(encoding="utf-8"))["answers"]
        folder = ROOT / "book" / path.relative_to(site.parent / ".executed").parent
        expected = in_fresh_kernel(folder, [(answer["source"], answer["numbered"]) for answer in answers])
        for answer, outputs in zip(answers, expected, strict=True):
            theirs, ours = plain(answer["outputs"]), outputs
            if "explore.cost(" in answer["source"]:
                theirs, ours = without_machine(theirs), without_machine(ours)
            assert theirs == ours, f"{path.stem}: {answer['source']}"
