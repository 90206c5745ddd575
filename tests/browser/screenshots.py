"""Pictures of every page, in light, dark and on a phone, for people to look at."""

from __future__ import annotations

from pathlib import Path

from tests.browser.session import VIEWS, visitor

SITE = Path("book/_build/html").resolve()
TARGET = Path("book/_build/screenshots")


def main() -> None:
    """Open each page from its file and take one full-page picture of each view."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with visitor() as reader:
        for path in sorted(SITE.glob("*.html")):
            for view in VIEWS:
                with reader.open(path.as_uri(), view) as visit:
                    visit.page.screenshot(path=TARGET / f"{path.stem}-{view}.png", full_page=True)
    print(f"screenshots: {TARGET}")


if __name__ == "__main__":
    main()
