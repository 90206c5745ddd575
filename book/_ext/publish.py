"""What a published book has besides its pages, from two settings: where it is read, and where its sources are.

`book_site` is the address of the published book, as "https://owner.github.io/name/"; `book_repository` is
"owner/name/branch" on GitHub. With neither, a page has no link that could lead nowhere.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from social_card import SIZE, draw_card
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

GITHUB = "https://github.com"
BINDER = "https://mybinder.org"
DESCRIPTION = re.compile(r'<meta content="([^"]*)" name="description"')
NO_READING = ["404.html", "search.html", "genindex.html"]
CARD = "social-card.png"


def link(app: Sphinx, config: Config) -> None:
    """Links to the sources, a kernel at Binder and launch buttons, for pages whose repository is known."""
    theme = config.html_theme_options
    theme["repository_url"] = ""  # Jupyter Book would name its own
    if not config.book_repository:
        return
    parts = re.fullmatch(r"([\w.-]+)/([\w.-]+)/([\w./-]+)", config.book_repository)
    if parts is None:
        raise ExtensionError(f"book_repository = {config.book_repository!r}: expected 'owner/name/branch'")
    owner, name, branch = parts.groups()
    theme |= {
        "repository_url": f"{GITHUB}/{owner}/{name}",
        "repository_branch": branch,
        "path_to_docs": Path(app.srcdir).name,
        "use_repository_button": True,
        "use_issues_button": True,
        "use_edit_page_button": True,
    }
    theme["launch_buttons"] = {**theme.get("launch_buttons", {}), "binderhub_url": BINDER}
    config.live_binder = config.live_binder or config.book_repository


def publish(app: Sphinx, config: Config) -> None:
    """Sitemap, social cards, canonical addresses and a 404 page, for a site whose address is known."""
    if not config.book_site:
        return
    address = urlsplit(config.book_site)
    if not (address.scheme == "https" and address.netloc and address.path.endswith("/")):
        raise ExtensionError(f"book_site = {config.book_site!r}: expected an address as 'https://host/folder/'")
    config.html_baseurl = config.book_site
    for extension in ("sphinx_sitemap", "sphinxext.opengraph", "notfound.extension"):
        app.setup_extension(extension)
    config.notfound_urls_prefix = address.path
    config.sitemap_url_scheme = "{link}"  # one language, one version
    config.sitemap_excludes = NO_READING
    config.ogp_site_url = config.book_site
    config.ogp_site_name = config.html_title
    config.ogp_enable_meta_description = False  # each page has its own
    config.ogp_image = f"{config.book_site}_static/{CARD}"
    config.ogp_image_alt = "A kernel on an image, and the number that it gives there"
    width, height = SIZE
    config.ogp_custom_meta_tags = [
        f'<meta property="og:image:width" content="{width}">',
        f'<meta property="og:image:height" content="{height}">',
        '<meta name="twitter:card" content="summary_large_image">',
    ]


def describe(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Say of a page in a link what the page says of itself, not its first lines, which may be maths."""
    if found := DESCRIPTION.search(context.get("metatags", "")):
        context["meta"] = {**(context.get("meta") or {}), "og:description": unescape(found[1])}


def add_card(app: Sphinx, error: Exception | None) -> None:
    """Draw the card for links to this book."""
    if error is None and app.config.book_site and app.builder.format == "html":
        draw_card(app.config.html_title).save(Path(app.outdir, "_static", CARD))


def setup(app: Sphinx) -> dict[str, Any]:
    """Before everything that reads these settings."""
    app.add_config_value("book_site", "", "html", str)
    app.add_config_value("book_repository", "", "html", str)
    app.connect("config-inited", link, priority=100)
    app.connect("config-inited", publish, priority=100)
    app.connect("html-page-context", describe, priority=400)
    app.connect("build-finished", add_card)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
