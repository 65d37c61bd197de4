"""The notices that travel with a release, verbatim, and the scope of a consent in words.

The release step prints or stamps them by id. The Part 2 texts are those of 42 CFR 2.32(a) as
amended in 2024; compare them with eCFR, and the Act 148 text with counsel, before going live.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consent import terms
from consent.scene import part2_noticed
from consent.states import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consent.packs import Pack
    from consent.records import Consent
    from consent.scene import Scene
    from consent.terms import Matter

PART2_FULL = "part2_2.32_statement1"
PART2_SHORT = "part2_2.32_statement2"
PART2_SCOPE = "part2_2.32b_scope"


def texts_of(packs: Iterable[Pack]) -> dict[str, str]:
    """Return the notice texts of law packs by id."""
    return {one.notice: one.text for pack in packs for one in pack.clauses if one.kind == "notice"}


TEXTS: dict[str, str] = {
    PART2_FULL: (
        "This record which has been disclosed to you is protected by Federal confidentiality rules "
        "(42 CFR part 2). These rules prohibit you from using or disclosing this record, or "
        "testimony that describes the information contained in this record, in any civil, "
        "criminal, administrative, or legislative proceedings by any Federal, State, or local "
        "authority, against the patient, unless authorized by the consent of the patient, except "
        "as provided at 42 CFR 2.12(c)(5) or as authorized by a court in accordance with 42 CFR "
        "2.64 or 2.65. In addition, the Federal rules prohibit you from making any other use or "
        "disclosure of this record unless at least one of the following applies: (i) Further use "
        "or disclosure is expressly permitted by the written consent of the individual whose "
        "information is being disclosed in this record or as otherwise permitted by 42 CFR part "
        "2. (ii) You are a covered entity or business associate and have received the record for "
        "treatment, payment, or health care operations, or (iii) You have received the record "
        "from a covered entity or business associate as permitted by 45 CFR part 164, subparts A "
        "and E. A general authorization for the release of medical or other information is NOT "
        "sufficient to meet the required elements of written consent to further use or redisclose "
        "the record (see 42 CFR 2.31)."
    ),
    PART2_SHORT: "42 CFR part 2 prohibits unauthorized use or disclosure of these records.",
} | texts_of(SHIPPED)
"""Notice texts by id, those of the packs that ship included.

`PART2_SCOPE` has no fixed text: it is `scope` of the consent relied on.
"""


def notices(scene: Scene, released: Iterable[Matter]) -> tuple[str, ...]:
    """Return the ids of the notices a release must carry (2.32(a)-(b), 35 P.S. 7607(e)).

    What goes without a consent, in an emergency or to an auditor, has no consent's scope to tell.
    """
    found = []
    matters = tuple(released)
    if any(part2_noticed(scene.request, one) for one in matters):
        short = scene.policy.short_part2_notice
        found.append(PART2_SHORT if short else PART2_FULL)
        if scene.request.purpose not in {terms.BTG, terms.AUDIT}:
            found.append(PART2_SCOPE)
    inside = {one.category for one in matters}
    found += [
        one.notice for one in scene.clauses if one.kind == "notice" and one.categories & inside
    ]
    return tuple(found)


def scope(consent: Consent, carried: Iterable[str] | None = None) -> str:
    """Return a clear explanation of a consent's scope, without names (42 CFR 2.32(b)).

    `carried` are the categories in a release. The consent's others are not named to its recipient:
    they would tell what else there is. None names them all, for who may see the whole consent.
    """
    end = "the end stated on the form"
    if consent.expires.never:
        end = "no end date, until revoked"
    elif consent.expires.on:
        end = f"the end of {consent.expires.on.isoformat()}"
    elif consent.expires.at:
        end = consent.expires.at.isoformat()
    told = consent.categories if carried is None else consent.categories & frozenset(carried)
    named = ", ".join(sorted(told)) or "this plan"
    signed = consent.signed_on.isoformat() if consent.signed_on else "an unstated day"
    return (
        f"Disclosed under consent {consent.id}, signed {signed}. "
        f"Content: {named}. "
        f"Purposes: {', '.join(sorted(consent.purposes))}. Valid until {end}."
    )
