"""Identifiers we make: a short prefix that names the noun, then a time-ordered random part.

Anybody may call `new_id`. The random part has 74 bits, so that an identifier can't be guessed; it
never derives from member data, and may stand in logs, URLs and file names.
"""

from __future__ import annotations

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """Return `prefix_` and 26 Crockford base-32 characters, ordered by the millisecond made."""
    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    letters = []
    for _ in range(26):
        number, rest = divmod(number, 32)
        letters.append(_ALPHABET[rest])
    return f"{prefix}_{''.join(reversed(letters))}"
