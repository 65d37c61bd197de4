"""From bytes to messages: character set, MLLP bytes, line ends, separators, batches. Our own.

Called by the reader before anything is mapped. Segments end at a carriage return and nowhere else
(LF and CRLF are made one first), so a line separator, vertical tab or form feed inside a text never
starts a message. It never guesses silently: each guess is a finding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from operator import methodcaller
from typing import TYPE_CHECKING, Final

from adapters.formats.hl7v2.segments import (
    KNOWN,
    UNUSED,
    Message,
    Segment,
    Separators,
    numbered,
)
from hub.canonical import Finding, Place, Sealed

if TYPE_CHECKING:
    from hub.canonical.finding import Severity

_CHARSETS: Final = {
    "ASCII": "ascii",
    "8859/1": "iso8859-1",
    **{f"8859/{number}": f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 9)},
    "8859/15": "iso8859-15",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UNICODE UTF-16": "utf-16",
    "GB 18030-2000": "gb18030",
    "BIG-5": "big5",
    "UNICODE UTF-32": "utf-32",
    "KS X 1001": "euc_kr",
    "ISO IR14": "iso2022_jp_2",
    "ISO IR87": "iso2022_jp_2",
    "ISO IR159": "iso2022_jp_2",
    "ISO IR6": "ascii",
    "WINDOWS-1252": "cp1252",
}
_WIDE: Final = frozenset({"utf-16", "utf-32"})
_MSH_18: Final = 17
_ENVELOPE: Final = frozenset({"FHS", "BHS", "BTS", "FTS"})
_OPENERS: Final = _ENVELOPE | {"MSH"}
_OPENING: Final = methodcaller("startswith", tuple(sorted(_OPENERS)))
_JOINED: Final = frozenset({"OBX", "NTE"})
_SEGMENT: Final = re.compile(r"[A-Z][A-Z0-9]{2}(?:[^\w\s]|_)")
_ASTRAY: Final = re.compile(rf"\r(?!{_SEGMENT.pattern})")
_UNKNOWN: Final = "???\0"
_DEFAULTS: Final = "^~\\&"
_MOST_ENCODING: Final = 5
_DOUBLED: Final = "\\\\"
"""An escape character twice: a program's own notation of it that was sent as it stands."""


@dataclass(frozen=True, slots=True, repr=False)
class Frame(Sealed):
    """The messages of a document, what was wrong with its framing, and the envelope's fields.

    `cut` says that the batch was never closed: its last message may be half of what was sent.
    """

    messages: tuple[Message, ...] = ()
    findings: tuple[Finding, ...] = ()
    envelope: tuple[Segment, ...] = ()
    cut: bool = False


def framed(content: bytes, encoding: str = "") -> Frame:
    """Split a document into messages; `encoding` is a sender's declared one, used before any guess.

    Raises nothing: what can't be a message is a finding with severity `error`.
    """
    text, charset, findings = decoded(content, encoding)
    lines, more = _lines(text)
    findings += more
    return _grouped(lines, charset, findings)


def decoded(content: bytes, encoding: str = "") -> tuple[str, str, list[Finding]]:
    """Return the text, the character set it was read in, and a finding for each guess."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace"), "utf-8", []
    if content[:4] in {b"M\0S\0", b"F\0H\0", b"B\0H\0"}:
        return content.decode("utf-16-le", "replace"), "utf-8", []
    if content[:4] in {b"\0M\0S", b"\0F\0H", b"\0B\0H"}:
        return content.decode("utf-16-be", "replace"), "utf-8", []
    content = content.removeprefix(b"\xef\xbb\xbf")
    named = _declared(content)
    # where MSH stands in single bytes the document is of no set with more for each letter
    declared = "" if named in _WIDE else named
    if content.isascii() and not (declared.startswith("iso2022") and b"\x1b" in content):
        return content.decode("ascii"), declared or "utf-8", []
    for charset in filter(None, (encoding, declared)):
        try:
            return content.decode(charset), charset, []
        except (UnicodeDecodeError, LookupError):
            continue
    return _guessed(content, named)


def _declared(content: bytes) -> str:
    """Return the codec MSH-18 names in the first message, or nothing."""
    start = content.find(b"MSH")
    if start < 0:
        return ""
    line = content[start : start + 4096].replace(b"\n", b"\r").partition(b"\r")[0]
    fields = line.split(line[3:4], _MSH_18 + 1) if line[3:] else []
    return _codec(fields[_MSH_18]) if len(fields) > _MSH_18 else ""


@lru_cache(maxsize=64)
def _codec(named: bytes) -> str:
    """Return the codec for the character sets an MSH-18 names, or nothing."""
    names = [name.decode("ascii", "replace") for name in re.split(rb"[~^]", named)]
    known = [codec for name in names if (codec := _CHARSETS.get(name.strip().upper()))]
    # of several sets the first one counts, save where a later one holds it and switches
    switched = [codec for codec in known if codec.startswith("iso2022")]
    return next(iter([*switched, *known]), "")


def _guessed(content: bytes, declared: str) -> tuple[str, str, list[Finding]]:
    """Read as UTF-8 where it is that; other eight-bit text has no character set at all.

    Which letter such a byte stands for nobody can know, so the text only serves to find the
    messages and to answer them: `undecodable` says what is wrong with one that isn't ASCII.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("iso8859-1"), "", []
    wrong, said = _wrong(declared)
    severity: Severity = "warning" if declared else "note"
    return (
        text,
        "utf-8",
        [Finding(severity, wrong, f"{said}; read as UTF-8", Place("MSH-18", "segment"))],
    )


