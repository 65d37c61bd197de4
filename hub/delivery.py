"""Step six: one attempt to send a delivery, and what its outcome means for the next.

The pipeline calls `send_once` after the store asked consent again. Retries follow the error's kind:
transient and ambiguous ones are repeated under the same delivery id, which every channel treats as
its idempotency key; permanent ones, and the last allowed attempt, are a named person's turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.audit import Event
from hub.errors import Trouble
from hub.hours import after
from hub.lifecycle import turn
from hub.ports import Parcel
from hub.render.sidecar import notice_beside
from hub.stored import Sending, SendOutcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from hub.ports import Channel, Clock, Proof


@dataclass(frozen=True, slots=True)
class Retry:
    """When to try again: `gap(attempt)` seconds, at most `most` attempts."""

    gap: Callable[[int], float]
    most: int


async def send_once(
    sending: Sending,
    channels: Mapping[str, Channel],
    fetch: Callable[[str], Awaitable[bytes]],
    clock: Clock,
    retry: Retry,
    public_url: str,
) -> SendOutcome:
    """Fetch the released bytes by digest, send them once, and return what that came to."""
    try:
        content = await fetch(sending.digest)
        parcel = Parcel(
            delivery=sending.id,
            content=content,
            media_type=sending.media_type,
            file_name=sending.file_name,
            digest=sending.digest,
            links={
                "release": sending.release,
                "acknowledge": f"{public_url}/deliveries/{sending.id}",
            },
            notice=notice_beside(content, sending.media_type),
        )
        proof = await channels[sending.endpoint.kind].send(parcel, sending.endpoint)
    except Trouble as trouble:
        return failed(sending, trouble, clock, retry)
    return _sent(sending, proof, clock)


def _sent(sending: Sending, proof: Proof, clock: Clock) -> SendOutcome:
    detail = {"transport": proof.transport, "code": proof.code, "sha256": sending.digest}
    return SendOutcome(
        id=sending.id,
        fence=sending.fence,
        attempt=sending.attempts,
        state="sent",
        transport=proof.transport,
        code=proof.code,
        events=(_event("delivery.sent", sending, clock, detail),),
        acknowledge_due=after(sending.hours, clock.now(), sending.person_days),
    )


def failed(sending: Sending, trouble: Trouble, clock: Clock, retry: Retry) -> SendOutcome:
    """Return what a failed attempt comes to: another one later, or a named person's turn."""
    over = trouble.kind == "permanent" or sending.attempts >= retry.most
    state = "undeliverable" if over else "queued"
    detail = {"kind": trouble.kind, "code": trouble.code, "attempt": sending.attempts}
    gap = max(retry.gap(sending.attempts), trouble.retry_after or 0.0)
    return SendOutcome(
        id=sending.id,
        fence=sending.fence,
        attempt=sending.attempts,
        state=state,
        transport="failed" if over else "waiting",
        code=trouble.code,
        retry_in=None if over else gap,
        owner=turn("delivery", "undeliverable") if over else "",
        events=(
            _event("delivery.undeliverable" if over else "delivery.retry", sending, clock, detail),
        ),
    )


def _event(kind: str, sending: Sending, clock: Clock, detail: Mapping[str, object]) -> Event:
    return Event(
        kind=kind,
        noun=sending.id,
        at=clock.now(),
        organisations=(sending.mco, sending.pcmh),
        detail=detail,
    )
