"""Checks a child's answer before the hub believes it: the template, the tally, and silence.

`reader.py` calls `checked`, on the hub's side. It changes nothing but findings: it adds them.
"""

from __future__ import annotations

from dataclasses import fields, replace

from hub.canonical import Finding, Place, Plan, Reading, unreadable
from hub.canonical.wire import unframe_reading
from hub.errors import Unreadable

_SAYS_NOTHING = frozenset({"schema", "header", "member", "coverage", "residue", "places"})
_TELLING = tuple(field.name for field in fields(Plan) if field.name not in _SAYS_NOTHING)
_EMPTY = Plan()


def checked(told: bytes | memoryview) -> Reading:
    """Return the reading in a child's frame with what is wrong with it added as findings.

    `reading_off_template` (error) replaces a reading that does not follow the template; `tally_off`
    (warning) and `nothing_read` (error) are added: silence must never look like success.
    """
    try:
        reading = unframe_reading(told)  # type: ignore[arg-type]  # msgspec takes any buffer
    except Unreadable as error:
        return unreadable(error.code, f"{error.detail}; mend the adapter")
    except RecursionError:
        return unreadable("reading_off_template", "the reading is nested too deeply")
    found = (*_tally_off(reading), *_nothing_read(reading))
    return replace(reading, findings=(*reading.findings, *found)) if found else reading


def _tally_off(reading: Reading) -> tuple[Finding, ...]:
    tally = reading.coverage
    counted = tally.mapped + tally.residue + tally.ignored
    if counted == tally.source_items and min(tally.mapped, tally.residue, tally.ignored) >= 0:
        return ()
    message = f"{tally.source_items} items in the source, {counted} accounted for"
    return (Finding("warning", "tally_off", f"{message}; mend the adapter"),)


def _nothing_read(reading: Reading) -> tuple[Finding, ...]:
    if not reading.plans and not any(each.severity == "error" for each in reading.findings):
        return (Finding("error", "nothing_read", "no plan was found in the document"),)
    return tuple(
        Finding(
            "error",
            "nothing_read",
            "the plan holds nothing but its header; check the adapter",
            Place(f"/plans/{number}", "pointer"),
        )
        for number, plan in enumerate(reading.plans)
        if plan.header.status != "revoked"  # a cancel has nothing but its header
        and all(getattr(plan, name) == getattr(_EMPTY, name) for name in _TELLING)
    )
