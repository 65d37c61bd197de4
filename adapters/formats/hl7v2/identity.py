"""Who the plan is about and who is around them: PID, PD1, PV1, NK1, IN1, PRD, CTD, ROL, PRT.

Called by the reader's dispatch for each such segment. It maps what is said; it does not judge
whether this is a member of anybody, and it never merges two people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from adapters.formats.hl7v2 import datatypes
from adapters.formats.hl7v2.gathering import place
from hub.canonical import Absent, Identifier, Name, Party, TeamMember, Text, said

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment
    from hub.canonical import Address, Code, Place, Telecom

_SEX: Final[dict[str, Text]] = {
    "F": "female",
    "M": "male",
    "O": "other",
    "A": "other",
    "X": "other",
    "U": Absent("unknown"),
    "N": Absent("none"),
}
_ENCOUNTER: Final = ((7, "attending"), (8, "referring"), (9, "consulting"), (17, "admitting"))


def pid(segment: Segment, into: Gathering) -> None:
    """Map PID: ids, name, birth, sex, race, addresses, phones, language, ethnic group."""
    segment.ignore(1)
    into.beside = "the member"
    _identifiers(segment, into)
    _names(segment, into)
    into.put("member", "birth_date", _born(segment, into), segment, 7)
    sex = into.text(segment, 8)
    into.put("member", "sex", _SEX.get(said(sex).upper(), sex), segment, 8)
    _race(segment, into)
    addresses = [datatypes.address(raw, into.seps) for raw in into.repetitions(segment, 11)]
    into.put("member", "addresses", tuple(filter(_anywhere, addresses)), segment, 11)
    into.put("coverage", "county", into.text(segment, 12), segment, 12)
    _telecoms(segment, into)
    if segment.peek(15):
        text, codes = datatypes.coded(datatypes.first(segment.take(15), into.seps), into.seps)
        code = codes[0].code if codes else None
        into.put("member", "language", code or text, segment, 15)
    if segment.peek(22):
        ethnic = datatypes.coded(datatypes.first(segment.take(22), into.seps), into.seps)[0]
        into.put("member", "ethnicity", ethnic, segment, 22)


def _anywhere(address: Address) -> bool:
    """Say whether an address names any place."""
    return bool(
        address.lines or address.city or address.state or address.postal_code or address.county
    )


def _race(segment: Segment, into: Gathering) -> None:
    if segment.peek(10) == datatypes.NULL:
        segment.take(10)
        into.put("member", "race", Absent("none"), segment, 10)
    race = [datatypes.coded(raw, into.seps)[0] for raw in into.repetitions(segment, 10)]
    into.put("member", "race", tuple(filter(None, race)), segment, 10)


def _identifiers(segment: Segment, into: Gathering) -> None:
    """Map PID-3, the older PID-2 and PID-4, and the SSN of PID-19."""
    kinds = into.habits.identifiers
    found: list[Identifier] = []
    seen: set[str] = set()
    for number in (3, 2, 4):
        for raw in into.repetitions(segment, number):
            given = datatypes.identifier(raw, into.seps, kinds)
            if given and given.value not in seen:
                seen.add(given.value)
                into.places[f"/member/identifiers/{len(found)}"] = _at(segment, number)
                found.append(given)
    for raw in into.repetitions(segment, 19):
        value = datatypes.head(raw, into.seps)
        if value:
            into.places[f"/member/identifiers/{len(found)}"] = _at(segment, 19)
            found.append(Identifier("ssn", value))
    into.put("member", "identifiers", tuple(found), segment, 3)


def _at(segment: Segment, number: int) -> Place:
    return place(f"{segment.place}-{number}")


def _names(segment: Segment, into: Gathering) -> None:
    """Take the legal name or else the first; a nickname is how the member wants to be called."""
    given = into.repetitions(segment, 5)
    if not given:
        return
    typed = [(datatypes.parts(raw, into.seps, 7)[6].upper(), raw) for raw in given]
    chosen = next((raw for kind, raw in typed if kind == "L"), given[0])
    name = datatypes.name(chosen, into.seps)
    nick = next((raw for kind, raw in typed if kind == "N" and raw != chosen), "")
    if nick:
        called = datatypes.name(nick, into.seps)
        preferred = " ".join([*called.given, said(called.family)]).strip() or None
        name = Name(
            family=name.family,
            given=name.given,
            prefix=name.prefix,
            suffix=name.suffix,
            preferred=preferred,
        )
    into.put("member", "name", name, segment, 5)


def _born(segment: Segment, into: Gathering) -> Text:
    """Return the birth date; a time of birth is no part of it."""
    born = into.time(segment, 7)
    return said(born)[:10] or born


def _telecoms(segment: Segment, into: Gathering) -> None:
    found: list[Telecom] = []
    for number, use in ((13, "home"), (14, "work")):
        for raw in into.repetitions(segment, number):
            telecom = datatypes.telecom(raw, into.seps, use)
            if telecom:
                into.places[f"/member/telecoms/{len(found)}"] = _at(segment, number)
                found.append(telecom)
    into.put("member", "telecoms", tuple(found), segment, 13)


def pd1(segment: Segment, into: Gathering) -> None:
    """Map PD1: primary facility and provider to the team; the protection indicator to `R`."""
    for raw in into.repetitions(segment, 3):
        party = datatypes.organization(raw, into.seps)
        if party:
            into.joined(TeamMember(party=party, role="primary care practice"), segment, 3)
    for raw in into.repetitions(segment, 4):
        party = datatypes.person(raw, into.seps)
        if party:
            into.joined(TeamMember(party=party, role="primary care provider"), segment, 4)
    if segment.peek(12) == "Y":
        segment.take(12)
        into.raise_confidentiality("R", f"{segment.place}-12")


def pv1(segment: Segment, into: Gathering) -> None:
    """Map PV1's doctors to the team; the stay itself is residue."""
    segment.ignore(1)
    for number, role in _ENCOUNTER:
        for raw in into.repetitions(segment, number):
            party = datatypes.person(raw, into.seps)
            if party:
                into.joined(TeamMember(party=party, role=role), segment, number)


