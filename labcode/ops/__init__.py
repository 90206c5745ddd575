"""The ops, each whole in one place: shape, forward, vjp, count and trace side by side."""

from labcode.ops.conv import Conv1d, Conv2d
from labcode.ops.linear import Dot, Linear, MatMul, MatVec, Sum, Transpose
from labcode.ops.loss import PairwiseSquaredError, SquaredError
from labcode.ops.pointwise import Add, Mul, ReLU, Scale, Sigmoid, Square, Sub, Tanh
from labcode.ops.pool import AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d

__all__ = [
    "Add",
    "AvgPool1d",
    "AvgPool2d",
    "Conv1d",
    "Conv2d",
    "Dot",
    "Linear",
    "MatMul",
    "MatVec",
    "MaxPool1d",
    "MaxPool2d",
    "Mul",
    "PairwiseSquaredError",
    "ReLU",
    "Scale",
    "Sigmoid",
    "Square",
    "SquaredError",
    "Sub",
    "Sum",
    "Tanh",
    "Transpose",
]
