"""The layers under PyTorch's names: ``torch.nn.functional``'s face over the ops.

Each function takes arrays, nested lists or Variables. On arrays it returns an array; where one
input is a Variable it records the graph and returns a Variable.
"""

from labcode.functional.activation import log_softmax, relu, sigmoid, softmax, tanh
from labcode.functional.convolution import (
    conv1d,
    conv2d,
    conv_transpose1d,
    conv_transpose2d,
    true_convolution1d,
    true_convolution2d,
)
from labcode.functional.loss import cross_entropy, mse_loss, pairwise_squared_error, squared_error
from labcode.functional.pooling import avg_pool1d, avg_pool2d, max_pool1d, max_pool2d
from labcode.functional.product import dot, linear, matmul
from labcode.functional.rearrange import flatten, flip, fold, reshape, t, unfold

__all__ = [
    "avg_pool1d",
    "avg_pool2d",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "cross_entropy",
    "dot",
    "flatten",
    "flip",
    "fold",
    "linear",
    "log_softmax",
    "matmul",
    "max_pool1d",
    "max_pool2d",
    "mse_loss",
    "pairwise_squared_error",
    "relu",
    "reshape",
    "sigmoid",
    "softmax",
    "squared_error",
    "t",
    "tanh",
    "true_convolution1d",
    "true_convolution2d",
    "unfold",
]
