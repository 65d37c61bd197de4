"""The transforms that take a part of a text, each with the signs of the text it took.

Called by `transforms` for the part, by `cutting` for what is left of the text. What a transform is
told to pass over (a divider, the words `Start Date` beside a date) counts as taken with it. A part
that does not stand in the text raises `NotThere`, so that a rule that says `optional` can tell it
from one that is wrong. Pure; no message repeats the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv", "md", "phd"})
_DAY: Final = r"(?<![\d/.-])\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}(?![\d/])"
_DATED: Final = re.compile(_DAY)
_STARTED: Final = (
    rf"(?i)({_DAY})\s*[-\u2013(]*\s*start(?:ed|ing)?(?:\s*date\b)?",
    rf"(?i)start(?:ed|ing)?(?:\s*date)?(?:\s+from)?\s*[-\u2013:,(]*\s*({_DAY})",
)
_ENDED: Final = (
    rf"(?i)({_DAY})\s*[-\u2013(]+\s*(?:end|stop)\b(?:\s*date\b)?",
    rf"(?i)(?:end|stop)(?:ed|ped)?(?:\s*date)?\s*[-\u2013:,(]*\s*({_DAY})",
    rf"(?i)\b(?:dc'?d?|d/c'?d?|discontinued)\s*[-\u2013:,(]*\s*(?:on\s+)?({_DAY})",
)
_FIGURE: Final = re.compile(r"(?<!\w)[\d.]*\d")
_QUOTES: Final = ("\u201c\u201d", '""', "\u2018\u2019", "\u00ab\u00bb")
_FAMILY, _GIVEN, _SECOND, _SUFFIX, _PREFIX, _DEGREE = range(6)


class NotThere(ValueError):  # no error where a rule says `optional`
    """The part that a transform picks does not stand in the text."""


@dataclass(frozen=True, slots=True, repr=False)
class Picked(Sealed):
    """What was taken of a text: the words, and for each of their signs where it stood.

    -1 stands for a sign that was put between; `spent` are the signs that were passed over.
    """

    text: str
    where: Sequence[int]
    spent: Sequence[int] = ()


def _slice(value: str, start: int, end: int, spent: Iterable[int] = ()) -> Picked:
    """Return a stretch of a text without the white space at its ends."""
    piece = value[start:end]
    start += len(piece) - len(piece.lstrip())
    text = piece.strip()
    return Picked(text, range(start, start + len(text)), tuple(spent))


def _before(argument: str, value: str) -> Picked:
    return _ahead(argument, value, value.find(argument))


def _before_last(argument: str, value: str) -> Picked:
    return _ahead(argument, value, value.rfind(argument))


def _after(argument: str, value: str) -> Picked:
    return _behind(argument, value, value.find(argument))


def _after_last(argument: str, value: str) -> Picked:
    return _behind(argument, value, value.rfind(argument))


def _ahead(divider: str, value: str, at: int) -> Picked:
    """Take what stands before the divider that begins at a sign, -1 where it does not stand."""
    if at < 0 or not value[:at].strip():
        raise NotThere("the divider does not stand in it, or nothing before it")
    return _slice(value, 0, at, range(at, at + len(divider)))


def _behind(divider: str, value: str, at: int) -> Picked:
    """Take what stands behind the divider that begins at a sign, -1 where it does not stand."""
    start = at + len(divider)
    if at < 0 or not value[start:].strip():
        raise NotThere("nothing stands behind the divider")
    return _slice(value, start, len(value), range(at, start))


def _until(argument: str, value: str) -> Picked:
    """Take what stands before the divider, the whole where it does not stand in the text."""
    return _before(argument, value) if argument in value else _slice(value, 0, len(value))


def _last(argument: str, value: str) -> Picked:
    """Take what stands behind the last divider, the whole where it does not stand in the text."""
    whole = argument not in value and value.strip()
    return _slice(value, 0, len(value)) if whole else _after_last(argument, value)


def _line(argument: str, value: str) -> Picked:
    """Take one line of a text of several, counted from 1; lines without any sign do not count."""
    lines = [match.span() for match in re.finditer(r"[^\n]+", value) if match[0].strip()]
    if int(argument) > len(lines):
        raise NotThere("there are not so many lines")
    return _slice(value, *lines[int(argument) - 1])


def _first(_argument: str, value: str) -> Picked:
    if not value.strip():
        raise NotThere("nothing stands there")
    start = len(value) - len(value.lstrip())
    return _slice(value, start, start + len(value.split(maxsplit=1)[0]))


def _before_figure(_argument: str, value: str) -> Picked:
    """Take the words before the first figure that begins a word."""
    found = _FIGURE.search(value)
    if found is None or not value[: found.start()].strip():
        raise NotThere("no words stand before a figure")
    return _slice(value, 0, found.start())


def _from_figure(_argument: str, value: str) -> Picked:
    """Take the text from the first figure that begins a word."""
    found = _FIGURE.search(value)
    if found is None:
        raise NotThere("no figure stands in it")
    return _slice(value, found.start(), len(value))


def _unquoted(_argument: str, value: str) -> Picked:
    """Take the text without the quotation marks that stand around the whole of it."""
    whole = _slice(value, 0, len(value))
    inside = whole.text[1:-1]
    for opening, closing in _QUOTES:
        around = len(whole.text) > 1 and whole.text[0] == opening and whole.text[-1] == closing
        if around and inside.strip() and closing not in inside:
            first, last = whole.where[0], whole.where[-1]
            return _slice(value, first + 1, last, (first, last))
    return whole


def _aside(value: str, signs: str = "") -> tuple[int, int]:
    """Return where the bracket opens that a text ends with, and where it closes; -1 for none.

    `signs` are the two brackets, round ones where nothing is said.
    """
    opening, closing = tuple(signs or "()")
    text = value.rstrip().rstrip(".;").rstrip()
    depth = 0
    for at in range(len(text) - 1, -1, -1) if text.endswith(closing) else ():
        depth += (text[at] == closing) - (text[at] == opening)
        if not depth:
            return at, len(text) - 1
    return -1, -1


def _bracketed(argument: str, value: str) -> Picked:
    opened, closed = _aside(value, argument)
    if opened < 0 or not value[opened + 1 : closed].strip():
        raise NotThere("it does not end with words in brackets")
    return _slice(value, opened + 1, closed)


def _unbracketed(argument: str, value: str) -> Picked:
    opened, _ = _aside(value, argument)
    end = len(value) if opened < 0 else opened
    if not value[:end].strip():
        raise NotThere("nothing stands before the brackets")
    return _slice(value, 0, end)


def _family(argument: str, value: str) -> Picked:
    return _named(value, last=bool(argument))[0]


def _given(argument: str, value: str) -> Picked:
    return _named(value, last=bool(argument))[1]


def _named(value: str, *, last: bool) -> tuple[Picked, Picked]:
    """Return (family, given) of `Ray, Ann` or `Ann Ray`; three words alone could be either.

    `last` guesses that the family name is the last word, and what stands before it is given.
    """
    comma = value.find(",")
    end = len(value) if comma < 0 else comma
    second = value[comma + 1 :].strip() if comma >= 0 else ""
    if comma >= 0 and second.rstrip(".").lower() not in _SUFFIXES:
        if value[:end].strip() and second:
            return _slice(value, 0, end), _slice(value, end + 1, len(value))
        raise ValueError("a name without its family or given name")
    words = [(match.start(), match.end()) for match in re.finditer(r"\S+", value[:end])]
    if last and len(words) > 1:
        start, stop = words[-1]
        if value[start:stop].rstrip(".").lower() in _SUFFIXES:
            raise ValueError("a name without a comma that ends with a suffix")
        return _slice(value, start, stop), _slice(value, 0, words[-2][1])
    if len(words) != len(("given", "family")):
        raise ValueError("a name without a comma that is not two words")
    return _slice(value, *words[1]), _slice(value, *words[0])


def _began(_argument: str, value: str) -> Picked:
    """Take the date words call the start, else the only one; without one, the text itself."""
    dates = [match[0] for match in _DATED.finditer(value)]
    if not dates:
        return Picked(value, range(len(value)))
    ends = {match for pattern in _ENDED for match in re.findall(pattern, value)}
    if len(dates) > 1:
        starts = {match for pattern in _STARTED for match in re.findall(pattern, value)}
        dates = sorted(starts - ends)
    if len(dates) != 1 or dates[0] in ends:
        raise ValueError("no date, or not to be told which one is the start")
    return _dated(dates[0], _STARTED, value)


def _ended_on(_argument: str, value: str) -> Picked:
    """Take the date that words call the end."""
    ends = {str(match) for pattern in _ENDED for match in re.findall(pattern, value)}
    if not ends:
        raise NotThere("no end is said")
    if len(ends) > 1:
        raise ValueError("not to be told which date is the end")
    return _dated(ends.pop(), _ENDED, value)


def _dated(date: str, said: tuple[str, ...], value: str) -> Picked:
    """Return a date with the words beside it that say which one it is."""
    found = (match for pattern in said for match in re.finditer(pattern, value))
    whole = [match for match in found if match[1] == date]
    start = whole[0].start(1) if whole else value.find(date)
    spent = [at for match in whole for at in range(*match.span())]
    return _slice(value, start, start + len(date), spent)


def _digits(_argument: str, value: str) -> Picked:
    where = [match.start() for match in re.finditer(r"\d", value)]
    return Picked("".join(value[at] for at in where), where)


def _xcn(_argument: str, value: str) -> Picked:
    start = value.find("^") + 1 or len(value)
    picked = _xpn("", value[start:])
    return Picked(picked.text, [at + start if at >= 0 else at for at in picked.where])


def _xpn(_argument: str, value: str) -> Picked:
    parts: list[Picked] = []
    start = 0
    for component in value.split("^")[: _DEGREE + 1]:
        end = start + len(component)
        parts.append(_slice(value, start, end))
        start = end + 1
    parts += [Picked("", ())] * (_DEGREE + 1 - len(parts))
    own = parts[_FAMILY].text.partition("&")[0].rstrip()
    parts[_FAMILY] = Picked(own, parts[_FAMILY].where[: len(own)])
    given = (parts[n] for n in (_PREFIX, _GIVEN, _SECOND, _FAMILY, _SUFFIX))
    name = _together([part for part in given if part.text], " ")
    if not name.text:
        raise ValueError("no name stands in it")
    return _together([name, parts[_DEGREE]], ", ") if parts[_DEGREE].text else name


def _together(parts: list[Picked], between: str) -> Picked:
    where: list[int] = []
    for part in parts:
        where += [*([-1] * len(between) if where else ()), *part.where]
    return Picked(between.join(part.text for part in parts), where)


PICKS: Final[dict[str, Callable[[str, str], Picked]]] = {
    "after": _after,
    "after_last": _after_last,
    "before": _before,
    "before_figure": _before_figure,
    "before_last": _before_last,
    "began": _began,
    "bracketed": _bracketed,
    "digits": _digits,
    "ended": _ended_on,
    "family": _family,
    "first": _first,
    "from_figure": _from_figure,
    "given": _given,
    "last": _last,
    "line": _line,
    "unbracketed": _unbracketed,
    "unquoted": _unquoted,
    "until": _until,
    "xcn": _xcn,
    "xpn": _xpn,
}
"""Every transform that takes a part: its argument and a text to what it took of it."""
