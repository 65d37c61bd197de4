"""The bytes of a FHIR document to plain values, or to the finding that says why they can't be one.

The adapter calls `opened` first. Numbers stay the characters they were written with (`Number`), so
that `1.50` is never `1.5`. Twice the same key, too deep nesting and values that are no JSON are
refused: two readers would read them differently. It never repeats what the document says.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from hub.canonical import Finding, Place, Sealed

DEEPEST: Final = 96
"""How deep values may nest: FHIR's own recursion (items, sections, extensions) stays far below."""

_NAMESPACE: Final = b"http://hl7.org/fhir"
_XML: Final = re.compile(rb"\s*(?:<\?xml.{0,200}?\?>)?\s*(?:<!--.{0,4000}?-->\s*)*<\w+", re.DOTALL)
_ODD: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_ESCAPED: Final = re.compile(rb"\\u(?:00[01]|[dD][89a-fA-F])")


class Number(str):
    """A number exactly as it was written."""

    __slots__ = ()


class _Twice(ValueError):
    """A key stands twice in one object."""


class _NoNumber(ValueError):
    """Not a number (NaN, Infinity): no JSON."""


@dataclass(frozen=True, slots=True, repr=False)
class Opened(Sealed):
    """The root object, or nothing and the findings that say why."""

    root: dict[str, Any] | None = None
    findings: tuple[Finding, ...] = ()


def is_xml(content: bytes) -> bool:
    """Say whether these bytes are FHIR in XML."""
    head = content[:8192].removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")
    return _XML.match(head) is not None and _NAMESPACE in head


def opened(content: bytes) -> Opened:
    """Return the document's root object."""
    try:
        text = content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
        root = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=Number,
            parse_int=Number,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        return _refused("not_json", f"is no whole JSON from {place} on; send it again")
    except (RecursionError, _Twice, _NoNumber, UnicodeDecodeError) as error:
        return _refused(*_WHY[type(error)])
    if not isinstance(root, dict):
        return _refused("not_fhir", "is JSON and no FHIR resource; send a Bundle with a CarePlan")
    if _deep(root):
        return _refused(*_WHY[RecursionError])
    if _ESCAPED.search(content) or _ODD.search(text):
        return Opened(_mended(root), (_found("warning", "odd_characters", _MENDED),))
    return Opened(root)


_WHY: Final[dict[type[Exception], tuple[str, str]]] = {
    RecursionError: ("too_deep", "nests deeper than any FHIR resource; send it again"),
    _Twice: ("duplicate_key", "holds a key twice in one object; mend it and send again"),
    _NoNumber: ("not_json", "holds a value that is no JSON number; mend and send again"),
    UnicodeDecodeError: ("not_text", "is not the Unicode text that JSON is; save it as UTF-8"),
}
_MENDED: Final = "holds control characters or halves of characters; each is read as a blank"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Twice
    return made


def _constant(_: str) -> Any:  # noqa: ANN401  # the parser's hook
    raise _NoNumber


def _deep(root: Any) -> bool:  # noqa: ANN401  # JSON of any shape
    """Say whether values nest deeper than allowed; walks level by level, without recursion."""
    level = [root]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for value in level:
            parts = value.values() if isinstance(value, dict) else value
            inner += [part for part in parts if isinstance(part, (dict, list))]
        if not inner:
            return False
        level = inner
    return True


def _mended(value: Any) -> Any:  # noqa: ANN401  # JSON of any shape
    if isinstance(value, dict):
        return {_ODD.sub(" ", key): _mended(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_mended(part) for part in value]
    return _ODD.sub(" ", value) if type(value) is str else value


def _found(severity: Any, code: str, message: str) -> Finding:  # noqa: ANN401  # a severity word
    return Finding(severity, code, message, Place("", "pointer", code))


def _refused(code: str, message: str) -> Opened:
    return Opened(findings=(_found("error", code, message),))
