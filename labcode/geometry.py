"""One axis of a sliding window, in integers: how many places it has, and what it touches there.

Everything about strides, padding and dilation is decided here, one axis at a time; the ops only
combine axes. Padding is counted per side, and dilation 1 means none (PyTorch's conventions).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import index

from labcode.errors import ArgumentError

SIZE_RULE = "output = floor((input + padding - dilation*(kernel - 1) - 1) / stride) + 1"


@dataclass(frozen=True, slots=True)
class Window:
    """A window of `kernel` taps sliding along one axis.

    output = floor((input + before + after - dilation*(kernel - 1) - 1) / stride) + 1

    Parameters
    ----------
    kernel : int
        Number of taps, at least 1.
    stride : int
        Distance between neighbouring places of the window, at least 1.
    padding : (int, int)
        Positions added before and after the axis, neither negative.
    dilation : int
        Distance between neighbouring taps, at least 1 (1 is no dilation).
    ceil_mode : bool
        Keep a last, partial window when it starts inside the input or the padding before it
        (pooling layers only).

    Raises
    ------
    ArgumentError
        For a value outside these bounds.

    References
    ----------
    V. Dumoulin and F. Visin, *A guide to convolution arithmetic for deep learning* (2016),
    relationships 1 to 6 and 15; the documentation of ``torch.nn.Conv2d``.

    Examples
    --------
    >>> Window(kernel=3, stride=2, padding=(1, 1)).output_size(5)
    3
    """

    kernel: int
    stride: int = 1
    padding: tuple[int, int] = (0, 0)
    dilation: int = 1
    ceil_mode: bool = False

    def __post_init__(self) -> None:
        for name in ("kernel", "stride", "dilation"):
            if getattr(self, name) < 1:
                raise ArgumentError(name, getattr(self, name), "an integer >= 1", SIZE_RULE)
        if min(self.padding) < 0:
            raise ArgumentError("padding", self.padding, "integers >= 0", SIZE_RULE)

    @property
    def extent(self) -> int:
        """dilation*(kernel - 1) + 1: positions from the first tap to the last, inclusive."""
        return self.dilation * (self.kernel - 1) + 1

    def output_size(self, size: int, axis: str = "input") -> int:
        """Count the places of the window on an axis of `size` positions.

        Raises
        ------
        ArgumentError
            If the axis is empty, or the window does not fit into the padded axis.
        """
        before, after = self.padding
        if size < 1:
            raise ArgumentError(f"{axis} size", size, "at least 1 position", SIZE_RULE)
        room = size + before + after - self.extent
        places = (-(-room // self.stride) if self.ceil_mode else room // self.stride) + 1
        if places < 1:
            raise ArgumentError(
                "kernel",
                self.kernel,
                f"a window that fits: it spans {self.dilation}*({self.kernel} - 1) + 1 = {self.extent} positions "
                f"and the padded {axis} has {before} + {size} + {after} = {size + before + after}",
                SIZE_RULE,
            )
        # A window that would start in the padding after the axis would see no input at all.
        beyond = self.ceil_mode and (places - 1) * self.stride >= size + before
        return places - beyond

    def start(self, place: int) -> int:
        """Input index of the first tap at `place` (negative inside the padding)."""
        return place * self.stride - self.padding[0]

    def tap(self, place: int, tap: int) -> int:
        """Input index under `tap` at `place`; outside 0..size-1 it lies in the padding."""
        return self.start(place) + tap * self.dilation

    def places_of_tap(self, size: int, tap: int) -> range:
        """Places at which `tap` lies on the input and not on padding."""
        offset = self.tap(0, tap)
        first = max(0, -(offset // self.stride))
        last = min(self.output_size(size) - 1, (size - 1 - offset) // self.stride)
        return range(first, max(first, last + 1))

    def taps_inside(self, size: int) -> tuple[int, ...]:
        """For each place, how many taps lie on the input and not on padding."""
        counts = [0] * self.output_size(size)
        for tap in range(self.kernel):
            for place in self.places_of_tap(size, tap):
                counts[place] += 1
        return tuple(counts)

    def uses(self, size: int) -> tuple[int, ...]:
        """For each input position, how many (place, tap) pairs read it."""
        counts = [0] * size
        for tap in range(self.kernel):
            for place in self.places_of_tap(size, tap):
                counts[self.tap(place, tap)] += 1
        return tuple(counts)

    def uses_of_taps(self, size: int) -> tuple[int, ...]:
        """For each tap, at how many places it lies on the input and not on padding."""
        return tuple(len(self.places_of_tap(size, tap)) for tap in range(self.kernel))

    def cut_off(self, size: int) -> int:
        """Positions at the end of the padded axis that the floor leaves unread."""
        read = self.start(self.output_size(size) - 1) + self.extent
        return max(0, size + self.padding[1] - read)

    def transposed_size(self, size: int, output_padding: int = 0) -> int:
        """(size - 1)*stride - padding + dilation*(kernel - 1) + output_padding + 1.

        The length of an input of which this window makes `size` places; `output_padding` chooses
        between the `stride` lengths that the floor makes equal.
        """
        return (size - 1) * self.stride - sum(self.padding) + self.extent + output_padding


@lru_cache(maxsize=4096)
def same_padding(kernel: int, dilation: int = 1) -> tuple[int, int]:
    """Padding that keeps the length at stride 1: dilation*(kernel - 1) in total.

    An odd total puts the extra position after the axis, as PyTorch does.

    Examples
    --------
    >>> same_padding(3), same_padding(2), same_padding(4, dilation=3)
    ((1, 1), (0, 1), (4, 5))
    """
    total = dilation * (kernel - 1)
    return total // 2, total - total // 2


def per_axis(
    name: str, value: int | Sequence[int], axes: int, least: int = 0, rule: str = SIZE_RULE
) -> tuple[int, ...]:
    """Spread an integer over all axes, or check a sequence with one integer for each.

    Raises
    ------
    ArgumentError
        If `value` holds anything but integers >= `least`, or not one for each axis.
    """
    expected = f"an integer >= {least}" + (f", or {axes} of them (one for each spatial axis)" if axes > 1 else "")
    try:
        values = tuple(index(v) for v in value) if isinstance(value, Sequence) else (index(value),) * axes
    except TypeError:
        raise ArgumentError(name, repr(value), expected, rule) from None
    if len(values) == 1:
        values *= axes
    truth = any(isinstance(v, bool) for v in (value if isinstance(value, Sequence) else (value,)))
    if (
        len(values) != axes or min(values, default=least) < least or truth
    ):  # True is an integer to Python, but no stride
        raise ArgumentError(name, repr(value), expected, rule)
    return values
