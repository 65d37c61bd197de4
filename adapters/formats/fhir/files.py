"""Files inside a document: DocumentReference, Binary, Media, and any attachment with data.

Bytes become an enclosure by their SHA-256; plain text becomes a note as well. A file only named by
a URL is never fetched. Data that is no base64 is kept by name, with a finding.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Final

from adapters.formats.fhir.datatypes import concept
from hub.canonical import Attachment, folded

if TYPE_CHECKING:
    from adapters.formats.fhir.entries import Resource
    from adapters.formats.fhir.gathering import Draft, Gathering
    from adapters.formats.fhir.nodes import Node

_SUFFIXES: Final = {
    "application/pdf": "pdf",
    "text/plain": "txt",
    "text/html": "html",
    "image/jpeg": "jpg",
    "image/png": "png",
    "application/xml": "xml",
}
_FILES: Final = ("Binary",)


def reference(gathering: Gathering, one: Resource) -> None:
    """Read a DocumentReference's files, named as it describes them."""
    node = one.node
    named, _ = node.take("description")
    if not named:
        named, _ = concept(node.part("type"))
    for content in node.each("content"):
        attachment = content.part("attachment")
        if attachment is not None:
            enclose(gathering, attachment, one, named)
    if node.said("status") == "current":
        node.drop("status")


def binary(gathering: Gathering, one: Resource) -> None:
    """Read a Binary nobody else enclosed."""
    if not gathering.of(one, "attachments"):
        enclose(gathering, one.node, one, "")


def enclose(gathering: Gathering, node: Node, one: Resource, named: str) -> Draft:
    """Keep an attachment: its bytes if they came with it, else its name and a finding."""
    draft = gathering.new("attachments", node, one)
    title, at = node.take("title")
    media, where = node.take("contentType" if node.said("contentType") else "sigFormat")
    url = node.said("url")
    held, data = _bytes(gathering, node, one)
    name = title or named
    if not name and held:
        name = f"enclosure.{_SUFFIXES.get(media.lower().partition(';')[0], 'bin')}"
    draft.put("name", name, at or node.at)
    draft.put("media_type", media.lower(), where)
    node.drop("hash", "language")
    if data is not None:
        _kept(gathering, draft, data, node, one)
    else:
        _sized(draft, node)
        if url and gathering.library.find(url, one) is None:
            message = "names a file that did not come with it; ask for it"
            gathering.find("file_elsewhere", message, node.at)
    draft.overlay(node, Attachment)
    if data is None:
        draft.data.pop("sha256", None)
        gathering.forget(f"{draft.pointer}/sha256")
    return draft


def _kept(gathering: Gathering, draft: Draft, data: bytes, node: Node, one: Resource) -> None:
    """Enclose the bytes; plain text is a note as well."""
    digest = hashlib.sha256(data).hexdigest()
    gathering.enclosures[digest] = data
    draft.put("sha256", digest, node.at)
    draft.put("bytes", len(data), node.at)
    node.drop("size")
    if str(draft.data.get("media_type", "")).startswith("text/plain"):
        words = folded(data.decode("utf-8", "replace").replace("\0", " "))
        gathering.note(words, draft.data["name"], node.at, one)


def _sized(draft: Draft, node: Node) -> None:
    size, at = node.take("size")
    if size.isascii() and size.isdigit() and len(size) < 12:  # noqa: PLR2004  # a number of bytes, not of anything else
        draft.data["bytes"] = int(size)
        draft.gathering.leaf(f"{draft.pointer}/bytes", at, "attachments")


def _bytes(gathering: Gathering, node: Node, one: Resource) -> tuple[bool, bytes | None]:
    """Return whether a file came with it, and its bytes unless they are damaged."""
    data = node.part("data")
    if data is None and node.said("url"):
        other = gathering.library.find(node.said("url"), one)
        if other is not None and other.kind in _FILES and other.taken:
            node.drop("url")
            gathering.made.setdefault(id(other), []).extend(gathering.made.get(id(one), [])[-1:])
            other.node.drop("contentType", "securityContext")
            data = other.node.part("data")
    if data is None or not isinstance(data.value, str):
        return False, None
    data.claim()
    try:
        return True, base64.b64decode("".join(data.value.split()), validate=True)
    except (binascii.Error, ValueError):
        gathering.find("damaged_file", "holds data that is no base64; ask for the file", data.at)
        return True, None


def is_file(value: object) -> bool:
    """Say whether an object nobody claimed is an attachment with data."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("data"), str)
        and not value.keys().isdisjoint(("contentType", "sigFormat", "when"))
    )
