"""MLLP framing: the bytes of a connection become frames, piece by piece, and frames become bytes.

`mllp_session` (server) and `mllp_links` (client) feed it. A frame is VT, content, FS CR (HL7 MLLP
release 1); FS counts only with its CR, so a lone FS is content. Nothing here waits, holds a whole
frame, or looks into one; a VT inside a frame is left to whoever reads the content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind: TypeAlias = Literal["begin", "bytes", "end", "stray"]

VT: Final = b"\x0b"
FS: Final = b"\x1c"
END: Final = b"\x1c\r"
_QUIET: Final = b"\r\n\t \0"


def framed(content: bytes) -> bytes:
    """Return content as one frame."""
    return VT + content + END


class Framer:
    """Follows one connection; `inside` says whether a frame is open."""

    def __init__(self) -> None:
        self.inside = False
        self._held = False

    def feed(self, data: bytes) -> Iterator[tuple[Kind, bytes]]:
        """Yield what the next bytes hold: `begin`, pieces of content, `end`, and `stray` bytes.

        White space and NUL between frames are nobody's fault and are not told.
        """
        if self._held:
            data, self._held = FS + data, False
        at = 0
        while at < len(data):
            if self.inside:
                at, pieces = self._content(data, at)
            else:
                at, pieces = self._between(data, at)
            yield from pieces

    def _between(self, data: bytes, at: int) -> tuple[int, list[tuple[Kind, bytes]]]:
        start = data.find(VT, at)
        stray = data[at:] if start < 0 else data[at:start]
        told: list[tuple[Kind, bytes]] = [("stray", stray)] if stray.strip(_QUIET) else []
        if start < 0:
            return len(data), told
        self.inside = True
        return start + 1, [*told, ("begin", b"")]

    def _content(self, data: bytes, at: int) -> tuple[int, list[tuple[Kind, bytes]]]:
        end = data.find(END, at)
        piece = data[at:] if end < 0 else data[at:end]
        if end < 0 and piece.endswith(FS):
            self._held, piece = True, piece[:-1]
        told: list[tuple[Kind, bytes]] = [("bytes", piece)] if piece else []
        if end < 0:
            return len(data), told
        self.inside = False
        return end + len(END), [*told, ("end", b"")]
