"""Opening a CDA: plain names however its namespace is written, and nothing else taken for a CDA."""

import pytest

from adapters.formats.ccda.opening import cda

_BODY = '<component><section ID="a"><title>T</title></section></component>'
_SDTC = ' xmlns:sdtc="urn:hl7-org:sdtc"'


def _tags(content: str) -> list[str]:
    file, is_cda = cda(content.encode())
    assert is_cda
    assert file.root is not None
    return [str(each.tag) for each in file.root.iter()]


_PLAIN = ["ClinicalDocument", "component", "section", "title"]


@pytest.mark.parametrize(
    "content",
    [
        f'<ClinicalDocument xmlns="urn:hl7-org:v3">{_BODY}</ClinicalDocument>',
        f"<ClinicalDocument{_SDTC}\n xmlns='urn:hl7-org:v3'>{_BODY}</ClinicalDocument>",
        f'<!-- a --><ClinicalDocument xmlns="urn:hl7-org:v3">{_BODY}</ClinicalDocument>',
        (
            '<ClinicalDocument xmlns="urn:hl7-org:v3"><component xmlns="urn:hl7-org:v3">'
            "<section><title>T</title></section></component></ClinicalDocument>"
        ),
        (
            '<c:ClinicalDocument xmlns:c="urn:hl7-org:v3"><c:component><c:section>'
            "<c:title>T</c:title></c:section></c:component></c:ClinicalDocument>"
        ),
    ],
    ids=["default", "single quotes", "comment before", "declared again", "prefixed"],
)
def test_names_are_plain(content: str) -> None:
    """Every way to write the namespace gives the same names."""
    assert _tags(content) == _PLAIN


def test_other_namespaces_keep_theirs() -> None:
    """An extension's element is never taken for one of CDA's own."""
    content = f'<ClinicalDocument xmlns="urn:hl7-org:v3"{_SDTC}><sdtc:id/></ClinicalDocument>'
    assert _tags(content) == ["ClinicalDocument", "{urn:hl7-org:sdtc}id"]


@pytest.mark.parametrize(
    "content",
    [
        "<ClinicalDocument/>",
        '<ClinicalDocument xmlns="urn:other"/>',
        '<!-- <ClinicalDocument xmlns="urn:hl7-org:v3"> --><ClinicalDocument/>',
        '<other><ClinicalDocument xmlns="urn:hl7-org:v3"/></other>',
        '<section xmlns="urn:hl7-org:v3"/>',
    ],
    ids=["no namespace", "another", "in a comment", "not the root", "another root"],
)
def test_what_is_no_cda(content: str) -> None:
    """Only a root named ClinicalDocument in HL7's namespace is a CDA."""
    assert cda(content.encode())[1] is False


def test_where_it_breaks() -> None:
    """The line and column of a fault are those of the document as it was sent."""
    content = '<ClinicalDocument\n xmlns="urn:hl7-org:v3"><a></b></ClinicalDocument>'
    (fault,) = cda(content.encode())[0].findings
    assert fault.place is not None
    assert fault.place.at == "line 2, column 32"
