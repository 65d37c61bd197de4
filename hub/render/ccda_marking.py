"""Privacy annotations of a C-CDA: what an entry is marked with (HL7 DS4P for CDA).

`together` gives a section the confidentiality of its strictest entry and every entry of it an
annotation of its own, so that the section's speaks for none of them; the privacy section is made of
the same observations. Only what the plan says is written; nothing is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.render.ccda_text import clean
from hub.render.fhir_security import CODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SECURITY: Final = 'assigningAuthorityName="HL7 Security"'
_CBCC: Final = 'assigningAuthorityName="HL7 CBCC"'
_DS4P: Final = "2.16.840.1.113883.3.3251.1"
_ACT: Final = "2.16.840.1.113883.5.4"
_LEVEL: Final = "2.16.840.1.113883.5.25"
_REFRAIN: Final = "2.16.840.1.113883.5.1063"
_VALUES: Final = "2.16.840.1.113883.1.11"
_NO_FURTHER: Final = frozenset({"sud", "hiv"})
"""Categories whose redisclosure the law limits (STANDARDS 3.2)."""

_END: Final = "</entry>"
_VERY: Final = frozenset({"psychotherapy_note", "sud_counselling_note"})


def organizer(level: str, *, refrain: bool, words: Iterable[str] = (), part2: bool = False) -> str:
    """Return a Privacy Annotation organizer: confidentiality, sensitivity, policy, refrain."""
    found = [_observation("12", "SECCLASSOBS", "20471", level, _LEVEL)]
    for word in words:
        code = CODES.get(word)
        if code is not None:
            found.append(_observation("", "SECCATOBS", "20457", code, _ACT))
    if part2:
        found.append(_observation("", "SECCATOBS", "20457", "42CFRPart2", _ACT))
    if refrain:
        found.append(_observation("23", "SECCONOBS", "20457", "NORDSCLCD", _REFRAIN))
    return (
        '<organizer classCode="CLUSTER" moodCode="EVN">'
        f'<templateId root="{_DS4P}.4" {SECURITY}/>'
        f'<statusCode code="active"/>{"".join(found)}</organizer>'
    )


def together(entries: Sequence[str], elements: Sequence[Any]) -> str:
    """Return a section's entries, each with its element's annotation, after the section's level.

    The level is that of the strictest element; an entry that is less strict says its own.
    """
    levels = {level_of(one) for one in elements}
    if levels <= {"N"}:
        return "".join(entries)
    inside = [_marked(entry, one) for entry, one in zip(entries, elements, strict=True)]
    return "".join([_stamp(levels), *inside])


def told(elements: Sequence[Any]) -> str:
    """Return the level and one annotation for a section that tells its elements in words alone."""
    levels = {level_of(one) for one in elements}
    if levels <= {"N"}:
        return ""
    words = dict.fromkeys(word for one in elements for word in _labels(one))
    part2 = any(one.part2_origin == "yes" for one in elements)
    note = _organizer(max(levels), tuple(words), part2=part2)
    return (
        f'{_stamp(levels)}<entry typeCode="COMP"><templateId root="{_DS4P}.9" {SECURITY}/>'
        f"{note}</entry>"
    )


def level_of(one: Any) -> str:  # noqa: ANN401  # any element of a plan that has labels
    """Return the confidentiality of an element: N, R or V."""
    labels = _labels(one) if one.labels else ()
    if _VERY.intersection(labels):
        return "V"
    return "R" if labels or one.part2_origin == "yes" else "N"


def _stamp(levels: Iterable[str]) -> str:
    return f'<confidentialityCode code="{max(levels)}" codeSystem="{_LEVEL}"/>'


def _organizer(level: str, labels: tuple[str, ...], *, part2: bool) -> str:
    refrain = part2 or bool(_NO_FURTHER.intersection(labels))
    return organizer(level, refrain=refrain, words=labels, part2=part2)


def _marked(entry: str, one: Any) -> str:  # noqa: ANN401  # any element of a plan that has labels
    """Return an entry with its element's annotation as the last thing inside its own act."""
    inside = _organizer(level_of(one), _labels(one), part2=one.part2_origin == "yes")
    note = (
        f'<entryRelationship typeCode="COMP"><templateId root="{_DS4P}.11" {SECURITY}/>'
        f"{inside}</entryRelationship>"
    )
    at = entry.rindex("</", 0, -len(_END))
    return f"{entry[:at]}{note}{entry[at:]}"


def _labels(one: Any) -> tuple[str, ...]:  # noqa: ANN401  # any element of a plan that has labels
    return tuple(word for word in dict.fromkeys(map(clean, one.labels)) if word)


def _observation(template: str, code: str, values: str, value: str, system: str) -> str:
    own = f'<templateId root="2.16.840.1.113883.3.445.{template}" {_CBCC}/>' if template else ""
    return (
        '<component typeCode="COMP"><observation classCode="OBS" moodCode="EVN">'
        f'<templateId root="2.16.840.1.113883.3.445.21" {_CBCC}/>{own}'
        f'<code code="{code}" codeSystem="{_VALUES}.{values}"/>'
        f'<value xsi:type="CE" code="{value}" codeSystem="{system}"/></observation></component>'
    )
