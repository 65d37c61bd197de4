"""The header lines of a frame: what the MLLP server must know before it takes it, and why it won't.

`mllp_session` feeds it the content as it comes; only lines that begin with MSH or a batch's names
are kept, and of those no more than 4 KiB. It judges MSH-9 to 12 (HL7 v2.9, 2.9.2) and never looks
at anything about a member: the document itself is read in the sandbox, later.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from hub.canonical import Finding, Place, Sealed
from hub.errors import Refused

_OPENERS: Final = (b"FHS", b"BHS", b"MSH", b"BTS", b"FTS")
_LINE: Final = 4096
_LINES: Final = 10_000
_ENDS: Final = re.compile(rb"[\r\n]")
_RESTART: Final = re.compile(rb"\x0b(?:MSH|FHS|BHS)")
_VERSION: Final = re.compile(r"2\.[1-9](?:\.\d)?")
_TYPE: Final = re.compile(r"[A-Z][A-Z0-9]{2}")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True, repr=False)
class Header(Sealed):
    """An MSH as its fields by number; values as the sender wrote them, Latin-1 for odd bytes."""

    fields: tuple[str, ...]
    component: str

    def at(self, number: int) -> str:
        """Return a field, or nothing."""
        return self.fields[number].strip() if number < len(self.fields) else ""

    def first(self, number: int) -> str:
        """Return a field's first component."""
        return self.at(number).partition(self.component)[0].strip()


class Heads:
    """Collects the header lines of one frame while it streams by."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.restarted = False
        self._line = b""
        self._tail = b""

    def feed(self, piece: bytes) -> None:
        """Take the next bytes; `Refused` when there are more headers than any batch has."""
        self.restarted = self.restarted or _RESTART.search(self._tail + piece) is not None
        self._tail = piece[-3:]
        first, *others = _ENDS.split(piece)
        self._line += first[: max(0, _LINE - len(self._line))]
        for other in others:
            self._close()
            self._line = other[:_LINE]

    def finish(self) -> None:
        """Take the last line, which needs no end."""
        self._close()
        self._line = b""

    def _close(self) -> None:
        line = self._line if self.lines else self._line.removeprefix(b"\xef\xbb\xbf").lstrip()
        if line.startswith(_OPENERS):
            if len(self.lines) >= _LINES:
                raise Refused("too_large", "too many messages in one frame; split the batch")
            self.lines.append(line)

    def skeleton(self) -> bytes:
        """Return the header lines as a document: as many messages as the frame had.

        Of a frame that began anew in its middle nobody can tell which header is whose: nothing.
        """
        if self.restarted:
            return b""
        return b"".join(line + b"\r" for line in self.lines)

    def messages(self) -> list[Header]:
        """Return every MSH, in order."""
        return [header_of(line) for line in self.lines if line.startswith(b"MSH")]

    @property
    def batch(self) -> bool:
        """Whether the frame holds a batch."""
        return any(line.startswith((b"BHS", b"FHS")) for line in self.lines)


def header_of(line: bytes) -> Header:
    """Return an MSH line as its fields."""
    text = line.decode("utf-8", "replace") if line.isascii() else line.decode("latin-1")
    mark = text[3:4] or "|"
    return Header(("MSH", mark, *text[4:].split(mark)), text[4:5] or "^")


def key_of(header: Header) -> str:
    """Return what makes a message the same one again: MSH-3, 4, 10 and the day of MSH-7.

    The day, since many senders begin their counters anew. A digest: the key is kept and shown.
    """
    parts = (header.at(3), header.at(4), header.at(10), header.at(7)[:8])
    return f"mllp:{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()}"


def name_of(header: Header | None) -> str:
    """Return a file name from the control id, for the sender's own lists."""
    control = _UNSAFE.sub("_", header.at(10))[:64] if header else ""
    return f"{control or 'message'}.hl7"


def is_answer(header: Header) -> bool:
    """Say whether a message is itself an acknowledgement, which nobody answers."""
    return header.first(9) in {"ACK", "MCF"}


def refusals(heads: Heads) -> list[Finding]:
    """Return why the frame is not taken: a finding for each wrong header, none when all are well.

    One wrong message keeps a whole frame out, so the others of a batch are told so too.
    """
    found = heads.messages()
    if heads.restarted:
        what = "a second block began before the first one ended; send each message whole"
        return told_of(Refused("bad_framing", what), len(found))
    if not found:
        what = "no MSH segment begins a line; send an HL7 v2 message in a single-byte or UTF-8 set"
        return [_error("missing_msh", what, "MSH")]
    judged = [_judged(header, number) for number, header in enumerate(found, 1)]
    if not any(judged):
        return []
    return [one or _beside(number) for number, one in enumerate(judged, 1)]


def _judged(header: Header, number: int) -> Finding | None:
    """Return the first thing wrong with a header."""
    prefix = _prefix(number)
    checks = (
        (not _sane(header), "bad_separators", 2, r"MSH-1 and MSH-2 must be like `|^~\&`"),
        (not _TYPE.fullmatch(header.first(9)), "missing_message_type", 9, "MSH-9 names no type"),
        (not header.at(10), "missing_control_id", 10, "MSH-10 is empty; number your messages"),
        (
            header.first(11) not in {"P", ""},
            "unsupported_processing_id",
            11,
            "only production messages are taken here: MSH-11 must be P",
        ),
        (
            _VERSION.fullmatch(header.first(12) or "2.5") is None,
            "unsupported_version",
            12,
            "MSH-12 must be a version from 2.1 to 2.9",
        ),
    )
    for wrong, code, field, what in checks:
        if wrong:
            return _error(code, what, f"{prefix}MSH-{field}")
    return None


def _sane(header: Header) -> bool:
    marks = header.at(1) + header.at(2)
    return len(set(marks)) == len(marks) > 1 and not any(mark.isalnum() for mark in marks)


def _beside(number: int) -> Finding:
    what = "another message of this frame was refused, so none was taken; send this one again"
    return _error("refused_beside", what, f"{_prefix(number)}MSH")


def told_of(refused: Refused, messages: int) -> list[Finding]:
    """Return a refusal of the whole frame as a finding for each of its messages."""
    code, place = refused.code, "MSH"
    if code == "idempotency_key_reused":
        code, place = "duplicate_control_id", "MSH-10"
        refused = Refused(code, "this MSH-10 was used today for other content; use a new one")
    return [
        _error(code, refused.detail, f"{_prefix(number)}{place}")
        for number in range(1, max(1, messages) + 1)
    ]


def _prefix(number: int) -> str:
    return f"MSH[{number}]/" if number > 1 else ""


def _error(code: str, what: str, at: str) -> Finding:
    return Finding("error", code, what, Place(at, "segment") if at else None)
