"""Task 4: the answers of the lab, counted by a loop, and the numbers that stand for slips."""

from __future__ import annotations

from itertools import product

import torch

from labcode import ops
from labcode.cost import cost, memory
from labcode.lab5 import task4
from tests.test_cost import count_by_loops


def answers() -> dict[str, int]:
    return {question.number: question.answer() for question in task4.QUESTIONS}


def test_answers() -> None:
    assert answers() == {"4.1": 1, "4.2": 1_728, "4.3": 13_893_632}


def test_padding_keeps_the_size_in_torch() -> None:
    conv = torch.nn.Conv2d(task4.CHANNELS, task4.MAPS, task4.KERNEL, task4.STRIDE, answers()["4.1"], bias=False)
    assert tuple(conv(torch.zeros(task4.IMAGE)).shape) == task4.FEATURE_MAPS
    assert conv.weight.nbytes == answers()["4.2"]


def test_operations_are_what_a_loop_counts() -> None:
    one_map = count_by_loops((1, *task4.IMAGE), (1, *task4.WEIGHT[1:]), padding=1)  # every map takes the same
    assert task4.MAPS * (one_map.products + one_map.additions) == answers()["4.3"]
    skipping = one_map.products_inside + one_map.additions_inside
    assert task4.MAPS * skipping == task4.layer_cost().operations("skip-padding").value == 13_746_560
    assert task4.MAPS * one_map.products_inside == 7_004_352


def test_with_bias() -> None:
    record = task4.layer_cost(bias=True)
    assert (record.parameters, record.parameter_memory.B) == (448, 1_792)
    assert record.operations("exact").value == record.operations("2mac").value == 14_155_776


def test_slips_are_other_numbers() -> None:
    image, weight = task4.IMAGE, task4.WEIGHT
    grey, one = (weight[0], 1, *weight[2:]), (1, *weight[1:])
    exact = {
        "no channels": cost(task4.layer(), (1, *image[1:]), grey),
        "no maps": cost(task4.layer(), image, one),
        "no padding": cost(ops.Conv2d(), image, weight),
    }
    totals = {name: record.operations("exact").value for name, record in exact.items()}
    assert totals == {"no channels": 4_456_448, "no maps": 868_352, "no padding": 13_462_848}
    sizes = [memory(shape).B for shape in (grey, one, (1, 1, *weight[2:]), task4.FEATURE_MAPS, image)]
    assert sizes == [576, 108, 36, 1_048_576, 196_608]
    right = set(answers().values())
    assert not right & {*totals.values(), *sizes}


def test_each_question_is_asked_with_the_data() -> None:
    asked = " ".join(question.asked for question in task4.QUESTIONS)
    for value, name in product((task4.SIZE, task4.MAPS, task4.KERNEL, task4.STRIDE), ("",)):
        assert f"{value}{name}" in asked
    assert "{" not in asked
