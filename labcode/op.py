"""What an op is: a differentiable function with everything but its arrays fixed.

An op is a value (a frozen dataclass of settings) with rules that stand side by side:
``shape``, ``forward``, ``vjp``, ``jvp``, ``partials``, ``count``, ``count_vjp`` and ``trace``. Values,
gradients, dimensions, Jacobians, costs and drawings are all read off these rules; no convention of any
of them enters an op.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property, lru_cache
from itertools import zip_longest
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from labcode.errors import ArgumentError

Shape = tuple[int, ...]
PartialShape = tuple[int | None, ...]  # None: a dimension not known yet
Array = npt.NDArray[Any]
REMEMBERED = 1024  # answers that an op keeps
DTYPES = frozenset(map(np.dtype, ("float32", "float64", "int64")))


@dataclass(frozen=True, slots=True)
class Count:
    """Scalar operations of one call, of each kind; what they are worth is decided in `cost`.

    Parameters
    ----------
    mul, add, compare, div : int
        Multiplications, additions (or subtractions), comparisons, divisions.
    special : int
        Evaluations of exp, log, tanh.
    mul_padding, add_padding : int
        Those among `mul` and `add` that would not be made if products with padding were skipped.
    """

    mul: int = 0
    add: int = 0
    compare: int = 0
    div: int = 0
    special: int = 0
    mul_padding: int = 0
    add_padding: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __mul__(self, times: int) -> Count:
        return Count(*(a * times for a in astuple(self)))


@dataclass(frozen=True, slots=True)
class Partials:
    """Partial derivatives ∂y[row]/∂x[column] that need not be zero, in any order, each place once.

    Parameters
    ----------
    rows, columns : ndarray of integers, shape (entries,)
        Positions in output and input, both counted row by row as ``ravel`` does.
    values : ndarray, shape (entries,)
    """

    rows: Array
    columns: Array
    values: Array

    @classmethod
    def of(cls, rows: Any, columns: Any, values: Any) -> Partials:
        """From arrays of any shapes that broadcast together."""
        return cls(*(np.ravel(a) for a in np.broadcast_arrays(rows, columns, values)))


@dataclass(frozen=True, slots=True)
class Term:
    """One operand of a step: the product of its factors, read at `index` of the first input.

    `inside` is False where the window lies on padding; then `index` is outside the array.
    """

    index: Shape
    factors: tuple[Any, ...]
    inside: bool = True

    @property
    def value(self) -> Any:
        """The product of the factors."""
        product = self.factors[0]
        for factor in self.factors[1:]:
            product = product * factor
        return product


@dataclass(frozen=True, slots=True)
class Step:
    """How one output entry came about: `rule` applied to `terms` gives `value`.

    Parameters
    ----------
    index : tuple of int
        Index of the output entry.
    rule : str
        "sum", "max", "mean" or an elementwise rule such as "relu".
    terms : tuple of Term
        The operands, in the order in which they are read.
    value : number
        The entry itself.
    chosen : int or None
        For a maximum: which term won (the first, where several tie). For a softmax, whose terms are
        the exponentials of a line: which one is the entry's own.
    """

    index: Shape
    rule: str
    terms: tuple[Term, ...]
    value: Any
    chosen: int | None = None


class Memo(dict[Any, Any]):
    """Answers of a function by the tuple of its arguments, kept: a look-up in place of a call."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def __missing__(self, arguments: tuple[Any, ...]) -> Any:
        if len(self) >= REMEMBERED:
            self.clear()
        answer = self[arguments] = self.function(*arguments)
        return answer


