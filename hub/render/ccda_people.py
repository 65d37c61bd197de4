"""People and organisations as C-CDA: identifiers, names, addresses, numbers, roles.

Used by the header and by every entry that names somebody. A part the plan doesn't give becomes a
null flavour, never an invented value; a Social Security number is never written (STANDARDS 6.1).
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from uuid import uuid5

from hub.canonical import said
from hub.render.ccda_codes import ADDRESS_USE, HOUSE, HOUSE_OID, NUMBER_USE, ROOT_OF
from hub.render.ccda_text import NO_WORDS, Xml, clean, oid, shown, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.canonical import Address, Identifier, Member, Party, SourceId, Telecom, Text

NO_ADDRESS: Final = '<addr nullFlavor="UNK"/>'
NO_TELECOM: Final = '<telecom nullFlavor="UNK"/>'
_LINES: Final = 4
_NUMBER: Final = re.compile(
    r"\s*(?:tel:|fax:)?\s*(\+?[0-9(][0-9()./ \-]*[0-9])\s*(?:(?:x|ext\.?|;ext=)\s*([0-9]+))?\s*",
    re.IGNORECASE | re.ASCII,
)
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE | re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


@functools.lru_cache(maxsize=256)
def _derived(name: str) -> str:
    """Return the root of identifiers whose assigner has no OID; names are assigners, not people."""
    return str(uuid5(HOUSE, name))


def identifier(one: Identifier) -> str:
    """Return one `<id/>`; its root comes from the kind, the assigner's OID, or both by name."""
    if one.kind == "ssn":
        return f'<id root="{ROOT_OF["ssn"]}" nullFlavor="MSK"/>'
    assigner = words(one.assigner)
    root = ROOT_OF.get(one.kind) or oid(one.assigner)
    root = root or _derived(f"{one.kind}|{one.assigner or ''}")
    by = assigner if one.kind in ROOT_OF else f"{assigner} {words(one.kind)}".strip()
    named = f' assigningAuthorityName="{by}"' if by else ""
    value = words(one.value)
    if not value:
        return f'<id root="{root}" nullFlavor="UNK"/>'
    return f'<id root="{root}" extension="{value}"{named}/>'


def identifiers(many: Iterable[Identifier]) -> str:
    """Return the `<id/>` elements, at least one."""
    return "".join(map(identifier, many)) or '<id nullFlavor="UNK"/>'


def instance(tag: str, value: str, system: str | None = None) -> str:
    """Return an instance identifier: a UUID or OID stands alone, anything else under a root."""
    plain = value.removeprefix("urn:uuid:").strip()
    root = oid(system)
    if not root and _UUID.fullmatch(plain):
        return f'<{tag} root="{plain}"/>'
    if not root and oid(value):
        return f'<{tag} root="{oid(value)}"/>'
    root = root or _derived(system or tag)
    extension = words(value)
    return (
        f'<{tag} root="{root}" extension="{extension}"/>'
        if extension
        else f'<{tag} root="{root}" nullFlavor="UNK"/>'
    )


def source_id(one: SourceId) -> str:
    """Return the identifier a source document gave itself."""
    return instance("id", one.value or "", one.system)


def _use(value: Text, table: dict[str, str], otherwise: str = "") -> str:
    use = table.get(said(value).strip().lower(), otherwise)
    return f' use="{use}"' if use else ""


def telecom(kind: str, value: Text, use: str = "") -> str:
    """Return a `telecom`, or nothing when the value is no number or address of its kind."""
    raw = said(value).strip()
    url = ""
    if kind in {"phone", "sms", "fax"}:
        match = _NUMBER.fullmatch(raw)
        if match:
            digits = match[1].replace(" ", "").replace("/", "-")
            url = f"{'fax' if kind == 'fax' else 'tel'}:{digits}"
            url += f";ext={match[2]}" if match[2] else ""
    elif kind == "email" and "@" in raw:
        url = f"mailto:{quote(raw.removeprefix('mailto:'), safe='@.+-_')}"
    elif kind == "url" and raw:
        url = quote(clean(raw).replace("&amp;", "&"), safe=":/?=&.+-_~%,;@")
        plain = "%" not in raw and (":" not in url or _SCHEME.match(url))
        url = url.replace("&", "&amp;") if plain else ""
    return f'<telecom{use} value="{url}"/>' if url else ""


def numbers(telecoms: Iterable[Telecom]) -> str:
    """Return a member's `telecom` elements, at least one."""
    return (
        "".join(
            telecom(
                one.kind, one.value, _use(one.use, NUMBER_USE, "MC" if one.kind == "sms" else "")
            )
            for one in telecoms
        )
        or NO_TELECOM
    )


