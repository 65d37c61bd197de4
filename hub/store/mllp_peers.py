"""Who may send by MLLP, and what became of what they sent; implements `hub.ports.MllpInbox`.

A peer is a client certificate's SHA-256 or a network, and belongs to one organisation. The MLLP
server asks who is calling at each sign-in and again while a line stays open, so that a revoked peer
is refused soon. Names in a message (MSH-3, MSH-4) are never asked.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import TYPE_CHECKING

import msgspec

from hub.canonical import Finding
from hub.errors import Refused
from hub.store.people import named, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hub.asked import Actor
    from hub.ports import Envelope, Upload
    from hub.store.pool import Database

_DIGEST = re.compile(r"[0-9a-f]{64}")

_ADD = """
insert into mllp_peer (peer, fingerprint, network, organisation)
values (%(peer)s, %(fingerprint)s, %(network)s, %(organisation)s)
on conflict (peer) do update set revoked_at = null
where mllp_peer.organisation = excluded.organisation returning peer
"""

_CALLER = """
select k.organisation from mllp_peer k join organisation o on o.id = k.organisation
where k.revoked_at is null and o.active
  and (k.fingerprint = %(certificate)s
    or (%(certificate)s = '' and %(address)s::inet <<= k.network))
order by masklen(k.network) desc nulls first limit 1
"""

_READ = """
select f.state, f.findings from submission s join submission f
  on f.id = coalesce(s.duplicate_of, s.id) where s.id = %s
"""


class PostgresMllpInbox:
    """Peers and submissions as the MLLP server sees them; `begin` opens an upload."""

    def __init__(self, database: Database, begin: Callable[[Envelope], Upload]) -> None:
        self._database = database
        self._begin = begin

    async def caller(self, certificate: str, address: str) -> str | None:
        """Return whose peer this is: by certificate where there is one, else by network."""
        asked = {"certificate": certificate, "address": address}
        async with self._database.single() as connection:
            row = await (await connection.execute(_CALLER, asked)).fetchone()
        return None if row is None else str(row["organisation"])

    def upload(self, envelope: Envelope) -> Upload:
        """Begin an upload."""
        return self._begin(envelope)

    async def read_of(self, submission: str) -> tuple[Finding, ...] | None:
        """Return the findings of a submission's reading, or None while it is not read."""
        async with self._database.single() as connection:
            row = await (await connection.execute(_READ, (submission,))).fetchone()
        if row is None or row["state"] == "received":
            return None
        return msgspec.convert(row["findings"], tuple[Finding, ...])

    async def admit(self, actor: Actor, organisation: str, peer: str, at: datetime) -> str:
        """Let a peer in and return its name; `Refused` 422 for no such thing, 409 when taken.

        A peer is a certificate's SHA-256 as `openssl x509 -fingerprint -sha256` prints it, or a
        network such as `10.20.0.0/28`.
        """
        given, name = _peer(peer), peer_name(peer)
        async with self._database.line() as connection:
            async with named():
                row = {**given, "peer": name, "organisation": organisation}
                cursor = await connection.execute(_ADD, row)
            if await cursor.fetchone() is None:
                raise Refused("taken", "this peer is another organisation's", status=409)
            await told(connection, actor, (name, organisation), at, {"credential": "mllp"})
        return name


def peer_name(text: str) -> str:
    """Return the name a peer goes by in lists: its digest in hex, or its network."""
    found = _peer(text)
    return found["fingerprint"] or found["network"] or ""


def _peer(text: str) -> dict[str, str | None]:
    """Return what a peer is known by: a certificate's digest in hex, or a network."""
    digest = text.rpartition("=")[2].replace(":", "").lower()
    if _DIGEST.fullmatch(digest):
        return {"fingerprint": digest, "network": None}
    try:
        network = ip_network(text.strip(), strict=True)
    except ValueError:
        raise Refused(
            "peer", "send a certificate's SHA-256, or a network like 10.20.0.0/28", status=422
        ) from None
    return {"fingerprint": None, "network": str(network)}
