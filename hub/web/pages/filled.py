"""What a person filled into a form, read strictly: short text, known words, real days.

Page modules call it for urlencoded forms; an upload is never read here. What is wrong is `Refused`
422 with the field's label, never with what was typed.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from hub.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.datastructures import FormData
    from starlette.requests import Request

SHORT = 200
_FIELDS = 300


class Form:
    """The fields of a form that was sent."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    def text(self, name: str, label: str, *, longest: int = SHORT, wanted: bool = False) -> str:
        """Return a field's text without blanks around it."""
        given = self._data.get(name, "")
        text = given.strip() if isinstance(given, str) else ""
        if wanted and not text:
            raise _wrong(f"fill in “{label}”")
        if len(text) > longest or "\x00" in text:
            raise _wrong(f"“{label}” is too long, or holds what can't be kept")
        return text

    def secret(self, name: str) -> str:
        """Return a password as it was typed."""
        given = self._data.get(name, "")
        return given if isinstance(given, str) else ""

    def one(self, name: str, label: str, known: Collection[str]) -> str:
        """Return a chosen word out of the known ones."""
        given = self._data.get(name)
        if not isinstance(given, str) or given not in known:
            raise _wrong(f"choose “{label}”")
        return given

    def many(self, name: str, label: str, known: Collection[str]) -> frozenset[str]:
        """Return every ticked word; each must be a known one."""
        given = {one for one in self._data.getlist(name) if isinstance(one, str) and one}
        if not given <= set(known):
            raise _wrong(f"choose “{label}” among what is listed")
        return frozenset(given)

    def day(self, name: str, label: str) -> date | None:
        """Return a day, or None where the field was left empty."""
        text = self.text(name, label)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise _wrong(f"“{label}” is a day like 2026-11-02") from None

    def has(self, name: str) -> bool:
        """Say whether the form had the field at all, empty or not."""
        return name in self._data

    def ticked(self, name: str) -> bool:
        """Say whether a box was ticked."""
        return bool(self._data.get(name))

    def typed(self) -> dict[str, list[str]]:
        """Return everything as typed, to fill the form again; its token left out."""
        return {
            name: [one for one in self._data.getlist(name) if isinstance(one, str)]
            for name in self._data
            if name != "csrf"
        }


async def form_of(request: Request) -> Form:
    """Return the form of a request; the guard has read it already."""
    return Form(await request.form(max_fields=_FIELDS))


def _wrong(detail: str) -> Refused:
    return Refused("incomplete", detail, status=422)
