"""The convolution stepper: its JavaScript against labcode, and in a reader's hands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labcode import explore
from tests.browser.explorers import answers, as_called, expected, opened
from tests.browser.session import Visitor

CONFIGURATIONS = 600


def random_state(rng: np.random.Generator) -> dict[str, Any]:
    """A layer of any kind; one in a few is refused."""
    axes, bare = int(rng.integers(1, 3)), bool(rng.random() < 0.3)
    groups = 1 if bare else int(rng.choice([1, 1, 2, 3]))
    per, outputs = int(rng.integers(1, 4)), groups * int(rng.integers(1, 3))
    sizes, kernel = rng.integers(1, 9, axes), rng.integers(1, 4, axes)
    lead_x, lead_w = ([], []) if bare else ([groups * per + int(rng.random() < 0.05)], [outputs, per])
    scale = rng.choice([1, 4, 1000])  # quarters are exact in binary; so are sums of their products

    def array(shape: list[int]) -> Any:
        whole = rng.integers(-9, 10, shape)
        return (whole / 4 if scale == 4 else whole * (scale // 1)).tolist()

    def setting(least: int, most: int) -> Any:
        value = [int(v) for v in rng.integers(least, most, axes)]
        if rng.random() < 0.06:
            return rng.choice([-1, 0]).item()
        return value if rng.random() < 0.5 else value[0]

    padding = str(rng.choice(["same", "valid", "some"])) if rng.random() < 0.2 else setting(0, 3)
    return {
        "x": array([*lead_x, *map(int, sizes)]),
        "w": array([*lead_w, *map(int, kernel)]),
        "stride": setting(1, 4),
        "padding": padding,
        "dilation": setting(1, 4),
        "groups": groups + int(rng.random() < 0.05),
        "flip": bool(rng.random() < 0.3),
    }


@pytest.fixture
def start() -> Any:
    return explore.convolution([[1, 0, 2], [2, 1, -1], [0, 0, 2]], [[1, -1], [0, 2]])


def test_it_computes_what_labcode_computes(reader: Visitor, tmp_path: Path, start: Any) -> None:
    rng = np.random.default_rng(6)
    states = [random_state(rng) for _ in range(CONFIGURATIONS)]
    theirs = [expected(lambda s=s: explore.convolution(**as_called(s)).trace()) for s in states]
    with opened(reader, tmp_path, start) as visit:
        ours = answers(visit, "layer.js", "convolve", [[s] for s in states])
        steps = answers(visit, "layer.js", "steps", [[s] for s in states])
    accepted = 0
    for state, mine, found, right in zip(states, ours, steps, theirs, strict=True):
        if "error" in right:
            assert mine == right, state
            continue
        accepted += 1
        assert {**mine["answer"], "steps": found["answer"]} == right["answer"], state
    assert CONFIGURATIONS / 2 < accepted < CONFIGURATIONS - 50
