"""Plans and readings to and from JSON, schema `icp/1`. The one place that knows the wire library.

`encode` is the compact form kept in the vault and sent between processes. `tidy` is the same for
people and other systems: keys without a value are left out. Both decode to the same plan.
"""

from __future__ import annotations

import functools
from typing import Any, TypeVar, cast

import msgspec

from hub.canonical.plan import Plan
from hub.canonical.reading import Reading
from hub.errors import Unreadable

T = TypeVar("T")

_ENCODER = msgspec.json.Encoder()
_FRAME = msgspec.msgpack.Encoder()
_INSIDE = (dict, list, tuple)


@functools.cache
def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(kind)


@functools.cache
def _unframer(kind: type[T]) -> msgspec.msgpack.Decoder[T]:
    return msgspec.msgpack.Decoder(kind)


def encode(value: object) -> bytes:
    """Return canonical JSON bytes of a plan, reading or any of their parts."""
    return _ENCODER.encode(value)


def decode(data: bytes, kind: type[T]) -> T:
    """Return the value of `kind` in JSON bytes; `Unreadable` names the JSON path that is wrong."""
    try:
        return cast("T", _decoder(cast("Any", kind)).decode(data))
    except (msgspec.DecodeError, ValueError) as error:
        raise Unreadable("not_icp_json", _where(error)) from None


def decode_plan(data: bytes) -> Plan:
    """Return the plan in JSON bytes."""
    return decode(data, Plan)


def frame(value: object) -> bytes:
    """Return the compact binary form used between our own processes."""
    return _FRAME.encode(value)


def unframe_reading(data: bytes) -> Reading:
    """Return the reading in a frame, type-checked against the template."""
    try:
        return cast("Reading", _unframer(Reading).decode(data))
    except (msgspec.DecodeError, ValueError) as error:
        raise Unreadable("reading_off_template", _where(error)) from None


def plain(value: object) -> Any:  # noqa: ANN401  # JSON of any shape
    """Return the value as plain lists and dicts, without empty keys."""
    return _pruned(msgspec.to_builtins(value))


def builtins(value: object) -> Any:  # noqa: ANN401  # JSON of any shape
    """Return the value as plain lists and dicts, empty keys included: a tenth of `plain`'s work."""
    return msgspec.to_builtins(value)


def tidy(value: object, *, indent: int = 2) -> bytes:
    """Return JSON for people: indented, keys without a value left out."""
    return indented(plain(value), indent=indent)


def indented(value: Any, *, indent: int = 2) -> bytes:  # noqa: ANN401  # what `plain` returned
    """Return JSON for people of what is plain already: as `tidy` would, without looking again."""
    return msgspec.json.format(_ENCODER.encode(value), indent=indent)


def _pruned(value: Any) -> Any:  # noqa: ANN401  # JSON of any shape
    if isinstance(value, dict):
        kept = {}
        for key, item in value.items():
            if isinstance(item, _INSIDE):
                if inner := _pruned(item):
                    kept[key] = inner
            elif item is not None:
                kept[key] = item
        return kept
    if isinstance(value, (list, tuple)):
        return [_pruned(item) for item in value]
    return value


def _where(error: Exception) -> str:
    """Name the JSON path of a decode error without repeating any of the content."""
    text = str(error)
    path = text.rpartition(" - at ")[2] if " - at " in text else "`$`"
    return f"does not follow the template icp/1 at {path}"
