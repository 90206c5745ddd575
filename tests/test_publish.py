"""What a published book has besides its pages, from its two settings; and that without them nothing leads nowhere."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml
from PIL import Image

from tests.browser.session import Visitor
from tests.browser.test_pages import PAGES
from tests.build import build

ROOT = Path(__file__).parents[1]
SITE = "https://someone.example/books/convolution/"
REPOSITORY = "someone/convolution/main"
SETTINGS = {"book_site": SITE, "book_repository": REPOSITORY}


def copy(folder: Path, **settings: str) -> Path:
    """A copy of the sources with these settings."""
    for part in ("labcode", "book", "tests", "benchmarks", "tools"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("_build", "__pycache__"))
    config = folder / "book" / "_config.yml"
    text = config.read_text(encoding="utf-8")
    for name, value in settings.items():
        text, count = re.subn(rf"^(    {name}: )\S+", rf'\g<1>"{value}"', text, flags=re.MULTILINE)
        assert count == 1
    config.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy(tmp_path_factory.mktemp("published"), **SETTINGS)
    done = build(folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "book" / "_build" / "html"


def links(page: Path) -> set[str]:
    return set(re.findall(r'href="([^"]+)"', page.read_text(encoding="utf-8").replace("&amp;", "&")))


@pytest.mark.parametrize("page", ["1-layers", "4-cost"])
def test_links_of_a_page_go_to_that_page(published: Path, page: str) -> None:
    found = links(published / f"{page}.html")
    home = "https://github.com/someone/convolution"
    assert home in found
    assert f"{home}/edit/main/book/{page}.md" in found
    assert any(link.startswith(f"{home}/issues/new?") and f"{page}.html" in link for link in found)
    launch = "https://mybinder.org/v2/gh/someone/convolution/main?urlpath="
    assert [link for link in found if link.startswith(launch) and link.endswith(f"book/{page}.md")]
    html = (published / f"{page}.html").read_text(encoding="utf-8")
    assert f'data-binder="{REPOSITORY}"' in html


def test_the_sitemap_lists_every_page(published: Path) -> None:
    root = ET.parse(published / "sitemap.xml").getroot()
    listed = {place.text for place in root.findall(".//{*}loc")}
    assert listed == {f"{SITE}{page}.html" for page in PAGES if page != "genindex"}  # the index is made, not written


@pytest.mark.parametrize("page", ["index", "2-graph"])
def test_a_shared_link_has_a_title_words_and_a_picture(published: Path, page: str) -> None:
    html = (published / f"{page}.html").read_text(encoding="utf-8")
    found = dict(re.findall(r'<meta property="og:([\w:]+)" content="([^"]*)"', html))
    assert found["url"] == f"{SITE}{page}.html"
    assert found["image"].startswith(SITE)
    with Image.open(published / found["image"].removeprefix(SITE)) as card:
        assert [str(length) for length in card.size] == [found["image:width"], found["image:height"]]
    assert len(found["title"]) > 5
    assert re.findall(r'<meta content="([^"]+)" name="description"', html) == [found["description"]]
    assert f'<link rel="canonical" href="{SITE}{page}.html"' in html


def test_a_missing_page_leads_back_from_any_depth(published: Path) -> None:
    found = links(published / "404.html")
    assert "/books/convolution/index.html" in found
    assert not {link for link in found if not link.startswith(("/books/convolution/", "#", "https://"))}


def test_without_settings_no_link_leads_nowhere(site: Path) -> None:
    for page in (site / f"{name}.html" for name in PAGES):
        assert not {link for link in links(page) if "github.com" in link or "mybinder" in link}
        assert 'property="og:' not in page.read_text(encoding="utf-8")
    assert not (site / "sitemap.xml").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("book_site", "someone.example"), ("book_site", "http://x.example/"), ("book_repository", "x/y")],
)
def test_a_setting_that_cannot_be_stops_the_build(name: str, value: str, tmp_path: Path) -> None:
    done = build(copy(tmp_path, **{name: value}))
    assert done.returncode != 0
    assert f"{name} = '{value}': expected" in done.stdout + done.stderr


def test_a_published_page_is_whole(published: Path, reader: Visitor) -> None:
    """Its buttons have their icons, and it still asks nobody else for anything."""
    with reader.open((published / "1-layers.html").as_uri()) as visit:
        assert (visit.faults, visit.foreign) == ([], [])
        for icon in visit.page.locator(".article-header-buttons i").all():
            assert icon.evaluate("e => getComputedStyle(e, '::before').content") not in ("none", "normal", '""')


class Answers(BaseHTTPRequestHandler):
    """A place outside the book, where one page is gone."""

    def do_HEAD(self) -> None:
        self.send_response(404 if self.path == "/gone" else 200)
        self.end_headers()

    do_GET = do_HEAD  # noqa: N815


def test_a_link_that_leads_nowhere_any_more_is_told(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_port}"
        settings = yaml.safe_load((ROOT / "book" / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]
        links = {key: value for key, value in settings.items() if key.startswith("linkcheck")}
        config = yaml.safe_dump({"title": "Links", "sphinx": {"config": links}})
        (tmp_path / "book" / "_config.yml").write_text(config, encoding="utf-8")
        (tmp_path / "book" / "_toc.yml").write_text("format: jb-book\nroot: index\n", encoding="utf-8")
        page = tmp_path / "book" / "index.md"
        page.write_text(f"# Links\n\n[there]({place}/there) and [gone]({place}/gone)\n", encoding="utf-8")
        done = build(tmp_path, "--builder", "linkcheck")
        assert done.returncode != 0
        told = done.stdout + done.stderr
        assert re.search(r"broken.*/gone", told)
        assert not re.search(r"broken.*/there", told)
        page.write_text(f"# Links\n\n[there]({place}/there)\n", encoding="utf-8")
        assert build(tmp_path, "--builder", "linkcheck").returncode == 0
        server.shutdown()
