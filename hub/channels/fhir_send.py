"""The FHIR channel: one delivery as one transaction on a practice's FHIR R4 server.

`main` binds it for endpoints of kind `fhir`; the address is the server's base URL. A transaction is
written so that the same delivery again is once in effect (`fhir_bodies`), so an attempt in doubt
may be repeated. Before the first one the server is asked what it can do. Options are in
docs/fhir-api.md.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from hub.channels.certificates import shown
from hub.channels.fhir_bodies import document, transaction
from hub.channels.fhir_outcomes import parsed, proof_of, trouble_of
from hub.channels.fhir_tokens import Tokens
from hub.channels.requesting import Request, Requester
from hub.errors import Trouble
from hub.ports import Look

if TYPE_CHECKING:
    from hub.channels.requesting import Answer
    from hub.ports import Clock, Endpoint, Parcel, Proof

MEDIA_TYPE: Final = "application/fhir+json"
_HEADERS: Final = {"accept": MEDIA_TYPE, "prefer": "return=minimal"}
_UNKNOWN: Final = 401
_GOOD: Final = range(200, 300)
_PROBED_SECONDS: Final = 3600.0
_ASKED_SECONDS: Final = 300.0


class FhirSend:
    """The `Channel` of endpoints of kind `fhir`."""

    def __init__(self, requester: Requester, clock: Clock) -> None:
        self._requester = requester
        self._clock = clock
        self._tokens = Tokens(requester, clock)
        self._probed: dict[str, tuple[float, Trouble | None]] = {}

    async def send(self, parcel: Parcel, endpoint: Endpoint) -> Proof:
        """Post the parcel once; see `fhir_outcomes` for what each answer means."""
        posted = _body(parcel, endpoint)
        await self._able(endpoint, posted)
        headers = {**_HEADERS, "content-type": MEDIA_TYPE, "x-request-id": parcel.delivery}
        body = json.dumps(posted, separators=(",", ":"), ensure_ascii=False).encode()
        asked = (endpoint.address.rstrip("/") or endpoint.address, headers, body)
        answer = await self._authorised(endpoint, *asked)
        return proof_of(answer, len(posted["entry"]), self._clock.now())

    async def probe(self, endpoint: Endpoint) -> Look:
        """Get our token, where one is needed, and ask what the server can do."""
        proven = await self._tokens.header(endpoint)
        url = endpoint.address.rstrip("/") + "/metadata"
        headers = {"accept": MEDIA_TYPE, **proven}
        answer = await self._requester.ask(Request(endpoint.id, "GET", url, headers))
        if answer.status not in _GOOD:
            raise trouble_of(answer, self._clock.now())
        told = parsed(answer.body)
        if told.get("resourceType") != "CapabilityStatement":
            what = "what is at /metadata is no CapabilityStatement; look at the address"
            raise Trouble("permanent", "fhir_no_statement", what)
        code = lacking(told, frozenset())
        if code and endpoint.options.get("probe", "yes") != "no":
            raise Trouble("permanent", code, "the FHIR server says it can't take plans")
        return Look("fhir_metadata", shown(answer.certificate))

    async def close(self) -> None:
        """Close every connection."""
        await self._requester.close()

    async def _authorised(
        self, endpoint: Endpoint, url: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        """Post with the endpoint's credential; a kept token that is refused is renewed once."""
        for _ in range(2):
            proven = await self._tokens.header(endpoint)
            asked = Request(endpoint.id, "POST", url, {**headers, **proven}, body)
            answer = await self._requester.ask(asked)
            refused = answer.status == _UNKNOWN
            if not (refused and self._tokens.renewable(endpoint, proven.get("authorization", ""))):
                break
        return answer

    async def _able(self, endpoint: Endpoint, posted: dict[str, Any]) -> None:
        """Hold the server to its CapabilityStatement, read once an hour; one unread is tried."""
        if endpoint.options.get("probe", "yes") == "no":
            return
        now = asyncio.get_running_loop().time()
        needs = needed(posted)
        key = "\n".join((endpoint.id, endpoint.address, *sorted(needs)))
        until, lacks = self._probed.get(key, (0.0, None))
        if now >= until:
            lacks, seconds = await self._lacks(endpoint, needs)
            self._probed[key] = now + seconds, lacks
        if lacks is not None:
            raise Trouble(lacks.kind, lacks.code, lacks.detail)

    async def _lacks(
        self, endpoint: Endpoint, needs: frozenset[str]
    ) -> tuple[Trouble | None, float]:
        """Return what the server says it can't do, and how many seconds to believe it."""
        url = endpoint.address.rstrip("/") + "/metadata"
        try:
            answer = await self._requester.ask(
                Request(endpoint.id, "GET", url, {"accept": MEDIA_TYPE})
            )
        except Trouble as trouble:
            if trouble.kind == "permanent":
                raise
            return None, 0.0
        told = parsed(answer.body) if answer.status in _GOOD else {}
        if told.get("resourceType") != "CapabilityStatement":
            return None, _ASKED_SECONDS
        code = lacking(told, needs)
        if not code:
            return None, _PROBED_SECONDS
        what = "the FHIR server says it can't take this; see the channel's page for options"
        return Trouble("permanent", code, what), _ASKED_SECONDS


def lacking(statement: dict[str, Any], needs: frozenset[str]) -> str:
    """Return a code for the first need a CapabilityStatement denies; empty when it denies none.

    What it leaves unsaid is not denied: many servers say little of themselves.
    """
    version = str(statement.get("fhirVersion", ""))
    if version and not version.startswith("4."):
        return "fhir_not_r4"
    rest: dict[str, Any] = next(iter(statement.get("rest") or ()), {})
    codes = {one.get("code") for one in rest.get("interaction") or ()}
    if codes and "transaction" not in codes:
        return "fhir_no_transaction"
    known = {one.get("type"): one for one in rest.get("resource") or ()}
    for need in sorted(needs):
        kind, _, flag = need.partition(".")
        if known and kind not in known:
            return f"fhir_no_{kind.lower()}"
        if known.get(kind, {}).get(flag) is False:
            return f"fhir_no_{flag.lower()}"
    return ""


def needed(posted: dict[str, Any]) -> frozenset[str]:
    """Return what a transaction needs of a server: `Type.conditionalUpdate`, `….updateCreate` …."""
    found = set()
    for entry in posted["entry"]:
        request, kind = entry["request"], entry["resource"]["resourceType"]
        if request["method"] == "POST":
            found.add(f"{kind}.conditionalCreate")
        else:
            found.add(f"{kind}.{'conditionalUpdate' if '?' in request['url'] else 'updateCreate'}")
    return frozenset(found)


def _body(parcel: Parcel, endpoint: Endpoint) -> dict[str, Any]:
    """Return what to post, as the endpoint's option `body` says."""
    body = endpoint.options.get("body", "transaction")
    if body == "transaction":
        if endpoint.options.get("write", "update") in {"update", "create"}:
            return transaction(parcel, endpoint.options)
        raise Trouble("permanent", "bad_option", "the endpoint's `write` must be update or create")
    if body in {"document", "inline"}:
        return document(parcel, inline=body == "inline")
    raise Trouble(
        "permanent", "bad_option", "the endpoint's `body` must be transaction, document or inline"
    )
