"""The audit ledger for those it concerns: their events, the signed head, and proofs of inclusion.

`hub.web.application` includes `ROUTER`. A proof has the form that `deploy/verify_receipt.py` checks
without any part of the hub. Roots of whole blocks of leaves never change, so they are kept in
memory: a proof reads two blocks, not the whole log.
"""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from hub import ledger
from hub.asked import Actor, Desk
from hub.audit import KINDS, Event, event_bytes
from hub.errors import Refused
from hub.receipts import instant
from hub.web.guards import allowed
from hub.web.identity import organisation_of
from hub.web.openapi import shown
from hub.web.replies import Limit, Word, next_page, one, reply
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/v1", tags=["audit"])
Reads = Annotated[
    Actor, allowed(scopes=("audit.read",), roles=("mco", "pcmh", "privacy", "operations"))
]
WIDTH = 4_096
_HASH = 32
_BLOCKS_AT_ONCE = 32
_LARGEST = 2**63 - 1


@ROUTER.get("/events", responses=shown("events"))
async def list_events(
    request: Request,
    actor: Reads,
    noun: Annotated[Word, Query(description="the id of a submission, plan, delivery …")],
    cursor: Annotated[int | None, Query(ge=0, le=_LARGEST)] = None,
    limit: Limit = 100,
) -> Response:
    """List what happened to one noun, oldest first: the events your organisation may see."""
    rows = await world_of(request).desk.ask(
        "events_of_noun", organisation_of(actor), noun=noun, cursor=cursor, limit=limit
    )
    following = next_page("/v1/events", rows, limit, noun=noun)
    return reply({"events": [_event(row) for row in rows], "next": following})


@ROUTER.get("/ledger/head", responses=shown("head"))
async def read_head(request: Request, actor: Reads) -> Response:
    """Return the newest signed tree head (RFC 9162)."""
    rows = await world_of(request).desk.ask("head_newest", organisation_of(actor))
    return reply(_head(one(rows)))


@ROUTER.get("/ledger/events/{event}/proof", responses=shown("proof"))
async def read_proof(request: Request, actor: Reads, event: int) -> Response:
    """Return the proof that an event is in the signed log; 409 while it waits to be sealed."""
    desk, scope = world_of(request).desk, organisation_of(actor)
    row = one(await desk.ask("event_leaf", scope, event=min(max(event, 0), _LARGEST)))
    heads = await desk.ask("head_newest", scope)
    index = row["index"]
    if index is None or not heads or index >= heads[0]["size"]:
        raise Refused("not_sealed", "not in the signed log yet; ask again soon", status=409)
    blocks: dict[int, bytes] = request.app.state.block_roots
    path = await inclusion(desk, blocks, index, heads[0]["size"])
    entry = event_bytes(row["id"], _as_event(row))
    body = {
        "entry": base64.b64encode(entry).decode(),
        "index": index,
        "path": [step.hex() for step in path],
        "head": _head(heads[0]),
    }
    return reply(body)


async def inclusion(desk: Desk, known: dict[int, bytes], index: int, size: int) -> list[bytes]:
    """Return the inclusion path of a leaf in the tree of `size` leaves; fills `known` block roots.

    Blocks are whole, aligned and a power of two wide, so the tree over their roots is the top of
    the tree over the leaves (RFC 9162, 2.1.1), its last block being as it is.
    """
    mine, last = index // WIDTH, (size - 1) // WIDTH
    roots = [known.get(block, b"") for block in range(last + 1)]
    path: list[bytes] = []
    start = 0
    while start <= last:
        if roots[start] and start != mine:
            start += 1
            continue
        stop = min(start + _BLOCKS_AT_ONCE, last + 1)
        given = {"width": WIDTH, "start": start * WIDTH, "end": min(stop * WIDTH, size)}
        for row in await desk.ask("leaf_blocks", None, **given):
            leaves = _split(bytes(row["hashes"]))
            block = int(row["block"])
            roots[block] = ledger.root(leaves)
            if len(leaves) == WIDTH:
                known[block] = roots[block]
            if block == mine:
                path = ledger.inclusion_proof(leaves, index % WIDTH)
        start = stop
    return path + ledger.inclusion_proof(roots, mine)


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[i : i + _HASH] for i in range(0, len(hashes), _HASH)]


def _as_event(row: dict[str, Any]) -> Event:
    return Event(
        kind=row["kind"],
        noun=row["noun"],
        at=row["at"],
        organisations=tuple(row["organisations"]),
        actor=row["actor"],
        detail=row["detail"],
    )


def _event(row: dict[str, Any]) -> dict[str, object]:
    meaning = KINDS.get(row["kind"])
    return {**row, "at": instant(row["at"]), "meaning": meaning}


def _head(row: dict[str, Any]) -> dict[str, object]:
    return {
        "size": row["size"],
        "root": bytes(row["root"]).hex(),
        "at": round(row["at"].timestamp() * 1000),
        "signature": base64.b64encode(bytes(row["signature"])).decode(),
        "key_id": row["key_id"],
    }
