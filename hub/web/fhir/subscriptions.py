"""FHIR Subscription, rest-hook: tell my system when a Task, document or plan of mine changes.

`hub.web.application` includes `ROUTER`. A notification holds ids alone, is signed, carries the
headers the subscriber gave, and is repeated by the notice machinery. Headers and signing secret are
sealed; the secret is shown once, when the Subscription is made.
"""

import base64
import json
import re
import secrets
from collections.abc import Mapping
from typing import Annotated, Any, Final, Protocol
from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.ids import new_id
from hub.web.fhir.asking import asked, found_id, page, plain_id
from hub.web.fhir_answers import FHIR_JSON
from hub.web.fhir_bodies import sent
from hub.web.guards import allowed
from hub.web.openapi import file_body, shown
from hub.web.replies import one
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/fhir", tags=["fhir"])
Json = dict[str, Any]
Reads = Annotated[Actor, allowed(scopes=("system/Subscription.rs", "system/*.rs", "notices.write"))]
Creates = Annotated[Actor, allowed(scopes=("system/Subscription.c", "notices.write"))]
Deletes = Annotated[Actor, allowed(scopes=("system/Subscription.d", "notices.write"))]

MOST: Final = 20
SIGNING: Final = "urn:icp:signing"
_LARGEST: Final = 50_000
_NEW: Final = ("delivery.sent", "delivery.stopped", "delivery.superseded", "delivery.returned")
CRITERIA: Final[Mapping[str, tuple[str, ...]]] = {
    "Task": (),
    "Task?status=requested": ("delivery.sent", "delivery.overdue"),
    "Task?status=received": ("delivery.acknowledged",),
    "DocumentReference": _NEW,
    "CarePlan": _NEW,
}
"""What may be subscribed to, and the events that tell of it; none: every one of a delivery's."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,60}")
_OURS = re.compile(
    r"(?i)host|connection|te|trailer|upgrade|expect|user-agent|content-.*|transfer-.*|webhook-.*"
)
_VALUE = re.compile(r"[!-~](?:[ -~]{0,998}[!-~])?")
_HEADERS: Final = 5


class Subscriptions(Protocol):
    """Where Subscriptions are kept; the store implements it."""

    async def add(
        self, actor: Actor, row: Mapping[str, Any], secrets: Mapping[str, str], most: int
    ) -> None:
        """Keep a Subscription (id, address, options); `Refused` 409 above `most` of them."""

    async def listed(self, organisation: str, wanted: str | None = None) -> list[dict[str, Any]]:
        """Return an organisation's Subscriptions, or the one wanted, without their secrets."""

    async def remove(self, actor: Actor, wanted: str) -> None:
        """Delete a Subscription; `Refused` 404 for none of the actor's organisation."""


@ROUTER.post(
    "/Subscription",
    responses=shown("fhir_subscription", 201),
    status_code=201,
    openapi_extra=file_body(FHIR_JSON),
)
async def create(request: Request, actor: Creates) -> Response:
    """Subscribe; the answer holds the signing secret, this once."""
    given = await _body(request)
    criteria, address, headers = _checked(given, plain=world_of(request).settings.private_networks)
    made = new_id("end")
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    options = {"subscription": "rest-hook", "criteria": criteria}
    kinds = CRITERIA[criteria]
    options |= {"kinds": ",".join(kinds)} if kinds else {}
    options |= {"headers": ",".join(headers)} if headers else {}
    row = {"id": made, "address": address, "options": options, "given_up": False, "last_code": ""}
    held = {"secret": secret, "headers": json.dumps(headers)}
    await _kept(request).add(actor, row, held, MOST)
    resource = _resource(row)
    resource["channel"]["extension"] = [{"url": SIGNING, "valueString": secret}]
    return _shown(resource, 201, {"location": f"/fhir/Subscription/{resource['id']}"})


@ROUTER.get("/Subscription", responses=shown("fhir_subscriptions"))
async def search(request: Request, actor: Reads) -> Response:
    """List your Subscriptions."""
    given = await asked(request, "Subscription")
    wanted = given.get("_id")
    rows = await _kept(request).listed(
        actor.organisation, None if wanted is None else found_id(wanted)
    )
    return page(request, given, [_resource(row) for row in rows], None)


