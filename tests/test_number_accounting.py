"""No number is typed: planted ones are caught wherever they stand, legitimate ones are left alone."""

from __future__ import annotations

import pickle
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.build import build
from tests.test_book import FRONT, build_page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

import number_accounting  # noqa: E402 - an extension of the book, found by the line above
from number_rules import in_maths, in_prose  # noqa: E402 - as above
from number_strings import HOLE, shown_strings  # noqa: E402 - as above
from number_walk import has_name  # noqa: E402 - as above
from numerals import numerals  # noqa: E402 - as above

SET_UP = """```{code-cell}
:tags: [remove-input]
from IPython.display import SVG, Math
maps, dot = 16, '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
```
"""
PLANTED = {  # what is typed, and where: each is written on a page of its own place
    "prose": ("The layer has 2701 maps.", "2701"),
    "the second line of a paragraph": ("The layer has\n2702 maps.", "2702"),
    "bold type": ("It takes **2703** bytes.", "2703"),
    "a spelled-out number": ("It has sixteen maps.", "sixteen"),
    "maths in a sentence": ("Here $n = 2704$ products.", "2704"),
    "displayed maths": ("$$\nn = 2705\n$$", "2705"),
    "a numbered equation": ("$$\nm = k + 2706\n$$ (eq-m)", "2706"),
    "aligned maths": ("\\begin{align}\na &= 2707 \\\\\nb &= a\n\\end{align}", "2707"),
    "a word in maths": ("$n \\text{ of seventeen maps}$", "seventeen"),
    "a table": ("| layer | maps |\n|---|---|\n| first | 2708 |", "2708"),
    "the head of a table": ("| layer | eighteen maps |\n|---|---|\n| first | none |", "eighteen"),
    "the caption of a table": (":::{table} All 2709 maps\n| layer |\n|---|\n| first |\n:::", "2709"),
    "the caption of a figure": ("```{figure} https://example.org/dot.svg\n:alt: a dot\n\nAll 2710 maps\n```", "2710"),
    "an alternative text": ("```{image} https://example.org/dot.svg\n:alt: a dot for 2711 maps\n```", "2711"),
    "the caption at a cell": (
        "```{code-cell}\n---\nmystnb:\n  figure: {caption: All 2712 maps}\n---\nSVG(dot)\n```",
        "2712",
    ),
    "the alternative text at a cell": (
        "```{code-cell}\n---\nmystnb:\n  image: {alt: a dot for 2713 maps}\n---\nSVG(dot)\n```",
        "2713",
    ),
    "an admonition": ("```{note}\nMind the 2714 maps.\n```", "2714"),
    "the title of an admonition": ("```{admonition} All 2715 maps\nMind them.\n```", "2715"),
    "a solution that is folded": (":::{dropdown} Solution\nIt is 2716.\n:::", "2716"),
    "the title of what is folded": (":::{dropdown} What if it had 2717 maps?\nMore.\n:::", "2717"),
    "a list": ("- one\n- 2718 maps", "2718"),
    "a definition": ("maps\n: there are 2719", "2719"),
    "a heading": ("## All 2720 maps", "2720"),
    "a footnote": ("A note.[^n]\n\n[^n]: It has 2721 maps.", "2721"),
    "the text of a link": ("See [all 2722 maps](https://example.org).", "2722"),
    "the text of a reference": ("(here)=\n## Place\nSee {ref}`all 2723 maps <here>`.", "2723"),
    "raw HTML": ("<p>All 2724 maps</p>", "2724"),
    "an attribute of raw HTML": ('<p title="all 2725 maps">Maps</p>', "2725"),
    "code that is a number": ("It has `2726` maps.", "2726"),
    "an expression that computes nothing": ("It has {eval}`2727` maps.", "2727"),
    "a cell that computes nothing": ("```{code-cell}\n2728\n```", "2728"),
    "a caption in code": (
        "```{code-cell}\nfrom labcode.render.notebook import table\n"
        'table([["a", maps]], ["layer", "maps"], "All 2732 maps")\n```',
        "2732",
    ),
    "a text in code": ('```{code-cell}\nf"{maps:.0f} of 2733 maps"\n```', "2733"),
    "a text in an expression": ('It has {eval}`"%d of 2734" % maps` maps.', "2734"),
    "a dimension": ("$W \\in \\mathbb R^{2729 \\times k}$", "2729"),
}
LEGITIMATE = f"""{SET_UP}
Executed: {{eval}}`maps` maps, {{eval}}`Math(f"x = {{maps + 15}}")`, and in words the float32 of a Conv2d in VGG-16.

```{{code-cell}}
maps + 1
```

```{{code-cell}}
---
mystnb:
  image: {{alt: a dot}}
---
SVG(dot)
```

| maps | kernel |
|---|---|
| {{eval}}`maps` | `(3, 3)` |

(1) An ordinal. As in section 5 and task three (Simonyan and Zisserman, 2015), pp. 12-15, arXiv:1409.1556, version 2.0.

1. a list
2. counted by the parser

For $x_{{0}}, w_{{12}}$ and $k = 2p + 1$ we get $x^3 - 1/n$; positions $0, 1, \\dots, n - k$. See {{eq}}`eq-sum`.[^n]

$$
y_{{0}} = \\sum_{{i=0}}^{{n-1}} w_i\\, x_{{i+1}} \\qquad \\lVert w\\rVert^2
$$ (eq-sum)

Given: {{given}}`2·MAC because it is the name of a convention` and {{given}}`$d = 1$ because that is no dilation`.

```python
maps = 16  # a listing is code
```

[^n]: A note, one of its kind.

```{{number-rules}}
```

```{{given-list}}
```
"""


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One real build of a page that holds every plant: what it says."""
    texts = [SET_UP, *(text for text, _ in PLANTED.values())]
    done = build_page(tmp_path_factory.mktemp("planted"), source := "\n\n".join(text.strip() for text in texts))
    assert done.returncode != 0
    (tmp_path_factory.getbasetemp() / "planted.md").write_text(FRONT + source, encoding="utf-8")
    return done.stdout + done.stderr


@pytest.mark.parametrize("where", PLANTED)
def test_a_planted_number_is_caught_and_named_by_line_and_sentence(
    where: str, complaints: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text, number = PLANTED[where]
    source = (tmp_path_factory.getbasetemp() / "planted.md").read_text(encoding="utf-8")
    said = re.findall(rf'index\.md:(\d+): WARNING: the number "{number}" is typed: (.*)', complaints)
    assert len(said) == 1, where
    line, quoted = said[0]
    assert number in quoted
    start = source[: source.index(text)].count("\n") + 1
    assert start <= int(line) <= start + text.count("\n")


def test_nothing_else_of_the_page_with_plants_is_caught(complaints: str) -> None:
    said = re.findall(r'the number "([^"]*)" is typed', complaints)
    assert sorted(said) == sorted(number for _, number in PLANTED.values())


@pytest.fixture(scope="module")
def legitimate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book whose numbers are all in order, built."""
    folder = tmp_path_factory.mktemp("legitimate")
    done = build_page(folder, LEGITIMATE)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def test_the_totals_of_a_page_are_kept(legitimate: Path) -> None:
    counts = environment(legitimate).number_accounts["index"]
    assert counts["executed"] == 4  # 16, 31, 17, 16
    assert counts["given"] == 2
    assert counts["typed"] == 0
    assert counts["structural"] > 10


