"""The Patient resource, to the member: names, sex, race, language, addresses, numbers, who speaks.

US Core's extensions are read by their URL. A confidential address, an old one and an old identifier
are what they say. Called once, for the one patient a document is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from adapters.formats.fhir import datatypes, house, parties
from adapters.formats.fhir.identifiers import identifier
from adapters.formats.fhir.nodes import truth
from hub.canonical import Address, Identifier, Member, Name, Telecom

if TYPE_CHECKING:
    from adapters.formats.fhir.entries import Resource
    from adapters.formats.fhir.gathering import Gathering
    from adapters.formats.fhir.nodes import Node

_CORE: Final = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
_BASE: Final = "http://hl7.org/fhir/StructureDefinition/"
_GROUPS: Final = {_CORE + "race": "race", _CORE + "ethnicity": "ethnicity"}
_SEX: Final = frozenset({_CORE + "birthsex", _CORE + "sex"})
_INTERPRETER: Final = _BASE + "patient-interpreterRequired"
_SAID: Final = {
    _CORE + "genderIdentity": "gender_identity",
    _BASE + "individual-genderIdentity": "gender_identity",
    _BASE + "individual-pronouns": "pronouns",
}
"""Extensions whose value is a field's words, by URL."""

_KINDS: Final = {"phone": "phone", "fax": "fax", "email": "email", "url": "url", "sms": "sms"}
_ADDRESSES: Final = (("city", "city"), ("state", "state"), ("postal_code", "postalCode"))
_SEXES: Final = {"M": "male", "F": "female", "UNK": "unknown", "male": "male", "female": "female"}
_BETTER: Final = ("official", "usual", "", "temp", "anonymous")


def member(gathering: Gathering, one: Resource) -> Member:
    """Return the member a Patient resource describes."""
    node = one.node
    node.drop("active")
    data: dict[str, Any] = {}
    _identified(gathering, node, data)
    _named(gathering, node, data)
    _put(gathering, data, "birth_date", *datatypes.text(node, "birthDate"))
    _put(gathering, data, "sex", *datatypes.text(node, "gender"))
    _extended(gathering, node, data)
    _spoken(gathering, node, data)
    _reached(gathering, node, data)
    _spoken_for(gathering, data)
    for name, value, at in house.fields(node, Member):
        data[name] = value
        gathering.spread(f"/member/{name}", value, at)
    return Member(**data)


def _put(gathering: Gathering, data: dict[str, Any], name: str, value: object, at: str) -> None:
    if value is None or value == "":
        return
    if name == "birth_date" and isinstance(value, str) and not datatypes.iso(value):
        gathering.find("odd_time", "is not a legal date; kept word for word", at)
    data[name] = value
    gathering.spread(f"/member/{name}", value, at)


def _identified(gathering: Gathering, node: Node, data: dict[str, Any]) -> None:
    found: list[Identifier] = []
    for each in node.each("identifier"):
        one = identifier(each)
        if one is not None and one not in found:
            gathering.spread(f"/member/identifiers/{len(found)}", one, each.at)
            found.append(one)
    data["identifiers"] = tuple(found)


def _named(gathering: Gathering, node: Node, data: dict[str, Any]) -> None:
    names = [
        one for one in node.each("name") if one.said("use") not in {"old", "maiden", "nickname"}
    ]
    names.sort(key=lambda one: _BETTER.index(one.said("use")) if one.said("use") in _BETTER else 9)
    parts: dict[str, Any] = {}
    places: dict[str, str] = {}
    if names:
        _parted(gathering, names[0], parts, places)
    for nick in (one for one in node.each("name") if one.said("use") == "nickname"):
        parts["preferred"], places["preferred"] = datatypes.person_name(nick), nick.at
    for name in list(parts):
        if not parts[name]:
            del parts[name]
    data["name"] = made = Name(**parts)
    for name in parts:
        gathering.spread(f"/member/name/{name}", getattr(made, name), places[name])


def _parted(
    gathering: Gathering, name: Node, parts: dict[str, Any], places: dict[str, str]
) -> None:
    name.drop("use")
    parts["family"], places["family"] = datatypes.text(name, "family")
    given = name.each("given")
    parts["given"] = tuple(filter(None, (one.claim().words() for one in given)))
    places["given"] = given[0].at if given else name.at
    for part in ("prefix", "suffix"):
        found = name.each(part)
        parts[part] = " ".join(one.claim().words() for one in found)
        places[part] = found[0].at if found else name.at
    whole = name.said("text")
    if not (parts["family"] or parts["given"]):
        parts["family"], places["family"] = name.take("text")
        message = "is one text and no parts, all of it is read as the family name"
        gathering.find("name_in_one", message, places["family"] or name.at, "note")
    elif whole and set(whole.split()) <= set(
        " ".join((str(parts["family"]), *parts["given"], parts["prefix"], parts["suffix"])).split()
    ):
        name.take("text")


