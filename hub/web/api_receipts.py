"""Decision receipts by API: what a release stands on, provable against the audit ledger.

`hub.web.application` includes `ROUTER`. The recipient and the sender get the recipient's edition,
which names nothing of what was withheld; only the privacy officer gets the other one.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.records import Policy
from hub.asked import Actor
from hub.clearing.receipting import Edition, Kept, clauses, facts, fingerprint
from hub.questioning import laws
from hub.web.guards import allowed
from hub.web.identity import organisation_of
from hub.web.openapi import shown
from hub.web.replies import one, ours, reply
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/v1", tags=["decisions"])
Reads = Annotated[Actor, allowed(scopes=("deliveries.read",), roles=("mco", "pcmh", "privacy"))]
Officer = Annotated[Actor, allowed(roles=("privacy",))]


@ROUTER.get("/deliveries/{delivery}/decision", responses=shown("decision"))
async def read_theirs(request: Request, actor: Reads, delivery: str) -> Response:
    """Return the decision receipt of a delivery, in the recipient's edition."""
    row = await receipt_row(request, actor, delivery=delivery)
    return reply(with_proof(row, "recipient", world_of(request).policy))


@ROUTER.get("/releases/{release}/decision", responses=shown("decision_whole"))
async def read_whole(request: Request, actor: Officer, release: str) -> Response:
    """Return the decision receipt of a release, in the privacy officer's edition."""
    row = await receipt_row(request, actor, release=release)
    return reply(with_proof(row, "officer", world_of(request).policy))


async def receipt_row(
    request: Request, actor: Actor, *, delivery: str | None = None, release: str | None = None
) -> dict[str, Any]:
    """Return a release's row as its receipt needs it; `Refused` 404 when it is not theirs."""
    given = {
        "delivery": None if delivery is None else ours(delivery),
        "release": None if release is None else ours(release),
    }
    return one(
        await world_of(request).desk.ask("decision_receipt", organisation_of(actor), **given)
    )


def with_proof(row: dict[str, Any], edition: Edition, policy: Policy) -> dict[str, Any]:
    """Return an edition with its fingerprint, its clauses, and where the ledger's proof is."""
    said = facts(_kept(row), edition)
    event = row["released"] if edition == "officer" else row["queued"]
    return {
        "receipt": said,
        "sha256": fingerprint(said),
        "clauses": clauses(said, laws(policy)),
        "event": event,
        "proof": None if event is None else f"/v1/ledger/events/{event}/proof",
    }


def _kept(row: dict[str, Any]) -> Kept:
    names = ("release", "plan", "delivery", "decision", "withheld", "notices", "digest")
    more = ("size", "media_type", "format")
    return Kept(**{name: row[name] for name in (*names, *more)})
