"""Sees every call of labcode's while a page is evaluated, and asks an oracle to compute the same.

Python's own profiler tells of each call, so nothing is replaced and no call is missed, however it was imported.
What happens inside of a call that an oracle has answered for is covered by that answer.
"""

from __future__ import annotations

import opcode
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any
from warnings import catch_warnings, simplefilter

from labcode.practice.labs import labs

# From what labcode returned: in what it differs, "" if it agrees, None if the oracle has no answer after all.
Judge = Callable[[Any], str | None]
RETURNS = {opcode.opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST", "YIELD_VALUE") if name in opcode.opmap}
PACKAGE = "labcode"
# Rooms that compute no number of their own: they pass arguments on, or write down what they get. So do the labs, and
# so does practice, which works out what a problem says by the rest of labcode.
PASSING_ON = {"errors", "explore", "functional", "graph", "op", "practice", "render", "sheets", "verify", "workbook"}
# Nobody looks inside of these: they compute wrong answers on purpose, one for each slip of a problem.
SLIPPING = {"Variant.with_slip", "Variant.marks", "Variant.separate", "Problem.with_slips", "problem_data"}
# Functions elsewhere that do no more than that: settings of ops, names, sums of what others answer for, units; and a
# measurement, which differs from run to run and is in no number that is compared.
PASSING = {
    *("arguments", "signature_for", "windows", "layout", "kernel", "per_axis", "product_of", "joined", "tap"),
    *("edge_jacobians", "name", "cost", "stack", "walk", "small", "vgg16", "vgg", "alexnet", "mobilenet"),
    *("works", "Work", "Claim", "Claim.holds", "holds", "convolution_macs", "lenet_connections"),
    *("parameter_memory", "activation_memory", "im2col", "im2col_memory", "traffic", "intensity"),
    "measure_roofline",
    *("bit", "kB", "KiB", "MB", "MiB", "GB", "GiB"),
}


@dataclass(frozen=True)
class Oracle:
    """Another way to compute what a function of labcode computes.

    `ask` takes the arguments of the call and returns the judge of its result, or None if it has no answer to these.
    """

    name: str
    ask: Callable[[Mapping[str, Any]], Judge | None]


@dataclass(frozen=True)
class Finding:
    """One call of labcode's: who was asked about it ("" for nobody), and in what the two answers differ."""

    function: str
    oracle: str = ""
    differs: str = ""


class Watch:
    """Notes the calls of labcode's made by a page, by the statement of the page that made them."""

    def __init__(self, oracles: Mapping[CodeType, Oracle]) -> None:
        self.oracles = oracles
        self.found: defaultdict[tuple[int | str, int], list[Finding]] = defaultdict(list)
        self._place: int | str = ""  # the cell, or the id of the record, that is evaluated
        self._names: dict[str, Any] = {}
        self._elsewhere = ThreadPoolExecutor(1)
        self._asked: FrameType | None = None
        self._judge: Judge | None = None

    @contextmanager
    def during(self, place: int | str, names: dict[str, Any]) -> Iterator[None]:
        """Watch while a cell or an expression runs; `names` are those of the page."""
        self._place, self._names, self._asked = place, names, None
        sys.setprofile(self._see)
        try:
            yield
        finally:
            sys.setprofile(None)

    def of(self, place: int | str, lines: range | None = None) -> list[Finding]:
        """Calls made at a place, by the statement on these lines of it."""
        found = ((at, line, calls) for (at, line), calls in self.found.items())
        return [c for at, line, calls in found if at == place and (lines is None or line in lines) for c in calls]

    def _see(self, frame: FrameType, event: str, value: Any) -> None:
        if event == "call" and self._asked is None:
            self._enter(frame)
        elif event == "return" and frame is self._asked:
            self._asked = None
            if frame.f_code.co_code[frame.f_lasti] in RETURNS:  # else it raised
                self._leave(frame, value)

    def _enter(self, frame: FrameType) -> None:
        code = frame.f_code
        module = str(frame.f_globals.get("__name__", ""))
        if not module.startswith(f"{PACKAGE}."):
            return
        if module.startswith(f"{PACKAGE}.practice.") and code.co_qualname in SLIPPING:
            self._asked, self._judge = frame, None
            return
        oracle = self.oracles.get(code)
        self._judge = self._apart(_ask, oracle, frame) if oracle else None
        if self._judge is not None:
            self._asked = frame
        elif oracle or not passes_on(module, code.co_qualname):
            self._note(frame, Finding(code.co_qualname))

    def _leave(self, frame: FrameType, value: Any) -> None:
        if self._judge is None:  # nobody was asked
            return
        name, oracle = frame.f_code.co_qualname, self.oracles[frame.f_code]
        try:
            differs = self._apart(self._judge, value)
        except Exception as error:  # else it would be raised in the page
            differs = f"{type(error).__name__}: {error}"
        self._note(frame, Finding(name) if differs is None else Finding(name, oracle.name, differs))

    def _apart(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call in another thread, where no mode of the page's is on (`no_grad`, a counter); warnings are no answer."""
        with catch_warnings():
            simplefilter("ignore")
            return self._elsewhere.submit(function, *arguments).result()

    def _note(self, frame: FrameType, finding: Finding) -> None:
        line, caller = 0, frame.f_back
        while caller is not None:  # the outermost frame of the page is the statement that runs
            if caller.f_globals is self._names and caller.f_code.co_name == "<module>":
                line = caller.f_lineno
            caller = caller.f_back
        calls = self.found[self._place, line]
        if finding not in calls:
            calls.append(finding)


def passes_on(module: str, function: str) -> bool:
    """Whether a function of labcode computes no number: it is in such a room, or private to what computes one.

    Examples
    --------
    >>> passes_on("labcode.render.latex", "matrix"), passes_on("labcode.cost.field", "receptive_field")
    (True, False)
    """
    *outer, own = function.split(".")
    private = own.startswith(("<", "_")) or "<locals>" in outer or module == "labcode.cost.walk"
    return private or module.split(".")[1] in PASSING_ON | labs() or own in PASSING


def _ask(oracle: Oracle, frame: FrameType) -> Judge | None:
    """The oracle's judge; one that refuses the arguments disagrees with any result."""
    try:
        return oracle.ask(dict(frame.f_locals))
    except Exception as error:  # PyTorch refuses with errors of many types
        refusal = f"{oracle.name} refuses: {error}"
        return lambda result: refusal
