"""Privacy annotations of a C-CDA: what an entry is marked with (HL7 DS4P for CDA).

`marked` puts an annotation into an entry whose element has labels; the privacy section is made of
the same observations. Sections get no confidentiality of their own: it would speak for entries that
are not marked. Only what the plan says is written; nothing is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.render.ccda_text import clean
from hub.render.fhir_security import CODES

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def marked(entry: str, one: Any) -> str:  # noqa: ANN401  # any element of a plan that has labels
    """Return an entry with its element's annotation as the last thing inside its own act."""
    labels = _labels(one)
    part2 = one.part2_origin == "yes"
    if not labels and not part2:
        return entry
    level = "V" if _VERY.intersection(labels) else "R"
    refrain = part2 or bool(_NO_FURTHER.intersection(labels))
    inside = organizer(level, refrain=refrain, words=labels, part2=part2)
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
