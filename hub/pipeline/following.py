"""Finds the document that a plan replaces, changes, cancels or adds to, and so the plan's chain.

`steps.walk_all` calls it for a batch before the steps run, `renormalising` before it compares. It
never guesses: a plan whose document before is not on file waits for it, one that names another
member's is refused to a person, and a document that was replaced before it came goes nowhere.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from hub import succession
from hub.canonical import Finding, Place
from hub.matching import match
from hub.normalize import member_keys
from hub.stored import Documents
from hub.succession import Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hub.canonical import Plan
    from hub.pipeline.engine import Engine, Walk
    from hub.stored import Draft, Facts

_BEFORE = frozenset({"read", "unmatched", "matched"})
_OFF = frozenset({"unmatched", "unroutable", "doubtful"})
_NOTES = {
    "overtaken": (
        "a newer document had replaced this one before it came; the newer one is with the practice"
    ),
    "not_newest": (
        "it changes or cancels a document that a newer one has replaced; send it about that one"
    ),
}


@dataclass(slots=True)
class Index:
    """Names on file, and those of plans walked in this batch so far."""

    documents: Documents
    fresh: dict[tuple[str, str, str], list[Known]] = field(
        default_factory=lambda: defaultdict(list)
    )
    last: dict[str, str] = field(default_factory=dict)

    def of(self, mco: str, name: str, *roles: str) -> list[Known]:
        """Return who uses a name in one of the roles, the newest first."""
        found: list[Known] = []
        for role in roles:
            found += reversed(self.fresh.get((mco, name, role), []))
            found += self.documents.known.get((mco, name, role), ())
        return found

    def learn(self, walk: Walk) -> None:
        """Add the names of a plan that was walked."""
        outcome, draft = walk.outcome, walk.outcome.draft
        if "overtaken" in outcome.reason:
            return
        usable = outcome.state not in {"unmatched", "doubtful"} and bool(outcome.member)
        for one in succession.names(draft.plan):
            known = Known(
                draft.id, draft.chain, draft.seq, outcome.member or "", usable, one.number
            )
            self.fresh[draft.mco, one.name, one.role].append(known)
        if outcome.state not in _OFF:
            self.last[draft.chain] = draft.id


async def index(engine: Engine, drafts: Sequence[Draft]) -> Index:
    """Read what is on file under every name that the drafts use."""
    names = {(d.mco, one.name) for d in drafts for one in succession.names(d.plan)}
    documents = await engine.line.documents(names, ()) if names else Documents()
    gone = [d for d in drafts if succession.withdraws(d.plan)]
    if gone:
        found = Index(documents)
        chains = {d.chain for d in gone} | chains_of(found, gone)
        documents = replace(documents, had=(await engine.line.documents((), chains)).had)
    return Index(documents)


def chains_of(found: Index, drafts: Iterable[Draft]) -> set[str]:
    """Return the chains of all documents that the drafts speak of."""
    return {one.chain for draft in drafts for one in _asked(found, draft)}


def chained(found: Index, draft: Draft) -> Draft:
    """Return a draft under the chain of the document before it, where that is on file."""
    before = next((one for one in _asked(found, draft) if one.usable), None)
    return replace(draft, chain=before.chain) if before else draft


def followed(walk: Walk, found: Index, facts: Facts) -> Walk:
    """Give a plan that is not on its way yet the chain of the document before it, or a reason."""
    outcome = walk.outcome
    if outcome.state not in _BEFORE:
        return walk
    draft, named = outcome.draft, outcome.state == "matched"
    member = outcome.member if named else _member(draft, facts)
    before = next((one for one in _asked(found, draft) if one.usable), None)
    beside = next((one for one in _beside(found, draft) if one.usable), None)
    if any(one and member and one.member != member for one in (before, beside)):
        return _barred(_looked(walk, found), "parent_of_another")
    code = "" if named else _missing(found, draft, before) or _late(found, draft, member)
    if not code and before and member and succession.in_place(draft.plan):
        code = "not_newest" if _passed(found, before, draft, facts) else ""
    if code:
        return _barred(_looked(walk, found), code)
    if before is None or not member or before.chain == draft.chain:
        return walk
    adopted = draft.fence is not None
    return _with(walk, replace(draft, chain=before.chain, adopted=adopted))


def _looked(walk: Walk, found: Index) -> Walk:
    """Keep how many plans on file go by a name that the draft asks for; later there are more."""
    draft = walk.outcome.draft
    asked = (n.name for n in succession.names(draft.plan) if n.role in succession.ASKED)
    known = (one for name in asked for one in found.of(draft.mco, name, "own", "any"))
    seen = {one.plan for one in known if one.usable and one.plan != draft.id}
    return replace(walk, outcome=replace(walk.outcome, seen=len(seen)))


def _beside(found: Index, draft: Draft) -> Iterator[Known]:
    """Yield who has a document that the draft adds to."""
    for exact, loose in succession.sought(draft.plan, "appends"):
        yield from found.of(draft.mco, exact, "own") or found.of(draft.mco, loose, "own")


def _asked(found: Index, draft: Draft) -> Iterator[Known]:
    """Yield who has a document that the draft replaces, or was made from, best first."""
    for how in ("replaces", "transforms"):
        for exact, loose in succession.sought(draft.plan, how):
            theirs = [one for one in found.of(draft.mco, exact, "own") if one.plan != draft.id]
            if not theirs:
                theirs = found.of(draft.mco, loose, "own", "any")
                theirs = [one for one in theirs if one.plan != draft.id]
                if len({one.chain for one in theirs}) > 1:  # whose number it is, nobody says
                    continue
            yield from theirs


def _member(draft: Draft, facts: Facts) -> str | None:
    return match(draft.plan, member_keys(draft.plan), draft.mco, facts.members).member


def _missing(found: Index, draft: Draft, before: Known | None) -> str:
    """Return why a plan can't take the place of what it names; the empty string if it need not."""
    if before or not succession.sought(draft.plan):
        return ""
    if any(_asked(found, draft)):
        return "parent_waiting"
    alone = succession.set_of(draft.plan) and not succession.withdraws(draft.plan)
    return "" if alone else "parent_unknown"


