"""Text messages to contacts: that something waits, how much, and where; never what or about whom.

The ticker's text job calls `Texter`. The gateway is any that takes Twilio's form post (`To`, `From`
and `Body`, HTTP basic authentication, JSON back). A text is a second notice beside the mail, so one
whose answer never came is not sent again.
"""

from __future__ import annotations

import base64
import re
import string
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlencode, urlsplit, urlunsplit

from hub.channels.posting import wait_of
from hub.channels.requesting import Request
from hub.errors import Misconfigured, Trouble

if TYPE_CHECKING:
    from hub.channels.requesting import Answer, Requester
    from hub.ports import Clock

NUMBER: Final = re.compile(r"\+[1-9][0-9]{7,14}")
"""A number as E.164 writes it."""
MOST_LETTERS: Final = 300
"""Longer texts are sent in parts, and dearly."""
_KNOWN: Final = frozenset({"count", "plans", "url"})
_GOOD: Final = range(200, 300)
_LATER: Final = frozenset({408, 425, 429})


class Texter:
    """Sends over one gateway, `https://user:secret@host/path`, in the operator's own words."""

    def __init__(
        self, url: str, sender: str, words: str, requester: Requester, clock: Clock
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"https", "http"} or not parts.hostname or not parts.username:
            raise Misconfigured("ICP_HUB_SMS_URL", "must be like https://user:secret@host/path")
        if not sender:
            raise Misconfigured("ICP_HUB_SMS_FROM", "set the number or name texts come from")
        self._words = _judged(words)
        host = parts.netloc.rpartition("@")[2]
        self._url = urlunsplit((parts.scheme, host, quote(parts.path, "/%"), parts.query, ""))
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        self._proof = f"Basic {base64.b64encode(pair.encode()).decode()}"
        self._sender = sender
        self._requester = requester
        self._clock = clock

    async def send(self, to: str, count: int, url: str) -> None:
        """Send one text about so many plans; `Trouble` when the gateway does not take it."""
        if not NUMBER.fullmatch(to):
            raise Trouble("permanent", "bad_number", "write the number as +15550100")
        body = said(self._words, count, url)
        form = urlencode({"To": to, "From": self._sender, "Body": body}).encode()
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
            "authorization": self._proof,
        }
        answer = await self._requester.ask(Request("sms", "POST", self._url, headers, form))
        if answer.status not in _GOOD:
            raise self._trouble(answer)

    async def close(self) -> None:
        """Close every connection."""
        await self._requester.close()

    def _trouble(self, answer: Answer) -> Trouble:
        code = f"sms_{answer.status}"
        if answer.status in _LATER or answer.status >= 500:  # noqa: PLR2004  # HTTP's server error class
            after = wait_of(answer.retry_after, self._clock.now())
            return Trouble("transient", code, "the gateway asks to try later", retry_after=after)
        return Trouble("permanent", code, "the gateway refuses the text; look at its console")


def said(words: str, count: int, url: str) -> str:
    """Return a text.

    >>> said("{plans} for you: {url}", 2, "https://hub.example")
    '2 care plans wait for you: https://hub.example'
    """
    plans = f"{count} care plans wait" if count > 1 else f"{count} care plan waits"
    return words.format(count=count, plans=plans, url=url)


def _judged(words: str) -> str:
    """Return a template that holds nothing but what we know; `Misconfigured` says what is wrong."""
    what = f"may hold {', '.join('{' + one + '}' for one in sorted(_KNOWN))} and plain words"
    try:
        found = {(name, form, turn) for _, name, form, turn in string.Formatter().parse(words)}
    except ValueError:
        raise Misconfigured("ICP_HUB_SMS_TEXT", what) from None
    named = {name for name, _, _ in found if name is not None}
    if not named <= _KNOWN or any(form or turn for _, form, turn in found):
        raise Misconfigured("ICP_HUB_SMS_TEXT", what)
    if not 0 < len(words) <= MOST_LETTERS:
        raise Misconfigured("ICP_HUB_SMS_TEXT", f"has at most {MOST_LETTERS} letters")
    return words
