"""The workbench's adapter: reads with a sender's adapters and lays the source out beside it.

Bound as `adapters.workbench:bench` with an `Ask` as its profile's text. It knows every document,
since the source is shown too when nothing can read it, and always asks for a process of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from msgspec import structs

from adapters.formats.ccda import spelled
from adapters.workbench.binding import bound
from adapters.workbench.grids import grids_of
from adapters.workbench.laying import Claims, Layout, said
from adapters.workbench.lines import json_of, text_of
from adapters.workbench.paragraphs import paragraphs_of
from adapters.workbench.segments import segments_of
from adapters.workbench.sheets import sheets_of
from adapters.workbench.slips import strings
from adapters.workbench.trees import tree_of
from hub.canonical import Reading, unreadable
from hub.canonical.leaves import leaves
from hub.canonical.source import ENCLOSED, Ask, Bench
from hub.canonical.wire import decode, frame

if TYPE_CHECKING:
    from adapters.profiles import Profile
    from adapters.workbench.binding import Bound
    from hub.canonical import Document, Place, Plan
    from hub.canonical.source import State

_CUT: Final = 40_000_000
"""Bytes: pictures beyond it are left out, an answer has at most 64 MB."""


class Workbench:
    """Reads like the one adapter that knows the document, and encloses the laid-out source."""

    name = "workbench"
    version = "1"
    isolate = True

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def identify(self, document: Document) -> bool:  # noqa: ARG002  # it shows any document
        """Say that it takes every document."""
        return True

    def read(self, document: Document) -> Reading:
        """Return the reading with a frame of its `Bench` enclosed."""
        adapters, slips = bound(self._ask)
        known = [(one, one.adapter.identify(document)) for one in adapters]
        chosen = [one for one, knows in known if knows]
        reading = chosen[0].adapter.read(document) if len(chosen) == 1 else _unread(len(chosen))
        by = chosen[0] if len(chosen) == 1 else None
        laid = _laid(document, by)
        told = structs.replace(
            _bench(reading, document, laid, by),
            adapters=tuple((one.adapter.name, knows) for one, knows in known),
            profiles=tuple(
                (one.path, one.adapter.name, one.profile) for one in adapters if one.profile
            ),
            slips=slips,
        )
        shown = _spelt(reading, document)
        return replace(shown, enclosures={ENCLOSED: frame(_fitting(told))})


def bench(ask: str) -> Workbench:
    """Return the workbench's adapter for what the console asks, as JSON of an `Ask`."""
    return Workbench(decode(ask.encode(), Ask))


def _unread(count: int) -> Reading:
    if count:
        return unreadable("ambiguous_adapter", "several adapters claim it; bind one")
    return unreadable("no_adapter", "no adapter here knows it; choose another sender or bind one")


def _laid(document: Document, by: Bound | None) -> Layout:
    """Return the source laid out in its own shape; as lines where it has none that we know."""
    content = document.content
    profile = cast("Profile | None", getattr(by.adapter, "profile", None)) if by else None
    if not hasattr(profile, "format"):
        profile = None
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\x0b")
    found: Layout | None = None
    if b"%PDF-" in content[:1024]:
        found = sheets_of(content)
    elif head.startswith((b"{\\rtf", b"PK\x03\x04")):
        found = paragraphs_of(content) or grids_of(content, profile)
    elif head.startswith((b"MSH", b"FHS", b"BHS")):
        found = segments_of(content)
    elif head.startswith((b"{", b"[")):
        found = json_of(content)
    elif head.startswith(b"<") or _wide_xml(content):
        found = tree_of(content)
    else:
        found = grids_of(content, profile)
    return found or text_of(content)


def _wide_xml(content: bytes) -> bool:
    return content[:4] in {b"\xff\xfe<\0", b"\xfe\xff\0<"}


def _bench(reading: Reading, document: Document, laid: Layout, by: Bound | None) -> Bench:
    """Return what is shown of a reading whose places are still as its adapter gave them."""
    links = tuple(_links(plan, document, laid) for plan in reading.plans)
    findings = tuple(_spot(one.place, document, laid) for one in reading.findings)
    for plan, spots in zip(reading.plans, links, strict=True):
        laid.told |= {spots[at]: value for at, value in leaves(plan) if at in spots}
    words = said(reading.plans, strings(by.profile) if by and by.profile else ())
    return Bench(
        source=laid.finished(_claims(links), words),
        links=links,
        findings=findings,
        adapter=f"{by.adapter.name}@{by.adapter.version}" if by else "",
        bound=by.path if by else "",
        profile=by.profile if by else "",
    )


def _links(plan: Plan, document: Document, laid: Layout) -> dict[str, str]:
    every = ((at, _spot(place, document, laid)) for at, place in plan.places.items())
    return {at: spot for at, spot in every if spot}


def _spot(place: Place | None, document: Document, laid: Layout) -> str:
    """Return the spot of a place, or nothing where it is in another document."""
    if place is None or place.document.removeprefix("sha256:") not in {"", document.digest}:
        return ""
    return laid.spot_of(place)


def _claims(links: tuple[dict[str, str], ...]) -> Claims:
    """Return the spots that fields point to; what is kept as residue gives way to a field."""
    claims: Claims = {}
    for plan in links:
        for pointer, spot in plan.items():
            state: State = "residue" if pointer.startswith("/residue/") else "field"
            if claims.get(spot) != "field":
                claims[spot] = state
    return claims


def _spelt(reading: Reading, document: Document) -> Reading:
    """Return the reading with XPaths that people can read."""
    plans = tuple(
        replace(plan, places=spelled(document.content, plan.places))
        if any(place.kind == "xpath" for place in plan.places.values())
        else plan
        for plan in reading.plans
    )
    return replace(reading, plans=plans)


def _fitting(told: Bench) -> Bench:
    """Return the bench without its last pictures where an answer could not hold them all."""
    left, parts = _CUT, []
    for part in told.source.parts:
        left -= len(part.image)
        parts.append(part if left > 0 else structs.replace(part, image=b""))
    return structs.replace(told, source=structs.replace(told.source, parts=tuple(parts)))
