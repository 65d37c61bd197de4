"""Mail to contacts of the directory: that something waits, never what or about whom.

The ticker's mail job calls `Mailer`. The subject and text hold counts and the console's address;
whoever reads it over a shoulder learns nothing of any member. SMTP by aiosmtplib.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from hub.canonical import Sealed
from hub.channels.certificates import of_wire, shown
from hub.clocks import SAYS
from hub.ending import OF
from hub.errors import Misconfigured, Trouble
from hub.ports import Look

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from hub.clocks import Clock
    from hub.errors import Kind

SECONDS: Final = 20.0
MOST_LINKS: Final = 20
"""More than that in one mail, and signing in is quicker."""
_PORTS: Final = {"smtp": 25, "smtps": 465}
_SETTING: Final = "ICP_HUB_SMTP_URL"


@dataclass(frozen=True, slots=True, repr=False)
class Letter(Sealed):
    """One mail: to whom, subject, text, and what makes its Message-ID at every attempt."""

    to: str
    subject: str
    text: str
    key: str


class Mailer:
    """Sends over one SMTP server: `smtp://` uses STARTTLS where offered, `smtps://` TLS at once."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise Misconfigured(_SETTING, "must be like smtp://mail.example:25")
        self._host = parts.hostname
        self._port = parts.port or _PORTS[parts.scheme]
        self._tls = parts.scheme == "smtps"
        self._user = unquote(parts.username) if parts.username else None
        self._secret = unquote(parts.password) if parts.password else None
        self._sender = sender

    async def post(self, letter: Letter, at: datetime) -> None:
        """Send one letter; `Trouble` when the server does not take it."""
        message = EmailMessage()
        message["From"], message["To"] = self._sender, letter.to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(at)
        domain = self._sender.rpartition("@")[2] or "localhost"
        message["Message-ID"] = (
            f"<{letter.key}@{domain}>" if letter.key else make_msgid(domain=domain)
        )
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        with _told():
            await aiosmtplib.send(
                message,
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._secret,
                use_tls=self._tls,
                timeout=SECONDS,
            )

    async def probe(self) -> Look:
        """Sign in to the server, NOOP, and leave; return that it works, or `Trouble`."""
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._secret,
            use_tls=self._tls,
            timeout=SECONDS,
        )
        try:
            with _told():
                await client.connect()
                seen = shown(of_wire(client.get_transport_info("ssl_object")), "relay")
                await client.noop()
        finally:
            client.close()
        return Look("smtp_ready", seen)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what a mail server does into `Trouble` of its kind."""
    try:
        yield
    except aiosmtplib.SMTPRecipientsRefused:
        raise Trouble("permanent", "mail_refused", "the server refused the address") from None
    except aiosmtplib.SMTPResponseException as error:
        if error.code < 0:  # half an answer, and the line was cut
            raise Trouble("transient", "mail_unreachable", type(error).__name__) from None
        over = error.code >= 500  # noqa: PLR2004  # RFC 5321 4.2.1: a permanent negative
        kind: Kind = "permanent" if over else "transient"
        raise Trouble(kind, f"smtp_{error.code}", "the mail server said no") from None
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise Trouble("transient", "mail_unreachable", type(error).__name__) from None


def of_connections(told: Sequence[tuple[str, str, str, datetime]], url: str) -> tuple[str, str]:
    """Return (subject, text) of a mail about connections: (endpoint, what, code, since) of each.

    Of a certificate that ends soon `code` says whose it is and `since` when it ends.
    """
    fails, ends = (sum(what == one for _, what, _, _ in told) for one in ("fails", "ends"))
    works = len(told) - fails - ends
    counts = [f"{fails} {_many('connection', fails)} failing"] if fails else []
    counts += [f"{works} working again"] if works else []
    counts += [f"{ends} {_many('certificate', ends)} ending soon"] if ends else []
    lines = [_of_connection(*one) for one in told]
    lines += ["", "What was found: the hub connected as it does to deliver, and sent no plan."]
    if ends:
        lines.append("Whoever holds a certificate that ends should put its successor in place.")
    lines += [f"See Connections in the console: {url}", "You are told once of each change."]
    return ", ".join(counts).capitalize(), "\n".join(lines)


def _of_connection(endpoint: str, what: str, code: str, since: datetime) -> str:
    if what == "ends":
        return f"- {endpoint}: {OF.get(code, 'a certificate')} ends {since:%Y-%m-%d %H:%M} UTC"
    words = "fails" if what == "fails" else "works again"
    return f"- {endpoint}: {words} since {since:%Y-%m-%d %H:%M} UTC ({code})"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a mail tells: how many wait by clock, how many are settled, how many were stopped."""

    silent: Mapping[Clock, int]
    recovered: int = 0
    stopped: int = 0


def digest(told: Counts, url: str, links: Sequence[tuple[str, str, str]] = ()) -> tuple[str, str]:
    """Return (subject, text) of a mail about plans; `links` are (sender, reference, link)."""
    return subject(told), text(told, url, links)


def subject(told: Counts) -> str:
    """Return a mail's subject: how many plans and requests wait, were stopped, or are settled."""
    requests = told.silent.get("request", 0)
    plans = sum(told.silent.values()) - requests
    both = ((plans, _plans(plans)), (requests, _asked(requests)))
    waiting = [words for count, words in both if count]
    if waiting:
        return f"{' and '.join(waiting)} {'wait' if plans + requests > 1 else 'waits'} for you"
    if told.stopped:
        return f"{_asked(told.stopped)} {'were' if told.stopped > 1 else 'was'} stopped"
    return f"{_either(told.recovered)} no longer {'wait' if told.recovered > 1 else 'waits'}"


def text(told: Counts, url: str, links: Sequence[tuple[str, str, str]] = ()) -> str:
    """Return a mail's words."""
    lines = [
        f"- {_asked(count) if clock == 'request' else _plans(count)}: {SAYS[clock]}."
        for clock, count in told.silent.items()
    ]
    if told.stopped:
        lines.append(
            f"- {_asked(told.stopped)} of your side: stopped, nobody will answer any more."
            " The console says why."
        )
    if told.recovered:
        lines.append(f"- {_either(told.recovered)} we told you of: settled. Nothing is left to do.")
    lines += ["", f"Please sign in: {url}"]
    for sender, reference, link in links[:MOST_LINKS]:
        lines += ["", f"Plan {reference} from {sender}: say that you have it, without signing in:"]
        lines.append(link)
    lines += ["", "For privacy this mail says no more than that."]
    return "\n".join(lines)


def _many(word: str, count: int) -> str:
    return f"{word}s" if count > 1 else word


def _plans(count: int) -> str:
    return f"{count} care plans" if count > 1 else f"{count} care plan"


def _asked(count: int) -> str:
    return f"{count} requests" if count > 1 else f"{count} request"


def _either(count: int) -> str:
    return f"{count} care plans or requests" if count > 1 else "1 care plan or request"
