"""The PDFs of the lab sheet and of the book, read back by two libraries that did not write them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
from pypdf import PdfReader

from labcode.lab5 import task1, task2, task3, task4
from tests.browser.test_pages import PAGES

ROOT = Path(__file__).parents[1]
SHEET = ROOT / "book" / "lab-sheet.md"
QUESTIONS = [question.number for task in (task1, task2, task3, task4) for question in task.QUESTIONS]
A4 = (595, 842)  # points


@pytest.fixture(scope="module")
def folder(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pdf")
    command = [sys.executable, "-m", "tools.pdf", "--site", str(site), "--folder", str(made)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return made


@pytest.fixture(scope="module")
def book(folder: Path) -> PdfReader:
    return PdfReader(folder / "book.pdf")


@pytest.fixture(scope="module")
def sheet(folder: Path) -> PdfReader:
    return PdfReader(folder / "lab-sheet.pdf")


def words(text: str) -> str:
    """Text without white space and ligatures, which a PDF has its own way with."""
    return re.sub(r"\s+", "", text.replace("ﬁ", "fi").replace("ﬂ", "fl").replace("ﬀ", "ff"))


def chapters(book: PdfReader) -> list[tuple[str, int]]:
    """Entries of the outline for whole pages of the book, each with the sheet it leads to."""
    tops = [entry for entry in book.outline if not isinstance(entry, list)]
    return [(entry.title, book.get_destination_page_number(entry)) for entry in tops]


def test_every_page_of_the_book_is_there_in_order_under_its_title(book: PdfReader) -> None:
    headings = [re.search(r"^# (.+)$", (ROOT / "book" / f"{p}.md").read_text(encoding="utf-8"), re.M) for p in PAGES]
    assert [title for title, _ in chapters(book)] == [heading[1].replace("`", "") for heading in headings if heading]
    starts = [start for _, start in chapters(book)]
    assert starts[0] == 0
    assert starts == sorted(set(starts)), "two pages of the book on one sheet"
    for title, start in chapters(book):
        assert words(book.pages[start].extract_text()).startswith(words(title))


def test_no_sheet_is_blank_and_all_are_a4(folder: Path) -> None:
    for path in folder.glob("*.pdf"):
        for number, page in enumerate(pypdfium2.PdfDocument(path)):
            assert page.get_size() == pytest.approx(A4, abs=1.5)
            body = page.render(scale=0.2).to_numpy()[:-14]  # without the footer
            assert body.min() < 224, f"{path.name}: sheet {number + 1} is blank"


def test_the_lab_sheet_asks_every_question_and_answers_none(sheet: PdfReader) -> None:
    text = words("".join(page.extract_text() for page in sheet.pages))
    source = SHEET.read_text(encoding="utf-8").split("# The lab sheet")[1]
    asked = re.findall(r"^(\*\*\(\d\)\*\*.*?)\n\n", source, re.M | re.S)
    assert len(asked) == len(QUESTIONS)
    for question in asked:
        # Words between what is computed or maths.
        pieces = re.split(r"\{\w+\}`[^`]*`|\$[^$]*\$|\*\*", question)
        missing = [piece for piece in pieces if words(piece) not in text]
        assert missing == []
    assert "withoutbiasandcountingtheproductswithpadding" not in text, "an answer is open"


def test_the_book_shows_its_solutions(book: PdfReader) -> None:
    assert "Forthosethatlookthesamewhentheyareturnedround" in words("".join(page.extract_text() for page in book.pages))


@pytest.mark.parametrize("name", ["book", "lab-sheet"])
def test_every_font_is_embedded(name: str, folder: Path) -> None:
    fonts = {}
    for page in PdfReader(folder / f"{name}.pdf").pages:
        fonts |= {font["/BaseFont"]: font for font in map(_resolved, page["/Resources"].get("/Font", {}).values())}
    assert any("KaTeX_Main" in base for base in fonts), "maths has its own fonts"
    for base, font in fonts.items():
        descriptor = font["/DescendantFonts"][0]["/FontDescriptor"] if "/DescendantFonts" in font else {}
        assert font["/Subtype"] == "/Type3" or {"/FontFile2", "/FontFile3"} & set(descriptor), base


def _resolved(reference) -> dict:
    return reference.get_object()


def test_links_lead_to_other_pages_of_the_book_and_to_no_file(book: PdfReader) -> None:
    links = [link.get_object() for page in book.pages for link in page.get("/Annots", ())]
    assert not [link for link in links if "file:" in str(link.get("/A", ""))]
    starts = dict(chapters(book))
    welcome = book.pages[: starts["Convolutional and pooling layers"]]
    first = [link.get_object() for page in welcome for link in page.get("/Annots", ())]
    targets = {book.get_page_number(link["/Dest"][0].get_object()) for link in first if "/Dest" in link}
    assert starts["Convolutional and pooling layers"] in targets
    assert starts["The lab sheet"] in targets


def test_the_title_of_each_file_is_that_of_its_first_page(book: PdfReader, sheet: PdfReader) -> None:
    assert (book.metadata.title, sheet.metadata.title) == ("How a convolutional network computes", "The lab sheet")
