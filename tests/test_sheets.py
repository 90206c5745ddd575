"""Sheets, keys and exports, read back by readers that share no code with their writers."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from functools import reduce
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from labcode.errors import ArgumentError
from labcode.lab5.__main__ import main
from labcode.lab5.problems import LAB, PROBLEMS
from labcode.practice.answers import Value, flat, read, write
from labcode.practice.follow import shaped
from labcode.practice.problem import Problem
from labcode.practice.variants import Variant, variant
from labcode.sheets import gift, items, moodle, notebooks, paper, printing, qti, stack
from labcode.sheets.exam import SECRET, Exam, Student, chosen, numbered, roster
from tests.browser.chromium import ensure

ROOT = Path(__file__).parents[1]
EACH = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.key)
EXPORTS = ("stack", "cloze", "gift", "qti", "nbgrader", "otter")
COMMANDS = {"sheet": ["sheet", "--no-pdf"], **{f: ["export", f] for f in EXPORTS}}


def shape(value: Value) -> tuple[int, ...]:
    return (len(value), *shape(value[0])) if isinstance(value, tuple) else ()


def slips_in(v: Variant, part: str) -> Iterator[tuple[str, Value, bool]]:
    """Words, value and credit of every slip that is made in a part, and alone gives what it gives."""
    for key, value in v.marks[part].slips.items():
        slip = v.problem.slip(key)
        if part in slip.at_parts and v.marks[part].by_value[value] == (key,):
            yield slip.words, value, slip.accepted


# -- who gets what


def test_a_seed_makes_the_same_files_on_every_machine(tmp_path: Path) -> None:
    for name, command in COMMANDS.items():
        made = []
        for hashes in ("1", "2"):
            folder = tmp_path / f"{name}{hashes}"
            arguments = [*command, "--seed", "2026", "--variants", "2", "--folder", str(folder)]
            environment = {**os.environ, "PYTHONHASHSEED": hashes}
            program = [sys.executable, "-m", "labcode.lab5", *arguments]
            subprocess.run(program, cwd=ROOT, env=environment, check=True)
            made.append({path.name: path.read_bytes() for path in folder.iterdir()})
        assert made[0] == made[1]
        assert made[0]


def test_students_have_sheets_of_their_own_from_seeds_that_no_page_uses() -> None:
    exam = Exam(PROBLEMS[:3], 2026)
    drawn = [exam.variants(student) for student in numbered(20)]
    assert len({tuple(v.statement for v in variants) for variants in drawn}) == 20
    assert all(v.seed >= SECRET for variants in drawn for v in variants)
    assert Exam(PROBLEMS[:3], 2027).variants(Student("1"))[0].statement != drawn[0][0].statement


def test_a_roster_of_spreadsheets_is_read(tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("\ufeffName;ID\nAda Lovelace;17\n Émilie ; 18\n", encoding="utf-8")
    assert roster(file) == [Student("17", "Ada Lovelace"), Student("18", "Émilie")]
    file.write_text("name\nAda\nBlaise\n", encoding="utf-8")
    assert roster(file) == [Student("Ada", "Ada"), Student("Blaise", "Blaise")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("first,last\nAda,L\n", 'names a column "id" or "name"'),
        ("", 'names a column "id" or "name"'),
        ("id\n", "at least one student"),
        ("id\n1\n1\n", "line 3"),
        ("id,name\n,\n", "line 2"),
    ],
)
def test_a_roster_that_is_none_is_told_why(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ArgumentError, match=told):
        roster(file)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sheet", "--seed", "-1"], "seed = -1"),
        (["sheet", "--seed", "1", "--variants", "0"], "variants = 0"),
        (["sheet", "--seed", "1", "--problems", "9.9"], "question = '9.9'"),
        (["sheet", "--seed", "1", "--roster", "nowhere.csv"], "roster = nowhere.csv"),
        (["export", "gift", "--seed", "1", "--folder", "/dev/null/x"], "folder"),
        (["items", "--seeds", "0"], "seeds = 0"),
    ],
)
def test_the_command_says_what_is_wrong_and_writes_nothing(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(LAB, "labcode.lab5", arguments) == 1
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# -- on paper


def matrix_of(element: Any) -> Value:
    """The values that a cell of the key shows."""
    marked = element.select(".matrix")
    return read(marked[0]["aria-label"] if marked else element.get_text(), "matrix" if marked else "vector")


def test_a_sheet_asks_and_does_not_answer() -> None:
    exam = Exam(chosen(LAB, []), 2026, "Midterm & more")
    students = [Student("17", "Ada <L>"), Student("18")]
    html = BeautifulSoup(paper.sheets(exam, students), "html.parser")
    assert len(html.select("section.sheet")) == 2
    assert "Ada <L>" in html.get_text()
    for section, student in zip(html.select("section.sheet"), students, strict=True):
        variants = exam.variants(student)
        assert [h.get_text() for h in section.select("h2")] == [
            f"{i}. {v.problem.title}" for i, v in enumerate(variants, 1)
        ]
        assert len(section.select(".room")) == sum(len(p.parts) for p in exam.problems)
        shown = {label["aria-label"] for label in section.select(".matrix")}
        for v in variants:
            given = {write(x).replace("-", "−") for x in v.shown.values() if len(shape(x)) == 2}
            right = {write(x).replace("-", "−") for x in v.answers.values() if len(shape(x)) == 2}
            assert given <= shown
            assert not (right - given) & shown
    assert "Right." not in html.get_text()


@EACH
def test_a_key_has_each_answer_and_says_of_each_slip_what_the_page_says(problem: Problem) -> None:
    exam = Exam((problem,), 7)
    [v] = exam.variants(Student("1"))
    html = BeautifulSoup(paper.key(exam, [Student("1")]), "html.parser")
    tables = html.select("table")
    assert len(tables) == len(problem.parts)
    for line in v.solution:
        assert line in html.get_text()
    assert paper.filled(v, problem.statement) in paper.key(exam, [Student("1")])
    for table, part in zip(tables, problem.parts, strict=True):
        rows = [row.select("td") for row in table.select("tbody tr")]
        answers = {}
        for answer, point, said in rows:
            if re.search(r"\d", answer.get_text()):
                answers[write(matrix_of(answer))] = (point.get_text(), said.get_text())
        right = v.answers[part.key]
        plain = right if isinstance(right, tuple) else (right,)
        assert answers[write(plain)] == ("1", "Right.")
        for words, value, accepted in slips_in(v, part.key):
            point, said = answers[write(value if isinstance(value, tuple) else (value,))]
            assert words in said
            assert point == str(int(accepted))


def test_without_a_browser_the_html_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sheet", "--seed", "1", "--variants", "2", "--folder", str(tmp_path), "--browser", "no-such-browser"]
    assert main(LAB, "labcode.lab5", arguments) == 1
    assert "--no-pdf" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"sheets.html", "key.html"}


def test_no_name_tells_a_seed() -> None:
    """A seed gives the answers to whoever has this package."""
    variants = Exam(PROBLEMS, 2026).variants(Student("1"))
    for text in (moodle.cloze(variants, "x"), gift.gift(variants, "x"), stack.stack(variants, "x")):
        assert not re.search(r"\d{15}", text)


def test_the_pdf_has_every_student_and_a_new_sheet_for_each(tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("id,name\n1,Ada Lovelace\n2,Blaise Pascal\n", encoding="utf-8")
    arguments = [
        "sheet",
        "--seed",
        "3",
        "--roster",
        str(file),
        "--folder",
        str(tmp_path / "out"),
        "--browser",
        str(ensure()),
    ]
    assert main(LAB, "labcode.lab5", arguments) == 0
    pages = [page.extract_text() for page in PdfReader(tmp_path / "out" / "sheets.pdf").pages]
    starts = [i for i, text in enumerate(pages) if "points" in text]
    assert len(starts) == 2
    assert "Ada Lovelace" in pages[starts[0]]
    assert "Blaise Pascal" in pages[starts[1]]
    assert all(len(text) > 50 for text in pages)
    whose = ["Ada Lovelace · 1" if i < starts[1] else "Blaise Pascal · 2" for i in range(len(pages))]
    assert all(name in text for name, text in zip(whose, pages, strict=True))
    assert len(PdfReader(tmp_path / "out" / "key.pdf").pages) >= 2


def test_a_browser_that_does_not_print_is_told(tmp_path: Path) -> None:
    page = tmp_path / "x.html"
    page.write_text("<p>x</p>", encoding="utf-8")
    with pytest.raises(ArgumentError, match="one that prints PDF"):
        printing.print_pdf(page, "/bin/false")


# -- Moodle's embedded answers, by its grammar


def boxes(text: str) -> list[list[tuple[int, Fraction | None, Fraction, str]]]:
    """Of each box its options: per cent, number (None for any other), tolerance, feedback."""
    found = []
    for box in re.findall(r"\{1:NUMERICAL:((?:\\.|[^}\\])*)\}", text):
        options = []
        for option in re.split(r"(?<!\\)~", box):
            number, feedback = re.split(r"(?<!\\)#", option, maxsplit=1)
            percent = 0
            if number.startswith("="):
                percent, number = 100, number[1:]
            elif scored := re.fullmatch(r"%(\d+)%(.*)", number):
                percent, number = int(scored[1]), scored[2]
            value, _, near = number.partition(":")
            said = unescape(feedback).replace(r"\}", "}").replace(r"\#", "#")  # all that Moodle takes back
            options.append((percent, None if value == "*" else Fraction(value), Fraction(near or 0), said))
        found.append(options)
    return found


def answered(options: list[tuple[int, Fraction | None, Fraction, str]], n: Any) -> tuple[int, str]:
    return next((p, said) for p, value, near, said in options if value is None or abs(value - Fraction(n)) <= near)


@EACH
def test_cloze_marks_the_answer_and_tells_slips(problem: Problem) -> None:
    v = variant(problem, 3)
    root = ET.fromstring(moodle.cloze([v], "Lab"))
    assert [q.get("type") for q in root] == ["category", "cloze"]
    text = root.findtext("question[2]/questiontext/text") or ""
    found = boxes(text)
    right = [n for part in problem.parts for n in flat(v.answers[part.key])]
    assert len(found) == len(right) == text.count("{1:NUMERICAL:")
    assert [answered(box, n)[0] for box, n in zip(found, right, strict=True)] == [100] * len(right)
    assert all(answered(box, 10**9 + 7)[0] == 0 for box in found)
    start = 0
    for part in problem.parts:
        here = found[start : (start := start + len(flat(v.answers[part.key])))]
        for words, value, accepted in slips_in(v, part.key):
            if shape(value) == shape(v.answers[part.key]):
                marked = [answered(box, n) for box, n in zip(here, flat(value), strict=True)]
                said = [BeautifulSoup(s, "html.parser").get_text() for _, s in marked]
                assert any(words in s for s in said)
                assert not any("\\" in s for s in said)
                assert accepted or min(p for p, _ in marked) == 0


# -- GIFT


@EACH
def test_gift_marks_the_answer_and_tells_slips(problem: Problem) -> None:
    v = variant(problem, 3)
    text = gift.gift([v], "Lab")
    blocks = [b for b in re.split(r"\n\n", text) if b.startswith("::")]
    assert len(blocks) == len(problem.parts)
    for block, part in zip(blocks, problem.parts, strict=True):
        opening = re.search(r"(?<!\\)\{(#?)\n", block)
        assert opening is not None
        assert len(re.findall(r"(?<!\\)[{}]", block)) == 2
        assert (opening[1] == "#") == (part.kind == "number")
        options = {}
        for line in block[opening.end() :].rstrip().removesuffix("}").splitlines():
            found = re.fullmatch(r"\t=%(\d+)%((?:\\.|[^#\\])*)#(.*)", line)
            assert found is not None, line
            number, said = (re.sub(r"\\(.)", r"\1", part_) for part_ in found.groups()[1:])
            options[number.partition(":")[0] if opening[1] else number] = (int(found[1]), said)
        key = (lambda value: f"{float(value):.10g}") if opening[1] else write
        assert options[key(v.answers[part.key])] == (100, "Right.")
        for words, value, accepted in slips_in(v, part.key):
            percent, said = options[key(value)]
            assert words in said
            assert percent == 100 * accepted


# -- QTI, by a small interpreter of its response processing

Q = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"


def processed(item: ET.Element, given: dict[str, float]) -> dict[str, Any]:
    """The outcomes after response processing."""
    outcomes: dict[str, Any] = {"SCORE": 0.0, "FEEDBACK": []}

    def true(test: ET.Element) -> bool:
        if test.tag == f"{Q}and":
            return all(map(true, test))
        assert test.tag == f"{Q}equal"
        variable, base = test
        near = float(test.get("tolerance", "").split()[0])
        return abs(given[variable.get("identifier", "")] - float(base.text or "")) <= near

    for condition in item.findall(f"{Q}responseProcessing/{Q}responseCondition"):
        for branch in condition:
            if true(branch[0]):
                for rule in branch[1:]:
                    operator, name = rule[0].tag.removeprefix(Q), rule.get("identifier", "")
                    value = rule[0][1].text
                    outcomes[name] = (
                        outcomes[name] + float(value or 0) if operator == "sum" else [*outcomes[name], value]
                    )
                break
    return outcomes


@EACH
def test_qti_marks_the_answer_and_tells_slips(problem: Problem) -> None:
    v = variant(problem, 3)
    archive = zipfile.ZipFile(io.BytesIO(qti.qti([v, variant(problem, 4)])))
    assert archive.testzip() is None
    manifest = ET.fromstring(archive.read("imsmanifest.xml"))
    hrefs = [r.get("href") for r in manifest.iter("{http://www.imsglobal.org/xsd/imscp_v1p1}resource")]
    assert {*hrefs, "imsmanifest.xml"} == set(archive.namelist())
    item = ET.fromstring(archive.read(str(hrefs[0])))
    declared = {
        d.get("identifier"): d.findtext(f"{Q}correctResponse/{Q}value") for d in item.iter(f"{Q}responseDeclaration")
    }
    assert {i.get("responseIdentifier") for i in item.iter(f"{Q}textEntryInteraction")} == declared.keys()
    outcomes = {o.get("identifier") for o in item.iter(f"{Q}outcomeDeclaration")}
    assert {x.get("identifier") for x in item.iter(f"{Q}variable")} <= declared.keys() | outcomes
    words_of = {f.get("identifier"): f.text for f in item.iter(f"{Q}modalFeedback")}
    right = {name: float(text or "") for name, text in declared.items() if name}
    assert list(right.values()) == pytest.approx(
        [float(n) for p in problem.parts for n in flat(v.answers[p.key])], rel=1e-9
    )
    done = processed(item, right)
    assert done["SCORE"] == len(problem.parts)
    assert [words_of[code] for code in done["FEEDBACK"]] == ["Right."] * len(problem.parts)
    for at, part in enumerate(problem.parts, 1):
        for words, value, accepted in slips_in(v, part.key):
            if shape(value) == shape(v.answers[part.key]):
                wrong = {f"P{at}B{i}": float(n) for i, n in enumerate(flat(value))}
                done = processed(item, right | wrong)
                assert done["SCORE"] == len(problem.parts) - 1 + accepted
                assert words in words_of[done["FEEDBACK"][at - 1]]


# -- STACK, its trees walked, its expressions worked out


class Numbered(tuple):
    """Entries counted from 1, as Maxima has them."""

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, tuple):
            return reduce(lambda rows, i: Numbered(rows)[i], at, self)
        return super().__getitem__(int(at) - 1)


def worked_out(expression: str, known: dict[str, Any]) -> Value:
    """An expression of Maxima, as far as the exports use them."""
    text = expression
    while "matrix(" in text:  # matrix([1,2],[3,4]) as [[1,2],[3,4]]
        start = text.index("matrix(")
        end = next(
            i for i in range(start, len(text)) if text[start : i + 1].count("(") == text[start : i + 1].count(")") > 0
        )
        text = f"{text[:start]}[{text[start + 7 : end]}]{text[end + 1 :]}"
    if choice := re.fullmatch(r"(\[.*\])\[(if .* else \d+)\]", text):
        place = choice[2]
        chain = re.findall(r"if (\S+?)=(max\(.*?\)) then (\d+) else ", place)
        value = str(re.findall(r"else (\d+)$", place)[0])
        for entry, largest, number in reversed(chain):
            value = f"({number} if {entry}=={largest} else {value})"
        text = f"L({choice[1]})[{value}]"
    text = re.sub(r"(?<![\w.\]])(\d+)(?![\w\]])", r"F(\1)", text)
    names = {name: Numbered(v) if isinstance(v, tuple) else v for name, v in known.items()}
    return plain(eval(text, {"F": Fraction, "max": max, "L": Numbered}, names))


def plain(value: Any) -> Value:
    if isinstance(value, list | tuple):
        return tuple(plain(v) for v in tuple.__iter__(value)) if isinstance(value, tuple) else tuple(map(plain, value))
    return int(value) if Fraction(value).denominator == 1 else Fraction(value)


def variables_of(tree: ET.Element) -> str:
    return tree.findtext("feedbackvariables/text") or ""


def fits(condition: str, known: dict[str, Any]) -> bool:
    """listp(a), matrixp(a), length(a)=n, length(first(a))=n; as in Maxima, a length is of nothing but a list."""
    found = re.fullmatch(r"(listp|matrixp|length|length\(first)\((\w+)\)+(?:=(\d+))?", condition)
    assert found is not None, condition
    test, name, number = found.groups()
    value = known[name]
    if not number:
        return len(shape(value)) == (1 if test == "listp" else 2)
    return len(value[0] if "first" in test else value) == int(number)


def walked(tree: ET.Element, known: dict[str, Any]) -> tuple[str, str, str]:
    """Score, note and feedback of a tree."""
    nodes = {n.findtext("name"): n for n in tree.findall("node")}
    if found := re.fullmatch(r"follows: (?:if (.*?) then )?(.*?)(?: else false)?;", variables_of(tree)):
        holds = all(fits(condition, known) for condition in (found[1] or "").split(" and ") if condition)
        known = known | {"follows": worked_out(found[2], known) if holds else None}
    place = "0"
    while True:
        node = nodes[place]
        compared = str(node.findtext("tans"))
        same = known[str(node.findtext("sans"))] == (
            known[compared] if compared in known else worked_out(compared, known)
        )
        branch = "true" if same else "false"
        place = str(node.findtext(f"{branch}nextnode"))
        if place == "-1":
            said = node.findtext(f"{branch}feedback/text") or ""
            return str(node.findtext(f"{branch}score")), str(node.findtext(f"{branch}answernote")), said


@EACH
def test_stack_marks_the_answer_tells_slips_and_its_own_tests_pass(problem: Problem) -> None:
    v = variant(problem, 3)
    question = ET.fromstring(stack.stack([v], "Lab")).findall("question")[1]
    lines = re.findall(r"(ta\d+): (.*);", question.findtext("questionvariables/text") or "")
    teacher = {name: worked_out(text, {}) for name, text in lines}
    assert list(teacher.values()) == [v.answers[p.key] for p in problem.parts]
    trees = question.findall("prt")
    names = [i.findtext("name") for i in question.findall("input")]
    asked = question.findtext("questiontext/text") or ""
    assert all(f"[[input:{n}]]" in asked and f"[[validation:{n}]]" in asked for n in names)
    assert len(trees) == len(names) == len(problem.parts)
    tests = question.findall("qtest")
    for test in tests:
        known = dict(teacher)
        for entry in test.findall("testinput"):
            known[str(entry.findtext("name"))] = worked_out(str(entry.findtext("value")), teacher)
        for tree, expected in zip(trees, test.findall("expected"), strict=True):
            score, note, _ = walked(tree, known)
            assert (score, note) == (expected.findtext("expectedscore"), expected.findtext("expectedanswernote"))
    used = {use for part in problem.parts for use in part.uses}
    free = [part for part in problem.parts if part.key not in used]
    assert len(tests) >= 1 + sum(1 for part in free for _ in slips_in(v, part.key))
    for i, part in enumerate(problem.parts):
        right = {f"ans{j + 1}": v.answers[p.key] for j, p in enumerate(problem.parts)} | teacher
        for words, value, accepted in slips_in(v, part.key):
            score, _, said = walked(trees[i], right | {f"ans{i + 1}": value})
            assert score == str(int(accepted))
            assert words in BeautifulSoup(said, "html.parser").get_text()
        if part.follow:
            keys = [p.key for p in problem.parts]
            for size in ((), (1,), (9,), (1, 1), (9, 9)):  # of another shape: nothing follows, and nothing breaks
                if all(size != shape(v.answers[u]) != () for u in part.uses):
                    strange = {f"ans{keys.index(u) + 1}": shaped([7] * 81, size) for u in part.uses}
                    assert walked(trees[i], right | strange | {f"ans{i + 1}": 10**9 + 7})[0] == "0"
            own = {
                u: shaped([n + 5 + k for k, n in enumerate(flat(v.answers[u]))], shape(v.answers[u])) for u in part.uses
            }
            follows = problem.answer(part, v.work, *own.values())
            theirs = {f"ans{keys.index(u) + 1}": value for u, value in own.items()}
            assert walked(trees[i], right | theirs | {f"ans{i + 1}": follows})[0] == "1"


# -- notebooks


def run(cells: list[str]) -> None:
    names: dict[str, Any] = {}
    for cell in cells:
        exec(cell, names)


@pytest.mark.parametrize("key", ["1.1", "2", "4", "im2col"])
@pytest.mark.parametrize("kind", ["nbgrader", "otter"])
def test_notebooks_pass_with_the_solution_and_tell_a_slip(kind: str, key: str) -> None:
    v = variant(LAB.find(key)[0], 3)
    notebook = nbformat.reads(getattr(notebooks, kind)([v], "labcode.lab5"), as_version=4)
    nbformat.validate(notebook)
    code = [c.source for c in notebook.cells if c.cell_type == "code"]
    run(code)
    number, part = next((i, p) for i, p in enumerate(v.problem.parts, 1) if [*slips_in(v, p.key)])
    words, value, _ = next(found for found in slips_in(v, part.key) if not found[2])
    name = f"answer_1_{number}"
    spoilt = [re.sub(rf"{name} = .*", f"{name} = {write(value)}", c) for c in code]
    with pytest.raises(AssertionError) as caught:
        run(spoilt)
    assert words in str(caught.value)


def test_nbgrader_knows_its_cells_and_hides_the_seed() -> None:
    v = variant(LAB.find("2")[0], SECRET + 5)
    notebook = json.loads(notebooks.nbgrader([v], "labcode.lab5"))
    graded = [c for c in notebook["cells"] if "nbgrader" in c["metadata"]]
    ids = [c["metadata"]["nbgrader"]["grade_id"] for c in graded]
    assert len(set(ids)) == len(ids) == 2 * len(v.problem.parts)
    tests = [c for c in graded if c["metadata"]["nbgrader"]["grade"]]
    assert all(c["metadata"]["nbgrader"]["points"] == 1 for c in tests)
    hidden = r"### BEGIN (SOLUTION|HIDDEN TESTS)\n.*?### END \1"
    student = re.sub(hidden, "", "\n".join(c["source"] for c in notebook["cells"]), flags=re.DOTALL)
    assert str(v.seed) not in student
    assert "answer_1" not in student


def test_otter_finds_its_questions() -> None:
    v = variant(LAB.find("2")[0], 3)
    notebook = json.loads(notebooks.otter([v], "labcode.lab5"))
    raw = [c["source"].splitlines()[0] for c in notebook["cells"] if c["cell_type"] == "raw"]
    each = ["# BEGIN QUESTION", "# BEGIN SOLUTION", "# END SOLUTION", "# BEGIN TESTS", "# END TESTS", "# END QUESTION"]
    assert raw == ["# ASSIGNMENT CONFIG", *each * len(v.problem.parts)]
    tests = [c["source"] for c in notebook["cells"] if c["id"].endswith("test")]
    assert all(t.startswith("# HIDDEN\n") for t in tests)


# -- items


def test_the_table_of_items_counts_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(LAB, "labcode.lab5", ["items", "--seeds", "10", "--problems", "1.1,2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert re.match(r"1\.1 +exercise +1 +9 +5 ", lines[1])
    [item] = items.items([LAB.find("output-size")[0]], 30)
    statements = {variant(item.problem, seed).statement for seed in range(30)}
    assert item.distinct == len(statements)
    assert 0 < item.passing <= 1
