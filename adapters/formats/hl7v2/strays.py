"""Labels in a text that no profile declared: they end the value before them, which is not theirs.

Called by `headings` for lines below a bullet or a sub-id's text, by `remarks` for what stands after
a declared label. A label is up to four words with a capital first, and a colon before a blank: a
time (10:30), a ratio (3:1) and an address (https://) are none. It reads no meaning into them.
"""

from __future__ import annotations

import re
from typing import Final

_LABEL: Final = r"[^\W\d_][\w/&.'\u2019-]*(?: [\w/&.'\u2019-]+){0,3} ?:(?=\s|$)"
_OPENS: Final = re.compile(rf"\s*({_LABEL})")
_WIDE: Final = re.compile(rf"(?:\s{{2,}}|\t|[;|]\s*)({_LABEL})")
_CAPITALS: Final = re.compile(r"\s([A-Z]{2,6}:)(?=\s|$)")


def opens(line: str) -> bool:
    """Say whether a line starts with a label."""
    found = _OPENS.match(line)
    return found is not None and found[1][0].isupper()


def apart(text: str, *, capitals: bool) -> tuple[str, str]:
    """Return a value and what begins with a label after it: a wide blank or `;` stands between.

    With `capitals`, as where the sender's own labels are all in capitals, one blank is enough for a
    word of two to six of them.
    """
    wide = (found.start(1) for found in _WIDE.finditer(text) if found[1][0].isupper())
    close = (found.start(1) for found in (_CAPITALS.finditer(text) if capitals else ()))
    at = min([*wide, *close], default=len(text))
    return text[:at], text[at:].strip()
