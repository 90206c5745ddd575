"""Serve the built book on this machine with a Jupyter server that its Live buttons use: `make live`.

Both listen on loopback only. The Jupyter server wants a token, answers pages of the book's origin and no other, keeps
its protection against forged requests, and knows nothing of the user's own Jupyter settings. The token is handed to
the page behind the # of its address, which no server sees. Both stop together.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import URLError
from urllib.request import urlopen

HOST = "127.0.0.1"
SITE = Path(__file__).parents[1] / "book" / "_build" / "html"
PATIENCE = 60  # seconds for the Jupyter server to answer
SETTINGS = {
    "ServerApp.ip": HOST,
    "ServerApp.port_retries": 0,
    "ServerApp.open_browser": False,
    "ServerApp.allow_root": True,  # in containers everybody is root
    "ServerApp.disable_check_xsrf": False,
    "ServerApp.terminals_enabled": False,
    "MappingKernelManager.cull_idle_timeout": 3600,  # kernels of pages that were closed
}


class Pages(SimpleHTTPRequestHandler):
    """Files of the book, without a line on the terminal for each."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def pages(folder: Path) -> Iterator[str]:
    """Serve a folder; its origin."""
    server = ThreadingHTTPServer((HOST, 0), partial(Pages, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def jupyter(origin: str, token: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start a Jupyter server for pages of one origin, in an empty folder; its process and its port."""
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        settings = {**SETTINGS, "ServerApp.port": port, "ServerApp.allow_origin": origin, "ServerApp.root_dir": home}
        command = [sys.executable, "-m", "jupyter_server", *(f"--{name}={value}" for name, value in settings.items())]
        # The token goes by the environment: everybody on the machine can read a command line.
        environment = {**os.environ, "JUPYTER_TOKEN": token, "JUPYTER_NO_CONFIG": "1", "JUPYTER_CONFIG_DIR": home}
        log = Path(home, "server.log")
        # A session of its own: Ctrl-C reaches this program only, which then stops the server in good order.
        with (
            log.open("wb") as file,
            subprocess.Popen(
                command, env=environment, cwd=home, stdout=file, stderr=file, start_new_session=True
            ) as server,
        ):
            try:
                wait_for(server, port, token, log)
                yield server, port
            finally:
                server.terminate()
                server.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_for(server: subprocess.Popen[bytes], port: int, token: str, log: Path) -> None:
    """Return once the server answers; end the program with the server's words where it does not."""
    end = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < end:
        try:
            return urlopen(f"http://{HOST}:{port}/api/status?token={token}", timeout=5).close()
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise SystemExit(f"The Jupyter server did not start:\n{log.read_text(errors='replace')[-2000:]}")


def main() -> None:
    """Serve until Ctrl-C, or until the Jupyter server ends."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SITE, help="the built book")
    parser.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    options = parser.parse_args()
    if not (options.folder / "index.html").exists():
        raise SystemExit(f"{options.folder} has no index.html: build the book first (make book)")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that both servers are stopped
    token = secrets.token_hex(24)
    with pages(options.folder) as origin, jupyter(origin, token) as (server, port):
        address = f"{origin}/index.html#live={port}:{token}"
        print(f"The live book: {address}\nCtrl-C stops it.", flush=True)
        if not options.no_browser:
            webbrowser.open(address)
        try:
            server.wait()
        except KeyboardInterrupt:
            return
    raise SystemExit("The Jupyter server has ended.")


if __name__ == "__main__":
    main()
