"""What every explorer is: a configuration, the trace that labcode computed of it, and how both become a page.

To make another one, say for pooling:

1. A frozen dataclass in a module of its own, `class Pooling(Explorer)`, with the settings as fields, and
   `kind = "pooling"`. Bad input must raise an ArgumentError in `__post_init__` (running the op does).
2. `config()`: what a reader may change, as JSON: numbers, strings, truth values and (nested) lists of them.
3. `trace()`: what labcode computes of it, as JSON. All that is shown before a reader touches anything is in it.
4. `fallback()`: real HTML for readers without JavaScript and for paper: a numbered table of the steps.
   `steps_table` makes one of a list of `op.Step`. Every number in it counts as executed.
5. `js/pooling.js`, an ES module of at most 12 kB, checked by `tsc --checkJs`:

       // @ts-check
       import { Explorer, define, el } from "./base.js";
       import { ArgumentError, number } from "./text.js";
       class Pooling extends Explorer {
         compute(state) { … }  // the trace of a state, equal to labcode's; throws ArgumentError, labcode's words
         build() { … }         // its elements, once; `this.field("stride")` is a text field bound to the state
         draw() { … }          // puts this.state and this.trace on the screen
         get count() { … }     // how many steps there are; 0 for an explorer that does not step
         say() { … }           // the present step in a sentence: shown by nobody, announced to screen readers
         code() { … }          // { PyTorch: "…", labcode: "…" } for the copy buttons
       }
       define("pooling", Pooling);

   The base gives: the shadow root and its style (colours: --ink --faint --paper --surface --accent --tint --line),
   `this.set({ stride: 2 })` (computes; draws what is accepted; shows the error of what is refused, and keeps it
   to be tried again with the next change), `this.go(step)`, the bar with previous, next and a slider, keys, the state
   in the URL's fragment, the buttons; `this.glance(step)` for what a pointer passes over; `table(caption, header,
   rows)`. A field of a matrix takes rows between semicolons. `text.js` writes numbers and errors as labcode does,
   `grid.js` has an editable grid of numbers, `window.js` labcode.geometry. What is computed is best exported by a
   module without a page, as `layer.js` is for `convolution.js`, so that a test can call it.
6. A function in `__init__.py`, on the API page; a parity test as tests/browser/test_explore_convolution.py is:
   at least 500 random configurations, `compute` equal to `trace()`, shown texts equal for some.

`labcode.render.scripts` puts modules together, and says how they are to be written.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from labcode.errors import ArgumentError
from labcode.op import Step
from labcode.render import html, scripts

JS = Path(__file__).parent / "js"


class Explorer(ABC):
    """Something to step through and to change; shows itself in a page, with or without a kernel behind it.

    `name` is its key in the URL's fragment: two explorers of one kind on a page need two names.
    """

    kind: ClassVar[str]  # of its JavaScript module
    title: ClassVar[str]
    name: str

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """What a reader may change, as JSON."""

    @abstractmethod
    def trace(self) -> dict[str, Any]:
        """What labcode computes of it, as JSON."""

    @abstractmethod
    def fallback(self) -> str:
        """HTML for paper and for readers without JavaScript."""

    def data(self) -> dict[str, Any]:
        """All that the page gets to know."""
        names = {"kind": self.kind, "name": self.name or self.kind, "title": self.title}
        return {**names, "config": self.config(), "trace": self.trace()}

    def _repr_html_(self) -> str:
        data = json.dumps(self.data(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        data = data.replace("<", r"\u003c")  # nothing in it ends the script
        return (  # JupyterLab's shortcuts would take the keys that are meant for the explorer
            f'<div class="lab-explorer" data-explorer="{self.kind}" data-lm-suppress-shortcuts="true">'
            f'{self.fallback()}<script type="application/json">{data}</script>'
            f"<script data-explorer-code>{script(self.kind)}</script></div>"
        )


def script(kind: str) -> str:
    """The module of an explorer with all that it imports, as one script that needs no server."""
    return "".join(modules(kind).values()) + 'labcode["base.js"].start();'


def modules(kind: str) -> dict[str, str]:
    """Each module of an explorer after those that it imports, as a script."""
    return scripts.modules(JS / f"{kind}.js")


def numbers(argument: str, array: Any) -> Any:
    """An array as nested lists of JSON.

    Raises
    ------
    ArgumentError
        If an entry is infinite or not a number: JSON has none, and a window over it shows nothing.
    """
    if not np.isfinite(array).all():
        raise ArgumentError(argument, "an array with entries that are infinite or NaN", "finite numbers")
    return np.asarray(array).tolist()


def steps_table(steps: Iterable[Step], terms: str, caption: str, name: str = "y") -> str:
    """A numbered table: how each entry came about, written out."""
    rows = [
        (number, f"{name}[{', '.join(map(str, step.index))}]", written(step), step.value)
        for number, step in enumerate(steps, 1)
    ]
    return html.table(rows, ["step", "entry", terms, "result"], caption)


def written(step: Step) -> str:
    """The terms of a step in a line of text.

    Examples
    --------
    >>> from labcode.ops import Conv1d
    >>> written(next(Conv1d().trace(np.array([2, 1, 2]), np.array([1, -1]))))
    '2 · 1 + 1 · (−1)'
    """
    terms = [" · ".join(factor(f) for f in term.factors) for term in step.terms]
    return " + ".join(terms) if step.rule == "sum" else f"{step.rule}({', '.join(terms)})"


def factor(value: Any) -> str:
    """A number as a factor: a negative one in parentheses."""
    text = html.number(value)
    return f"({text})" if text.startswith("−") else text
