"""The Composition: what the document is, for whom, under what; a section for every kind of thing.

The release's own facts stand in sections and resources tagged as the release's, so that reading the
document again tells them from the plan. Notices stand whole, as the law words them; what was
withheld is one neutral line. Notes and residue are sections of their own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.canonical import Absent, Party, each
from hub.render.cover import WITHHELD
from hub.render.fhir_cast import FAMILIES, RELEASE
from hub.render.fhir_parts import (
    TERMS,
    URL,
    Json,
    coding,
    codings,
    concept,
    extension,
    extras,
    filled,
    fits,
    house,
    to,
    words,
)
from hub.render.fhir_security import document, inline
from hub.render.fhir_words import absence, escaped, narrative, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.canonical import Plan
    from hub.render.cover import Cover
    from hub.render.fhir_cast import Cast

LOINC: Final = "http://loinc.org"
_BASE: Final = "http://hl7.org/fhir/StructureDefinition/"
_RECIPIENT: Final = "http://hl7.org/fhir/us/ccda/StructureDefinition/InformationRecipientExtension"
_TITLES: Final = {
    "concerns": ("Health concerns", "75310-3"),
    "goals": ("Goals", "61146-7"),
    "interventions": ("Interventions", "62387-6"),
    "outcomes": ("Health status evaluations and outcomes", "11383-7"),
    "medications": ("Medications", "10160-0"),
    "allergies": ("Allergies", "48765-2"),
    "advance_directives": ("Advance directives", "42348-3"),
    "asks": ("Asks", ""),
}
_EMPTY: Final = {
    "none": "nilknown",
    "unknown": "unavailable",
    "asked": "unavailable",
    "masked": "withheld",
}
_LINKED: Final = ("concerns", "goals", "interventions")
_PART: Final = "urn:ietf:rfc3986"


def composition(plan: Plan, cover: Cover, cast: Cast, context: Mapping[str, list[str]]) -> Json:
    """Return the Composition's entry over entries already added, those of `context` by section."""
    custodian = cast.party(cover.custodian, release=True)
    url = cast.url("composition")
    hub = _device(cast)
    recipient = cast.party(cover.recipient, release=True)
    version = extension(
        _BASE + "composition-clinicaldocument-versionNumber", "String", str(cover.version)
    )
    author = cast.party(plan.header.author)
    resource = filled(
        {
            "resourceType": "Composition",
            "id": url.rpartition(":")[2],
            "meta": {"security": document(cover), "tag": [RELEASE]},
            "language": "en-US",
            "extension": [
                version,
                *([{"url": _RECIPIENT, "valueReference": recipient}] if recipient else []),
            ],
            "identifier": filled({"system": f"{URL}:set", "value": words(cover.set_id)}),
            "status": "final",
            "type": {"coding": [coding(LOINC, "18776-5", "Plan of care note")]},
            "subject": to(cast.member),
            "date": cover.released_on.isoformat(),
            "author": [*([author] if author else []), to(hub)],
            "title": words(plan.header.title) or "Integrated Care Plan",
            "confidentiality": cover.confidentiality,
            "custodian": custodian if cover.custodian.organization else None,
            "relatesTo": _replaces(cover),
            "section": _sections(plan, cover, cast, context),
        }
    )
    _provenance(cast, url, hub, cover)
    return {"fullUrl": url, "resource": resource}


def _device(cast: Cast) -> str:
    resource = {
        "resourceType": "Device",
        "meta": {"tag": [RELEASE]},
        "deviceName": [{"name": "ICP hub", "type": "user-friendly-name"}],
    }
    return cast.add(cast.url("hub"), resource)


def _provenance(cast: Cast, url: str, hub: str, cover: Cover) -> None:
    """Say that the hub assembled the document."""
    assembler = coding(f"{TERMS}provenance-participant-type", "assembler")
    resource = {
        "resourceType": "Provenance",
        "meta": {"tag": [RELEASE]},
        "target": [to(url)],
        "recorded": cover.released_on.isoformat(),
        "agent": [{"type": {"coding": [assembler]}, "who": to(hub)}],
    }
    cast.add(cast.url("provenance"), resource)


