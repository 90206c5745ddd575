"""Sheets and their key as HTML that needs nothing else, to print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from labcode.practice.answers import Value, shape_of
from labcode.practice.marking import mark
from labcode.practice.problem import Part
from labcode.practice.solution import PLACE, write
from labcode.practice.variants import Variant
from labcode.practice.words import say
from labcode.sheets.exam import Exam, Student

STYLE = """
@page { size: A4; margin: 18mm 16mm 16mm; font: 9pt sans-serif; @bottom-right { content: counter(page); } }
body { max-width: 178mm; margin: 0 auto; color: #111; font: 11pt/1.45 "Liberation Sans", Arial, sans-serif; }
section.sheet { break-before: page; }
section.sheet:first-of-type { break-before: auto; }
header { display: flex; gap: 1.5rem; align-items: baseline; border-bottom: 1.5pt solid; }
h1 { font-size: 15pt; margin: 0 0 .3rem; }
h2 { font-size: 11.5pt; margin: 1.3rem 0 .3rem; break-after: avoid; }
.problem { break-inside: avoid; }
.who { flex: 1; text-align: right; }
.line { display: inline-block; min-width: 55mm; border-bottom: .6pt solid; }
p { margin: .35rem 0; }
.matrix { display: inline-grid; gap: .05rem .6rem; vertical-align: middle; margin: .15rem .1rem; padding: .1rem .4rem;
  border-left: 1pt solid; border-right: 1pt solid; border-radius: 3pt; text-align: right; line-height: 1.25; }
.part { display: flex; gap: .6rem; align-items: flex-start; margin: .5rem 0; break-inside: avoid; }
.part > .ask { flex: 0 0 45%; }
.room { flex: 1; border: .6pt solid #999; border-radius: 3pt; }
.room.number, .room.size { height: 10mm; } .room.vector { height: 14mm; } .room.matrix-room { height: 27mm; }
table { border-collapse: collapse; margin: .4rem 0 .8rem; width: 100%; font-size: 9.5pt; }
.asked { font-weight: bold; margin-top: .6rem; break-after: avoid; }
th, td { border-bottom: .4pt solid #999; padding: .15rem .4rem; text-align: left; vertical-align: top; }
tr { break-inside: avoid; }
thead { display: table-header-group; }
ol.steps { margin: .2rem 0 .6rem; font-size: 9.5pt; }
"""


def sheets(exam: Exam, students: Sequence[Student]) -> str:
    """What students get: statements, questions, room to answer."""
    return _page(exam.title, students, (_sheet(exam, student) for student in students))


def key(exam: Exam, students: Sequence[Student]) -> str:
    """What markers get: of each sheet the questions, the answers, the steps, and what wrong answers tell."""
    return _page(f"{exam.title}: key", students, (_key(exam, student) for student in students))


def _page(title: str, students: Iterable[Student], sections: Iterable[str]) -> str:
    """A section for each student, whose name is at the foot of all its pages: paper gets mixed up."""
    own = []
    feet = []
    for number, (student, section) in enumerate(zip(students, sections, strict=True), 1):
        own.append(section.replace("<section ", f'<section style="page: sheet-{number}" ', 1))
        feet.append(f"@page sheet-{number} {{ @bottom-left {{ content: {_quoted(_who(student))}; }} }}\n")
    start = f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    style = f"<style>{STYLE}{''.join(feet)}</style>"
    return f"{start}{style}</head><body>\n{''.join(own)}</body></html>\n"


def _who(student: Student) -> str:
    if not student.name:
        return f"Sheet {student.id}"
    return student.name if student.name == student.id else f"{student.name} · {student.id}"


def _quoted(text: str) -> str:
    r"""A string of CSS, inside HTML: whatever is no letter or digit as its code.

    Examples
    --------
    >>> print(_quoted('</a"'))
    "\3c \2f a\22 "
    """
    return '"' + "".join(c if c.isalnum() else f"\\{ord(c):x} " for c in text) + '"'


def _sheet(exam: Exam, student: Student) -> str:
    problems = "".join(_problem(number, v) for number, v in enumerate(exam.variants(student), 1))
    points = f'<span class="line"></span> of {sum(len(p.parts) for p in exam.problems)} points'
    return f"{_head(exam.title, student, points)}{problems}</section>\n"


def _head(title: str, student: Student, points: str) -> str:
    name = f"Name: {escape(student.name) if student.name else '<span class=line></span>'}"
    number = f" · {escape(student.id)}" if student.id != student.name else ""
    who = f'<p class="who">{name}{number}</p>'
    return f'<section class="sheet"><header><h1>{escape(title)}</h1>{who}</header><p class="who">{points}</p>'


def _problem(number: int, v: Variant) -> str:
    parts = "".join(_part(v, part) for part in v.problem.parts)
    title = f"<h2>{number}. {escape(v.problem.title)}</h2>"
    return f'<div class="problem">{title}<p>{filled(v, v.problem.statement)}</p>{parts}</div>'


def _part(v: Variant, part: Part) -> str:
    room = "matrix-room" if part.kind == "matrix" else part.kind
    return f'<div class="part"><span class="ask">{filled(v, part.ask)}</span><span class="room {room}"></span></div>'


def filled(v: Variant, text: str) -> str:
    """A text with the data of a variant, matrices as such.

    Examples
    --------
    >>> from labcode.lab5.problems import LAB
    >>> from labcode.practice.variants import variant
    >>> filled(variant(LAB.find("output-size")[0], 0), "{n} < {stride}")[2:]
    ' &lt; 2'
    """
    pieces, start = [], 0
    values = {**v.shown, **v.answers, **v.explained.between}
    for place in PLACE.finditer(text):
        value = values[place[2]]
        if place[3] is None and len(shape_of(value)) > 1:
            pieces += [escape(v.fill(text[start : place.start()])), matrices(value)]
            start = place.end()
    return "".join([*pieces, escape(v.fill(text[start:]))])


def matrices(value: Value) -> str:
    """A matrix, or one for each channel, in brackets."""
    if len(shape_of(value)) > 2:
        return " ".join(map(matrices, value))
    cells = "".join(f"<span>{write(n)}</span>" for row in value for n in row)
    columns = f"grid-template-columns: repeat({len(value[0])}, auto)"
    return f'<span class="matrix" role="img" aria-label="{write(value)}" style="{columns}">{cells}</span>'


def _key(exam: Exam, student: Student) -> str:
    body = "".join(_worked(number, v) for number, v in enumerate(exam.variants(student), 1))
    return f"{_head(exam.title + ': key', student, 'a point for each part')}{body}</section>\n"


def _worked(number: int, v: Variant) -> str:
    steps = "".join(f"<li>{escape(line)}</li>" for line in v.solution)
    answers = "".join(f"<p>{filled(v, p.ask)} <strong>{shown(v.answers[p.key])}</strong></p>" for p in v.problem.parts)
    tables = "".join(_slips(v, part) for part in v.problem.parts)
    asked = f"<h2>{number}. {escape(v.problem.title)}</h2><p>{filled(v, v.problem.statement)}</p>"
    return f'{asked}{answers}<ol class="steps">{steps}</ol>{tables}'


def shown(value: Value) -> str:
    """An answer in a key."""
    if len(shape_of(value)) > 1:
        return matrices(value)
    return escape(write(value))


def _slips(v: Variant, part: Part) -> str:
    here = (entry for entry in told(v, part) if not (part.follow and _carried(v, part, entry[0])))
    known = ((shown(value), point, escape(words)) for value, point, words in here)
    rows = [f"<tr><td>{value}</td><td>{point}</td><td>{words}</td></tr>" for value, point, words in known]
    if part.follow:
        rows.append(f"<tr><td>what follows from an own earlier answer</td><td>1</td><td>{say('follow')}</td></tr>")
    head = "<thead><tr><th>answer</th><th>point</th><th>what to say</th></tr></thead>"
    asked = f'<p class="asked">{filled(v, part.ask)}</p>'
    return f"{asked}<table>{head}<tbody>{''.join(rows)}</tbody></table>"


def _carried(v: Variant, part: Part, value: Value) -> bool:
    """Whether only slips of earlier parts lead here: then the answer follows from an own earlier one."""
    slips = v.marks[part.key].by_value.get(value, ())
    return bool(slips) and not any(part.key in v.problem.slip(key).at_parts for key in slips)


def told(v: Variant, part: Part) -> Iterator[tuple[Value, int, str]]:
    """Answers to a part that are known, their points, and what marking says to them; the right one first.

    The same as on the page, where it marks the answer by itself: `labcode.practice.marking` says it.
    """
    marks = v.marks[part.key]
    known: Sequence[Value] = [marks.answer, *marks.by_value, *marks.pair_by_value]
    for value in dict.fromkeys(known):
        verdict = mark(v, part.key, value)
        yield value, int(bool(verdict)), verdict.words
