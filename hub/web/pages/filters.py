"""What templates call to turn instants, sizes, states and people into words. Pure.

Instants are shown in UTC with the zone named, inside `<time datetime>`; a small script may show
them in the reader's zone. A state is always a word; its tone only adds colour.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from hub.lifecycle import STATES
from hub.render.pdf_words import date_words
from hub.web.pages import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MEANING = {(s.noun, s.name): s for s in STATES}
_KILO = 1024.0
_DAY = 24 * 3600.0
_HOUR = 3600.0
_MINUTE = 60.0


def when(at: datetime | str | None) -> str:
    """Return an instant as a `<time>` element in UTC, or a dash."""
    if at is None:
        return Markup('<span class="none">&ndash;</span>')
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    utc = instant.astimezone(UTC)
    return Markup('<time datetime="{}" data-local>{}</time>').format(
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"), utc.strftime("%-d %b %Y, %H:%M UTC")
    )


def chip(state: str, noun: str) -> str:
    """Return a state as a word with its tone and its meaning."""
    known = _MEANING[noun, state]  # type: ignore[index]  # the three nouns of the lifecycle
    return Markup('<span class="chip {}" title="{}">{}</span>').format(
        wording.TONES.get((noun, state), "idle"), known.meaning, wording.STATE.get(state, state)
    )


def turn(state: str, noun: str) -> str:
    """Return whose turn it is while a noun is in a state."""
    return _MEANING[noun, state].turn  # type: ignore[index]  # the three nouns of the lifecycle


def person(row: Mapping[str, Any]) -> str:
    """Return a member's name as lists show it; before a member is known, that it is not."""
    family, given = row["family"], row["given"]
    return f"{family}, {given}" if family else "Member not known yet"


def size(count: int) -> str:
    """Return a number of bytes in words."""
    if count < _KILO:
        return f"{count} bytes"
    kilo = count / _KILO
    return f"{kilo:.0f} KB" if kilo < _KILO else f"{kilo / _KILO:.1f} MB"


def share(part: int, whole: int) -> str:
    """Return a share in per cent with one digit, or that there is nothing to share."""
    return f"{100 * int(part) / int(whole):.1f} %" if whole else "none"


def span(seconds: float) -> str:
    """Return a number of seconds in the unit that suits it."""
    for unit, name in ((_DAY, "days"), (_HOUR, "hours"), (_MINUTE, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} seconds"


def identifier(text: str) -> str:
    """Return an identifier of ours that is taken whole with one click."""
    return Markup('<code class="id">{}</code>').format(text)


def plainly(detail: str) -> str:
    """Return a refusal's detail as a sentence for a person."""
    text = detail.replace("`", "").replace("cannot_reach", "“can't reach”")
    return f"{text[:1].upper()}{text[1:]}."


FILTERS: dict[str, Callable[..., Any]] = {
    "when": when,
    "chip": chip,
    "turn": turn,
    "person": person,
    "size": size,
    "share": share,
    "span": span,
    "id": identifier,
    "day": date_words,
    "waits": wording.waits,
    "because": wording.because,
    "matched": wording.matched,
    "routed": wording.routed,
    "happened": wording.happened,
    "place": wording.place,
    "answer": wording.answer,
    "code_of": wording.code_of,
    "replied": wording.replied,
    "category": wording.category,
    "plainly": plainly,
    "word": lambda word, table: getattr(wording, table).get(word, word),
}