def _extended(gathering: Gathering, node: Node, data: dict[str, Any]) -> None:
    for one in node.each("extension"):
        url = one.said("url")
        if url in _GROUPS:
            _group(gathering, one, data, _GROUPS[url])
        elif url in _SEX and _SEXES.get(one.said("valueCode")) == data.get("sex"):
            one.claim("ignored")
        elif url == _INTERPRETER:
            needed = truth(one.part("valueBoolean"))
            _put(gathering, data, "interpreter_needed", needed, one.at)
        elif url in _SAID:
            inner = [part for part in one.each("extension") if part.said("url") == "value"]
            for part in inner or [one]:
                part.drop("url")
                _put(gathering, data, _SAID[url], *_valued(part))
        if url in _GROUPS or url in _SAID or url == _INTERPRETER:
            one.drop("url")


def _valued(node: Node) -> tuple[str, str]:
    words, at = datatypes.concept(node.part("valueCodeableConcept"))
    return (words, at) if words else node.take("valueString")


def _group(gathering: Gathering, node: Node, data: dict[str, Any], field: str) -> None:
    """Read US Core's race or ethnicity: categories and details by display, else the text."""
    told: list[tuple[str, str]] = []
    text = ("", "")
    for part in node.each("extension"):
        part.drop("url")
        if part.said("url") == "text":
            text = part.take("valueString")
            continue
        coding = part.part("valueCoding")
        if coding is not None:
            code = datatypes.code_of(coding)
            told.append((code.display or code.code or "", coding.at))
    told = [one for one in told if one[0]] or [one for one in (text,) if one[0]]
    if field == "ethnicity" and told:
        _put(gathering, data, field, "; ".join(words for words, _ in told), told[0][1])
    elif told:
        data[field] = tuple(words for words, _ in told)
        for number, (_, at) in enumerate(told):
            gathering.leaf(f"/member/{field}/{number}", at, "member")


def _spoken(gathering: Gathering, node: Node, data: dict[str, Any]) -> None:
    spoken = node.each("communication")
    spoken.sort(key=lambda one: one.said("preferred") != "true")
    for one in spoken[:1]:
        truth(one.part("preferred"))
        language = one.part("language")
        codes = [
            (code.code, at) for code, at in datatypes.codes(language, beside=False) if code.code
        ]
        words = codes[0] if codes else datatypes.concept(language)
        if codes and language is not None:
            language.drop("text")
        _put(gathering, data, "language", *words)


def _reached(gathering: Gathering, node: Node, data: dict[str, Any]) -> None:
    telecoms: list[Telecom] = []
    for each in node.each("telecom"):
        value, at = each.take("value")
        if value:
            kind = _KINDS.get(each.take("system")[0], "other")
            each.drop("rank")
            made = Telecom(kind=cast("Any", kind), use=each.take("use")[0] or None, value=value)
            gathering.spread(f"/member/telecoms/{len(telecoms)}", made, at)
            telecoms.append(made)
    data["telecoms"] = tuple(telecoms)
    found: list[Address] = []
    for each in node.each("address"):
        made_at = _address(each)
        if made_at != Address():
            gathering.spread(f"/member/addresses/{len(found)}", made_at, each.at)
            found.append(made_at)
    data["addresses"] = tuple(found)


def _address(node: Node) -> Address:
    street = tuple(filter(None, (one.claim().words() for one in node.each("line"))))
    whole = node.said("text")
    parts: dict[str, Any] = {name: datatypes.text(node, key)[0] for name, key in _ADDRESSES}
    if whole and not (street or parts["city"]):
        street = (node.take("text")[0],)
    parts["county"] = datatypes.text(node, "district")[0]
    parts["use"] = node.take("use")[0] or None
    node.drop("type")
    parts.update({name: value for name, value, _ in house.fields(node, Address)})
    return Address(**{"lines": street, **parts})


def _spoken_for(gathering: Gathering, data: dict[str, Any]) -> None:
    """Find who speaks for the member: a RelatedPerson marked so, else the first guardian."""
    marked = []
    for other in gathering.library.of("RelatedPerson"):
        if not other.taken:
            continue
        codes = {c.said("code") for r in other.node.each("relationship") for c in r.each("coding")}
        if codes & {
            "representative",
            "GUARD",
            "POWATT",
            "DPOWATT",
            "HPOWATT",
            "SPOWATT",
            "RESPRSN",
        }:
            marked.append(other)
    if marked:
        who = parties.of(gathering, marked[0])
        _put(gathering, data, "representative", who, marked[0].node.at)
