"""Medians of interleaved repeats: what slows the machine for a while slows every contender alike."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter

SAMPLE = 2e-3  # seconds that one sample should last, so that the clock's grain does not matter
SLOW = 0.2  # seconds a call, beyond which a few samples tell enough


def medians(contenders: Mapping[str, Callable[[], object]], repeats: int = 15) -> dict[str, float]:
    """Seconds a call of each contender: one sample of every one in turn, `repeats` times, medians."""
    once = {name: _seconds(call, 1) for name, call in contenders.items()}  # warms caches up, too
    once = {name: first if first > SLOW else _seconds(contenders[name], 1) for name, first in once.items()}
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    for i in range(repeats):
        for name, call in contenders.items():
            if once[name] < SLOW or i < 2:
                samples[name].append(_seconds(call, max(1, round(SAMPLE / once[name]))))
    return {name: median(times) for name, times in samples.items()}


def extra_memory(call: Callable[[], object]) -> int:
    """Bytes that NumPy held at the peak of a call, beyond those of its result."""
    call()
    tracemalloc.start()
    kept = call()
    size, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return peak - size


def _seconds(call: Callable[[], object], calls: int) -> float:
    start = perf_counter()
    for _ in range(calls):
        call()
    return (perf_counter() - start) / calls
