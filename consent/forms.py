"""What a form must hold before it can carry a release: the elements each law lists, as a table.

The privacy officer's page shows `deficiencies` when a consent is recorded; `consent.weighing` asks
again at every decision, since the elements wanted depend on who receives (42 CFR 2.31(a)(4)(iii)).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from consent.terms import LEGAL, LIMITS, TPO

if TYPE_CHECKING:
    from collections.abc import Callable

    from consent.records import Consent

Standard: TypeAlias = Literal["2.31", "164.508", "act148", "limit"]

STANDARD: dict[str, Standard] = {
    "tpo": "2.31",
    "specific": "2.31",
    "sud_counselling": "2.31",
    "proceedings": "2.31",
    "roi": "164.508",
    "psychotherapy": "164.508",
    "hiv": "act148",
    "refusal": "limit",
    "restriction": "limit",
}
"""Which law's list of elements each kind of form must hold."""


def deficiencies(
    consent: Consent, standard: Standard | None = None, *, hipaa_recipient: bool = False
) -> tuple[str, ...]:
    """Return each element the form lacks, by citation and name, under its own or another standard.

    `2.31` is 42 CFR 2.31(a), `164.508` is 45 CFR 164.508(c), `act148` is 35 P.S. 7607(c).
    `hipaa_recipient` asks for the statement that 2.31(a)(4)(iii) wants when a covered entity or
    business associate receives for treatment, payment or operations.
    """
    wanted = standard or STANDARD[consent.kind]
    lacking = [name for name, held in ELEMENTS[wanted] if not held(consent)]
    if wanted == "2.31":
        lacking += _part2_extras(consent, hipaa_recipient=hipaa_recipient)
    return tuple(lacking)


def perpetual(consent: Consent) -> bool:
    """Say whether a form that may not end with "none" does (HR-03)."""
    return consent.expires.never and consent.kind != "tpo" and consent.kind not in LIMITS


Element: TypeAlias = "tuple[str, Callable[[Consent], bool]]"


def _says(statement: str) -> Callable[[Consent], bool]:
    return lambda consent: statement in consent.statements


def _written(consent: Consent) -> bool:
    return consent.method != "verbal"


def _signed(consent: Consent) -> bool:
    return bool(consent.signed_by)


def _dated(consent: Consent) -> bool:
    return consent.signed_on is not None


ELEMENTS: dict[Standard, tuple[Element, ...]] = {
    "2.31": (
        ("2.31(a)(1) patient name", _says("patient_name")),
        ("2.31(a)(2) discloser", lambda consent: consent.disclosers.stated),
        ("2.31(a)(3) description", lambda consent: bool(consent.categories)),
        ("2.31(a)(4) recipient", lambda consent: consent.recipients.stated),
        ("2.31(a)(5) purpose", lambda consent: bool(consent.purposes)),
        ("2.31(a)(6) right to revoke", _says("right_to_revoke")),
        ("2.31(a)(7) expiry", lambda consent: consent.expires.stated),
        ("2.31(a)(8) signature", _signed),
        ("2.31(a)(9) date", _dated),
        ("2.31(a) written", _written),
    ),
    "164.508": (
        ("164.508(c)(1)(i) description", lambda consent: bool(consent.categories)),
        ("164.508(c)(1)(ii) discloser", lambda consent: consent.disclosers.stated),
        ("164.508(c)(1)(iii) recipient", lambda consent: consent.recipients.stated),
        ("164.508(c)(1)(iv) purpose", lambda consent: bool(consent.purposes)),
        ("164.508(c)(1)(v) expiry", lambda consent: consent.expires.stated),
        ("164.508(c)(1)(vi) signature", _signed),
        ("164.508(c)(1)(vi) date", _dated),
        ("164.508(c)(2)(i) right to revoke", _says("right_to_revoke")),
        ("164.508(c)(2)(ii) conditioning", _says("refusal_consequences")),
        ("164.508(c)(2)(iii) redisclosure", _says("redisclosure")),
        ("164.508(c) written", _written),
    ),
    "act148": (
        ("7607(c) discloser", lambda consent: consent.disclosers.stated),
        ("7607(c) recipient", lambda consent: consent.recipients.stated),
        ("7607(c) subject", _says("patient_name")),
        ("7607(c) purpose", lambda consent: bool(consent.purposes)),
        ("7607(c) how much and what kind", lambda consent: bool(consent.categories)),
        ("7607(c) signature", _signed),
        ("7607(c) date", _dated),
        ("7607(c) revocable", _says("right_to_revoke")),
        ("7607(c) expiry", lambda consent: consent.expires.stated),
        ("7607(c) written", _written),
    ),
    "limit": (("signature", _signed),),
}
"""The elements each standard asks for: what it is called, and how a form shows it."""


def _part2_extras(consent: Consent, *, hipaa_recipient: bool) -> list[str]:
    """Return what 2.31 asks of some forms only: (4)(ii), (4)(iii), (10) and (d)."""
    lacking = []
    named = consent.recipients
    participants = (named.organisations - {consent.intermediary}) | named.persons
    if consent.intermediary and not participants and named.classes != {"treating_provider"}:
        lacking.append("2.31(a)(4)(ii) intermediary's participants")
    for_hipaa = hipaa_recipient and bool(consent.purposes & TPO)
    if (consent.kind == "tpo" or for_hipaa) and "redisclosure" not in consent.statements:
        lacking.append("2.31(a)(4)(iii) redisclosure")
    if consent.kind == "tpo" and "refusal_consequences" not in consent.statements:
        lacking.append("2.31(a)(10) consequences of refusing")
    if (consent.kind == "proceedings") != (LEGAL in consent.purposes) or (
        consent.kind == "proceedings" and len(consent.purposes) > 1
    ):
        lacking.append("2.31(d) proceedings consent stands alone")
    return lacking
