"""Every number of a page is accounted for: executed, structural, given with a reason, or typed, which is a fault.

Prose, maths, tables, captions, alternative texts, admonitions, exercises and the page's description are searched.
Code listings and the entries of the API are code. What Sphinx writes itself (section numbers, the text of a reference
without a title) is structural. Totals stand in `env.number_accounts[page]`. Every build warns of every typed number,
also of those on pages that it has not read again; with warnings as errors none can stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from docutils import nodes
from executed import priority
from number_rules import MATHS, PROSE
from number_walk import Walk, given
from numerals import numerals
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

logger = logging.getLogger(__name__)

STORES = ("number_accounts", "typed_numbers", "given_numbers", "number_ledgers")
BECAUSE = " because "
RULES = [
    "A number is a group of digits, or a word from two upward; one, zero, both and the ordinals are words.",
    "Executed: what an {eval} or a code cell shows. Its code must contain a name, and text in it that is shown as it "
    "stands, a caption say, is prose.",
    "Given: what the role {given} marks, with a reason; each stands in the list below.",
    "Not searched: code, and the entries of the API.",
    "Typed, and a fault: every other number that is not structural.",
    "Structural: numbers that Sphinx writes itself, and these:",
]


class GivenRole(SphinxRole):
    r"""A number that is meant as it stands: {given}`$d = 1$ because without dilation the taps are neighbours`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Set the text as if the role were not there."""
        text, because, reason = self.text.partition(BECAUSE)
        node = given(text, reason=reason.strip())
        children, messages = self.inliner.parse(text, self.lineno, self.inliner, node)
        node += children
        self.set_source_info(node)
        if not because or not numerals(text):
            logger.warning("a given number needs a number and a reason: %s", self.text, location=node)
        return [node], messages


class ledger(nodes.General, nodes.Element):  # noqa: N801 - docutils writes the names of nodes in small letters
    """Where a page shows the rules or the given numbers; filled in when all pages are read."""


class LedgerDirective(SphinxDirective):
    """`{given-list}` and `{number-rules}`."""

    def run(self) -> list[nodes.Node]:
        """Keep the place."""
        self.env.number_ledgers[self.env.docname] = True  # type: ignore[attr-defined] # the environment is where Sphinx keeps data
        return [ledger(shows=self.name)]


def account(app: Sphinx, doctree: nodes.document) -> None:
    """Account for the page that was just read."""
    page, walk = app.env.docname, Walk(doctree, priority(app))
    app.env.number_accounts[page] = walk.counts  # type: ignore[attr-defined] # as above
    app.env.typed_numbers[page] = walk.typed  # type: ignore[attr-defined] # as above
    app.env.given_numbers[page] = walk.given  # type: ignore[attr-defined] # as above


def warn(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Warn of all typed numbers; pages that list given ones are written anew if those have changed."""
    for page, found in sorted(env.typed_numbers.items()):  # type: ignore[attr-defined] # as above
        for line, number, sentence in found:
            logger.warning('the number "%s" is typed: %s', number, sentence, location=(page, line))
    before, env.listed_numbers = getattr(env, "listed_numbers", None), listed(env)  # type: ignore[attr-defined] # as above
    return env.number_ledgers if env.listed_numbers != before else []  # type: ignore[attr-defined] # as above


def listed(env: BuildEnvironment) -> dict[tuple[str, str], list[str]]:
    """Of every given number and its reason: the pages on which it stands."""
    pages: dict[tuple[str, str], list[str]] = {}
    for page, found in sorted(env.given_numbers.items()):  # type: ignore[attr-defined] # as above
        for entry in found:
            if page not in pages.setdefault(entry, []):
                pages[entry].append(page)
    return pages


def fill_in(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Write the rules and the given numbers where the page wants them."""
    for place in list(doctree.findall(ledger)):
        place.replace_self(rules() if place["shows"] == "number-rules" else given_list(app, page))


def rules() -> nodes.bullet_list:
    """The rules, one an item; under the last, what is structural."""
    whole, structural = (
        nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph("", rule)) for rule in some))
        for some in (RULES, [*PROSE, MATHS])
    )
    whole[-1] += structural
    return whole


def given_list(app: Sphinx, page: str) -> nodes.table:
    """Every given number: what stands there, its reason, links to its pages."""
    rows = [[[nodes.Text(title)] for title in ("what stands there", "why", "page")]]
    rows += [
        [set_again(text), [nodes.Text(reason)], links(app, page, on)] for (text, reason), on in listed(app.env).items()
    ]
    entries = [[nodes.entry("", nodes.paragraph("", "", *cell)) for cell in row] for row in rows]
    head, *body = [nodes.row("", *row) for row in entries]
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in rows[0]), cols=len(rows[0]))
    group += [nodes.thead("", head), nodes.tbody("", *body)]
    return nodes.table("", group)


def set_again(source: str) -> list[nodes.Node]:
    """A given text as it is set on its page."""
    return [nodes.math("", source.strip("$")) if source.startswith("$") else nodes.Text(source)]


def links(app: Sphinx, page: str, targets: list[str]) -> list[nodes.Node]:
    """Links to pages by their titles, one after the other."""
    found: list[nodes.Node] = []
    for target in targets:
        uri, title = app.builder.get_relative_uri(page, target), app.env.titles[target].astext()
        found += [nodes.Text(", ")] * bool(found) + [nodes.reference("", title, refuri=uri, internal=True)]
    return found


def skip(self: Any, node: nodes.Node) -> None:
    """A given number is set as the text that it is."""


def prepare(app: Sphinx) -> None:
    """Make room in the environment, once in its life."""
    for store in STORES:
        if not hasattr(app.env, store):
            setattr(app.env, store, {})


def purge(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget a page that is about to be read again."""
    for store in STORES:
        getattr(env, store, {}).pop(page, None)


def merge(app: Sphinx, env: BuildEnvironment, pages: Iterable[str], other: BuildEnvironment) -> None:
    """Take over what another process has read."""
    for store in STORES:
        theirs = getattr(other, store)
        getattr(env, store).update({page: theirs[page] for page in pages if page in theirs})


def setup(app: Sphinx) -> dict[str, Any]:
    """Account for each page when all else that reads it is done."""
    app.setup_extension("executed")
    app.add_node(given, html=(skip, skip), latex=(skip, skip), text=(skip, skip))
    app.add_node(ledger)
    app.add_role("given", GivenRole())
    app.add_directive("given-list", LedgerDirective)
    app.add_directive("number-rules", LedgerDirective)
    app.connect("builder-inited", prepare)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("doctree-read", account, priority=900)
    app.connect("env-updated", warn)
    app.connect("doctree-resolved", fill_in)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
