"""A document that others made, handed out with the notices the law wants with it (42 CFR 2.32).

The hub never writes into bytes it did not make, nor opens them outside its sandbox: a returned
document goes out unchanged in a ZIP, behind a text that says the notices word for word, as the
text beside a released table does. Its SHA-256 stays the one on record. Decides nothing.
"""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Final

from hub.render.cover import Rendered

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

NOTICE: Final = "NOTICE.txt"


def with_notices(document: str, inner: Rendered, notices: Sequence[str], at: datetime) -> Rendered:
    """Return a ZIP named after the document's id: the notices first, then the document as it is.

    `notices` are whole texts; `at` is when the document was given, the time of both entries. The
    same document and notices give the same bytes. Without notices the document is returned itself.
    """
    if not notices:
        return inner
    words = "".join(f"{text}\r\n\r\n" for text in (*notices, _beside(inner.file_name)))
    made, day = BytesIO(), at.timetuple()[:6]
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo(NOTICE, day), words)
        packed.writestr(zipfile.ZipInfo(inner.file_name, day), inner.content)
    return Rendered(
        content=made.getvalue(), media_type="application/zip", file_name=f"{document}.zip"
    )


def _beside(name: str) -> str:
    return f"This notice belongs to the document beside it, {name}. Keep the two together."
