"""One released document as an IHE XDM zip: README, INDEX, METADATA and the document itself.

The Direct channel calls it for endpoints that take packages. IHE ITI TF-2 3.32 with the minimal
metadata of "XDR and XDM for Direct Messaging": nothing in it names the member, since the document
does. It never reads a package.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lxml import etree

if TYPE_CHECKING:
    from datetime import datetime

FOLDER: Final = "IHE_XDM/SUBSET01/"
_RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
_LCM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
_DOCUMENT: Final = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
_DOCUMENT_ID: Final = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
_SUBMISSION: Final = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
_SUBMISSION_ID: Final = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8"
_SOURCE_ID: Final = "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832"
_REGREP: Final = "urn:oasis:names:tc:ebxml-regrep"
_EXTERNAL: Final = f"{_REGREP}:ObjectType:RegistryObject:ExternalIdentifier"
_MEMBER: Final = f"{_REGREP}:AssociationType:HasMember"
_UUID_ROOT: Final = "2.25."
"""The arc under which a UUID, as a number, is an object identifier (ITU-T X.667)."""

_ENDINGS: Final = {
    "application/pdf": "PDF",
    "application/json": "JSN",
    "application/fhir+json": "JSN",
    "text/csv": "CSV",
    "text/html": "HTM",
    "text/plain": "TXT",
    "application/xml": "XML",
    "text/xml": "XML",
    "x-application/hl7-v2+er7": "HL7",
}


@dataclass(frozen=True, slots=True, repr=False)
class Packed:
    """What goes in: the document's bytes and media type, our delivery's id, and the time."""

    content: bytes
    media_type: str
    delivery: str
    at: datetime


def package(packed: Packed) -> bytes:
    """Return the zip's bytes; names are upper case 8.3 as the profile asks."""
    kind = packed.media_type.partition(";")[0].strip().lower()
    name = f"DOC00001.{_ENDINGS.get(kind, 'BIN')}"
    index = (
        '<!DOCTYPE html><html lang="en"><head><title>Care plan</title></head><body>'
        f'<p>One care plan: <a href="{FOLDER}{name}">{name}</a>. Sent by the ICP hub.</p>'
        "</body></html>"
    )
    entries = (
        ("README.TXT", b"One care plan. Open INDEX.HTM. Sent by the ICP hub.\r\n"),
        ("INDEX.HTM", index.encode()),
        (f"{FOLDER}METADATA.XML", _metadata(packed, kind, name)),
        (f"{FOLDER}{name}", packed.content),
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for entry, content in entries:
            info = zipfile.ZipInfo(entry, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, content)
    return out.getvalue()


def _metadata(packed: Packed, kind: str, name: str) -> bytes:
    root = etree.Element(f"{{{_LCM}}}SubmitObjectsRequest", nsmap={"lcm": _LCM, "rim": _RIM})
    found = _add(root, "RegistryObjectList")
    document = _add(found, "ExtrinsicObject", id="Document01", mimeType=kind, objectType=_DOCUMENT)
    digest = hashlib.sha1(packed.content, usedforsecurity=False).hexdigest()
    _slot(document, "creationTime", packed.at.strftime("%Y%m%d%H%M%S"))
    _slot(document, "hash", digest)
    _slot(document, "languageCode", "en-US")
    _slot(document, "size", str(len(packed.content)))
    _slot(document, "URI", name)
    _name(document, "XDSDocumentEntry.uniqueId", _DOCUMENT_ID, _oid(packed, "document"))
    folder = _add(found, "RegistryPackage", id="SubmissionSet01")
    _slot(folder, "submissionTime", packed.at.strftime("%Y%m%d%H%M%S"))
    _name(folder, "XDSSubmissionSet.uniqueId", _SUBMISSION_ID, _oid(packed, "set"))
    _name(folder, "XDSSubmissionSet.sourceId", _SOURCE_ID, _oid(None, "icp-hub"))
    _add(
        found,
        "Classification",
        id="cl01",
        classifiedObject="SubmissionSet01",
        classificationNode=_SUBMISSION,
    )
    link = _add(
        found,
        "Association",
        id="as01",
        associationType=_MEMBER,
        sourceObject="SubmissionSet01",
        targetObject="Document01",
    )
    _slot(link, "SubmissionSetStatus", "Original")
    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return made


def _add(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_RIM}}}{tag}", attributes)


def _slot(parent: etree._Element, name: str, value: str) -> None:
    values = _add(_add(parent, "Slot", name=name), "ValueList")
    _add(values, "Value").text = value


def _name(parent: etree._Element, what: str, scheme: str, value: str) -> None:
    owner = parent.get("id", "")
    given = _add(
        parent,
        "ExternalIdentifier",
        id=f"{owner}-{what.rpartition('.')[2]}",
        registryObject=owner,
        identificationScheme=scheme,
        value=value,
        objectType=_EXTERNAL,
    )
    _add(_add(given, "Name"), "LocalizedString", value=what)


def _oid(packed: Packed | None, what: str) -> str:
    """Return an object identifier that is always the same for a delivery and a purpose."""
    made = hashlib.sha256(f"{packed.delivery if packed else ''} {what}".encode()).digest()[:16]
    return f"{_UUID_ROOT}{int.from_bytes(made, 'big')}"
