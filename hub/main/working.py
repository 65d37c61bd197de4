"""Walks the line, ticks and notifies until told to stop; any number of nodes may do it.

`Hub.work` calls `work`. The worker is woken by PostgreSQL and polls once a second in any case.
"""

from __future__ import annotations

import asyncio
import gc
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import structlog

from hub import linking
from hub.adopting import working as trials
from hub.channels import mail
from hub.channels.fhir_notice import FhirNotifier
from hub.channels.notify import Notifier
from hub.clock import Ticker
from hub.errors import Trouble
from hub.main import directing, probing, texting
from hub.main.letters import posted
from hub.main.starting import check_adapters
from hub.pipeline import Bells, run
from hub.store import chasing, mailing, naming_before, watching
from hub.store.requests import watches
from hub.store.work import gap

if TYPE_CHECKING:
    from hub.audit import Event
    from hub.main.opening import Hub
    from hub.ports import Endpoint

log = structlog.get_logger()


async def work(hub: Hub, stop: asyncio.Event) -> None:
    """Walk the line, tick and notify until `stop`."""
    bells = Bells()
    gc.set_threshold(50_000, 50, 100)  # plans are trees of values: the default looks too often
    await hub.reader.start()
    await check_adapters(hub.reader, await hub.line.all_bindings())
    log.info("hub.working", guards=hub.reader.guards)
    ticker = Ticker(
        hub.conninfo,
        {
            "seal": (1.0, hub.seal_ledger),
            "clocks": (15.0, lambda: watching.tick(hub.database, hub.clock.now(), hub.usual)),
            "requests": (15.0, lambda: watches.tick(hub.database, hub.clock.now(), hub.usual)),
            "asks": (1.0, hub.requests.ask_again),
            "mails": (15.0, lambda: mail_people(hub)),
            "texts": (15.0, lambda: texting.tick(hub)),
            "direct": (5.0, lambda: directing.tick(hub)),
            "trials": (1.0, lambda: trials.work(hub)),
            "names": (1.0, lambda: naming_before.tick(hub.database, hub.vault)),
            "planned": (15.0, hub.directory.make_planned),
            "probes": (60.0, lambda: probing.tick(hub)),
            "notices": (1.0, lambda: chasing.make_notices(hub.database)),
        },
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run(hub.engine(), bells, stop))
        tasks.create_task(_listen(hub, bells, stop))
        tasks.create_task(ticker.run(stop))
        tasks.create_task(_notify(hub, stop))


async def _listen(hub: Hub, bells: Bells, stop: asyncio.Event) -> None:
    """Wake the worker at once when PostgreSQL says so; its own poll is the net."""
    while not stop.is_set():
        try:
            connection = await hub.database.listener()
            async with connection:
                while not stop.is_set():
                    async for notice in connection.notifies(timeout=1.0):
                        bells.ring(notice.payload)
        except psycopg.Error as error:
            log.warning("listener.connection_lost", error=type(error).__name__)
            await asyncio.sleep(1.0)


async def _notify(hub: Hub, stop: asyncio.Event) -> None:
    """Send status notices until `stop`."""
    while not stop.is_set():
        try:
            claimed = await chasing.claim_notices(hub.database, 64, hub.unseal)
            await asyncio.gather(*(notify_one(hub, *one) for one in claimed))
        except (psycopg.Error, Trouble) as error:
            log.warning("notices.trouble", error=type(error).__name__)
            claimed = []
        if not claimed:
            try:
                await asyncio.wait_for(stop.wait(), timeout=1.0)
            except TimeoutError:
                continue


async def mail_people(hub: Hub) -> None:
    """Tell people by mail what waits for them; without a mail server they see it in the console."""
    if hub.mailer is None:
        return
    between = timedelta(minutes=hub.settings.digest_minutes)
    for digest in await mailing.claim(hub.database, hub.clock.now(), between):
        url = hub.settings.public_url
        counts = mail.Counts(digest.silent, digest.recovered, digest.stopped)
        subject, text = mail.digest(counts, url, _links(hub, digest))
        key = f"nudge-{digest.ids[0]}-{len(digest.ids)}"
        letter = mail.Letter(digest.email, subject, text, key)
        code = await posted(hub.mailer, hub.clock, digest.contact, letter)
        await mailing.finish(hub.database, digest, hub.clock.now(), code)


def _links(hub: Hub, digest: mailing.Digest) -> list[tuple[str, str, str]]:
    """Return (sender, reference, link) of each plan that the mail's reader may say has come."""
    lasts = timedelta(days=hub.settings.link_days)
    if not lasts:
        return []
    ends, where = hub.clock.now() + lasts, f"{hub.settings.public_url.rstrip('/')}{linking.PATH}"
    return [
        (sender, delivery, f"{where}/{hub.linking.make(delivery, ends)}")
        for delivery, sender in digest.waiting
    ]


async def notify_one(hub: Hub, row: dict[str, Any], event: Event, endpoint: Endpoint) -> None:
    """Send one notice, as a FHIR notification where a Subscription made its endpoint."""
    notice = {
        "id": row["id"],
        "kind": event.kind,
        "noun": event.noun,
        "at": event.at.isoformat(),
        **{k: v for k, v in event.detail.items() if k in {"submission", "plan"}},
    }
    code, retry_in = "sent", None
    try:
        if "subscription" in endpoint.options:
            fhir = FhirNotifier(hub.poster, hub.settings.public_url)
            await fhir.notify(endpoint, row["id"], row["seq"], event)
        else:
            await Notifier(hub.poster).notify(endpoint, notice)
    except Trouble as trouble:
        attempts = row["attempts"]
        over = trouble.kind == "permanent" or attempts >= hub.settings.max_attempts
        code = trouble.code
        retry_in = None if over else gap(attempts, hub.settings.retry_seconds)
    await chasing.finish_notice(hub.database, row, code, retry_in)
