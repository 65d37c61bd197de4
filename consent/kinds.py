"""The kinds of rule a law pack may use: one function each, taking a clause's parameters.

`consent.rules` binds every clause of a pack to its kind. A kind answers like any rule: permit,
forbid, or nothing to say; it is asked only while its pack is in force for the member's state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consent import terms
from consent.needs import in_ages, may_have
from consent.ruling import Verdict, forbid, permit
from consent.scene import ADULT, hipaa_permits, necessary, protected

if TYPE_CHECKING:
    from collections.abc import Callable

    from consent.packs import Clause
    from consent.weighing import Ask


def _permit(clause: Clause, ask: Ask) -> Verdict | None:
    """Let the categories, outside Part 2, go to a covered entity as HIPAA allows."""
    plain = ask.matter.category in clause.categories and not protected(ask.request, ask.matter)
    goes = plain and hipaa_permits(ask.request) and necessary(ask.scene, ask.matter)
    return permit() if goes else None


def _consent(clause: Clause, ask: Ask) -> Verdict | None:
    """Want one of the forms for the categories; `gives` says the form alone lets them go.

    `named` wants the recipient named, `recipients = "outside"` concerns those outside HIPAA only,
    `listed_sources` only the sources that the policy lists.
    """
    need = ask.need(clause.id)
    if need is None:
        return None
    if need.by is None:
        return forbid(need.need.cure)
    return permit(need) if clause.gives else None


def _named_only(clause: Clause, ask: Ask) -> Verdict | None:
    """Name the form that falls short of the clause in `lifts` by naming only a class."""
    need = ask.open(clause.lifts)
    if need is None:
        return None
    for one in need.candidates:
        if one.consent.kind in need.need.kinds and "class" in one.failings:
            return forbid(need.need.cure, one.consent.id)
    return None


def _minor(clause: Clause, ask: Ask) -> Verdict | None:
    """Want, within `ages`, the signature of whoever chose the care, the minor or the parent."""
    need = ask.need(clause.id)
    if need is None:
        return None
    if ask.matter.minor_basis == "unknown":
        return forbid(f"basis:{ask.matter.category}")
    return None if need.by else forbid(need.need.cure)


def _proxy(clause: Clause, ask: Ask) -> Verdict | None:
    """Hide `categories`, Part 2 records and, within `ages`, `controlled` from a minor's proxy."""
    if not ask.request.recipient.classes & terms.PROXY_CLASSES or ask.scene.age >= ADULT:
        return None
    hidden = ask.matter.category in clause.categories or protected(ask.request, ask.matter)
    controls = ask.matter.category in clause.controlled and in_ages(ask.scene, clause)
    return forbid("never:proxy") if hidden or controls else None


def _limited(clause: Clause, ask: Ask) -> Verdict | None:
    """Keep the categories and Part 2 records from all but the classes in `except_classes`."""
    kept = ask.matter.category in clause.categories or protected(ask.request, ask.matter)
    spared = ask.request.recipient.classes & clause.except_classes
    return forbid(f"limited:{clause.id}") if kept and not spared else None


def _exception(clause: Clause, ask: Ask) -> Verdict | None:
    """Permit what a privacy officer's policy opens by citing one of `paragraphs`."""
    if ask.matter.category not in clause.categories:
        return None
    found = ask.scene.lifted(clause.lifts)
    goes = may_have(ask.scene) or not ask.scene.emergency_lacks
    return Verdict("permit", found.id) if found and goes else None


KINDS: dict[str, Callable[[Clause, Ask], Verdict | None]] = {
    "permit": _permit,
    "consent": _consent,
    "named_only": _named_only,
    "minor": _minor,
    "proxy": _proxy,
    "limited": _limited,
    "exception": _exception,
}
"""Every kind that gives a verdict; `notice` gives none, `consent.notices` reads its text."""
