"""Texts with places for numbers: statements, hints, and worked solutions written from traces.

``{name}`` stands for a value of the variant, ``{name.3}`` for its entry number 3 (from 0, row by row) and
``{(name.3)}`` for the same with parentheses when it is negative. A solution so written is one text for
all variants of one size, which keeps a page's data small; every number is filled in from what labcode
computed. Plain text reads aloud and prints anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labcode.geometry import Window
from labcode.op import Shape, Step
from labcode.practice.answers import Value, flat

PLACE = re.compile(r"\{(\()?([\w/-]+)(?:\.(\d+))?\)?\}")


@dataclass(frozen=True)
class Solution:
    """Lines of a worked solution, and the intermediate numbers in them that are neither data nor answers."""

    lines: tuple[str, ...]
    between: Mapping[str, Any] = field(default_factory=dict)


def write(value: Value) -> str:
    """Write a value with real minus signs; rows in brackets.

    Examples
    --------
    >>> write(((1, -2), (0, 3)))
    '[[1, −2], [0, 3]]'
    """
    if isinstance(value, tuple):
        return "[" + ", ".join(map(write, value)) + "]"
    return str(value).replace("-", "−")


def fill(text: str, values: Mapping[str, Value]) -> str:
    """Put the values into their places.

    Examples
    --------
    >>> fill("{(w.1)}·{x.0} in {w}", {"w": (1, -2), "x": 3})
    '(−2)·3 in [1, −2]'
    """

    def number(found: re.Match[str]) -> str:
        value = values[found[2]]
        written = write(value if found[3] is None else flat(value)[int(found[3])])
        return f"({written})" if found[1] and written.startswith("−") else written

    return PLACE.sub(number, text)


def steps(trace: Iterable[Step], shape: Shape, output: str, image: str, kernel: str = "") -> Iterator[str]:
    """A line for each output entry of a layer; `shape` is that of its image.

    Examples
    --------
    >>> import numpy as np
    >>> from labcode.ops import Conv1d
    >>> list(steps(Conv1d(padding=1).trace(np.array([2, 1]), np.array([1, -1])), (2,), "z", "x", "w"))[0]
    'z[0] = 0·{(w.0)} + {(x.0)}·{(w.1)} = {z.0}'
    """
    for i, s in enumerate(trace):
        reads = [f"{{({image}.{np.ravel_multi_index(t.index, shape)})}}" if t.inside else "0" for t in s.terms]
        if s.rule == "sum":
            body = " + ".join(f"{read}·{{({kernel}.{k})}}" for k, read in enumerate(reads))
        else:
            seen = [read for read, t in zip(reads, s.terms, strict=True) if t.inside]
            body = f"{s.rule}({', '.join(seen)})".replace("{(", "{").replace(")}", "}")
        index = f"[{','.join(map(str, s.index))}]" if s.index else ""
        yield f"{output}{index} = {body} = {{{output}.{i}}}"


def size(window: Window, n: int, axis: str = "Output size") -> str:
    """The formula of the output size with its numbers, which are the same for all variants of one size.

    Examples
    --------
    >>> size(Window(2, stride=3, padding=(1, 1)), 3)
    'Output size: ⌊(3 + 1 + 1 − 1·(2 − 1) − 1) / 3⌋ + 1 = 2'
    """
    w = window
    top = f"{n} + {w.padding[0]} + {w.padding[1]} − {w.dilation}·({w.kernel} − 1) − 1"
    return f"{axis}: ⌊({top}) / {w.stride}⌋ + 1 = {w.output_size(n)}"
