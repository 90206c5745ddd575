"""Receptive fields: which entries of an image a single output moves with, as autograd tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from labcode import ops
from labcode.geometry import Window
from labcode.op import Op, Shape
from labcode.verify.oracles.compare import same
from labcode.verify.oracles.layers import layer
from labcode.verify.watch import Judge

SIZE = 97  # of the image, along each axis: room around the middle for any field that a page shows
MEAN = {ops.MaxPool1d: ops.AvgPool1d, ops.MaxPool2d: ops.AvgPool2d}  # moves with all it sees, not with one entry


def receptive_field(given: Mapping[str, Any]) -> Judge | None:
    """Along each axis: how far the first entry that is read is from the last, and where the next output starts."""
    import torch

    stack = [_one_channel(*(entry if isinstance(entry, tuple) else (entry,))) for entry in given["layers"]]
    axes = next((op.axes for op, _ in stack if hasattr(op, "axes")), 0)
    if not axes or any(layer(op) is None for op, _ in stack):
        return None
    image = torch.ones(1, 1, *(SIZE,) * axes, dtype=torch.float64, requires_grad=True)
    y = image
    for op, kernel in stack:
        run = layer(op)
        assert run is not None
        y = run(y, torch.ones(1, 1, *kernel, dtype=torch.float64)) if kernel else run(y)
    middle = tuple(n // 2 for n in y.shape[2:])

    def reads(place: tuple[int, ...]) -> list[tuple[int, int]]:
        (grad,) = torch.autograd.grad(y[(0, 0, *place)], image, retain_graph=True)
        return [(int(at.min()), int(at.max())) for at in np.nonzero(grad[0, 0].numpy())]

    def judge(ours: tuple[Window, ...]) -> str:
        theirs = []
        for axis, (first, last) in enumerate(reads(middle)):
            after = tuple(p + (k == axis) for k, p in enumerate(middle))
            stride = reads(after)[axis][0] - first
            theirs.append((last - first + 1, stride, middle[axis] * stride - first))
        return same(theirs, [(w.kernel, w.stride, w.padding[0]) for w in ours])

    return judge


def _one_channel(op: Any, *shapes: Shape) -> tuple[Op, Shape]:
    """The layer on a single channel, with the shape of its kernel; a maximum becomes a mean."""
    if type(op) in MEAN:
        return MEAN[type(op)](op.kernel_size, op.stride, op.padding, op.ceil_mode), ()
    return (replace(op, groups=1), tuple(shapes[0][-op.axes :])) if shapes else (op, ())
