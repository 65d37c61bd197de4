"""A number of a workbook as its cell shows it: identifiers with their zeros, dates as ISO 8601.

Called by the workbook reader for each numeric cell with its number format (ECMA-376 part 1, 18.8.30
and 18.8.31). A date keeps the precision that its format shows: `mmm yyyy` gives `2026-03`. What a
format would only round or shorten (exponents, fractions, scaling) is given with all its digits.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Final

_GENERAL: Final = "General"
BUILT_IN: Final = dict(
    enumerate(
        (
            *(_GENERAL, "0", "0.00", "#,##0", "#,##0.00", *[_GENERAL] * 4),
            *("0%", "0.00%", *[_GENERAL] * 3),
            *("m/d/yyyy", "d-mmm-yy", "d-mmm", "mmm-yy"),
            *("h:mm", "h:mm:ss", "h:mm", "h:mm:ss", "m/d/yyyy h:mm", *[_GENERAL] * 14),
            *("#,##0", "#,##0", "#,##0.00", "#,##0.00", *[_GENERAL] * 4),
            *("mm:ss", "[h]:mm:ss", "mm:ss.0", _GENERAL, "@"),
        )
    )
)
"""The number formats that a workbook names by number only."""

_LITERAL: Final = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[([^\]]*)\]')
_PIECE: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|.', re.DOTALL)
_CONDITION: Final = re.compile(r"\[(<=|>=|<|>|=)(-?\d+(?:\.\d+)?)\]")
_DIGITS: Final = "0#?"
_EXACT: Final = 15
_FICTION: Final = 60
_SENSIBLE: Final = 17
_TESTS: Final = {
    "<=": Decimal.__le__,
    ">=": Decimal.__ge__,
    "<": Decimal.__lt__,
    ">": Decimal.__gt__,
    "=": Decimal.__eq__,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a section of a number format is: which parts of a date it shows, or how digits stand."""

    date: str = ""
    pieces: tuple[str, ...] = ()


def displayed(raw: str, code: str, since_1904: bool) -> str | None:
    """Return a number as its format shows it; None where it is no number or no such date."""
    try:
        number = Decimal(raw)
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    if abs(number.adjusted()) > _SENSIBLE:
        return raw
    section, signed = _section(code, number)
    shown = _shown(section)
    if shown.date:
        return _dated(number, shown.date, since_1904)
    if not shown.pieces:
        return raw if raw.isdecimal() else _plain(number)
    return ("-" if signed and number < 0 else "") + _placed(abs(number), shown.pieces)


def _section(code: str, number: Decimal) -> tuple[str, bool]:
    """Return the section of a format that shows this number, and whether it needs its sign."""
    sections = _sections(code)
    for section in sections:
        asked = _CONDITION.search(section)
        if asked and _TESTS[asked[1]](number, Decimal(asked[2])):
            return section, True
    if _CONDITION.search(sections[0]):
        return sections[1] if len(sections) > 1 else "", True
    if number < 0 and len(sections) > 1:
        return sections[1], False
    zero = number == 0 and len(sections) > 2  # noqa: PLR2004  # positive; negative; zero
    return sections[2 if zero else 0], True


@functools.lru_cache(512)
def _sections(code: str) -> list[str]:
    sections = [""]
    for piece in _PIECE.findall(code):
        if piece == ";":
            sections.append("")
        else:
            sections[-1] += piece
    return sections


@functools.lru_cache(512)
def _shown(section: str) -> Shown:
    bare = _LITERAL.sub("", section).lower()
    if "[h" in section.lower() or "general" in bare or "@" in bare:
        return Shown()
    if re.search(r"[ydhs]|m", bare):
        return Shown(date=_parts(bare))
    if "e+" in bare or "e-" in bare or "/" in bare or re.search(r",(?![0#?])", bare):
        return Shown()
    pieces = tuple(_PIECE.findall(_CONDITION.sub("", section)))
    return Shown(pieces=pieces) if any(p in _DIGITS for p in pieces) else Shown()


