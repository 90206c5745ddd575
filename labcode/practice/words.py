"""What a learner is told, as templates: the page's script fills the same ones, so both say the same.

A template never holds a number of the variant, only what the learner typed and where.
"""

from __future__ import annotations

WORDS: dict[str, str] = {
    # An answer that could not be read: not marked, nothing lost.
    "empty": "There is nothing here yet. A cell that is zero needs a 0.",
    "empty_cell": "{place} is empty. A cell that is zero needs a 0.",
    "letters": "“{text}” is not a number. Write whole numbers like -3, fractions like 1/2 or decimals like 0.5.",
    "mixed": "“{text}” mixes a whole number and a fraction. Write it as one fraction.",
    "comma": "“{text}” can be read as one number or as two. Write 1.5 for a decimal, 1 5 for two numbers.",
    "thousands": "“{text}” can be read as thousands or as a decimal. Write it without the comma.",
    "zero": "“{text}” divides by zero.",
    "infinite": "“{text}” is no finite number.",
    "truth": "“{text}” is true or false; a number is needed here.",
    "unit": "“{text}” has a unit that does not fit here.",
    "huge": "That is {length} characters, far more than this answer needs. Paste only the answer itself.",
    "long": "A number of {length} digits is longer than any answer here.",
    "many": "One number is asked for, and these are {count}.",
    "ragged": "The rows have different lengths: {place} has {count} cells, the first row {first}.",
    "brackets": "A bracket is missing or left over.",
    "deep": "This is nested too deeply: a {kind} is asked for.",
    "size": "A size is rows × columns, two whole numbers such as 4×1.",
    "count": "How many numbers are there? Write one whole number, such as 3.",
    "large": "A grid of {size} is larger than any answer here.",
    "unsized": "Say first how large the answer is; then the cells appear.",
    "nothing": "This holds no numbers: {text}.",
    "parts": "{count} answers were given, and the question has {parts}: {names}.",
    # An answer that was read.
    "right": "Right.",
    "accepted": "Right, by another convention. {words}",
    "follow": "The right method: this follows from your earlier answer, so it counts. That one is still to mend.",
    "follow_slip": "Worked from your earlier answer: {words}",
    "slip": "{words}",
    "carried": "{words} That was in an earlier part; this one may be right in method.",
    "between": "It may be one of these: {names}.",
    "look_back": "They differ in the part before: check that one first.",
    "several": "More than one slip leads to this answer. {ask}",
    "pair": "Two slips at once. {words} And: {other}",
    "through": "One slip runs through {parts}. {words} Mend it once, and they are all mended.",
    "shape": "Your answer is {given}, and that is not its size. Settle the size first, then the numbers.",
    "transposed": "Rows and columns are exchanged.",
    "negated": "Every sign is turned round, and nothing else.",
    "offset": "Every cell is off by the same amount. Is something added to all of them, such as a bias?",
    "factor": "This is a simple multiple or part of the answer: check units, and factors counted twice or left out.",
    "rounded": "This is a rounded value. Give it exactly, as a fraction if need be.",
    "one": "All cells but one are right. Look again at {place}.",
    "some": "{right} of {all} cells are right.",
    "wrong": "Not right, and not a slip that we know. Compare with the steps of the solution, or take a hint.",
}


def say(key: str, **details: object) -> str:
    """The sentence under this key, filled in.

    Examples
    --------
    >>> say("many", count=3)
    'One number is asked for, and these are 3.'
    """
    text = WORDS[key]
    for name, value in details.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
