"""Laurel Highlands Community Care, problem-oriented HL7 v2 (PPR^PC1).

Bound to mco-laurel in the directory. Habits: sends from application `CAREPATH`, facility `LHCC`;
its own member number stands in PID-3 without a type; the care-management tier stands in `ZCP-3`.

History: 2026-11-22 written for the 2.5.1 feed.
"""

from typing import Final

from adapters.formats.hl7v2 import Habits, Hl7v2Reader
from adapters.profiles import FieldRule

HABITS: Final = Habits(
    name="laurel-hl7v2",
    version="1",
    applications=frozenset({"CAREPATH"}),
    facilities=frozenset({"LHCC"}),
    identifiers={"LHCC": "plan"},
    segments=(FieldRule("risk.level", "ZCP-3", values="tier"),),
    values={"tier": {"1": "low", "2": "moderate", "3": "high"}},
)
ADAPTER: Final = Hl7v2Reader(HABITS)
