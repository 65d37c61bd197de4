"""Hands one finished Direct mail to the configured SMTP server, and says what its answer means.

The Direct channel and the hub's own notifications go out by it. The server is the operator's: the
HISP's gateway or a relay. It never looks into a mail, and a mail is sealed before it comes here.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from hub.channels.certificates import of_wire
from hub.errors import Misconfigured, Trouble

if TYPE_CHECKING:
    from hub.channels.direct_mail import Head
    from hub.errors import Kind

_PORTS: Final = {"smtp": 25, "smtps": 465}
_REJECTED: Final = 500
"""From here on an SMTP answer is a permanent no (RFC 5321 section 4.2.1)."""


class Relay:
    """One SMTP server: `smtp://` uses STARTTLS where offered, `smtps://` TLS at once.

    Times in seconds: for one command, and for the whole of one mail. `tls` is what its certificate
    is held against; None: this machine's own authorities.
    """

    def __init__(
        self,
        url: str,
        *,
        seconds: float = 30.0,
        most_seconds: float = 120.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise Misconfigured("ICP_HUB_DIRECT_RELAY", "must be like smtp://gateway.example:25")
        self._host = parts.hostname
        self._port = parts.port or _PORTS[parts.scheme]
        self._tls = parts.scheme == "smtps"
        self._context = tls
        self._user = unquote(parts.username) if parts.username else None
        self._secret = unquote(parts.password) if parts.password else None
        self._seconds = seconds
        self._most_seconds = most_seconds

    async def greet(self) -> bytes:
        """Connect, sign in where that is set, NOOP, and leave; `Trouble` when that fails.

        What comes back is the certificate the server showed, as DER; empty without TLS.
        """
        client = self._client()
        try:
            async with asyncio.timeout(self._seconds):
                await client.connect()
                seen = of_wire(client.get_transport_info("ssl_object"))
                await client.noop()
                with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                    await client.quit()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _meaning(error, left=False) from None
        finally:
            client.close()
        return seen

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._secret,
            use_tls=self._tls,
            tls_context=self._context,
            timeout=self._seconds,
        )

    async def send(self, mail: bytes, head: Head) -> None:
        """Hand the mail over; `Trouble` when the server does not take it.

        A line that broke after the mail had left is `ambiguous`: it may be sent again, since it
        carries the same Message-ID (RFC 5321 section 4.5.3.2.6).
        """
        client = self._client()
        course = {"left": False}
        try:
            async with asyncio.timeout(self._most_seconds):
                await self._hand_over(client, mail, head, course)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _meaning(error, left=course["left"]) from None
        finally:
            client.close()

    async def _hand_over(
        self, client: aiosmtplib.SMTP, mail: bytes, head: Head, course: dict[str, bool]
    ) -> None:
        await client.connect()
        await client.mail(head.sender)
        await client.rcpt(head.recipient)
        course["left"] = True
        await client.data(mail)
        course["left"] = False  # taken: what follows changes nothing
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await client.quit()


def _meaning(error: Exception, *, left: bool) -> Trouble:
    """Return what a failure means; an answer that is none (a negative code) is a broken line."""
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code > 0:
        return _refused(error)
    if not left and _distrusted(error):
        what = "the mail server's certificate is expired, for another name or not trusted"
        return Trouble("permanent", "certificate", what)
    return _broken(error, left=left)


def _distrusted(error: BaseException | None) -> bool:
    """Say whether a certificate is what it failed for; the library raises its own from that."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__
    return error is not None


def _refused(error: aiosmtplib.SMTPResponseException) -> Trouble:
    kind: Kind = "permanent" if error.code >= _REJECTED else "transient"
    what = "the mail server refused it" if kind == "permanent" else "the mail server says later"
    return Trouble(kind, f"smtp_{error.code}", what)


def _broken(error: Exception, *, left: bool) -> Trouble:
    slow = isinstance(error, (TimeoutError, aiosmtplib.SMTPTimeoutError))
    if left:
        code = "smtp_no_answer" if slow else "smtp_cut"
        return Trouble("ambiguous", code, "the mail server took it and gave no answer")
    code = "timeout" if slow else "not_reached"
    return Trouble("transient", code, "the mail server could not be reached or is too slow")
