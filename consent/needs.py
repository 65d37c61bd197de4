"""Which consents the laws want for one matter, before anybody looks at what was signed.

`consent.weighing` asks for them per matter; several may apply, and each must be answered: the
strictest law wins because no law's need excuses another's. Federal needs stand here; those of a
state come from its pack's clauses of the kinds `consent` and `minor`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consent import terms
from consent.scene import ADULT, hipaa_permits, outside, protected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consent.forms import Standard
    from consent.packs import Clause
    from consent.scene import Scene
    from consent.terms import Authority, Matter

ANY_GRANT = frozenset({"tpo", "specific", "roi"})
AUTHORIZATIONS = frozenset({"roi", "specific"})


@dataclass(frozen=True, slots=True)
class Need:
    """A consent that a law wants before a matter may go.

    `law` is `part2`, `counselling`, `psychotherapy`, `authorization`, `minor`, `restricted`, or the
    id of a pack's rule. `word` is the category it must name; `cure` what the held queue shows;
    `named` forbids a mere class of recipients; `alone` forbids any other category on the same form;
    `signers` are the authorities whose signature counts, None for all.
    """

    law: str
    kinds: frozenset[str]
    word: str
    cure: str
    standard: Standard | None = None
    named: bool = False
    alone: bool = False
    signers: frozenset[Authority] | None = None


def needs(scene: Scene, matter: Matter) -> tuple[Need, ...]:
    """Return the consents the laws want for a matter; several may apply, each must be answered."""
    return (*_federal(scene, matter), *_state(scene, matter))


def _federal(scene: Scene, matter: Matter) -> Iterator[Need]:
    word = matter.category
    if word == terms.SUD_COUNSELLING_NOTE:
        kinds = frozenset({"sud_counselling"})
        yield Need("counselling", kinds, word, "consent:sud_counselling_note", alone=True)
    elif protected(scene.request, matter):
        if not scene.opened(matter) and scene.granted(matter) is None:
            yield _part2(scene)
    elif outside(scene.request) and not scene.opened(matter):
        yield from _authorization(scene, word)
    if word == terms.PSYCHOTHERAPY_NOTE:
        kinds = frozenset({"psychotherapy"})
        yield Need("psychotherapy", kinds, word, "consent:psychotherapy_note", alone=True)
    if word == terms.RESTRICTED:
        yield Need("restricted", AUTHORIZATIONS, word, "consent:restricted", named=True)
    if word == terms.MINOR:
        away = outside(scene.request)
        kinds = AUTHORIZATIONS if away else ANY_GRANT
        yield Need("minor", kinds, word, "signature:minor", named=away, signers=terms.OWN)


def _part2(scene: Scene) -> Need:
    """Return the need of 42 CFR 2.31; only those outside HIPAA must be named themselves."""
    named = scene.request.recipient.kind == "other"
    kinds = frozenset({"specific"} if named else {"tpo", "specific"})
    signers = terms.OWN if scene.age < ADULT else None
    return Need("part2", kinds, terms.SUD, "consent:sud", "2.31", named=named, signers=signers)


def _authorization(scene: Scene, word: str) -> Iterator[Need]:
    """Yield the need of 45 CFR 164.508 for content that no stricter federal rule guards."""
    if word not in terms.ORDINARY | {terms.MENTAL_HEALTH, terms.SUD}:
        return
    if scene.request.purpose == terms.AUDIT:  # P2-18 decides on auditors
        return
    signers = terms.OWN if word == terms.SUD and scene.age < ADULT else None
    cure = f"authorization:{word}"
    yield Need("authorization", AUTHORIZATIONS, word, cure, "164.508", signers=signers)


def _state(scene: Scene, matter: Matter) -> Iterator[Need]:
    for clause in scene.clauses:
        if matter.category not in clause.categories or scene.lifted(clause.id):
            continue
        if clause.kind == "minor" and in_ages(scene, clause):
            kin = terms.PARENTAL if matter.minor_basis == "parent" else terms.OWN
            cure = f"signature:{matter.category}"
            word, signers = matter.category, terms.OWN | kin
            yield Need(clause.id, clause.forms, word, cure, signers=signers)
        if clause.kind == "consent" and _reaches(scene, clause, matter):
            word = "written_consent" if clause.listed_sources else "consent"
            cure = f"{word}:{matter.category}"
            yield Need(clause.id, clause.forms, matter.category, cure, named=clause.named)


def _reaches(scene: Scene, clause: Clause, matter: Matter) -> bool:
    """Say whether a pack's consent clause applies to this discloser and this recipient."""
    request = scene.request
    if clause.recipients == "outside":
        emergency = scene.opened(matter)
        return outside(request) and not protected(request, matter) and not emergency
    listed = scene.policy.written_mental_health & {request.discloser, "*"}
    return bool(listed) or not clause.listed_sources


def in_ages(scene: Scene, clause: Clause) -> bool:
    """Say whether the member is of a clause's ages, or of an age that can't be right."""
    return scene.age < 0 or clause.ages[0] <= scene.age < clause.ages[1]


def may_have(scene: Scene) -> bool:
    """Say whether a recipient could have a record under a consent: HIPAA lets it, or is outside."""
    return hipaa_permits(scene.request) or outside(scene.request)
