"""Reading answers: what is accepted, and what is told how (tests/data/answers.json, which the page reads too)."""

from __future__ import annotations

import json
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import labcode as lc
from labcode.practice.answers import UnreadableError, exact, read, shape_of, write
from labcode.practice.words import WORDS, say
from tests.practice_page import value
from tests.profiles import times

CASES = json.loads((Path(__file__).parent / "data" / "answers.json").read_text(encoding="utf-8"))
READABLE = [c for c in CASES if "value" in c]
UNREADABLE = [c for c in CASES if "error" in c]


def name(case: dict[str, Any]) -> str:
    return f"{case['kind']}: {str(case['text'])[:40]!r}"


@pytest.mark.parametrize("case", READABLE, ids=name)
def test_read(case: dict[str, Any]) -> None:
    assert read(case["text"], case["kind"], case["unit"]) == value(case["value"])


@pytest.mark.parametrize("case", UNREADABLE, ids=name)
def test_unreadable(case: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(case["text"], case["kind"], case["unit"])
    assert caught.value.key == case["error"]
    assert "{" not in str(caught.value)


NUMBERS = st.fractions(max_denominator=50).filter(lambda n: abs(n) < 10**6)
MATRICES = st.integers(1, 4).flatmap(
    lambda columns: st.lists(st.lists(NUMBERS, min_size=columns, max_size=columns), min_size=1, max_size=4)
)


@times(10)
@given(MATRICES)
def test_a_matrix_is_read_as_it_was_written(rows: list[list[Fraction]]) -> None:
    m = exact(rows)
    assert read(write(m), "matrix") == m
    assert read("; ".join(" ".join(map(str, row)) for row in m), "matrix") == m
    assert read([[str(n).replace("-", "−") for n in row] for row in m], "matrix") == m


@times(20)
@given(st.text(max_size=40), st.sampled_from(["number", "vector", "matrix", "size"]))
def test_any_text_is_read_or_told(text: str, kind: Any) -> None:
    with suppress(UnreadableError):
        assert len(shape_of(read(text, kind))) == {"number": 0, "vector": 1, "matrix": 2, "size": 1}[kind]


MATRIX = [[3, -4], [1, 6]]


@pytest.mark.parametrize(
    "given_",
    [
        MATRIX,
        tuple(map(tuple, MATRIX)),
        np.array(MATRIX),
        np.array(MATRIX, np.float32),
        torch.tensor(MATRIX),
        torch.tensor(MATRIX, dtype=torch.float32, requires_grad=True)[None, None],
        lc.Variable(np.array(MATRIX, float)),
        [torch.tensor(row) for row in MATRIX],
    ],
    ids=lambda g: type(g).__name__,
)
def test_lists_arrays_and_tensors_are_read(given_: Any) -> None:
    assert read(given_, "matrix") == ((3, -4), (1, 6))


@pytest.mark.parametrize(
    ("given_", "kind", "key"),
    [
        (None, "number", "empty"),
        ([1, None], "vector", "empty_cell"),
        (True, "number", "truth"),
        (float("nan"), "number", "infinite"),
        (np.array([np.inf]), "vector", "infinite"),
        ({}, "number", "nothing"),
        (object(), "vector", "nothing"),
        ([[[[[[1]]]]]], "number", "deep"),
        ([], "vector", "empty"),
        ([[]], "matrix", "empty"),
        (1j, "number", "nothing"),
    ],
)
def test_what_is_no_answer_is_told(given_: Any, kind: Any, key: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(given_, kind)
    assert caught.value.key == key


def test_floats_of_32_bits_are_the_fractions_they_stand_for() -> None:
    assert read(torch.tensor([1 / 3, 0.1, 1e-3]), "vector") == (Fraction(1, 3), Fraction(1, 10), Fraction(1, 1000))
    assert exact(2**0.5) == Fraction(2**0.5)


@given(st.sampled_from(sorted(WORDS)))
def test_sentences_end(key: str) -> None:
    assert say(key)[-1] in ".?}!"
