"""The chapter as a course: its pages in order, what a student can do after each, and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """Something that can be asked for in an exam, and the keys of the problems that practise it."""

    ability: str
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A page of the book; times in minutes, estimated from its length, and what to leave out in a hurry."""

    name: str
    reading: int
    practice: int
    optional: str
    goals: tuple[Goal, ...]


PAGES = (
    Page(
        "1-layers", 15, 30, "how often a pixel is used",
        (
            Goal("work out a convolution by hand, with stride, padding and dilation", ("1.1", "1.2", "dilated")),
            Goal("derive the size of an output before computing it", ("output-size", "same-padding")),
            Goal("pool, and say which stride was taken", ("1.3",)),
        ),
    ),
    Page(
        "network-layers", 10, 20, "the whole page: no other needs it",
        (
            Goal(
                "work out a layer of several channels, and say how far its outputs see",
                ("channels", "receptive-field"),
            ),
            Goal("write a layer as a matrix, and go the way back", ("convolution-matrix", "transposed")),
        ),
    ),
    Page(
        "2-graph", 15, 30, "ties",
        (
            Goal("draw a graph, carry a gradient back through it, and take a step", ("2", "plane", "mean-pooling")),
            Goal(
                "give the gradient of a kernel and of an input as correlation and convolution",
                ("kernel-gradient", "input-gradient"),
            ),
        ),
    ),
    Page(
        "3-jacobians", 15, 40, "the other readings",
        (
            Goal("write down the dimensions of every Jacobian in a graph", ("3", "chain", "chain-rule", "chain-order")),
            Goal(
                "write a linear map or an elementwise function as its Jacobian",
                ("vec", "weight-jacobian", "square-jacobian"),
            ),
        ),
    ),
    Page(
        "4-cost", 20, 30, "the famous table",
        (
            Goal(
                "count parameters, bytes and operations, and name the convention",
                ("4", "parameters", "dense", "depthwise"),
            ),
            Goal("say what training and fast code need in memory", ("activations", "im2col")),
        ),
    ),
)  # fmt: skip
