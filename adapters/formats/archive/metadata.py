"""What an XDM folder's METADATA.XML says of its documents (IHE ITI TF-2 3.32, ebRIM 3.0).

Called by the reader for every `IHE_XDM/SUBSETnn/METADATA.XML`. It checks what was promised against
what came: documents, sizes, SHA-1 sums, whom they are about. The metadata is never read into a
plan: a document speaks for itself. Nothing is fetched.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.formats.xml import opened
from hub.canonical import Finding, Sealed, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml import etree

    from adapters.formats.archive.unpacking import Part
    from hub.canonical import Member

_RIM: Final = "{urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0}"
_PLACE: Final = re.compile(r"(?:^|/)IHE_XDM/[^/]+/METADATA\.XML$", re.IGNORECASE)
_TALK: Final = re.compile(r"^(?:INDEX\.HTML?|README\.TXT|[^/]*\.(?:XSLT?|CSS))$", re.IGNORECASE)
_REPLACES: Final = ("urn:ihe:iti:2007:AssociationType:RPLC", "RPLC")
_BIRTH_DIGITS: Final = 8


@dataclass(frozen=True, slots=True, repr=False)
class Promised(Sealed):
    """One document the metadata names: where it should be, what it should be, whom it is about."""

    folder: str
    uri: str
    size: int | None = None
    sha1: str = ""
    family: str = ""
    born: str = ""

    def named(self, part: Part) -> bool:
        """Say whether a file is this document."""
        wanted = f"{self.folder}/{self.uri}".casefold()
        return f"{part.folder}/{part.name}".casefold() == wanted


def is_metadata(part: Part) -> bool:
    """Say whether a file is the metadata of an XDM folder."""
    return _PLACE.search(part.path) is not None


def is_talk(part: Part) -> bool:
    """Say whether a file of an XDM medium is there for people only (ITI TF-2 3.32.4.1.2)."""
    return "ihe_xdm" not in part.folder and _TALK.match(part.name) is not None


def promised(part: Part) -> tuple[list[Promised], list[Finding]]:
    """Return the documents an XDM folder's metadata names, and what is odd about it."""
    root = opened(part.content).root
    if root is None:
        message = f"file {part.number} of the zip is metadata that can't be read; send it again"
        return [], [Finding("warning", "xdm_metadata", message)]
    found = [_one(part.folder, each) for each in root.iter(_RIM + "ExtrinsicObject")]
    findings = []
    if any(each.get("associationType") in _REPLACES for each in root.iter(_RIM + "Association")):
        message = "the metadata says that it replaces an earlier document; see that it does"
        findings.append(Finding("note", "xdm_replaces", message))
    return [one for one in found if one.uri], findings


def _one(folder: str, element: etree._Element) -> Promised:
    slots = {each.get("name"): list(_values(each)) for each in element.iter(_RIM + "Slot")}
    told = slots.get("sourcePatientInfo", ())
    about = {value[:5]: value[6:] for value in told if value[5:6] == "|"}
    size = "".join(slots.get("size", ()))
    return Promised(
        folder=folder,
        uri="".join(slots.get("URI", ())).strip(),
        size=int(size) if size.isascii() and size.isdigit() else None,
        sha1="".join(slots.get("hash", ())).strip().lower(),
        family=about.get("PID-5", "").partition("^")[0].partition("&")[0].strip(),
        born=about.get("PID-7", "").strip()[:_BIRTH_DIGITS],
    )


def _values(slot: etree._Element) -> Iterator[str]:
    for value in slot.iter(_RIM + "Value"):
        yield value.text or ""


def kept(promises: Sequence[Promised], parts: Sequence[Part]) -> list[Finding]:
    """Return where what came is not what was promised: a file missing, or not the one named."""
    findings = []
    for number, one in enumerate(promises, 1):
        part = next((each for each in parts if one.named(each)), None)
        if part is None:
            message = f"document {number} of the metadata is not in the zip; send it again whole"
            findings.append(Finding("error", "xdm_missing", message))
        elif one.sha1 and hashlib.sha1(part.content, usedforsecurity=False).hexdigest() != one.sha1:
            message = f"file {part.number} of the zip is not the one its metadata sums; ask which"
            findings.append(Finding("warning", "xdm_hash", message))
        elif one.size is not None and one.size != len(part.content):
            message = f"file {part.number} of the zip has another size than its metadata says"
            findings.append(Finding("warning", "xdm_size", message))
    return findings


def stranger(promises: Sequence[Promised], part: Part, member: Member) -> bool:
    """Say whether the metadata names somebody else than the document does."""
    one = next((each for each in promises if each.named(part)), None)
    if one is None:
        return False
    family, born = said(member.name.family), said(member.birth_date).replace("-", "")
    other_name = bool(one.family and family and one.family.casefold() != family.casefold())
    other_birth = bool(one.born and born and not born.startswith(one.born[: len(born)]))
    return other_name or other_birth
