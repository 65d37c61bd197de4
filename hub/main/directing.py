"""Direct in the composition root: who we are, what the ticker does, what `icp-hub direct` needs.

`opening` asks for `post` at start, so that a missing certificate stops the hub and not its mail.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from hub.channels import direct_identity
from hub.channels.addresses import Guard
from hub.channels.direct_discovery import DnsFinder
from hub.channels.direct_mail import Head
from hub.channels.direct_notices import Notice, written
from hub.channels.direct_relay import Relay
from hub.channels.direct_revocation import POLICIES, Revocations
from hub.channels.direct_send import Post, anchors_of
from hub.channels.requesting import Requester
from hub.errors import Misconfigured, Trouble
from hub.store import direct_notices

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography import x509

    from hub.channels.direct_discovery import Finder
    from hub.main.opening import Hub
    from hub.ports import Clock
    from hub.settings import Settings
    from hub.store.direct_partners import Owed

CRL_SECONDS = 10.0
"""The most that fetching one revocation list may take."""

log = structlog.get_logger()


def post(settings: Settings, clock: Clock) -> Post | None:
    """Return what Direct mail is sent with, or None where no address is set."""
    if not settings.direct_address:
        return None
    url = settings.direct_relay or settings.smtp_url
    if not url:
        raise Misconfigured("ICP_HUB_DIRECT_RELAY", "set where Direct mail goes out")
    ours = direct_identity.identity(_folder(settings), settings.direct_address)
    return Post(
        ours,
        Relay(url),
        _anchors(settings),
        clock,
        lists=_lists(settings),
        finders=_finders(settings),
    )


def _lists(settings: Settings) -> Revocations:
    """Return who asks for revocation lists: the same guard against our own insides as webhooks."""
    policy = next((one for one in POLICIES if one == settings.direct_crl), None)
    if policy is None:
        raise Misconfigured("ICP_HUB_DIRECT_CRL", f"must be one of {', '.join(POLICIES)}")
    guard = Guard(allow_http_private=settings.private_networks)
    return Revocations(Requester(guard, seconds=CRL_SECONDS, way="list"), policy)


def _finders(settings: Settings) -> list[Finder]:
    """Return who looks for certificates, in the order of the setting."""
    known: dict[str, Callable[[], Finder]] = {
        "dns": lambda: DnsFinder(settings.direct_resolver),
        "ldap": lambda: _ldap(settings),
    }
    asked = settings.direct_discovery.split()
    if not set(asked) <= set(known):
        raise Misconfigured("ICP_HUB_DIRECT_DISCOVERY", "must be `dns`, `ldap`, both, or empty")
    return [known[one]() for one in asked]


async def tick(hub: Hub) -> None:
    """Settle notifications, give up what nobody notified in time, send the notifications we owe."""
    if hub.direct_post is None:
        return
    now = hub.clock.now()
    await direct_notices.settle(hub.database, now)
    await direct_notices.unheard(hub.database, now, hub.usual)
    for owed in await hub.direct_inbox.claim():
        await _answer(hub, hub.direct_post, owed)


async def _answer(hub: Hub, ours: Post, owed: Owed) -> None:
    """Send one notification: for the partner's certificate, else the one that signed its mail."""
    given = {"certificate": owed.certificate, **owed.options}
    address = owed.address.lower()
    head = Head(ours.ours.address, address, f"<{owed.id}@{ours.ours.domain}>")
    notice = Notice(owed.original, ours.ours.address, owed.disposition)
    code, over = "sent", False
    try:
        recipient = await ours.recipient(address, given)
        await ours.send(written(notice, head, hub.clock.now()), head, recipient)
    except Trouble as trouble:
        code, over = trouble.code, trouble.kind == "permanent"
        log.warning("direct_answer.trouble", answer=owed.id, code=code)
    await hub.direct_inbox.finish(owed, code, over=over)


def _ldap(settings: Settings) -> Finder:
    from hub.channels.direct_ldap import LdapFinder  # noqa: PLC0415  # loaded where it is set

    guard = Guard(allow_http_private=settings.private_networks)
    return LdapFinder(settings.direct_resolver, guard)


def make(settings: Settings, address: str, *, self_signed: bool) -> dict[str, str]:
    """Make our Direct key, and a certificate under an anchor of our own or a signing request."""
    folder = _folder(settings)
    if not self_signed:
        return {"request": direct_identity.request(folder, address)}
    made = direct_identity.self_sign(folder, address, datetime.now(UTC))
    return direct_identity.shown(folder, made)


def take_in(settings: Settings, address: str, certificate: bytes, key: bytes) -> dict[str, str]:
    """Keep the certificate an authority gave us, with its chain, and its key if it made that."""
    folder = _folder(settings)
    made = direct_identity.take_in(folder, address, certificate, datetime.now(UTC), key)
    return direct_identity.shown(folder, made)


def show(settings: Settings) -> dict[str, str]:
    """Return what partners need of us; `Misconfigured` while there is nothing to show."""
    folder = _folder(settings)
    found = direct_identity.identity(folder, settings.direct_address)
    return direct_identity.shown(folder, found)


def _folder(settings: Settings) -> Path:
    return settings.home.resolve() / "keys" / "direct"


def _anchors(settings: Settings) -> list[x509.Certificate]:
    path = settings.direct_anchors
    if not path:
        return []
    try:
        return anchors_of(path, Path(path).read_bytes())
    except OSError:
        raise Misconfigured("ICP_HUB_DIRECT_ANCHORS", f"{path} can't be read") from None
