"""The icon font, cut down to the icons that the book shows: 156 KB of a thousand icons for the fifteen in use."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pydata_sphinx_theme
from sphinx.application import Sphinx
from subset import subset

FONT = "vendor/fontawesome/webfonts/fa-solid-900.woff2"  # the one that pages load
WHOLE = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static" / FONT
NAME = re.compile(r"\bfa-([a-z0-9-]+)")
RULE = re.compile(r"((?:\.fa-[a-z0-9-]+:before,?)+)\{content:\"\\([0-9a-f]{4})\"\}")
CHARACTER = re.compile("[\ue000-\uf8ff]")
ESCAPE = re.compile(r"\\([ef][0-9a-f]{3})\b")


def icons_in_use(site: Path, folder: Path) -> set[int]:
    """Code points of icons that a page or a script of the theme names, or that a style sheet writes as a character."""
    named = set()
    for path in [*site.glob("*.html"), *site.glob("_static/scripts/*.js")]:
        named |= set(NAME.findall(path.read_text(encoding="utf-8", errors="ignore")))
    drawn, rules = _styles(sorted(site.glob("_static/**/*.css")), folder)
    return set(drawn) | {rules[name] for name in named & rules.keys()}


def _styles(sheets: list[Path], folder: Path) -> tuple[list[int], dict[str, int]]:
    """Icons that style sheets write as characters, and the code points of those they name; kept beside the doctrees."""
    contents = [path.read_bytes() for path in sheets]
    kept = folder / f"icons-{sha256(b''.join(contents)).hexdigest()[:16]}.json"
    if not kept.exists():
        drawn, rules = set(), {}
        for text in (content.decode("utf-8", errors="ignore") for content in contents):
            for names, code in RULE.findall(text):
                rules |= dict.fromkeys(NAME.findall(names), int(code, 16))
            rest = RULE.sub("", text)
            drawn |= {ord(c) for c in CHARACTER.findall(rest)} | {int(code, 16) for code in ESCAPE.findall(rest)}
        kept.write_text(json.dumps([sorted(drawn), rules]))
    drawn, rules = json.loads(kept.read_text())
    return drawn, rules


def cut_down(app: Sphinx, exception: Exception | None) -> None:
    """Write the font anew with the icons in use."""
    site, folder = Path(app.outdir), Path(app.doctreedir)
    if exception is not None or app.builder.format != "html" or not (site / "_static" / FONT).exists():
        return
    (site / "_static" / FONT).write_bytes(subset(WHOLE, icons_in_use(site, folder), folder))


def setup(app: Sphinx) -> dict[str, bool]:
    """Once all pages are written."""
    app.connect("build-finished", cut_down)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
