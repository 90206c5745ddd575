"""Task 4: what a kernel costs. The layer, and its padding, bytes and operations."""

from __future__ import annotations

from labcode import ops
from labcode.cost import Cost, cost
from labcode.geometry import same_padding
from labcode.op import Shape
from labcode.practice.question import Question

CHANNELS = 3  # red, green, blue
SIZE = 128  # rows and columns of the image, and of each feature map
MAPS = 16
KERNEL = 3
STRIDE = 1
DTYPE = "float32"

IMAGE: Shape = (CHANNELS, SIZE, SIZE)
WEIGHT: Shape = (MAPS, CHANNELS, KERNEL, KERNEL)
FEATURE_MAPS: Shape = (MAPS, SIZE, SIZE)

# Layers to compare with and to practise on: op, shape of the input, shape of the weights.
CHANNELS_WIDE = 64
WIDE: Shape = (CHANNELS_WIDE, 56, 56)
DENSE = (ops.Conv2d(padding=1), WIDE, (CHANNELS_WIDE, CHANNELS_WIDE, 3, 3))
DEPTHWISE = (ops.Conv2d(padding=1, groups=CHANNELS_WIDE), WIDE, (CHANNELS_WIDE, 1, 3, 3))
POINTWISE = (ops.Conv2d(), WIDE, (CHANNELS_WIDE, CHANNELS_WIDE, 1, 1))
LARGE = (ops.Conv2d(padding=3), WIDE, (CHANNELS_WIDE, CHANNELS_WIDE, 7, 7))
DEPTH = 3  # layers like the dense one that together see as far as the large one
FULLY_CONNECTED = (ops.Linear(), (4096,), (4096, 4096))
# Zhang, Lipton, Li, Smola, Dive into Deep Learning, chapter on channels.
D2L = (ops.Conv2d(padding="same"), (128, 256, 256), (128, 128, 5, 5))
# Krizhevsky, Sutskever, Hinton (2012), first layer, with the input size of the CS231n notes.
ALEXNET = (ops.Conv2d(stride=4), (3, 227, 227), (96, 3, 11, 11))
BORDER_SIZE = 5  # rows and columns of the image on which the borders are drawn


def padding() -> int:
    """Per side, so that the feature maps have the size of the image."""
    before, after = same_padding(KERNEL)
    assert before == after, "an odd kernel pads both sides alike"
    return before


def layer() -> ops.Conv2d:
    """The layer of the task."""
    return ops.Conv2d(stride=STRIDE, padding=padding())


def layer_cost(bias: bool = False) -> Cost:
    """Its cost from shapes alone; the task asks for it without bias."""
    return cost(layer(), IMAGE, WEIGHT, bias=bias, dtype=DTYPE)


_LAYER = (
    f"A layer maps an RGB image of {SIZE}×{SIZE} to {MAPS} feature maps of the same size, "
    f"with {KERNEL}×{KERNEL} kernels and stride {STRIDE}. "
)

QUESTIONS: tuple[Question, ...] = (
    Question("4.1", _LAYER + "How much padding does it need?", padding, "per side"),
    Question(
        "4.2",
        f"How many bytes do the kernel weights take in {DTYPE}, without bias?",
        lambda: layer_cost().parameter_memory.B,
        "B",
    ),
    Question(
        "4.3",
        "How many operations does one forward pass take, where a multiplication or an addition of two "
        "numbers is one operation?",
        lambda: layer_cost().operations("exact").value,
        "operations",
        "n multiplications and n − 1 additions for a sum of n products, those with padding too; without bias",
    ),
)
