"""The closed table of named transforms a profile may use. Text in, text out, nothing else.

Called by the format readers for each mapped value. A transform returns the changed text or raises
`ValueError`; its message never repeats the value. A list is text with one item per line. Dates keep
the precision given: `03/2026` becomes `2026-03`, and no year of two digits is ever guessed. The
transforms that take a part of the text are in `picking`.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from adapters.profiles.picking import PICKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ORDERS: Final = {"MDY": (2, 0, 1), "DMY": (2, 1, 0), "YMD": (0, 1, 2)}
_PARTS: Final = re.compile(r"\s*(\d{1,4})[/.\-](\d{1,4})(?:[/.\-](\d{1,4}))?\s*")
_ISO: Final = re.compile(
    r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?"
)
_GUARDED: Final = re.compile("'+[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
SYSTEMS: Final = {
    "icd10": "http://hl7.org/fhir/sid/icd-10-cm",
    "loinc": "http://loinc.org",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "snomed": "http://snomed.info/sct",
}
"""The code system that goes with a code which the transform of that name has proved."""
_ICD10: Final = re.compile(r"[A-TV-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?")
_NPI_WEIGHT: Final = 24
_YEAR_DIGITS: Final = 4
_CENTURY: Final = 100
_PHONE_DIGITS: Final = range(10, 16)


def is_iso(value: str) -> bool:
    """Say whether `value` is an ISO 8601 date or time that exists, at any precision."""
    if not _ISO.fullmatch(value):
        return False
    padded = value + "-01-01"[len(value) - _YEAR_DIGITS :] if len(value) < len("2026-01-01") else ""
    try:
        datetime.fromisoformat(padded or value)
    except ValueError:
        return False
    return True


def _date(argument: str, value: str) -> str:
    if argument == "ISO":
        text = value.strip().replace(" ", "T", 1)
        if is_iso(text):
            return text.removesuffix("T00:00:00")  # a day, as a spreadsheet writes it
        raise ValueError("not an ISO 8601 date")
    if "%" in argument:
        return _patterned(argument, value)
    return _ordered(_ORDERS[argument], value)


def _ordered(order: tuple[int, int, int], value: str) -> str:
    """Read numbers in the order given; two are a month and a year, four digits alone a year."""
    if re.fullmatch(r"\d{4}", value.strip()) and is_iso(value.strip()):
        return value.strip()
    found = _PARTS.fullmatch(value)
    if not found:
        raise ValueError("not a date in the declared order")
    given = [part for part in found.groups() if part]
    whole = len(given) == len(order)
    places = order if whole else _without_day(order)
    parts = [given[place] for place in places]
    if len(parts[0]) != _YEAR_DIGITS:
        raise ValueError("the year needs four digits")
    text = "-".join([parts[0], *(part.zfill(2) for part in parts[1:])])
    if not is_iso(text):
        raise ValueError("no such date")
    return text


def _without_day(order: tuple[int, int, int]) -> tuple[int, int]:
    return (0, 1) if order[0] == 0 else (1, 0)


def _patterned(pattern: str, value: str) -> str:
    moment = datetime.strptime(value.strip(), pattern)  # noqa: DTZ007  # a zone is never invented
    return _precisely(moment, pattern)


def windowed(pattern: str, value: str, first: int) -> str:
    """Return a date whose year has two digits: the one in the hundred years from `first` on.

    `ValueError` says that the value is no such date.
    """
    try:
        moment = datetime.strptime(value.strip(), pattern)  # noqa: DTZ007  # the same
        moment = moment.replace(year=first + (moment.year - first) % _CENTURY)
    except ValueError:
        raise ValueError("not a date of the declared form") from None
    return _precisely(moment, pattern)


def _precisely(moment: datetime, pattern: str) -> str:
    """Return a moment as precisely as its pattern says it."""
    if "%H" in pattern or "%I" in pattern:
        return moment.isoformat(timespec="seconds" if "%S" in pattern else "minutes")
    if "%d" in pattern:
        return moment.date().isoformat()
    month = any(one in pattern for one in ("%m", "%b", "%B"))
    return f"{moment:%Y-%m}" if month else f"{moment:%Y}"


def _npi(_argument: str, value: str) -> str:
    text = value.strip()
    if not re.fullmatch(r"[12]\d{9}", text):
        raise ValueError("an NPI has ten digits and starts with 1 or 2")
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(text)]
    if (_NPI_WEIGHT + sum(n // 10 + n % 10 for n in doubled)) % 10:
        raise ValueError("the check digit of the NPI is wrong")
    return text


def _phone(_argument: str, value: str) -> str:
    text = value.strip()
    if len(re.sub(r"\D", "", text)) not in _PHONE_DIGITS:
        raise ValueError("a phone number has ten to fifteen digits")
    return text


def _icd10(_argument: str, value: str) -> str:
    text = value.strip().upper()
    if not _ICD10.fullmatch(text):
        raise ValueError("not shaped like an ICD-10-CM code")
    return text if "." in text or len(text) <= len("I10") else f"{text[:3]}.{text[3:]}"


def _shaped_as(shape: str) -> Callable[[str, str], str]:
    """Return the transform of codes that are used as they stand, but for blanks around them."""
    pattern = re.compile(shape)

    def proved(_argument: str, value: str) -> str:
        text = value.strip()
        if not pattern.fullmatch(text):
            raise ValueError("not shaped like a code of this system")
        return text

    return proved


def _money(_argument: str, value: str) -> str:
    bare = re.sub(r"[\s,$]", "", value)
    try:
        amount = Decimal(bare)
    except InvalidOperation:
        raise ValueError("not an amount of money") from None
    if not amount.is_finite() or "e" in bare.lower():
        raise ValueError("not an amount of money")
    return f"{amount:.2f}"


def _split(argument: str, value: str) -> str:
    return "\n".join(part.strip() for part in value.split(argument) if part.strip())


def _yes_no(_argument: str, value: str) -> str:
    word = value.strip().lower()
    if word in {"y", "yes", "true", "t", "1"}:
        return "true"
    if word in {"n", "no", "false", "f", "0"}:
        return "false"
    raise ValueError("neither yes nor no")


def _unguarded(_argument: str, value: str) -> str:
    return value[1:] if _GUARDED.match(value) else value


def _of(name: str) -> Callable[[str, str], str]:
    """Return the transform that gives what a pick takes."""
    pick = PICKS[name]
    return lambda argument, value: pick(argument, value).text


TRANSFORMS: Final[dict[str, tuple[Callable[[str, str], str], str]]] = {
    "after": (
        _of("after"),
        "what stands behind the first divider: `after:,` of `Ray, Ann` is `Ann`",
    ),
    "after_last": (
        _of("after_last"),
        "what stands behind the last divider: `after_last:,` of `a, b, c` is `c`",
    ),
    "before": (
        _of("before"),
        "what stands before the first divider: `before:,` of `Ray, Ann` is `Ray`",
    ),
    "before_figure": (
        _of("before_figure"),
        "the words before the first figure: of `Aspirin 81 mg daily` it is `Aspirin`",
    ),
    "before_last": (
        _of("before_last"),
        "what stands before the last divider: `before_last:,` of `a, b, c` is `a, b`",
    ),
    "began": (
        _of("began"),
        "the date in words that say when something began: `5/1/2026 - Start Date`",
    ),
    "bracketed": (
        _of("bracketed"),
        (
            "what stands in the brackets a text ends with: `Walk (Ann / daily)` is `Ann / daily`;"
            " `bracketed:[]` for square ones"
        ),
    ),
    "date": (_date, "a date as ISO 8601; `date:MDY`, `DMY`, `YMD`, `ISO` or a strptime pattern"),
    "digits": (_of("digits"), "only the digits"),
    "ended": (
        _of("ended"),
        "the date in words that say when something ended: `6/1/2026 - End Date`",
    ),
    "family": (
        _of("family"),
        (
            "the family name of `Ray, Ann` or of `Ann Ray`; three words are refused,"
            " `family:last` guesses the last word"
        ),
    ),
    "first": (_of("first"), "the first word: `309090 (SCD)` is `309090`"),
    "from_figure": (
        _of("from_figure"),
        "the text from the first figure on: of `Aspirin 81 mg daily` it is `81 mg daily`",
    ),
    "given": (
        _of("given"),
        (
            "the given name of `Ray, Ann` or of `Ann Ray`; three words are refused,"
            " `given:last` guesses all before the last word"
        ),
    ),
    "icd10": (_icd10, "an ICD-10-CM code with its point: `e119` becomes `E11.9`"),
    "last": (
        _of("last"),
        "what stands behind the last divider, the whole where there is none: `last:,`",
    ),
    "line": (
        _of("line"),
        "one line of a cell or value of several: `line:2` of a PDF, Word or RTF cell",
    ),
    "loinc": (_shaped_as(r"\d{1,7}-\d"), "a LOINC code, with its check digit: `8310-5`"),
    "lower": (lambda _argument, value: value.lower(), "lower case"),
    "money": (_money, "an amount as a decimal string: `$1,200` becomes `1200.00`"),
    "npi": (_npi, "an NPI whose check digit is right, digits as given"),
    "phone": (_phone, "a phone number of ten to fifteen digits, as given"),
    "rxnorm": (_shaped_as(r"\d{1,8}"), "an RxNorm number, at most eight digits: `309090`"),
    "snomed": (
        _shaped_as(r"[1-9]\d{5,17}"),
        "a SNOMED CT number of six to eighteen digits: `38341003`",
    ),
    "split": (_split, "a list, one item per line; `split:;` divides at each semicolon"),
    "strip": (lambda _argument, value: value.strip(), "without white space at the ends"),
    "unbracketed": (
        _of("unbracketed"),
        (
            "the text before the brackets it ends with, the whole where it ends with none;"
            " `unbracketed:[]` for square ones"
        ),
    ),
    "unguarded": (_unguarded, "without the apostrophe that kept a cell from being a formula"),
    "unquoted": (_of("unquoted"), "without the quotation marks around the whole"),
    "until": (
        _of("until"),
        "what stands before the first divider, the whole where there is none: `until:,`",
    ),
    "upper": (lambda _argument, value: value.upper(), "upper case"),
    "xcn": (
        _of("xcn"),
        "the name in an HL7 v2 person field: `17^Ray^Ann^Q^^^MD` is `Ann Q Ray, MD`",
    ),
    "xpn": (_of("xpn"), "the name in an HL7 v2 name field: `Ray^Ann^Q` is `Ann Q Ray`"),
    "yes_no": (_yes_no, "`true` or `false` from y, yes, 1, n, no, 0"),
}
"""Every transform there is: name to (function, what it gives)."""

_TAKES: Final[dict[str, Callable[[str], bool]]] = {
    "date": lambda given: given in _ORDERS or given == "ISO" or _dated(given),
    **dict.fromkeys(
        ("after", "after_last", "before", "before_last", "last", "split", "until"), bool
    ),
    "line": lambda given: given.isascii() and given.isdecimal() and 0 < int(given) < _CENTURY,
    "bracketed": lambda given: given in {"", "[]"},
    "unbracketed": lambda given: given in {"", "[]"},
    "family": lambda given: given in {"", "last"},
    "given": lambda given: given in {"", "last"},
}


def _dated(pattern: str) -> bool:
    """Say whether a strptime pattern names a whole year and nothing that needs guessing."""
    return "%Y" in pattern and "%y" not in pattern and "%Z" not in pattern


def open_century(form: str) -> bool:
    """Say whether a strptime pattern is whole but for the century, which a profile must say."""
    return "%y" in form and "%Y" not in form and "%Z" not in form


def system_of(names: Sequence[str]) -> str:
    """Return the code system that a rule's transforms prove, empty where they prove none."""
    return next((SYSTEMS[name] for name in names if name in SYSTEMS), "")


def known(name: str) -> bool:
    """Say whether `name` (`upper`, `date:MDY`, `split:;`) is a transform, argument and all."""
    word, _, argument = name.partition(":")
    takes = _TAKES.get(word)
    return word in TRANSFORMS and (takes(argument) if takes else not argument)


def transform(name: str, value: str) -> str:
    """Apply the transform `name` to `value`; `ValueError` says what is wrong, without the value."""
    if not known(name):
        raise ValueError(f"no transform is called `{name}`")
    word, _, argument = name.partition(":")
    try:
        return TRANSFORMS[word][0](argument, value)
    except ValueError as error:
        if word == "date" and "%" in argument:
            raise ValueError("not a date of the declared form") from None
        raise error from None
