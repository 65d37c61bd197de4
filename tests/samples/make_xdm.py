"""Makes the shipped XDM sample: `python tests/samples/make_xdm.py`. Everything is invented.

Keystone's exchange packs a care plan with the cover letter that goes with it (IHE ITI XDM).
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

HERE = Path(__file__).parents[2] / "templates" / "demo" / "samples" / "mco-keystone"
LETTER = (
    "Care plan of Rosa Delgado, born 07/19/1961, for her practice. Please call us with questions."
)
INDEX = "<html><body><p>One care plan with its letter.</p></body></html>"
DAY = (2026, 10, 5, 9, 0, 0)


def zipped(*entries):
    """Return a zip of (name, content), the same bytes every time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries:
            info = zipfile.ZipInfo(name, DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            data = content.encode() if isinstance(content, str) else content
            file.writestr(info, data)
    return out.getvalue()


def metadata(*documents, family="Delgado", born="19610719", more=""):
    """Return an XDM folder's metadata of (name, content) documents."""
    objects = "".join(
        f'<ExtrinsicObject id="Document{n}" mimeType="text/xml"'
        ' objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1">'
        + _slot("URI", name)
        + _slot("size", str(len(content)))
        + _slot("hash", hashlib.sha1(content, usedforsecurity=False).hexdigest())
        + _slot("sourcePatientInfo", f"PID-5|{family}^Rosa^^^", f"PID-7|{born}")
        + "</ExtrinsicObject>"
        for n, (name, content) in enumerate(documents, 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<SubmitObjectsRequest xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0">'
        '<RegistryObjectList xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0">'
        f"{objects}{more}</RegistryObjectList></SubmitObjectsRequest>"
    )


def _slot(name, *values):
    inner = "".join(f"<Value>{value}</Value>" for value in values)
    return f'<Slot name="{name}"><ValueList>{inner}</ValueList></Slot>'


def xdm(*documents, promises=None, **rest):
    """Return an XDM zip of (name, content) documents."""
    folder = "IHE_XDM/SUBSET01/"
    told = metadata(*(documents if promises is None else promises), **rest)
    return zipped(
        ("INDEX.HTM", INDEX),
        ("README.TXT", "Open INDEX.HTM"),
        (f"{folder}METADATA.XML", told),
        *((folder + name, content) for name, content in documents),
    )


def main() -> None:
    """Write the sample."""
    plan = (HERE / "delgado_care_plan.xml").read_bytes()
    packed = xdm(("CAREPLAN.XML", plan), ("LETTER.TXT", LETTER.encode()))
    (HERE / "delgado_xdm.zip").write_bytes(packed)


if __name__ == "__main__":
    main()
