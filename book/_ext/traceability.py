"""Behind each executed number of a page: the functions of labcode, their tests, and what these checked against.

`executed` tells which expressions a page shows, `origins` what stands behind an expression, and
`_data/tests.json` (written by `python -m tests.coverage_contexts`) which tests cover that. Put together they
stand in the page as JSON, which `trace.js` shows when a reader points at a number. The sources of labcode are
written beside the pages, each definition with an anchor.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import cache
from hashlib import sha256
from html import escape
from importlib import import_module
from inspect import isclass
from keyword import kwlist
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from origins import PACKAGE, Code, Origin, definitions, documented
from page_data import carry
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.osutil import relative_uri

ROOT = Path(import_module(PACKAGE).__path__[0]).parent
BOOK = Path(__file__).parents[1]
TESTS = BOOK / "_data" / "tests.json"
SHOWN_BY = (BOOK / "_assets" / "trace.js", BOOK / "_assets" / "trace.css")
FOLDER = "code"  # of the sources, beside the pages
KINDS = ("computes", "data", "shows")
NAMED = 2  # tests that are named; the others are counted
SOURCE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<style>
body {{ max-width: 62rem; margin: 2rem auto; padding: 0 1rem; font-family: system-ui, sans-serif; }}
pre {{ overflow-x: auto; line-height: 1.45; }} i {{ font-style: normal; }} .word {{ font-weight: bold; }}
.text {{ color: light-dark(#00622f, #8fd3a5); }} .note {{ color: light-dark(#59636e, #a0a8b2); }}
:target::before {{ content: "→ "; color: light-dark(#a40000, #ff9a8a); }}
</style></head><body><h1>{title}</h1><pre tabindex="0">{code}</pre></body></html>
"""
TOKEN = re.compile(  # enough colour to read by; ten times as fast as Pygments
    r'(?P<text>"""(?s:.*?)"""|"(?:\\.|[^"\\\n])*")|(?P<note>#.*)|\b(?P<word>' + "|".join(kwlist) + r")\b"
)


class Evidence(NamedTuple):
    """Tests that cover something, the most specific first, and what they check it against."""

    tests: list[str]
    checks: list[str]


@cache
def recorded() -> dict[str, Any]:
    """What the tests have shown, as it was recorded."""
    data: dict[str, Any] = json.loads(TESTS.read_text(encoding="utf-8"))
    reach = [0] * len(data["tests"])
    for indices in data["functions"].values():
        for index in indices:
            reach[index] += 1
    return {**data, "names": list(data["tests"]), "reach": reach}


@cache
def evidence(origin: Origin) -> Evidence:
    """Tests of a function, of a class (of its methods, inherited ones too) or of data."""
    data = recorded()
    found = {index for key in parts(origin) for index in data["functions"].get(key, data["data"].get(key, ()))}
    names = [data["names"][index] for index in sorted(found, key=lambda index: (data["reach"][index], index))]
    return Evidence(names, sorted({check for name in names for check in data["tests"][name]}))


def parts(origin: Origin) -> list[str]:
    """Names under which the tests of something are recorded."""
    thing = getattr(import_module(origin.module), origin.name, None)
    if not isclass(thing):
        return [str(origin)]
    bases = [base for base in thing.__mro__ if base.__module__ == origin.module]
    return [f"{base.__module__}.{base.__qualname__}.{name}" for base in bases for name in vars(base)]


def family(origin: Origin) -> list[Origin]:
    """Something itself, then what it makes concrete: the class, or the method of the class, that it inherits from."""
    owner, _, method = origin.name.partition(".")
    thing = getattr(import_module(origin.module), owner, None)
    bases = [b for b in thing.__mro__ if b.__module__.startswith(PACKAGE)] if isclass(thing) else []
    return [origin, *(Origin(b.__module__, f"{b.__qualname__}.{method}".rstrip(".")) for b in bases)]


