"""One list of cases, with an entry for every op: random settings and shapes, and two oracles for each.

An `Example` is an op with its settings, the shapes of its inputs, and the same function twice more:
by torch, and by the plain loops of `labcode.reference`. The laws in test_ops_laws.py run over all of them.
"""

from functools import partial
from math import inf

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody gives it

from labcode import ops, reference
from tests.cases import products, windows
from tests.cases.example import Case, Example, integers
from tests.cases.products import pointwise

__all__ = ["CASES", "Case", "Example"]

CASES = (
    Case(ops.Conv1d, windows.convs(1), effort=4, padding=("zero", 0, True)),
    Case(ops.Conv2d, windows.convs(2), effort=4, padding=("zero", 0, True)),
    Case(ops.ConvTranspose1d, windows.transposed_convs(1), effort=3),
    Case(ops.ConvTranspose2d, windows.transposed_convs(2), effort=3),
    Case(ops.MaxPool1d, windows.max_pools(1), effort=2, padding=("lowest", -inf, False)),
    Case(ops.MaxPool2d, windows.max_pools(2), effort=2, padding=("lowest", -inf, False)),
    Case(ops.AvgPool1d, windows.avg_pools(1), effort=2, padding=("zero", 0, False)),
    Case(ops.AvgPool2d, windows.avg_pools(2), effort=2, padding=("zero", 0, False)),
    Case(ops.Unfold, windows.unfolds(), effort=2, padding=("zero", 0, False)),
    Case(ops.Fold, windows.folds(), effort=2),
    Case(ops.Linear, products.linears()),
    Case(ops.MatMul, products.products(ops.MatMul)),
    Case(ops.MatVec, products.products(ops.MatVec)),
    Case(ops.VecMat, products.products(ops.VecMat)),
    Case(ops.Dot, products.products(ops.Dot)),
    Case(ops.Sum, products.sums),
    Case(ops.Transpose, products.transposes),
    Case(ops.Flip, products.flips()),
    Case(ops.Reshape, products.reshapes()),
    Case(ops.Add, pointwise(ops.Add(), 2, torch.add, lambda a, b: a + b, lambda arg, g, *_: g)),
    Case(ops.Sub, pointwise(ops.Sub(), 2, torch.sub, lambda a, b: a - b, lambda arg, g, *_: (g, -g)[arg])),
    Case(ops.Mul, pointwise(ops.Mul(), 2, torch.mul, lambda a, b: a * b, lambda arg, g, y, a, b: g * (b, a)[arg])),
    Case(
        ops.Scale,
        pointwise(
            integers(-3, 3).map(ops.Scale),
            1,
            lambda op, x: x * op.factor,
            lambda op, x: x * op.factor,
            lambda op, arg, g, y, x: g * op.factor,
        ),
    ),
    Case(ops.Square, pointwise(ops.Square(), 1, torch.square, lambda x: x * x, lambda arg, g, y, x: 2 * x * g)),
    Case(ops.ReLU, pointwise(ops.ReLU(), 1, F.relu, reference.relu, lambda arg, g, y, x: g if x > 0 else 0)),
    Case(
        ops.Sigmoid,
        pointwise(
            ops.Sigmoid(),
            1,
            torch.sigmoid,
            partial(reference.sigmoid, exp=np.exp),
            lambda arg, g, y, x: g * (y * (1 - y)),
        ),
        exact=False,
    ),
    Case(
        ops.Tanh,
        pointwise(ops.Tanh(), 1, torch.tanh, np.tanh, lambda arg, g, y, x: g * (1 - y * y)),
        exact=False,
    ),
    Case(ops.Softmax, products.softmaxes(ops.Softmax), exact=False),
    Case(ops.LogSoftmax, products.softmaxes(ops.LogSoftmax), exact=False),
    Case(ops.SquaredError, products.squared_errors()),
    Case(ops.PairwiseSquaredError, products.pairwise_squared_errors()),
    Case(ops.CrossEntropy, products.cross_entropies(), exact=False),
)
