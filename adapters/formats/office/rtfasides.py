"""What an RTF document carries beside its text: pictures, objects, the data of form fields.

The RTF reader hands over the words and bytes of such a destination and asks for the whole at its
end. Nothing is opened here: a picture or object is bytes, and becomes an attachment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.office.flow import Control, Enclosed
from adapters.formats.office.rtfwords import PICTURES
from hub.canonical import Sealed

if TYPE_CHECKING:
    from adapters.formats.office.rtftokens import Mark

_LARGEST: Final = 25_000_000
_CHECK_BOX: Final = 1
_UNSET: Final = 25


class Asides(Sealed):
    """The picture, object or form field being read."""

    def __init__(self) -> None:
        self._hexes: list[str] = []
        self._media = ""
        self._words: dict[str, str] = {}
        self._numbers: dict[str, int] = {}

    def data(self, mark: Mark) -> None:
        """Take bytes of a picture or object: binary, or written as hex digits."""
        self._hexes.append(mark.raw.hex() if mark.word == "bin" else mark.raw.decode("latin-1"))

    def say(self, where: str, raw: bytes) -> None:
        """Take bytes of a form field's name or list."""
        self._words[where] = self._words.get(where, "") + raw.decode("latin-1")

    def note(self, word: str, number: int | None) -> None:
        """Take a control word about what is being read."""
        if word in PICTURES:
            self._media = PICTURES[word]
        elif word in {"ffres", "ffdefres", "fftype"}:
            self._numbers[word] = number or 0

    def enclosed(self, number: int) -> Enclosed | None:
        """Return the picture or object, None where it can't be had; begin anew."""
        digits, self._hexes = "".join("".join(self._hexes).split()), []
        media_type, self._media = self._media or "application/octet-stream", ""
        try:
            content = bytes.fromhex(digits)
        except ValueError:
            return None
        if not content or len(content) > _LARGEST:
            return None
        return Enclosed(f"embedded {number}", media_type, content)

    def form_field(self) -> Control:
        """Return the form field: its name, and the state of a check box; begin anew."""
        name = self._words.get("ffname", "").strip()
        control = Control((name,) if name else ())
        if self._numbers.get("fftype") == _CHECK_BOX:
            state = self._numbers.get("ffres", _UNSET)
            state = self._numbers.get("ffdefres", 0) if state == _UNSET else state
            control.state = "marked" if state else "empty"
        self._words, self._numbers = {}, {}
        return control
