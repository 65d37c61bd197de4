"""The hub's own certificates in the composition root, for the nightly look and for `doctor`.

Ours are the Direct certificate, its anchor and trust bundle, those our servers show, and the one
our mail server shows us. What an endpoint's entry holds is `hub.channels.certificates`' to say.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hub import ending
from hub.channels import certificates
from hub.errors import Trouble
from hub.ports import Look

if TYPE_CHECKING:
    from datetime import datetime

    from hub.channels.direct_send import Post
    from hub.main.opening import Hub
    from hub.ports import Certificate
    from hub.settings import Settings

NEEDED = frozenset({"direct", "direct server", "mllp server"})
"""Those without which something of the hub stands still once they end."""


def own(settings: Settings, post: Post | None) -> list[Certificate]:
    """Return the hub's own certificates, as its files hold them."""
    found = []
    if post is not None:
        anchor = settings.home.resolve() / "keys" / "direct" / "anchor.pem"
        found.append(certificates.fact(post.ours.certificate, "direct"))
        found += _of(str(anchor), "direct anchor")
        found += [certificates.fact(one, "direct trust") for one in post.trusted]
    found += _of(settings.direct_tls_certificate, "direct server")[:1]
    found += _of(settings.mllp_certificate, "mllp server")[:1]
    found += _of(settings.mllp_client_ca, "mllp ca")
    return found


async def look(hub: Hub) -> Look:
    """Return the hub's own certificates and its Direct relay's; `Trouble` when one is over."""
    found = own(hub.settings, hub.direct_post)
    now = hub.clock.now()
    over = sorted({one.of for one in found if one.of in NEEDED and one.ends <= now})
    if over:
        what = f"{ending.OF[over[0]]} has ended; put its successor in place"
        raise Trouble("permanent", "certificate_dates", what)
    unseen: frozenset[str] = frozenset()
    if hub.direct_post is not None:
        try:
            found += certificates.shown(await hub.direct_post.greet(), "relay")
        except Trouble:  # every partner's probe says so by itself
            unseen = frozenset({"relay"})
    return Look("own_certificates", tuple(found), unseen)


def examined(
    found: list[Certificate], now: datetime, days: tuple[int, ...]
) -> list[tuple[str, str]]:
    """Return (certificate and its end, problem or nothing): over, or within the last step."""
    told = []
    for one in found:
        near = ending.reached(one.ends, now, days) == min(days)
        over = "has ended" if one.ends <= now else "ends soon"
        problem = f"{over}; put its successor in place" if near else ""
        told.append((f"{ending.OF[one.of]}, until {one.ends:%F}", problem))
    return told


def _of(path: str, of: str) -> list[Certificate]:
    try:
        return certificates.read(Path(path).read_bytes(), of) if path else []
    except OSError:  # nothing is there; what needs it says so when it starts
        return []
