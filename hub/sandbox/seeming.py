"""Says what a document that no adapter knows seems to be, so that its sender knows what to do.

`guarding.chosen` calls it inside the reader child. It looks at the first bytes and for names that
archives keep plain; it opens, unpacks and parses nothing, and repeats no word of the document.
"""

from __future__ import annotations

import re

_HEAD = 8192
_SENDERS = "the sender's adapters do not read it; bind one that does"
_PIECES = "section|entry|component|act|observation|organizer|structuredBody|recordTarget"
_SIGNS = (
    (r"\s*\Z", "empty_document", "is empty; send it again"),
    (
        r"PK\x03\x04|PK\x05\x06|PK\x01\x02|\x1f\x8b|7z\xbc\xaf|Rar!",
        "archive",
        f"seems a zip or another archive and {_SENDERS}, or send what is in it",
    ),
    (
        r"\xd0\xcf\x11\xe0",
        "old_office_file",
        "seems an old Office file; save it as .docx or .xlsx",
    ),
    (
        r"\x89PNG|\xff\xd8\xff|GIF8|II\*\0|MM\0\*",
        "image",
        "seems an image; retype it or send its source",
    ),
    (r"\s*\{\\rtf", "rich_text", f"seems a rich text file and {_SENDERS}"),
    (r".{0,1024}?%PDF-", "no_adapter", f"seems a PDF and {_SENDERS}"),
    (r"\s*\x0b?(?:MSH|FHS|BHS)[^\w\s]", "no_adapter", f"seems HL7 v2 and {_SENDERS}"),
    (
        r".{0,8000}?\"resourceType\"\s*:\s*\"(?:Bundle|CarePlan)\"",
        "no_adapter",
        f"seems FHIR and {_SENDERS}",
    ),
    (
        r"\s*\{.{0,8000}?\"resourceType\"\s*:",
        "fhir_piece",
        "seems one FHIR resource; send a Bundle with its CarePlan and Patient",
    ),
    (
        r"\s*<.{0,2000}?http://hl7\.org/fhir\"",
        "no_adapter",
        "seems FHIR in XML; send it as FHIR JSON",
    ),
    (r"\s*[\[{]", "json", "seems JSON and no FHIR; send the plan as FHIR R4 or C-CDA"),
    (r".{0,999}?<(?:!doctype +)?html\b", "web_page", "seems a web page; send the document itself"),
    (
        r".{0,7999}?<(?:\w{1,20}:)?ClinicalDocument\b.{0,7999}?urn:hl7-org:v3",
        "no_adapter",
        f"seems a C-CDA document and {_SENDERS}",
    ),
    (
        rf"\s*(?:<.{{0,1999}}?)?<(?:{_PIECES}|ClinicalDocument)\b",
        "cda_fragment",
        "seems a piece of a CDA, or one without its namespace; send the whole document",
    ),
    (r"\s*<[?!\w]", "xml_not_cda", "seems XML and is no CDA document; send the plan as C-CDA"),
    (
        r"[\t\n\r\x20-\x7e\x80-\xff]*\Z",
        "plain_text",
        "seems plain text, neither message nor table; send the plan as C-CDA, PDF or CSV",
    ),
)
_KNOWN = [(re.compile(sign, re.DOTALL | re.IGNORECASE), code, said) for sign, code, said in _SIGNS]
_OFFICE = (
    (b"PK", b"word/document", "word_document", f"seems a Word file and {_SENDERS}"),
    (b"PK", b"IHE_XDM", "xdm", f"seems an IHE XDM package and {_SENDERS}"),
    (b"PK", b"xl/workbook", "spreadsheet", f"seems an Excel file and {_SENDERS}"),
    (
        b"\xd0\xcf\x11\xe0",
        "EncryptedPackage".encode("utf-16-le"),
        "encrypted_office_file",
        "is an Office file under a password; send it without",
    ),
)


def seeming(content: bytes) -> tuple[str, str]:
    """Return (a finding's code, what the bytes seem to be and what to do about it)."""
    wide = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    head = (
        content[:_HEAD]
        .removeprefix(b"\xef\xbb\xbf")
        .decode("utf-16" if wide else "latin-1", "replace")
    )
    for start, name, code, message in _OFFICE:
        if content.startswith(start) and name in content:
            return code, message
    for sign, code, message in _KNOWN:
        if sign.match(head):
            return code, message
    return "no_adapter", "is of no kind that is known here; ask the sender what it is"
