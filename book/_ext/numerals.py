"""Where numbers stand in a text: written with digits, or spelled out from two upward.

`one` is left out, for it is mostly a pronoun, and so are `zero`, `both`, `once` and the ordinals: they count nothing
that could have been counted wrong.
"""

from __future__ import annotations

import re

DIGITS = r"\d+(?:[,\u2009\u202f]\d{3}(?!\d))*(?:\.\d+)?|[½⅓⅔¼¾⅕⅛]"
UNITS = "two three four five six seven eight nine ten eleven twelve"
TEENS = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
LARGE = "hundreds? thousands? millions? billions? dozens?"
PARTS = "half halves thirds quarters? twice thrice"

_TENS = rf"(?:{'|'.join(TENS.split())})-one"
_WORD = rf"(?:{_TENS}|{'|'.join(f'{UNITS} {TEENS} {TENS} {LARGE} {PARTS}'.split())})"
WORDS = rf"\b{_WORD}(?:(?:\s+and\s+|[\s-]){_WORD})*(?:fold)?\b"

NUMERAL = re.compile(rf"{DIGITS}|{WORDS}", re.IGNORECASE)


def numerals(text: str) -> list[re.Match[str]]:
    """Every number of a text, in order: `3`, `7,077,888`, `0.5`, `sixteen`, `two hundred and fifty-six`, `half`."""
    return list(NUMERAL.finditer(text))
