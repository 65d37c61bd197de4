"""The release's own sections: privacy and security markings (57017-6), and about this release.

Written from the cover alone. What was withheld is said in one neutral line without a category; the
notices stand whole, as the law words them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.render.ccda_narrative import house, loinc, paragraph, section, sheet
from hub.render.ccda_people import party_line
from hub.render.ccda_text import Xml, clean
from hub.render.cover import WITHHELD

if TYPE_CHECKING:
    from hub.render.cover import Cover

_SECURITY: Final = 'assigningAuthorityName="HL7 Security"'
_CBCC: Final = 'assigningAuthorityName="HL7 CBCC"'
_HEAD: Final = f'<templateId root="2.16.840.1.113883.3.3251.1.5" {_SECURITY}/>' + loinc(
    "57017-6", "Privacy policy Organization"
)
_NO_FURTHER: Final = frozenset({"sud", "hiv"})
"""Categories whose redisclosure the law limits (STANDARDS 3.2)."""


def markings(cover: Cover) -> str:
    """Return the Privacy and Security Markings section, or nothing when there is no notice."""
    if not cover.notices:
        return ""
    observations = _observation(
        "12", "SECCLASSOBS", "20471", f'code="{cover.confidentiality}"', "2.16.840.1.113883.5.25"
    )
    if cover.part2 or _NO_FURTHER.intersection(cover.sensitivities):
        observations += _observation(
            "23", "SECCONOBS", "20457", 'code="NORDSCLCD"', "2.16.840.1.113883.5.1063"
        )
    entry = (
        f'<entry typeCode="COMP"><templateId root="2.16.840.1.113883.3.3251.1.9" {_SECURITY}/>'
        '<organizer classCode="CLUSTER" moodCode="EVN">'
        f'<templateId root="2.16.840.1.113883.3.3251.1.4" {_SECURITY}/>'
        f'<statusCode code="active"/>{observations}</organizer></entry>'
    )
    text = "".join([paragraph(clean(notice)) for notice in cover.notices])
    stamp = (
        f'<confidentialityCode code="{cover.confidentiality}" codeSystem="2.16.840.1.113883.5.25"/>'
    )
    return section(_HEAD, "Security and Privacy Prohibitions", text, stamp + entry)


def _observation(template: str, code: str, value_set: str, value: str, system: str) -> str:
    return (
        '<component typeCode="COMP"><observation classCode="OBS" moodCode="EVN">'
        f'<templateId root="2.16.840.1.113883.3.445.21" {_CBCC}/>'
        f'<templateId root="2.16.840.1.113883.3.445.{template}" {_CBCC}/>'
        f'<code code="{code}" codeSystem="2.16.840.1.113883.1.11.{value_set}"/>'
        f'<value xsi:type="CE" {value} codeSystem="{system}"/></observation></component>'
    )


def release(cover: Cover) -> str:
    """Return what the reader should know about this release."""
    url = clean(cover.reply_url or "")
    text = sheet(
        (
            ("Released to", party_line(cover.recipient)),
            ("Released by", party_line(cover.custodian)),
            ("Consent scope", cover.consent_scope),
            ("Reply", Xml(f'<linkHtml href="{url}">{url}</linkHtml>' if url else "")),
            ("Release", cover.release_id),
        )
    )
    return house("release", "This release", text + paragraph(WITHHELD if cover.withheld else ""))
