"""A reader's browser that keeps a diary: what each page logged, threw, and asked other hosts for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, Route, sync_playwright

from tests.browser.chromium import FLAGS, ensure

VIEWS = {
    "light": {"viewport": {"width": 1200, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1200, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}


@dataclass
class Visit:
    """One page, open, and what went wrong on it."""

    page: Page
    faults: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


@dataclass
class Visitor:
    """Opens pages in one browser, each in a context of its own."""

    browser: Browser

    @contextmanager
    def open(self, url: str, view: str = "light") -> Iterator[Visit]:
        """Open `url` as one of `VIEWS`, with all other hosts cut off."""
        context = self.browser.new_context(**VIEWS[view])
        visit = Visit(context.new_page())
        context.route("**/*", lambda route: _only_here(route, url, visit))
        visit.page.on("pageerror", lambda error: visit.faults.append(f"page error: {error}"))
        visit.page.on("console", lambda m: visit.faults.append(m.text))
        visit.page.on("requestfailed", lambda request: _failed(request, visit))
        visit.page.goto(url, wait_until="load")
        yield visit
        context.close()


def wait_for_explorers(page: Page) -> None:
    """Wait until every explorer of a page has come: until then its lines may move."""
    page.wait_for_function("[...document.querySelectorAll('[data-explorer]')].every((host) => host.shadowRoot)")


def _failed(request: Request, visit: Visit) -> None:
    """A request that failed is a fault; one that was given up because the reader went to the next page is not."""
    if request.failure != "net::ERR_ABORTED":
        visit.faults.append(f"failed: {request.url}")


def _only_here(route: Route, home: str, visit: Visit) -> None:
    url = urlsplit(route.request.url)
    if url.scheme in ("data", "blob") or (url.scheme, url.netloc) == urlsplit(home)[:2]:
        route.continue_()
    else:
        visit.foreign.append(route.request.url)
        route.abort()


@contextmanager
def visitor() -> Iterator[Visitor]:
    """Start a browser for as long as the context lasts."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure(), args=FLAGS)
        yield Visitor(browser)
        browser.close()