def _late(found: Index, draft: Draft, member: str | None) -> str:
    """Return why a document came too late: replaced already, or of a lower version."""
    if not member:
        return ""
    for name in succession.own_digests(draft.plan):
        later = found.of(draft.mco, name, "about")
        if any(one.usable and one.member == member and one.plan != draft.id for one in later):
            return "overtaken"
    version = draft.plan.header.version
    for one in succession.names(draft.plan):
        if one.role == "set" and version is not None:
            higher = [k.number for k in found.of(draft.mco, one.name, "set") if k.member == member]
            if any(number is not None and number > version for number in higher):
                return "older_version"
    return ""


def _passed(found: Index, before: Known, draft: Draft, facts: Facts) -> bool:
    """Say whether a chain has gone on to another document since the one that is meant."""
    last = found.last.get(before.chain)
    if last is not None:
        return last not in {before.plan, draft.id}
    newest = facts.versions.get(before.chain)
    return newest is not None and newest.seq > before.seq and newest.seq != draft.seq


def _barred(walk: Walk, code: str) -> Walk:
    if code in _NOTES:
        return _overtaken(walk, code)
    draft = walk.outcome.draft
    severity = "error" if code == "parent_of_another" else "warning"
    words = succession.REASONS[code]
    return replace(_with(walk, _found(draft, severity, code, words)), barred=code)


def _overtaken(walk: Walk, code: str) -> Walk:
    """Set a document aside that something newer has replaced: it has no part in any chain."""
    draft = _found(walk.outcome.draft, "warning", f"document_{code}", _NOTES[code])
    aside = sha256(f"aside\x1f{draft.id}".encode()).hexdigest()
    draft = replace(draft, chain=aside, adopted=draft.fence is not None)
    return replace(_with(walk, draft), barred="overtaken")


def _found(draft: Draft, severity: str, code: str, words: str) -> Draft:
    """Return a new draft with the finding at the segment or element that names the document."""
    if draft.fence is not None or any(f.code == code for f in draft.findings):
        return draft
    finding = Finding(severity, code, words, _at(draft.plan))  # type: ignore[arg-type]  # one of its literals
    return replace(draft, findings=(*draft.findings, finding))


def _at(plan: Plan) -> Place | None:
    for root in ("/header/replaces", "/header/related", "/header/source_ids"):
        for pointer, where in plan.places.items():
            if pointer == root or pointer.startswith(root + "/"):
                return where
    return None


def _with(walk: Walk, draft: Draft) -> Walk:
    return replace(walk, outcome=replace(walk.outcome, draft=draft))
