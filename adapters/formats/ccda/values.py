"""Codes, quantities and texts of a statement, as words and as codes; units stay as given.

Called by every reader of elements. A code's words are its originalText (through the narrative if
it points there), else its displayName, else a translation's. Nothing is translated or rounded.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, cast

from lxml import etree

from adapters.formats.ccda import narrative
from adapters.formats.ccda.gathering import NULLS
from adapters.formats.ccda.systems import uri
from adapters.formats.ccda.tags import V3, XSI_TYPE, within
from adapters.formats.ccda.times import iso
from hub.canonical import Absent, Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.ccda.gathering import Gathering
    from adapters.formats.ccda.statements import Statement

_SECTION = V3 + "section"
_ORIGINAL = V3 + "originalText"
_TRANSLATION = V3 + "translation"
_REFERENCE = V3 + "reference"
_TEMPLATE = V3 + "templateId"
_TIMES = frozenset(
    V3 + name for name in ("time", "effectiveTime", "low", "high", "center", "birthTime")
)
_QUALIFIER = V3 + "qualifier"
_VALUE = V3 + "value"
_LOW = V3 + "low"
_HIGH = V3 + "high"
_CENTER = V3 + "center"
_WIDTH = V3 + "width"
_CODED = frozenset({"CD", "CE", "CO", "CV", "CS"})
_NUMBERS = frozenset({"PQ", "INT", "REAL", "MO", "BL"})
_TOLD = frozenset({"value", "displayName", "unit", "extension"})


def codes(element: etree._Element) -> list[Code]:
    """Return a coded element and all its translations and qualifiers; null ones are left out."""
    found: list[Code] = []
    code, shown = element.get("code"), element.get("displayName")
    if code:
        found.append(Code(uri(element.get("codeSystem")), code, shown))
    elif shown:
        found.append(Code(None, None, shown))
    if not len(element):
        return found
    for child in within(element):
        if child.tag == _TRANSLATION:
            found += codes(child)
        elif child.tag == _QUALIFIER:
            found += [code for value in child.iter(_VALUE) for code in codes(value)]
    return found


def wording(gathering: Gathering, element: etree._Element, headings: Sequence[str] = ()) -> str:
    """Return a coded element's words, or the empty string when it has none."""
    if not len(element):
        return narrative.folded(element.get("displayName"))
    translated = ""
    for child in within(element):
        if child.tag == _ORIGINAL:
            text = reading(gathering, child, headings)
            if text and not (text == element.get("code") and element.get("displayName")):
                return text  # a code repeated as its own words says less than its display
        elif child.tag == _TRANSLATION and not translated:
            translated = child.get("displayName") or ""
    return narrative.folded(element.get("displayName") or translated)


def reading(gathering: Gathering, element: etree._Element, headings: Sequence[str] = ()) -> str:
    """Return the words of a `text` or `originalText`: its own, else what it refers to.

    When it refers to a table row, the cell under the first of `headings` speaks for the row.
    """
    text = element.text
    if not len(element):
        return narrative.folded(text)
    if text and not text.isspace():
        return narrative.words(element)
    for child in within(element):
        if (
            child.tag == _REFERENCE
            and (target := gathering.referred(child.get("value") or "")) is not None
        ):
            if headings and narrative.is_row(target):
                return narrative.cell(target, headings)
            return narrative.words(target)
    return narrative.words(element)


def statement_words(
    gathering: Gathering, statement: Statement, headings: Sequence[str] = ()
) -> tuple[str, str]:
    """Return the words a statement's own `text` gives and where, taking it out of its parts."""
    for element, at in statement.parts.pop("text", ()):
        text = reading(gathering, element, headings)
        if text:
            return text, at
    return "", statement.at


def amount(element: etree._Element) -> str:
    """Return a quantity and its unit exactly as written; the unit `1` means there is none."""
    value = element.get("value") or ""
    unit = element.get("unit") or ""
    return f"{value} {unit}" if value and unit and unit != "1" else value


def told(gathering: Gathering, element: etree._Element) -> str | Absent | None:
    """Return an observation's value as words, whatever its type; an absence if it says so."""
    kind = element.get(XSI_TYPE, "").rpartition(":")[2]
    if kind in _CODED:
        text = wording(gathering, element) or (element.get("code") or "")
    elif kind in _NUMBERS:
        text = amount(element) or wording(gathering, element)
    elif kind == "IVL_PQ":
        text = interval(element) or wording(gathering, element)
    elif kind in {"ST", "ED"}:
        text = reading(gathering, element)
    elif kind == "TS" and element.get("value"):
        return gathering.time(element, "")
    else:
        text = rendered(gathering, element)
    return text or NULLS.get(element.get("nullFlavor") or "")


def interval(element: etree._Element) -> str:
    """Return an interval of quantities: `92 % to 95 %`, or one end with its comparison."""
    ends: dict[str, str] = {}
    for child in element:
        text = amount(child)
        if text:
            strict = child.get("inclusive") == "false"
            ends[child.tag] = text
            ends[child.tag + "?"] = (
                ("> " if child.tag == _LOW else "< ")
                if strict
                else ("≥ " if child.tag == _LOW else "≤ ")
            )
    low, high = ends.get(_LOW), ends.get(_HIGH)
    if low and high:
        return f"{low} to {high}"
    if low or high:
        tag = _LOW if low else _HIGH
        return ends[tag + "?"] + ends[tag]
    return ends.get(_CENTER) or ends.get(_WIDTH) or amount(element)


def rendered(gathering: Gathering, element: etree._Element) -> str:
    """Return all that an element says, in document order, for what no field can hold.

    A section inside it is left out: it is read by itself, under its own protection.
    """
    if element.tag == _SECTION:
        return ""
    if next(element.iterdescendants(_SECTION), None) is not None:
        element = copy.deepcopy(element)
        etree.strip_elements(element, _SECTION, with_tail=False)
    pieces: list[str] = []
    for each in element.iter():
        if each.tag == _TEMPLATE:
            continue
        attributes = each.items()
        if attributes:
            _attributed(gathering, each, dict(cast("list[tuple[str, str]]", attributes)), pieces)
        text, tail = each.text, each.tail
        if text:
            pieces.append(text)
        if tail and each is not element:
            pieces.append(tail)
    return " ".join(" ".join(pieces).split())


def _attributed(
    gathering: Gathering, element: etree._Element, attributes: dict[str, str], pieces: list[str]
) -> None:
    if "value" in attributes:
        pieces.append(_valued(gathering, element))
    shown = attributes.get("displayName")
    code = attributes.get("code") or attributes.get("extension")
    if shown or code:
        pieces.append(f"{shown} ({code})" if shown and code else shown or code or "")


def _valued(gathering: Gathering, element: etree._Element) -> str:
    if element.tag == _REFERENCE:
        target = gathering.referred(element.get("value") or "")
        if target is not None:
            return narrative.words(target)
    if element.tag in _TIMES and "unit" not in element.attrib:
        return iso(element.get("value") or "") or amount(element)
    return amount(element)
