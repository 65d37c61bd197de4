"""A plan as a PDF for the member: plain words, large print, only what a member sees.

`hub.render.render` calls `to_member_pdf`. Tagged PDF/UA-1 and PDF/A-2a like the care team's, in the
member's language where the fixed texts are there. Never decides what may leave, but leaves out what
a member has no use for and what nobody else in the house may read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.render.cover import Cover, Rendered
from hub.render.member_view import member_view
from hub.render.pdf import typeset

if TYPE_CHECKING:
    from hub.canonical import Plan


def to_member_pdf(plan: Plan, cover: Cover) -> Rendered:
    """Return the member's edition; `Trouble` permanent if the typesetter refuses it altogether."""
    return Rendered(
        content=typeset("pdf/member.typ", member_view(plan, cover), cover.released_on),
        media_type="application/pdf",
        file_name=f"{cover.release_id}-member.pdf",
    )
