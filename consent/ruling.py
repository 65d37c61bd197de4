"""What a rule is: an id, the clause it stands on, and a function that permits, forbids or passes.

A rule's docstring is the one sentence the privacy officer signs. `decide` asks every rule about
every matter; a rule that raises denies the matter it was asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from consent.needs import Law
    from consent.terms import Effect
    from consent.weighing import Answered, Ask, Failing


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one matter; `cure` names what would lift a forbid."""

    effect: Effect
    consent: str | None = None
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `check` returns a verdict, or None where the rule doesn't apply."""

    id: str
    citation: str
    check: Callable[[Ask], Verdict | None]

    @property
    def sentence(self) -> str:
        """The sentence a privacy officer signs."""
        return " ".join((self.check.__doc__ or "").split())


def rule(name: str, citation: str) -> Callable[[Callable[[Ask], Verdict | None]], Rule]:
    """Make a rule of the function below it."""
    return lambda check: Rule(name, citation, check)


def permit(answer: Answered | None = None) -> Verdict:
    """Permit, relying on the consent that answers a need where one is given."""
    by = answer.by if answer else None
    return Verdict("permit", by.consent.id if by else None)


def forbid(cure: str, consent: str | None = None) -> Verdict:
    """Forbid, saying what would lift it and which consent nearly sufficed or stands against it."""
    return Verdict("forbid", consent, cure)


def near_miss(
    answer: Answered | None, *failings: Failing, onward: bool | None = None
) -> str | None:
    """Return the id of the newest consent on point that fails an open need in one of these ways."""
    if answer is None or answer.by is not None:
        return None
    for one in answer.candidates:
        if one.failings & set(failings) and onward in {None, one.onward}:
            return one.consent.id
    return None


def cure_of(answer: Answered) -> str:
    """Return the machine word for what would answer a need."""
    return CURES[answer.need.law].format(word=answer.need.word)


OTHER_LAWS: tuple[Law, ...] = (
    "authorization",
    "psychotherapy",
    "hiv",
    "written",
    "minor",
    "restricted",
)
"""The laws besides 42 CFR Part 2 that may want a consent."""

CURES = {
    "part2": "consent:sud",
    "counselling": "consent:sud_counselling_note",
    "psychotherapy": "consent:psychotherapy_note",
    "hiv": "consent:hiv",
    "authorization": "authorization:{word}",
    "written": "written_consent:{word}",
    "minor": "signature:{word}",
    "restricted": "consent:restricted",
}
"""What the privacy officer's held queue shows for each kind of open need."""