def test_given_numbers_read_as_plain_text_and_are_listed_with_their_reason(legitimate: Path) -> None:
    html = (legitimate / "book" / "_build" / "html" / "index.html").read_text(encoding="utf-8")
    assert "Given: 2·MAC and" in html
    assert re.search(r"<td><p>2·MAC</p></td>\s*<td><p>it is the name of a convention</p></td>", html)
    maths = r"d = 1(</span>|</annotation>.*?)</p></td>"  # as TeX, or rendered from it where Node is at hand
    assert re.search(maths + r"\s*<td><p>that is no dilation</p></td>", html)
    assert "float32, Conv2d, VGG-16." in html


def test_a_typed_number_fails_every_build_until_it_is_gone(legitimate: Path) -> None:
    page = legitimate / "book" / "index.md"
    good = page.read_text(encoding="utf-8")
    front = "myst: {substitutions: {planted: '2730'}, html_meta: {description: All 2731 maps}}\nkernelspec"
    page.write_text(good.replace("kernelspec", front, 1) + "\nIt has {{ planted }} maps.\n", encoding="utf-8")
    for _ in range(2):  # the second build reads nothing
        done = build(legitimate)
        assert done.returncode != 0
        assert re.findall(r'the number "(\d+)" is typed', done.stderr) == ["2731", "2730"]
    page.write_text(good, encoding="utf-8")
    assert build(legitimate).returncode == 0


def test_the_list_of_given_numbers_follows_the_other_pages(legitimate: Path) -> None:
    book = legitimate / "book"
    contents = (book / "_toc.yml").read_text(encoding="utf-8") + "chapters:\n  - file: list\n"
    (book / "list.md").write_text("# List\n\n```{given-list}\n```\n", encoding="utf-8")
    for reason in ("at first", "later", None):
        more = "  - file: other\n" if reason else ""
        (book / "_toc.yml").write_text(contents + more, encoding="utf-8")
        (book / "other.md").write_text(f"# Other\n\n{{given}}`9 because {reason}`\n", encoding="utf-8")
        assert build(legitimate).returncode == 0
        html = (book / "_build" / "html" / "list.html").read_text(encoding="utf-8")
        assert [r for r in ("at first", "later") if f"<p>{r}</p>" in html] == [reason] * bool(reason)


