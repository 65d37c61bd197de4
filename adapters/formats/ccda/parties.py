"""People and organisations as C-CDA writes them, to the template's `Party`.

Called for every participation in the header and in entries. Digits of phones and identifiers stay
as given, with a finding where they can't be right. What a `Party` has no field for is handed to
the caller, who keeps it as residue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from adapters.formats.ccda import narrative
from adapters.formats.ccda.tags import MBI, NPI, SSN, V3, local
from adapters.formats.ccda.values import rendered, wording
from hub.canonical import Identifier, Party

if TYPE_CHECKING:
    from collections.abc import Iterable

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
_SSN_DIGITS = 9
_TEMPLATE = V3 + "templateId"


class Telecom(NamedTuple):
    """A telecom's scheme, its value without the scheme, and its use."""

    scheme: str
    value: str
    use: str


def name_words(element: etree._Element) -> str:
    """Return a person's or organisation's name as it is spoken."""
    if not len(element):
        return narrative.folded(element.text)
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
        return narrative.folded(element.text)
    texts = cast("Iterable[str]", element.itertext())
    return ", ".join([narrative.folded(text) for text in texts if not text.isspace()])


def telecom(element: etree._Element) -> Telecom | None:
    """Return a telecom split into scheme and value, or none when it is null or empty."""
    value = narrative.folded(element.get("value"))
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
    if kind == "ssn" and sum(map(str.isdigit, value)) != _SSN_DIGITS:
        gathering.find("odd_ssn", "is no social security number; kept as another id", at, "note")
        kind = "other"
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


def party(
    gathering: Gathering, element: etree._Element, at: str, spare: list[str] | None = None
) -> Party:
    """Return the party an assigned, associated or related entity or role describes.

    What the entity says and a `Party` can't hold is added to `spare`.
    """
    found = _Found(gathering, at)
    for child in element:
        _TAKERS.get(child.tag, _other)(found, child, "")
    for name, text in found.housed.items():
        if found.said.setdefault(name, text) != text:
            found.spare.append(text)
    if spare is not None:
        spare += found.spare
    said = found.said.get
    return Party(
        name=said("name"),
        role=said("role"),
        organization=said("organization"),
        identifiers=tuple(found.identifiers),
        phone=said("phone"),
        email=said("email"),
        address=said("address"),
    )


class _Found:
    """What has been found of a party; a person's own details go before its organisation's."""

    __slots__ = ("at", "gathering", "housed", "identifiers", "said", "spare")

    def __init__(self, gathering: Gathering, at: str) -> None:
        self.gathering = gathering
        self.at = at
        self.identifiers: list[Identifier] = []
        self.said: dict[str, str] = {}
        self.housed: dict[str, str] = {}
        self.spare: list[str] = []

    def say(self, name: str, text: str, prefix: str) -> None:
        """Set a side of the party; a second and different one is spare."""
        if text:
            held = self.housed if prefix else self.said
            if held.setdefault(name, text) != text:
                self.spare.append(text)


def _id(found: _Found, child: etree._Element, _: str) -> None:
    one = identifier(found.gathering, child, found.at)
    if one is not None and one not in found.identifiers:
        found.identifiers.append(one)


def _role(found: _Found, child: etree._Element, prefix: str) -> None:
    text = wording(found.gathering, child)
    if text and not prefix:
        found.say("role", text, "")
    else:
        found.spare.append(text or child.get("code") or "")


def _address(found: _Found, child: etree._Element, prefix: str) -> None:
    found.say("address", address_words(child), prefix)


def _telecom(found: _Found, child: etree._Element, prefix: str) -> None:
    one = telecom(child)
    if one is None:
        return
    if one.scheme == "mailto":
        found.say("email", one.value, prefix)
    elif one.scheme == "tel":
        check_phone(found.gathering, one.value, found.at)
        found.say("phone", one.value, prefix)
    else:
        found.spare.append(f"{one.scheme}:{one.value}")


def _name(found: _Found, child: etree._Element, prefix: str) -> None:
    found.say("organization" if prefix else "name", name_words(child), "")


def _device(found: _Found, child: etree._Element, _: str) -> None:
    pieces = (narrative.words(part) for part in child if part.tag != _TEMPLATE)
    found.say("name", ", ".join(piece for piece in pieces if piece), "")


def _person(found: _Found, child: etree._Element, _: str) -> None:
    for part in child:
        _TAKERS.get(part.tag, _other)(found, part, "")


def _house(found: _Found, child: etree._Element, _: str) -> None:
    for part in child:
        _TAKERS.get(part.tag, _other)(found, part, "organization")


def _other(found: _Found, child: etree._Element, _: str) -> None:
    if child.tag != _TEMPLATE:
        found.spare.append(rendered(found.gathering, child))


_TAKERS = {
    V3 + "id": _id,
    V3 + "code": _role,
    V3 + "functionCode": _role,
    V3 + "addr": _address,
    V3 + "telecom": _telecom,
    V3 + "name": _name,
    V3 + "desc": _name,
    V3 + "assignedAuthoringDevice": _device,
    **{V3 + name: _person for name in _NAMED},
    **{V3 + name: _house for name in _HOUSED},
}


def check_phone(gathering: Gathering, value: str, at: str) -> None:
    """Note a telephone number whose count of digits can't be right."""
    number = value.lower().partition("x")[0]
    if sum(map(str.isdigit, number)) not in _PHONE_DIGITS and value not in gathering.noted:
        gathering.noted.add(value)
        gathering.find("odd_phone", "is not a whole phone number; kept as given", at, "note")
