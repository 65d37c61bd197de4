"""FHIR consents in a file: one resource, a Bundle, or NDJSON with a resource a line, into drafts.

The import calls `read_resources`. Other resources of the file are only looked at to learn who a
reference means. A resource that can't be read is a draft with a problem; its neighbours go on.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from hub.consents.drafts import Draft
from hub.consents.fhir_pieces import Directory, entries, text
from hub.consents.fhir_reading import Read, read
from hub.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

MOST: Final = 10_000
_BROKEN: Final[dict[str, Any]] = {"resourceType": ""}


def read_resources(content: bytes, known: Mapping[str, str], at: datetime) -> tuple[Draft, ...]:
    """Return drafts of every consent of a file; `Refused` 422 when it holds no FHIR JSON."""
    resources = list(_resources(content))
    if len(resources) > MOST:
        raise Refused("too_many", f"at most {MOST} resources; split the file", status=422)
    directory = Directory(known, resources)
    wanted = [
        (number, one)
        for number, one in enumerate(resources, 1)
        if text(one.get("resourceType")) in {"Consent", ""}
    ]
    if not wanted:
        raise Refused("no_consents", "the file holds no Consent resource", status=422)
    found: list[Draft] = []
    for number, one in wanted:
        found.extend(_drafts(number, read(one, directory, at)))
    return tuple(found)


def _drafts(number: int, given: Read) -> Iterator[Draft]:
    notes = tuple((one.code, one.at) for one in given.notes)
    if not given.consents:
        problem = given.notes[0].code if given.notes else "no_rule"
        yield Draft(number=number, who=given.member, notes=notes, problem=problem)
    for made in given.consents:
        yield Draft(number=number, consent=made, who=given.member, notes=notes, scan=given.scan)


def _resources(content: bytes) -> Iterator[Mapping[str, Any]]:
    """Yield every resource of a JSON or NDJSON file; a line that isn't JSON is a broken one."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _no_fhir() from None
    whole = _parsed(text)
    if isinstance(whole, dict):
        yield from _inside(whole)
        return
    lines = [line for line in text.splitlines() if line.strip()]
    parsed = [_parsed(line) for line in lines]
    if not any(isinstance(one, dict) for one in parsed):
        raise _no_fhir()
    for one in parsed:
        yield from _inside(one) if isinstance(one, dict) else (_BROKEN,)


def _inside(resource: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if text(resource.get("resourceType")) != "Bundle":
        yield resource
        return
    for entry in entries(resource, "entry"):
        inner = entry.get("resource")
        yield inner if isinstance(inner, dict) else _BROKEN


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _no_fhir() -> Refused:
    return Refused("unreadable", "this is no FHIR JSON or NDJSON; export it again", status=422)
