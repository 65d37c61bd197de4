"""Posts one letter to a contact over the hub's mail server, and says what became of it.

The jobs that mail people, of plans and of connections, call it; they record the code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from hub.errors import Trouble

if TYPE_CHECKING:
    from hub.channels.mail import Letter, Mailer
    from hub.ports import Clock

log = structlog.get_logger()


async def posted(mailer: Mailer, clock: Clock, contact: str, letter: Letter) -> str:
    """Return `sent`, or the code of why the server did not take it."""
    try:
        await mailer.post(letter, clock.now())
    except Trouble as trouble:
        log.warning("mail.trouble", contact=contact, code=trouble.code)
        return trouble.code
    return "sent"