class Op(ABC):
    """A differentiable function of arrays. A subclass that lacks one of the rules cannot be made.

    `symbol` is what drawings write into the node; `signature`, where an op has one, relates the
    dimensions of inputs and output by name, as in "mk,kn->mn" (see `match_signature`).
    """

    symbol: ClassVar[str] = ""
    signature: ClassVar[str | None] = None

    def signature_for(self, *ranks: int) -> str | None:
        """The signature for inputs of these ranks (None: the shape rule is not a matching of names)."""
        return self.signature

    def shape(self, *shapes: Shape) -> Shape:
        """Shape of the output, or an ArgumentError that shows the rule the inputs break."""
        signature = self.signature_for(*map(len, shapes))
        assert signature is not None, f"{type(self).__name__} has neither a signature nor a shape rule"
        return _matched(signature, shapes, self.arguments)

    @cached_property
    def checked(self) -> Memo:
        """`shape` by the tuple of shapes, remembered: the same ones come again and again."""
        return Memo(self.shape)

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the inputs, used in error messages and on edges."""
        return ("input", "other")

    @abstractmethod
    def forward(self, *inputs: Array) -> Array:
        """The output for inputs whose shapes `shape` has accepted; never writes into an input."""

    @abstractmethod
    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """Upstream · ∂output/∂inputs[arg], in the shape of inputs[arg]; floating point throughout."""

    @abstractmethod
    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """∂output/∂inputs[arg] · tangent, in the shape of the output; floating point throughout."""

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """The entries of ∂output/∂inputs[arg]; here one vjp for each row, an op that knows better says so."""
        rows, columns, values = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, output.dtype)]
        for row, unit in enumerate(basis(output)):
            gradient = np.ravel(self.vjp(arg, unit, output, *inputs))
            (at,) = np.nonzero(gradient)
            rows.append(np.full(len(at), row))
            columns.append(at)
            values.append(gradient[at])
        return Partials(*map(np.concatenate, (rows, columns, values)))

    @abstractmethod
    def count(self, *shapes: Shape) -> Count:
        """Scalar operations of one forward call on inputs of these shapes."""

    @abstractmethod
    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """Scalar operations of the vjp for inputs[arg], its upstream and the forward values given.

        An entry that is the sum of n products costs n multiplications and n − 1 additions. Copies,
        changes of sign and products with a slope of 0 or 1 cost nothing.
        """

    @abstractmethod
    def trace(self, *inputs: Array) -> Iterator[Step]:
        """One step for each output entry, in row-major order."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        has_rule = cls.shape is not Op.shape or cls.signature_for is not Op.signature_for or cls.signature
        if not has_rule and not cls.__name__.startswith("_"):
            raise TypeError(f"{cls.__name__} needs a signature or a shape rule")


def index_dtype(size: int) -> Any:
    """What holds every position below `size`: 32 bits are enough for most, and half the memory."""
    return np.int32 if size < 2**31 else np.int64


def basis(like: Array) -> Iterator[Array]:
    """The unit arrays in the shape of `like`, row by row: a single 1, everything else 0."""
    for i in range(like.size):
        unit = np.zeros(like.size, like.dtype)
        unit[i] = 1
        yield unit.reshape(like.shape)


def with_input(inputs: Sequence[Array], arg: int, value: Array) -> tuple[Array, ...]:
    """The inputs with number `arg` exchanged: how an op that is linear in it meets a tangent."""
    return (*inputs[:arg], value, *inputs[arg + 1 :])


