"""HTML on paper: a PDF printed by the Chromium of the machine, without a window."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from labcode.errors import ArgumentError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-pdf-header-footer")


def browser(given: str = "") -> str:
    """The program that prints: the one that is named, or the first that is found.

    Raises
    ------
    ArgumentError
        If there is none; the sheets are there as HTML all the same, which any browser prints.
    """
    for name in [given] if given else BROWSERS:
        if found := shutil.which(name):
            return found
    raise ArgumentError(
        "browser",
        given or f"none of {', '.join(BROWSERS)}",
        "a Chromium to print PDF with; or ask for HTML alone, by --no-pdf",
    )


def print_pdf(page: Path, program: str) -> Path:
    """Print a file of HTML beside it; the path of the PDF.

    Raises
    ------
    ArgumentError
        If the browser does not do it, with what it said.
    """
    paper = page.with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as profile:
        command = [program, *FLAGS, f"--user-data-dir={profile}", f"--print-to-pdf={paper}", page.resolve().as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode or not paper.exists():
        raise ArgumentError("browser", program, f"one that prints PDF ({done.stderr.strip()[-300:]})")
    return paper
