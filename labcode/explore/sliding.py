"""Windows and steps as records of JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from labcode.geometry import Window
from labcode.op import Step

MOST_STEPS = 400  # written out in the page; the browser works out those of larger layers when they are asked for


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
