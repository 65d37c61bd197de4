"""Plan and cover to bytes, in any format an endpoint may take, each loaded when first asked for.

`hub.release` calls `render`; `hub.main` need not know any renderer. A renderer is a pure function
`(plan, cover) -> Rendered` that never decides what may leave and never reads the clock.
"""

from __future__ import annotations

import functools
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, cast

from hub.errors import Misconfigured
from hub.render.cover import WITHHELD, Confidentiality, Cover, Rendered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.canonical import Plan

__all__ = [
    "CARRY_NOTICES",
    "RENDERERS",
    "WITHHELD",
    "Confidentiality",
    "Cover",
    "Rendered",
    "Renderer",
    "render",
]


class Renderer(Protocol):
    """What every entry of `RENDERERS` resolves to."""

    def __call__(self, plan: Plan, cover: Cover) -> Rendered:
        """Return the plan's bytes in this renderer's format."""


RENDERERS: Mapping[str, str] = MappingProxyType(
    {
        "ccda": "hub.render.ccda:to_ccda",
        "fhir": "hub.render.fhir:to_fhir",
        "ccda-companion": "hub.render.ccda_versions:to_companion_ccda",
        "ccda-dual": "hub.render.ccda_versions:to_dual_ccda",
        "ccda-5.0": "hub.render.ccda_versions:to_later_ccda",
        "hl7v2": "hub.render.hl7v2_document:to_mdm",
        "ppr": "hub.render.hl7v2_problems:to_ppr",
        "csv": "hub.render.csv_rows:to_csv",
        "html": "hub.render.html_page:to_html",
        "pdf": "hub.render.pdf:to_pdf",
        "pdf-member": "hub.render.member_pdf:to_member_pdf",
        "json": "hub.render.json_plan:to_json",
    }
)
"""Format word of an endpoint → dotted path of its renderer, imported on first use."""

CARRY_NOTICES: frozenset[str] = frozenset(
    {
        "ccda",
        "ccda-companion",
        "ccda-dual",
        "ccda-5.0",
        "fhir",
        "hl7v2",
        "ppr",
        "csv",
        "html",
        "pdf",
        "pdf-member",
        "json",
    }
)
"""Formats whose renderer writes the notices a release must carry (P2-20, HR-11).

A format that isn't listed gets no content that needs a notice.
"""


def render(format: str, plan: Plan, cover: Cover) -> Rendered:  # noqa: A002  # the house word
    """Return `plan` in `format`; `Misconfigured` when no renderer has that name."""
    return _renderer(format)(plan, cover)


@functools.cache
def _renderer(name: str) -> Renderer:
    path = RENDERERS.get(name)
    if path is None:
        known = ", ".join(sorted(RENDERERS))
        raise Misconfigured("format", f"no renderer has this name, choose one of {known}")
    module, _, function = path.partition(":")
    return cast("Renderer", getattr(import_module(module), function))