def unsaid(telecoms: Iterable[Telecom]) -> Xml:
    """Return, for narrative, the ways to reach a member that no `telecom` can carry."""
    odd = [one for one in telecoms if shown(one.value) and not telecom(one.kind, one.value)]
    return Xml("; ".join([f"{one.kind} {shown(one.value)}" for one in odd]))


def odd_uses(member: Member) -> Xml:
    """Return, for narrative, the use words of addresses and numbers that HL7 has no code for."""
    odd = [one.use for one in member.addresses if not _use(one.use, ADDRESS_USE)]
    odd += [one.use for one in member.telecoms if not _use(one.use, NUMBER_USE)]
    return Xml("; ".join(filter(None, map(shown, odd))))


def address(one: Address) -> str:
    """Return a US Realm address: street, city, state and postal code always, null if need be."""
    lines = [line for line in map(words, one.lines) if line]
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], ", ".join(lines[_LINES - 1 :])]
    street = "".join(f"<streetAddressLine>{line}</streetAddressLine>" for line in lines)
    county = words(one.county)
    return "".join(
        (
            f"<addr{_use(one.use, ADDRESS_USE)}>",
            street or '<streetAddressLine nullFlavor="UNK"/>',
            _part("city", one.city),
            f"<county>{county}</county>" if county else "",
            _part("state", one.state),
            _part("postalCode", one.postal_code),
            "</addr>",
        )
    )


def _part(tag: str, value: Text) -> str:
    text = words(value)
    return f"<{tag}>{text}</{tag}>" if text else f'<{tag} nullFlavor="UNK"/>'


def whole_address(value: Text) -> str:
    """Return an address known only as one line, or a null one."""
    text = words(value)
    if not text:
        return NO_ADDRESS
    return (
        f'<addr><streetAddressLine>{text}</streetAddressLine><city nullFlavor="UNK"/>'
        '<state nullFlavor="UNK"/><postalCode nullFlavor="UNK"/></addr>'
    )


def reach(party: Party) -> str:
    """Return a party's `telecom` elements, or nothing."""
    return telecom("phone", party.phone, ' use="WP"') + telecom("email", party.email, ' use="WP"')


def person(tag: str, name: Text) -> str:
    """Return a person with the name as one string (US Realm allows that), null when unknown."""
    text = words(name)
    inside = f"<name>{text}</name>" if text else '<name nullFlavor="UNK"/>'
    return f"<{tag}>{inside}</{tag}>"


def organisation(tag: str, name: Text) -> str:
    """Return an organisation by name, or nothing when it has none."""
    text = words(name)
    return f"<{tag}><name>{text}</name></{tag}>" if text else ""


def role(text: Text = None, word: str | None = None) -> str:
    """Return a role's `code`: one of our role words, else the source's words, else nothing."""
    original = words(text)
    inside = f"<originalText>{original}</originalText>" if original else ""
    if word:
        return f'<code code="{word}" codeSystem="{HOUSE_OID}">{inside}</code>'
    return f'<code nullFlavor="OTH">{inside}</code>' if inside else ""


def assigned_entity(party: Party, code: str = "") -> str:
    """Return a party as an `assignedEntity`; a party without a name or organisation has neither."""
    place = words(party.address)
    return "".join(
        (
            "<assignedEntity>",
            identifiers(party.identifiers),
            code,
            whole_address(party.address) if place else "",
            reach(party),
            person("assignedPerson", party.name) if words(party.name) else "",
            organisation("representedOrganization", party.organization),
            "</assignedEntity>",
        )
    )


def performer(party: Party | None, word: str | None) -> str:
    """Return an entry's `performer`: the named party, or only whose task it is, or nothing."""
    if party is not None:
        code = role(party.role, word)
        return f"<performer>{assigned_entity(party, code)}</performer>"
    if word is None:
        return ""
    return (
        '<performer><assignedEntity><id nullFlavor="NI"/>'
        f"{role(None, word)}</assignedEntity></performer>"
    )


def party_line(party: Party | None) -> Xml:
    """Return a party on one line of narrative, or empty."""
    if party is None:
        return NO_WORDS
    parts = [shown(party.name), shown(party.role), shown(party.organization)]
    told = [one for one in party.identifiers if one.kind != "ssn"]
    parts += [" ".join(map(clean, (one.assigner or "", one.kind, one.value))) for one in told]
    parts += (shown(party.phone), shown(party.email), shown(party.address))
    return Xml(", ".join([part.strip() for part in parts if part]))


def party_lines(parties: Iterable[Party]) -> Xml:
    """Return several parties on one line of narrative."""
    return Xml("; ".join(map(party_line, parties)))
