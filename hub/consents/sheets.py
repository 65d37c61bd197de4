"""Consents on a sheet: a CSV file, one form a row, read into drafts.

The import calls `read_sheet`. Column names are fixed (`COLUMNS`); lists within a cell are parted by
`;`. A row that can't be read is a draft with a problem, never an error: its neighbours go on.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING, Final, get_args

from consent.records import Consent, Expiry, Parties
from consent.terms import Authority, Kind, Method
from hub.consents.drafts import Draft
from hub.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

COLUMNS: Final[dict[str, str]] = {
    "member_id": "the member's id with their payer, or their Medicaid id",
    "kind": "tpo, specific, roi, hiv, sud_counselling, psychotherapy, refusal, restriction",
    "from": "organisations that may disclose, by id or NPI",
    "from_classes": "classes that may disclose: health_plan …",
    "to": "organisations that may receive, by id or NPI",
    "to_persons": "persons that may receive, by contact id",
    "to_classes": "classes that may receive: treating_provider …",
    "intermediary": "an intermediary named as recipient, by id",
    "purposes": "TREAT, HPAYMT, HOPERAT, CAREMGT, LEGAL",
    "categories": "general, sud, hiv, mental_health …",
    "signed_on": "the day on the form, YYYY-MM-DD",
    "signed_by": "who signed, as on the form",
    "authority": "member, minor, parent, guardian, personal_representative, poa, relative",
    "proof": "what showed the signer's authority; empty: nothing did",
    "method": "paper, electronic, verbal",
    "witness": "who heard a spoken consent",
    "starts": "first day, YYYY-MM-DD; empty: the day it was signed",
    "ends": "last day YYYY-MM-DD, `none`, or `event: …`",
    "statements": "patient_name; right_to_revoke; redisclosure; refusal_consequences",
}
"""Every column and what it holds; `member_id` and `kind` must be there."""

MOST_ROWS: Final = 10_000
_LONGEST: Final = 200


class _Wrong(ValueError):
    """A cell that can't be read; names its column, never what it holds."""


def read_sheet(content: bytes, directory: Mapping[str, str], at: datetime) -> tuple[Draft, ...]:
    """Return a draft a row; `Refused` 422 when the file is no such sheet at all."""
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        names = [name.strip().lower() for name in rows.fieldnames or ()]
        rows.fieldnames = names
        found = list(_limited(rows))
    except (UnicodeDecodeError, csv.Error):
        raise Refused(
            "unreadable", "this is no CSV in UTF-8; export it again", status=422
        ) from None
    missing = {"member_id", "kind"} - set(names)
    unknown = set(names) - set(COLUMNS)
    if missing or unknown or len(names) != len(set(names)):
        raise Refused("columns", f"columns are {', '.join(COLUMNS)}; nothing else", status=422)
    return tuple(_draft(number, row, directory, at) for number, row in enumerate(found, 2))


def _limited(rows: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    for number, row in enumerate(rows):
        if number >= MOST_ROWS:
            raise Refused("too_many", f"at most {MOST_ROWS} rows; split the file", status=422)
        yield row


def _draft(
    number: int, row: Mapping[str, str], directory: Mapping[str, str], at: datetime
) -> Draft:
    if None in row or None in row.values():  # more or fewer cells than columns
        return Draft(number=number, problem="cells")
    cells = {name: " ".join(value.split()) for name, value in row.items()}
    who = cells["member_id"]
    if any(len(value) > _LONGEST and name != "statements" for name, value in cells.items()):
        return Draft(number=number, who=(who,), problem="too_long")
    try:
        made = _consent(number, cells, directory, at)
    except _Wrong as wrong:
        return Draft(number=number, who=(who,), problem=str(wrong))
    return Draft(number=number, who=(who,), consent=made)


def _consent(
    number: int, cells: Mapping[str, str], directory: Mapping[str, str], at: datetime
) -> Consent:
    proof = cells.get("proof", "")
    return Consent(
        id=f"row-{number}",
        member="",
        kind=_choice(cells, "kind", get_args(Kind), "") or _wrong("kind"),  # type: ignore[arg-type]  # one of the kinds, checked by _choice
        disclosers=_parties(cells, "from", directory),
        recipients=_parties(cells, "to", directory),
        intermediary=next(iter(_ids(cells, "intermediary", directory)), ""),
        purposes=_many(cells, "purposes"),
        categories=_many(cells, "categories"),
        signed_on=_day(cells, "signed_on"),
        signed_by=cells.get("signed_by", ""),
        authority=_choice(cells, "authority", get_args(Authority), "member"),  # type: ignore[arg-type]  # as above
        proven=bool(proof),
        proof=proof,
        method=_choice(cells, "method", get_args(Method), "paper"),  # type: ignore[arg-type]  # as above
        witness=cells.get("witness", ""),
        starts=_day(cells, "starts"),
        expires=_ends(cells),
        statements=_many(cells, "statements"),
        recorded_at=at,
    )


def _choice(cells: Mapping[str, str], name: str, known: tuple[str, ...], otherwise: str) -> str:
    word = cells.get(name, "").lower() or otherwise
    if word and word not in known:
        _wrong(name)
    return word


def _wrong(name: str) -> str:
    raise _Wrong(name)


def _day(cells: Mapping[str, str], name: str) -> date | None:
    given = cells.get(name, "")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise _Wrong(name) from None


def _ends(cells: Mapping[str, str]) -> Expiry:
    given = cells.get("ends", "")
    if given.lower() in {"none", "never"}:
        return Expiry(never=True)
    if given.lower().startswith("event:"):
        return Expiry(event=given[6:].strip()) if given[6:].strip() else Expiry()
    return Expiry(on=_day(cells, "ends"))


def _many(cells: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(filter(None, (one.strip() for one in cells.get(name, "").split(";"))))


def _ids(cells: Mapping[str, str], name: str, directory: Mapping[str, str]) -> frozenset[str]:
    return frozenset(directory.get(one, one) for one in _many(cells, name))


def _parties(cells: Mapping[str, str], side: str, directory: Mapping[str, str]) -> Parties:
    return Parties(
        organisations=_ids(cells, side, directory),
        persons=_many(cells, f"{side}_persons"),
        classes=_many(cells, f"{side}_classes"),
    )
