"""The one hardened way for adapters to open XML; nothing else may build an lxml parser.

Readers of C-CDA, XDM metadata and office files call `opened`. It refuses what can hurt (a DOCTYPE,
an encoding off the list, too many bytes, elements or levels), mends five faults seen in certified
software when that is safe (each with a finding), and names the line where a document breaks. It
never fetches anything, never expands an entity, never raises and never repeats a document's words.
Comments and processing instructions are dropped, so `.text` of a childless element is all of it.
Text across a removed comment is whole: `.text` never stops in the middle of a name.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from adapters.formats.mime import unwrapped
from hub.canonical import Finding, Place, Sealed

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE_CAP = 50_000_000
MARKUP_CAP = 1_200_000
DEPTH_CAP = 200
ENCODINGS = frozenset(
    {"utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "iso-8859-1", "latin1", "windows-1252"}
    | {"cp1252", "us-ascii", "ascii"}
)

_SMALL = 1_000_000
_TEXT_NODE_LIMIT = 10_000_000
_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    remove_comments=True,
    remove_pis=True,
    collect_ids=False,
)
_LARGE_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    remove_comments=True,
    remove_pis=True,
    collect_ids=False,
    huge_tree=True,
)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")
_PROLOG = ((b"<!--", b"-->"), (b"<?", b"?>"))
_BAD_URI = re.compile(rb"""\sxmlns:schemaLocation\s*=\s*(?:"[^"<]{0,999}"|'[^'<]{0,999}')""")


@dataclass(frozen=True, slots=True, repr=False)
class Opened(Sealed):
    """A document's root, or none and the error that says why; `findings` tell what was mended."""

    root: etree._Element | None
    findings: tuple[Finding, ...] = ()


def opened(content: bytes) -> Opened:
    """Return the root element of an XML document, or an error finding in its place."""
    content, refusal = _admitted(content)
    if refusal is not None:
        return Opened(None, (refusal,))
    root, fault = _parsed(content)
    if root is not None:
        return Opened(root)
    findings: list[Finding] = []
    for mend, finding in _MENDS:
        mended = mend(content)
        if mended is None:
            continue
        content, refusal = _admitted(mended)
        if refusal is not None:
            return Opened(None, (refusal,))
        findings.append(finding)
        root, fault = _parsed(content)
        if root is not None:
            return Opened(root, tuple(findings))
    return Opened(None, (fault or _refused("not_well_formed", "is not well-formed XML"),))


def _refused(code: str, message: str, place: Place | None = None) -> Finding:
    return Finding("error", code, message, place)


def _admitted(content: bytes) -> tuple[bytes, Finding | None]:
    """Return the bytes to parse, in UTF-8 if they were in UTF-16, or why they are refused."""
    if len(content) > SIZE_CAP:
        return content, _refused("too_large", f"is larger than {SIZE_CAP // 1_000_000} MB")
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"} or content[:4] in {b"<\0?\0", b"\0<\0?"}:
        wide = _narrowed(content)
        if wide is None:
            return content, _refused("encoding_refused", "is not the UTF-16 it says it is")
        content = wide
    declared = _DECLARED.match(content[:300].removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].decode("ascii", "replace").lower() not in ENCODINGS:
        return content, _refused("encoding_refused", "declares an encoding that is not read here")
    if _has_doctype(content):
        return content, _refused("doctype", "carries a DOCTYPE, which is never read; send without")
    if len(content) > _SMALL and content.count(b"<") > MARKUP_CAP:
        return content, _refused("too_many_elements", "has more elements than are read")
    return content, None


def _has_doctype(content: bytes) -> bool:
    """Say whether a DOCTYPE stands before the root, in one pass over the prolog."""
    at = content.find(b"<")
    while at >= 0:
        ending = next((end for start, end in _PROLOG if content.startswith(start, at)), None)
        if ending is None:
            return content.startswith(b"<!DOCTYPE", at)
        end = content.find(ending, at + 2)
        at = content.find(b"<", end) if end >= 0 else -1
    return False


