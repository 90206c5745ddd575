"""The pooling stepper: its JavaScript against labcode, and in a reader's hands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from labcode import explore
from tests.browser.explorers import answers, as_called, expected, opened, shown
from tests.browser.session import Visitor

CONFIGURATIONS = 600


def random_state(rng: np.random.Generator) -> dict[str, Any]:
    """A layer of any kind, many with ties; one in a few is refused."""
    rank = int(rng.integers(1, 4))
    axes = 1 if rank == 1 else 2
    shape = [int(n) for n in rng.integers(1, 9, rank)]
    entries = rng.integers(-4, 5, shape)

    def setting(least: int, most: int) -> Any:
        value = [int(v) for v in rng.integers(least, most, axes)]
        if rng.random() < 0.04:
            return rng.choice([-1, 0]).item()
        return value if rng.random() < 0.5 else value[0]

    return {
        "x": (entries / 4 if rng.random() < 0.3 else entries).tolist(),
        "kernel_size": setting(1, 4),
        "stride": None if rng.random() < 0.4 else setting(1, 4),
        "padding": setting(0, 2),
        "dilation": setting(1, 3) if rng.random() < 0.3 else 1,
        "ceil_mode": bool(rng.random() < 0.4),
        "count_include_pad": bool(rng.random() < 0.6),
        "kind": str(rng.choice(["max", "mean"])),
    }


def test_it_computes_what_labcode_computes(reader: Visitor, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    states = [random_state(rng) for _ in range(CONFIGURATIONS)]
    theirs = [expected(lambda s=s: explore.pooling(**as_called(s)).trace()) for s in states]
    with opened(reader, tmp_path, explore.pooling([2, 1, 3], 2)) as visit:
        ours = answers(visit, "pool.js", "pool", [[s] for s in states])
        steps = answers(visit, "pool.js", "steps", [[s] for s in states])
    accepted = 0
    for state, mine, found, right in zip(states, ours, steps, theirs, strict=True):
        if "error" in right:
            assert mine == right, state
            continue
        accepted += 1
        assert shown({**mine["answer"], "steps": found["answer"]}) == shown(right["answer"]), state
    assert CONFIGURATIONS / 2 < accepted < CONFIGURATIONS - 50
