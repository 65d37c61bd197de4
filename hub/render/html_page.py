"""A plan as one self-contained web page: no script, nothing fetched, the asks first.

`hub.render.render` calls `to_html`. It shows what the care team's PDF shows, from the same `view`.
Its own Content-Security-Policy allows its one style sheet, by its hash, and nothing else. On paper
the handling line and the notices stand on every page. Never decides what may leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.render.cover import Rendered
from hub.render.markup import page_of, style_of
from hub.render.pdf_glyphs import settable
from hub.render.pdf_view import view

if TYPE_CHECKING:
    from hub.canonical import Plan
    from hub.render.cover import Confidentiality, Cover

HANDLING: Final[dict[Confidentiality, str]] = {
    "N": "Confidential health information.",
    "R": "Confidential health information: restricted.",
    "V": "Confidential health information: very restricted.",
}
"""What every page and file says of its confidentiality (HL7 v3 codes N, R and V)."""

_LINKED: Final = ("https://", "http://")


def to_html(plan: Plan, cover: Cover) -> Rendered:
    """Return the plan as a page of HTML in UTF-8; the same plan and cover give the same bytes."""
    data: dict[str, Any] = settable(view(plan, cover))
    style, sum_ = style_of("html/care_team.css")
    page = page_of("html/care_team.html").render(
        d=data,
        handling=HANDLING[cover.confidentiality],
        link=data["reply_url"].startswith(_LINKED),
        style=style,
        style_sum=sum_,
    )
    return Rendered(
        content=page.encode(),
        media_type="text/html",
        file_name=f"{cover.release_id}.html",
    )
