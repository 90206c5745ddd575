"""STACK questions for Moodle: a tree with a node for each slip, follow-through, and tests of the question itself.

The format is the XML that STACK exports (https://docs.stack-assessment.org). An answer is first compared with the right
one, then with what follows from the learner's own earlier answers, then with what each slip gives. The question tests
put in the right answers, then each slip, and say at which node the tree has to end.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from fractions import Fraction
from html import escape
from typing import Any

from labcode.practice.answers import Value, shape_of
from labcode.practice.follow import Rule
from labcode.practice.problem import Part
from labcode.practice.variants import Variant
from labcode.practice.words import say
from labcode.sheets.moodle import counted, document
from labcode.sheets.paper import filled, told

VERSION = "2023010400"  # of STACK: the first with all that is used here
SETTINGS = {
    "questionsimplify": "1",
    "assumepositive": "0",
    "assumereal": "0",
    "multiplicationsign": "dot",
    "sqrtsign": "1",
    "complexno": "i",
    "inversetrig": "cos-1",
    "logicsymbol": "lang",
    "matrixparens": "[",
}
INPUT = {
    "boxsize": "8",
    "strictsyntax": "1",
    "insertstars": "0",
    "syntaxhint": "",
    "syntaxattribute": "0",
    "forbidwords": "",
    "allowwords": "",
    "forbidfloat": "0",
    "requirelowestterms": "0",
    "checkanswertype": "1",
    "mustverify": "1",
    "showvalidation": "1",
    "options": "",
}
TYPES = {"number": "numerical", "matrix": "varmatrix", "vector": "algebraic", "size": "algebraic"}


def stack(variants: Sequence[Variant], category: str) -> str:
    """Questions as Moodle imports them."""
    quiz = ET.Element("quiz")
    for number, v in counted(variants):
        if number == 1:
            topic = ET.SubElement(quiz, "question", type="category")
            _text(topic, "category", f"$course$/{category}/{v.problem.key}")
        quiz.append(_question(number, v))
    return document(quiz)


def _question(number: int, v: Variant) -> ET.Element:
    question = ET.Element("question", type="stack")
    parts = list(enumerate(v.problem.parts, 1))
    asked = "".join(f"<p>{filled(v, p.ask)} [[input:ans{i}]] [[validation:ans{i}]]</p>" for i, p in parts)
    forms = "<p>Write several numbers as [1, 2], a size as [rows, columns].</p>"
    _text(question, "name", f"{v.problem.title} {number}")
    _text(question, "questiontext", f"<p>{filled(v, v.problem.statement)}</p>{forms}{asked}", html=True)
    _text(question, "generalfeedback", "".join(f"<p>{escape(line)}</p>" for line in v.solution), html=True)
    _fields(question, {"defaultgrade": str(len(parts)), "penalty": "0.1", "hidden": "0", "idnumber": ""})
    _text(question, "stackversion", VERSION)
    _text(question, "questionvariables", "\n".join(f"ta{i}: {maxima(v.answers[p.key])};" for i, p in parts))
    _text(question, "specificfeedback", "".join(f"[[feedback:prt{i}]]" for i, _ in parts), html=True)
    _text(question, "questionnote", f"{v.problem.key}, {number}", html=True)
    for name, words in (("prtcorrect", say("right")), ("prtpartiallycorrect", ""), ("prtincorrect", "")):
        _text(question, name, words, html=True)
    _fields(question, SETTINGS)
    _text(question, "variantsselectionseed", "")
    for i, part in parts:
        box = ET.SubElement(question, "input")
        _fields(box, {"name": f"ans{i}", "type": TYPES[part.kind], "tans": f"ta{i}", **INPUT})
    trees = [(i, part, list(_nodes(v, part, i))) for i, part in parts]
    for i, part, nodes in trees:
        question.append(_tree(i, nodes, _follows(v, part)))
    for case, test in enumerate(_tests(trees), 1):
        question.append(_test(case, test))
    return question


Node = tuple[
    str, int, str, bool
]  # what the answer is compared with, its points, what is said, whether a test can try it


def _nodes(v: Variant, part: Part, i: int) -> Iterator[Node]:
    """Right, then follow-through, then all that is known to be given."""
    (_, _, praise), *others = told(v, part)
    yield f"ta{i}", 1, praise, True
    if "" in v.marks[part.key].rules:
        yield "follows", 1, say("follow"), False
    for value, point, words in others:
        if part.kind != "matrix" or len(shape_of(value)) == 2:
            yield maxima(value), point, words, True


def _follows(v: Variant, part: Part) -> str:
    """The variable that holds what follows from earlier answers; of other shapes nothing does, and no index fails."""
    rule = v.marks[part.key].rules.get("")
    if rule is None:
        return ""
    own = [f"ans{[p.key for p in v.problem.parts].index(use) + 1}" for use in part.uses]
    shapes = [line for name, size in zip(own, rule.sizes, strict=True) for line in _has_shape(name, size)]
    expression = followed(rule, own)
    return f"follows: if {' and '.join(shapes)} then {expression} else false;" if shapes else f"follows: {expression};"


def _tree(i: int, nodes: Sequence[Node], variables: str) -> ET.Element:
    tree = ET.Element("prt")
    _fields(tree, {"name": f"prt{i}", "value": "1", "autosimplify": "1", "feedbackstyle": "1"})
    _text(tree, "feedbackvariables", variables)
    for place, (compared, point, words, _) in enumerate(nodes):
        node = ET.SubElement(tree, "node")
        last = place == len(nodes) - 1
        _fields(node, {"name": str(place), "description": "", "answertest": "AlgEquiv"})
        _fields(node, {"sans": f"ans{i}", "tans": compared, "testoptions": "", "quiet": "1"})
        after = "-1" if last else str(place + 1)
        for branch, score, on, said in (
            ("true", point, "-1", words),
            ("false", 0, after, say("wrong") if last else ""),
        ):
            scored = {"scoremode": "=", "score": str(score), "penalty": "", "nextnode": on}
            _fields(node, {f"{branch}{name}": text for name, text in scored.items()})
            _fields(node, {f"{branch}answernote": f"prt{i}-{place + 1}-{branch[0].upper()}"})
            _text(node, f"{branch}feedback", escape(said), html=True)
    return tree


Test = list[tuple[int, str, int, int]]  # for each part: its number, the answer, the place where its tree ends, points


def _tests(trees: Sequence[tuple[int, Part, list[Node]]]) -> Iterator[Test]:
    """All right; then each known answer of a part, where no other part builds on it, the others right."""
    right = [(i, f"ta{i}", 0, 1) for i, _, _ in trees]
    yield right
    used = {use for _, part, _ in trees for use in part.uses}
    for at, (i, part, nodes) in enumerate(trees):
        if part.key not in used:
            for place, (compared, point, _, tried) in enumerate(nodes[1:], 1):
                if tried:
                    yield [*right[:at], (i, compared, place, point), *right[at + 1 :]]


def _test(number: int, test: Test) -> ET.Element:
    case = ET.Element("qtest")
    _fields(case, {"testcase": str(number), "description": ""})
    for i, answer, _, _ in test:
        _fields(ET.SubElement(case, "testinput"), {"name": f"ans{i}", "value": answer})
    for i, _, place, point in test:
        expected = {"name": f"prt{i}", "expectedscore": str(point), "expectedpenalty": "" if point else "0.1"}
        note = {"expectedanswernote": f"prt{i}-{place + 1}-T"}
        _fields(ET.SubElement(case, "expected"), expected | note)
    return case


# -- in Maxima's language


def maxima(value: Value) -> str:
    """A value as Maxima writes it.

    Examples
    --------
    >>> maxima(((1, -2), (0, 3))), maxima((1, 2))
    ('matrix([1,-2],[0,3])', '[1,2]')
    """
    if not isinstance(value, tuple):
        return str(value)
    inside = ",".join(map(maxima, value))
    return f"matrix({inside})" if len(shape_of(value)) > 1 else f"[{inside}]"


def followed(rule: Rule, own: Sequence[str]) -> str:
    """What follows from answers by a rule, as an expression of them.

    Examples
    --------
    >>> followed(Rule("affine", ((2, 0, 1), (0, 3, 0)), (2,), ((2,),)), ["ans1"])
    '[2*ans1[1]+1,3*ans1[2]]'
    """
    v = [entry for name, size in zip(own, rule.sizes, strict=True) for entry in _entries(name, size)]
    if rule.kind == "entries":
        sides = [_entries(name, size) for name, size in zip(own, rule.sizes, strict=True)]
        return "[" + ",".join("*".join(n for i in row for n in sides[i]) for row in rule.rows) + "]"
    if rule.kind == "choose":
        rows = ",".join(maxima(row) for row in rule.rows)
        largest = f"max({','.join(v)})"
        place = "".join(f"if {entry}={largest} then {j} else " for j, entry in enumerate(v[:-1], 1)) + str(len(v))
        return f"[{rows}][{place}]"
    entries = [_sum(row, v) for row in rule.rows]
    if rule.kind == "max":
        return f"max({','.join(entries)})"
    return _shaped(entries, rule.shape)


def _has_shape(name: str, size: tuple[int, ...]) -> list[str]:
    """What a list or a matrix has to be for its entries to exist; tried in this order."""
    if not size:
        return []
    if len(size) == 1:
        return [f"listp({name})", f"length({name})={size[0]}"]
    return [f"matrixp({name})", f"length({name})={size[0]}", f"length(first({name}))={size[1]}"]


def _entries(name: str, size: tuple[int, ...]) -> list[str]:
    if not size:
        return [name]
    if len(size) == 1:
        return [f"{name}[{i}]" for i in range(1, size[0] + 1)]
    return [f"{name}[{i},{j}]" for i in range(1, size[0] + 1) for j in range(1, size[1] + 1)]


def _sum(row: Sequence[Any], v: Sequence[str]) -> str:
    """Σ row[j]·v[j] + the last, without what is zero."""
    terms = [entry if a == 1 else f"{_factor(a)}*{entry}" for a, entry in zip(row, v, strict=False) if a]
    if row[-1] or not terms:
        terms.append(_factor(row[-1]))
    return "+".join(terms)


def _factor(n: Any) -> str:
    return str(n) if Fraction(n).denominator == 1 and n >= 0 else f"({n})"


def _shaped(entries: Sequence[str], shape: tuple[int, ...]) -> str:
    if not shape:
        return entries[0]
    if len(shape) == 1:
        return f"[{','.join(entries)}]"
    rows = [_shaped(entries[i : i + shape[1]], shape[1:]) for i in range(0, len(entries), shape[1])]
    return f"matrix({','.join(rows)})"


# -- in XML


def _text(parent: ET.Element, name: str, text: str, html: bool = False) -> None:
    element = ET.SubElement(parent, name, {"format": "html"} if html else {})
    ET.SubElement(element, "text").text = text


def _fields(parent: ET.Element, fields: dict[str, str]) -> None:
    for name, text in fields.items():
        ET.SubElement(parent, name).text = text
