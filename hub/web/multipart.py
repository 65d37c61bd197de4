"""A multipart form with exactly one file, read as it comes: the file's bytes are never gathered.

`hub.web.submit` (and the console's upload page) feed it chunks and pass on what it gives out; no
temporary file is ever written. Small fields before or after the file are kept in `fields`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from hub.errors import Refused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_FIELD_BYTES = 8_192
_FIELDS = 16


class OneFile:
    """The form of one request: `name` and `media_type` are known once `found` is true."""

    def __init__(self, content_type: str) -> None:
        _, options = parse_options_header(content_type)
        self.name = ""
        self.media_type = ""
        self.found = False
        self.fields: dict[str, str] = {}
        self._header: dict[bytes, bytes] = {}
        self._label, self._value = b"", b""
        self._field: str | None = None
        self._text = b""
        self._out: list[bytes] = []
        self._ended = False
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._header.clear,
            "on_header_begin": self._header_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }
        try:
            self._parser = MultipartParser(options.get(b"boundary", b""), callbacks)
        except FormParserError:
            raise _unreadable() from None

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take a chunk of the body and return what it held of the file."""
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise _unreadable() from None
        out, self._out = self._out, []
        return out

    def end(self) -> None:
        """Say that the body is over; `Refused` 400 when it broke off or held no file."""
        if not self._ended:
            raise _unreadable()
        if not self.found:
            raise Refused("no_file", "the form holds no file; send one")

    def _header_begin(self) -> None:
        self._label, self._value = b"", b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._label += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._header[self._label.lower()] = self._value

    def _headers_finished(self) -> None:
        disposition = self._header.get(b"content-disposition", b"").decode("latin-1")
        _, options = parse_options_header(disposition)
        if b"filename" not in options:
            self._field = options.get(b"name", b"").decode("utf-8", "replace")
            self._text = b""
            if len(self.fields) >= _FIELDS:
                raise Refused("too_many_fields", "the form has too many fields; send the file")
            return
        if self.found:
            raise Refused("one_file_only", "the form holds several files; send one at a time")
        self._field = None
        self.found = True
        self.name = options[b"filename"].decode("utf-8", "replace")
        self.media_type = self._header.get(b"content-type", b"").decode("latin-1")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self._out.append(data[start:end])
        elif len(self._text) + end - start > _FIELD_BYTES:
            raise Refused("field_too_large", "a field of the form is too long; send the file")
        else:
            self._text += data[start:end]

    def _part_end(self) -> None:
        if self._field is not None:
            self.fields[self._field] = self._text.decode("utf-8", "replace")

    def _end(self) -> None:
        self._ended = True


def _unreadable() -> Refused:
    return Refused("multipart_unreadable", "the multipart form is broken; send it again")
