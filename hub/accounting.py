"""An accounting of disclosures: what a member is owed a list of, and what isn't in it, and why.

45 CFR 164.528 (six years), 42 CFR 2.25 (records disclosed with consent, three years) and 2.24 (what
an intermediary disclosed under a general designation, three years). Pure: the page and its PDF, CSV
and JSON are made of the same value, so they can't differ. Every disclosure stands in exactly one
place under 164.528: listed, or left out for one reason. A plan that was released, a request that
told somebody of the member, and a document that came back are disclosures alike.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime  # noqa: TC003  # part of public signatures read at run time
from typing import TYPE_CHECKING, Any

from consent.notices import PART2_FULL, PART2_SHORT
from consent.terms import BTG, SUD, SUD_COUNSELLING_NOTE, TPO
from hub.canonical import Sealed
from hub.spreadsheets import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from consent.records import Consent

HIPAA_YEARS, PART2_YEARS = 6, 3
_AUTHORIZES = frozenset({"roi", "psychotherapy", "hiv", "specific"})

LISTED: dict[str, tuple[str, str]] = {
    "incident": ("45 CFR 164.528(a)(1)", "It went where it should not have gone"),
    "emergency": (
        "42 CFR 2.51(c); house decision",
        "Opened without consent in a medical emergency; listed although it was treatment",
    ),
    "other": ("45 CFR 164.528(a)(1)", "Its purpose is none that may be left out"),
}
"""Why a disclosure is in the list: clause and sentence."""

LEFT_OUT: dict[str, tuple[str, str]] = {
    "tpo": ("45 CFR 164.528(a)(1)(i)", "For treatment, payment or health care operations"),
    "authorization": ("45 CFR 164.528(a)(1)(iv)", "Under an authorization that was signed"),
    "old": ("45 CFR 164.528(a)(1)", "More than six years before the request"),
}
"""Why a disclosure isn't in the list: clause and sentence."""


@dataclass(frozen=True, slots=True, repr=False)
class Row(Sealed):
    """One disclosure: when, to whom, what, why; `listed` or `left_out` says where it stands."""

    id: str
    at: datetime
    by: str
    to: str
    person: str
    address: str
    what: str
    purpose: str
    consents: tuple[str, ...]
    listed: str
    left_out: str
    part2: bool
    general: bool
    tpo: bool


@dataclass(frozen=True, slots=True, repr=False)
class Accounting(Sealed):
    """Everything that left about a member up to a day, sorted into its registers."""

    until: date
    since: date
    since_part2: date
    rows: tuple[Row, ...]

    @property
    def listed(self) -> tuple[Row, ...]:
        """What 45 CFR 164.528 wants listed."""
        return tuple(one for one in self.rows if one.listed)

    @property
    def left_out(self) -> dict[str, int]:
        """How many are left out, by reason."""
        return dict(Counter(one.left_out for one in self.rows if one.left_out))

    @property
    def part2(self) -> tuple[Row, ...]:
        """Substance use records disclosed with consent in three years (42 CFR 2.25)."""
        return tuple(one for one in self.rows if one.part2 and one.at.date() >= self.since_part2)

    @property
    def general(self) -> tuple[Row, ...]:
        """Disclosed by an intermediary under a general designation (42 CFR 2.24)."""
        return tuple(one for one in self.rows if one.general and one.at.date() >= self.since_part2)


def account(
    disclosures: Sequence[Mapping[str, Any]],
    consents: Iterable[Consent],
    until: date,
    kinds: Mapping[str, str],
) -> Accounting:
    """Sort disclosures up to a day; they are the store's rows, oldest first.

    `kinds` are the kinds of plans, requests and documents in words; only plans have a version. A
    row without a kind is an incident told by hand.
    """
    known = {one.id: one for one in consents}
    since = _years_before(until, HIPAA_YEARS)
    rows = [_row(one, known, since, kinds) for one in disclosures if one["at"].date() <= until]
    return Accounting(until, since, _years_before(until, PART2_YEARS), tuple(rows))


def _row(
    one: Mapping[str, Any], known: Mapping[str, Consent], since: date, words: Mapping[str, str]
) -> Row:
    relied = tuple(one["consents"] or ())
    kinds = {known[name].kind for name in relied if name in known}
    listed, left_out = _standing(one, kinds, since)
    withheld = ", without some parts" if one["withheld"] else ""
    version = f", version {one['version']}" if one["version"] is not None else ""
    what = f"{words.get(one['kind'], one['kind'])}{version}{withheld}"
    return Row(
        id=one["id"],
        at=one["at"],
        by=one["sender"],
        to=one["practice"],
        person=one["contact"] or "",
        address=one["address"] or "",
        what=what if one["kind"] else "Reported by hand: see the incident",
        purpose=one["purpose"] or "",
        consents=relied,
        listed=listed,
        left_out=left_out,
        part2=bool(relied) and _part2(one["released"] or (), one["notices"] or ()),
        general=any(known[name].intermediary for name in relied if name in known),
        tpo=one["purpose"] in TPO,
    )


def _standing(one: Mapping[str, Any], kinds: AbstractSet[str], since: date) -> tuple[str, str]:
    """Return (why listed, why left out); one of the two is empty."""
    if one["at"].date() < since:
        return "", "old"
    if one["incident"]:
        return "incident", ""
    if one["purpose"] == BTG:
        return "emergency", ""
    if one["purpose"] in TPO:
        return "", "tpo"
    if kinds & _AUTHORIZES:
        return "", "authorization"
    return "other", ""


def _part2(released: Iterable[Sequence[str]], notices: Iterable[str]) -> bool:
    """Say whether matters, as a release keeps them, hold a substance use record under Part 2.

    What went with the notice of 42 CFR 2.32 counts as one: nobody may know what is in a document.
    """
    return bool({PART2_FULL, PART2_SHORT} & set(notices)) or any(
        origin == "yes" or (origin == "unknown" and category in {SUD, SUD_COUNSELLING_NOTE})
        for category, origin, *_ in released
    )


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


HEAD = (
    *("date", "disclosed_by", "recipient", "person", "address", "what", "purpose", "consents"),
    *("listed_164_528", "why", "clause", "part2_2_25", "intermediary_2_24", "id"),
)


def _cells(one: Row, made: Accounting, purposes: Mapping[str, str]) -> tuple[str, ...]:
    """Return a row as files hold it, in the order of `HEAD`."""
    clause, why = LISTED[one.listed] if one.listed else LEFT_OUT[one.left_out]
    return (
        *(one.at.isoformat(timespec="seconds"), one.by, one.to, one.person, one.address),
        *(one.what, purposes.get(one.purpose, one.purpose), " ".join(one.consents)),
        *("yes" if one.listed else "no", why, clause),
        *("yes" if one in made.part2 else "no", "yes" if one in made.general else "no"),
        one.id,
    )


def as_csv(made: Accounting, purposes: Mapping[str, str]) -> bytes:
    """Return every row as CSV in UTF-8, left out ones too, each with its reason."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(HEAD)
    for one in made.rows:
        table.writerow([harmless(cell) for cell in _cells(one, made, purposes)])
    return out.getvalue().encode()


def as_json(made: Accounting, purposes: Mapping[str, str]) -> bytes:
    """Return every row as JSON in UTF-8 under the names of the CSV's columns."""
    rows = [dict(zip(HEAD, _cells(one, made, purposes), strict=True)) for one in made.rows]
    days = {"since": made.since.isoformat(), "since_part2": made.since_part2.isoformat()}
    whole = {**days, "until": made.until.isoformat(), "disclosures": rows}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()
