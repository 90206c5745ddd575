"""The convolution layers that are timed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """A convolution layer on square images."""

    name: str
    images: int
    channels: int
    kernels: int
    size: int
    kernel: int
    stride: int = 1
    groups: int = 1

    @property
    def padding(self) -> int:
        """Half the kernel, which keeps the size at stride 1."""
        return self.kernel // 2


LAYERS = (
    Layer("3→16 128² k3", 1, 3, 16, 128, 3),
    Layer("N8 16→32 64² k3", 8, 16, 32, 64, 3),
    Layer("64→64 56² k3", 1, 64, 64, 56, 3),
    Layer("64→128 56² k3 s2", 1, 64, 128, 56, 3, stride=2),
    Layer("16→32 64² k5", 1, 16, 32, 64, 5),
    Layer("64→128 56² k1", 1, 64, 128, 56, 1),
    Layer("depthwise 64 56² k3", 1, 64, 64, 56, 3, groups=64),
)
