"""A small picture, and kernels that each answer to something else in it."""

from __future__ import annotations

import numpy as np

from labcode.op import Array

HOUSE = """
............
......#..#..
.....###.#..
....######..
...#######..
..#########.
...#######..
...##..###..
...##..###..
...##..###..
...##..###..
............
"""
PICTURE: Array = np.array([[int(dot == "#") for dot in line] for line in HOUSE.split()])
KERNELS: dict[str, Array] = {
    "right minus left": np.array([[-1, 0, 1]] * 3),
    "below minus above": np.array([[-1, 0, 1]] * 3).T,
    "itself minus its neighbours": np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]),
    "all added up": np.ones((3, 3), int),
}
for _array in (PICTURE, *KERNELS.values()):
    _array.flags.writeable = False
