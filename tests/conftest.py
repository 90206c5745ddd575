"""What the tests share: hypothesis profiles, the built book, a browser that is cut off from the network."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

import tests.profiles  # noqa: F401 - importing registers the hypothesis profiles
from tests.browser.session import Visitor, visitor
from tests.build import build

ROOT = Path(__file__).parents[1]
SITE = ROOT / "book" / "_build" / "html"


@pytest.fixture(scope="session")
def site() -> Path:
    """The book as `make book` builds it, every warning an error; pages that are up to date are kept."""
    done = build(ROOT)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert (SITE / "index.html").exists()
    return SITE


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: pytest prints what fails."""


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The book served on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def reader() -> Iterator[Visitor]:
    """A reader's browser: opens pages, refuses and remembers every request to another host."""
    with visitor() as it:
        yield it
