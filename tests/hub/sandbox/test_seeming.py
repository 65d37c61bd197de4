"""What a document that nobody reads is said to be, so that its sender knows what to do."""

import pytest

from hub.sandbox.seeming import seeming

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SEEMING = [
    (b"PK\x03\x04 word/document.xml", "word_document"),
    (b"PK\x03\x04 xl/workbook.xml", "spreadsheet"),
    (b"PK\x03\x04 plans.csv", "archive"),
    (b"{\\rtf1 words}", "rich_text"),
    (OLE + b" words", "old_office_file"),
    (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted_office_file"),
]


@pytest.mark.parametrize(("content", "code"), SEEMING)
def test_office(content, code):
    """Each kind of office file is told by its own code."""
    assert code == seeming(content)[0]
