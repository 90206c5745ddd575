"""The lab's problems with their slips, and further ones of each kind."""

from __future__ import annotations

from labcode.errors import ArgumentError
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
from labcode.practice.problem import Part, Problem

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


def find(question: str) -> tuple[Problem, tuple[Part, ...]]:
    """The problem of a question, and the parts that belong to it.

    Parameters
    ----------
    question : str
        A question of the lab, as "2.2", or the key of a problem.

    Raises
    ------
    ArgumentError
        If there is no such question, with those that there are.
    """
    for problem in PROBLEMS:
        parts = problem.parts if question == problem.key else [p for p in problem.parts if p.question == question]
        if parts:
            return problem, tuple(parts)
    raise ArgumentError("question", repr(question), f"one of {', '.join(questions())}")


def questions() -> list[str]:
    """Every question of the lab, then the keys of the further problems."""
    lab = [p.question for problem in PROBLEMS for p in problem.parts if p.question]
    return list(dict.fromkeys([*lab, *(p.key for p in PROBLEMS if not p.parts[0].question)]))
