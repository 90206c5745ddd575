"""Find a Chromium for the browser tests, or get one; say why if there is none to be had.

Run as a module (`python -m tests.browser.chromium`) it prints the path of the browser it found.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def installed() -> str | None:
    """Path of a Chromium or Chrome on this machine, or of Playwright's own."""
    found = [shutil.which(name) for name in NAMES] + [place for place in PLACES if Path(place).exists()]
    if any(found):
        return next(path for path in found if path)
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def ensure() -> str:
    """Path of a browser, installing one if need be.

    Raises
    ------
    RuntimeError
        With the reason of every attempt that failed.
    """
    reasons = []
    for attempt in (None, by_playwright, by_apt):
        if attempt:
            reasons.append(attempt())
        if path := installed():
            return path
    raise RuntimeError("no Chromium for the browser tests:\n" + "\n".join(r for r in reasons if r))


def by_playwright() -> str:
    """Let Playwright download its Chromium; returns the reason if that failed."""
    return _run("Playwright", [sys.executable, "-m", "playwright", "install", "chromium"], timeout=300)


def by_apt() -> str:
    """On Debian, as root, install the package `chromium`; returns the reason if that failed."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return "apt-get: not Debian, or not root"
    update = _run("apt-get update", ["apt-get", "update", "-qq"], timeout=300)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
    return _run("apt-get install chromium", command, timeout=900) or update


def _run(name: str, command: list[str], timeout: int) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{name}: {error}"
    return "" if done.returncode == 0 else f"{name}: exit {done.returncode}: {done.stderr.strip()[-400:]}"


if __name__ == "__main__":
    print(f"browser: {ensure()}")
