"""The ops, each whole in one place: shape, forward, vjp, count and trace side by side."""

from labcode.ops.conv import Conv1d, Conv2d
from labcode.ops.conv_transpose import ConvTranspose1d, ConvTranspose2d
from labcode.ops.fold import Fold, Unfold
from labcode.ops.linear import Dot, Linear, MatMul, MatVec, Sum, VecMat
from labcode.ops.loss import CrossEntropy, PairwiseSquaredError, SquaredError
from labcode.ops.pointwise import Add, Mul, ReLU, Scale, Sigmoid, Square, Sub, Tanh
from labcode.ops.pool import AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
from labcode.ops.rearrange import Flip, Reshape, Transpose
from labcode.ops.softmax import LogSoftmax, Softmax

__all__ = [
    "Add",
    "AvgPool1d",
    "AvgPool2d",
    "Conv1d",
    "Conv2d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "CrossEntropy",
    "Dot",
    "Flip",
    "Fold",
    "Linear",
    "LogSoftmax",
    "MatMul",
    "MatVec",
    "MaxPool1d",
    "MaxPool2d",
    "Mul",
    "PairwiseSquaredError",
    "ReLU",
    "Reshape",
    "Scale",
    "Sigmoid",
    "Softmax",
    "Square",
    "SquaredError",
    "Sub",
    "Sum",
    "Tanh",
    "Transpose",
    "Unfold",
    "VecMat",
]
