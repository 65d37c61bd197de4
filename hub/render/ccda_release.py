"""The release's own sections: privacy and security markings (57017-6), and about this release.

Written from the cover alone. What was withheld is said in one neutral line without a category; the
notices stand whole, as the law words them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.render.ccda_marking import SECURITY, organizer
from hub.render.ccda_narrative import house, loinc, paragraph, section, sheet
from hub.render.ccda_people import party_line
from hub.render.ccda_text import Xml, clean
from hub.render.cover import WITHHELD

if TYPE_CHECKING:
    from hub.render.cover import Cover

_HEAD: Final = f'<templateId root="2.16.840.1.113883.3.3251.1.5" {SECURITY}/>' + loinc(
    "57017-6", "Privacy policy Organization"
)
_NO_FURTHER: Final = frozenset({"sud", "hiv"})
"""Categories whose redisclosure the law limits (STANDARDS 3.2)."""


def markings(cover: Cover) -> str:
    """Return the Privacy and Security Markings section, or nothing when there is no notice."""
    if not cover.notices:
        return ""
    refrain = cover.part2 or bool(_NO_FURTHER.intersection(cover.sensitivities))
    entry = (
        f'<entry typeCode="COMP"><templateId root="2.16.840.1.113883.3.3251.1.9" {SECURITY}/>'
        f"{organizer(cover.confidentiality, refrain=refrain)}</entry>"
    )
    text = "".join([paragraph(clean(notice)) for notice in cover.notices])
    stamp = (
        f'<confidentialityCode code="{cover.confidentiality}" codeSystem="2.16.840.1.113883.5.25"/>'
    )
    return section(_HEAD, "Security and Privacy Prohibitions", text, stamp + entry)


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
