"""Cells that run in the page: a real browser, the servers of `make live`, a real kernel."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Locator, Page, Route, WebSocketRoute, expect

from tests.browser.session import VIEWS, Visitor
from tests.browser.test_accessible import violations

ROOT = Path(__file__).parents[2]
PAGE = "1-layers.html"
MINUTE = 60_000  # milliseconds: kernels start slowly on a busy machine
DIARY = """new MutationObserver(() => {
    const bar = document.querySelector("#live-bar");
    if (bar) (window.told ??= []).push(`${bar.dataset.state}: ${bar.textContent}`);
}).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });"""
KILL = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"


@contextmanager
def serving(site: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process behind `make live` and the address that it prints."""
    command = [sys.executable, "-m", "tools.live", "--no-browser", str(site)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[-1]
        process.terminate()


@pytest.fixture(scope="module")
def live(site: Path) -> Iterator[str]:
    with serving(site) as (_, address):
        yield address


@dataclass
class Reading:
    """The chapter open in a browser that may reach this machine only."""

    page: Page
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def bar(self) -> Locator:
        return self.page.locator("#live-bar")

    @property
    def cell(self) -> Locator:
        """The first cell that a reader can change."""
        return self.page.locator(".cell:has(.cell_input)").first

    def start(self) -> None:
        self.page.get_by_role("button", name="Live").click()
        self.wait("ready")

    def wait(self, state: str) -> None:
        expect(self.bar).to_have_attribute("data-state", state, timeout=MINUTE)

    def run(self, code: str) -> None:
        self.cell.get_by_role("textbox").fill(code)
        self.cell.get_by_role("button", name="Run", exact=True).click()


@contextmanager
def reading(reader: Visitor, address: str, view: str = "light") -> Iterator[Reading]:
    context = reader.browser.new_context(**VIEWS[view])
    it = Reading(context.new_page())
    it.page.add_init_script(DIARY)
    context.route(lambda url: urlsplit(url).hostname != "127.0.0.1", lambda route: route.abort())
    it.page.on("request", lambda request: it.asked.append(request.url))
    it.page.on("websocket", lambda socket: it.asked.append(socket.url))
    it.page.on("pageerror", lambda error: it.faults.append(str(error)))
    it.page.goto(address.replace("index.html", PAGE), wait_until="load")
    yield it
    context.close()
    assert it.faults == []
    assert {urlsplit(url).hostname for url in it.asked} == {"127.0.0.1"}


def test_an_edited_cell_runs_and_shows_its_new_value(live: str, reader: Visitor) -> None:
    with reading(reader, live) as it:
        assert not any("thebe" in url or "live.js" in url for url in it.asked), "loaded before the click"
        assert "#" not in it.page.url, "the token stays in the address bar"
        it.start()
        built = it.cell.locator(".cell_output").inner_text()
        it.cell.get_by_role("textbox").fill("reference.correlate([[3]], [[5]])")
        expect(it.cell.locator(".cell_output")).to_have_class(re.compile("live-stale"))
        assert "Old output" in (it.cell.locator(".cell_output").get_attribute("data-live") or "")
        it.cell.get_by_role("button", name="Run", exact=True).click()
        expect(it.cell.locator(".cell_output")).to_have_text("[[15]]", timeout=MINUTE)
        assert "15" not in built
        expect(it.cell.locator(".live-stale")).to_have_count(0)
        it.wait("ready")
        it.page.get_by_role("button", name="Reset the page").click()
        expect(it.cell.locator(".cell_output")).to_contain_text(built.strip())
        expect(it.page.locator(".live-stale")).to_have_count(0)
        expect(it.cell.locator(".live-fresh")).to_have_count(0)


def test_a_start_tells_how_long_it_takes(live: str, reader: Visitor) -> None:
    with reading(reader, live) as it:
        held: list[Route] = []
        it.page.route("**/thebe-core.min.js", lambda route: held.append(route))
        it.page.get_by_role("button", name="Live").click()
        it.wait("starting")
        expect(it.bar.locator("span")).to_have_text(re.compile(r"^[1-9]\d* s$"))
        held[0].continue_()
        it.wait("ready")


def test_the_whole_page_runs_and_its_maths_is_rendered(live: str, reader: Visitor) -> None:
    with reading(reader, live) as it:
        it.start()
        it.page.get_by_role("button", name="Run all", exact=True).click()
        it.wait("busy")
        it.wait("ready")
        expect(it.bar.get_by_role("status")).to_have_text("Ready")
        shown = it.page.locator(".cell_output").count()
        expect(it.page.locator(".cell_output.live-fresh")).to_have_count(shown)
        assert it.page.locator(".live-fresh .katex").count() > 0
        assert it.page.locator(".live-fresh .katex-error").count() == 0


def test_what_follows_a_changed_cell_is_marked_as_old(live: str, reader: Visitor) -> None:
    with reading(reader, live) as it:
        it.start()
        it.run("X = X + 1")
        expect(it.page.locator(".cell:has(.cell_input) .cell_output.live-stale").last).to_be_visible(timeout=MINUTE)
        last = it.page.locator(".cell:has(.cell_input)").last
        last.get_by_role("button", name="Run all above").click()
        it.wait("busy")
        it.wait("ready")
        assert it.page.locator(".live-fresh").count() > 0


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_in_any_state(view: str, live: str, reader: Visitor) -> None:
    """Starting, ready, busy with an edited cell, and lost."""
    with reading(reader, live, view) as it:
        sockets: list[WebSocketRoute] = []

        def connect(socket: WebSocketRoute) -> None:
            """The first goes through; when it is closed, no other does."""
            if not sockets:
                socket.connect_to_server()
            sockets.append(socket)

        it.page.route_web_socket(re.compile("/api/kernels/"), connect)
        it.page.get_by_role("button", name="Live").click()
        it.wait("starting")
        assert violations(it.page) == []
        it.wait("ready")
        assert violations(it.page) == []
        it.run("import time\ntime.sleep(4)")
        it.wait("busy")
        assert violations(it.page) == []
        it.wait("ready")
        it.page.route("**/api/**", lambda route: route.abort())
        sockets[0].close()
        it.wait("lost")
        assert violations(it.page) == []


def test_a_killed_kernel_is_told(live: str, reader: Visitor) -> None:
    with reading(reader, live) as it:
        it.start()
        it.run(KILL)
        expect(it.bar).to_contain_text("the kernel had died", timeout=MINUTE)
        it.wait("ready")
        # A new kernel may be there within a moment: what was said meanwhile is in the page's diary.
        assert any(said.startswith("lost: ") and "the kernel died" in said for said in it.page.evaluate("window.told"))
        it.run("reference.correlate([[2]], [[4]])")
        expect(it.cell.locator(".cell_output")).to_have_text("[[8]]", timeout=MINUTE)


def test_a_failing_cell_shows_its_error(live: str, reader: Visitor) -> None:
    with reading(reader, live) as it:
        it.start()
        it.run("1 / 0")
        expect(it.cell.locator(".cell_output")).to_contain_text("ZeroDivisionError", timeout=MINUTE)
        expect(it.bar).to_contain_text("a cell failed")


def test_by_keyboard_on_a_phone(live: str, reader: Visitor) -> None:
    with reading(reader, live, "phone") as it:
        it.page.get_by_role("button", name="Live").focus()
        it.page.keyboard.press("Enter")
        it.wait("ready")
        it.cell.get_by_role("textbox").focus()
        it.page.keyboard.press("Control+a")
        it.page.keyboard.type("6 * 7")
        it.page.keyboard.press("Shift+Enter")
        expect(it.cell.locator(".cell_output")).to_have_text("42", timeout=MINUTE)
        assert it.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_a_stopped_server_is_told_and_takes_both_down(site: Path, reader: Visitor) -> None:
    with serving(site) as (process, address), reading(reader, address) as it:
        it.start()
        process.terminate()
        assert process.wait(30) == 0
        it.wait("lost")
        expect(it.bar).to_contain_text("does not answer")
        port = re.search(r"live=(\d+)", address)
        assert port is not None
        for url in (address, f"http://127.0.0.1:{port[1]}/api/status"):
            with pytest.raises(OSError, match="refused"):
                urlopen(url, timeout=5)


def test_without_a_server_the_page_says_what_is_needed(address: str, reader: Visitor) -> None:
    with reader.open(f"{address}/{PAGE}") as visit:
        visit.page.get_by_role("button", name="Live").click()
        expect(visit.page.locator("#live-bar")).to_contain_text("make live")
        assert visit.foreign == []
        assert visit.faults == []


def test_a_wrong_token_is_refused(live: str, reader: Visitor) -> None:
    with reading(reader, re.sub(r":\w+$", ":wrong", live)) as it:
        it.page.get_by_role("button", name="Live").click()
        it.wait("failed")
        expect(it.bar).to_contain_text("the server refuses")


@pytest.mark.parametrize(
    ("origin", "allowed"), [("http://127.0.0.1:1", False), ("https://example.org", False), (None, True)]
)
def test_the_server_answers_only_this_page(origin: str | None, allowed: bool, live: str) -> None:
    """A forged request from another page fails; ours (None) may read the answer."""
    here, _, told = live.partition("/index.html#live=")
    port, token = told.split(":")
    request = Request(f"http://127.0.0.1:{port}/api/kernels", headers={"Authorization": f"token {token}"})
    request.add_header("Origin", origin or here)
    with urlopen(request, timeout=10) as answer:
        assert (answer.headers.get("Access-Control-Allow-Origin") in (origin or here, "*")) == allowed


def test_the_server_wants_its_token(live: str) -> None:
    here, _, told = live.partition("/index.html#live=")
    with pytest.raises(HTTPError, match="403"):
        urlopen(Request(f"http://127.0.0.1:{told.split(':')[0]}/api/kernels", headers={"Origin": here}), timeout=10)


# --- Binder, played by the test --------------------------------------------------------------------


PUBLISHED = """new MutationObserver(() => {
    document.getElementById("live-start")?.setAttribute("data-binder", "owner/book/main");
}).observe(document, { childList: true, subtree: true });"""


def at_binder(it: Reading, *events: dict[str, str]) -> None:
    """Open the page as the published book has it, with a Binder that tells these phases, or that does not answer."""
    stream = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    headers = {"Content-Type": "text/event-stream", "Access-Control-Allow-Origin": "*"}
    answer = (lambda r: r.fulfill(headers=headers, body=stream)) if events else (lambda r: r.abort())
    it.page.route("https://mybinder.org/**", answer)
    it.page.add_init_script(PUBLISHED)  # (a page that the test served itself could not reach loopback)
    it.page.reload()
    assert [url for url in it.asked if "mybinder" in url] == [], "asked before the click"


def told_to_binder(it: Reading) -> list[str]:
    """What Binder was asked for; what remains in the diary is of this machine."""
    asked = [url for url in it.asked if "mybinder" in url]
    it.asked[:] = [url for url in it.asked if url not in asked]
    return asked


def test_binder_is_asked_after_the_click_and_its_kernel_used(live: str, reader: Visitor) -> None:
    here, _, told = live.partition("#live=")
    port, token = told.split(":")
    ready = {"phase": "ready", "message": "ready", "url": f"http://127.0.0.1:{port}/", "token": token}
    with reading(reader, here) as it:
        at_binder(it, *({"phase": phase, "message": phase} for phase in ("waiting", "building", "launching")), ready)
        it.start()
        assert told_to_binder(it)[0].startswith("https://mybinder.org/build/gh/owner/book/main")
        it.run("6 * 7")
        expect(it.cell.locator(".cell_output")).to_have_text("42", timeout=MINUTE)


def test_a_binder_that_fails_says_why(live: str, reader: Visitor) -> None:
    with reading(reader, live.partition("#live=")[0]) as it:
        at_binder(it, {"phase": "building", "message": "building"}, {"phase": "failed", "message": "no space left"})
        it.page.get_by_role("button", name="Live").click()
        it.wait("failed")
        expect(it.bar).to_contain_text("no space left")
        assert told_to_binder(it)


def test_a_binder_that_nobody_answers_for_is_told(live: str, reader: Visitor) -> None:
    with reading(reader, live.partition("#live=")[0]) as it:
        at_binder(it)
        it.page.get_by_role("button", name="Live").click()
        it.wait("failed")
        expect(it.bar.get_by_role("button", name="Start again")).to_be_visible()
        assert told_to_binder(it)
