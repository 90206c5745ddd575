"""QTI 2.1: a zip with an item for each variant, a box for each number, and feedback for each slip.

The standard: https://www.imsglobal.org/question/qtiv2p1/imsqti_infov2p1.html (1EdTech). An item knows all numbers of
a part together, so each slip is told as on the page.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO

from labcode.practice.answers import Value, flat, shape_of
from labcode.practice.problem import Part
from labcode.practice.variants import Variant
from labcode.sheets.moodle import NEAR, document
from labcode.sheets.paper import filled, told

ITEM, PACKAGE = "http://www.imsglobal.org/xsd/imsqti_v2p1", "http://www.imsglobal.org/xsd/imscp_v1p1"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same zip on every day


def qti(variants: Sequence[Variant]) -> bytes:
    """The zip."""
    files = {
        f"items/item{number:04}.xml": document(_item(f"item{number:04}", v)) for number, v in enumerate(variants, 1)
    }
    files["imsmanifest.xml"] = document(_manifest(list(files)))
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _manifest(files: list[str]) -> ET.Element:
    root = ET.Element("manifest", xmlns=PACKAGE, identifier="labcode")
    metadata = ET.SubElement(root, "metadata")
    ET.SubElement(metadata, "schema").text = "QTIv2.1 Package"
    ET.SubElement(metadata, "schemaversion").text = "1.0.0"
    ET.SubElement(root, "organizations")
    resources = ET.SubElement(root, "resources")
    for file in files:
        name = file.rpartition("/")[2].removesuffix(".xml")
        resource = ET.SubElement(resources, "resource", identifier=name, type="imsqti_item_xmlv2p1", href=file)
        ET.SubElement(resource, "file", href=file)
    return root


def _item(name: str, v: Variant) -> ET.Element:
    root = ET.Element("assessmentItem", xmlns=ITEM, identifier=name, title=v.problem.title)
    root.set("adaptive", "false")
    root.set("timeDependent", "false")
    parts = [(f"P{number}", part) for number, part in enumerate(v.problem.parts, 1)]
    for at, part in parts:
        for box, number in zip(_boxes(at, v.answers[part.key]), flat(v.answers[part.key]), strict=True):
            declared = ET.SubElement(
                root, "responseDeclaration", identifier=box, cardinality="single", baseType="float"
            )
            ET.SubElement(ET.SubElement(declared, "correctResponse"), "value").text = _decimal(number)
    _outcome(root, "SCORE", "single", "float", "0")
    _outcome(root, "MAXSCORE", "single", "float", str(len(parts)))
    _outcome(root, "FEEDBACK", "multiple", "identifier")
    body = ET.SubElement(root, "itemBody")
    body.append(_paragraph(filled(v, v.problem.statement)))
    for at, part in parts:
        _ask(body, at, v, part)
    processing = ET.SubElement(root, "responseProcessing")
    feedback = []
    for at, part in parts:
        known = [(f"{at}F{i}", *entry) for i, entry in enumerate(_whole(v, part))]
        _judge(processing, at, known)
        feedback += [(code, words) for code, _, _, words in known]
    for code, words in feedback:
        shown = ET.SubElement(root, "modalFeedback", outcomeIdentifier="FEEDBACK", identifier=code, showHide="show")
        shown.text = words
    return root


def _boxes(at: str, value: Value) -> list[str]:
    return [f"{at}B{i}" for i in range(len(flat(value)))]


def _whole(v: Variant, part: Part) -> Iterator[tuple[Value, int, str]]:
    """Known answers of the right shape: the boxes ask for no other."""
    shape = shape_of(v.answers[part.key])
    return (entry for entry in told(v, part) if shape_of(entry[0]) == shape)


def _outcome(root: ET.Element, name: str, cardinality: str, kind: str, start: str = "") -> None:
    declared = ET.SubElement(root, "outcomeDeclaration", identifier=name, cardinality=cardinality, baseType=kind)
    if start:
        ET.SubElement(ET.SubElement(declared, "defaultValue"), "value").text = start


def _paragraph(html: str) -> ET.Element:
    return ET.fromstring(f"<p>{html}</p>")


def _ask(body: ET.Element, at: str, v: Variant, part: Part) -> None:
    """The question and its boxes, a line for each row."""
    body.append(_paragraph(filled(v, part.ask)))
    right = v.answers[part.key]
    boxes, columns = _boxes(at, right), shape_of(right)[-1] if shape_of(right) else 1
    for start in range(0, len(boxes), columns):
        line = ET.SubElement(body, "p")
        for box in boxes[start : start + columns]:
            ET.SubElement(line, "textEntryInteraction", responseIdentifier=box, expectedLength="8").tail = " "


def _judge(processing: ET.Element, at: str, known: Sequence[tuple[str, Value, int, str]]) -> None:
    """If all boxes hold a known answer: its point, its feedback; else the next."""
    choice = ET.SubElement(processing, "responseCondition")
    for number, (code, value, point, _) in enumerate(known):
        branch = ET.SubElement(choice, "responseElseIf" if number else "responseIf")
        every = ET.SubElement(branch, "and")
        for box, n in zip(_boxes(at, value), flat(value), strict=True):
            same = ET.SubElement(every, "equal", toleranceMode="absolute", tolerance=f"{float(NEAR)} {float(NEAR)}")
            ET.SubElement(same, "variable", identifier=box)
            ET.SubElement(same, "baseValue", baseType="float").text = _decimal(n)
        if point:
            _set(branch, "SCORE", "sum", "float", "1")
        _set(branch, "FEEDBACK", "multiple", "identifier", code)


def _set(branch: ET.Element, outcome: str, operator: str, kind: str, value: str) -> None:
    """Add to an outcome what it does not have yet."""
    joined = ET.SubElement(ET.SubElement(branch, "setOutcomeValue", identifier=outcome), operator)
    ET.SubElement(joined, "variable", identifier=outcome)
    ET.SubElement(joined, "baseValue", baseType=kind).text = value


def _decimal(n: object) -> str:
    return f"{float(n):.10g}"  # type: ignore[arg-type] # a number of an answer