@ROUTER.get("/Subscription/{subscription}", responses=shown("fhir_subscription"))
async def read(request: Request, actor: Reads, subscription: str) -> Response:
    """Return a Subscription; `error` says that its last notification was given up."""
    rows = await _kept(request).listed(actor.organisation, found_id(subscription))
    return _shown(_resource(one(rows)))


@ROUTER.delete("/Subscription/{subscription}", status_code=204, responses=shown("fhir_gone", 204))
async def delete(request: Request, actor: Deletes, subscription: str) -> Response:
    """Unsubscribe; nothing more is sent, also of what was waiting."""
    await _kept(request).remove(actor, found_id(subscription))
    return Response(None, 204)


def _kept(request: Request) -> Subscriptions:
    found = world_of(request).subscriptions
    assert found is not None  # noqa: S101  # every real world has it
    return found


def _resource(row: Mapping[str, Any]) -> Json:
    options = row["options"]
    named = [f"{one}: (kept)" for one in options.get("headers", "").split(",") if one]
    found: Json = {
        "resourceType": "Subscription",
        "id": plain_id(row["id"]),
        "status": "error" if row["given_up"] else "active",
        "reason": "told of changes of deliveries",
        "criteria": options["criteria"],
        "channel": {"type": "rest-hook", "endpoint": row["address"]},
    }
    if row["given_up"]:
        found["error"] = row["last_code"]
    if named:
        found["channel"]["header"] = named
    return found


def _checked(given: Json, *, plain: bool) -> tuple[str, str, dict[str, str]]:
    """Return criteria, address and headers of a Subscription; `Refused` 422 for what can't be."""
    criteria = str(given.get("criteria", "")).removesuffix("?")
    if criteria not in CRITERIA:
        raise _wrong(f"`criteria` is one of {', '.join(CRITERIA)}")
    channel = given.get("channel")
    if not isinstance(channel, dict) or channel.get("type") != "rest-hook":
        raise _wrong("`channel.type` is rest-hook")
    if channel.get("payload") is not None:
        raise _wrong("leave `channel.payload` out: a notification holds ids alone")
    address = channel.get("endpoint")
    schemes = {"https", "http"} if plain else {"https"}
    if not _is_address(address, schemes):
        raise _wrong("`channel.endpoint` is an https address without user, password and fragment")
    return criteria, str(address), _headers(channel.get("header"))


def _is_address(address: object, schemes: set[str]) -> bool:
    if not isinstance(address, str) or not re.fullmatch(r"[!-~]{1,500}", address):
        return False
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  # reading it is what raises for a port out of range
    except ValueError:
        return False
    bare = parts.username is None and parts.password is None and not parts.fragment
    return parts.scheme in schemes and bool(parts.hostname) and bare


def _headers(given: object) -> dict[str, str]:
    """Return the headers to send along; `Refused` 422 for one that is ours or isn't plain."""
    lines = given if isinstance(given, list) else [] if given is None else [given]
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":") if isinstance(line, str) else ("", "", "")
        value = value.strip()
        plain = _NAME.fullmatch(name) and colon and _VALUE.fullmatch(value)
        if not plain or _OURS.fullmatch(name) or name.lower() in map(str.lower, found):
            raise _wrong("`channel.header` holds `Name: value` lines, each once, none of HTTP's")
        found[name] = value
    if len(found) > _HEADERS:
        raise _wrong(f"`channel.header` holds at most {_HEADERS} lines")
    return found


def _wrong(what: str) -> Refused:
    return Refused("subscription", what, status=422)


async def _body(request: Request) -> Json:
    given = await sent(request, "Subscription", _LARGEST)
    if not isinstance(given, dict) or given.get("resourceType") != "Subscription":
        raise _wrong("send a Subscription")
    return given


def _shown(resource: Json, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(resource), status, headers, FHIR_JSON)
