"""The course and the problems agree; the chapter can be read in an hour or so."""

from __future__ import annotations

from pathlib import Path

import yaml

from labcode.lab5.course import PAGES
from labcode.lab5.problems import PROBLEMS

BOOK = Path(__file__).parents[1] / "book"


def test_every_problem_practises_one_goal_of_its_page() -> None:
    practised = sorted((key, page.name) for page in PAGES for goal in page.goals for key in goal.problems)
    assert practised == sorted((problem.key, problem.page) for problem in PROBLEMS)


def test_the_pages_are_the_first_of_the_book_in_its_order() -> None:
    contents = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    assert [chapter["file"] for chapter in contents["chapters"]][: len(PAGES)] == [page.name for page in PAGES]


def test_the_chapter_takes_an_hour_or_so() -> None:
    assert 45 <= sum(page.reading for page in PAGES) <= 75
