"""The CDA header: what the document is, who wrote it, for whom, which version, who takes part.

Called once per document by the adapter. Each participation is one item of the tally; whatever a
participation says beyond the template's fields is residue. Nothing in the header is inferred:
vendors' confidentiality goes to the header as given and labels no element.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from adapters.formats.ccda import member, narrative, people
from adapters.formats.ccda.gathering import NULLS
from adapters.formats.ccda.statements import keyed
from adapters.formats.ccda.tags import STEPS, local
from adapters.formats.ccda.values import rendered
from hub.canonical import Member, Party, Period, Related, Replaced, SourceId

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml import etree

    from adapters.formats.ccda.gathering import Gathering

    Reader = Callable[["Heading", etree._Element, str], None]  # noqa: SLF001  # lxml's own name

_TECHNICAL = frozenset({"realmCode", "typeId", "templateId", "component"})


class Heading:
    """The header so far: fields of `Header`, the member, the review and the agreement."""

    __slots__ = ("agreement", "fields", "gathering", "members", "representative", "review")

    def __init__(self, gathering: Gathering) -> None:
        self.gathering = gathering
        self.fields: dict[str, Any] = {}
        self.members: list[Member] = []
        self.representative: tuple[Party, str] | None = None
        self.agreement: dict[str, Any] = {}
        self.review: dict[str, Any] = {}

    def put(self, name: str, value: object, at: str) -> None:
        """Set a header field once, with a place for each of its leaves."""
        if value is None or value == "" or name in self.fields:
            return
        self.fields[name] = value
        self.gathering.spread(f"/header/{name}", value, at, f"header.{name}")

    def add(self, name: str, value: object, at: str) -> None:
        """Add to a header list."""
        held = self.fields.get(name, ())
        self.gathering.spread(f"/header/{name}/{len(held)}", value, at, f"header.{name}")
        self.fields[name] = (*held, value)


def read(gathering: Gathering, root: etree._Element) -> Heading:
    """Read every child of a ClinicalDocument but its body."""
    heading = Heading(gathering)
    later: list[tuple[etree._Element, str]] = []
    for position, child in enumerate(root, 1):
        name = local(child.tag)
        place = "/*" + STEPS[position]
        if name == "recordTarget":
            _target(heading, child, place)
        elif name not in _TECHNICAL:
            later.append((child, place))
    for child, place in later:
        _READERS.get(local(child.tag), _spare)(heading, child, place)
    return heading


def _spare(heading: Heading, element: etree._Element, at: str) -> None:
    text = rendered(heading.gathering, element)
    heading.gathering.spare(text, local(element.tag), at, heading.gathering.header)
    heading.gathering.item("residue" if text else "ignored")


def _target(heading: Heading, element: etree._Element, at: str) -> None:
    heading.gathering.item("mapped")
    if heading.members:
        other = member.member(heading.gathering.aside(), element, at)
        heading.members.append(other)
        heading.gathering.spare(
            rendered(heading.gathering, element), "recordTarget", at, heading.gathering.header
        )
        return
    heading.members.append(member.member(heading.gathering, element, at))


def _id(heading: Heading, element: etree._Element, at: str) -> None:
    if keyed(element) is not None:
        heading.add("source_ids", _named(element), at)


def _named(element: etree._Element) -> SourceId:
    root, extension = element.get("root"), element.get("extension")
    system = f"urn:oid:{root}" if root and "." in root else root
    return SourceId(system if extension else None, extension or root)


def _set_id(heading: Heading, element: etree._Element, at: str) -> None:
    heading.put("set_id", keyed(element) and _joined(element), at)


def _joined(element: etree._Element) -> str:
    root, extension = element.get("root"), element.get("extension")
    return f"{root}^{extension}" if root and extension else root or extension or ""


def _version(heading: Heading, element: etree._Element, at: str) -> None:
    heading.put("version", _number(heading, element, at), at)


def _number(heading: Heading, element: etree._Element, at: str) -> int | None:
    value = element.get("value") or ""
    if value.isascii() and value.isdigit():
        return int(value[:9])
    if value:
        heading.gathering.find("odd_version", "has a version that is no whole number", at)
        heading.gathering.spare(value, "versionNumber", at, heading.gathering.header)
    return None


def _title(heading: Heading, element: etree._Element, at: str) -> None:
    heading.put("title", narrative.words(element), at)


def _written(heading: Heading, element: etree._Element, at: str) -> None:
    heading.gathering.written = element.get("value") or ""
    heading.put("written_on", heading.gathering.time(element, at), at)


def _language(heading: Heading, element: etree._Element, at: str) -> None:
    heading.put("language", element.get("code"), at)


def _confidentiality(heading: Heading, element: etree._Element, at: str) -> None:
    value = element.get("code") or NULLS.get(element.get("nullFlavor") or "")
    heading.put("confidentiality", value, at)


def _author(heading: Heading, element: etree._Element, at: str) -> None:
    found, place = people.taking_part(heading.gathering, element, at, "author")
    if found is None:
        return
    if "author" not in heading.fields:
        heading.put("author", found, place)
    else:
        heading.gathering.spare(  # who wrote it is on the team where the document says so
            rendered(heading.gathering, element), "author", place, heading.gathering.header
        )


def _custodian(heading: Heading, element: etree._Element, at: str) -> None:
    found, place = people.taking_part(heading.gathering, element, at, "custodian")
    if found is not None:
        heading.put("custodian", found, place)


def _recipient(heading: Heading, element: etree._Element, at: str) -> None:
    found, place = people.taking_part(heading.gathering, element, at, "informationRecipient")
    if found is not None:
        heading.add("recipients", found, place)


def _signer(heading: Heading, element: etree._Element, at: str) -> None:
    """Read an authenticator: the member's own signature is agreement, anybody else's is not."""
    gathering = heading.gathering
    found, place = people.taking_part(gathering, element, at, local(element.tag))
    if found is None:
        return
    signed = people.time_of(gathering, element, at)
    if people.is_member(gathering, element) and "decision" not in heading.agreement:
        heading.agreement = {"decision": "accepted", "signed_by": found}
        gathering.leaf("/agreement/decision", place, "agreement.decision")
        gathering.spread("/agreement/signed_by", found, place, "agreement.signed_by")
        if signed is not None:
            heading.agreement["signed_on"] = signed
            gathering.leaf("/agreement/signed_on", at, "agreement.signed_on")
        return
    legal = local(element.tag) == "legalAuthenticator"
    role = "legal authenticator" if legal else "authenticator"
    involvement = f"signed {signed}" if isinstance(signed, str) else None
    people.join(gathering, found, place, role=role, involvement=involvement)


def _participant(heading: Heading, element: etree._Element, at: str) -> None:
    gathering = heading.gathering
    review = people.is_review(element)
    found, place = people.taking_part(gathering, element, at, "review" if review else "participant")
    if review:
        _review(heading, element, at)
    if found is None:
        return
    inner = people.entity(element)
    kind = inner.get("classCode") or "" if inner is not None else ""
    code = people.relation(gathering, element)
    role = "reviewer" if review else people.CLASSES.get(kind) or people.function(gathering, element)
    people.join(gathering, found, place, role=role or found.role, relationship=code)
    if heading.representative is None and people.represents(element, kind):
        heading.representative = (found, place)


def _review(heading: Heading, element: etree._Element, at: str) -> None:
    """Read a care plan review: the last one, or the next if it is after the plan was written."""
    when = people.time_of(heading.gathering, element, at)
    written = heading.fields.get("written_on")
    if not isinstance(when, str):
        return
    later = isinstance(written, str) and when[:10] > written[:10]
    name = "next_due" if later else "last"
    heading.review.setdefault(name, when)
    heading.gathering.leaf(f"/review/{name}", at, f"review.{name}")


def _service(heading: Heading, element: etree._Element, at: str) -> None:
    for position, event in enumerate(element, 1):
        if local(event.tag) == "serviceEvent":
            _event(heading, event, at + STEPS[position])


def _event(heading: Heading, event: etree._Element, at: str) -> None:
    gathering = heading.gathering
    for position, child in enumerate(event, 1):
        place = at + STEPS[position]
        name = local(child.tag)
        if name == "effectiveTime":
            heading.put("period", _period(gathering, child, place), place)
        elif name == "performer":
            found, inner = people.taking_part(gathering, child, place, "performer")
            if found is not None:
                lead = True if child.get("typeCode") == "PPRF" else None
                role = people.function(gathering, child) or found.role
                people.join(gathering, found, inner, role=role, lead=lead)
        elif name not in {"templateId", "id"}:
            _spare(heading, child, place)


def _period(gathering: Gathering, element: etree._Element, at: str) -> Period | None:
    whole = gathering.time(element, at)
    ends = {local(end.tag): gathering.time(end, at) for end in element}
    start, end = ends.get("low", whole), ends.get("high")
    return None if start is None and end is None else Period(start=start, end=end)


def _related(heading: Heading, element: etree._Element, at: str) -> None:
    """Read a document this one replaces (RPLC), adds to (APND) or was made from (XFRM)."""
    how = element.get("typeCode") or ""
    again = how == "RPLC" and "replaces" in heading.fields
    if again or how not in {"RPLC", *_RELATED}:
        _spare(heading, element, at)
        return
    heading.gathering.item("mapped")
    named: dict[str, Any] = {"source_ids": ()}
    for child in element.iter():
        name = local(child.tag)
        if name == "setId":
            named["set_id"] = _joined(child) or None
        elif name == "versionNumber":
            named["version"] = _number(heading, child, at)
        elif name == "id" and keyed(child) is not None:
            named["source_ids"] += (_named(child),)
    if how == "RPLC":
        heading.put("replaces", Replaced(**named), at)
    else:
        heading.add("related", Related(how=_RELATED[how], **named), at)


_RELATED: dict[str, Literal["appends", "transforms"]] = {"APND": "appends", "XFRM": "transforms"}
_READERS: dict[str, Reader] = {
    "id": _id,
    "setId": _set_id,
    "versionNumber": _version,
    "title": _title,
    "effectiveTime": _written,
    "languageCode": _language,
    "confidentialityCode": _confidentiality,
    "author": _author,
    "custodian": _custodian,
    "informationRecipient": _recipient,
    "legalAuthenticator": _signer,
    "authenticator": _signer,
    "participant": _participant,
    "documentationOf": _service,
    "relatedDocument": _related,
}
