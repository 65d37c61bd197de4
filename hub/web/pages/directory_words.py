"""What the directory's pages call things. Words only."""

from __future__ import annotations

from typing import get_args

from hub.ports import Format
from hub.web.pages import wording

KINDS: dict[str, str] = {"mco": "MCO", "pcmh": "medical home", "other": "other"}
TIERS: dict[str, str] = {
    "": "as its kind says",
    "system": "health system",
    "practice": "practice",
    "site": "site",
    "plan": "health plan",
    "program": "program",
}
ROLES: dict[str, str] = {
    "plan": "plans",
    "consent": "consents and releases of information",
    "urgent": "urgent matters",
    "liaison": "liaison",
    "responsible": "responsible person",
    "manager": "practice manager",
    "owner": "care manager who owns plans",
    "supervisor": "supervisor",
    "operations": "operations of the hub",
    "technical": "who mends its connections",
}
PART2: dict[str, str] = {
    "no": "no Part 2 program",
    "mixed": "partly a Part 2 program",
    "program": "a Part 2 program",
}
DAYS: dict[str, str] = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
ROWS: dict[str, str] = {
    "organisation": "organisation",
    "contact": "contact",
    "endpoint": "endpoint",
    "rule": "routing rule",
    "binding": "adapters",
}
WAYS: dict[str, str] = {
    "console": "in the console",
    "file": "by file",
    "fhir": "by FHIR bundle",
    "proposal": "as the practice proposed",
    "planned": "as planned",
}
WEIGHTS: dict[str, str] = {
    "missing": "missing",
    "error": "wrong",
    "ask": "look at it",
    "note": "to know",
}


def word(table: str, value: str) -> str:
    """Return the word for a value of a table here or in `wording`, else the value."""
    known: dict[str, str] = globals().get(table) or getattr(wording, table)
    return known.get(value, value)


def options(table: str, *values: str) -> tuple[tuple[str, str], ...]:
    """Return (value, words) for some values of a table, or for all of them."""
    known: dict[str, str] = globals().get(table) or getattr(wording, table)
    return tuple((value, known.get(value, value)) for value in (values or known))


def formats() -> tuple[tuple[str, str], ...]:
    """Return the formats an endpoint may take."""
    return tuple((one, one) for one in get_args(Format))
