"""Searches and answers of the FHIR API: parameters, pages, versions, conditional reads.

Every module of `hub.web.fhir` uses it. A parameter that isn't known is refused, since leaving it
out would answer more than was asked. What names a person (`patient:identifier`) is taken from a
form alone and never stands in an address, ours included.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from hub.consents.fhir_writing import internal
from hub.errors import Refused
from hub.web.fhir_answers import FHIR_JSON, MOST, outcome
from hub.web.replies import ours
from hub.web.world import world_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    Json = dict[str, Any]

_FORM_ONLY: Final = frozenset({"patient:identifier"})
_HIDDEN: Final = frozenset({"_after", "_format"})
_MEMBER: Final = {"patient": "reference", "patient:identifier": "token"}
PARAMETERS: Final[Mapping[str, Mapping[str, str]]] = {
    "Task": {**_MEMBER, "status": "token"},
    "DocumentReference": {**_MEMBER, "status": "token"},
    "CarePlan": _MEMBER,
    "Provenance": {"target": "reference"},
    "AuditEvent": {"entity": "reference"},
    "Organization": {},
    "Practitioner": {"organization": "reference"},
    "Endpoint": {},
    "Subscription": {},
    "Consent": {"patient": "reference", "status": "token"},
}
"""What each type is searched by, beside `_id`, with the parameter's type."""