def nk1(segment: Segment, into: Gathering) -> None:
    """Map next of kin to the team, with their relationship."""
    segment.ignore(1)
    relationship = datatypes.coded(segment.take(3), into.seps)[0]
    name = _plain_name(into.repetitions(segment, 2), into)
    phones = into.repetitions(segment, 5)
    telecom = datatypes.telecom(phones[0], into.seps) if phones else None
    role = datatypes.coded(segment.take(7), into.seps)[0]
    if name or relationship:
        party = Party(name=name or None, phone=telecom.value if telecom else None)
        into.joined(
            TeamMember(party=party, role=role or None, relationship=relationship or None),
            segment,
            2,
        )


def in1(segment: Segment, into: Gathering) -> None:
    """Map the first coverage: the MCO, the member's number with it, since when, which line."""
    segment.ignore(1)
    if into.coverage.get("member_id"):
        return
    into.put("coverage", "mco", into.text(segment, 4), segment, 4)
    into.put("coverage", "enrolled_on", into.time(segment, 12), segment, 12)
    into.put("coverage", "line_of_business", into.text(segment, 15), segment, 15)
    number = 36 if segment.peek(36) else 49
    into.put("coverage", "member_id", into.text(segment, number), segment, number)


def prd(segment: Segment, into: Gathering) -> None:
    """Map a provider of the referral: to the team, and to the recipients where it is one."""
    typed = [datatypes.coded(raw, into.seps) for raw in into.repetitions(segment, 1)]
    names = into.repetitions(segment, 2)
    _contact(segment, into, names, typed)


def ctd(segment: Segment, into: Gathering) -> None:
    """Map contact data the same way as a provider."""
    prd(segment, into)


def _contact(
    segment: Segment,
    into: Gathering,
    names: list[str],
    typed: list[tuple[str, tuple[Code, ...]]],
) -> None:
    roles = [text for text, _ in typed if text]
    codes = {code.code for _, found in typed for code in found} | set(roles)
    telecoms = [datatypes.telecom(raw, into.seps) for raw in into.repetitions(segment, 5)]
    numbers = [datatypes.parts(raw, into.seps, 2) for raw in into.repetitions(segment, 7)]
    party = Party(
        name=_plain_name(names, into) or None,
        role=", ".join(roles) or None,
        phone=next((t.value for t in telecoms if t and t.kind == "phone"), None),
        email=next((t.value for t in telecoms if t and t.kind == "email"), None),
        identifiers=tuple(
            Identifier("npi" if "NPI" in number[1:] else "other", number[0])
            for number in numbers
            if number[0]
        ),
    )
    if party == Party(role=party.role):
        return
    into.joined(TeamMember(party=party, role=party.role), segment, 2)
    if codes & {"RT", "Referred to Provider", "IR"}:
        recipient(party, segment, 2, into)
        for number, ask in enumerate(into.items["asks"]):
            if "party" not in ask:
                ask["party"] = party
                into.places[f"/asks/{number}/party"] = _at(segment, 2)


def _plain_name(names: list[str], into: Gathering) -> str:
    if not names:
        return ""
    name = datatypes.name(names[0], into.seps)
    return " ".join(filter(None, [said(name.prefix), *name.given, said(name.family)]))


def rol(segment: Segment, into: Gathering) -> None:
    """Map ROL and PRT: a role (3 or 4), the person (4 or 5), with start and end left as residue.

    Under a problem, goal or order the person's part is named by that item's id, never its words:
    who is on the team may be told to those who may not read about the problem.
    """
    segment.ignore(1)
    is_role = segment.name == "ROL"
    if segment.peek(2) == "DE":
        return
    segment.ignore(2)
    role = datatypes.coded(segment.take(3 if is_role else 4), into.seps)[0]
    number = 4 if is_role else 5
    for raw in into.repetitions(segment, number):
        party = datatypes.person(raw, into.seps)
        if party:
            party = _reached(party, segment, into) if is_role else party
            current = into.current()
            about = f"About {current}" if current else None
            member = TeamMember(party=party, role=role or None, involvement=about)
            into.joined(member, segment, number)


def _reached(party: Party, segment: Segment, into: Gathering) -> Party:
    """Return who has a role with the first number under which they are reached (ROL-12)."""
    raw = datatypes.first(segment.peek(12), into.seps)
    telecom = datatypes.telecom(raw, into.seps) if raw else None
    if telecom is None or telecom.kind != "phone" or party.phone:
        return party
    segment.take(12)
    return structs.replace(party, phone=telecom.value)


def recipient(party: Party, segment: Segment, number: int, into: Gathering) -> None:
    """Add a party the document is addressed to; a claim: the directory decides who gets it."""
    listed: dict[Party, None] = into.header.setdefault("recipients", {})
    if party not in listed:
        into.places[f"/header/recipients/{len(listed)}"] = _at(segment, number)
        listed[party] = None
