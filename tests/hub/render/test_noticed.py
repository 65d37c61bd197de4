"""A document of others goes out unchanged, with its notices before it, or as it is without any."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from io import BytesIO

from hub.render.cover import Rendered
from hub.render.noticed import NOTICE, with_notices

AT = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)
INNER = Rendered(content=b"%PDF-1.4 own", media_type="application/pdf", file_name="doc_1.pdf")


def test_notices_first():
    """The notices are the first thing in the ZIP, word for word; the document is not touched."""
    made = with_notices("doc_1", INNER, ("First text.", "Second text."), AT)
    with zipfile.ZipFile(BytesIO(made.content)) as packed:
        names, words = packed.namelist(), packed.read(NOTICE).decode()
        inside = packed.read("doc_1.pdf")

    assert (made.media_type, made.file_name) == ("application/zip", "doc_1.zip")
    assert names == [NOTICE, "doc_1.pdf"]
    assert words.startswith("First text.\r\n\r\nSecond text.\r\n\r\n")
    assert inside == INNER.content


def test_the_same_twice():
    """The same document and notices give the same bytes, whenever they are asked for."""
    first, second = (with_notices("doc_1", INNER, ("Text.",), AT).content for _ in range(2))

    assert first == second


def test_without_notices():
    """A document that needs no notice goes out as it is."""
    assert with_notices("doc_1", INNER, (), AT) is INNER
