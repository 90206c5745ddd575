"""The lab's problems with their slips, and further ones of each kind."""

from __future__ import annotations

from labcode.lab5.problems import (
    costs,
    counting,
    descent,
    dimensions,
    gradients,
    jacobians,
    layers,
    more_layers,
)
from labcode.practice.exercise import Collection
from labcode.practice.problem import Problem

PROBLEMS: tuple[Problem, ...] = (
    *layers.PROBLEMS,
    *descent.PROBLEMS,
    *dimensions.PROBLEMS,
    *costs.PROBLEMS,
    *more_layers.PROBLEMS,
    *gradients.PROBLEMS,
    *jacobians.PROBLEMS,
    *counting.PROBLEMS,
)

LAB = Collection(PROBLEMS)
find, questions = LAB.find, LAB.questions
