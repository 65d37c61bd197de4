"""The check digit of a National Provider Identifier (NPI).

45 CFR 162.406: ten digits, the last by the Luhn formula (ISO/IEC 7812) over the prefix 80840 and
the nine before it. That a number is well formed does not say that it was ever given. Pure.
"""

from __future__ import annotations

_PREFIX = "80840"
_LENGTH = 10


def valid(number: str) -> bool:
    """Say whether a number is a well-formed NPI: ten digits from 1 or 2, right check digit.

    >>> valid("1234567893"), valid("1234567890"), valid("")
    (True, False, False)
    """
    if len(number) != _LENGTH or not (number.isascii() and number.isdigit()):
        return False
    return number[0] in "12" and _luhn(_PREFIX + number) == 0


def _luhn(digits: str) -> int:
    """Return the Luhn sum modulo ten; 0 for a right check digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004  # the sum of two digits
    return total % 10
