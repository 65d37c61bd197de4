"""Mail to contacts of the directory: that something waits, never what or about whom.

The ticker's mail job calls `Mailer`. The subject and text hold counts and the console's address;
whoever reads it over a shoulder learns nothing of any member. SMTP by aiosmtplib.
"""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from hub.clocks import SAYS
from hub.errors import Misconfigured, Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hub.clocks import Clock
    from hub.errors import Kind

SECONDS: Final = 20.0
_PORTS: Final = {"smtp": 25, "smtps": 465}
_SETTING: Final = "ICP_HUB_SMTP_URL"


class Mailer:
    """Sends over one SMTP server: `smtp://` uses STARTTLS where offered, `smtps://` TLS at once."""

    def __init__(self, url: str, sender: str, public_url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise Misconfigured(_SETTING, "must be like smtp://mail.example:25")
        self._host = parts.hostname
        self._port = parts.port or _PORTS[parts.scheme]
        self._tls = parts.scheme == "smtps"
        self._user = unquote(parts.username) if parts.username else None
        self._secret = unquote(parts.password) if parts.password else None
        self._sender = sender
        self._public_url = public_url

    async def send(
        self, to: str, silent: Mapping[Clock, int], recovered: int, at: datetime, key: str
    ) -> None:
        """Send one digest; `key` makes its Message-ID, the same at every attempt. `Trouble`."""
        message = EmailMessage()
        message["From"], message["To"] = self._sender, to
        message["Subject"] = subject(silent, recovered)
        message["Date"] = format_datetime(at)
        domain = self._sender.rpartition("@")[2] or "localhost"
        message["Message-ID"] = f"<{key}@{domain}>" if key else make_msgid(domain=domain)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text(silent, recovered, self._public_url))
        try:
            await aiosmtplib.send(
                message,
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._secret,
                use_tls=self._tls,
                timeout=SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused:
            raise Trouble("permanent", "mail_refused", "the server refused the address") from None
        except aiosmtplib.SMTPResponseException as error:
            over = error.code >= 500  # noqa: PLR2004  # RFC 5321 4.2.1: a permanent negative
            kind: Kind = "permanent" if over else "transient"
            raise Trouble(kind, f"smtp_{error.code}", "the mail server said no") from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise Trouble("transient", "mail_unreachable", type(error).__name__) from None


def subject(silent: Mapping[Clock, int], recovered: int) -> str:
    """Return a mail's subject: how many plans and requests wait, or that none does any more."""
    requests = silent.get("request", 0)
    plans = sum(silent.values()) - requests
    both = ((plans, _plans(plans)), (requests, _asked(requests)))
    told = [words for count, words in both if count]
    if told:
        return f"{' and '.join(told)} {'wait' if plans + requests > 1 else 'waits'} for you"
    return f"{_either(recovered)} no longer {'wait' if recovered > 1 else 'waits'}"


def text(silent: Mapping[Clock, int], recovered: int, url: str) -> str:
    """Return a mail's words."""
    lines = [
        f"- {_asked(count) if clock == 'request' else _plans(count)}: {SAYS[clock]}."
        for clock, count in silent.items()
    ]
    if recovered:
        lines.append(f"- {_either(recovered)} we told you of: settled. Nothing is left to do.")
    lines += ["", f"Please sign in: {url}", "", "For privacy this mail says no more than that."]
    return "\n".join(lines)


def _plans(count: int) -> str:
    return f"{count} care plans" if count > 1 else f"{count} care plan"


def _asked(count: int) -> str:
    return f"{count} requests" if count > 1 else f"{count} request"


def _either(count: int) -> str:
    return f"{count} care plans or requests" if count > 1 else "1 care plan or request"
