"""Processes that run pages, as the build sees them: started within milliseconds from one that has imported all."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from functools import cached_property
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

AVAILABLE = hasattr(os, "fork") and sys.platform != "darwin"  # system libraries of macOS do not survive a fork
PROGRAM = Path(__file__).with_name("zygote.py")


class PageDeathError(Exception):
    """The process of a page has ended before it should."""


class Conversation:
    """One line of JSON there, one back."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(address)
        self.lines = self.socket.makefile("rw", encoding="utf-8")

    def ask(self, wish: dict[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """Say something and wait for the answer; `TimeoutError` if that takes longer than so many seconds."""
        self.socket.settimeout(seconds)
        try:
            self.lines.write(json.dumps(wish) + "\n")
            self.lines.flush()
            answer = self.lines.readline()
        except (BrokenPipeError, ConnectionResetError):
            answer = ""
        if not answer:
            raise PageDeathError
        return json.loads(answer)

    def close(self) -> None:
        """Hang up; the process at the other end ends, too."""
        with suppress(OSError):  # nobody may be left to read what was not sent
            self.lines.close()
        self.socket.close()


class PageProcess(Conversation):
    """The process of one page."""

    def __init__(self, address: str, folder: Path, seconds: float | None) -> None:
        super().__init__(address)
        self.number = self.ask({"folder": str(folder)}, seconds)["pid"]

    def kill(self) -> None:
        """End it, whatever it is doing."""
        os.kill(self.number, signal.SIGKILL)


class Processes:
    """The zygotes of a build, each one import ahead of the one that it was forked from.

    Parameters
    ----------
    root : Path
        The folder of the project: what a page reads in it is recorded.
    build : Path
        The folder of what is built, which is not.
    """

    def __init__(self, root: Path, build: Path) -> None:
        self.root, self.build = root, build
        self.numbers = count()
        self.zygotes: dict[tuple[Path, tuple[str, ...]], str] = {}

    @cached_property
    def folder(self) -> TemporaryDirectory[str]:
        """Where the sockets are."""
        return TemporaryDirectory(prefix="pages-")

    @cached_property
    def first(self) -> tuple[str, subprocess.Popen[bytes]]:
        """Address of the first zygote, and its process."""
        address = self.address()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(address)
            listener.listen()
            number = listener.fileno()
            command = [sys.executable, str(PROGRAM), str(number), str(self.root), str(self.build)]
            backend = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}  # as in a kernel
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, pass_fds=[number], env={**backend, **os.environ}, start_new_session=True
            )
        return address, process

    def start(self) -> None:
        """Start the first zygote, without waiting for it."""
        self.first  # noqa: B018 - making it is what starts it

    def page(self, folder: Path, imports: tuple[str, ...], seconds: float | None) -> PageProcess:
        """A process for a page in a folder, these modules imported where possible, within so many seconds."""
        return PageProcess(self.zygote(folder, imports), folder, seconds)

    def zygote(self, folder: Path, imports: tuple[str, ...]) -> str:
        """Address of the zygote that has imported all of these."""
        if not imports:
            return self.first[0]
        if (folder, imports) not in self.zygotes:
            before, address = self.zygote(folder, imports[:-1]), self.address()
            parent = Conversation(before)
            parent.ask({"folder": str(folder), "listen": address, "import": imports[-1]})
            parent.close()
            self.zygotes[folder, imports] = address
        return self.zygotes[folder, imports]

    def address(self) -> str:
        """Place of a new socket; several processes may read pages at once."""
        return f"{self.folder.name}/{os.getpid()}-{next(self.numbers)}"

    def close(self) -> None:
        """End all of them."""
        if "first" in vars(self):
            _, process = self.first
            os.killpg(process.pid, signal.SIGKILL)  # and all that were forked from it
            process.communicate()
            del self.first
        self.zygotes.clear()
        if "folder" in vars(self):
            self.folder.cleanup()
            del self.folder