def _replaces(cover: Cover) -> list[Json]:
    if cover.replaces is None or not words(cover.replaces[2]):
        return []
    known = {"system": _PART, "value": f"urn:uuid:{words(cover.replaces[2])}"}
    return [{"code": "replaces", "targetIdentifier": known}]


def _sections(plan: Plan, cover: Cover, cast: Cast, context: Mapping[str, list[str]]) -> list[Json]:
    known = {
        name: {one.id: words(one.text) for one in each(getattr(plan, name)) if one.id}
        for name in _LINKED
    }
    found = [*_notices(cover), _release(cover)]
    found += [_family(plan, cast, name, known) for name in FAMILIES]
    for name, urls in context.items():
        value = getattr(plan, name)
        if urls:
            parts = value if isinstance(value, tuple) else (value,)
            found.append(_section(name, [told(one) for one in parts], urls))
    for name in ("member", "coverage", "agreement", "review"):
        words_ = told(getattr(plan, name))
        if words_:
            found.append(_section(name, [words_], []))
    found += [_note(one) for one in plan.notes if words(one.text)]
    found += [_residue(one) for one in plan.residue if words(one.text)]
    return [one for one in found if one]


def _section(name: str, paragraphs: list[str], urls: list[str], loinc: str = "") -> Json:
    codes = [house("sections", name)]
    if loinc:
        codes.append(coding(LOINC, loinc))
    return filled(
        {
            "title": _TITLES.get(name, (name.replace("_", " ").capitalize(), ""))[0],
            "code": {"coding": codes},
            "text": narrative(paragraphs),
            "entry": [to(one) for one in urls],
        }
    )


def _family(plan: Plan, cast: Cast, name: str, known: Any) -> Json:  # noqa: ANN401  # words by id, by list
    value = getattr(plan, name)
    _, loinc = _TITLES[name]
    if isinstance(value, Absent):
        section = _section(name, [absence(value)], [], loinc)
        reason = coding(f"{TERMS}list-empty-reason", _EMPTY[value.absent])
        return section | {"emptyReason": {"coding": [reason, house("absent", value.absent)]}}
    if not value and not loinc:
        return {}
    section = _section(name, [told(one, known) for one in value], cast.urls[name], loinc)
    if not value:
        section["emptyReason"] = {"text": "No information in this document"}
    return section


def _notices(cover: Cover) -> list[Json]:
    """Return the Privacy and Security Markings section, or nothing when there is no notice."""
    if not cover.notices:
        return []
    section = _section("notices", [escaped(one) for one in cover.notices], [], "57017-6")
    section["title"] = "Security and Privacy Prohibitions"
    section["text"]["status"] = "additional"
    return [section]


def _release(cover: Cover) -> Json:
    facts = {
        "Released to": cover.recipient,
        "Released by": cover.custodian,
        "Consent scope": cover.consent_scope,
        "Reply": cover.reply_url,
        "Release": cover.release_id,
    }
    lines = [
        f"{label}: {told(value) if isinstance(value, Party) else escaped(value)}"
        for label, value in facts.items()
        if value and value != Party()
    ]
    section = _section("release", [*lines, WITHHELD if cover.withheld else ""], [])
    section["title"] = "This release"
    section["text"]["status"] = "additional"
    return section


def _more(one: Any, names: tuple[str, ...]) -> list[Json]:  # noqa: ANN401  # a Note or Residue
    """Return our extension over what a section's own elements can't say."""
    values = {name: getattr(one, name) for name in names}
    odd = {n: v for n, v in values.items() if isinstance(v, Absent) or not isinstance(v, str)}
    return [*inline(one), *extras(odd)]


def _note(one: Any) -> Json:  # noqa: ANN401  # a Note
    code = one.code
    codes = codings((code,)) if code is not None and fits((code,)) else []
    return filled(
        {
            "extension": _more(one, ("section",) if codes or not code else ("section", "code")),
            "title": words(one.section),
            "code": concept(None, [*codes, house("sections", "note")]),
            "text": narrative([escaped(words(one.text))], "additional"),
        }
    )


def _residue(one: Any) -> Json:  # noqa: ANN401  # a Residue
    return filled(
        {
            "extension": _more(one, ("label",)),
            "title": words(one.label),
            "code": {"coding": [house("sections", "residue")]},
            "text": narrative([escaped(words(one.text))], "additional"),
        }
    )
