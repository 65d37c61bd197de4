"""Every rule in the order of precedence, as one table. `decide` asks each about each matter.

The order changes no outcome, since any forbid beats every permit; it is the order in which reasons
are listed: what never goes, notes, Part 2, the states' packs, limits, then what HIPAA permits.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from consent import federal, house, special
from consent.kinds import KINDS
from consent.ruling import OFF, Rule
from consent.states import SHIPPED

if TYPE_CHECKING:
    from consent.packs import Clause, Pack
    from consent.records import Policy

_FIRST: tuple[Rule, ...] = (
    house.unlabelled,
    house.unknown_category,
    federal.unverified,
    special.left,
    federal.legal_proceedings,
    federal.counselling_note,
    federal.psychotherapy_note,
    special.notes_stay,
    special.emergency,
    special.disaster,
    special.audit,
    house.unknown_origin,
    federal.part2_consent,
    federal.single_tpo_consent,
    federal.specific_consent,
    federal.deficient_form,
    federal.revoked,
    federal.expired,
    federal.onward_under_hipaa,
    federal.part2_recipient,
    federal.outside_recipient,
    special.intermediary,
    federal.minors_signature,
    federal.minors_own_care,
    federal.unnoticed,
    special.notice_needed,
    special.unread_state,
)
_LAST: tuple[Rule, ...] = (
    federal.restriction,
    house.person_limited,
    house.refusal,
    special.law_wins,
    house.colleague,
    house.perpetual_form,
    house.revoked_form,
    house.revoked_upstream,
    house.expired_form,
    house.grown_up,
    house.authority,
    house.second_person,
    house.household,
    federal.treatment,
    federal.operations,
    special.other_plans,
    special.assessments,
    federal.authorization,
    federal.defective_authorization,
)


def _of_pack(pack: Pack, clause: Clause) -> Rule:
    """Bind a clause to its kind; a sleeping one says how it is woken."""
    switch = OFF if clause.on else "Policy.on"
    return Rule(
        clause.id,
        clause.citation,
        partial(KINDS[clause.kind], clause),
        f"{pack.name} (pack {pack.key})",
        clause.owner,
        "Policy.written_mental_health" if clause.listed_sources else switch,
        pack.key,
        clause.says,
    )


@lru_cache(maxsize=16)
def rules_of(packs: tuple[Pack, ...]) -> tuple[Rule, ...]:
    """Return every rule there is under these packs, in the order of precedence."""
    ours = [_of_pack(pack, one) for pack in packs for one in pack.clauses if one.kind != "notice"]
    return (*_FIRST, *ours, *_LAST)


RULES: tuple[Rule, ...] = rules_of(SHIPPED)
"""The rules under the packs that ship with the hub."""


def check_switches(policy: Policy) -> None:
    """`ValueError` where a policy switches a rule that always holds, or one that doesn't exist."""
    clauses = {one.id: one for pack in policy.packs for one in pack.clauses}
    fixed = {one.id for one in rules_of(policy.packs) if OFF in one.switch} | set(clauses)
    packs = {one.id for one in policy.packs}
    if not policy.off <= fixed | packs or not policy.on <= set(clauses):
        raise ValueError("a policy switches a rule that can't be switched")
