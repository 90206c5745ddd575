"""Every question of every task has a number of its own, a text and an answer that computes."""

from __future__ import annotations

import pytest

from labcode.lab5 import task1, task2, task3, task4
from labcode.lab5.question import Question

QUESTIONS = [q for task in (task1, task2, task3, task4) for q in task.QUESTIONS]


def test_numbers_are_those_of_the_sheet() -> None:
    expected = [f"{task}.{k}" for task, count in ((1, 3), (2, 3), (3, 4), (4, 3)) for k in range(1, count + 1)]
    assert [q.number for q in QUESTIONS] == expected


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.number)
def test_a_question_has_a_text_without_gaps_and_an_answer(question: Question) -> None:
    assert question.asked.endswith((".", "?"))
    assert "{" not in question.asked
    assert question.answer() is not None
