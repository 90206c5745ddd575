"""What Binder would make of `.binder/`: installed into an environment of its own, its JupyterLab opened.

repo2docker reads `.binder/` as: install requirements.txt with the Python of runtime.txt, run postBuild,
start Jupyter. Here the same steps run without Docker.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import nbformat
import pytest
from playwright.sync_api import expect

from labcode import explore
from tests.browser.session import Visitor

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".venv" / "binder"
BIN = HOME / ("Scripts" if os.name == "nt" else "bin")
TOKEN = "a-token-for-loopback"


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Install `.binder/requirements.txt` once and again when it changes; the environment of its programs."""
    stamp = HOME / "requirements.done"
    wanted = "".join((ROOT / p).read_text() for p in (".binder/requirements.txt", "requirements.txt"))
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(HOME)], check=True)
        # The index of PyTorch's CPU builds is a convenience of Binder's network; everything else is as it reads.
        lines = (ROOT / ".binder" / "requirements.txt").read_text().splitlines()
        listed = HOME / "requirements.txt"
        kept = [line for line in lines if not line.startswith("--extra-index-url")]
        listed.write_text("\n".join(kept).replace("../requirements.txt", str(ROOT / "requirements.txt")))
        command = [str(BIN / "python"), "-m", "pip", "install", "-q", "-r", str(listed)]
        subprocess.run(command, check=True, cwd=ROOT, stdin=subprocess.DEVNULL)
        stamp.write_text(wanted)
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "JUPYTER_CONFIG_DIR": str(HOME / "config")}


@pytest.fixture(scope="session")
def lab(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """JupyterLab on loopback, over a copy of the pages."""
    folder = tmp_path_factory.mktemp("home")
    shutil.copytree(ROOT / "book", folder / "book", ignore=shutil.ignore_patterns("_build"))
    subprocess.run([str(ROOT / ".binder" / "postBuild")], check=True, env=environment, cwd=folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(BIN / "jupyter"), "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, cwd=folder) as server:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api/status?token={TOKEN}")
        yield address
        server.terminate()


def _wait_for(url: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            urlopen(url, timeout=5).close()
        except (URLError, ConnectionError):
            assert time.monotonic() < end, f"{url} did not answer"
            time.sleep(0.5)
        else:
            return


# JupyterLab draws only the cells in view: one of them has its number.
A_CELL_RAN = """() => [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")]
    .some(prompt => /\\d/.test(prompt.textContent))"""
PAGES = sorted(p.stem for p in (ROOT / "book").glob("*.md") if "{code-cell}" in p.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_as_a_notebook_and_runs(page: str, lab: str, reader: Visitor) -> None:
    with reader.open(f"{lab}/lab/workspaces/{page}/tree/book/{page}.md?token={TOKEN}") as visit:
        visit.page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for(timeout=60_000)
        visit.page.get_by_text("| Idle").first.wait_for(timeout=60_000)
        visit.page.get_by_role("menuitem", name="Run", exact=True).click()
        visit.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        visit.page.wait_for_function(A_CELL_RAN, timeout=60_000)


EXPLORERS = {
    "convolution": "lc.explore.convolution([[1, 0, 2], [2, 1, -1]], [[1, -1]])",
    "pooling": "lc.explore.pooling([[1, 0, 2, 3], [2, 1, -1, 0]], 2)",
    "jacobian": 'lc.explore.jacobian("matmul", "w", [[2], [3]], [[1, -1], [0, 2]])',
    "cost": "lc.explore.cost()",
    "graph": "lc.explore.graph((lc.Variable([1.0, 2.0], name='w') ** 2).sum())",
    "descent": "lc.explore.descent((lc.Variable([1.0, 2.0], name='w') ** 2).sum())",
}


def test_no_explorer_is_left_out() -> None:
    assert EXPLORERS.keys() == set(explore.__all__)


@pytest.mark.parametrize("name", EXPLORERS)
def test_an_explorer_lives_in_a_notebook(name: str, lab: str, reader: Visitor) -> None:
    """It comes to life in an output, and JupyterLab leaves it the keys that step through it."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"import labcode as lc\n{EXPLORERS[name]}")])
    notebook.cells.append(nbformat.v4.new_code_cell("1"))
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    content = json.dumps({"type": "notebook", "content": notebook}).encode()
    address = f"{lab}/api/contents/{name}.ipynb?token={TOKEN}"
    urlopen(Request(address, content, {"Content-Type": "application/json"}, method="PUT"), timeout=30).close()
    with reader.open(f"{lab}/lab/workspaces/{name}/tree/{name}.ipynb?token={TOKEN}") as visit:
        page = visit.page
        page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for(timeout=60_000)
        page.get_by_text("| Idle").first.wait_for(timeout=60_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        explorer = page.locator(".jp-OutputArea .lab-explorer .explorer")
        explorer.wait_for(timeout=60_000)
        place = explorer.locator(".place")
        assert place.inner_text().startswith("1 of ")
        explorer.get_by_label("next step").click()
        expect(place).to_have_text(re.compile("^2 of "))
        page.keyboard.press("ArrowLeft")  # a button has the focus: the explorer's own keys
        expect(place).to_have_text(re.compile("^1 of "))
        explorer.get_by_role("slider", name="step").focus()
        page.keyboard.press("ArrowRight")
        expect(place).to_have_text(re.compile("^2 of "))
        assert page.locator(".jp-Cell").count() == 2  # no shortcut of JupyterLab's was taken
        assert not any("page error" in fault for fault in visit.faults)
        assert visit.foreign == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_top_to_bottom(page: str, environment: dict[str, str], tmp_path: Path) -> None:
    """As a plain notebook in a fresh kernel, in a folder of its own."""
    notebook = tmp_path / f"{page}.ipynb"
    convert = [
        str(BIN / "jupytext"),
        "--quiet",
        "--to",
        "ipynb",
        "-o",
        str(notebook),
        str(ROOT / "book" / f"{page}.md"),
    ]
    execute = [str(BIN / "jupyter"), "nbconvert", "--execute", "--inplace", "--to", "notebook", str(notebook)]
    for command in (convert, execute):
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
