"""A released plan as JSON: the canonical template, in an envelope that says what release it is.

`hub.render.render` calls `to_json`. The plan's `places` are left out: they point into the source
document, which the recipient doesn't get, and would tell of what was withheld from it. A Social
Security number is left out as it is everywhere else (STANDARDS 6.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from hub.canonical.wire import indented, plain
from hub.render.cover import WITHHELD, Rendered

if TYPE_CHECKING:
    from hub.canonical import Plan
    from hub.render.cover import Cover

MEDIA_TYPE: Final = "application/vnd.icp+json"


def to_json(plan: Plan, cover: Cover) -> Rendered:
    """Return `{"release": …, "plan": …}`; the plan follows the published schema `urn:icp:1`."""
    member = plan.member
    known = tuple(one for one in member.identifiers if one.kind != "ssn")
    sent = replace(plan, places={}, member=replace(member, identifiers=known))
    return Rendered(
        content=indented({"release": _release(cover), "plan": plain(sent)}),
        media_type=MEDIA_TYPE,
        file_name=f"icp-{cover.release_id}.json",
    )


def _release(cover: Cover) -> dict[str, Any]:
    facts = plain(cover)
    facts["id"] = facts.pop("release_id")
    facts["withheld"] = cover.withheld
    facts["part2"] = cover.part2
    if cover.withheld:
        facts["withheld_note"] = WITHHELD
    if cover.replaces is not None:
        names = ("set_id", "version", "document_id")
        facts["replaces"] = dict(zip(names, cover.replaces, strict=True))
    return {"id": facts.pop("id"), **facts}
