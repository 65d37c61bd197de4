"""What it costs to withhold from a plan of 200 elements, and to look at the bytes once more.

The part `consent` prints `figures` beside its own, `python -m benchmarks.withholding` them alone.
One element in ten is of a Part 2 origin and linked to others; the bound is 5 ms for withholding.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from benchmarks.report import Figure
from benchmarks.timing import cpu_us
from hub.canonical import (
    Code,
    Concern,
    Goal,
    Intervention,
    Medication,
    Member,
    Name,
    Note,
    Party,
    Plan,
)
from hub.clearing.checking import fault
from hub.clearing.stamping import stamped
from hub.labels import Source, label
from hub.render import render
from hub.render.cover import Cover
from hub.withholding import withhold

if TYPE_CHECKING:
    from collections.abc import Callable

ELEMENTS = 200
BOUND = "<= 5000"
_EACH = ELEMENTS // 5
_WORDS = ("walking", "asthma", "housing", "diabetes", "kidney", "hearing", "wound", "vision")
_ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"


def figures(seconds: float) -> dict[str, Figure]:
    """Return CPU per call of each part of a release that withholds something."""
    return {
        name: Figure(
            cpu_us(call, seconds), "µs CPU", gate=BOUND if name == "withhold_200" else None
        )
        for name, call in _calls().items()
    }


def plan_of_200() -> Plan:
    """Return the plan: five lists of forty, linked, one in ten about alcohol."""
    return Plan(
        member=Member(name=Name(given=("Ada",), family="Bench"), birth_date="1961-07-19"),
        concerns=tuple(
            Concern(id=f"con-{n}", text=_said("Concern", n), codes=(Code(_ICD10, _code(n)),))
            for n in range(_EACH)
        ),
        goals=tuple(
            Goal(id=f"goal-{n}", text=f"Goal number {n} about {_about(n)}", concerns=(f"con-{n}",))
            for n in range(_EACH)
        ),
        interventions=tuple(
            Intervention(
                id=f"int-{n}",
                text=f"Visit {n} to review {_about(n)} and the next steps",
                goals=(f"goal-{n}",),
                party=Party(name=f"Helper {n}", organization="Bench Clinic"),
            )
            for n in range(_EACH)
        ),
        medications=tuple(Medication(text=f"Medicine {n} for {_about(n)}") for n in range(_EACH)),
        notes=tuple(
            Note(section="Home", text=f"Note {n}. The member spoke of {_about(n)} at length.")
            for n in range(_EACH)
        ),
    )


def _said(kind: str, n: int) -> str:
    return f"Alcohol use, thread {n}" if n % 10 == 0 else f"{kind} {n}: {_about(n)}"


def _code(n: int) -> str:
    return "F10.20" if n % 10 == 0 else f"E{n:02}.9"


def _about(n: int) -> str:
    return f"{_WORDS[n % len(_WORDS)]} matter {n}"


def _calls() -> dict[str, Callable[[], object]]:
    plan, source = plan_of_200(), Source("mixed")
    labelling = label(plan, source)
    hidden = frozenset(
        m for found in labelling.matters_at.values() for m in found if m.category == "sud"
    )
    kept = withhold(plan, labelling, hidden)
    assert kept.pointers, "something must be withheld"
    cover = Cover(
        release_id="rel-1",
        document_id="3f0c7a9e-8f52-4b7e-9d38-0b6a7d0c1a11",
        set_id="a0f7a1d4-5f7a-4d53-9a1f-1df6b1c0d001",
        version=1,
        released_on=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        custodian=Party(organization="The plan"),
        recipient=Party(organization="The practice"),
        withheld=True,
    )
    out = {form: render(form, kept.plan, cover) for form in ("ccda", "fhir", "pdf")}
    for form, rendered in out.items():
        assert not fault(form, rendered, plan, kept, ()), f"{form} must pass its last look"
    return {
        "label_200": lambda: label(plan, source),
        "withhold_200": lambda: withhold(plan, labelling, hidden),
        "stamp_200": lambda: stamped(kept.plan, labelling, frozenset(kept.pointers)),
        "last_look_ccda_200": lambda: fault("ccda", out["ccda"], plan, kept, ()),
        "last_look_fhir_200": lambda: fault("fhir", out["fhir"], plan, kept, ()),
        "last_look_pdf_200": lambda: fault("pdf", out["pdf"], plan, kept, ()),
    }


if __name__ == "__main__":
    measured = figures(0.5)
    for name, figure in measured.items():
        held = "" if figure.held is None else f"  gate {figure.gate}: {figure.held}"
        sys.stdout.write(f"{name:22} {figure.value or 0:10.0f} {figure.unit}{held}\n")
    sys.exit(any(figure.held is False for figure in measured.values()))
