"""The recordTarget: who the plan is about, to the template's `Member`.

Called once per document by the header reader. Kinds of identifiers come from their roots and the
sender's habits; nothing about the member is inferred. What the template has no field for
(birthplace, marital status, other names …) is kept as residue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from adapters.formats.ccda import narrative, parties
from adapters.formats.ccda.gathering import NULLS
from adapters.formats.ccda.statements import keyed
from adapters.formats.ccda.tags import SSN, STEPS, V3, local
from adapters.formats.ccda.values import rendered, wording
from hub.canonical import Absent, Address, Identifier, Member, Name, Party, Telecom, Text

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.gathering import Gathering

_USES = {"HP": "home", "H": "home", "HV": "home", "MC": "mobile", "WP": "work", "DIR": "work"}
_SEXES = {"F": "female", "M": "male", "UN": "undifferentiated"}
_LANGUAGE = frozenset({"languageCode", "preferenceInd"})
_LEGAL_FIRST = {"L": 0, "": 1, "C": 1, "A": 2}
_KINDS: dict[str, Literal["phone", "email", "fax", "url", "sms", "other"]] = {
    "tel": "phone",
    "mailto": "email",
    "fax": "fax",
    "http": "url",
    "https": "url",
    "sms": "sms",
}


def member(gathering: Gathering, target: etree._Element, at: str) -> Member:
    """Return the member a recordTarget describes; its identifiers are remembered for authors."""
    data: dict[str, Any] = {"spare": []}
    for position, role in enumerate(target, 1):
        if role.tag == V3 + "patientRole":
            _role(gathering, role, at + STEPS[position], data)
    spare = [piece for piece in data.pop("spare") if piece]
    gathering.spare("; ".join(dict.fromkeys(spare)), "member", at, gathering.header)
    parts: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
    }
    return Member(**parts)


def _role(gathering: Gathering, role: etree._Element, at: str, data: dict[str, Any]) -> None:
    for position, child in enumerate(role, 1):
        place = at + STEPS[position]
        name = local(child.tag)
        if name == "id":
            _identifier(gathering, child, place, data)
        elif name == "addr":
            _place_address(gathering, child, place, data)
        elif name == "telecom":
            _reach(gathering, child, place, data)
        elif name == "patient":
            _patient(gathering, child, place, data)
        elif name != "templateId":
            data["spare"].append(rendered(gathering, child))


def _place_address(
    gathering: Gathering, element: etree._Element, at: str, data: dict[str, Any]
) -> None:
    address, spare = _address(element)
    if address is not None:
        _add(gathering, data, "addresses", address, at)
    data["spare"] += spare


def _reach(gathering: Gathering, element: etree._Element, at: str, data: dict[str, Any]) -> None:
    reach = _telecom(gathering, element, at)
    if reach is not None:
        _add(gathering, data, "telecoms", reach, at)


def _add(gathering: Gathering, data: dict[str, Any], name: str, value: object, at: str) -> None:
    held = data.setdefault(name, [])
    gathering.spread(f"/member/{name}/{len(held)}", value, at, f"member.{name}")
    held.append(value)


def _identifier(
    gathering: Gathering, element: etree._Element, at: str, data: dict[str, Any]
) -> None:
    key = keyed(element)
    root = element.get("root") or ""
    extension = element.get("extension")
    if key is None or element.get("nullFlavor"):
        return
    gathering.member_ids.add(key)
    found = parties.identifier(gathering, element, at)
    kind = found.kind if found else "other"
    if root in gathering.habits.member_roots:
        kind = "plan"
    elif root in gathering.habits.medicaid_roots:
        kind = "medicaid"
    elif kind == "other" and extension and root != SSN:
        kind = "mrn"
    own = root if extension and kind not in {"ssn", "mbi"} else None
    assigner = element.get("assigningAuthorityName") or own
    _add(gathering, data, "identifiers", Identifier(kind, extension or root, assigner or None), at)


def _address(element: etree._Element) -> tuple[Address | None, list[str]]:
    parts: dict[str, list[str]] = {}
    for child in element:
        if text := narrative.words(child):
            parts.setdefault(local(child.tag), []).append(text)
    if not parts and not narrative.words(element):
        return None, []
    use = element.get("use") or ""
    lines = parts.pop("streetAddressLine", []) if parts else [narrative.words(element)]
    address = Address(
        use=_USES.get(use.partition(" ")[0], use.lower()) or None,
        lines=tuple(lines + parts.pop("additionalLocator", [])),
        city=" ".join(parts.pop("city", ())) or None,
        state=" ".join(parts.pop("state", ())) or None,
        postal_code=" ".join(parts.pop("postalCode", ())) or None,
        county=" ".join(parts.pop("county", ())) or None,
        confidential="CONF" in use,
    )
    return address, [text for texts in parts.values() for text in texts]


def _telecom(gathering: Gathering, element: etree._Element, at: str) -> Telecom | None:
    found = parties.telecom(element)
    if found is None:
        return None
    if found.scheme == "tel":
        parties.check_phone(gathering, found.value, at)
    use = _USES.get(found.use.partition(" ")[0], found.use.lower()) or None
    kind = _KINDS.get(found.scheme, "other")
    value = found.value if kind not in {"url", "other"} else f"{found.scheme}:{found.value}"
    return Telecom(kind=kind, use=use, value=value)


def _patient(gathering: Gathering, patient: etree._Element, at: str, data: dict[str, Any]) -> None:
    names: list[tuple[etree._Element, str]] = []
    for position, child in enumerate(patient, 1):
        place = at + STEPS[position]
        name = local(child.tag)
        if name == "name":
            names.append((child, place))
        elif (read := _READERS.get(name)) is not None:
            read(gathering, child, place, data)
        else:
            data["spare"].append(rendered(gathering, child))
    _name(gathering, names, data)


def _name(
    gathering: Gathering, names: list[tuple[etree._Element, str]], data: dict[str, Any]
) -> None:
    """Take the legal name; of names without a use the first; a call name is the preferred one."""
    real = [pair for pair in names if narrative.words(pair[0])]
    if not real:
        return
    chosen, at = min(real, key=lambda pair: _LEGAL_FIRST.get(pair[0].get("use") or "", 3))
    data["spare"] += [narrative.words(element) for element, _ in real if element is not chosen]
    parts: dict[str, list[str]] = {}
    preferred = None
    for position, child in enumerate(chosen, 1):
        text = narrative.words(child)
        kind = local(child.tag)
        if child.get("qualifier") == "CL" and text:
            preferred, kind = text, "preferred"
        if text and child.get("qualifier") == "BR" and _has_own(chosen, child):
            data["spare"].append(f"born {text}")
        elif text:
            parts.setdefault(kind, []).append(text)
            gathering.leaf(_name_leaf(kind, len(parts[kind])), at + STEPS[position], "member.name")
    if not parts:
        parts["family"] = [narrative.words(chosen)]
        gathering.leaf("/member/name/family", at, "member.name")
        gathering.find("unparsed_name", "gives the member's name in one piece", at)
    data["name"] = Name(
        family=" ".join(parts.get("family", ())) or None,
        given=tuple(parts.get("given", ())),
        prefix=" ".join(parts.get("prefix", ())) or None,
        suffix=" ".join(parts.get("suffix", ())) or None,
        preferred=preferred,
    )


def _has_own(name: etree._Element, part: etree._Element) -> bool:
    """Say whether a name has a part of this kind besides the one given at birth."""
    return any(
        each is not part and each.get("qualifier") != "BR" for each in name.iterchildren(part.tag)
    )


def _name_leaf(kind: str, count: int) -> str:
    return f"/member/name/given/{count - 1}" if kind == "given" else f"/member/name/{kind}"


def _coded(
    gathering: Gathering, element: etree._Element, name: str, at: str, data: dict[str, Any]
) -> None:
    text: Text = wording(gathering, element) or element.get("code")
    _code_kept(element, text, data)
    if not text:
        text = NULLS.get(element.get("nullFlavor") or "")
    if text is not None and name not in data:
        data[name] = text
        gathering.leaf(f"/member/{name}", at, f"member.{name}")


def _code_kept(element: etree._Element, text: object, data: dict[str, Any]) -> None:
    """Keep the code of a race, ethnicity or sex beside its words, for which there is no field."""
    code = element.get("code")
    if code and text and text != code:
        data["spare"].append(f"{text} ({code})")


def _sex(gathering: Gathering, element: etree._Element, at: str, data: dict[str, Any]) -> None:
    known = _SEXES.get(element.get("code") or "")
    if known is None:
        _coded(gathering, element, "sex", at, data)
        return
    data["sex"] = known
    gathering.leaf("/member/sex", at, "member.sex")


def _birth(gathering: Gathering, element: etree._Element, at: str, data: dict[str, Any]) -> None:
    value = gathering.time(element, at)
    if isinstance(value, str):
        value, _, clock = value.partition("T")
        if clock.strip("0:.") and not clock.startswith("00:00"):
            gathering.spare(clock, "member.birth_time", at, gathering.header)
    if value is not None:
        data["birth_date"] = value
        gathering.leaf("/member/birth_date", at, "member.birth_date")


def _race(gathering: Gathering, element: etree._Element, at: str, data: dict[str, Any]) -> None:
    text = wording(gathering, element) or element.get("code")
    _code_kept(element, text, data)
    held = data.get("race")
    if text:
        if not isinstance(held, list):
            data["race"] = []
        if text not in data["race"]:
            _add(gathering, data, "race", text, at)
    elif held is None and isinstance(null := NULLS.get(element.get("nullFlavor") or ""), Absent):
        data["race"] = null
        gathering.leaf("/member/race", at, "member.race")


def _ethnicity(
    gathering: Gathering, element: etree._Element, at: str, data: dict[str, Any]
) -> None:
    _coded(gathering, element, "ethnicity", at, data)


def _language(gathering: Gathering, element: etree._Element, at: str, data: dict[str, Any]) -> None:
    """Take the language marked as preferred, else the first."""
    code = next(element.iterchildren(V3 + "languageCode"), None)
    preferred = next(element.iterchildren(V3 + "preferenceInd"), None)
    value = code.get("code") if code is not None else None
    data["spare"] += [
        rendered(gathering, each) for each in element if local(each.tag) not in _LANGUAGE
    ]
    wanted = preferred is not None and preferred.get("value") == "true"
    if value and (wanted or "language" not in data):
        data["spare"].append(data.get("language") or "")
        data["language"] = value
        gathering.leaf("/member/language", at, "member.language")
    elif value:
        data["spare"].append(value)


def _guardian(gathering: Gathering, element: etree._Element, at: str, data: dict[str, Any]) -> None:
    found = parties.party(gathering, element, at, data["spare"])
    if found != Party() and "representative" in data:
        data["spare"].append(rendered(gathering, element))
    elif found != Party():
        data["representative"] = found
        gathering.spread("/member/representative", found, at, "member.representative")


_READERS = {
    "administrativeGenderCode": _sex,
    "birthTime": _birth,
    "raceCode": _race,
    "ethnicGroupCode": _ethnicity,
    "languageCommunication": _language,
    "guardian": _guardian,
}