def _parts(bare: str) -> str:
    """Return what a date format shows, of `ymdhs`; a month beside hours only is minutes."""
    whole = "y" in bare or "d" in bare
    clock = "s" if "s" in bare else "h" if "h" in bare else ""
    if not whole and clock:
        return clock
    if "d" in bare:
        return "d" + clock
    return ("m" if "m" in bare else "y") if not clock else "d" + clock


def _dated(number: Decimal, parts: str, since_1904: bool) -> str | None:
    """Return a serial date as ISO 8601; there was no 29 February 1900, and nothing before."""
    days = int(number)
    if number < 0 or (not since_1904 and days == _FICTION):
        return None
    start = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  # a zone is never invented
    if not since_1904 and 0 < days < _FICTION:
        start += timedelta(days=1)
    seconds = int(((number - days) * 86_400).to_integral_value(ROUND_HALF_UP))
    try:
        moment = start + timedelta(days=days, seconds=seconds)
    except OverflowError:
        return None
    timespec = "seconds" if parts.endswith("s") else "minutes"
    match parts:
        case "y" | "m":
            return f"{moment:%Y-%m}" if parts == "m" else f"{moment:%Y}"
        case "d":
            return moment.date().isoformat()
        case "h" | "s":
            return moment.time().isoformat(timespec)
    return moment.isoformat(timespec=timespec)


def _plain(number: Decimal) -> str:
    """Return a number with all the digits a workbook keeps: fifteen; a longer one is damaged."""
    exact = Context(prec=_EXACT).plus(number).normalize()
    if exact.adjusted() >= _EXACT:
        return f"{exact:E}"
    return "0" if exact == 0 else f"{exact:f}"


def _placed(number: Decimal, pieces: tuple[str, ...]) -> str:
    """Return the digits of a number in the places of its format, literals between them."""
    percent = "%" in pieces
    number = Context(prec=_EXACT).plus(number * 100 if percent else number)
    point = pieces.index(".") if "." in pieces else len(pieces)
    before, after = pieces[:point], pieces[point + 1 :]
    places = sum(piece in _DIGITS for piece in after)
    if places > _EXACT:
        return _plain(number)
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, Context(prec=60))
    whole, _, part = f"{rounded:f}".partition(".")
    return _whole(whole.lstrip("0"), before) + _part(part, after)


def _whole(digits: str, pieces: tuple[str, ...]) -> str:
    grouped = "," in pieces
    first = next(n for n, piece in enumerate(pieces) if piece in _DIGITS) if digits else -1
    out: list[str] = []
    used = 0
    for number in range(len(pieces) - 1, -1, -1):
        piece = pieces[number]
        if piece == ",":
            continue
        if piece not in _DIGITS:
            out.append(_literal(piece))
            continue
        take = max(0, len(digits) - used) if number == first else 1
        for _ in range(take):
            digit = digits[-1 - used] if used < len(digits) else "0" if piece == "0" else ""
            out.append("," * (grouped and bool(digit) and used > 0 and used % 3 == 0) + digit)
            used += 1
        if number == first and not take and piece == "0":
            out.append("0")
    return "".join(reversed([_turned(one) for one in out]))


def _turned(piece: str) -> str:
    """Return a digit with its separator the way round it is read from the right."""
    return piece[::-1] if piece.startswith(",") else piece


def _part(digits: str, pieces: tuple[str, ...]) -> str:
    out = ""
    places = [n for n, piece in enumerate(pieces) if piece in _DIGITS]
    needed = max((k for k, n in enumerate(places, 1) if pieces[n] == "0"), default=0)
    digits = digits[:needed] + digits[needed:].rstrip("0")
    at = 0
    for piece in pieces:
        if piece in _DIGITS:
            out += digits[at] if at < len(digits) else ""
            at += 1
        else:
            out += _literal(piece)
    return f".{out}" if digits else out


def _literal(piece: str) -> str:
    if piece.startswith("["):
        return piece[2:].partition("-")[0].rstrip("]") if piece.startswith("[$") else ""
    if piece.startswith(("_", "*")):
        return " "
    return piece[1:] if piece.startswith("\\") else piece.strip('"')
