"""Numbers, arrays and traces as LaTeX, for the maths of a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from numbers import Real
from typing import Any

import numpy as np

from labcode.errors import ArgumentError
from labcode.op import Shape, Step, Term

NEW_ROW = r" \\ "
COMMA = r",\ "
RULES = {"max": r"\max", "mean": r"\operatorname{mean}"}


def number(value: Any, digits: int = 4) -> str:
    r"""Write one number: integers without a point, fractions as fractions, −∞ as a symbol.

    Parameters
    ----------
    value : int, float, Fraction or NumPy scalar
    digits : int
        Significant digits of a number that is not whole.

    Examples
    --------
    >>> number(2.0), number(-0.5), number(Fraction(-1, 2)), number(13893632)
    ('2', '-0.5', '-\\tfrac{1}{2}', '13{,}893{,}632')
    """
    if isinstance(value, Fraction) and value.denominator != 1:
        sign = "-" if value < 0 else ""
        return rf"{sign}\tfrac{{{abs(value.numerator)}}}{{{value.denominator}}}"
    real = float(value)
    if np.isinf(real):
        return r"-\infty" if real < 0 else r"\infty"
    if real == int(real) and abs(real) < 2**53:
        return f"{int(value):,}".replace(",", "{,}")
    text = f"{real:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return rf"{mantissa}\cdot 10^{{{int(exponent)}}}"
    return text


def factor(value: Any) -> str:
    """A number as a factor or summand: a negative one in parentheses."""
    text = number(value)
    return f"({text})" if text.startswith("-") else text


def matrix(array: Any, blocks: tuple[int, int] | None = None) -> str:
    r"""Write a matrix, a row for a vector, a bare number for a scalar.

    Parameters
    ----------
    array : array_like
        At most two axes.
    blocks : (int, int), optional
        Rows and columns of the blocks between which lines are drawn.

    Raises
    ------
    ArgumentError
        If the array has more axes, or does not divide into such blocks.

    Examples
    --------
    >>> print(matrix([[1, -1], [0, 2]]))
    \begin{bmatrix} 1 & -1 \\ 0 & 2 \end{bmatrix}
    """
    entries = np.asarray(array)
    if entries.ndim == 0:
        return number(entries[()])
    if entries.ndim > 2:
        raise ArgumentError("array", f"shape {entries.shape}", "at most 2 dimensions, a matrix for each channel")
    rows = [" & ".join(number(v) for v in row) for row in np.atleast_2d(entries)]
    if blocks is not None:
        return _blocks(rows, np.atleast_2d(entries).shape, blocks)
    return rf"\begin{{bmatrix}} {NEW_ROW.join(rows)} \end{{bmatrix}}"


def _blocks(rows: Sequence[str], sizes: tuple[int, ...], blocks: tuple[int, int]) -> str:
    """The rows of a matrix with lines between its blocks."""
    (high, wide), (tall, broad) = sizes, blocks
    if min(blocks) < 1 or high % tall or wide % broad:
        raise ArgumentError("blocks", blocks, f"sizes that divide {high} and {wide}", "rows % blocks[0] == 0")
    columns = "|".join(["c" * broad] * (wide // broad))
    bands = [NEW_ROW.join(rows[i : i + tall]) for i in range(0, high, tall)]
    body = rf"{NEW_ROW}\hline ".join(bands)
    return rf"\left[\begin{{array}}{{{columns}}} {body} \end{{array}}\right]"


def column(vector: Any) -> str:
    """Write a vector as a column."""
    return matrix(np.reshape(vector, (-1, 1)))


def shape(sizes: Sequence[int | None]) -> str:
    r"""Write dimensions, "?" for an unknown one.

    Examples
    --------
    >>> shape((4, 6)), shape((None, 1)), shape(())
    ('4 \\times 6', '? \\times 1', '1 \\times 1')
    """
    return r" \times ".join("?" if n is None else number(n) for n in sizes) or r"1 \times 1"


def entry(name: str, index: Shape) -> str:
    """Write an entry with its indices, counted from 0 as in code."""
    return f"{name}_{{{','.join(map(str, index))}}}" if index else name


def term(t: Term) -> str:
    """The product of a term; one that reads padding is greyed."""
    text = r" \cdot ".join(factor(f) for f in t.factors)
    return text if t.inside else rf"\textcolor{{gray}}{{{text}}}"


def step(s: Step, name: str = "y") -> str:
    r"""Write how one output entry came about.

    Examples
    --------
    >>> from labcode.ops import Conv1d
    >>> print(step(next(Conv1d().trace(np.array([2, 1, 2]), np.array([1, 0])))))
    y_{0} = 2 \cdot 1 + 1 \cdot 0 = 2
    """
    left, right = entry(name, s.index), number(s.value)
    terms = [term(t) for t in s.terms]
    if s.rule == "sum":
        body = " + ".join(terms) or "0"
    elif s.chosen is not None and "softmax" in s.rule:  # the share of one exponential in their sum
        share = rf"\frac{{{terms[s.chosen]}}}{{{' + '.join(terms)}}}"
        body = share if s.rule == "softmax" else rf"\log {share}"
    elif s.rule in RULES:
        if s.chosen is not None:
            terms[s.chosen] = rf"\boxed{{{terms[s.chosen]}}}"
        body = rf"{RULES[s.rule]}({COMMA.join(terms)})"
    else:
        body = rf"\operatorname{{{s.rule}}}({COMMA.join(terms)})"
    return f"{left} = {body} = {right}"


def steps(trace: Iterable[Step], name: str = "y") -> str:
    """Write a whole trace, a line for each output entry, aligned at the first equals sign."""
    lines = (step(s, name).replace(" = ", " &= ", 1) for s in trace)
    return rf"\begin{{aligned}} {NEW_ROW.join(lines)} \end{{aligned}}"


def is_number(value: object) -> bool:
    """Whether a value is written by `number` and not as text."""
    return isinstance(value, Real | np.number) and not isinstance(value, bool | np.bool_)
