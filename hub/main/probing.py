"""Probing in the composition root: what the ticker does each minute, and `icp-hub probe`.

Each channel probes its own way behind the port; this asks the right one, in bounded time, and lets
the store record what came of it. A failing probe is nobody's error but a fact about a connection.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from hub.channels import certificates, mail
from hub.ending import OF, OWN
from hub.errors import Refused, Trouble
from hub.main import ending as own_certificates
from hub.main.letters import posted
from hub.ports import Look
from hub.probing import MAIL, OFF, Answer
from hub.store import ending, probing

if TYPE_CHECKING:
    from hub.main.opening import Hub
    from hub.probing import Health
    from hub.store.probing import Probed

log = structlog.get_logger()

SECONDS: Final = 60.0
"""The most that one probe may take."""
_OFF: Final = Look(OFF)
HELD: Final = frozenset({"partner", "anchor", "ca", "client"})
"""Certificates that stand in an endpoint's own entry: known whether or not it answers."""
SHOWN: Final = frozenset(OF) - HELD


async def tick(hub: Hub) -> None:
    """Probe what is due, and tell by mail what began to fail and what works again."""
    now = hub.clock.now()
    await probing.enlist(hub.database, now, _own(hub))
    await asyncio.gather(
        *(_probed(hub, one) for one in await probing.claim(hub.database, now, hub.unseal))
    )
    await tell(hub)


async def look(hub: Hub, only: str = "") -> dict[str, Health]:
    """Probe one endpoint or all of them now; return how each fares, by its id."""
    await probing.enlist(hub.database, hub.clock.now(), _own(hub))
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
    answer, look = await _answer(hub, one)
    if answer.trouble:
        log.info("probe.fails", endpoint=one.id, code=answer.code)
    held = certificates.held(one.endpoint) if one.endpoint else ()
    if look:
        kinds = (HELD | SHOWN) - look.unseen
    else:  # a partner's may be published, and then an entry without one says nothing
        kinds = HELD - ({"partner"} - {certificate.of for certificate in held})
    seen = (*held, *(look.certificates if look else ()))
    now = hub.clock.now()
    await ending.keep(
        hub.database, ending.Found(one.id, one.organisation, seen, kinds), now, hub.certificate_days
    )
    return await probing.finish(hub.database, one, answer, now)


async def _answer(hub: Hub, one: Probed) -> tuple[Answer, Look | None]:
    """Ask the connection; whatever goes wrong is an answer too, and then nothing was seen."""
    look = None
    try:
        async with asyncio.timeout(SECONDS):
            look = await _look(hub, one)
        return Answer(look.code), look
    except Trouble as trouble:
        return Answer(trouble.code, trouble.kind), look
    except TimeoutError:
        return Answer("timeout", "transient"), look
    except Exception as error:  # noqa: BLE001  # one connection's failure is never its neighbours'
        log.warning("probe.failed", endpoint=one.id, error=type(error).__name__)
        return Answer(f"hub:{type(error).__name__}", "transient"), look


async def _look(hub: Hub, one: Probed) -> Look:
    """Connect as the connection's channel does."""
    if one.id == OWN:
        return await own_certificates.look(hub)
    if one.endpoint is None:
        return await hub.mailer.probe() if hub.mailer else _OFF
    options = one.endpoint.options
    if options.get("probe") == "no" or "subscription" in options:
        return _OFF
    kind = "webhook" if one.kind == "status" else one.kind
    return await hub.channels[kind].probe(one.endpoint)


def _own(hub: Hub) -> dict[str, str]:
    """Return what of the hub's own is looked at: its mail server, its certificates."""
    found = {MAIL: "mail"} if hub.mailer is not None else {}
    return found | ({OWN: "own"} if own_certificates.own(hub.settings, hub.direct_post) else {})


async def tell(hub: Hub) -> None:
    """Mail what is to be told; without a mail server people see it in the console."""
    if hub.mailer is None:
        return
    for one in await probing.warnings(hub.database, hub.clock.now()):
        subject, text = mail.of_connections(one.told, hub.settings.public_url)
        letter = mail.Letter(one.email, subject, text, f"connections-{one.ids[0]}-{len(one.ids)}")
        code = await posted(hub.mailer, hub.clock, one.contact, letter)
        await probing.told(hub.database, one, hub.clock.now(), code)
