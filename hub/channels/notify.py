"""Status notices to the organisation that sent a plan: ids, states, codes and times, signed.

The delivery and answer steps' notices go out by it, to an MCO's webhook endpoint. It refuses any
value that could be words about a person; free text never leaves by this way.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.channels.posting import Poster
    from hub.ports import Endpoint, Proof

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VALUE: Final = re.compile(r"[A-Za-z0-9_.:/+?=&%-]{0,200}")


class Notifier:
    """Tells an MCO what became of its submission."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def notify(self, endpoint: Endpoint, event: Mapping[str, object]) -> Proof:
        """Post one event; `event["id"]` is its webhook-id. `ValueError` for a value with words."""
        _hold_to_codes(event)
        body = json.dumps(dict(event), separators=(",", ":"), sort_keys=True).encode()
        headers = {"content-type": "application/json"}
        return await self._poster.post(endpoint, str(event["id"]), headers, body)


def _hold_to_codes(event: Mapping[str, object]) -> None:
    if not event.get("id"):
        raise ValueError("a notice needs an id, the same at every attempt")
    for key, value in event.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        if not _KEY.fullmatch(key) or not all(_is_code(v) for v in values):
            raise ValueError(f"a notice holds only ids, states, codes and times, not `{key}`")


def _is_code(value: object) -> bool:
    if isinstance(value, str):
        return bool(_VALUE.fullmatch(value))
    return value is None or isinstance(value, (bool, int))
