"""Every rule in the order of precedence, as one table. `decide` asks each about each matter.

The order changes no outcome, since any forbid beats every permit; it is the order in which reasons
are listed: proceedings, notes, HIV, Part 2, minors, mental health, limits, then what HIPAA permits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consent import federal, house, pennsylvania

if TYPE_CHECKING:
    from consent.ruling import Rule

RULES: tuple[Rule, ...] = (
    house.unlabelled,
    house.unknown_category,
    federal.legal_proceedings,
    federal.counselling_note,
    federal.psychotherapy_note,
    pennsylvania.hiv,
    house.hiv_class,
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
    federal.minors_signature,
    pennsylvania.minor_mental_health,
    pennsylvania.proxy,
    pennsylvania.sud_under_hipaa,
    pennsylvania.sud_outside_hipaa,
    pennsylvania.mental_health,
    pennsylvania.written_mental_health,
    federal.restriction,
    house.refusal,
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
    federal.authorization,
    federal.defective_authorization,
)
"""The rules a decision asks."""

ELSEWHERE: tuple[tuple[str, str, str], ...] = (
    (
        "HR-17",
        "house decision 17",
        "A limit set by a relative without proven authority doesn't bind.",
    ),
    (
        "PA-08",
        "35 P.S. 7607(e)",
        "Every release of HIV-related content carries the Act 148 notice.",
    ),
    (
        "2.32",
        "42 CFR 2.32(a)-(b)",
        "Every release of substance use records carries the notice and the scope of the consent.",
    ),
)
"""Rules that give no verdict: which limits are heard (`weighing`), and duties (`notices`)."""
