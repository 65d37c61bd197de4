"""A plan as an MDM message: its C-CDA inside, TXA around it. New, replacing, or cancelling.

`hub.render.render` calls `to_mdm`. MDM^T02 for a first release, T10 for one that replaces another
(TXA-13 names the document before), T11 for a plan that was revoked after it had been sent: it has
no content. The notices stand first, as text, before the document (STANDARDS 2.1, 2.2, P2-20).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from hub.render import hl7v2_head as head
from hub.render import hl7v2_text as put
from hub.render.ccda import to_ccda
from hub.render.pdf_view import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.canonical import Plan
    from hub.render.cover import Cover, Rendered

LONGEST: Final = 32_000
"""Base64 characters of one OBX-5, a multiple of four: engines cut segments at 32 KB."""

_PLAN: Final = "18776-5^Plan of care note^LN"
_DRAFT: Final = "draft"


def to_mdm(plan: Plan, cover: Cover) -> Rendered:
    """Return the plan as one MDM message in ER7, UTF-8, without MLLP framing."""
    return head.rendered(_segments(plan, cover), cover)


def event(plan: Plan, cover: Cover) -> str:
    """Return the trigger event: T02 new, T10 replacing, T11 cancelling what was sent before."""
    if cover.replaces is None:
        return "T02"
    return "T11" if plan.header.status == "revoked" else "T10"


def _segments(plan: Plan, cover: Cover) -> Iterator[str]:
    what = event(plan, cover)
    structure = "MDM_T01" if what == "T11" else "MDM_T02"
    yield head.msh(plan, cover, f"MDM^{what}^{structure}")
    yield put.segment("EVN", {1: what, 2: head.released(cover)})
    yield head.pid(plan.member)
    yield put.segment("PV1", {1: "1", 2: "N"})
    yield _txa(plan, cover, what)
    if what == "T11":
        return
    told = head.lines(head.NOTICE, head.notices(cover), 1)
    yield from told
    yield from _enclosed(plan, cover, len(told) + 1)


def _txa(plan: Plan, cover: Cover, what: str) -> str:
    gone = what == "T11"
    number = cover.replaces[2] if gone and cover.replaces else cover.document_id
    parent = cover.replaces[2] if cover.replaces and not gone else ""
    return put.segment(
        "TXA",
        {
            1: "1",
            2: _PLAN,
            3: "" if gone else "AP",
            4: put.time(plan.header.written_on),
            6: head.released(cover),
            9: put.person(plan.header.author),
            12: put.text(number),
            13: put.text(parent),
            16: put.text(f"{cover.set_id}.{cover.version}"),
            17: "DI" if plan.header.status == _DRAFT else "AU",
            18: head.usual(cover),
            19: "CA" if gone else "AV",
            25: put.text(KINDS[plan.header.kind]),
        },
    )


def _enclosed(plan: Plan, cover: Cover, start: int) -> Iterator[str]:
    """Yield the C-CDA as ED, over as many OBX as it needs: same OBX-3, rising OBX-4."""
    whole = base64.b64encode(to_ccda(plan, cover).content).decode()
    parts = [whole[at : at + LONGEST] for at in range(0, len(whole), LONGEST)]
    for number, part in enumerate(parts):
        data = put.components("", "application", "xml", "Base64", part)
        sub = f"{number + 1}" if len(parts) > 1 else ""
        fields = {1: f"{start + number}", 2: "ED", 3: _PLAN, 4: sub, 5: data, 11: "F"}
        yield put.segment("OBX", fields)
