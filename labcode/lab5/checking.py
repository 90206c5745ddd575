"""Check an answer to a question of this lab, and take a fresh exercise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcode.lab5.problems import LAB
from labcode.practice.exercise import Exercise, Report
from labcode.practice.marking import Verdict


def check(question: str, answer: Any, earlier: Mapping[str, Any] | None = None) -> Verdict | Report:
    """Mark your answer to a question of the lab, and say what went wrong.

    Parameters
    ----------
    question : str
        As "2.2".
    answer : object
        A number, nested list, text, NumPy array or torch tensor. For a question that asks several things,
        a tuple with one answer for each, or a dict of those that you have; a single number answers the last.
    earlier : dict, optional
        Your own answers to earlier parts, as {"g": [3, 3]}: what follows from them counts.

    Returns
    -------
    Verdict or Report
        True if the answer is credited; shows its sentence.

    Raises
    ------
    ArgumentError
        For a question that does not exist.

    Examples
    --------
    >>> from labcode import check
    >>> check("2.2", [2, 1])
    ✓ Right.
    >>> check("1.1", [[1, -2], [4, 4]])
    ✗ You turned the kernel by 180°: that is convolution as mathematics means it. A layer lays the kernel on as it is.
    >>> check("2.3", {"w-new": [-0.5, -1.5]}, earlier={"g": [3, 3]})
    w-new: ✓ The right method: this follows from your earlier answer, so it counts. That one is still to mend.
    """
    return LAB.check(question, answer, earlier)


def exercise(question: str, seed: int = 0) -> Exercise:
    """A question of the lab, or a fresh variant of it.

    Parameters
    ----------
    question : str
        As "2.2", or the key of one of the further problems.
    seed : int
        0 is the lab's own; every other seed is another variant, the same on every machine.

    Returns
    -------
    Exercise

    Raises
    ------
    ArgumentError
        For a question that does not exist, or a seed below 0.

    Examples
    --------
    >>> from labcode import exercise
    >>> fresh = exercise("1.3", seed=7)
    >>> fresh.check([[0]]).status
    'shape'
    >>> print(fresh.hint(1))
    A pooling window has no weights. How many whole windows of [2, 1] lie side by side in x?
    """
    return LAB.exercise(question, seed)
