"""A question of the lab, with its answer as a computation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Question:
    """What is asked, and the call that answers it.

    Parameters
    ----------
    number : str
        Number of the question in the lab.
    asked : str
        The question, its numbers filled in from the lab's data.
    answer : callable
        Computes the answer.
    unit, note : str
        Unit of the answer, and what has to be said with it.
    """

    number: str
    asked: str
    answer: Callable[[], Any]
    unit: str = ""
    note: str = ""
