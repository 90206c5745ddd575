"""The labs of this package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


@cache
def labs() -> frozenset[str]:
    """Names of the subpackages that set problems: those with a module, or a package, `problems`."""
    return frozenset(p.relative_to(PACKAGE).parts[0] for p in PACKAGE.glob("*/problems*") if p.suffix in ("", ".py"))
