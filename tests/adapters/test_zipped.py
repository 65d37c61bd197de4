"""Zips are judged before anything is unpacked."""

import io
import struct
import zipfile

import pytest

from adapters.formats.zipped import NotUnzipped, unzipped


def packed(*entries, method=zipfile.ZIP_DEFLATED):
    """Return a zip of (name, content)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in entries:
            file.writestr(name, content)
    return out.getvalue()


def linked():
    """Return a zip that holds a symbolic link."""
    info = zipfile.ZipInfo("a.csv")
    info.external_attr = 0o120777 << 16
    return packed((info, b"/etc/passwd"))


def locked():
    """Return a zip whose entry says that it is under a password."""
    content = bytearray(packed(("a.csv", b"a,b")))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def overlapping():
    """Return a zip whose second entry begins inside the first."""
    content = bytearray(packed(("a.csv", b"a" * 99), ("b.csv", b"b"), method=zipfile.ZIP_STORED))
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    content[second + 42 : second + 46] = struct.pack("<I", 10)
    return bytes(content)


def understated():
    """Return a zip whose entry declares fewer bytes than it holds."""
    content = bytearray(packed(("a.csv", b"a" * 5000)))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(content)


REFUSED = [
    ("archive_damaged", b"PK\x03\x04 nothing"),
    ("archive_damaged", packed(("a.csv", b"a,b"))[:-10]),
    ("archive_too_large", packed(("a.csv", bytes(2_000_000)))),
    ("archive_too_large", packed(*((f"{n}.csv", b"") for n in range(2_001)))),
    ("archive_names", packed(("../a.csv", b""))),
    ("archive_names", packed(("a\\..\\..\\b.csv", b""))),
    ("archive_names", packed(("/etc/a.csv", b""))),
    ("archive_names", packed(("C:/a.csv", b""))),
    ("archive_names", packed(("a.csv", b""), ("A.csv", b""))),
    ("archive_names", linked()),
    ("archive_encrypted", locked()),
    ("archive_damaged", overlapping()),
    ("archive_method", packed(("a.csv", b"a,b"), method=zipfile.ZIP_LZMA)),
]


@pytest.mark.parametrize(("code", "content"), REFUSED)
def test_refused(code, content):
    """A zip that could hurt is refused with its reason, and nothing of it is unpacked."""
    with pytest.raises(NotUnzipped) as refusal:
        unzipped(content)

    assert code == refusal.value.finding.code


def test_reads():
    """A part of a sound zip is its bytes."""
    assert unzipped(packed(("a.csv", b"a,b"))).read("a.csv") == b"a,b"


def test_understated_size():
    """A part that holds more than it declares is never unpacked further."""
    archive = unzipped(understated())

    with pytest.raises(NotUnzipped):
        archive.read("a.csv")
