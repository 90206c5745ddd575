"""What a window does on an axis, by walking along the axis: no formula for the number of places is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labcode.geometry import Window
from labcode.reference import starts
from labcode.verify.oracles.compare import same
from labcode.verify.watch import Judge

Given = Mapping[str, Any]


def places(w: Window, size: int) -> list[int]:
    """Where the window starts, place after place."""
    return starts(size, w.kernel, w.stride, w.padding, w.dilation, w.ceil_mode)


def read_at(w: Window, size: int) -> list[list[int]]:
    """For every place the positions that its taps read, padding included."""
    return [[start + tap * w.dilation for tap in range(w.kernel)] for start in places(w, size)]


def output_size(given: Given) -> Judge:
    """Number of places."""
    return _agrees(len(places(given["self"], given["size"])))


def transposed_size(given: Given) -> Judge:
    """The shortest axis on which the window has that many places, and what is asked for beyond it."""
    w, size = given["self"], max(1, given["self"].extent - sum(given["self"].padding))
    while len(places(w, size)) < given["size"]:
        size += 1
    return _agrees(size + given["output_padding"])


def extent(given: Given) -> Judge:
    """Positions from the first tap to the last."""
    taps = read_at(replace(given["self"], padding=(0, 0)), given["self"].kernel * given["self"].dilation)[0]
    return _agrees(len(range(taps[0], taps[-1] + 1)))


def start(given: Given) -> Judge:
    """Where a place starts: that many steps on from the first."""
    w, position = given["self"], -given["self"].padding[0]
    for _ in range(given["place"]):
        position += w.stride
    return _agrees(position)


def taps_inside(given: Given) -> Judge:
    """For each place, its reads that are positions of the axis."""
    axis = range(given["size"])
    return _agrees(tuple(sum(at in axis for at in reads) for reads in read_at(given["self"], given["size"])))


def uses(given: Given) -> Judge:
    """For each position, how often it is read."""
    reads = [at for place in read_at(given["self"], given["size"]) for at in place]
    return _agrees(tuple(reads.count(position) for position in range(given["size"])))


def uses_of_taps(given: Given) -> Judge:
    """For each tap, its reads that are positions of the axis."""
    axis, reads = range(given["size"]), read_at(given["self"], given["size"])
    return _agrees(tuple(sum(r[tap] in axis for r in reads) for tap in range(given["self"].kernel)))


def cut_off(given: Given) -> Judge:
    """Positions after the last that is read."""
    w, size = given["self"], given["size"]
    last = max(max(reads) for reads in read_at(w, size))
    return _agrees(len(range(last + 1, size + w.padding[1])))


def same_padding(given: Given) -> Judge:
    """With it, and with no less, an axis keeps its length; the end has what cannot be halved."""
    kernel, dilation, size = given["kernel"], given["dilation"], 10 * given["kernel"] * given["dilation"]
    total = 0
    while len(starts(size, kernel, 1, (0, total), dilation)) < size:
        total += 1
    before = 0
    while 2 * (before + 1) <= total:
        before += 1
    return _agrees((before, total - before))


def _agrees(theirs: Any) -> Judge:
    return lambda ours: same(theirs, ours)
