"""JSON answers, pages of a list, and identifiers in addresses: what all API routes share.

Only `hub.web.api_*` modules call it. An identifier that can't be one of ours is answered like one
that is somebody else's: 404, the same shape.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from hub.errors import Refused
from hub.lifecycle import STATES

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
_PLAIN = r"^[^\x00-\x1f\x7f]+$"

Limit = Annotated[int, Query(ge=1, le=200, description="entries per page")]
Cursor = Annotated[str | None, Query(description="`next` of the page before", max_length=64)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=_PLAIN)]
Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.:/ -]+$")]
Prose = Annotated[str, Field(max_length=4000, pattern=r"^[^\x00]*$")]


class Body(BaseModel):
    """A request body: unknown fields are refused, and nothing is changed on the way in."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def reply(payload: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON response."""
    return Response(msgspec.json.encode(payload), status, headers, "application/json")


def ours(identifier: str) -> str:
    """Return an identifier that has the form of ours; `Refused` 404 otherwise."""
    if not _ID.fullmatch(identifier):
        raise nothing()
    return identifier


def one(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the first row; `Refused` 404 when there is none."""
    if not rows:
        raise nothing()
    return rows[0]


def nothing() -> Refused:
    """Return the refusal for what isn't there or isn't the asker's."""
    return Refused("not_found", "there is nothing here", status=404)


def state_of(noun: str, state: str | None) -> str | None:
    """Return a state to filter by; `Refused` 422 when the noun has none of that name."""
    known = [s.name for s in STATES if s.noun == noun]
    if state is not None and state not in known:
        raise Refused("unknown_state", f"`state` is one of {', '.join(known)}", status=422)
    return state


def next_page(path: str, rows: Sequence[Mapping[str, Any]], limit: int, **kept: object) -> object:
    """Return the address of the next page, or None when this one was not full."""
    if len(rows) < limit:
        return None
    given = {name: value for name, value in kept.items() if value is not None}
    return f"{path}?{urlencode({**given, 'limit': limit, 'cursor': rows[-1]['id']})}"
