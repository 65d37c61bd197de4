r"""HL7 v2 escape sequences, both ways: only the standard's, nothing eaten, nothing injected.

Called wherever a field's text is taken, and by `acknowledge`. Unknown sequences stay as they are.
Hex bytes are decoded in the message's character set; a carriage return among them becomes a line
break in the text and never a segment break. A switch to another set (`\M2442\`) becomes that
set's own ISO 2022 sequence and is decoded with what follows it. It logs and raises nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.formats.hl7v2.segments import Separators

_BREAKS = {".br": "\n", ".ce": "\n", ".sp": "\n"}
_PLAIN = {"H": "", "N": "", ".fi": " ", ".nf": " "}
_INDENT = re.compile(r"\.(in|ti|sk)\s*[+-]?\d{0,3}")
_SPACE = re.compile(r"\.sp\s*\+?(\d{1,2})")
_HEX = re.compile(r"X((?:[0-9A-Fa-f]{2})+)")
_SWITCH = re.compile(r"[CM]((?:[0-9A-Fa-f]{2}){2,3})")
_SHIFT = "\x1b"
_BACK = re.compile(r"\x1b[ -/]{1,2}[0-~]")
_ESCAPED_SETS = "iso2022_jp_2"
"""ISO 2022 as HL7 names its sets: ASCII, ISO IR14, 87 and 159 among them."""
_MAX_BLANKS = 20


def unescaped(text: str, seps: Separators) -> str:
    """Return `text` with its escape sequences resolved; `text` without one is returned as it is."""
    mark = seps.escape
    if not mark or mark not in text:
        return text
    pieces = text.split(mark)
    out = [pieces[0]]
    at = 1
    while at < len(pieces):
        meant = _meaning(pieces[at], seps) if at + 1 < len(pieces) else None
        if meant is None:
            out.append(mark + pieces[at])
            at += 1
        else:
            out += (meant, pieces[at + 1])
            at += 2
    whole = "".join(out)
    return _switched(whole) if _SHIFT in whole else whole


def escaped(text: str, seps: Separators) -> str:
    r"""Return `text` safe to stand in a field: separators escaped, line ends as `\\.br\\`."""
    mark = seps.escape
    table = {
        mark: f"{mark}E{mark}",
        seps.field: f"{mark}F{mark}",
        seps.component: f"{mark}S{mark}",
        seps.repetition: f"{mark}R{mark}",
        seps.sub: f"{mark}T{mark}",
        seps.truncation or mark: f"{mark}{'P' if seps.truncation else 'E'}{mark}",
        "\r": f"{mark}.br{mark}",
        "\n": f"{mark}.br{mark}",
    }
    return "".join(table.get(char, char) for char in text.replace("\r\n", "\n"))


def _meaning(name: str, seps: Separators) -> str | None:
    """Return what the sequence `name` stands for, or None when it is not a sequence we know."""
    simple = seps.meanings.get(name) or _BREAKS.get(name) or _PLAIN.get(name)
    if simple is not None:
        return simple
    if found := _INDENT.fullmatch(name):
        return " " if found.group(1) == "sk" else ""
    if found := _SWITCH.fullmatch(name):
        shift = _SHIFT + bytes.fromhex(found.group(1)).decode("latin-1")
        return shift if _BACK.fullmatch(shift) else ""
    if found := _SPACE.fullmatch(name):
        return "\n" * min(int(found.group(1)), _MAX_BLANKS)
    found = _HEX.fullmatch(name)
    return _bytes(found.group(1), seps.charset) if found else None


def _switched(text: str) -> str:
    """Decode the parts in a set that was switched to; one that is not text in it stays as it is."""
    if text.isascii():
        try:
            return text.encode("ascii").decode(_ESCAPED_SETS)
        except UnicodeDecodeError:
            pass
    return _BACK.sub("", text)


def _bytes(digits: str, charset: str) -> str | None:
    """Decode hex bytes in the message's character set; None where they are no text in it."""
    try:
        text = bytes.fromhex(digits).decode(charset)
    except (UnicodeDecodeError, LookupError):
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = all(char.isprintable() or char in "\n\t" for char in text)
    return text if kept else None
