"""The cost of one call of an op, from shapes alone."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any, Literal

from labcode.cost.units import Amount, Bytes, memory, read
from labcode.errors import ArgumentError
from labcode.op import Count, Op, Shape
from labcode.ops import Conv1d, Conv2d

Direction = Literal["forward", "backward", "both"]
PARAMETERS = ("weight", "bias")  # inputs of these names are parameters, the others are data


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call of an op costs: exact integers, read under conventions on demand.

    Parameters
    ----------
    name : str
        Name of the layer.
    op : Op
        The op.
    inputs : tuple of shape
        Shapes of its inputs, in the order of its arguments.
    output : shape
        Shape of its output.
    forward : Count
        Scalar operations of one forward call.
    gradients : tuple of (Count or None)
        Scalar operations of the gradient for each input; None for a constant, which needs none.
    parameter_inputs : tuple of int
        Which inputs are parameters.
    dtype : dtype
        In which numbers are stored.

    Examples
    --------
    >>> from labcode import ops
    >>> layer = cost_of_op(ops.Conv2d(), (1, 3, 8, 8), (4, 3, 3, 3), (4,))
    >>> layer.output, layer.parameters, str(layer.operations("mac"))
    ((1, 4, 6, 6), 112, '3,888 MAC')
    """

    name: str
    op: Op
    inputs: tuple[Shape, ...]
    output: Shape
    forward: Count
    gradients: tuple[Count | None, ...]
    parameter_inputs: tuple[int, ...]
    dtype: Any = "float32"

    @property
    def backward(self) -> Count:
        """All gradients that are needed."""
        return sum((g for g in self.gradients if g is not None), Count())

    def operations(self, convention: str = "exact", direction: Direction = "forward") -> Amount:
        """The operations of one call under a named convention (see `CONVENTIONS`).

        Raises
        ------
        ArgumentError
            If the convention or the direction has no such name.
        """
        return read(_directed(self, direction), convention)

    @property
    def parameters(self) -> int:
        """Numbers that are learned: weights and biases."""
        return sum(prod(self.inputs[i]) for i in self.parameter_inputs)

    @property
    def parameter_memory(self) -> Bytes:
        """Bytes of the parameters."""
        return memory((self.parameters,), self.dtype)

    @property
    def activations(self) -> int:
        """Numbers in the output."""
        return prod(self.output)

    @property
    def activation_memory(self) -> Bytes:
        """Bytes of the output."""
        return memory(self.output, self.dtype)

    @property
    def im2col(self) -> Shape | None:
        """Shape (N, C·taps, places) of the matrix that `im2col` makes; None for an op without."""
        return im2col_shape(self.op, *self.inputs)

    @property
    def im2col_memory(self) -> Bytes:
        """Bytes of that matrix, if it is made whole; none for an op without."""
        return memory(self.im2col, self.dtype) if self.im2col else Bytes(0)

    @property
    def traffic(self) -> Bytes:
        """Bytes of all inputs and of the output, each moved once: the least a call can move."""
        return sum((memory(s, self.dtype) for s in self.inputs), self.activation_memory)

    def intensity(self, convention: str = "2mac") -> Fraction:
        """Arithmetic intensity of a forward call: its operations / `traffic`, per byte.

        References
        ----------
        S. Williams, A. Waterman, D. Patterson, *Roofline* (2009), doi 10.1145/1498765.1498785.
        """
        return Fraction(self.operations(convention).value, self.traffic.B)


def cost_of_op(op: Op, *shapes: Shape, bias: bool = False, dtype: Any = "float32", name: str = "") -> Cost:
    """Cost of one call of `op` on inputs of these shapes; see `cost`."""
    shapes = tuple(tuple(s) for s in shapes)
    if bias:
        shapes += (_bias_shape(op, shapes),)
    output = op.shape(*shapes)
    arguments = op.arguments[: len(shapes)]
    return Cost(
        name=name or type(op).__name__.lower(),
        op=op,
        inputs=shapes,
        output=output,
        forward=op.count(*shapes),
        gradients=tuple(op.count_vjp(arg, *shapes) for arg in range(len(shapes))),
        parameter_inputs=tuple(i for i, argument in enumerate(arguments) if argument in PARAMETERS),
        dtype=dtype,
    )


def im2col_shape(op: Op, *shapes: Shape) -> Shape | None:
    """(N, C·taps, places): one column for each place of the window; None for any op but a convolution.

    Parameters
    ----------
    op : Op
    *shapes : tuple of int
        Shapes of its inputs.

    Returns
    -------
    tuple of int, or None

    Raises
    ------
    ArgumentError
        If the shapes break the rule of the op.

    Examples
    --------
    >>> from labcode import ops
    >>> im2col_shape(ops.Conv2d(stride=4), (3, 227, 227), (96, 3, 11, 11))  # CS231n's example
    (1, 363, 3025)
    """
    if not isinstance(op, Conv1d | Conv2d):
        return None
    layout = op.layout(*shapes)
    return (layout.x[0], layout.x[1] * prod(layout.w[2:]), prod(layout.places))


def _directed(cost: Any, direction: Direction) -> Count:
    """The count of one direction of a layer or a model."""
    if direction == "both":
        total: Count = cost.forward + cost.backward
        return total
    if direction not in ("forward", "backward"):
        raise ArgumentError("direction", repr(direction), '"forward", "backward" or "both"')
    one: Count = getattr(cost, direction)
    return one


def _bias_shape(op: Op, shapes: tuple[Shape, ...]) -> Shape:
    """One number for each channel of the output; none of the axes for bare arrays."""
    if "bias" not in op.arguments or len(shapes) != 2:
        raise ArgumentError("bias", True, "an op with a bias, given the shapes of input and weight only")
    output = op.shape(*shapes)
    channel = len(output) - getattr(op, "axes", 0) - 1
    return (output[channel],) if channel >= 0 else ()
