"""A second reader of the page's data, written from its description alone: what the page's script does."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any


def value(plain: Any) -> Any:
    if isinstance(plain, list):
        return tuple(map(value, plain))
    number = Fraction(plain)
    return int(number) if number.denominator == 1 else number


def flat(v: Any) -> list[Any]:
    return [n for part in v for n in flat(part)] if isinstance(v, tuple) else [v]


def shape(v: Any) -> tuple[int, ...]:
    return (len(v), *shape(v[0])) if isinstance(v, tuple) else ()


def shaped(numbers: list[Any], sides: tuple[int, ...]) -> Any:
    if not sides:
        return numbers[0]
    step = len(numbers) // sides[0]
    return tuple(shaped(numbers[i * step : (i + 1) * step], sides[1:]) for i in range(sides[0]))


def unpack(text: str, like: tuple[int, ...], alphabet: str) -> Any:
    """A value written after `packed`'s rules (no fingerprint, no rule)."""
    sides = like
    if ":" in text:
        before, text = text.split(":")
        sides = tuple(int(n) for n in before.split("x")) if before else ()
    return shaped(numbers(text, alphabet), sides)


def numbers(body: str, alphabet: str) -> list[Any]:
    if body.startswith("="):
        return [value(n) for n in body[1:].split(" ")]
    return [alphabet.index(letter) - 40 for letter in body]


def fingerprint(v: Any, alphabet: str) -> str:
    """24 bits of FNV-1a of the value as it is written, in four letters, low bits first."""
    state = 2166136261
    for byte in written(v).encode():
        state = (state ^ byte) * 16777619 % 2**32
    state ^= state // 2**24
    return "".join(alphabet[state // 64**i % 64] for i in range(4))


def written(v: Any) -> str:
    return f"[{', '.join(map(written, v))}]" if isinstance(v, tuple) else str(v)


def follow(rule: dict[str, Any], earlier: list[Any], alphabet: str) -> Any:
    """What follows from earlier answers by a rule; None where their shapes do not fit."""
    if [list(shape(v)) for v in earlier] != rule["sizes"]:
        return None
    if rule["kind"] == "entries":
        return tuple(prod(flat(tuple(earlier[i] for i in row))) for row in rule["rows"])
    v, rows = flat(tuple(earlier)), [numbers(row, alphabet) for row in rule["rows"].split(",")]
    if rule["kind"] == "choose":
        return shaped(rows[v.index(max(v))], tuple(rule["shape"]))
    entries = [sum((a * n for a, n in zip(row, v, strict=False)), row[-1]) for row in rows]
    entries = [int(n) if n == int(n) else n for n in entries]
    return max(entries) if rule["kind"] == "max" else shaped(entries, tuple(rule["shape"]))


class Page:
    """One variant as the page knows it."""

    def __init__(self, problem: dict[str, Any], variant: dict[str, Any], common: dict[str, Any]) -> None:
        self.problem, self.variant, self.common = problem, variant, common
        self.keys = [p["key"] for p in problem["parts"]]

    def part(self, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
        i = self.keys.index(key)
        return self.problem["parts"][i], self.variant["marks"][i]

    def value(self, text: str) -> Any:
        return unpack(text, (), self.common["alphabet"])

    def given(self, key: str, slips: tuple[int, ...]) -> Any:
        """What these slips give in a part: a value, a text "#…" for a fingerprint, or None."""
        part, marks = self.part(key)
        reaching = tuple(s for s in slips if s in part["slips"])
        answer = self.value(marks["answer"])
        if not reaching:
            return answer
        field = "slips" if len(reaching) == 1 else "pairs"
        entry = reaching[0] if len(reaching) == 1 else list(reaching)
        texts = marks[field].split(",") if field in marks else [""] * len(part[field])
        text = texts[part[field].index(entry)] if entry in part[field] else ""
        if text != "~":
            return (
                None if not text else text if text[0] == "#" else unpack(text, shape(answer), self.common["alphabet"])
            )
        here = [s for s in reaching if key in self.problem["slips"][s]["at"]]
        rule = dict(marks["rules"])[here[0] if here else -1]
        earlier = [self.given(use, reaching) for use in part["uses"]]
        right = [self.value(self.part(use)[1]["answer"]) for use in part["uses"]]
        return follow(
            rule, [r if e is None else e for e, r in zip(earlier, right, strict=True)], self.common["alphabet"]
        )
