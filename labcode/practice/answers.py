"""Answers, exactly: what a learner typed or computed, read as whole numbers and fractions.

Four kinds: a ``number``, a ``vector``, a ``matrix``, and a ``size`` (rows × columns). A value is an int, a
Fraction, or tuples of them, so two answers are equal when ``==`` says so. What cannot be read is told
kindly and precisely, and is not wrong: `UnreadableError` carries the key of its sentence in `words`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, Literal

from labcode.practice.words import say

Kind = Literal["number", "vector", "matrix", "size"]
Value = Any  # int | Fraction | tuple[Value, ...]

LONGEST_TEXT, MOST_DIGITS = 4000, 18
CLOSE, DENOMINATORS = 2e-7, 1000  # a float as near, relatively, to a fraction as simple is that fraction

UNITS = {"bit": Fraction(1, 8), "bits": Fraction(1, 8), "b": Fraction(1), "byte": Fraction(1), "bytes": Fraction(1)}
UNITS |= {f"{p}b": Fraction(1000**e) for e, p in enumerate("kmg", 1)}
UNITS |= {f"{p}ib": Fraction(1024**e) for e, p in enumerate("kmg", 1)}

_SPACES = dict.fromkeys((*range(0x1C, 0x20), 0x85, 0xFEFF, 0xA0, 0x2009, 0x202F), " ")  # where languages differ
_PLAIN = dict.fromkeys(map(ord, "−–‒—﹣"), "-") | _SPACES
_NUMBER = re.compile(r"([-+]?)\s*(\d+(?:\.\d*)?|\.\d+)(?:e([-+]?\d+))?")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:([ '_,])\d{3})(?:\1\d{3})*")
_WRAPPER = re.compile(r"^\s*(?:tensor|array|torch\.Size|Parameter containing:\s*tensor)\s*\((.*)\)\s*$", re.DOTALL)
_OPTION = re.compile(r",?\s*(?:dtype|device|grad_fn|requires_grad|size)\s*=\s*[^,\])]+(?=[,)]|$)")


class UnreadableError(ValueError):
    """An answer that could not be read, with the key and the details of what to say about it."""

    def __init__(self, key: str, **details: object) -> None:
        self.key, self.details = key, details
        super().__init__(say(key, **details))


def exact(value: Any) -> Value:
    """Numbers of labcode, NumPy or torch as ints and Fractions, arrays as tuples.

    Examples
    --------
    >>> exact([[0.5, 2.0], [1 / 3, -1]])
    ((Fraction(1, 2), 2), (Fraction(1, 3), -1))
    """
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list | tuple):
        return tuple(map(exact, value))
    if isinstance(value, float):
        return int(value) if value.is_integer() else _whole(_of_float(value))
    return _whole(value)


def read(given: Any, kind: Kind, unit: str = "") -> Value:
    """Read an answer: a text, cells of text, lists, a NumPy array or a torch tensor.

    Parameters
    ----------
    given : object
        A minus may be typographic; fractions are a/b; decimals take a point, or a comma where that cannot
        separate two numbers; cells are separated by spaces, semicolons or ", "; rows by new lines or
        semicolons; nested brackets and printed tensors are read too.
    kind : {"number", "vector", "matrix", "size"}
        What is asked for.
    unit : str
        "B" lets a number carry a unit of memory, and turns it into bytes.

    Raises
    ------
    UnreadableError
        Telling what, where, and how to write it.

    Examples
    --------
    >>> read("−1/2", "number"), read("0,5 2", "vector"), read("[[1, 2], [3, 4.5]]", "matrix"), read("4×1", "size")
    (Fraction(-1, 2), (Fraction(1, 2), 2), ((1, 2), (3, Fraction(9, 2))), (4, 1))
    >>> read("1,5", "vector")
    Traceback (most recent call last):
    labcode.practice.answers.UnreadableError: “1,5” can be read as one number or as two. Write 1.5 for a decimal, 1 5 for two numbers.
    """  # noqa: E501 - a sentence as it is said
    given = getattr(given, "value", given)  # a Variable
    given = given.tolist() if hasattr(given, "tolist") else given
    if isinstance(given, str):
        given = _cells(given, kind, unit)
    return _SHAPED[kind](_numbers(given, kind, unit, ()))


def shape_of(value: Value) -> tuple[int, ...]:
    """Shape of a value: () for a number.

    Examples
    --------
    >>> shape_of(((1, 2, 3), (4, 5, 6)))
    (2, 3)
    """
    return (len(value), *shape_of(value[0])) if isinstance(value, tuple) and value else ()


def flat(value: Value) -> tuple[Any, ...]:
    """All numbers of a value, row by row."""
    return tuple(n for v in value for n in flat(v)) if isinstance(value, tuple) else (value,)


def write(value: Value) -> str:
    """Write a value as it could be typed.

    Examples
    --------
    >>> write(((1, Fraction(1, 2)), (-3, 0)))
    '[[1, 1/2], [-3, 0]]'
    """
    return "[" + ", ".join(map(write, value)) + "]" if isinstance(value, tuple) else str(value)


# -- one number


def read_number(text: str, unit: str = "", place: str = "") -> int | Fraction:
    """Read one number of text; `place` says where it stood."""
    text = _plain(text)
    if not text:
        raise UnreadableError("empty_cell", place=place) if place else UnreadableError("empty")
    if re.search(r"\d\s*[½⅓⅔¼¾]", text) or re.fullmatch(r"[-+]?\d+\s+\d+\s*/\s*\d+", text):
        raise UnreadableError("mixed", text=text)
    text = unicodedata.normalize("NFKC", text).replace("⁄", "/")  # ½ becomes 1⁄2
    if unit and (found := re.fullmatch(r"([^\n]*\d)\s*([a-zA-Z]+)", text)):
        return _whole(read_number(found[1]) * _factor(found[2], text))
    parts = [_decimal(part.strip(), text) for part in text.split("/")]
    if len(parts) > 2:
        raise UnreadableError("letters", text=text)
    if len(parts) == 2 and parts[1] == 0:
        raise UnreadableError("zero", text=text)
    return _whole(parts[0] / parts[1] if len(parts) == 2 else parts[0])


def _plain(text: str) -> str:
    """The same with a plain minus, plain spaces, and the digits of every script as 0 to 9."""
    text = unicodedata.normalize("NFC", text).translate(_PLAIN).strip()
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def _decimal(text: str, whole: str) -> Fraction:
    """Read a decimal or whole number; `whole` is what the learner sees quoted."""
    if found := _THOUSANDS.fullmatch(text):
        if found[1] == "," and text.count(",") == 1 and not re.match(r"[-+]?0", text):
            raise UnreadableError("thousands", text=whole)
        if not (found[1] == "," and text.count(",") == 1):
            text = re.sub(r"[ '_,]", "", text)
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if text.lower().lstrip("+-") in ("inf", "infinity", "nan", "∞"):
        raise UnreadableError("infinite", text=whole)
    found = _NUMBER.fullmatch(text.lower())
    if not found:
        raise UnreadableError("letters", text=whole)
    digits = len(re.sub(r"\D", "", found[2])) + abs(int((found[3] or "0")[:6]))
    if digits > MOST_DIGITS:
        raise UnreadableError("long", length=digits)
    return Fraction(found[2]) * Fraction(10) ** int(found[3] or 0) * (-1 if found[1] == "-" else 1)


def _factor(name: str, text: str) -> Fraction:
    factor = UNITS.get("bit" if name == "b" else name.lower())
    if factor is None:
        raise UnreadableError("unit", text=text)
    return factor


def _of_float(value: float) -> Fraction:
    """The simple fraction that a float, also one of 32 bits, stands for; else the float exactly."""
    if value != value or value in (float("inf"), float("-inf")):
        raise UnreadableError("infinite", text=value)
    top, bottom = value.as_integer_ratio()
    if bottom <= DENOMINATORS:
        return Fraction(top, bottom)
    near = Fraction(value).limit_denominator(DENOMINATORS)
    return near if abs(near - Fraction(value)) <= CLOSE * abs(value) else Fraction(value)


def _whole(number: Fraction | int) -> int | Fraction:
    return int(number) if number.denominator == 1 else Fraction(number)


# -- from text to cells


def _cells(text: str, kind: Kind, unit: str) -> Any:
    """Split a text into (nested lists of) the texts of single numbers."""
    if len(text) > LONGEST_TEXT:
        raise UnreadableError("huge", length=len(text))
    text = _plain(text)
    if found := _WRAPPER.match(text):
        text = _OPTION.sub("", found[1])
    if not text:
        raise UnreadableError("empty")
    bracketed = any(c in text for c in "[]()")
    if kind == "number" and not bracketed:
        return text
    if kind == "size":
        sides = re.split(r"\s*(?:[x×*,;]|by|\s)\s*", text.strip("[]() "), flags=re.IGNORECASE)
        return [side for side in sides if side]
    if bracketed:
        return _bracketed(text)
    if kind == "vector":
        return _row(text.replace("\n", " "))
    return [_row(row) for row in re.split(r"\s*[;\n]\s*", text.strip("; \n"))]


def _row(text: str) -> list[str]:
    """Cells of one row; a comma inside a lone cell is a decimal comma or a separator, nobody knows."""
    cells = [c for c in re.split(r"\s*;\s*|,\s+|\s+", text.strip()) if c]
    if len(cells) == 1 and "," in cells[0]:
        if cells[0].count(",") == 1:
            raise UnreadableError("comma", text=cells[0])
        return cells[0].split(",")
    return cells


def _bracketed(text: str) -> list[Any]:
    """Read nested brackets; inside them a comma always separates."""
    stack: list[list[Any]] = [[]]
    for token in re.findall(r"[\[\](),]|[^\[\](),\s]+", text):
        if token in "[(":
            stack.append([])
        elif token in "])":
            if len(stack) == 1:
                raise UnreadableError("brackets")
            stack[-2].append(stack.pop())
        elif token != ",":
            stack[-1].append(token)
    if len(stack) != 1 or len(stack[0]) != 1:
        raise UnreadableError("brackets")
    return stack[0][0]


# -- from cells to values


def _numbers(given: Any, kind: Kind, unit: str, at: tuple[int, ...]) -> Value:
    """Read every cell; `at` is where we are."""
    given = getattr(given, "value", given)
    given = given.tolist() if hasattr(given, "tolist") else given
    if isinstance(given, list | tuple):
        if len(at) > 4:
            raise UnreadableError("deep", kind=kind)
        return tuple(_numbers(v, kind, unit, (*at, i)) for i, v in enumerate(given))
    if isinstance(given, str):
        return read_number(given, unit, _place(at))
    if given is None:
        raise UnreadableError("empty_cell", place=_place(at)) if at else UnreadableError("empty")
    if isinstance(given, bool):
        raise UnreadableError("truth", text=given)
    if isinstance(given, float):
        return _whole(_of_float(given))
    if isinstance(given, int | Fraction):
        return _whole(given)
    raise UnreadableError("nothing", text=type(given).__name__)


def _place(at: tuple[int, ...]) -> str:
    """Rows and columns counted from 1, as on paper."""
    if len(at) == 1:
        return f"Cell {at[0] + 1}"
    return f"Row {at[-2] + 1}, column {at[-1] + 1}" if at else ""


def _rows(value: Value) -> Iterator[Value]:
    for i, row in enumerate(value):
        if shape_of(row) != shape_of(value[0]):
            raise UnreadableError("ragged", place=f"row {i + 1}", count=len(flat(row)), first=len(flat(value[0])))
        yield row


def _rectangle(value: Value, axes: int, kind: Kind) -> Value:
    """Check that rows are alike, and drop leading axes of length 1 (a batch of one sample, one channel)."""
    value = tuple(_rows(value)) if isinstance(value, tuple) else value
    while len(shape_of(value)) > axes and len(value) == 1:
        value = value[0]
    if not flat(value):
        raise UnreadableError("empty")
    return value


def _as_number(value: Value) -> Value:
    numbers = flat(value)
    if len(numbers) != 1:
        raise UnreadableError("many", count=len(numbers)) if numbers else UnreadableError("empty")
    return numbers[0]


def _as_vector(value: Value) -> Value:
    value = _rectangle(value, 1, "vector")
    if max(shape_of(value), default=1) < len(flat(value)):
        raise UnreadableError("deep", kind="vector")
    return flat(value)  # a row, a column or a lone number


def _as_matrix(value: Value) -> Value:
    value = _rectangle(value, 2, "matrix")
    if len(shape_of(value)) > 2:
        raise UnreadableError("deep", kind="matrix")
    for _ in range(2 - len(shape_of(value))):
        value = (value,)
    return tuple(_rows(value))


def _as_size(value: Value) -> Value:
    sides = flat(value)
    if len(sides) != 2 or any(not isinstance(n, int) or n < 1 for n in sides):
        raise UnreadableError("size")
    return sides


_SHAPED: dict[Kind, Callable[[Value], Value]] = {
    "number": _as_number,
    "vector": _as_vector,
    "matrix": _as_matrix,
    "size": _as_size,
}
