"""A C-CDA that also declares what it follows of the Companion Guide R4.1, beside R2.1.

`hub.render.render` calls `to_companion_ccda` for endpoints whose format is `ccda-companion`: the
same document as `to_ccda`, with the guide's template ids beside those of R2.1. A Goal Observation
gets none: with one it would fail R2.1's own rules (STANDARDS 0.3, 1.1). Nor does the header of a
plan without a whole birth date, which the guide asks for. Nothing else differs.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hub.render.ccda import to_ccda
from hub.render.ccda_text import moment

if TYPE_CHECKING:
    from hub.canonical import Plan
    from hub.render.cover import Cover, Rendered

_ROOT: Final = "2.16.840.1.113883.10.20.22"
_DAY: Final = len("19610719")
_BESIDE: Final = (
    ("1.1", "2015-08-01", "2023-05-01"),
    ("4.132", "2015-08-01", "2022-06-01"),
    ("4.4", "2015-08-01", "2022-06-01"),
)
"""Templates, their version in R2.1 and the one in the guide: header, concern act, problem."""


def to_companion_ccda(plan: Plan, cover: Cover) -> Rendered:
    """Return the C-CDA of `to_ccda` with the guide's template ids beside R2.1's."""
    made = to_ccda(plan, cover)
    content = made.content
    pairs = _pairs() if len(moment(plan.member.birth_date)) >= _DAY else _pairs()[1:]
    for known, both in pairs:
        content = content.replace(known, both)  # words are escaped: no text can hold a template id
    return replace(made, content=content)


@functools.cache
def _pairs() -> list[tuple[bytes, bytes]]:
    pairs = []
    for suffix, ours, theirs in _BESIDE:
        before, after = (
            f'<templateId root="{_ROOT}.{suffix}" extension="{version}"/>'
            for version in (ours, theirs)
        )
        pairs.append((before.encode(), f"{before}{after}".encode()))
    return pairs