def environment(folder: Path) -> Any:
    """What Sphinx has kept of a build."""
    with (folder / "book" / "_build" / ".doctrees" / "environment.pickle").open("rb") as file:
        return pickle.load(file)


def test_pages_are_forgotten_and_merged_one_by_one() -> None:
    mine, theirs = ({store: {} for store in number_accounting.STORES} for _ in range(2))
    env, other = SimpleNamespace(**mine), SimpleNamespace(**theirs)
    env.number_accounts["old"] = {"typed": 1}
    other.number_accounts.update(new={"typed": 0}, apart={"typed": 2})
    number_accounting.merge(None, env, ["new", "without"], other)
    assert env.number_accounts == {"old": {"typed": 1}, "new": {"typed": 0}}
    number_accounting.purge(None, env, "old")
    assert env.number_accounts == {"new": {"typed": 0}}


NUMERALS = {
    "3, 4.5 and 7,077,888": ["3", "4.5", "7,077,888"],
    "13\u202f893\u202f632 ½": ["13\u202f893\u202f632", "½"],
    "Two hundred and fifty-six maps": ["Two hundred and fifty-six"],
    "twenty-one, threefold, half, twice, a dozen": ["twenty-one", "threefold", "half", "twice", "dozen"],
    "one, no one, the first, both, zero, someone, tension, often, weight": [],
}
IN_PROSE = {  # the typed ones
    "float32, Conv2d, im2col, VGG-16, CS231n": [],
    "2·MAC, 3×3, 16-bit, 5MB, 3x3": ["2", "3", "3", "16", "5", "3", "3"],
    "(1) first": [],
    "2. second": [],
    "3 maps": ["3"],
    "first (1) then": ["1"],
    "Figures 3, Section 2.1, task three, question 4.2, eq. 7": [],
    "sections of 3": ["3"],
    "(Author, 2015), (2019), p. 4, pp. 5–6, doi 10.23/dis.4, https://a.b/7": [],
    "since 2015, or (1500)": ["2015", "1500"],
    "1.2.3, version 4": [],
    "4.5": ["4.5"],
}
IN_MATHS = {
    "x_{0} + w_{12} y_3 + w_{-1,4}": [],
    "x^2 + \\mathbf{x}^{10} + x^{n-1} + \\lVert x \\rVert^2": [],
    "2p - d\\,(k-1) - 1": [],
    "3x + 17": ["3", "17"],
    "n = 2": ["2"],
    "s = 1, n - 1 = 4": ["1", "4"],
    "x = 2, y": ["2"],
    "f(2, x)": [],
    "0, 1, \\dots, n - k": [],
    "0, 1, 2": ["0", "1", "2"],
    "10^{6}": ["10", "6"],
    "x^{3 \\cdot 4}": ["3", "4"],
    "\\mathbb R^{4} \\times \\mathbb{R}^{m \\times n}": ["4"],
    "\\sum_{i=0}^{n-1} x_i": [],
    "\\sum_{i=0}^{15} x_i": ["15"],
    "\\underbrace{z}_{4 \\times 6}": ["4", "6"],
    "\\begin{bmatrix} x_1 I & 2 \\\\[3pt] 4 & y \\end{bmatrix}": ["2", "4"],
    "7{,}077{,}888": ["7{,}077{,}888"],
    "n \\text{ of sixteen}": ["sixteen"],
}


@pytest.mark.parametrize("text", NUMERALS)
def test_numerals_are_found_in_digits_and_in_words(text: str) -> None:
    assert [match[0] for match in numerals(text)] == NUMERALS[text]


@pytest.mark.parametrize("text", IN_PROSE)
def test_the_rules_of_prose(text: str) -> None:
    assert [found.text for found in in_prose(text) if not found.structural] == IN_PROSE[text]


@pytest.mark.parametrize("tex", IN_MATHS)
def test_the_rules_of_maths(tex: str) -> None:
    assert [found.text for found in in_maths(tex) if not found.structural] == IN_MATHS[tex]


def test_text_of_code_counts_where_it_is_shown() -> None:
    source = 'f"{x:.2f} of 27 in all", "key 4", "<p style=\\"width: 5rem\\">6 <b>maps</b></p>", "n = %d - 8" % 9'
    found = list(shown_strings(source, "1.50 of 27 in all, 6 maps; n = 9 - 8"))
    assert found == [f"{HOLE} of 27 in all", "6 maps", f"n = {HOLE} - 8"]
    assert list(shown_strings('{"1": y}["1"]', "13 and 0.1 and 1.5")) == []
    assert list(shown_strings("%magic 27", "27")) == []


def test_an_expression_without_a_name_computes_nothing() -> None:
    assert not any(has_name(e) for e in ("3", "2 * 3", 'f"{3}"', "(1, 2)", "'sixteen'"))
    assert all(has_name(e) for e in ("n", "2 * n", 'f"{n}"', "task4.MAPS", "%magic"))
