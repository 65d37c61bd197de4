"""A released plan as a C-CDA R2.1 Care Plan (LOINC 18776-5) that certified EHRs take.

`hub.render.render` calls `to_ccda`. All four Care Plan sections are always there, asks stand first,
and every entry points into narrative written from the same element. String parts, no template: the
cost is microseconds. It never decides what may leave and never carries narrative from a source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.render.ccda_clinical import allergies, directives, medications
from hub.render.ccda_context import context
from hub.render.ccda_goals import concerns, goals
from hub.render.ccda_header import header
from hub.render.ccda_interventions import asks, interventions
from hub.render.ccda_outcomes import outcomes
from hub.render.ccda_release import markings, release
from hub.render.ccda_slots import slots_of
from hub.render.cover import Rendered

if TYPE_CHECKING:
    from hub.canonical import Plan
    from hub.render.cover import Cover

MEDIA_TYPE = "application/xml"


def to_ccda(plan: Plan, cover: Cover) -> Rendered:
    """Return the plan as one C-CDA document, UTF-8, valid against R2.1 whatever the plan lacks."""
    slots = slots_of(plan, cover.set_id)
    document = "".join(
        (
            header(plan, cover),
            "<component><structuredBody>\n",
            asks(plan, slots),
            markings(cover),
            release(cover),
            concerns(plan, slots),
            goals(plan, slots),
            interventions(plan, slots),
            outcomes(plan, slots),
            medications(plan, slots),
            allergies(plan, slots),
            directives(plan, slots),
            context(plan),
            "</structuredBody></component></ClinicalDocument>\n",
        )
    )
    return Rendered(
        content=document.encode(), media_type=MEDIA_TYPE, file_name=f"icp-{cover.release_id}.xml"
    )
