"""What an import would do, row by row, before it does anything: the dry run, and the same for real.

The API and the command line call `plan`; the store then keeps `kept` of it in one transaction.
Everything imported is marked as recorded in bulk, so that a grant carries nothing until a second
person approved it (HR-20), while a refusal binds at once. Pure; never decides about a release.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, TypeAlias

from consent.checking import Fault, check, possible
from consent.comparing import clashes, duplicates
from hub.canonical import Sealed
from hub.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from consent.records import Consent, Policy
    from hub.consents.drafts import Draft

Verdict: TypeAlias = Literal[
    "good", "deficient", "conflict", "duplicate", "unknown_member", "refused"
]
KEPT = frozenset({"good", "deficient", "conflict"})
VERDICTS: dict[str, str] = {
    "good": "would be kept",
    "deficient": "would be kept, carries nothing: an element is missing",
    "conflict": "would be kept, contradicts another on file: a person should decide",
    "duplicate": "is on file already; nothing is added",
    "unknown_member": "names no member of this sender",
    "refused": "is no form that can be kept",
}
"""Verdicts and what they mean."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Row(Sealed):
    """What would become of one form: its verdict, faults, notes, and the records it runs into."""

    number: int
    verdict: Verdict
    problem: str = ""
    faults: tuple[Fault, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    against: tuple[str, ...] = ()
    consent: Consent | None = None
    scan: tuple[bytes, str] | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Known(Sealed):
    """What the hub knows already: members by identifier, their consents by member."""

    members: Mapping[str, str]
    consents: Mapping[str, Sequence[Consent]]


def plan(
    drafts: Sequence[Draft], known: Known, policy: Policy, today: date, by: str
) -> tuple[Row, ...]:
    """Return what would become of each draft, in their order; `by` records them."""
    on_file: dict[str, list[Consent]] = defaultdict(list)
    for member, consents in known.consents.items():
        on_file[member] = list(consents)
    rows = []
    for draft in drafts:
        row = _row(draft, known.members, on_file, policy, today, by)
        if row.verdict in KEPT and row.consent is not None:
            on_file[row.consent.member].append(row.consent)
        rows.append(row)
    return tuple(rows)


def kept(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows whose records would be kept."""
    return tuple(one for one in rows if one.verdict in KEPT)


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """Return how many rows have each verdict, every verdict named."""
    found = Counter(one.verdict for one in rows)
    return {verdict: found[verdict] for verdict in VERDICTS}  # type: ignore[index]  # the same words


def _row(
    draft: Draft,
    members: Mapping[str, str],
    on_file: Mapping[str, Sequence[Consent]],
    policy: Policy,
    today: date,
    by: str,
) -> Row:
    if draft.consent is None:
        return Row(number=draft.number, verdict="refused", problem=draft.problem, notes=draft.notes)
    member = next((members[one] for one in draft.who if one in members), None)
    if member is None:
        return Row(number=draft.number, verdict="unknown_member", notes=draft.notes)
    made = fresh(draft.consent, member, by, bulk=True)
    if draft.scan is not None:
        made = replace(made, scan=sha256(draft.scan[0]).hexdigest())
    faults = check(made, policy, today)
    if not possible(faults):
        return Row(number=draft.number, verdict="refused", faults=faults, notes=draft.notes)
    mine = on_file.get(member, ())
    verdict, against = _verdict(made, mine, faults)
    return Row(
        number=draft.number,
        verdict=verdict,
        faults=faults,
        notes=draft.notes,
        against=against,
        consent=made,
        scan=draft.scan,
    )


def _verdict(
    made: Consent, mine: Sequence[Consent], faults: Sequence[Fault]
) -> tuple[Verdict, tuple[str, ...]]:
    doubles = duplicates(made, mine)
    if doubles:
        return "duplicate", doubles
    against = clashes(made, mine)
    if against:
        return "conflict", against
    lacking = any(one.weight == "deficient" for one in faults)
    return ("deficient" if lacking else "good"), ()


def fresh(consent: Consent, member: str, by: str, *, bulk: bool) -> Consent:
    """Return a record made by somebody outside as one of ours: nothing the hub alone may say."""
    return replace(
        consent,
        id=new_id("cns"),
        member=member,
        recorded_by=by,
        bulk=bulk,
        approved_by="",
        supersedes="",
        superseded_by="",
        revoked_at=None,
        scan="",
        expires=replace(consent.expires, event_at=None),
    )
