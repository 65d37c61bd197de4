"""A HISP's gateway that misbehaves: SMTP with TLS, and the notifications it owes for each mail.

`tests.faults.street` opens one. It takes mails, or not, as `Chaos` says, and hands its notification
of each to the hub's own Direct server. Some come twice; before some others somebody hands in
forged ones, which say that the mail was never taken.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import aiosmtplib
from aiosmtpd.smtp import SMTP

from hub.channels.cms_signing import encrypted
from hub.channels.direct_mail import Head, Identity, sealed
from hub.channels.direct_notices import Notice, written
from tests import direct_world
from tests.direct_world import HUB, Post

if TYPE_CHECKING:
    import ssl

    from cryptography import x509

    from tests.faults.misbehaving import Chaos

PATIENCE = 3.0
"""Seconds after which a slow gateway answers; a hub in these tests waits less."""


class Mail(Post):
    """A gateway for one Direct address; `hub_port` 0: the hub has no server to notify."""

    def __init__(self, chaos: Chaos, tls: ssl.SSLContext, own: Identity, hub: x509.Certificate):
        super().__init__()
        self.chaos, self.own, self.hub, self.hub_port = chaos, own, hub, 0
        self.refused: list[int] = []
        """The hub's SMTP answers to what was forged."""
        self._tls = tls
        self._few = asyncio.Semaphore(8)
        self._under_way: set[asyncio.Task[None]] = set()
        stranger = direct_world.Authority("Forger")
        self._forger = Identity(own.address, *stranger.leaf(own.address))

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="localhost", loop=loop), "127.0.0.1", 0, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  # aiosmtpd's name
        """Take an address, or cut the line before there is a mail."""
        fault = self.chaos.pick(["reset_before"])
        self.chaos.note(fault)
        if fault:
            server.transport.abort()
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802  # aiosmtpd's name
        """Take a mail, or misbehave."""
        of_wire = ("4xx", "5xx", "slow", "reset_after", "duplicate", "forged", "endless")
        fault = self.chaos.pick([*of_wire, "notice_twice", "notice_forged"])
        head = envelope.content.partition(b"\r\n\r\n")[0].decode().lower()
        delivery = head.partition("message-id: <")[2].partition("@")[0]
        self.chaos.note(fault, delivery)
        if fault in {"4xx", "5xx"}:
            return "550 no" if fault == "4xx" else "451 later"
        self.taken.append(envelope.content)
        if self.hub_port:
            original = f"<{delivery}@{HUB.partition('@')[2]}>"
            task = asyncio.create_task(self._notifies(original, fault))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        if fault == "endless":
            await _floods(server.transport)
        if fault == "reset_after":
            server.transport.abort()
        await asyncio.sleep(PATIENCE if fault == "slow" else 0.0)
        says = {"duplicate": "250 OK\r\n250 OK", "forged": "HTTP/1.1 400 Bad Request"}
        return says.get(fault, "250 OK")

    async def quiet(self) -> None:
        """Wait until every notification is handed in."""
        await asyncio.gather(*self._under_way)

    async def _notifies(self, original: str, fault: str) -> None:
        """Tell the hub that a mail was decrypted and trusted."""
        if fault == "notice_forged":
            for forged in self.forgeries(original):
                self.refused.append(await self._hands_in(forged))
        for _ in range(2 if fault == "notice_twice" else 1):
            await self._hands_in(self._notice(original, self.own))

    def _notice(self, original: str, by: Identity, disposition="processed") -> bytes:
        now = datetime.now(UTC)
        head = Head(by.address, HUB, f"<mdn-{now.timestamp()}@{by.domain}>")
        told = written(Notice(original, by.address, disposition), head, now)
        return sealed(told, head, by, self.hub, now)

    def forgeries(self, original: str) -> list[bytes]:
        """Return notifications of failure: by a stranger, unsigned, plain, and of another mail."""
        now = datetime.now(UTC)
        head = Head(self.own.address, HUB, f"<forged-{now.timestamp()}@{self.own.domain}>")
        plain = written(Notice(original, self.own.address, "failed"), head, now)
        outer = f"From: {head.sender}\r\nTo: {HUB}\r\nMessage-ID: {head.message_id}\r\n"
        outer += "MIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime\r\n"
        outer += "Content-Transfer-Encoding: binary\r\n\r\n"
        wrapped = b"Content-Type: message/rfc822\r\n\r\n" + plain
        return [
            self._notice(original, self._forger, "failed"),
            outer.encode() + encrypted(wrapped, self.hub),
            plain,
            self._notice("<del_of_nobody@direct.hub.example>", self.own, "failed"),
        ]

    async def _hands_in(self, mail: bytes) -> int:
        """Hand a mail to the hub's server; return the code of its answer.

        A line that is cut, as the hub cuts those that are too many, is tried again like any mail.
        """
        for _ in range(50):
            try:
                client = aiosmtplib.SMTP(hostname="127.0.0.1", port=self.hub_port, start_tls=False)
                async with self._few, client:
                    await client.mail(self.own.address)
                    await client.rcpt(HUB)
                    return (await client.data(mail)).code
            except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPServerDisconnected):
                await asyncio.sleep(0.1)
            except aiosmtplib.SMTPResponseException as refused:
                return refused.code
        return 0

    @property
    def kept(self) -> dict[str, set[bytes]]:
        """What arrived, by delivery; a mail is sealed anew each time, its Message-ID is not."""
        found: dict[str, set[bytes]] = {}
        for one in self.taken:
            head = one.partition(b"\r\n\r\n")[0].decode().lower()
            found.setdefault(head.partition("message-id: <")[2].partition("@")[0], {b"mail"})
        return found


async def _floods(transport) -> None:
    """Say a reply of many lines without an end, as long as anybody listens."""
    while not transport.is_closing():
        if transport.get_write_buffer_size() < 1_000_000:
            transport.write(b"250-and so on\r\n" * 1_000)
        await asyncio.sleep(0)
