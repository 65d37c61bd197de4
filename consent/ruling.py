"""What a rule is: an id, the clause it stands on, and a function that permits, forbids or passes.

A rule's docstring is the one sentence the privacy officer signs. `decide` asks every rule about
every matter; a rule that raises denies the matter it was asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from consent.terms import Effect, Failing
    from consent.weighing import Answered, Ask


OFF = "Policy.off"
HOUSE = "House decisions"
LAWS = {"P2": "42 CFR Part 2", "HI": "HIPAA, 45 CFR Part 164", "438": "Medicaid, 42 CFR Part 438"}
"""The body of law by the first part of a rule's id; any other id is the house's."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one matter; `cure` names what would lift a forbid."""

    effect: Effect
    consent: str | None = None
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `check` returns a verdict, or None where the rule doesn't apply.

    `law` is the body of law it is listed under, `owner` who answers for it, `pack` the law pack it
    belongs to. `switch` says how a policy may change it, empty for a rule that always holds; `OFF`
    means that `Policy.off` may name it. `says` stands for the docstring of a pack's rule.
    """

    id: str
    citation: str
    check: Callable[[Ask], Verdict | None]
    law: str = HOUSE
    owner: str = "privacy officer"
    switch: str = ""
    pack: str = ""
    says: str = ""

    @property
    def sentence(self) -> str:
        """The sentence a privacy officer signs."""
        return self.says or " ".join((self.check.__doc__ or "").split())


def rule(
    name: str, citation: str, *, switch: str = ""
) -> Callable[[Callable[[Ask], Verdict | None]], Rule]:
    """Make a rule of the function below it; its law shows in its id."""
    law = LAWS.get(name.partition("-")[0], HOUSE)
    return lambda check: Rule(name, citation, check, law, switch=switch)


def permit(answer: Answered | None = None) -> Verdict:
    """Permit, relying on the consent that answers a need where one is given."""
    by = answer.by if answer else None
    return Verdict("permit", by.consent.id if by else None)


def forbid(cure: str, consent: str | None = None) -> Verdict:
    """Forbid, saying what would lift it and which consent nearly sufficed or stands against it."""
    return Verdict("forbid", consent, cure)


def miss(answer: Answered | None, *failings: Failing, onward: bool | None = None) -> Verdict | None:
    """Forbid where an open need has a consent on point that fails it in one of these ways."""
    if answer is None or answer.by is not None:
        return None
    for one in answer.candidates:
        if one.failings & set(failings) and onward in {None, one.onward}:
            return forbid(answer.need.cure, one.consent.id)
    return None


def others(ask: Ask) -> Iterator[Answered]:
    """Yield the needs raised under laws other than 42 CFR Part 2."""
    return (one for one in ask.needs if one.need.law not in {"part2", "counselling"})
