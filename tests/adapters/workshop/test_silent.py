"""What a PDF profile declares and a sample gave nothing for is told by its key."""

from __future__ import annotations

from adapters.profiles import load
from adapters.workshop.silent import silent
from hub.canonical import Place, Plan, Reading

PROFILE = """
profile: try-pdf
version: "1"
sender: mco-try
format: pdf
pdf:
  labels: {crisis: Crisis Plan, fax: Fax}
  lists: {acts: [Interventions]}
  notes: [Consent]
plan: {crisis_plan: crisis, risk.reason: fax}
rows:
  - {list: interventions, when: [acts], fields: {text: text}}
"""


def test_silent() -> None:
    """A label with a value is not told; one without, a list and a note that were not met are."""
    place = Place("page 1", "page", "label crisis")
    plan = Plan(crisis_plan="Call", places={"/crisis_plan": place})

    assert list(silent(load(PROFILE), Reading((plan,)))) == [
        "pdf.labels.fax",
        "pdf.lists.acts",
        "pdf.notes: Consent",
    ]
