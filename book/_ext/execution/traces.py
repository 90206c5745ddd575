"""Which files a process has used, and whether they are still what they were.

Only files that can change without a new version number count: sources and data of a project, not what is installed.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
import time
from collections.abc import Mapping
from hashlib import sha256
from importlib.machinery import SourceFileLoader
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

INSTALLED = tuple(
    {
        os.path.join(folder, "")
        for folder in (
            *(sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")),
            *site.getsitepackages(),
            site.getusersitepackages(),
        )
    }
)
LISTINGS = ("os.listdir", "os.scandir")


def own(path: str) -> bool:
    """Whether a file belongs to somebody's project rather than to an installed package."""
    return os.path.isabs(path) and not path.startswith(INSTALLED)


def fingerprint(path: str) -> str:
    """Hash of a file, or of the names in a folder; "" where nothing is."""
    if os.path.isdir(path):
        content = "\n".join(sorted(name for name in os.listdir(path) if name != "__pycache__")).encode()
    elif os.path.isfile(path):
        content = Path(path).read_bytes()
    else:
        return ""
    return sha256(content).hexdigest()


class Traces:
    """Watches a process from now on; a process forked from it goes on with what was seen before the fork."""

    def __init__(self, root: str, build: str) -> None:
        self.folders = os.path.join(root, ""), os.path.join(build, "")
        self.started = time.time()
        self.paths: set[str] = set()
        sys.addaudithook(self._notice)

    def _notice(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = args
            if not isinstance(path, str | os.PathLike) or flags & (os.O_WRONLY | os.O_RDWR):
                return
        elif event in LISTINGS:
            path = args[0]
            if str(sys._getframe(1).f_globals.get("__name__")).startswith("importlib"):
                return  # looking for a module: what is found is recorded as a module
            path = "." if path is None else path
        else:
            return
        if not isinstance(path, int | bytes):
            self.paths.add(os.path.abspath(path))

    def files(self) -> dict[str, str]:
        """Own modules that were imported, and what was read in the project, each with its fingerprint.

        What has changed since the watch began may have changed after it was read: its fingerprint is none that it can
        ever have.
        """
        inside, outside = self.folders
        data = {p for p in self.paths if p.startswith(inside) and not p.startswith(outside) and p[-4:] != ".pyc"}
        modules = {str(vars(module).get("__file__") or "") for module in list(sys.modules.values())}
        return {
            path: "changed while it was used" if changed(path) > self.started else fingerprint(path)
            for path in sorted(data | modules)
            if own(path)
        }


def changed(path: str) -> float:
    """Time of the last change, taken a little too late rather than too early: file systems tick coarsely."""
    return os.stat(path).st_mtime + 0.01 if os.path.exists(path) else 0.0


def distrust_young_bytecode() -> None:
    """Let Python compile a source anew if its bytecode may be older than the source without showing it.

    Python takes bytecode for current if it carries the source's size and the second of its last change. Two changes
    in one second that keep the size leave old bytecode behind, unless it was written in a later second.
    """
    stats = SourceFileLoader.path_stats

    def path_stats(loader: SourceFileLoader, path: str) -> Mapping[str, Any]:
        bytecode = cache_from_source(path)
        if own(path) and os.path.exists(bytecode) and os.stat(bytecode).st_mtime < int(os.stat(path).st_mtime) + 1:
            raise OSError("this bytecode cannot be trusted")  # the import system then reads the source
        return stats(loader, path)

    SourceFileLoader.path_stats = path_stats  # type: ignore[assignment] # no other way in
