"""Read every page again when the code behind its numbers has changed.

Sphinx re-reads a page when its text changes; the numbers on it also depend on labcode, on the
pinned versions and on the extensions here. Their hash is a configuration value, and a changed
configuration value makes Sphinx read all pages anew.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
SOURCES = ("labcode/**/*.py", "book/_ext/*.py", "requirements.txt", "benchmarks/results/*.json")


def digest(root: Path = ROOT) -> str:
    """Hash of names and contents of all files that numbers on the pages depend on."""
    state = sha256()
    for path in sorted(p for pattern in SOURCES for p in root.glob(pattern)):
        state.update(str(path.relative_to(root).as_posix()).encode())
        state.update(path.read_bytes())
    return state.hexdigest()


def setup(app: Sphinx) -> dict[str, bool]:
    """One configuration value; `rebuild="env"` is what re-reads the pages."""
    app.add_config_value("labcode_digest", digest(), rebuild="env", types=[str])
    return {"parallel_read_safe": True, "parallel_write_safe": True}
