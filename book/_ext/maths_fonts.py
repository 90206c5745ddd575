"""The glyphs that the formulas of the book use, there before the text: no formula changes its size when a font arrives.

KaTeX's fonts are 270 KB and come after the page; until then its formulas stand in another font, and the text moves
when they come. What the build has rendered tells which characters of which font are used. These few kilobytes go into
`maths-fonts.js`, which runs before the page is laid out (a font inside a style sheet is decoded too late for that); a
character that is not among them, in a live output say, is taken from the whole font as before.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path

from sphinx.application import Sphinx
from subset import subset

SCRIPT = "maths-fonts.js"
ADD = """) {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  document.fonts.add(new FontFace(family, bytes.buffer, { style, weight, unicodeRange }));
}
"""
FONTS = Path(__file__).parents[1] / "_assets" / "katex" / "fonts"
MAIN, BOLD = ("Main", 400, "normal"), ("Main", 700, "normal")
ITALIC, MATH = ("Main", 400, "italic"), ("Math", 400, "italic")
FILES = {MAIN: "Main-Regular", BOLD: "Main-Bold", ITALIC: "Main-Italic", MATH: "Math-Italic"}
FILES |= {(f"Size{n}", 400, "normal"): f"Size{n}-Regular" for n in (1, 2, 3, 4)}
FILES |= {(name, 400, "normal"): f"{name}-Regular" for name in ("AMS", "Caligraphic", "Typewriter")}

Face = tuple[str, int, str]
# What katex.min.css says of the classes that choose a font; the innermost one counts.
FACES: dict[str, Face] = {
    **dict.fromkeys(("katex-html", "mathrm", "textrm", "mainrm"), MAIN),
    **dict.fromkeys(("mathbf", "textbf"), BOLD),
    **dict.fromkeys(("mathit", "textit"), ITALIC),
    "mathnormal": MATH,
    **dict.fromkeys(("amsrm", "mathbb", "textbb"), ("AMS", 400, "normal")),
    **dict.fromkeys(("mathtt", "texttt"), ("Typewriter", 400, "normal")),
    "mathcal": ("Caligraphic", 400, "normal"),
    **{f"delim-size{n}": (f"Size{n}", 400, "normal") for n in (1, 2, 3, 4)},
    "small-op": ("Size1", 400, "normal"),
    "large-op": ("Size2", 400, "normal"),
}


class Glyphs(HTMLParser):
    """Collects the characters of rendered formulas by the font that shows them."""

    def __init__(self) -> None:
        super().__init__()
        self.used: defaultdict[Face, set[int]] = defaultdict(set)
        self._faces: list[Face | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A span chooses a font for what it holds."""
        if tag != "span":
            return
        classes = (dict(attrs).get("class") or "").split()
        face = self._faces[-1] if self._faces else None
        if face or "katex-html" in classes:
            sizes = [f"delim-{name}" for name in classes if name.startswith("size")] if "delimsizing" in classes else []
            face = next((FACES[name] for name in [*sizes, *classes] if name in FACES), face)
        self._faces.append(face)

    def handle_endtag(self, tag: str) -> None:
        """Back to the font around it."""
        if tag == "span" and self._faces:
            self._faces.pop()

    def handle_data(self, data: str) -> None:
        """Note the characters, if they are of a formula."""
        if self._faces and self._faces[-1]:
            self.used[self._faces[-1]] |= set(map(ord, data))


def script(used: dict[Face, set[int]], folder: Path) -> str:
    """A script that adds these characters alone, each face with its piece of a font inside."""
    faces = []
    for face, characters in sorted(used.items()):
        family, weight, slant = face
        font = b64encode(subset(FONTS / f"KaTeX_{FILES[face]}.woff2", characters, folder)).decode()
        faces.append([f"KaTeX_{family}", slant, str(weight), ",".join(f"U+{c:X}" for c in sorted(characters)), font])
    return f"for (const [family, style, weight, unicodeRange, data] of {json.dumps(faces)}{ADD}"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Fill the script once all formulas are rendered."""
    if exception is None and app.builder.format == "html":
        glyphs = Glyphs()
        for html in app.katex.html.values():  # type: ignore[attr-defined] # the renderer of katex_math
            glyphs.feed(html)
        (Path(app.outdir) / "_static" / SCRIPT).write_text(script(glyphs.used, Path(app.doctreedir)), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Before the page is laid out, so neither deferred nor asynchronous."""
    app.add_js_file(SCRIPT)
    app.connect("build-finished", write, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