def _narrowed(content: bytes) -> bytes | None:
    """Return UTF-16 bytes as UTF-8 without their declaration, or none when they are broken."""
    order = "utf-16" if content[:1] in {b"\xff", b"\xfe"} else _order(content)
    try:
        narrow = content.decode(order).encode()
    except UnicodeDecodeError:
        return None
    return _DECLARATION.sub(b"", narrow, count=1).lstrip()


def _order(content: bytes) -> str:
    return "utf-16-le" if content[:1] == b"<" else "utf-16-be"


def _parsed(content: bytes) -> tuple[etree._Element | None, Finding | None]:
    large = len(content) > _TEXT_NODE_LIMIT
    try:
        root = etree.fromstring(content, _LARGE_PARSER if large else _PARSER)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        place = Place(f"line {line or 1}, column {column or 1}", "segment", "not_well_formed")
        message = f"is not well-formed XML at line {line or 1}"
        return None, _refused("not_well_formed", message, place)
    except ValueError:
        return None, _refused("not_well_formed", "is not well-formed XML")
    if root.getroottree().docinfo.internalDTD is not None:
        return None, _refused("doctype", "carries a DOCTYPE, which is never read; send without")
    if large and _too_deep(root):
        return None, _refused("too_deep", f"nests deeper than {DEPTH_CAP} levels")
    return root, None


def _too_deep(root: etree._Element) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEPTH_CAP:
            return True
    return False


def _trimmed(content: bytes) -> bytes | None:
    """Return the document without white space before and NULs after it."""
    trimmed = content.removeprefix(b"\xef\xbb\xbf").lstrip().rstrip(b"\0 \t\r\n\x1a")
    changed = trimmed != content.removeprefix(b"\xef\xbb\xbf").rstrip()
    return trimmed if trimmed and changed else None


def _unlocated(content: bytes) -> bytes | None:
    """Return the document without a schema location declared as if it were a namespace."""
    mended, count = _BAD_URI.subn(b" ", content, count=1)
    return mended if count else None


def _relabelled(content: bytes) -> bytes | None:
    """Return eight-bit bytes that call themselves UTF-16 without their declaration."""
    declared = _DECLARED.match(content[:300])
    if not declared or not declared[1].lower().startswith(b"utf-16"):
        return None
    return _DECLARATION.sub(b"", content, count=1).lstrip()


def _reencoded(content: bytes) -> bytes | None:
    """Return the document with stray bytes read as Windows-1252, its proper UTF-8 untouched."""
    declared = _DECLARED.match(content[:300])
    if declared and declared[1].lower() not in {b"utf-8", b"utf8"}:
        return None
    try:
        mended = content.decode("utf-8", "icp-stray").encode()
    except UnicodeDecodeError:
        return None
    return mended if mended != content else None


def _stray(error: UnicodeError) -> tuple[str, int]:
    """Decode only the bytes that are not UTF-8; those Windows-1252 lacks still fail."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252"), error.end


codecs.register_error("icp-stray", _stray)
_MENDS: tuple[tuple[Callable[[bytes], bytes | None], Finding], ...] = (
    (
        unwrapped,
        Finding("warning", "mime_unwrapped", "is a MIME part saved as XML; its headers were cut"),
    ),
    (
        _trimmed,
        Finding("note", "trimmed", "has white space before or NULs after its XML; they were cut"),
    ),
    (
        _unlocated,
        Finding("warning", "bad_namespace", "declares a schema location as a namespace; ignored"),
    ),
    (
        _relabelled,
        Finding("warning", "encoding_mislabelled", "says UTF-16 and is not; read as UTF-8"),
    ),
    (
        _reencoded,
        Finding("warning", "windows_1252", "holds bytes that are not UTF-8; read as Windows-1252"),
    ),
)
