"""What goes into the member's own copy of a plan, and the PDF of it with a cover sheet.

The pages of copies call `copy`. Labels, question and withholding are the release step's own. The
member may have their whole plan (45 CFR 164.524) but what may endanger them where they live (HR-19)
and psychotherapy notes; a personal representative of a minor nothing that the minor alone may
decide of (45 CFR 164.502(g)(3)); a practice can hand on no more than it was given. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import pikepdf

from consent.terms import GENERAL, PSYCHOTHERAPY_NOTE, SDV, UNLABELLED
from hub import render
from hub.canonical import Identifier, Party, Sealed
from hub.clearing.checking import fault
from hub.copies import Copied
from hub.errors import Refused
from hub.foreseeing import asked_of
from hub.hours import day_of
from hub.ids import new_id
from hub.questioning import born
from hub.render.cover import Cover
from hub.render.pdf import typeset
from hub.withholding import withhold

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from consent.records import Policy
    from consent.terms import Matter
    from hub.asked import Actor
    from hub.copies import Wanted
    from hub.officer import Sight
    from hub.questioning import Asked

FORMAT: Final = "pdf-member"
_NEVER: Final = frozenset({SDV, PSYCHOTHERAPY_NOTE, UNLABELLED})
_OF_AGE: Final = 18
_GONE: Final = "no_longer_released"


@dataclass(frozen=True, slots=True, repr=False)
class _Labels(Sealed):
    """A labelling as withholding wants it."""

    matters_at: Mapping[str, frozenset[Matter]]


def copy(sight: Sight, actor: Actor, wanted: Wanted, now: datetime, policy: Policy) -> Copied:
    """Return a copy for the member or their representative; `Refused` 409 when none can be made.

    For a practice it is `Refused` 410 when consent no longer lets it have the plan itself.
    """
    asked = asked_of(sight, sight.consents, now, policy)
    plan = sight.plan
    if plan is None:
        raise Refused("no_plan", "there is no plan to copy", status=409)
    behind = _behind(asked, sight, wanted, now)
    if actor.organisation != sight.member.mco:
        if asked.decision.outcome != "permit" or asked.question.recipient.organisation != (
            actor.organisation
        ):
            raise Refused(_GONE, "consent no longer lets you have this plan", status=410)
        behind |= asked.decision.withhold
    try:
        kept = withhold(plan, _Labels(asked.labelling.matters_at), behind, strip_confidential=True)
    except Refused:
        raise Refused("nothing_left", "nothing of this plan may be copied", status=409) from None
    if not kept.left:
        raise Refused("nothing_left", "nothing of this plan may be copied", status=409)
    cover = _cover(sight, wanted, now, partly=bool(kept.pointers))
    made = render.render(FORMAT, kept.plan, cover)
    wrong = fault(FORMAT, made, plan, kept, ())
    if wrong:
        what = "the copy did not pass its last check; ask the privacy officer"
        raise Refused("copy_unsafe", what, status=409)
    decision = _record(asked, behind, wanted, now)
    return Copied(cover.release_id, _bound(made.content, cover), len(kept.pointers), decision)


def _behind(asked: Asked, sight: Sight, wanted: Wanted, now: datetime) -> frozenset[Matter]:
    """Return what stays out of the copy."""
    every = {matter for found in asked.labelling.matters_at.values() for matter in found}
    out = {matter for matter in every if matter.category in _NEVER}
    if wanted.whom == "representative" and not _of_age(sight.member.birth_date, day_of(now)):
        out |= {m for m in every if m.category != GENERAL and m.minor_basis != "parent"}
    return frozenset(out)


def _of_age(birth_date: str, today: date) -> bool:
    """Say whether a member is of age; a birth date that can't be read counts as a minor's."""
    since = born(birth_date)
    return (today.year - since.year - ((today.month, today.day) < (since.month, since.day))) >= (
        _OF_AGE
    )


def _cover(sight: Sight, wanted: Wanted, now: datetime, *, partly: bool) -> Cover:
    sender = sight.facts.organisations[sight.member.mco]
    own = (Identifier("npi", sender.npi),) if sender.npi else ()
    return Cover(
        release_id=new_id("cpy"),
        document_id="",
        set_id="",
        version=sight.version,
        released_on=now,
        custodian=Party(organization=sender.name, identifiers=own),
        recipient=Party(name=wanted.name),
        withheld=partly,
    )


def _record(
    asked: Asked, behind: frozenset[Matter], wanted: Wanted, now: datetime
) -> dict[str, Any]:
    """Return what is kept of why the copy is as it is; never shown to who receives it."""
    return {
        "for": wanted.whom,
        "withheld": sorted([m.category, m.part2_origin, m.minor_basis] for m in behind),
        "policy": asked.decision.policy_version,
        "at": now.isoformat(),
    }


def _bound(content: bytes, cover: Cover) -> bytes:
    """Return the copy with its cover sheet in front."""
    on = cover.released_on
    with pikepdf.open(BytesIO(content)) as whole:
        data = {
            "name": cover.recipient.name or "",
            "sender": cover.custodian.organization or "",
            "pages": len(whole.pages),
            "date": [on.year, on.month, on.day],
        }
        with pikepdf.open(BytesIO(typeset("pdf/member_cover.typ", data, on))) as sheet:
            whole.pages.insert(0, sheet.pages[0])
            made = BytesIO()
            whole.save(made)
    return made.getvalue()
