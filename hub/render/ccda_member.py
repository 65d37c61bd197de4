"""The member of a Care Plan as `recordTarget`: names, addresses, numbers, sex, race, language.

US Realm wants a name in parts, an address, a number, sex, birth time, race and ethnicity; whatever
the plan doesn't give is a null flavour with the source's words where it gave some.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.canonical import Absent, said
from hub.render.ccda_codes import ETHNICITY, GENDER, RACE, RACE_OID
from hub.render.ccda_people import NO_ADDRESS, address, identifiers, numbers
from hub.render.ccda_text import moment, null, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.canonical import Member, Name, Text

_LANGUAGE_PARTS: Final = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
)


def language(value: Text) -> str:
    """Return a language tag (BCP 47 in shape), or empty when the words aren't one."""
    tag = said(value).strip()
    primary = tag.partition("-")[0]
    plausible = set(tag) <= _LANGUAGE_PARTS and primary.isalpha() and len(primary) in {2, 3}
    return tag if plausible and not tag.endswith("-") else ""


def record_target(member: Member) -> str:
    """Return the document's `recordTarget`."""
    spoken = language(member.language)
    tongue = f'<languageCode code="{spoken}"/>' if spoken else '<languageCode nullFlavor="OTH"/>'
    born = moment(member.birth_date)
    birth = f'value="{born}"' if born else f'nullFlavor="{null(member.birth_date, "UNK")}"'
    return "".join(
        (
            "<recordTarget><patientRole>",
            identifiers(member.identifiers),
            "".join(map(address, member.addresses)) or NO_ADDRESS,
            numbers(member.telecoms),
            "<patient>",
            _name(member.name),
            _pick("administrativeGenderCode", member.sex, GENDER, "2.16.840.1.113883.5.1"),
            f"<birthTime {birth}/>",
            _races(member.race),
            _pick("ethnicGroupCode", member.ethnicity, ETHNICITY, RACE_OID),
            f"<languageCommunication>{tongue}</languageCommunication>" if member.language else "",
            "</patient></patientRole></recordTarget>\n",
        )
    )


def _name(name: Name) -> str:
    given = "".join([f"<given>{one}</given>" for one in map(words, name.given) if one])
    family = words(name.family)
    last = f"<family>{family}</family>" if family else '<family nullFlavor="UNK"/>'
    prefix, suffix, preferred = words(name.prefix), words(name.suffix), words(name.preferred)
    whole = "".join(
        (
            '<name use="L">',
            f"<prefix>{prefix}</prefix>" if prefix else "",
            given or '<given nullFlavor="UNK"/>',
            last,
            f"<suffix>{suffix}</suffix></name>" if suffix else "</name>",
        )
    )
    called = f'<name use="P"><given qualifier="CL">{preferred}</given>{last}</name>'
    return whole + (called if preferred else "")


def _pick(tag: str, value: Text, table: dict[str, str], system: str) -> str:
    text = words(value)
    code = table.get(said(value).strip().lower())
    if code:
        return f'<{tag} code="{code}" codeSystem="{system}"/>'
    if text:
        return f'<{tag} nullFlavor="OTH"><originalText>{text}</originalText></{tag}>'
    return f'<{tag} nullFlavor="{null(value, "UNK")}"/>'


def _races(race: Sequence[str] | Absent) -> str:
    if isinstance(race, Absent) or not race:
        return f'<raceCode nullFlavor="{null(race, "UNK")}"/>'
    first, *more = race
    return _pick("raceCode", first, RACE, RACE_OID) + "".join(
        [_pick("sdtc:raceCode", one, RACE, RACE_OID) for one in more]
    )
