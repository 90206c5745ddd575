"""The lab sheet and the whole book as PDF, printed from the built pages by a headless Chromium: `make pdf`.

Each page is printed by itself, as a reader's browser would print it, but with its solutions unfolded; the answers of
the lab sheet stay folded and leave room to write. Then the pages are joined in the order of `_toc.yml`, with an entry
of the outline for each, and links between pages lead to places in the PDF.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from html import escape
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urldefrag

import yaml
from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NullObject

from tests.browser.chromium import FLAGS, ensure

BOOK = Path(__file__).parents[1] / "book"
SITE, FOLDER = BOOK / "_build" / "html", BOOK / "_build" / "pdf"
LAB_SHEET = "lab-sheet"
UNFOLD = "document.querySelectorAll('details:not(.workspace)').forEach((fold) => { fold.open = true; })"
HEADINGS = """[...document.querySelectorAll("article h1, article h2")].map((heading) => {
    const id = (heading.closest("section") ?? heading).id, copy = heading.cloneNode(true);
    copy.querySelectorAll(".headerlink, .katex-mathml").forEach((part) => part.remove());
    return [id, copy.textContent.trim()];
})"""
SCALE = 0.8  # of the type on the screen
FOOTER = """<p style="width: 100%; margin: 0 15mm; text-align: right; font: 8pt sans-serif">
{title} · <span class="pageNumber"></span></p>"""
MARGIN = {"top": "15mm", "bottom": "18mm", "left": "15mm", "right": "15mm"}

Place = tuple[int, float | None]  # a sheet of the PDF, and the height on it


class Printed(NamedTuple):
    """One page of the book on paper."""

    address: str
    headings: list[tuple[str, str]]  # id and text; the first is the page's title
    pdf: PdfReader

    @property
    def title(self) -> str:
        """What the page is called."""
        return self.headings[0][1]


def contents() -> list[str]:
    """Pages of the book in reading order."""
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *(chapter["file"] for chapter in toc["chapters"])]


def print_page(browser: Browser, path: Path) -> Printed:
    """Print one page on A4."""
    tab = browser.new_page(color_scheme="light")
    tab.goto(path.as_uri(), wait_until="networkidle")
    tab.evaluate(UNFOLD)
    headings = tab.evaluate(HEADINGS)
    paper = tab.pdf(
        format="A4",
        scale=SCALE,
        margin=MARGIN,
        print_background=True,
        tagged=True,
        display_header_footer=True,
        header_template="<p></p>",
        footer_template=FOOTER.format(title=escape(headings[0][1])),
    )
    tab.close()
    return Printed(path.as_uri(), headings, PdfReader(BytesIO(paper)))


def join(pages: Iterable[Printed], title: str) -> PdfWriter:
    """Pages one after the other."""
    book = PdfWriter()
    places: dict[str, Place] = {}
    origins: list[str] = []  # for each sheet, the page of the book that it came from
    for page in pages:
        start = len(book.pages)
        places[page.address] = (start, None)
        for name, target in page.pdf.named_destinations.items():
            sheet = page.pdf.get_destination_page_number(target)
            places[f"{page.address}#{name.removeprefix('/')}"] = (start + (sheet or 0), target.top)
        book.append(page.pdf, import_outline=False)
        chapter = book.add_outline_item(page.title, start)
        for name, heading in page.headings[1:]:
            sheet, _ = places.get(f"{page.address}#{name}", (start, None))
            book.add_outline_item(heading, sheet, chapter)
        origins += [page.address] * len(page.pdf.pages)
    for sheet, origin in enumerate(origins):
        lead_links(book, sheet, origin, places)
    book.add_metadata({"/Title": title, "/Producer": "labcode"})
    book.compress_identical_objects()
    return book


def lead_links(book: PdfWriter, sheet: int, origin: str, places: dict[str, Place]) -> None:
    """Let the links of a sheet lead to places in the PDF; to what was not printed leads no link."""
    kept = ArrayObject()
    for reference in book.pages[sheet].get("/Annots", ()):
        link = reference.get_object()
        target = address(link, origin)
        place = places.get(target, places.get(urldefrag(target).url))
        if place is None and target.startswith("file:"):
            continue
        if place is not None:
            number, height = place
            top = NullObject() if height is None else FloatObject(height)
            where = [book.pages[number].indirect_reference, NameObject("/XYZ"), NullObject(), top, NullObject()]
            link.pop("/A", None)
            link[NameObject("/Dest")] = ArrayObject(where)
        kept.append(reference)
    book.pages[sheet][NameObject("/Annots")] = kept


def address(link: DictionaryObject, origin: str) -> str:
    """Where a link leads, as an address of the built book or of the web."""
    if "/Dest" in link:
        return f"{origin}#{str(link['/Dest']).removeprefix('/')}"
    return unquote(str(link.get("/A", {}).get("/URI", "")))


def main() -> None:
    """Write `lab-sheet.pdf` and `book.pdf`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--site", type=Path, default=SITE, help="the built book")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the PDFs go")
    options = parser.parse_args()
    if not (options.site / "index.html").exists():
        raise SystemExit(f"{options.site} has no index.html: build the book first (make book)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure(), args=FLAGS)
        pages = {name: print_page(browser, options.site.absolute() / f"{name}.html") for name in contents()}
        browser.close()
    options.folder.mkdir(parents=True, exist_ok=True)
    files = {LAB_SHEET: [pages[LAB_SHEET]], "book": list(pages.values())}
    for name, parts in files.items():
        path = options.folder / f"{name}.pdf"
        pdf = join(parts, parts[0].title)
        pdf.write(path)
        print(f"{path}: {len(pdf.pages)} pages")


if __name__ == "__main__":
    main()
