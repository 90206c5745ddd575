"""Windows and steps as records of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from labcode.geometry import Window
from labcode.op import Step

MOST_TERMS = 2000  # written out in the page; the browser works out more when they are asked for


def written_out(trace: Iterable[Step]) -> Iterator[Step]:
    """The first steps of a trace, one at least, as long as they do not hold too many terms."""
    terms = 0
    for step in trace:
        yield step
        terms += len(step.terms)
        if terms + len(step.terms) > MOST_TERMS:
            return


def axis_record(w: Window, size: int) -> dict[str, Any]:
    """How one axis is read."""
    return {
        "size": size,
        "kernel": w.kernel,
        "stride": w.stride,
        "padding": list(w.padding),
        "dilation": w.dilation,
        "ceil": w.ceil_mode,
        "places": w.output_size(size),
        "uses": list(w.uses(size)),
        "cut": w.cut_off(size),
    }


def step_record(step: Step) -> dict[str, Any]:
    """A step of a trace; of each term where it is read, its factors, and whether it lies on the input."""
    terms = [[list(t.index), [finite(f) for f in t.factors], t.inside] for t in step.terms]
    return {"index": list(step.index), "terms": terms, "value": finite(step.value)}


def finite(value: Any) -> Any:
    """A number as JSON has it; None for the −∞ that a maximum reads on padding."""
    return np.asarray(value).item() if np.isfinite(value) else None
