"""Susquehanna Choice Plan's care plans in PDF: form SCP-POC, fillable.

Bound in the directory as `adapters.mcos.susquehanna_pdf:ADAPTER`. Its habits are in the profile
beside it but one: *no known allergies* is a box, which here becomes an explicit absence.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.formats.pdf import PdfReader
from adapters.profiles import load
from adapters.workshop.live import dated
from hub.canonical import Absent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.formats.pdf import Found
    from hub.canonical import Adapter, Plan


class SusquehannaPdf(PdfReader):
    """The fillable form, with its box for no known allergies."""

    consumes = ("no_known_allergies",)

    def settled(self, plan: Plan, values: Mapping[str, Found]) -> Plan:
        """Return the plan with its allergies explicitly absent where the box is ticked."""
        ticked = values.get("no_known_allergies")
        if ticked is None or plan.allergies:
            return plan
        places = {**plan.places, "/allergies": ticked.place}
        return replace(plan, allergies=Absent("none"), places=places)


def live(text: str) -> Adapter:
    """Return the adapter of a profile that was activated, with this sender's own habit."""
    profile = load(text)
    return dated(SusquehannaPdf(profile), profile, text)


ADAPTER = SusquehannaPdf(load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")))
