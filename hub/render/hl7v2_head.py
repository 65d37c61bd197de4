"""What every HL7 v2 message of a release begins with: MSH, the member's PID, lines of text.

Called by `hl7v2_document` and `hl7v2_problems`. Version 2.5.1 in UTF-8, MSH-8 for the release's
confidentiality. A Social Security number and a confidential address never enter a message: no field
of it could say how they must be handled (HR-19, STANDARDS 6.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.canonical import Absent, Name, said
from hub.render import hl7v2_text as put
from hub.render.cover import WITHHELD, Rendered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.canonical import Member, Plan, Text
    from hub.render.cover import Cover

MEDIA_TYPE: Final = "x-application/hl7-v2+er7"
NOTICE: Final = "57017-6^Notices that travel with this plan^LN"
"""OBX-3 of a notice: the LOINC code of C-CDA's privacy markings section (STANDARDS 1.7)."""

_SEXES: Final = {"female": "F", "male": "M", "other": "O", "unknown": "U"}
_NO_FURTHER: Final = frozenset({"sud", "hiv"})
"""Categories whose redisclosure the law limits (STANDARDS 3.2)."""

_LEVELS: Final = {"N": "U", "R": "R", "V": "V"}


def rendered(lines: Iterable[str], cover: Cover) -> Rendered:
    """Return segments as one message: each ends in a carriage return, nothing after the last."""
    content = "".join(f"{line}\r" for line in lines).encode()
    return Rendered(content=content, media_type=MEDIA_TYPE, file_name=f"icp-{cover.release_id}.hl7")


def released(cover: Cover) -> str:
    """Return the instant of release as a DTM."""
    return put.time(cover.released_on.isoformat(timespec="seconds"))


def msh(plan: Plan, cover: Cover, kind: str) -> str:
    """Return MSH; the control id is the release's, so that a second sending is the same message."""
    house = said(cover.custodian.organization) or said(cover.custodian.name)
    practice = said(cover.recipient.organization) or said(cover.recipient.name)
    return put.segment(
        "MSH",
        {
            1: put.ENCODING,
            2: "ICP-HUB",
            3: put.text(house),
            5: put.text(practice),
            6: released(cover),
            7: cover.confidentiality,
            8: kind,
            9: put.text(cover.release_id),
            10: "P",
            11: "2.5.1",
            14: "AL",
            15: "NE",
            17: "UNICODE UTF-8",
            18: put.leaf(plan.header.language),
            **_handling(cover),
        },
    )


def _handling(cover: Cover) -> dict[int, str]:
    """Return MSH-26 to MSH-28: the classification tag, the handling codes, the notices in words.

    They are fields of 2.9. A receiver of 2.5.1 passes over fields it does not know; one that knows
    them must keep to them.
    """
    if cover.confidentiality == "N" and not cover.notices:
        return {}
    codes = ["PERSISTLABEL"]
    if cover.part2 or _NO_FURTHER.intersection(cover.sensitivities):
        codes.insert(0, "NORDSCLCD")
    return {
        25: cover.confidentiality,
        26: put.repeated(codes),
        27: put.text(" ".join(cover.notices)),
    }


def pid(member: Member) -> str:
    """Return PID: ids, names, birth, sex, race, addresses, phones, language, ethnic group."""
    names = [put.person_name(member.name)]
    if preferred := said(member.name.preferred):
        names.append(put.person_name(Name(given=(preferred,)), "N"))
    race = () if isinstance(member.race, Absent) else member.race
    at_work = [one for one in member.telecoms if said(one.use) == "work"]
    others = [one for one in member.telecoms if one not in at_work]
    language = put.leaf(member.language)
    return put.segment(
        "PID",
        {
            1: "1",
            3: put.repeated(put.identifier(i) for i in member.identifiers if i.kind != "ssn"),
            5: put.repeated(names),
            7: put.time(member.birth_date),
            8: _sex(member.sex),
            10: put.repeated(put.coded(one) for one in race),
            11: put.repeated(put.address(a) for a in member.addresses if not a.confidential),
            13: put.repeated(map(put.telecom, others)),
            14: put.repeated(map(put.telecom, at_work)),
            15: put.components(language, "", "ISO639") if language else "",
            22: put.coded(member.ethnicity),
        },
    )


def _sex(value: Text) -> str:
    if isinstance(value, Absent):
        return "U" if value.absent == "unknown" else ""
    return _SEXES.get(said(value), put.leaf(value))


def usual(cover: Cover) -> str:
    """Return the release's confidentiality in the words of table 0272: U, R or V."""
    return _LEVELS[cover.confidentiality]


def notices(cover: Cover) -> Iterator[str]:
    """Yield what must be told with the plan: the notices, then the neutral line if withheld."""
    yield from cover.notices
    if cover.consent_scope:
        yield cover.consent_scope
    if cover.withheld:
        yield f"{WITHHELD}."


def lines(name: str, texts: Iterable[str], start: int) -> list[str]:
    """Return an OBX of type TX for each text under one OBX-3, numbered from `start`."""
    said_ = [words for words in map(put.text, texts) if words]
    return [
        put.segment("OBX", {1: f"{n}", 2: "TX", 3: name, 5: words, 11: "F"})
        for n, words in enumerate(said_, start)
    ]
