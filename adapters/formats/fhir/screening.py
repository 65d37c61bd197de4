"""Which resources may be taken as fact, and about whom: before anything is mapped.

Refuses what is no R4, what cannot be understood (unknown modifiers on the plan itself), and what is
about two people. Leaves out what was entered in error or is about somebody else, each with a
finding. Reads every resource's security labels, since whatever is left over keeps them too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.fhir import house, privacy, shapes
from hub.canonical import Place, Reading, folded, unreadable

if TYPE_CHECKING:
    from adapters.formats.fhir.entries import Resource
    from adapters.formats.fhir.gathering import Gathering
    from adapters.formats.fhir.nodes import Node

_SUBJECTS: Final = ("subject", "patient", "for", "beneficiary")
_LIVE: Final = ("active", "on-hold", "draft", "unknown", "completed", "", "revoked")
_RELEASED: Final = frozenset(
    {"Device", "Organization", "Practitioner", "PractitionerRole", "Provenance"}
)
"""What our own renderer says of a release: who sent and got it, never part of the plan."""

_WHOLE: Final = frozenset({"Composition", "CarePlan", "Patient"})


def fit(gathering: Gathering) -> Reading | None:
    """Decide about every resource; return the reading that refuses the document, or nothing."""
    library = gathering.library
    if library.root.said("resourceType") == "Bundle":
        _whole(gathering, library.root)
    for one in library.resources:
        version, path = shapes.release(one.kind, one.node.value)
        if version:
            return _refused(
                "fhir_version", f"has the shape of FHIR {version}; ask for FHIR R4", one, path
            )
        refusal = _screened(gathering, one)
        if refusal is not None:
            return refusal
    if library.twins:
        for one in library.twins:
            message = "has the name of another resource in the document; both are read"
            gathering.find("duplicate_resource", message, one.node.at)
    return _about(gathering)


def _refused(code: str, message: str, one: Resource, path: str = "") -> Reading:
    at = f"{one.node.at}/{path}" if path else one.node.at
    return unreadable(code, message, Place(at, "pointer", code))


def _screened(gathering: Gathering, one: Resource) -> Reading | None:
    _labelled(gathering, one)
    if house.tagged(one.node):
        one.released = True
        if one.kind in _RELEASED:
            one.node.claim("ignored")
            return None
    within = one.within
    if within is not None and not within.taken:
        one.labels, one.origin = one.labels | within.labels, one.origin or within.origin
        return None
    value = one.node.value
    at = shapes.modified(value, one.node.at)
    if at and one.kind in shapes.CORE:
        message = "changes its meaning in a way not known here; ask what it means"
        return unreadable("modifier_unknown", message, Place(at, "pointer", "modifier_unknown"))
    if at:
        message = "is changed in its meaning by a modifier not known here; kept as words only"
        gathering.find("modifier_unknown", message, at)
        return None
    if shapes.in_error(value) and one.kind != "CarePlan":
        one.node.claim("ignored")
        gathering.find("entered_in_error", "was entered in error; left out", one.node.at, "note")
        return None
    one.taken = True
    if within is not None:
        one.labels, one.origin = one.labels | within.labels, one.origin or within.origin
    return None


def _labelled(gathering: Gathering, one: Resource) -> None:
    if one.kind in _WHOLE:
        _whole(gathering, one.node)
    else:
        one.labels, one.origin = privacy.own(one.node)


def _whole(gathering: Gathering, node: Node) -> None:
    found, part2, level = privacy.labels(node)
    gathering.labels |= found
    gathering.origin = gathering.origin or part2
    confidential(gathering, level, f"{node.at}/meta/security")


def confidential(gathering: Gathering, level: str, at: str) -> None:
    """Raise the header's confidentiality to a level, never lower it."""
    held = gathering.header.get("confidentiality", "")
    levels = privacy.LEVELS
    if level and (held not in levels or levels.index(level) > levels.index(held)):
        gathering.header["confidentiality"] = level
        gathering.leaf("/header/confidentiality", at, "label")