def slope_along(op: Op, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
    """The jvp of an op with a single number as output: its gradient · tangent."""
    return np.asarray((op.vjp(arg, np.ones_like(output), output, *inputs) * tangent).sum())


def partials_of_product(signature: str, arg: int, *inputs: Array) -> Partials:
    """Partial derivatives of y = Σ a · b as its signature tells them, as in "mk,kn->mn".

    Every assignment of the letters is one product a · b, added up in one entry of y: its derivative
    by the one factor is the other.
    """
    sources, _, target = signature.partition("->")
    names = sources.split(",")[:2]
    letters = list(dict.fromkeys("".join(names)))
    sizes = {letter: n for name, a in zip(names, inputs, strict=False) for letter, n in zip(name, a.shape, strict=True)}
    grid = dict(zip(letters, np.ix_(*(np.arange(sizes[letter]) for letter in letters)), strict=True))

    def position(name: str) -> Array:
        flat: Any = np.zeros((), np.int64)
        for letter in name:
            flat = flat * sizes[letter] + grid[letter]
        return np.asarray(flat)

    other = inputs[1 - arg].ravel()[position(names[1 - arg])]
    shape = tuple(sizes[letter] for letter in letters)
    return Partials.of(np.broadcast_to(position(target), shape), position(names[arg]), other)


def match_signature(signature: str, shapes: Sequence[Shape], names: Sequence[str]) -> Shape:
    """Read an output shape off a signature such as "mk,kn->mn"; a letter is one dimension.

    "*" stands for a whole shape: equal wherever it is repeated. An empty place is a scalar.

    Raises
    ------
    ArgumentError
        If a rank differs from its letters, or a letter has two sizes.

    Examples
    --------
    >>> match_signature("mk,kn->mn", [(4, 6), (6, 1)], ["input", "other"])
    (4, 1)
    >>> match_signature("*,*->*", [(2,), (3,)], ["input", "other"])
    Traceback (most recent call last):
    labcode.errors.ArgumentError: other = (3,): expected shape (2,), as input has; rule: *,*->*
    """
    sources, _, target = signature.partition("->")
    sizes: dict[str, int | None] = {}
    whole: tuple[str, Shape] | None = None
    for name, letters, shape in zip_longest(names[: len(shapes)], sources.split(","), shapes):
        if letters is None or shape is None:
            raise ArgumentError("inputs", len(shapes), f"{len(sources.split(','))} of them", signature)
        if letters == "*":
            first, known = whole or (name, shape)
            if len(known) != len(shape) or any(map(differ, known, shape)):
                raise ArgumentError(name, shape, f"shape {known}, as {first} has", signature)
            whole = (first, tuple(n if m is None else m for m, n in zip(known, shape, strict=True)))
            continue
        if len(letters) != len(shape):
            raise ArgumentError(
                name, shape, f"a shape of {len(letters)} dimensions ({letters or 'a scalar'})", signature
            )
        for axis, (letter, size) in enumerate(zip(letters, shape, strict=True)):
            if size is None:  # a dimension still to be inferred
                sizes.setdefault(letter, size)
            elif differ(sizes.get(letter), size):
                expected = f"{letter} = {sizes[letter]} on axis {axis}, as in an earlier input"
                raise ArgumentError(name, shape, expected, signature)
            else:
                sizes[letter] = size
    if target == "*":
        return whole[1] if whole else ()
    return tuple(sizes[letter] for letter in target)  # type: ignore[misc]  # None only where a None came in


def differ(one: int | None, other: int | None) -> bool:
    """Two known sizes that are not the same; None, still to be inferred, clashes with nothing."""
    return None not in (one, other) and one != other


_matched = lru_cache(maxsize=4096)(match_signature)


def as_array(argument: str, value: Any, dtype: Any = None) -> Array:
    """Take a number, nested list or array as an array that labcode computes with, uncopied.

    Raises
    ------
    ArgumentError
        If `value` is ragged, or its dtype is none of float32, float64, int64.
    """
    try:
        array = np.asarray(value, dtype)
    except ValueError:
        raise ArgumentError(argument, repr(value), "a rectangular array of numbers") from None
    if array.dtype not in DTYPES:
        raise ArgumentError(
            argument, f"array of {array.dtype}", f"numbers of dtype {', '.join(sorted(map(str, DTYPES)))}"
        )
    return array


def as_array_like(argument: str, value: Any, like: Array) -> Array:
    """Take a gradient or tangent of `like`: its shape, and its dtype (plain lists and integers follow).

    Raises
    ------
    ArgumentError
        For another shape, or an array of another floating-point dtype (nothing is cast silently).
    """
    array = as_array(argument, value)
    if hasattr(value, "dtype") and array.dtype.kind == "f" and array.dtype != like.dtype:
        raise ArgumentError(argument, f"array of {array.dtype}", f"dtype {like.dtype}, as what it belongs to")
    if array.shape != like.shape:
        raise ArgumentError(argument, f"shape {array.shape}", f"shape {like.shape}, as what it belongs to")
    return array.astype(like.dtype, copy=False)


def of_one_dtype(values: Sequence[Any]) -> bool:
    """Whether all are arrays already, of one dtype that labcode computes with."""
    dtype = None
    for v in values:  # a loop: this is asked on every call
        if type(v) is not np.ndarray or (dtype is not None and v.dtype != dtype):
            return False
        dtype = v.dtype
    return dtype in DTYPES


def as_arrays(names: Sequence[str], values: Sequence[Any]) -> list[Array]:
    """Take all inputs of an op as arrays of one dtype; plain lists and numbers follow the arrays.

    Raises
    ------
    ArgumentError
        If two inputs have different dtypes (nothing is cast silently).
    """
    if of_one_dtype(values):
        return list(values)
    arrays = [as_array(name, value) for name, value in zip(names, values, strict=False)]
    if of_one_dtype(arrays):
        return arrays
    fixed = [getattr(value, "dtype", None) for value in values]
    common = next((a.dtype for a, given in zip(arrays, fixed, strict=True) if given is not None), None)
    common = common or np.result_type(*arrays)
    for i, (name, given) in enumerate(zip(names, fixed, strict=False)):
        exact = given is None and common.kind == "f"
        if arrays[i].dtype != common and not exact:
            raise ArgumentError(name, f"array of {arrays[i].dtype}", f"dtype {common}, as the other inputs have")
        arrays[i] = arrays[i].astype(common, copy=False)
    return arrays
