"""The law of the FHIR pair: what is rendered reads back as it was, save what the page lists."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from plans import COVER, DELGADO, MARKED, NO_KNOWN, filled, plans

from adapters.formats.ccda.systems import URIS
from adapters.formats.families import LETTERS
from adapters.formats.fhir import ADAPTER
from hub.canonical import (
    Absent,
    Address,
    Assessment,
    Attachment,
    Code,
    Criterion,
    Document,
    Identifier,
    Note,
    Outcome,
    Outreach,
    Party,
    Plan,
    SourceId,
    Spent,
    TeamMember,
    Telecom,
)
from hub.canonical.wire import plain
from hub.render.fhir import to_fhir
from hub.render.fhir_limits import NOT_CARRIED
from hub.render.fhir_parts import clean, fits

LINKS = ("concerns", "goals", "interventions")
NOTHING_KNOWN = replace(NO_KNOWN, crisis_plan="Call the nurse line")
HOLLOW = (Criterion, Spent, Outreach, Address, TeamMember, SourceId, Party, Code)


def back(plan, cover=COVER):
    (found,) = ADAPTER.read(Document(to_fhir(plan, cover).content)).plans
    return replace(found, places={})


def folded(value):
    """Return a value as FHIR's types can say it: the changes that the page lists."""
    if isinstance(value, str):
        return clean(value) or None
    if isinstance(value, tuple):
        kept = [one for one in map(folded, value) if one is not None]
        same = kept and isinstance(kept[0], (Code, Identifier, SourceId))
        return tuple(dict.fromkeys(kept) if same else kept)
    if not dataclasses.is_dataclass(value) or isinstance(value, Absent):
        return value
    parts = {
        field.name: folded(getattr(value, field.name))
        for field in dataclasses.fields(value)
        if field.name != "places"
    }
    settled(parts)
    if isinstance(value, Identifier) and (not parts["value"] or value.kind == "ssn"):
        return None
    return hollowed(worded(type(value)(**parts)))


def settled(parts):
    """Change what a document may not say, or says otherwise, in an element's parts."""
    if parts.get("part2_origin") == "no":
        parts["part2_origin"] = "unknown"
    if "labels" in parts:
        parts["labels"] = tuple(sorted(set(parts["labels"])))
    if "party" in parts and "lead" in parts:
        parts["party"] = parts["party"] or Party()
    if "assigner" in parts:
        parts["kind"] = parts["kind"] or "other"


def hollowed(made):
    """Return nothing for a member of a list that says nothing."""
    if isinstance(made, HOLLOW) and made == type(made)():
        return None
    if isinstance(made, Telecom) and made.value is None:
        return None
    return replace(made, sha256=None) if isinstance(made, Attachment) else made


def known(code):
    """Return a code whose system is an OID that has a URI with the URI."""
    system = code.system or ""
    return replace(code, system=URIS.get(system.removeprefix("urn:oid:"), system) or None)


def worded(made):
    """Return an element with codes and no words with the words its first code lends."""
    if isinstance(made, Note) and made.code and fits((made.code,)):
        return replace(made, code=known(made.code))
    codes = getattr(made, "codes", ())
    if not codes or not fits(codes):
        return made
    made = replace(made, codes=tuple(dict.fromkeys(map(known, codes))))
    if isinstance(made, Outcome):
        return made
    lent = next((one.display for one in codes if one.display), None) or codes[0].code
    field = "name" if isinstance(made, Assessment) else "text"
    return made if getattr(made, field) is not None else replace(made, **{field: lent})


def identified(items, letter):
    taken: set[str] = set()
    kept = []
    for item in items:
        own = item.id if item.id not in taken else None
        taken.add(own or "")
        kept.append(replace(item, id=own))
    made = []
    for number, item in enumerate(kept, 1):
        own, name = item.id, f"{letter}{number}"
        while not own:
            own = name if name not in taken else None
            name += "~"
        taken.add(own)
        made.append(replace(item, id=own))
    return tuple(made), {one.id for one in kept if one.id}


def carried(plan):
    """Return the plan as it should come back."""
    plan = folded(plan)
    parts = {name: getattr(plan, name) for name in Plan.__dataclass_fields__ if name != "places"}
    ids = {}
    for name, letter in LETTERS.items():
        if not isinstance(parts[name], Absent):
            parts[name], ids[name] = identified(parts[name], letter)
    for name in ("goals", "interventions", "outcomes"):
        parts[name] = parts[name] if isinstance(parts[name], Absent) else tuple(
            replace(
                one,
                **{
                    link: tuple(
                        dict.fromkeys(to for to in getattr(one, link) if to in ids.get(link, ()))
                    )
                    for link in LINKS
                    if hasattr(one, link)
                },
            )
            for one in parts[name]
        )  # fmt: skip
    for name in ("notes", "residue"):
        parts[name] = tuple(one for one in parts[name] if isinstance(one.text, str))
    parts["header"] = replace(parts["header"], confidentiality="N")
    return Plan(**parts)


@pytest.mark.parametrize("plan", [DELGADO, NOTHING_KNOWN], ids=["delgado", "nothing known"])
def test_written(plan):
    """A plan written by hand comes back whole."""
    assert plain(carried(plan)) == plain(back(plan))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans())
def test_any(plan):
    """Whatever the plan says, it comes back as the page says it does."""
    reading = ADAPTER.read(Document(to_fhir(plan, COVER).content))
    assume(reading.plans)
    (found,) = reading.plans

    assert plain(carried(plan)) == plain(folded(replace(found, places={})))


def patterns(plan):
    found = set()

    def walk(value, at):
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, f"{at}/{key}")
        elif isinstance(value, list):
            for inner in value:
                walk(inner, f"{at}/*")
        else:
            found.add((at, value))

    walk(plain(plan), "")
    return found


def test_limits_listed():
    """The page lists every leaf that never comes back, and no other."""
    plan, _ = filled()
    ids = {"id": "x1"}
    linked = {
        name: tuple(
            replace(one, **ids, **{link: ("x1",) for link in LINKS if hasattr(one, link)})
            if hasattr(one, "id")
            else one
            for one in getattr(plan, name)
        )
        for name in LETTERS
    }
    plan = replace(plan, **linked)
    lost = {at for at, _ in patterns(plan) - patterns(back(plan))}
    listed = {re.sub(r"/places.*", "", at) for at in NOT_CARRIED} - {""}

    assert listed == lost


def test_marked_only_raises():
    """A marked release read back protects every element, and says the same otherwise."""
    found = back(DELGADO, MARKED)
    elements = (*found.concerns, *found.goals, *found.interventions, *found.notes)

    assert {(("hiv", "sud"), "yes")} == {(one.labels, one.part2_origin) for one in elements}
    assert [one.text for one in DELGADO.concerns] == [one.text for one in found.concerns]


def test_stranger_can_not_lower():
    """Our own extension in a stranger's document can't say that something is not of Part 2."""
    plan = replace(DELGADO, concerns=(replace(DELGADO.concerns[0], part2_origin="no"),))
    assert "unknown" == back(plan).concerns[0].part2_origin
