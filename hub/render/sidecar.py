"""The notices of a released file once more, as a text to lie beside it (P2-20).

`hub.delivery` calls `notice_beside` for channels that carry bare files. A table has no first page:
whoever opens it may never see its first rows. The text is read from the very bytes that leave, so
that it can't say anything else. Formats that show their notices on every page get no such file.
"""

from __future__ import annotations

import csv
import io

NOTICE = "Notice"
"""The `kind` of a row that is no element of the plan but a notice."""


def notice_beside(content: bytes, media_type: str) -> str:
    """Return the notices of a CSV release, each a paragraph; nothing for any other format."""
    if media_type != "text/csv":
        return ""
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
    told = [row["text"].removeprefix("'") for row in rows if row.get("kind") == NOTICE]
    return "".join(f"{words}\r\n\r\n" for words in told)
