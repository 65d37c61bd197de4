"""Opens a CDA so that its elements bear plain names: `section`, not `{urn:hl7-org:v3}section`.

Called once per document by the adapter. lxml spells a namespaced name anew at every visit, at
twice the cost of the visit itself; without a namespace there is nothing to spell. Elements of other
namespaces (`sdtc`) keep theirs. Parsing and its limits are those of `adapters.formats.xml`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from adapters.formats.ccda.tags import DOCUMENT, local
from adapters.formats.xml import opened

if TYPE_CHECKING:
    from adapters.formats.xml import Opened

_V3 = "{urn:hl7-org:v3}"
_NAME = b"urn:hl7-org:v3"
_QUOTED = frozenset({(b'"', b'"'), (b"'", b"'")})
_HEAD = 65_536
_ROOT = b"<ClinicalDocument"
_DECLARED = re.compile(rb"""\s(xmlns\s*=\s*(?:"urn:hl7-org:v3"|'urn:hl7-org:v3'))""")


def cda(content: bytes) -> tuple[Opened, bool]:
    """Return the opened document, its HL7 v3 elements without namespace; whether it is a CDA."""
    plain = _undeclared(content)
    if plain is not None:
        file = opened(plain)
        return file, file.root is not None and file.root.tag == DOCUMENT
    file = opened(content)
    root = file.root
    if root is None or root.tag != _V3 + DOCUMENT:
        return file, False
    for element in root.iter(_V3 + "*"):
        element.tag = local(element.tag)
    return file, True


def _undeclared(content: bytes) -> bytes | None:
    """Return the bytes with blanks for the declaration; none where the root's isn't the only one.

    Lines and columns stay what they were.
    """
    root = content.find(_ROOT, 0, _HEAD)
    if root < 0 or content.find(b"<!--", 0, root) >= 0:
        return None
    found = _DECLARED.search(content, root + len(_ROOT), content.find(b">", root))
    if found is None or b"<" in content[root + 1 : found.start()]:
        return None
    start, end = found.span(1)
    if _again(content, 0, start) or _again(content, end, len(content)):
        return None
    return content.replace(found[1], b" " * (end - start), 1)


def _again(content: bytes, start: int, end: int) -> bool:
    """Say whether the namespace stands between quotes anywhere in a stretch."""
    at = content.find(_NAME, start, end)
    while at >= 0:
        after = at + len(_NAME)
        if (content[at - 1 : at], content[after : after + 1]) in _QUOTED:
            return True
        at = content.find(_NAME, after, end)
    return False
