"""Networks as graphs from shapes alone: one small enough to check by hand, others whose tables are famous."""

from __future__ import annotations

from math import prod

from labcode import ops
from labcode.cost.model import Layer, stack
from labcode.errors import ArgumentError
from labcode.graph import Graph
from labcode.op import Op, Shape

# The widths of VGG's convolutions, block by block; a 2×2 max pooling ends each block.
VGG_BLOCKS = {
    "A": ((64,), (128,), (256,) * 2, (512,) * 2, (512,) * 2),
    "B": ((64,) * 2, (128,) * 2, (256,) * 2, (512,) * 2, (512,) * 2),
    "C": ((64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3),  # the third of a block has 1×1 kernels
    "D": ((64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3),
    "E": ((64,) * 2, (128,) * 2, (256,) * 4, (512,) * 4, (512,) * 4),
}
HEAD = (4096, 4096, 1000)  # widths of the linear layers of AlexNet and VGG
# MobileNet's blocks: output channels and stride of each pair of a depthwise and a 1×1 convolution.
MOBILENET_BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1))
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
    return vgg("D", size, bias)


def vgg(configuration: str = "D", size: int = 224, bias: bool = True) -> Graph:
    """VGG in one of the configurations A to E of its paper on an RGB image of size × size (see `vgg16`).

    Parameters
    ----------
    configuration : {"A", "B", "C", "D", "E"}
        D has 16 layers with weights, E has 19.
    size : int
        Rows and columns of the image.
    bias : bool
        Whether the layers have one.

    Returns
    -------
    Graph

    Raises
    ------
    ArgumentError
        For a configuration that the paper does not have.

    Examples
    --------
    >>> from labcode.cost import cost
    >>> cost(vgg("E")).parameters
    143667240
    """
    if configuration not in VGG_BLOCKS:
        raise ArgumentError("configuration", repr(configuration), f"one of {', '.join(VGG_BLOCKS)}")
    shape: Shape = (3, size, size)
    layers: dict[str, Layer] = {}
    for number, block in enumerate(VGG_BLOCKS[configuration], 1):
        for index, width in enumerate(block, 1):
            kernel = 1 if configuration == "C" and index == 3 else 3
            weight = (width, shape[0], kernel, kernel)
            layers[f"conv{number}_{index}"] = _learned(ops.Conv2d(padding=kernel // 2), weight, bias)
            shape = (width, *shape[1:])
        layers[f"pool{number}"] = ops.MaxPool2d(2)
        shape = (shape[0], shape[1] // 2, shape[2] // 2)
    return _with_head((3, size, size), layers, shape, HEAD, bias)


def alexnet(size: int = 227) -> Graph:
    """AlexNet, whose second, fourth and fifth convolutions see the maps of one of two GPUs (groups=2).

    Parameters
    ----------
    size : int
        Rows and columns of the image: 227, where the kernels fit without padding (the paper says 224).

    Returns
    -------
    Graph

    References
    ----------
    A. Krizhevsky, I. Sutskever, G. Hinton, *ImageNet Classification with Deep Convolutional Neural
    Networks* (2012), section 3.5 and figure 2.

    Examples
    --------
    >>> from labcode.cost import cost
    >>> cost(alexnet()).parameters
    60965224
    """
    layers: dict[str, Layer] = {
        "conv1": _learned(ops.Conv2d(stride=4), (96, 3, 11, 11)),
        "pool1": ops.MaxPool2d(3, 2),
        "conv2": _learned(ops.Conv2d(padding=2, groups=2), (256, 48, 5, 5)),
        "pool2": ops.MaxPool2d(3, 2),
        "conv3": _learned(ops.Conv2d(padding=1), (384, 256, 3, 3)),
        "conv4": _learned(ops.Conv2d(padding=1, groups=2), (384, 192, 3, 3)),
        "conv5": _learned(ops.Conv2d(padding=1, groups=2), (256, 192, 3, 3)),
        "pool5": ops.MaxPool2d(3, 2),
    }
    image = (3, size, size)
    maps = stack(image, *layers.values()).nodes[-1].shape
    return _with_head(image, layers, maps, HEAD)  # type: ignore[arg-type]  # every size is known


def mobilenet(separable: bool = True, size: int = 224) -> Graph:
    """MobileNet of 2017, without its batch normalisation.

    Parameters
    ----------
    separable : bool
        Each block a depthwise convolution and a 1×1 one; else one full 3×3 convolution.
    size : int
        Rows and columns of the image, a multiple of 32.

    Returns
    -------
    Graph

    References
    ----------
    A. Howard et al., *MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
    Applications* (2017), arXiv:1704.04861, table 1; the last depthwise convolution with stride 1,
    which its sizes demand (the table says 2).

    Examples
    --------
    >>> from labcode.cost import cost
    >>> cost(mobilenet()).operations("mac").value
    568740352
    """
    width = 32
    layers: dict[str, Layer] = {"conv": (ops.Conv2d(stride=2, padding=1), (width, 3, 3, 3))}
    for number, (maps, stride) in enumerate(MOBILENET_BLOCKS, 1):
        if separable:
            layers[f"depthwise{number}"] = (ops.Conv2d(stride, 1, groups=width), (width, 1, 3, 3))
            layers[f"pointwise{number}"] = (ops.Conv2d(), (maps, width, 1, 1))
        else:
            layers[f"conv{number}"] = (ops.Conv2d(stride, 1), (maps, width, 3, 3))
        width = maps
    layers["pool"] = ops.AvgPool2d(size // 32)
    return _with_head((3, size, size), layers, (width, 1, 1), HEAD[-1:])


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


def _with_head(
    image: Shape, layers: dict[str, Layer], maps: Shape, widths: tuple[int, ...], bias: bool = True
) -> Graph:
    features = prod(maps)
    layers = {**layers, "flatten": ops.Reshape((features,))}
    for number, width in enumerate(widths, 1):
        layers[f"linear{number}"] = _learned(ops.Linear(), (width, features), bias)
        features = width
    return stack(image, *layers.values(), names=tuple(layers))


def _learned(op: Op, weight: Shape, bias: bool = True) -> Layer:
    return (op, weight, (weight[0],)) if bias else (op, weight)