def _wrong(declared: str) -> tuple[str, str]:
    if declared:
        return "charset_mismatch", "the declared character set does not fit"
    return "charset_undeclared", "no character set is declared"


def undecodable(message: Message) -> Finding | None:
    """Return why nobody can tell a message's letters: eight-bit text, and no character set."""
    if message.seps.charset or message.text.isascii():
        return None
    header = message.segments[0]
    wrong, said = _wrong(header.peek(_MSH_18 + 1).strip())
    what = f"{said}, the text can't be read; ask the sender to fill MSH-18"
    return Finding("error", wrong, what, Place(f"{header.place}-18", "segment"))


def _lines(text: str) -> tuple[list[str], list[Finding]]:
    """Return the segments' lines, with MLLP bytes gone and broken lines put together again."""
    findings: list[Finding] = []
    text = text.strip("\ufeff\x0b\x1c\r\n\t ")
    text = text.replace("\r\n", "\r").replace("\n", "\r").replace("\x1c\r\x0b", "\r")
    if "\0" in text:
        text = text.replace("\0", "")
        message = "the document holds null bytes, they were left out"
        findings.append(Finding("warning", "null_bytes", message))
    given = text.split("\r")
    if _SEGMENT.match(text) and not _ASTRAY.search(text):
        return given, findings
    given = _raised(given, findings)
    lines: list[list[str]] = []
    for line in given:
        if _starts_segment(line):
            lines.append([line])
        elif line.strip():
            _stray(line, lines)
    return ["\n".join(parts) if len(parts) > 1 else parts[0] for parts in lines], findings


def _raised(lines: list[str], findings: list[Finding]) -> list[str]:
    """Return the lines with known segment names in capitals, and warn of each that was not."""
    raised = []
    for line in lines:
        name = line[:3].upper()
        if name in KNOWN and line[:3] != name and line[3:4] == lines[0][3:4] != "":
            what = "a segment's name is not in capitals, it was taken; ask the sender to mend it"
            findings.append(Finding("warning", "segment_case", what, Place(name, "segment")))
            line = name + line[3:]  # noqa: PLW2901  # the same line, raised
        raised.append(line)
    return raised


def _starts_segment(line: str) -> bool:
    """Say whether a line opens with a segment's name and a separator, or is a bare known name."""
    return _SEGMENT.match(line) is not None or line in KNOWN


def _stray(line: str, lines: list[list[str]]) -> None:
    """Put a line that is no segment where it belongs: behind an OBX or NTE broken by a line end."""
    if lines and lines[-1][0][:3] in _JOINED:
        lines[-1].append(line.rstrip())
    else:
        lines.append([_UNKNOWN + line])


def _grouped(lines: list[str], charset: str, findings: list[Finding]) -> Frame:
    """Cut the lines into messages at each MSH and check what the batch trailers promise."""
    messages: list[Message] = []
    envelope: list[Segment] = []
    outside = Separators(charset=charset)
    batch = _Batch(findings)
    group: list[str] = []
    number = 0
    if sum(map(_OPENING, lines)) == 1 and lines[0][:3] == "MSH":
        # one message and no envelope, which is what nearly every document is
        _close(lines, 1, charset, messages, findings)
        return Frame(tuple(messages), tuple(findings))
    for line in [*lines, "MSH"]:
        name = line[:3]
        if name not in _OPENERS:
            group.append(line)
            continue
        if group:
            _close(group, number, charset, messages, findings)
            group = []
        if name in _ENVELOPE:
            outside = _separators(line, charset) or outside if name in {"FHS", "BHS"} else outside
            segment = Segment(line, outside)
            envelope.append(segment)
            batch.step(segment, len(messages))
        else:
            group = [line]
            number += 1
    cut = batch.cut()
    return Frame(tuple(messages), tuple(findings), tuple(envelope), cut)


