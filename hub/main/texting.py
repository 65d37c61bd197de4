"""Text messages in the composition root: which gateway, and what the ticker does with it.

Nothing is texted unless a gateway is set and a contact has a mobile number in the directory.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from hub.channels.addresses import Guard
from hub.channels.requesting import Requester
from hub.channels.sms import Texter
from hub.errors import Trouble
from hub.store import texting

if TYPE_CHECKING:
    from hub.main.opening import Hub
    from hub.ports import Clock
    from hub.settings import Settings

log = structlog.get_logger()


def texter(settings: Settings, clock: Clock) -> Texter | None:
    """Return what texts are sent with, or None where no gateway is set."""
    if not settings.sms_url:
        return None
    asks = Requester(Guard(allow_http_private=settings.private_networks))
    return Texter(settings.sms_url, settings.sms_from, settings.sms_text, asks, clock)


async def tick(hub: Hub) -> None:
    """Text people who have a mobile number that something waits for them."""
    if hub.texter is None:
        return
    between = timedelta(minutes=hub.settings.digest_minutes)
    for text in await texting.claim(hub.database, hub.clock.now(), between):
        code, again = "sent", False
        try:
            await hub.texter.send(text.mobile, text.count, hub.settings.public_url)
        except Trouble as trouble:
            code, again = trouble.code, trouble.kind == "transient"
            log.warning("text.trouble", contact=text.contact, code=code)
        await texting.finish(hub.database, text, hub.clock.now(), code, again=again)
