"""A plan as one self-contained web page: no script, nothing fetched, the asks first.

`hub.render.render` calls `to_html`. It shows what the care team's PDF shows, from the same `view`.
Its own Content-Security-Policy allows its one style sheet, by its hash, and nothing else. On paper
the handling line and the notices stand on every page. Never decides what may leave.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from hub.render.cover import Rendered
from hub.render.pdf_glyphs import settable
from hub.render.pdf_view import view
from hub.render.shelf import template

if TYPE_CHECKING:
    from jinja2 import Template

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
    style, sum_ = _style()
    page = _page().render(
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


@functools.cache
def _page() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(template("html/care_team.html").read_text(encoding="utf-8"))


@functools.cache
def _style() -> tuple[Markup, str]:
    """Return the style sheet and its SHA-256 in Base64, as a CSP names it."""
    text = template("html/care_team.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), digest  # noqa: S704  # our own file, no member data
