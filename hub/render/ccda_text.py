"""The smallest parts of a C-CDA: escaped words, HL7 times, null flavours, coded elements.

Every other `ccda_*` module builds its XML from these strings. `clean` is the only place where text
becomes XML: nothing reaches a document without passing through it exactly once.
"""

from __future__ import annotations

import functools
import re
from datetime import date
from typing import TYPE_CHECKING, Final

from hub.canonical import Absent
from hub.render.ccda_codes import OID_OF

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.canonical import Code, Text

_UNSAFE: Final = re.compile('[&<>"\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]')
_unsafe_in: Final = _UNSAFE.search
_ENTITY: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_ISO: Final = re.compile(
    r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01])"
    r"(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)
_CODE: Final = re.compile(r"\S+")
_OID: Final = re.compile(r"(?:urn:oid:)?([0-2](?:\.(?:0|[1-9][0-9]*))+)", re.ASCII)
_ISO_DAY: Final = len("2026-03-04")
_DAY_DIGITS: Final = 8


class Xml(str):
    """Text that is XML already: escaped once, with or without markup of ours."""

    __slots__ = ()


NO_WORDS: Final = Xml()

NULL_FLAVOUR: Final = {"none": "NA", "unknown": "UNK", "asked": "ASKU", "masked": "MSK"}
ABSENT_WORDS: Final = {
    "none": "None",
    "unknown": "Unknown",
    "asked": "Asked, not known",
    "masked": "Masked by the source",
}


def clean(text: str) -> str:
    """Return text safe inside elements and double-quoted attributes, illegal controls dropped."""
    if _unsafe_in(text) is None:
        return text
    return _UNSAFE.sub(lambda found: _ENTITY.get(found[0], ""), text)


def words(value: Text) -> str:
    """Return what a leaf says, escaped and trimmed; empty for both kinds of absence."""
    if not value or not isinstance(value, str):
        return ""
    return value.strip() if _unsafe_in(value) is None else clean(value).strip()


def shown(value: Text) -> str:
    """Return what a person should read for a leaf: its words, or how it is absent."""
    if value.__class__ is str:
        return words(value)
    if value is None or isinstance(value, Xml):
        return value or ""
    return words(value) if isinstance(value, str) else ABSENT_WORDS[value.absent]


def null(value: object, otherwise: str = "NI") -> str:
    """Return the HL7 null flavour for an absent value."""
    return NULL_FLAVOUR[value.absent] if isinstance(value, Absent) else otherwise


def moment(value: Text) -> str:
    """Return an ISO date or time as an HL7 `ts` at the same precision; empty when it isn't one."""
    if not value or not isinstance(value, str):
        return ""
    if len(value) == _ISO_DAY:
        return _day(value)
    match = _ISO.fullmatch(value)
    if match is None or (match[3] and not _day(value[:_ISO_DAY])):
        return ""
    year, month, day, hour, minute, second, fraction, zone = match.groups("")
    zone = "+0000" if zone == "Z" else zone.replace(":", "")
    return f"{year}{month}{day}{hour}{minute}{second}{fraction}{zone}"


def _day(value: str) -> str:
    """Return `YYYY-MM-DD` as digits when it is a day that exists, else empty."""
    if value[4] != "-" or value[7] != "-":
        return ""
    return _digits(value)


@functools.lru_cache(maxsize=4096)
def _digits(day: str) -> str:
    try:
        date.fromisoformat(day)
    except ValueError:
        return ""
    return f"{day[:4]}{day[5:7]}{day[8:]}"


def point(tag: str, value: Text) -> str:
    """Return a time element, with a null flavour when there is no time."""
    at = moment(value)
    return f'<{tag} value="{at}"/>' if at else f'<{tag} nullFlavor="{null(value, "UNK")}"/>'


def day_point(tag: str, value: Text) -> str:
    """Return a time element that must reach the day (US Realm), null when it doesn't."""
    at = moment(value)
    return f'<{tag} value="{at}"/>' if len(at) >= _DAY_DIGITS else f'<{tag} nullFlavor="UNK"/>'


def span(start: Text, end: Text) -> str:
    """Return an `effectiveTime` interval, or nothing when neither end is a time."""
    low, high = moment(start), moment(end)
    if not (low or high):
        return ""
    first = f'<low value="{low}"/>' if low else ""
    last = f'<high value="{high}"/>' if high else ""
    return f"<effectiveTime>{first}{last}</effectiveTime>"


@functools.lru_cache(maxsize=512)
def oid(system: str | None) -> str:
    """Return the OID of a code or identifier system's URI, or empty when we know none."""
    if not system:
        return ""
    known = OID_OF.get(system.rstrip("/"))
    if known:
        return known
    match = _OID.fullmatch(system)
    return match[1] if match else ""


def coded(tag: str, codes: tuple[Code, ...], *, refers: str = "", otherwise: str = "UNK") -> str:
    """Return a coded element: the first code that has an OID, the others as translations.

    `tag` may carry attributes (`value xsi:type="CD"`). `refers` is the anchor of the words the
    codes stand for. A code whose system has no OID becomes `OTH` with its words.
    """
    if not codes:
        if not refers:
            return f'<{tag} nullFlavor="{otherwise}"/>'
        original = f'<originalText><reference value="#{refers}"/></originalText>'
        return f'<{tag} nullFlavor="OTH">{original}</{tag.partition(" ")[0]}>'
    known: list[str] = []
    strange: list[str] = []
    for code in codes:
        attributes = _attributes(code)
        (known if attributes else strange).append(attributes or _spelled(code))
    strange = [text for text in strange if text]
    head = known[0] if known else f' nullFlavor="{"OTH" if strange or refers else otherwise}"'
    original = f'<originalText><reference value="#{refers}"/></originalText>' if refers else ""
    if not known and not refers and strange:
        original = f"<originalText>{strange.pop(0)}</originalText>"
    inside = original + "".join(f"<translation{attributes}/>" for attributes in known[1:])
    for text in strange:
        inside += f'<translation nullFlavor="OTH"><originalText>{text}</originalText></translation>'
    return f"<{tag}{head}>{inside}</{tag.partition(' ')[0]}>" if inside else f"<{tag}{head}/>"


def _attributes(code: Code) -> str:
    """Return a code's attributes, or empty when it can't be said as a code with an OID."""
    known = _known(code.system, code.code)
    display = words(code.display) if known else ""
    return f'{known} displayName="{display}"' if display else known


@functools.lru_cache(maxsize=4096)
def _known(system: str | None, code: str | None) -> str:
    root = oid(system)
    value = clean(code) if code else ""
    if not root or not _CODE.fullmatch(value):
        return ""
    return f' code="{value}" codeSystem="{root}"'


def _spelled(code: Code) -> str:
    return " ".join(filter(None, map(words, (code.display, code.system, code.code))))


def spelled(codes: Iterable[Code]) -> Xml:
    """Return codes as words, for narrative that has no entry to hold them."""
    return Xml("; ".join(filter(None, map(_spelled, codes))))
