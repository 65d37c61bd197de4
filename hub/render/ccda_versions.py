"""A C-CDA that declares later versions than R2.1: the Companion Guide R4.1, or C-CDA 3.0 to 5.0.

`hub.render.render` calls these for endpoints whose format says so; each takes `to_ccda`'s document
and changes its template ids, never what the plan says. C-CDA 3.0, 4.0 and 5.0 have the same ids for
all we write, so one format serves the three. Sources: the Schematron of the guide and of 3.0 and
4.0, and the FSH of 5.0 (HL7/CDA-ccda, `LogicalModelTemplate` of each profile).

A Goal Observation with an extension breaks R2.1's own rules, and without one those of 3.0: beside
R2.1 it gets none. Templates no source tells a later id of keep R2.1's: the advance directives, and
the sections of medications and allergies, whose later forms ask for entries.
"""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hub.render.ccda import to_ccda
from hub.render.ccda_text import moment

if TYPE_CHECKING:
    from hub.canonical import Plan
    from hub.render.cover import Cover, Rendered

_ROOT: Final = "2.16.840.1.113883.10.20.22"
_DAY: Final = len("19610719")
_HEADERS: Final = frozenset({"1.1", "1.15"})
_GUIDE: Final = (
    ("1.1", "2015-08-01", "2023-05-01"),
    ("4.132", "2015-08-01", "2022-06-01"),
    ("4.4", "2015-08-01", "2022-06-01"),
)
"""Templates, their version in R2.1 and the one in the guide: header, concern act, problem."""

_GOAL: Final = ("4.121", "", "2022-06-01")
_LATER: Final = (
    ("1.1", "2015-08-01", "2024-05-01"),
    ("1.15", "2015-08-01", "2024-05-01"),
    ("4.132", "2015-08-01", "2022-06-01"),
    ("4.4", "2015-08-01", "2024-05-01"),
)
"""The same for 3.0, 4.0 and 5.0: header, Care Plan, concern act, problem."""

_TWIN: Final = re.compile(rb'<templateId root="([\d.]+)"/>(?=<templateId root="\1" extension=)')
_NO_ZONE: Final = re.compile(
    rb'(<(?:effectiveTime|time|low|high)(?: [^<>]*?)? value="\d{8})\d[\d.]*(?=")'
)


def to_companion_ccda(plan: Plan, cover: Cover) -> Rendered:
    """Return the C-CDA of `to_ccda` with the guide's template ids beside R2.1's."""
    return _beside(plan, cover, _GUIDE)


def to_dual_ccda(plan: Plan, cover: Cover) -> Rendered:
    """Return the C-CDA of `to_ccda` with the ids of C-CDA 3.0 to 5.0 beside R2.1's."""
    return _beside(plan, cover, _LATER)


def to_later_ccda(plan: Plan, cover: Cover) -> Rendered:
    """Return the plan as C-CDA 3.0, 4.0 and 5.0 would have it.

    Only their ids stand there, and a time of day without an offset, which they forbid, is cut to
    its day; the narrative keeps it.
    """
    made = to_ccda(plan, cover)
    content = _TWIN.sub(b"", made.content)
    for suffix, ours, theirs in (*_fitting(plan, _LATER), _GOAL):
        content = content.replace(_id(suffix, ours), _id(suffix, theirs))
    return replace(made, content=_NO_ZONE.sub(rb"\1", content))


def _beside(plan: Plan, cover: Cover, versions: tuple[tuple[str, str, str], ...]) -> Rendered:
    made = to_ccda(plan, cover)
    content = made.content
    for suffix, ours, theirs in _fitting(plan, versions):
        known = _id(suffix, ours)  # words are escaped: no text can hold a template id
        content = content.replace(known, known + _id(suffix, theirs))
    return replace(made, content=content)


def _fitting(plan: Plan, versions: tuple[tuple[str, str, str], ...]) -> list[tuple[str, str, str]]:
    """Leave out later headers for a plan without a whole birth date, which they ask for."""
    whole = len(moment(plan.member.birth_date)) >= _DAY
    return [one for one in versions if whole or one[0] not in _HEADERS]


@functools.cache
def _id(suffix: str, version: str) -> bytes:
    extension = f' extension="{version}"' if version else ""
    return f'<templateId root="{_ROOT}.{suffix}"{extension}/>'.encode()
