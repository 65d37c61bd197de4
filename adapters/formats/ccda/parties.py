"""People and organisations as C-CDA writes them, to the template's `Party`.

Called for every participation in the header and in entries. Digits of phones and identifiers stay
as given, with a finding where they can't be right. What a `Party` has no field for is left to
`leftover`, which the caller keeps as residue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adapters.formats.ccda import narrative
from adapters.formats.ccda.tags import MBI, NPI, SSN, V3, local
from adapters.formats.ccda.values import wording
from hub.canonical import Identifier, Party

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.gathering import Gathering

_KINDS = {NPI: "npi", SSN: "ssn", MBI: "mbi"}
_NAMED = frozenset(
    {
        "assignedPerson",
        "associatedPerson",
        "relatedPerson",
        "informationRecipient",
        "guardianPerson",
        "playingEntity",
        "subject",
    }
)
_HOUSED = frozenset(
    {
        "representedOrganization",
        "scopingOrganization",
        "receivedOrganization",
        "guardianOrganization",
        "scopingEntity",
        "wholeOrganization",
    }
)
_ORDER = ("prefix", "given", "family", "suffix")
_PHONE_DIGITS = range(7, 16)
_NPI_DIGITS = 10
_SCHEMES = frozenset({"tel:", "mail", "fax:"})


class Telecom(NamedTuple):
    """A telecom's scheme, its value without the scheme, and its use."""

    scheme: str
    value: str
    use: str


def name_words(element: etree._Element) -> str:
    """Return a person's or organisation's name as it is spoken."""
    if not len(element):
        return " ".join((element.text or "").split())
    parts: dict[str, list[str]] = {}
    for child in element:
        text = narrative.words(child)
        if text and child.get("qualifier") != "CL":
            parts.setdefault(local(child.tag), []).append(text)
    spoken = [text for kind in _ORDER for text in parts.get(kind, ())]
    return " ".join(spoken) if spoken else narrative.words(element)


def address_words(element: etree._Element) -> str:
    """Return an address on one line, its parts in the order given."""
    if not len(element):
        return " ".join((element.text or "").split())
    return ", ".join(text for child in element if (text := narrative.words(child)))


def telecom(element: etree._Element) -> Telecom | None:
    """Return a telecom split into scheme and value, or none when it is null or empty."""
    value = " ".join((element.get("value") or "").split())
    if not value:
        return None
    scheme, mark, rest = value.partition(":")
    if not mark or not scheme.isalpha():
        scheme, rest = ("mailto" if "@" in value else "tel"), value
    return Telecom(scheme.lower(), rest.strip(), element.get("use") or "") if rest.strip() else None


def identifier(gathering: Gathering, element: etree._Element, at: str) -> Identifier | None:
    """Return an id with its kind by root: npi, ssn, mbi or other; none when it is null."""
    root = element.get("root") or ""
    value = element.get("extension") or root
    if not value or element.get("nullFlavor"):
        return None
    kind = _KINDS.get(root, "other")
    if (
        kind == "npi"
        and element.get("extension")
        and value not in gathering.noted
        and not _sound_npi(value)
    ):
        gathering.noted.add(value)
        gathering.find("odd_npi", "is not a valid NPI; its digits are kept as given", at, "note")
    given = root if value != root and kind == "other" else None
    assigner = element.get("assigningAuthorityName") or given
    return Identifier(kind, value, assigner)


