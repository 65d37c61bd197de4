"""Step three: whose plan is this? Exact, by (payer, member id), or a person decides.

A false link is a disclosure, so nothing is fuzzy: the id must be on the sender's roster, the name
must agree, and birth date and sex may not conflict (STANDARDS §6.2, HL7 Identity Matching: only
*Best* links by itself). Anything else is UNMATCHED with evidence. Pure.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.canonical import Plan, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hub.directory import RosterMember

REASONS: dict[str, str] = {
    "no_member_id": "the document gives no member id",
    "not_on_roster": "no member of the sender's roster has this id",
    "two_candidates": "the document's ids belong to different members",
    "not_active": "the member is no longer with the sender",
    "returned": "the practice says it is another person's plan; name the member again",
    "name_conflict": "the name differs from the roster's",
    "name_missing": "the document gives no name to confirm the id with",
    "birth_date_conflict": "the birth date differs from the roster's",
    "sex_conflict": "the sex differs from the roster's",
}
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "md", "mr", "mrs", "ms"}
_SEX = {"f": "female", "m": "male", "female": "female", "male": "male"}


@dataclass(frozen=True, slots=True)
class Match:
    """The member found, or None; `evidence`: codes of what agreed, `conflicts`: what did not."""

    member: str | None
    evidence: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


def match(
    plan: Plan,
    keys: Iterable[str],
    mco: str,
    roster: Mapping[tuple[str, str], tuple[RosterMember, ...]],
) -> Match:
    """Find the plan's member among the sender's roster members with one of the plan's keys."""
    keys = tuple(keys)
    if not keys:
        return Match(None, conflicts=("no_member_id",))
    found = {m.id: m for key in keys for m in roster.get((mco, key), ())}
    if not found:
        return Match(None, conflicts=("not_on_roster",))
    if len(found) > 1:
        return Match(None, conflicts=("two_candidates",))
    (candidate,) = found.values()
    agreed, conflicts = _compared(plan, candidate)
    member = None if conflicts else candidate.id
    return Match(member, ("payer_and_member_id", *agreed), conflicts)


def _compared(plan: Plan, candidate: RosterMember) -> tuple[tuple[str, ...], tuple[str, ...]]:
    agreed: list[str] = []
    conflicts: list[str] = [] if candidate.active else ["not_active"]
    name = _name(plan, candidate)
    (agreed if name == "name" else conflicts).append(name)
    born = said(plan.member.birth_date)[:10]
    if born and candidate.birth_date:
        same = candidate.birth_date.startswith(born) or born.startswith(candidate.birth_date)
        (agreed if same else conflicts).append("birth_date" if same else "birth_date_conflict")
    sex, known = _sex(said(plan.member.sex)), _sex(candidate.sex)
    if sex and known:
        (agreed if sex == known else conflicts).append("sex" if sex == known else "sex_conflict")
    return tuple(agreed), tuple(conflicts)


def _name(plan: Plan, candidate: RosterMember) -> str:
    family, given = words(said(plan.member.name.family)), words(" ".join(plan.member.name.given))
    if not family or not given:
        return "name_missing"
    theirs = words(candidate.family)
    same_family = family == theirs or set(family) <= set(theirs) or set(theirs) <= set(family)
    same_given = bool(set(given[:2]) & set(words(candidate.given)))
    return "name" if same_family and same_given else "name_conflict"


def words(name: str) -> tuple[str, ...]:
    """Return a name's words without case, diacritics, hyphens, suffixes or invisible characters."""
    flat = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(c if c.isalnum() else " " for c in flat if not unicodedata.combining(c))
    return tuple(word for word in kept.split() if word not in _SUFFIXES)


def _sex(value: str) -> str:
    return _SEX.get(value.casefold().strip(), "")
