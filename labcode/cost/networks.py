"""Two networks as graphs from shapes alone: one small enough to check by hand, one whose table is famous."""

from __future__ import annotations

from math import prod

from labcode import ops
from labcode.cost.model import Layer, stack
from labcode.graph import Graph
from labcode.op import Op, Shape

# The widths of VGG-16's convolutions, block by block; a 2×2 max pooling ends each block.
VGG16_BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
VGG16_HEAD = (4096, 4096, 1000)
# The total of activations in the CS231n course notes (convolutional-networks.md) as published: "24M".
VGG16_ACTIVATIONS_AS_PUBLISHED = 24_000_000


def vgg16(size: int = 224, bias: bool = True) -> Graph:
    """VGG-16 (configuration D) on an RGB image of size × size; its relus work in place and are left out.

    Parameters
    ----------
    size : int
        Rows and columns of the image.
    bias : bool
        Whether the layers have one.

    Returns
    -------
    Graph

    References
    ----------
    K. Simonyan, A. Zisserman, *Very Deep Convolutional Networks for Large-Scale Image Recognition*
    (2015), arXiv:1409.1556, table 1.

    Examples
    --------
    >>> from labcode.cost import cost
    >>> cost(vgg16()).parameters
    138357544
    """
    shape: Shape = (3, size, size)
    layers: dict[str, Layer] = {}
    for number, block in enumerate(VGG16_BLOCKS, 1):
        for index, width in enumerate(block, 1):
            layers[f"conv{number}_{index}"] = _learned(ops.Conv2d(padding=1), (width, shape[0], 3, 3), bias)
            shape = (width, *shape[1:])
        layers[f"pool{number}"] = ops.MaxPool2d(2)
        shape = (shape[0], shape[1] // 2, shape[2] // 2)
    return _with_head((3, size, size), layers, shape, VGG16_HEAD, bias)


def small(size: int = 16, maps: int = 4, classes: int = 10, bias: bool = True) -> Graph:
    """Convolution, relu, pooling, flattening, a linear layer: the smallest network with one of each.

    Parameters
    ----------
    size : int
        Rows and columns of the image, which has three channels.
    maps, classes : int
        Feature maps of the convolution, and outputs of the linear layer.
    bias : bool
        Whether the layers have one.

    Returns
    -------
    Graph

    Examples
    --------
    >>> [node.shape for node in small().nodes if node.op]
    [(4, 16, 16), (4, 16, 16), (4, 8, 8), (256,), (10,)]
    """
    layers: dict[str, Layer] = {
        "conv": _learned(ops.Conv2d(padding=1), (maps, 3, 3, 3), bias),
        "relu": ops.ReLU(),
        "pool": ops.MaxPool2d(2),
    }
    return _with_head((3, size, size), layers, (maps, size // 2, size // 2), (classes,), bias)


def _with_head(image: Shape, layers: dict[str, Layer], maps: Shape, widths: tuple[int, ...], bias: bool) -> Graph:
    features = prod(maps)
    layers = {**layers, "flatten": ops.Reshape((features,))}
    for number, width in enumerate(widths, 1):
        layers[f"linear{number}"] = _learned(ops.Linear(), (width, features), bias)
        features = width
    return stack(image, *layers.values(), names=tuple(layers))


def _learned(op: Op, weight: Shape, bias: bool) -> Layer:
    return (op, weight, (weight[0],)) if bias else (op, weight)
