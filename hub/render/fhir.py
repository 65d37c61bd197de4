"""A released plan as a FHIR R4 document: a Bundle whose first entry is a Composition.

`hub.render.render` calls `to_fhir`. Profiles of US Core where their required elements are said,
links as MCC eCare Plan makes them, our own extension for what R4 has no element for. The same plan
and cover give the same bytes. It never decides what may leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hub.render import fhir_context as context
from hub.render import fhir_elements as elements
from hub.render import fhir_substances as substances
from hub.render.cover import Rendered
from hub.render.fhir_cast import Cast
from hub.render.fhir_composition import composition
from hub.render.fhir_member import coverage, patient
from hub.render.fhir_parts import Json, words
from hub.render.fhir_plan import care_plan
from hub.render.fhir_security import document

if TYPE_CHECKING:
    from hub.canonical import Plan
    from hub.render.cover import Cover

MEDIA_TYPE: Final = "application/fhir+json"
_WRITERS: Final = (
    elements.concerns,
    elements.goals,
    elements.interventions,
    elements.outcomes,
    substances.medications,
    substances.allergies,
    substances.directives,
    elements.asks,
)


def to_fhir(plan: Plan, cover: Cover) -> Rendered:
    """Return the plan as one document Bundle, valid against R4 whatever the plan lacks."""
    cast = Cast(plan, cover.set_id)
    patient(plan, cast)
    for write in _WRITERS:
        write(plan, cast)
    urls = {
        "team": context.team(plan, cast),
        "risk": context.risk(plan, cast),
        "assessments": context.assessments(plan, cast),
        **{name: context.said_words(plan, cast, name) for name in context.LISTS},
        "crisis_plan": context.crisis_plan(plan, cast),
        "attachments": substances.attachments(plan, cast),
    }
    covered = coverage(plan, cast)
    support = [url for name, held in urls.items() if name != "team" for url in held]
    planned = care_plan(plan, cast, urls["team"], [*support, *([covered] if covered else [])])
    first = composition(plan, cover, cast, urls)
    bundle: Json = {
        "resourceType": "Bundle",
        "meta": {"security": document(cover)},
        "identifier": {"system": "urn:ietf:rfc3986", "value": _urn(cover.document_id)},
        "type": "document",
        "timestamp": cover.released_on.isoformat(),
        "entry": [first, *sorted(cast.entries, key=lambda one: one["fullUrl"] != planned)],
    }
    return Rendered(
        content=msgspec.json.encode(bundle),
        media_type=MEDIA_TYPE,
        file_name=f"icp-{cover.release_id}.fhir.json",
    )


def _urn(document_id: str) -> str:
    plain = words(document_id).removeprefix("urn:uuid:")
    return f"urn:uuid:{plain}" if plain else "urn:uuid:"
