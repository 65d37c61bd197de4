"""Probing in the composition root: what the ticker does each minute, and `icp-hub probe`.

Each channel probes its own way behind the port; this asks the right one, in bounded time, and lets
the store record what came of it. A failing probe is nobody's error but a fact about a connection.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from hub.channels import mail
from hub.errors import Refused, Trouble
from hub.main.letters import posted
from hub.probing import Answer
from hub.store import probing

if TYPE_CHECKING:
    from hub.main.opening import Hub
    from hub.probing import Health
    from hub.store.probing import Probed

log = structlog.get_logger()

SECONDS: Final = 60.0
"""The most that one probe may take."""
_OFF: Final = Answer("probe_off")


async def tick(hub: Hub) -> None:
    """Probe what is due, and tell by mail what began to fail and what works again."""
    now = hub.clock.now()
    await probing.enlist(hub.database, now, mailed=hub.mailer is not None)
    await asyncio.gather(
        *(_probed(hub, one) for one in await probing.claim(hub.database, now, hub.unseal))
    )
    await _tell(hub)


async def look(hub: Hub, only: str = "") -> dict[str, Health]:
    """Probe one endpoint or all of them now; return how each fares, by its id."""
    await probing.enlist(hub.database, hub.clock.now(), mailed=hub.mailer is not None)
    found = {}
    for endpoint in [only] if only else await probing.every(hub.database):
        now = hub.clock.now()
        for one in await probing.claim(hub.database, now, hub.unseal, endpoint):
            found[endpoint] = await _probed(hub, one)
    if only and not found:
        what = f"`{only}` is no endpoint, or it is paused; `icp-hub directory dump` has them all"
        raise Refused("not_found", what, status=404)
    return found


async def _probed(hub: Hub, one: Probed) -> Health:
    answer = await _answer(hub, one)
    if answer.trouble:
        log.info("probe.fails", endpoint=one.id, code=answer.code)
    return await probing.finish(hub.database, one, answer, hub.clock.now())


async def _answer(hub: Hub, one: Probed) -> Answer:
    """Ask the connection; whatever goes wrong is an answer too."""
    try:
        async with asyncio.timeout(SECONDS):
            if one.endpoint is None:
                return Answer(await hub.mailer.probe()) if hub.mailer else _OFF
            options = one.endpoint.options
            if options.get("probe") == "no" or "subscription" in options:
                return _OFF
            kind = "webhook" if one.kind == "status" else one.kind
            return Answer(await hub.channels[kind].probe(one.endpoint))
    except Trouble as trouble:
        return Answer(trouble.code, trouble.kind)
    except TimeoutError:
        return Answer("timeout", "transient")
    except Exception as error:  # noqa: BLE001  # one connection's failure is never its neighbours'
        log.warning("probe.failed", endpoint=one.id, error=type(error).__name__)
        return Answer(f"hub:{type(error).__name__}", "transient")


async def _tell(hub: Hub) -> None:
    """Mail what is to be told; without a mail server people see it in the console."""
    if hub.mailer is None:
        return
    for one in await probing.warnings(hub.database, hub.clock.now()):
        subject, text = mail.of_connections(one.told, hub.settings.public_url)
        letter = mail.Letter(one.email, subject, text, f"connections-{one.ids[0]}-{len(one.ids)}")
        code = await posted(hub.mailer, hub.clock, one.contact, letter)
        await probing.told(hub.database, one, hub.clock.now(), code)