def write_traces(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the origins of a page's numbers beside it, and the script that shows them."""
    found = behind(app.env, page)
    if not found:
        return
    table = {origin: i for i, origin in enumerate(dict.fromkeys(o for origins in found.values() for o in origins))}
    entries = [entry(app, page, origin) for origin in table]
    traces = {name: [[table[o] for o in origins if kind(o) == k] for k in KINDS] for name, origins in found.items()}
    carry(app, page, context, "traces", {"origins": entries, "records": traces})
    app.add_js_file("trace.js", loading_method="defer")
    app.add_css_file("trace.css")


def behind(env: BuildEnvironment, page: str) -> dict[str, list[Origin]]:
    """What stands behind every executed result of a page, by its id."""
    kept: dict[str, tuple[str, dict[str, list[Origin]]]] = getattr(env, "origins_behind", {})
    key, found = kept.get(page, ("", {}))
    cells, records = _shown(env, page)
    return found if key == _key(cells, records) else _behind(cells, records)


def keep_origins(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Look up what stands behind the pages that changed, and keep it all for the next build."""
    env.origins_behind = {  # type: ignore[attr-defined]
        page: (_key(*_shown(env, page)), behind(env, page)) for page in getattr(env, "executed_numbers", {})
    }
    return []


Records = tuple[tuple[str, str, str, int], ...]


def _shown(env: BuildEnvironment, page: str) -> tuple[tuple[str, ...], Records]:
    """Cells of a page, and the results it shows: id, kind, expression, and the cell before."""
    records = getattr(env, "executed_numbers", {}).get(page, ())
    cells = tuple(getattr(env, "executed_cells", {}).get(page, ()))
    return cells, tuple((r["id"], r["kind"], r["expression"], r["cell"]) for r in records)


def _key(cells: tuple[str, ...], records: Records) -> str:
    """What an answer of `_behind` depends on: the page's code, labcode's, and the reading of both."""
    return sha256(repr((cells, records, _sources())).encode()).hexdigest()


@cache
def _sources() -> str:
    files = [*(ROOT / PACKAGE).rglob("*.py"), *Path(__file__).parent.glob("*.py")]
    return sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()


@cache
def _behind(cells: tuple[str, ...], records: Records) -> dict[str, list[Origin]]:
    code = Code(cells)
    return {
        name: code.behind_cell(cell) if kind == "cell" else code.behind(expression, cell)
        for name, kind, expression, cell in records
    }


def checked(env: BuildEnvironment, page: str) -> set[str]:
    """Results of a page behind which something stands that a test checks against an independent authority."""
    found = behind(env, page)
    return {name for name in found if any(evidence(o).checks for o in found[name] if kind(o) != "shows")}


def kind(origin: Origin) -> str:
    """Whether it computes, is data, or shows what was computed."""
    if origin.module.startswith(f"{PACKAGE}.render"):
        return "shows"
    thing = getattr(import_module(origin.module), origin.name.split(".")[0], None)
    return "computes" if callable(thing) and getattr(thing, "__module__", "") == origin.module else "data"


def entry(app: Sphinx, page: str, origin: Origin) -> dict[str, Any]:
    """What the page tells of an origin: name, links, tests, checks."""
    start = app.builder.get_target_uri(page)
    tests, checks = evidence(origin)
    link = {"source": f"{relative_uri(start, source_page(str(app.outdir), origin.module))}#{origin.name}"}
    if api := next((found for o in family(origin) if (found := api_of(app).get(o))), None):
        link["api"] = f"{relative_uri(start, app.builder.get_target_uri(api[0]))}#{api[1]}"
    name = origin.name if kind(origin) == "computes" else ".".join([origin.module.rpartition(".")[2], origin.name])
    shown = [
        Path(file).stem + ": " + test.removeprefix("test_").replace("_", " ")
        for file, test in (t.split("::") for t in tests[:NAMED])
    ]
    evident = {"tests": shown, "count": len(tests), "checks": checks}
    return {"name": name, **link, **(evident if tests else {})}


@cache
def api_of(app: Sphinx) -> dict[Origin, tuple[str, str]]:
    """Pages and anchors of what the book documents, by where it is defined."""
    objects = app.env.get_domain("py").objects  # type: ignore[attr-defined] # the Python domain has it
    return {origin: (o.docname, o.node_id) for name, o in objects.items() if (origin := documented(name))}


@cache
def source_page(folder: str, module: str) -> str:
    """Write the source of a module beside the pages, once in a build; its address."""
    place = f"{FOLDER}/{module}.html"
    target, source = Path(folder, place), Path(str(import_module(module).__file__))
    target.parent.mkdir(exist_ok=True)
    target.write_text(source_html(module, source.read_text(encoding="utf-8")), encoding="utf-8")
    return place


def refresh_sources(app: Sphinx, exception: Exception | None) -> None:
    """Write again the sources that have changed though no page that names them was written."""
    for page in Path(app.outdir, FOLDER).glob("*.html"):
        module = ROOT.joinpath(*page.stem.split("."))
        source = next((path for path in (module.with_suffix(".py"), module / "__init__.py") if path.exists()), None)
        if source is None:
            page.unlink()
        elif page.stat().st_mtime < source.stat().st_mtime:
            source_page(str(app.outdir), page.stem)


def source_html(module: str, text: str) -> str:
    """A module as a page of its own, every definition in it with its name as an anchor."""
    anchors: defaultdict[int, str] = defaultdict(str)
    for name, node in definitions(module).items():
        anchors[node.lineno] += f'<b id="{name}"></b>'
    coloured = TOKEN.sub(lambda token: f'<i class="{token.lastgroup}">{token[0]}</i>', escape(text, quote=False))
    lines = (anchors[number] + line for number, line in enumerate(coloured.split("\n"), 1))
    return SOURCE.format(title=module, code="\n".join(lines))


def setup(app: Sphinx) -> dict[str, Any]:
    """Pages are written again, though not read again, when the record of the tests or what shows it has changed."""
    app.setup_extension("executed")
    state = sha256(b"".join(path.read_bytes() for path in (TESTS, *SHOWN_BY))).hexdigest()
    app.add_config_value("traces_digest", state, rebuild="html", types=[str])
    app.connect("env-updated", keep_origins)
    app.connect("html-page-context", write_traces)
    app.connect("build-finished", refresh_sources)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
