"""Serves HTTP (API and console), SFTP, MLLP and Direct in one event loop, until told to stop.

`Hub.serve` calls `serve`. Put a proxy with TLS, size and time limits in front of HTTP.
"""

from __future__ import annotations

import asyncio
import gc
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import uvicorn

from hub.channels import direct_server, mllp_server
from hub.channels.direct_taking import Taker
from hub.channels.sftp_server import SftpSettings
from hub.channels.sftp_server import serve as serve_sftp
from hub.channels.sftp_tenants import Limits
from hub.web.application import World, create
from hub.web.pages import console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from hub.main.opening import Hub

log = structlog.get_logger()


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to us."""

    def install_signal_handlers(self) -> None:
        """Install none."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def application(hub: Hub) -> FastAPI:
    """Return the web application: API and console."""
    return create(
        World(
            settings=hub.settings,
            clock=hub.clock,
            inbox=hub.intake,
            desk=hub.desk,
            people=hub.people,
            credentials=hub.credentials,
            reception=hub.reception,
            plans=hub.plans,
            confirming=hub.confirming,
            registry=hub.registry,
            rosters=hub.rosters,
            reader=hub.reader,
            vault=hub.vault,
            bindings=hub.line.bindings,
            filling=hub.filling,
            officer=hub.officer,
            labels=hub.labels,
            worklist=hub.worklist,
            returning=hub.returning,
            requests=hub.requests,
            linking=hub.linking,
            copies=hub.copies,
            subscriptions=hub.subscriptions,
            directory=hub.directory,
            treating=hub.treating,
            policy=hub.policy,
            adopting=hub,
        ),
        console(),
    )


async def serve_mllp(hub: Hub) -> mllp_server.MllpServer | None:
    """Start the MLLP server, or do nothing where no port is set."""
    settings = hub.settings
    if settings.mllp_port < 0:
        return None
    answers = import_module("adapters.formats.hl7v2.acknowledge").answers
    limits = mllp_server.Limits(
        file_bytes=settings.max_bytes,
        connections=settings.mllp_connections,
        idle_seconds=settings.mllp_idle_seconds,
    )
    given = mllp_server.MllpSettings(
        host=settings.mllp_host,
        port=settings.mllp_port,
        certificate=_file(settings.mllp_certificate),
        key=_file(settings.mllp_key),
        client_ca=_file(settings.mllp_client_ca),
        read_seconds=settings.mllp_read_seconds,
        limits=limits,
    )
    return await mllp_server.serve(hub.mllp_inbox, given, answers)


async def serve_direct(hub: Hub) -> direct_server.DirectServer | None:
    """Start the Direct server, or do nothing where no address or no port is set."""
    settings = hub.settings
    if hub.direct_post is None or settings.direct_port < 0:
        return None
    given = direct_server.DirectSettings(
        host=settings.direct_host,
        port=settings.direct_port,
        certificate=_file(settings.direct_tls_certificate),
        key=_file(settings.direct_tls_key),
        file_bytes=settings.max_bytes,
    )
    taker = Taker(hub.direct_inbox, hub.direct_post)
    return await direct_server.serve(taker, hub.direct_post.ours.address, given)


def _file(name: str) -> Path | None:
    return Path(name) if name else None


async def serve(hub: Hub, stop: asyncio.Event) -> None:
    """Serve HTTP, SFTP and, where they are set, MLLP and Direct until `stop`."""
    settings = hub.settings
    host_key = settings.home / "keys" / "sftp_host_key"
    spool = settings.home / "spool"
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    limits = Limits(file_bytes=settings.max_bytes, spool=spool)
    sftp = await serve_sftp(
        hub.inbox,
        SftpSettings(host_key, settings.sftp_host, settings.sftp_port, limits),
    )
    mllp = await serve_mllp(hub)
    direct = await serve_direct(hub)
    config = uvicorn.Config(
        application(hub),
        host=settings.http_host,
        port=settings.http_port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_keep_alive=30,
    )
    server = _Server(config)
    gc.collect()
    gc.freeze()  # what is loaded stays; looking through it again took 90 ms in which none is served
    gc.set_threshold(10_000, 50, 100)
    serving = asyncio.create_task(server.serve())
    also = {"mllp": mllp.port if mllp else None, "direct": direct.port if direct else None}
    log.info("hub.serving", http=settings.http_port, sftp=sftp.port, **also)
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    await sftp.close()
    for one in (mllp, direct):
        if one:
            await one.close()