def _close(  # a group of lines, its number, and what it is added to
    group: list[str],
    number: int,
    charset: str,
    messages: list[Message],
    findings: list[Finding],
) -> None:
    prefix = f"MSH[{number}]/" if number > 1 else ""
    seps = _separators(group[0], charset) if group[0][:3] == "MSH" else None
    if seps is None:
        headless = group[0][:3] != "MSH"
        code = "missing_msh" if headless else "bad_separators"
        what = (
            "segments stand before the first MSH"
            if headless
            else "MSH-1 and MSH-2 are no separators"
        )
        place = Place(f"{prefix}{group[0][:3] if headless else 'MSH-2'}", "segment")
        findings.append(
            Finding("error", code, f"{what}; ask the sender for the whole message", place)
        )
        return
    if _DOUBLED in group[0][4:9]:
        what = "MSH-2 holds its escape character twice, read as once; ask the sender to mend that"
        where = Place(f"{prefix}MSH-2", "segment")
        findings.append(Finding("warning", "doubled_escape", what, where))
    text = "\r".join(group)
    if "\0" in text:
        group = [line.replace("\0", seps.field, 1) for line in group]
        text = "\r".join(group)
    if "\rADD" in text:
        group = _continued(group, seps)
    segments = [Segment(line, seps) for line in group]
    numbered(segments, prefix)
    messages.append(Message(tuple(segments), seps, text, prefix))


def _continued(group: list[str], seps: Separators) -> list[str]:
    """Join `ADD` segments to the one before them (a message cut by its sender's size limit)."""
    joined: list[list[str]] = []
    for line in group:
        if line.startswith("ADD" + seps.field) and joined:
            joined[-1].append(line[4:])
        else:
            joined.append([line])
    return ["".join(parts) for parts in joined]


def _separators(line: str, charset: str) -> Separators | None:
    """Return the separators a header line declares, or None where they can't be separators.

    A short MSH-2 is filled with the usual characters, as long as these stay distinct.
    """
    if len(line) < len("MSH|^"):
        return None
    mark = line[3]
    given = line[4:].split(mark, 1)[0].replace(_DOUBLED, _DOUBLED[0])
    if not given or len(given) > _MOST_ENCODING:
        return None
    return _declared_as(mark, given, charset)


@lru_cache(maxsize=64)
def _declared_as(mark: str, given: str, charset: str) -> Separators | None:
    filled = given + "".join(c for c in _DEFAULTS[len(given) :] if c not in given)
    marks = mark + filled
    sane = all(
        not c.isalnum() and c.isprintable() and not c.isspace() and c.isascii() for c in marks
    )
    if not sane or len(set(marks)) != len(marks):
        return None
    component, repetition, escape, sub, *cut = list(filled.ljust(4, UNUSED))
    return Separators(mark, component, repetition, escape, sub, "".join(cut), charset)


class _Batch:
    """Follows FHS/BHS … BTS/FTS and notes where a promised count is not what was found."""

    def __init__(self, findings: list[Finding]) -> None:
        self._findings = findings
        self._batches = 0
        self._since = 0
        self._open: list[str] = []

    def step(self, segment: Segment, messages: int) -> None:
        """Take one envelope segment; `messages` is how many messages were read before it."""
        name = segment.name
        segment.ignore(2)
        if name in {"FHS", "BHS"}:
            self._open.append(name)
            self._batches += name == "BHS"
            self._since = messages
            return
        opener = "BHS" if name == "BTS" else "FHS"
        if opener in self._open:
            self._open.remove(opener)
        found = messages - self._since if name == "BTS" else self._batches or int(messages > 0)
        promised = segment.take(1).strip()
        if promised and promised.lstrip("0") != str(found).lstrip("0"):
            message = f"the trailer's count differs from the {found} found; each one was taken"
            place = Place(f"{name}-1", "segment")
            self._findings.append(Finding("warning", "batch_count", message, place))

    def cut(self) -> bool:
        """Note a batch that was never closed, and say whether there is one."""
        if self._open:
            message = "no trailer, the file may be cut: its last message was left out; send it anew"
            place = Place(self._open[-1], "segment")
            self._findings.append(Finding("error", "batch_unclosed", message, place))
        return bool(self._open)
