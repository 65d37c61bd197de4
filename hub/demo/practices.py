"""The other side of the demo: a practice's webhook receiver and another practice's SFTP server.

`hub.demo.story` starts them on loopback. They are what a real practice would run: the webhook
checks the signature before it believes anything, the SFTP server has a host key to pin. They keep
what they got in memory or a folder and know nothing of the hub's insides.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncssh
import uvicorn
from fastapi import FastAPI, Request, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@dataclass
class Received:
    """Deliveries that reached a webhook, by delivery id: how often, and the bytes' digest."""

    digests: dict[str, str] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)


def signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Check a Standard Webhooks signature: HMAC-SHA256 over `id.timestamp.body`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    message = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode()
    given = [part.partition(",")[2] for part in headers["webhook-signature"].split()]
    return any(hmac.compare_digest(wanted, one) for one in given)


@asynccontextmanager
async def webhook_practice(secret: str, received: Received) -> AsyncIterator[str]:
    """Run a practice's webhook receiver; yields its URL."""
    app = FastAPI(openapi_url=None)

    @app.post("/plans")
    async def take(request: Request) -> Response:
        body = await request.body()
        if not signed(secret, dict(request.headers), body):
            return Response(status_code=401)
        delivery = request.headers["webhook-id"]
        received.digests[delivery] = hashlib.sha256(body).hexdigest()
        received.times[delivery] = received.times.get(delivery, 0) + 1
        return Response(status_code=200)

    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn offers no event
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/plans"
    finally:
        server.should_exit = True
        await task


@dataclass(frozen=True)
class SftpPractice:
    """A practice's SFTP server: where it is, its host key, the hub's own key, and its folder."""

    address: str
    host_key: str
    private_key: str
    folder: Path


@asynccontextmanager
async def sftp_practice(folder: Path) -> AsyncIterator[SftpPractice]:
    """Run a practice's SFTP server over `folder`; only the hub holds a key to it."""
    host, client = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    authorized = asyncssh.import_authorized_keys(client.export_public_key().decode())
    (folder / "plans").mkdir(parents=True, exist_ok=True)
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host],
        authorized_client_keys=authorized,
        sftp_factory=lambda chan: asyncssh.SFTPServer(chan, chroot=str(folder).encode()),
        allow_scp=False,
        process_factory=None,
    )
    try:
        yield SftpPractice(
            address=f"sftp://hub@127.0.0.1:{server.get_port()}/plans",
            host_key=host.export_public_key().decode().strip(),
            private_key=client.export_private_key().decode(),
            folder=folder / "plans",
        )
    finally:
        server.close()
        await server.wait_closed()
