"""A plan as a PDF for a care team that has two minutes: tagged PDF/UA-1 and PDF/A-2a, by typst.

`hub.render.render` calls `to_pdf`. The plan's words reach typst as JSON data, never as markup, and
neither the file's metadata nor its name holds member data. The same plan and cover give the same
bytes. Never decides what may leave: the plan it is given is the plan it prints.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

import typst

from hub.errors import Trouble
from hub.render.cover import Cover, Rendered
from hub.render.pdf_glyphs import STANDARDS, latin, printable, settable
from hub.render.pdf_view import view
from hub.render.shelf import template

if TYPE_CHECKING:
    from datetime import datetime

    from hub.canonical import Plan

FAILED = "the plan could not be set, send it as C-CDA"


def to_pdf(plan: Plan, cover: Cover) -> Rendered:
    """Return the plan as PDF bytes; `Trouble` permanent if the typesetter refuses it altogether."""
    content = typeset("pdf/care_team.typ", view(plan, cover), cover.released_on)
    return Rendered(
        content=content, media_type="application/pdf", file_name=f"{cover.release_id}.pdf"
    )


def typeset(name: str, data: dict[str, Any], at: datetime, failed: str = FAILED) -> bytes:
    """Set `data` by the template `name`: as it is, without what no font has, then as Latin only.

    `at` is the instant in the document's metadata; `failed` what is said when nothing can be set.
    """
    for setting in (settable, printable, latin):
        try:
            return _compile(name, json.dumps(setting(data), ensure_ascii=False), at)
        except typst.TypstError:
            continue
    raise Trouble("permanent", "typesetting_failed", failed)


def _compile(name: str, data: str, at: datetime) -> bytes:
    made = typst.compile(
        _source(name),
        sys_inputs={"data": data},
        pdf_standards=STANDARDS,
        ignore_system_fonts=True,
        timestamp=int(at.timestamp()),
    )
    if not isinstance(made, bytes):
        raise Trouble("permanent", "typesetting_failed", "the typesetter gave no single file")
    return made


@functools.cache
def _source(name: str) -> bytes:
    return template(name).read_bytes()