USUAL: Final = frozenset({"_id", "_count", "_after", "_format", "_lastUpdated"})
_YEAR, _MONTH, _DAY = len("2026"), len("2026-11"), len("2026-11-22")
_OPEN_ENDED: Final = {"gt", "ge", "sa"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A search: its parameters by name, and the span of `_lastUpdated` (from, before)."""

    given: Mapping[str, str]
    limit: int
    since: datetime | None = None
    until: datetime | None = None
    form: bool = False
    kept: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """Return a parameter, or None."""
        return self.given.get(name)

    def id_of(self, name: str, kind: str = "") -> str | None:
        """Return the id of ours that a reference or id parameter means, or None."""
        found = self.given.get(name)
        return None if found is None else internal(found.removeprefix(f"{kind}/"))


async def asked(request: Request, kind: str, most: int = MOST) -> Asked:
    """Return what a search of a type asks, by address or by a posted form; `Refused` 400."""
    known = USUAL | set(PARAMETERS[kind])
    given = list(request.query_params.multi_items())
    posted = request.method == "POST"
    if posted:
        form = await request.form()
        given += [(name, str(value)) for name, value in form.multi_items()]
    may = known if posted else known - _FORM_ONLY
    found: dict[str, str] = {}
    spans: list[str] = []
    for name, value in given:
        if name == "_lastUpdated":
            spans.append(value)
            continue
        if name not in may or name in found or "\x00" in value:
            words = ", ".join(sorted(may - _HIDDEN))
            raise Refused("search", f"search by {words}, each once")
        found[name] = value
    since, until = _span(spans)
    kept = {n: [v] for n, v in found.items() if n not in _FORM_ONLY and n != "_after"}
    return Asked(found, _limit(found, most), since, until, posted, kept | {"_lastUpdated": spans})


def _limit(found: Mapping[str, str], most: int) -> int:
    count = found.get("_count", str(min(50, most)))
    if not (count.isascii() and count.isdigit() and len(count) < 9 and 1 <= int(count) <= MOST):  # noqa: PLR2004  # far more than MOST has
        raise Refused("search", f"`_count` is 1 to {MOST}")
    return min(int(count), most)


def _span(spans: Sequence[str]) -> tuple[datetime | None, datetime | None]:
    """Return the instants a search's dates mean: from the first, before the second (R4, 3.1.1.5.3).

    `eq` of a day means the whole day, as does no prefix.
    """
    since: list[datetime] = []
    until: list[datetime] = []
    for one in spans:
        prefix, text = (one[:2], one[2:]) if one[:2].isalpha() else ("eq", one)
        begins, ends = _instants(text)
        if prefix not in {"eq", "lt", "le", "eb", *_OPEN_ENDED}:
            raise Refused("search", "`_lastUpdated` takes eq, gt, ge, lt, le, sa, eb")
        if prefix in {"eq", "ge"}:
            since.append(begins)
        if prefix in {"gt", "sa"}:
            since.append(ends)
        if prefix in {"eq", "le"}:
            until.append(ends)
        if prefix in {"lt", "eb"}:
            until.append(begins)
    return max(since, default=None), min(until, default=None)


def _instants(text: str) -> tuple[datetime, datetime]:
    """Return where a FHIR date begins and ends; `Refused` 400 for what is none."""
    text = text.replace(" ", "+")  # an unescaped + of a time zone
    try:
        if len(text) == _YEAR:
            begins = datetime(int(text), 1, 1, tzinfo=UTC)
            return begins, begins.replace(year=begins.year + 1)
        if len(text) == _MONTH:
            begins = datetime.fromisoformat(f"{text}-01").replace(tzinfo=UTC)
            following = (begins + timedelta(days=31)).replace(day=1)
            return begins, following
        at = datetime.fromisoformat(text)
        begins = at if at.tzinfo else at.replace(tzinfo=UTC)
        step = timedelta(days=1) if len(text) == _DAY else timedelta(milliseconds=1)
        return begins, begins + step
    except (ValueError, OverflowError):
        raise Refused("search", "`_lastUpdated` needs a date or an instant") from None


def found_id(text: str) -> str:
    """Return our id of a resource in an address; `Refused` 404 for what can't be one."""
    return ours(internal(text))


def plain_id(identifier: str) -> str:
    """Return one of our ids as FHIR allows ids."""
    return identifier.replace("_", "-")


def reference(kind: str, identifier: str, display: str = "") -> Json:
    """Return a reference to a resource of this API."""
    found: Json = {"reference": f"{kind}/{plain_id(identifier)}"}
    return found | ({"display": display} if display else {})


def coded(system: str, code: str, text: str = "") -> Json:
    """Return a CodeableConcept of one code."""
    found: Json = {"coding": [{"system": system, "code": code}]}
    return found | ({"text": text} if text else {})


def answer(request: Request, resource: Json, changed: datetime, status: int = 200) -> Response:
    """Return a resource with its ETag and Last-Modified, or 304 where the asker has it."""
    etag = f'W/"{resource["meta"]["versionId"]}"'
    headers = {"etag": etag, "last-modified": format_datetime(changed.astimezone(UTC), usegmt=True)}
    held = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if request.method in {"GET", "HEAD"} and etag in held:
        return Response(None, 304, headers)
    return Response(msgspec.json.encode(resource), status, headers, FHIR_JSON)


def page(
    request: Request,
    given: Asked,
    resources: Sequence[Json],
    after: str | None,
    left: Sequence[tuple[str, str, str]] = (),
) -> Response:
    """Return a searchset; `after` is where the next page begins, None when this is the last.

    `left` are (code, where, words) of what is there and can't be in it.

    A search by form gets its next page by form too: the link holds nothing that was in it but what
    may stand in an address.
    """
    root = world_of(request).settings.public_url.rstrip("/") + "/fhir/"
    path = request.url.path.removesuffix("/_search").removeprefix("/fhir/")
    entries = [
        {
            "fullUrl": f"{root}{one['resourceType']}/{one['id']}",
            "resource": one,
            "search": {"mode": "match"},
        }
        for one in resources
    ]
    if left:
        entries.append({"resource": outcome(left, ()), "search": {"mode": "outcome"}})
    links = [{"relation": "self", "url": _link(f"{root}{path}", given, given.get("_after"))}]
    named = given.form and _FORM_ONLY & set(given.given)
    if after is not None and not named:
        links.append({"relation": "next", "url": _link(f"{root}{path}", given, after)})
    body: Json = {"resourceType": "Bundle", "type": "searchset", "link": links}
    if after is None and given.get("_after") is None:
        body["total"] = len(resources)
    return Response(
        msgspec.json.encode(body | ({"entry": entries} if entries else {})), 200, None, FHIR_JSON
    )


def _link(url: str, given: Asked, after: str | None) -> str:
    kept = {name: values for name, values in given.kept.items() if values}
    asked_for = {**kept, **({"_after": [after]} if after else {})}
    return f"{url}?{urlencode(asked_for, doseq=True)}" if asked_for else url
