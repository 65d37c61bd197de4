"""The fixed texts of the member's edition in one language, and dates and house words in it.

Called by `member_view` only. All texts are data, in `templates/pdf/member_words.yaml`. Never
translates a plan's own words, and never adds precision to a date.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from hub.canonical import Absent, said
from hub.render.pdf_words import plain
from hub.render.shelf import template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.canonical import Text

OTHERWISE: Final = "en"
_ISO: Final = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d\d)(?:T.*)?)?)?", re.ASCII)
_HOUSE_WORD: Final = re.compile(r"[a-z]+(?:_[a-z]+)*")


class Wording:
    """One language's texts: `words["goals"]`, its dates, its words for house words."""

    def __init__(self, language: str, texts: Mapping[str, Any]) -> None:
        self.language = language
        self._texts = texts

    def __getitem__(self, name: str) -> str:
        return str(self._texts[name])

    def all(self) -> dict[str, str]:
        """Return every text that is one string, as the template takes them."""
        return {name: text for name, text in self._texts.items() if isinstance(text, str)}

    def text(self, value: Text) -> str:
        """Return a leaf's words; an explicit absence is said in this language."""
        if isinstance(value, Absent):
            return str(self._texts["words"][f"absent_{value.absent}"])
        return said(value)

    def house(self, value: Text) -> str:
        """Return a house word (`care_coordinator`, `mco`) in this language, other text as it is."""
        word = self.text(value)
        known: Mapping[str, str] = self._texts["words"]
        if word in known:
            return known[word]
        return plain(word) if _HOUSE_WORD.fullmatch(word) else word

    def date(self, value: Text) -> str:
        """Return a date in this language, without its time; what is no date as it stands."""
        text = self.text(value)
        found = _ISO.fullmatch(text)
        if found is None or not found[2]:
            return text
        filled = {"year": found[1], "month": self._texts["months"][int(found[2]) - 1]}
        if not found[3]:
            return self["month"].format_map(filled)
        return self["day"].format_map(filled | {"day": f"{int(found[3])}"})

    def span(self, start: Text, end: Text) -> str:
        """Return a span of dates in this language."""
        first, last = self.date(start), self.date(end)
        if first and last:
            return first if first == last else self["span"].format(first=first, last=last)
        if first:
            return self["from_date"].format(date=first)
        return self["until_date"].format(date=last) if last else ""


@functools.cache
def _languages() -> dict[str, Wording]:
    texts = yaml.safe_load(template("pdf/member_words.yaml").read_text(encoding="utf-8"))
    return {language: Wording(language, given) for language, given in texts.items()}


def wording(tag: Text) -> Wording:
    """Return the texts of a language tag (`es-US`), in English where there are none."""
    known = _languages()
    return known.get(said(tag).lower().partition("-")[0], known[OTHERWISE])
