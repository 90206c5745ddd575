"""Marking in a notebook: check, exercise, check_module; every kind of verdict with an example that triggers it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import labcode as lc
from labcode.errors import ArgumentError
from labcode.lab5 import task1
from labcode.lab5.problems import PROBLEMS, questions
from labcode.practice.words import WORDS

RIGHT = [[3, -4], [1, 6]]


@pytest.mark.parametrize(
    ("question", "answer", "status"),
    [
        ("1.1", RIGHT, "right"),
        ("1.1", "3 −4; 1 6", "right"),
        ("1.1", np.array(RIGHT, float), "right"),
        ("1.1", torch.tensor(RIGHT)[None, None], "right"),
        ("1.3", [[1, 2], [2, 1], [0, 2]], "accepted"),
        ("1.1", [[1, -2], [4, 4]], "slip"),
        ("1.1", [[3]], "several"),
        ("1.1", [[5, 0], [4, 4]], "pair"),
        ("1.1", [[3, 1], [-4, 6]], "pattern"),
        ("1.1", [[-3, 4], [-1, -6]], "pattern"),
        ("1.1", [[3.25, -3.75], [1.25, 6.25]], "pattern"),
        ("1.1", [[6, -8], [2, 12]], "pattern"),
        ("1.1", [[3, -4], [1, 5]], "pattern"),
        ("1.1", [[3, -4], [9, 5]], "pattern"),
        ("1.1", [[3, -4, 0], [1, 6, 0]], "shape"),
        ("1.1", [[9, 9], [9, 8]], "wrong"),
        ("1.1", [[3, -4], [1, ""]], "unreadable"),
        ("2.2", [2, 1], "right"),
        ("2.2", [[2, 1]], "right"),
        ("2.2", "3 3", "slip"),
    ],
)
def test_verdicts(question: str, answer: Any, status: str) -> None:
    verdict = lc.check(question, answer)
    assert verdict.status == status
    assert bool(verdict) == (status in ("right", "accepted", "follow"))
    assert verdict.words in repr(verdict)
    assert verdict.words in verdict._repr_markdown_()


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ([[3, 1], [-4, 6]], "transposed"),
        ([[-3, 4], [-1, -6]], "negated"),
        ([[3.25, -3.75], [1.25, 6.25]], "offset"),
    ],
)
def test_patterns_are_told(answer: Any, key: str) -> None:
    assert lc.check("1.1", answer).words == WORDS[key]


def test_where_a_single_cell_is_wrong_is_told_in_rows_and_columns_from_one() -> None:
    assert "row 2, column 1" in lc.check("1.1", [[3, -4], [0, 6]]).words
    assert "2 of 4" in lc.check("1.1", [[3, -4], [9, 5]]).words


def test_a_rounded_value_is_told() -> None:
    assert lc.check("2.3", {"f-after": -0.499}).verdicts[0].words == WORDS["rounded"]


def test_several_slips_ask_the_question_that_tells_them_apart() -> None:
    verdict = lc.check("1.2", [[2]])
    assert set(verdict.slips) == {"pad-start", "stride-more", "dilation", "one-less"}
    assert verdict.ask == 0
    assert "padded image" in verdict.words


def test_a_question_of_several_parts() -> None:
    report = lc.check("2.3", ([0, -0.5], -0.5))
    assert report
    assert [v.status for v in report] == ["right", "right"]
    assert "w-new" in repr(report)
    assert "w-new" in report._repr_markdown_()
    assert not lc.check("2.3", ([0, -0.5], 0.5))


def test_follow_through_from_earlier_answers() -> None:
    report = lc.check("2.3", {"w-new": [-4, -5], "f-after": -8}, earlier={"g": [10, 10]})
    assert [v.status for v in report] == ["follow", "wrong"]
    report = lc.check("2.3", {"w-new": [-4, -5], "f-after": -13}, earlier={"g": [10, 10]})
    assert [v.status for v in report] == ["follow", "follow"]
    own = lc.check("2.3", {"w-new": [6, 5]}, earlier={"g": [10, 10]}).verdicts[0]
    assert (own.status, own.slips) == ("slip", ("ascent",))
    assert lc.check("2.3", {"w-new": [0, -0.5]}, earlier={"g": "what?"})


def test_a_single_number_answers_the_last_part() -> None:
    assert lc.check("4.3", 13_893_632)
    assert lc.check("4.3", "13,893,632")
    assert lc.check("4.3", 14_155_776).verdicts[0].status == "accepted"
    assert lc.check("4.3", 7_077_888).verdicts[0].slips == ("macs",)
    assert lc.check("4.2", "1.6875 KiB")
    assert lc.check("4.2", "13824 bit")
    assert lc.check("4.2", "13824").slips == ("bits",)


def test_a_slip_that_runs_through_all_jacobians_is_told_once() -> None:
    report = lc.check("3.2", {"dL/dq": "1×1", "dq/dz": "4×1", "dz/dw": "24×4"})
    assert report.through.startswith("One slip runs through dq/dz, dz/dw.")
    assert report.through in repr(report)
    assert report.through in report._repr_markdown_()
    assert lc.check("3.2", ((1, 1), (1, 4), (4, 24))).through == ""


def test_sizes_follow_from_a_wrong_size() -> None:
    report = lc.check("3.2", {"dL/dq": (1, 4), "dq/dz": (4, 4)}, earlier={"q": (4, 1)})
    assert [v.status for v in report] == ["follow", "follow"]


def test_an_answer_of_another_number_of_parts_is_told() -> None:
    verdict = lc.check("2.3", [1, 2, 3])
    assert verdict.status == "unreadable"
    assert "w-new, f-after" in verdict.words


@pytest.mark.parametrize("question", questions())
def test_every_question_has_an_exercise(question: str) -> None:
    for seed in (0, 7):
        it = lc.exercise(question, seed)
        assert it.statement in repr(it)
        assert it.statement in it._repr_markdown_()
        assert it.solution
        assert it.hint(1)
        answers = {p.key: it.variant.answers[p.key] for p in it.parts}
        assert it.check(answers)


def test_the_lab_s_data_are_variant_0() -> None:
    assert {p.key for p in PROBLEMS if p.original is not None} >= {"1.1", "1.2", "1.3", "2"}


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: lc.check("9.9", 1), "question"),
        (lambda: lc.exercise("1.1", -1), "seed"),
        (lambda: lc.exercise("1.1", 1.5), "seed"),
        (lambda: lc.exercise("1.1").hint(0), "strength"),
        (lambda: lc.exercise("1.1").hint(99), "strength"),
        (lambda: lc.check("2.3", {"q": 1}), "answer"),
        (lambda: lc.check_module(nn.Conv2d(1, 1, 2), "2.1"), "question"),
        (lambda: lc.check_module(3, "1.1"), "module"),
    ],
)
def test_misuse(call: Any, argument: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert caught.value.argument == argument


W = torch.tensor(task1.W, dtype=torch.float32)[None, None]


def layer(weight: torch.Tensor = W, **settings: Any) -> nn.Conv2d:
    settings = {"bias": False, **settings}
    it = nn.Conv2d(1, 1, 2, **settings)
    it.weight = nn.Parameter(weight)
    return it


@pytest.mark.parametrize(
    ("module", "question", "traps"),
    [
        (layer(), "1.1", ()),
        (layer().double(), "1.1", ()),
        (layer(stride=3, padding=1), "1.2", ()),
        (nn.MaxPool2d((1, 2)), "1.3", ()),
        (layer(dilation=2), "1.1", ("dilation",)),
        (layer(bias=True), "1.1", ("bias",)),
        (layer(bias=True, dilation=2), "1.1", ("dilation", "bias")),
        (layer(W[0]), "1.1", ("weight-shape",)),
        (layer(W[0, 0]), "1.1", ("weight-shape",)),
        (layer(W.flip(2, 3)), "1.1", ("flip",)),
        (layer(W.transpose(2, 3)), "1.1", ("transpose",)),
        (nn.Conv2d(1, 1, 2, bias=False), "1.1", ("weight",)),
        (layer(), "1.2", ("stride", "padding")),
        (layer(stride=3, padding=1, padding_mode="reflect"), "1.2", ("padding-mode",)),
        (layer(padding="same"), "1.1", ("padding",)),
        (nn.MaxPool2d((2, 1)), "1.3", ("window",)),
        (nn.MaxPool2d(2), "1.3", ("window",)),
        (nn.MaxPool2d((1, 2), ceil_mode=True), "1.3", ("ceil",)),
        (nn.MaxPool2d((1, 2), stride=2), "1.3", ("stride",)),
        (nn.MaxPool2d((1, 2), dilation=2), "1.3", ("dilation",)),
        (nn.MaxPool2d((1, 2), padding=(0, 1)), "1.3", ("padding",)),
        (nn.Linear(2, 2), "1.1", ("kind",)),
        (nn.AvgPool2d(2), "1.3", ("kind",)),
    ],
)
def test_traps_in_torch_layers(module: nn.Module, question: str, traps: tuple[str, ...]) -> None:
    verdict = lc.check_module(module, question)
    assert verdict.slips == traps
    assert bool(verdict) == (not traps)


def test_a_pooling_by_one_is_another_convention() -> None:
    verdict = lc.check_module(nn.MaxPool2d((1, 2), stride=1), "1.3")
    assert verdict.status == "accepted"
    assert verdict
