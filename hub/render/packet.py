"""A print packet: a cover sheet without health information, then the released plan.

The practice's packet page calls `to_packet`. The cover names the practice, the contact and a return
code, so that it may lie on a fax machine or travel in a window envelope; who the plan is about
stands behind it only. Never decides what may leave: the plan it is given is the plan it prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import pikepdf

from hub.canonical import Sealed
from hub.render.cover import Cover, Rendered
from hub.render.pdf import to_pdf, typeset
from hub.render.pdf_words import date_words

if TYPE_CHECKING:
    from datetime import datetime

    from hub.canonical import Plan


@dataclass(frozen=True, slots=True, repr=False)
class Front(Sealed):
    """What the cover sheet says: the code as printed, where to type it, until when."""

    code: str
    address: str
    ends_at: datetime
    acknowledge_by: datetime | None = None


def to_packet(plan: Plan, cover: Cover, front: Front) -> Rendered:
    """Return one PDF: the cover sheet, then the plan as the care team's edition has it."""
    printed = to_pdf(plan, cover).content
    with pikepdf.open(BytesIO(printed)) as whole:
        pages = len(whole.pages)
        with pikepdf.open(BytesIO(_front(cover, front, pages))) as sheet:
            whole.pages.insert(0, sheet.pages[0])
            made = BytesIO()
            whole.save(made)
    return Rendered(
        content=made.getvalue(),
        media_type="application/pdf",
        file_name=f"{cover.release_id}-packet.pdf",
    )


def _front(cover: Cover, front: Front, pages: int) -> bytes:
    by = front.acknowledge_by
    on = cover.released_on
    data = {
        "practice": cover.recipient.organization or "",
        "contact": cover.recipient.name or "",
        "sender": cover.custodian.organization or "",
        "pages": pages,
        "code": front.code,
        "address": front.address,
        "ends": date_words(front.ends_at.date().isoformat()),
        "by": date_words(by.date().isoformat()) if by else "",
        "date": [on.year, on.month, on.day],
    }
    return typeset("pdf/packet.typ", data, on)