def _sound_npi(value: str) -> bool:
    """Check an NPI's length and its Luhn digit over the prefix 80840 (45 CFR 162.406)."""
    if len(value) != _NPI_DIGITS or not value.isascii() or not value.isdigit():
        return False
    digits = [int(digit) for digit in reversed("80840" + value)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0


def party(gathering: Gathering, element: etree._Element, at: str) -> Party:
    """Return the party an assigned, associated or related entity or role describes."""
    found = _Found(gathering)
    for position, child in enumerate(element, 1):
        found.take(child, f"{at}/*[{position}]")
    return Party(
        name=found.one("name"),
        role=found.one("role"),
        organization=found.one("organization"),
        identifiers=tuple(found.identifiers),
        phone=found.one("phone"),
        email=found.one("email"),
        address=found.one("address"),
    )


class _Found:
    """What has been found of a party; a person's own details go before its organisation's."""

    __slots__ = ("gathering", "identifiers", "said")

    def __init__(self, gathering: Gathering) -> None:
        self.gathering = gathering
        self.identifiers: list[Identifier] = []
        self.said: dict[str, str] = {}

    def one(self, name: str) -> str | None:
        return self.said.get(name) or self.said.get("org " + name) or None

    def take(self, child: etree._Element, at: str, prefix: str = "") -> None:
        name = local(child.tag)
        if name == "id":
            found = identifier(self.gathering, child, at)
            if found is not None and found not in self.identifiers:
                self.identifiers.append(found)
        elif name == "telecom":
            self._reach(child, at, prefix)
        elif name in _HOUSED:
            self._house(child, at)
        elif name in _NAMED:
            self._person(child)
        else:
            self._word(name, child, prefix)

    def _word(self, name: str, child: etree._Element, prefix: str) -> None:
        if name in {"code", "functionCode"}:
            self.say("role", wording(self.gathering, child) or (child.get("code") or ""))
        elif name == "addr":
            self.say(prefix + "address", address_words(child))
        elif name == "assignedAuthoringDevice":
            self.say("name", ", ".join(text for part in child if (text := narrative.words(part))))
        elif name == "name":
            self.say("name", name_words(child))

    def say(self, name: str, text: str) -> None:
        if text:
            self.said.setdefault(name, text)

    def _person(self, element: etree._Element) -> None:
        for child in element:
            if child.tag == V3 + "name":
                self.say("name", name_words(child))

    def _house(self, element: etree._Element, at: str) -> None:
        for position, child in enumerate(element, 1):
            if local(child.tag) in {"name", "desc"}:
                self.say("organization", name_words(child))
            elif local(child.tag) in {"id", "addr", "telecom"}:
                self.take(child, f"{at}/*[{position}]", "org ")

    def _reach(self, element: etree._Element, at: str, prefix: str) -> None:
        found = telecom(element)
        if found is None:
            return
        if found.scheme == "mailto":
            self.say(prefix + "email", found.value)
        elif found.scheme == "tel":
            check_phone(self.gathering, found.value, at)
            self.say(prefix + "phone", found.value)


def check_phone(gathering: Gathering, value: str, at: str) -> None:
    """Note a telephone number whose count of digits can't be right."""
    if (
        sum(map(str.isdigit, value.lower().partition("x")[0].removesuffix("e")))
        not in _PHONE_DIGITS
    ):
        gathering.find("odd_phone", "is not a whole phone number; kept as given", at, "note")


def leftover(element: etree._Element, spoken: str) -> str:
    """Return what an element says that does not already stand in `spoken`, in document order."""
    pieces: list[str] = []
    for each in element.iter():
        attributes = each.items()
        if attributes:
            _attributed(dict(attributes), pieces)
        text, tail = each.text, each.tail
        if text:
            pieces.append(text.strip())
        if tail:
            pieces.append(tail.strip())
    missing: dict[str, None] = {}
    for piece in pieces:
        if piece and piece not in spoken and (folded := " ".join(piece.split())) not in spoken:
            missing[folded] = None
    return "; ".join(missing)


def _attributed(attributes: dict[str, str], pieces: list[str]) -> None:
    value = attributes.get("value")
    if value:
        value = value.partition(":")[2].strip() if value[:4] in _SCHEMES else value.strip()
        unit = attributes.get("unit")
        pieces.append(f"{value} {unit}" if unit else value)
    shown = attributes.get("displayName") or attributes.get("code")
    if shown:
        pieces.append(shown)
    if "extension" in attributes:
        pieces.append(attributes["extension"])


def _unspoken(text: str | None, spoken: str, missing: list[str]) -> None:
    piece = " ".join((text or "").split())
    if piece and piece not in spoken and piece not in missing:
        missing.append(piece)
