"""The cover of a plan as a page shows it, from rows of the store: who sent it, notices, withheld.

`pcmh` and `plan_page` hand it to the same `view` that the printed plan is laid out from, so that
page and paper say the same. Nothing is decided here: the release says what it carries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consent.notices import PART2_SCOPE, TEXTS, scope
from hub.canonical import Identifier, Party
from hub.render.cover import Cover

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from consent.records import Consent

GENERAL = "general"


def cover_of(row: Mapping[str, Any], known: Iterable[Consent]) -> Cover:
    """Return the cover of a release; `known` are the member's consents."""
    released = row["released"] or ()
    carried = {matter[0] for matter in released}
    relied = [scope(one, carried) for one in known if one.id in (row["relied"] or ())]
    inside = carried - {GENERAL}
    part2 = any(matter[1] != "no" for matter in released)
    return Cover(
        release_id=row["release"],
        document_id="",
        set_id="",
        version=row["version"],
        released_on=row["released_at"],
        custodian=_party(row["sender"], row["sender_npi"]),
        recipient=Party(
            name=row["contact"],
            organization=row["practice"],
            identifiers=_npi(row["practice_npi"]),
            phone=row["contact_phone"] or None,
            email=row["contact_email"] or None,
        ),
        notices=tuple(TEXTS[one] for one in row["notices"] if one in TEXTS),
        consent_scope=" ".join(relied) or None if PART2_SCOPE in row["notices"] else None,
        withheld=row["withheld"],
        confidentiality="R" if inside else "N",
        sensitivities=tuple(sorted(inside)),
        part2=part2,
    )


def cover_as_read(row: Mapping[str, Any], at: datetime) -> Cover:
    """Return the cover of a plan that is shown as it was read, before any release."""
    return Cover(
        release_id="",
        document_id="",
        set_id="",
        version=row["version"],
        released_on=at,
        custodian=_party(row["sender"], row["sender_npi"]),
        recipient=Party(name=row["contact"], organization=row["practice"]),
    )


def _party(name: str, npi: str) -> Party:
    return Party(organization=name, identifiers=_npi(npi))


def _npi(npi: str) -> tuple[Identifier, ...]:
    return (Identifier("npi", npi),) if npi else ()
