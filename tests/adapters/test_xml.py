"""The one way adapters open XML: what it refuses, what it mends, what it keeps whole."""

import pytest

from adapters.formats import xml
from adapters.formats.xml import opened

REFUSED = [
    ("doctype", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
    ("doctype", b"<?xml version='1.0'?><!-- x --><!DOCTYPE a><a/>"),
    ("doctype", '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16")),
    ("encoding_refused", b'<?xml version="1.0" encoding="UTF-7"?><a/>'),
    ("encoding_refused", b'<?xml version="1.0" encoding="EBCDIC-CP-US"?><a/>'),
    ("encoding_refused", b"\xff\xfe<\0a\0/\0>"),
    ("not_well_formed", b"<a><b></a>"),
    ("not_well_formed", b""),
    ("not_well_formed", b"MSH|^~\\&|"),
    ("not_well_formed", b"<a>&nbsp;</a>"),
    ("not_well_formed", b"<a>\x81</a>"),
    ("not_well_formed", b"<a>" * 300 + b"</a>" * 300),
    ("too_many_elements", b"<a>" + b"<b/>" * (xml.MARKUP_CAP + 1) + b"</a>"),
    ("too_large", b"<a>" + b" " * xml.SIZE_CAP + b"</a>"),
    ("too_deep", b"<a>" * 250 + b"x" * 10_100_000 + b"</a>" * 250),
]
READ = [
    (b"<a>Zzy<!-- -->zx</a>", "Zzyzx"),
    (b"<a>Zzy<?pi?>zx</a>", "Zzyzx"),
    (b"<a>Zzy<![CDATA[zx]]></a>", "Zzyzx"),
    (b"\xef\xbb\xbf<a>\xc3\xa9</a>", "é"),
    ('<?xml version="1.0" encoding="UTF-16"?><a>é</a>'.encode("utf-16"), "é"),
    (b'<?xml version="1.0" encoding="windows-1252"?><a>\x96</a>', "\u2013"),
    (b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>', "é"),
    (b"<!-- <!DOCTYPE a> --><a>x</a>", "x"),
]
MENDED = [
    ("windows_1252", b"<a>\x96 \xc3\xa9</a>", "\u2013 é"),
    ("encoding_mislabelled", b'<?xml version="1.0" encoding="utf-16"?><a>x</a>', "x"),
    ("trimmed", b'\n <?xml version="1.0"?><a>x</a>\0\0', "x"),
    ("bad_namespace", b'<a xmlns:schemaLocation="urn:hl7-org:v3 CDA.xsd">x</a>', "x"),
    (
        "mime_unwrapped",
        (
            b"Content-Type: application/xml\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            b"<a b=3D'c'>x=\r\ny</a>"
        ),
        "xy",
    ),
]


@pytest.mark.parametrize(("code", "content"), REFUSED, ids=range(len(REFUSED)))
def test_refuses(code, content):
    """What could hurt, or is no XML, has no root and one error that says why."""
    found = opened(content)

    assert (None, [("error", code)]) == (
        found.root,
        [(finding.severity, finding.code) for finding in found.findings],
    )


@pytest.mark.parametrize(("content", "text"), READ)
def test_reads(content, text):
    """Text is whole whatever the encoding and whatever was cut out of the middle of it."""
    found = opened(content)

    assert (text, ()) == (found.root.text, found.findings)


@pytest.mark.parametrize(("code", "content", "text"), MENDED)
def test_mends(code, content, text):
    """A fault of certified software that can be mended safely is mended, with a finding."""
    found = opened(content)

    assert (text, [code]) == (found.root.text, [finding.code for finding in found.findings])


def test_names_line():
    """The error of a broken document names the line and nothing of the document."""
    (finding,) = opened(b"<a>\n<secret>\n</a>").findings

    assert finding.message == "is not well-formed XML at line 3"


def test_large_text():
    """A text longer than libxml2's usual limit is read, for embedded files."""
    assert opened(b"<a>" + b"x" * 11_000_000 + b"</a>").root is not None


def test_prolog_is_linear():
    """A prolog of many comments is searched once, not once for each pair of them."""
    assert opened(b"<!-- - -->" * 60_000 + b"<a>x</a>").root.text == "x"


@pytest.mark.parametrize(("content", "at"), [(b"<a>\n<b></a>", "line 2"), (b"", "line 1")])
def test_broken_place(content, at):
    """What is not well-formed has a place: the line and column where it breaks."""
    (finding,) = opened(content).findings

    assert finding.place is not None
    assert finding.place.at.startswith(f"{at}, column ")
