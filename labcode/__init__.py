"""labcode: the mechanics of convolutional networks, every number computed.

Layers carry PyTorch's names and conventions; graphs, gradients, Jacobians, dimensions and costs
are all read off the same ops.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from labcode.cost import cost, receptive_field
from labcode.dims import infer
from labcode.errors import ArgumentError
from labcode.functional import (
    avg_pool1d,
    avg_pool2d,
    conv1d,
    conv2d,
    conv_transpose1d,
    conv_transpose2d,
    cross_entropy,
    dot,
    flatten,
    flip,
    fold,
    linear,
    log_softmax,
    matmul,
    max_pool1d,
    max_pool2d,
    mse_loss,
    pairwise_squared_error,
    relu,
    reshape,
    sigmoid,
    softmax,
    squared_error,
    t,
    tanh,
    true_convolution1d,
    true_convolution2d,
    unfold,
)
from labcode.gradcheck import gradient_check, gradient_check_entries
from labcode.graph import Graph, Variable, record, sgd, zero_grad
from labcode.jacobian import chain, edge_jacobian, edge_jacobians, jacobian, jvp, vec, vjp

if TYPE_CHECKING:
    from labcode import explore as explore
    from labcode.lab5.checking import check, exercise
    from labcode.lab5.modules import check_module

__version__ = "0.1.0"

__all__ = [
    "ArgumentError",
    "Graph",
    "Variable",
    "avg_pool1d",
    "avg_pool2d",
    "chain",
    "check",
    "check_module",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "cost",
    "cross_entropy",
    "dot",
    "edge_jacobian",
    "edge_jacobians",
    "exercise",
    "flatten",
    "flip",
    "fold",
    "gradient_check",
    "gradient_check_entries",
    "infer",
    "jacobian",
    "jvp",
    "linear",
    "log_softmax",
    "matmul",
    "max_pool1d",
    "max_pool2d",
    "mse_loss",
    "pairwise_squared_error",
    "receptive_field",
    "record",
    "relu",
    "reshape",
    "sgd",
    "sigmoid",
    "softmax",
    "squared_error",
    "t",
    "tanh",
    "true_convolution1d",
    "true_convolution2d",
    "unfold",
    "vec",
    "vjp",
    "zero_grad",
]

# Exercises and explorers load when they are first asked for: most programs want neither, and importing stays quick.
_LATER = {"check": "lab5.checking", "exercise": "lab5.checking", "check_module": "lab5.modules"}


def __getattr__(name: str) -> Any:
    if name == "explore":
        return import_module("labcode.explore")
    if name in _LATER:
        return getattr(import_module(f"labcode.{_LATER[name]}"), name)
    raise AttributeError(f"module 'labcode' has no attribute {name!r}")