def _about(gathering: Gathering) -> Reading | None:
    """Find the CarePlan and the one person it is about; leave out what is about nobody here."""
    library = gathering.library
    plans = [one for one in library.of("CarePlan") if one.taken]
    replaced = {
        id(library.find(reference.said("reference"), one))
        for one in plans
        for reference in one.node.each("replaces")
    }
    plans.sort(key=lambda one: _rank(one, replaced=id(one) in replaced))
    gathering.plan = plans[0] if plans else None
    patients = [one for one in library.of("Patient") if one.taken]
    if gathering.plan is not None:
        refusal = _subject(gathering, gathering.plan, patients)
        if refusal is not None:
            return refusal
    member = gathering.member = gathering.member or (patients[0] if patients else None)
    for one in patients:
        if member is not None and one is not member and not _same(one, member):
            return _refused(
                "two_patients", "is about more than one person; send one plan for each", one
            )
    for one in library.resources:
        if one.taken and one.kind != "Patient" and _astray(gathering, one):
            return _refused(
                "two_patients", "is about more than one person; send one plan for each", one
            )
    if member is None and gathering.plan is None:
        return unreadable("no_patient", "names no patient; send the Patient with the plan")
    return None


def _rank(one: Resource, *, replaced: bool) -> tuple[bool, bool, int]:
    """Order CarePlans: whole ones before contained, none that another replaces, live ones first."""
    status = one.node.said("status")
    live = _LIVE.index(status) if status in _LIVE else len(_LIVE)
    return one.within is not None, replaced, live


def _subject(gathering: Gathering, plan: Resource, patients: list[Resource]) -> Reading | None:
    subject = plan.node.part("subject")
    if subject is None and len(patients) == 1:
        return None
    found = gathering.library.find(subject.said("reference"), plan) if subject is not None else None
    if found is not None and found.kind == "Group":
        return _refused(
            "no_patient", "is about a group; send one plan for each person", plan, "subject"
        )
    if found is not None and found.taken and found.kind == "Patient":
        gathering.member = found
        return None
    known = subject.part("identifier") if subject is not None else None
    if known is not None and folded(known.said("value")):
        return None
    message = "names its patient only by a link to elsewhere; send the Patient with it"
    return _refused("no_patient", message, plan, "subject")


def _same(one: Resource, other: Resource) -> bool:
    ids = [
        {(i.said("system"), i.said("value")) for i in p.node.each("identifier")}
        for p in (one, other)
    ]
    if ids[0] & ids[1]:
        return True
    names = [
        (p.node.said("birthDate"), (p.node.down("name.family") or p.node).words())
        for p in (one, other)
    ]
    return all(names[0]) and names[0] == names[1]


def _astray(gathering: Gathering, one: Resource) -> bool:
    """Say whether a resource is about another person; leave out one about nobody in here."""
    for name in _SUBJECTS:
        reference = one.node.part(name)
        if reference is None or not isinstance(reference.value, dict):
            continue
        found = gathering.library.find(reference.said("reference"), one)
        if found is not None:
            reference.drop("reference", "display", "type")
            if found.kind == "Patient" and found is not gathering.member:
                return gathering.member is None or not _same(found, gathering.member)
        elif gathering.member is not None and _person(reference):
            gathering.find(
                "subject_unknown", "is about somebody who is not in it; left out", reference.at
            )
            one.taken = False
            one.node.claim("ignored")
    return False


def _person(reference: Node) -> bool:
    return "Patient/" in reference.said("reference") or reference.said("reference").startswith(
        "urn:"
    )


def stranger(gathering: Gathering) -> list[Node]:
    """Return the identifier of a patient who is named by nothing else."""
    plan = gathering.plan
    subject = plan.node.part("subject") if plan is not None else None
    return subject.each("identifier") if subject is not None else []
