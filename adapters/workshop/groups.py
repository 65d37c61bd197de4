"""Questions answered by boxes: found on a PDF's page or in a Word document's lines, then bound.

`sighting` calls `on_page` and `in_words` in the reader child; `proposing` calls `bind`. Options are
told by their printed words; which one is marked is never looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.workshop import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.formats.pdf.lines import Sheet
    from adapters.formats.pdf.words import Word
    from adapters.workshop.bound import Proposal

_SIDE: Final = (5.0, 20.0)
_GLYPHS: Final = frozenset("\u2610\u2611\u2612\u25a1\u25a0\uf06f\uf0fe")
_ENDS: Final = (":", "?", "?:")
_BOX: Final = ""
_MAPS: Final = {
    "member.sex": "sex",
    "member.language": "language",
    "risk.level": "risk",
    "header.status": "plan_status",
}
_FLAGS: Final = {"yes": "true", "no": "false", "y": "true", "n": "false"}
_WORDS: Final = 6
_GAP: Final = 2.5


def on_page(sheet: Sheet) -> list[dict[str, Any]]:
    """Return each question of a page with its options: words right of two or more squares."""
    squares = [
        box
        for box in dict.fromkeys(sheet.ruling.boxes)
        if _SIDE[0] <= box[2] - box[0] <= _SIDE[1] and abs(box[2] - box[0] - box[3] + box[1]) < 2.0  # noqa: PLR2004  # a square
    ]
    found = []
    rows: dict[int, list[tuple[float, str]]] = {}
    for box in squares:
        rows.setdefault(round((box[1] + box[3]) / 8), []).append((box[0], _BOX))
    for level, boxes in rows.items():
        words = [word for line in sheet.lines for word in line.words if _level(word, level)]
        inked = [
            one for one in words if not any(b[0] <= one.x0 and one.x1 <= b[2] for b in squares)
        ]
        row = sorted([*boxes, *((word.x0, word.text) for word in inked)])
        found += list(_grouped([text for _, text in row]))
    return found


def _level(word: Word, level: int) -> bool:
    return abs(round(word.middle / 4) - level) <= 1


def in_words(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Return the questions in lines of words, where a box is a letter of its own."""
    found = []
    for text in texts:
        spelt = "".join(f" {one} " if one in _GLYPHS else one for one in text).split()
        found += list(_grouped([_BOX if one in _GLYPHS else one for one in spelt]))
    return found


def _grouped(row: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield (question, options) of one row of boxes and words, a new one at each colon or `?`."""
    asked: list[str] = []
    options: list[list[str]] = []
    for at, text in enumerate(row):
        if text == _BOX:
            options.append([])
        elif not options:
            asked = [text] if asked and asked[-1].endswith(_ENDS) else [*asked, text]
        elif _asks(row, at):
            yield from _one(asked, options)
            asked, options = [text], []
        else:
            options[-1].append(text)
    yield from _one(asked, options)


def _asks(row: Sequence[str], at: int) -> bool:
    """Say whether the next question begins here: its colon stands before the next box."""
    rest = row[at:]
    until = rest[: rest.index(_BOX)] if _BOX in rest else rest
    if not any(one.endswith(_ENDS) for one in until) or row[at - 1] == _BOX:
        return False
    whole = " ".join(until)
    return bool(wording.guess(whole.rstrip(":? "), wording.singles())) or row[at][:1].isupper()


def _one(asked: Sequence[str], options: Sequence[Sequence[str]]) -> Iterator[dict[str, Any]]:
    said = [" ".join(one) for one in options]
    good = len(said) > 1 and all(0 < len(one.split()) <= _WORDS for one in said)
    if good and asked and asked[-1].endswith(_ENDS) and len(asked) <= _WORDS:
        yield {"asked": " ".join(asked).rstrip(": "), "options": said}


def bind(found: Proposal, groups: Sequence[Mapping[str, Any]]) -> None:
    """Bind each question to the field its words name, its options to the template's words."""
    bound = found.extra.setdefault("asked", {})
    for one in groups:
        asked = one["asked"]
        if any(asked == held["asked"] for held in bound.values()):
            continue
        guess = wording.guess(asked.rstrip("?: "), wording.singles())
        if guess is None or guess.target in bound:
            found.unbound.append(f"{asked} ({', '.join(one['options'])})")
            continue
        known = (
            _FLAGS
            if guess.target.endswith("needed")
            else wording.words()["values"].get(_MAPS.get(guess.target, ""), {})
        )
        options = {str(known.get(o.casefold(), o.casefold())): o for o in one["options"]}
        bound[guess.target] = {"asked": asked, "options": options, "sure": guess.sure}
        found.singles = [each for each in found.singles if each.target != guess.target]
    if "risk.level" in bound:
        found.extra.pop("choices", None)


def taken(found: Proposal, text: str) -> bool:
    """Say whether a label is one of the questions, or ends in one: `F Preferred language`."""
    said = wording.bare(text)
    for one in found.extra.get("asked", {}).values():
        asked = wording.bare(one["asked"])
        if said == asked or (said and (said.endswith(f" {asked}") or asked.endswith(f" {said}"))):
            return True
    tails = [
        wording.bare(one["asked"]).split()[-1:] for one in found.extra.get("asked", {}).values()
    ]
    return any(tail and said.split()[-1:] == tail and len(said.split()) <= _GAP for tail in tails)
