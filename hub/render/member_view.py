"""A plan as the data that `templates/pdf/member.typ` lays out: what a member sees, in plain words.

Called by `hub.render.member_pdf` only. The fixed texts come in the member's language where there
are any, else in English; a plan's own words stay as they are. No codes, ids, addresses, risk
scores, labels or asks of others; nothing of a safety concern, since somebody else in the house may
read the paper (HR-19).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hub.canonical import Absent, Plan, each, said
from hub.render.member_words import wording
from hub.render.pdf_words import full_name, joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.canonical import Goal, Intervention, Party, TeamMember
    from hub.render.cover import Cover
    from hub.render.member_words import Wording

SAFETY: Final = "sdv"
"""The category that never stands on anything somebody else in the house may see."""

_LISTS: Final = ("concerns", "goals", "interventions", "medications", "allergies", "asks")
_DONE: Final = frozenset({"completed", "achieved", "done", "met"})
_TAG: Final = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{2}))?(?:-.*)?")

Block = dict[str, Any]


def member_view(plan: Plan, cover: Cover) -> dict[str, Any]:
    """Return everything the template shows, as JSON-able data; every string is ready to print."""
    seen, hidden = safe(plan, cover)
    words = wording(plan.member.language)
    blocks = (
        _next(seen, words),
        *_goals(seen, words),
        _working(seen, words),
        _medicines(seen, words),
        _allergies(seen, words),
        _matters(seen, words),
        _people(seen, words),
        _review(seen, words),
        _agreed(seen, words),
        _questions(cover, words),
    )
    released = cover.released_on
    return {
        "lang": words.language,
        "own_lang": _language(plan),
        "words": words.all(),
        "release": cover.release_id,
        "date": [released.year, released.month, released.day],
        "member": full_name(replace(plan.member, name=replace(plan.member.name, preferred=None))),
        "facts": _facts(plan, cover, words),
        "urgent": said(seen.crisis_plan),
        "withdrawn": words["withdrawn"] if plan.header.status == "revoked" else "",
        "withheld": words["unshown"] if cover.withheld or hidden else "",
        "blocks": [
            block
            for block in blocks
            if block["items"] or block["lines"] or block["title"] == words["questions"]
        ],
        "notices": list(cover.notices),
    }


def safe(plan: Plan, cover: Cover) -> tuple[Plan, bool]:
    """Return the plan without what is labelled a safety concern, and whether anything went.

    Where the release holds such a concern and no element says that it is the one, every list of
    elements goes.
    """
    inside = SAFETY in cover.sensitivities
    marked = any(SAFETY in one.labels for name in _LISTS for one in each(getattr(plan, name)))
    if not inside and not marked:
        return plan, False
    kept: dict[str, Any] = {
        name: tuple(one for one in each(getattr(plan, name)) if marked and SAFETY not in one.labels)
        for name in _LISTS
    }
    quiet: dict[str, Any] = {
        "own_words": (),
        "barriers": (),
        "preferences": (),
        "crisis_plan": None,
    }
    return replace(plan, **kept, **quiet), True


def _language(plan: Plan) -> list[str]:
    """Return the language and region of the plan's own words."""
    found = _TAG.fullmatch(said(plan.header.language))
    return [found[1].lower(), (found[2] or "").upper()] if found else ["en", "US"]


def _facts(plan: Plan, cover: Cover, words: Wording) -> list[list[str]]:
    sender = said(cover.custodian.organization) or said(cover.custodian.name)
    pairs = ((words["written"], words.date(plan.header.written_on)), (words["from"], sender))
    return [[label, value] for label, value in pairs if value]


def _block(
    title: str, gloss: str = "", items: Iterable[Block] = (), lines: Iterable[str] = ()
) -> Block:
    return {
        "title": title,
        "gloss": gloss,
        "items": [one for one in items if one["text"]],
        "lines": [one for one in lines if one],
    }


def _item(text: str, *facts: tuple[str, str]) -> Block:
    """Return an item: its own words, and labelled facts that have a value."""
    return {"text": text, "facts": [[name, value] for name, value in facts if value], "steps": []}


def _step(one: Intervention, words: Wording) -> Block:
    who = _who(one.party) or ("" if one.responsible == "other" else words.house(one.responsible))
    if one.responsible == "member":
        who = words["you"]
    when = joined((said(one.frequency), words.span(one.start, one.end)), ", ")
    phone = said(one.party.phone) if one.party else ""
    return _item(
        said(one.text), (words["who"], who), (words["when"], when), (words["phone"], phone)
    )


def _who(party: Party | None) -> str:
    return joined((said(party.name), said(party.organization)), ", ") if party else ""


def _mine(one: Intervention) -> bool:
    return one.responsible == "member"


def _next(plan: Plan, words: Wording) -> Block:
    asks = [
        _item(said(one.text), (words["by"], words.date(one.due)))
        for one in plan.asks
        if one.of == "member"
    ]
    own = [_step(one, words) for one in each(plan.interventions) if _mine(one)]
    for one in own:
        one["facts"] = [fact for fact in one["facts"] if fact[0] != words["who"]]
    return _block(words["next"], words["next_gloss"], [*asks, *own])


def _goals(plan: Plan, words: Wording) -> list[Block]:
    """Return the goals with the steps of others, then the steps that serve no goal."""
    known = {goal.id for goal in each(plan.goals) if goal.id}
    steps = [one for one in each(plan.interventions) if not _mine(one)]
    goals = []
    for goal in each(plan.goals):
        item = _goal(goal, words)
        item["steps"] = [_step(o, words) for o in steps if _served(o, known) == goal.id and goal.id]
        goals.append(item)
    loose = [_step(one, words) for one in steps if not _served(one, known)]
    return [
        _block(words["goals"], words["goals_gloss"], goals),
        _block(words["other_steps"], "", loose),
    ]


def _served(one: Intervention, known: set[str]) -> str:
    """Return the first goal a step serves, under which it stands."""
    return next((ref for ref in one.goals if ref in known), "")


def _goal(goal: Goal, words: Wording) -> Block:
    done = said(goal.status).lower() in _DONE
    return _item(
        said(goal.text),
        (words["by"], "" if done else words.date(goal.due)),
        (words["going"], words["done"] if done else words.text(goal.progress)),
    )


def _working(plan: Plan, words: Wording) -> Block:
    items = [_item(said(one.text)) for one in each(plan.concerns)]
    return _block(words["working"], words["working_gloss"], items, _none(plan.concerns, words))


def _none(items: object, words: Wording) -> list[str]:
    return [words.text(items)] if isinstance(items, Absent) else []


def _medicines(plan: Plan, words: Wording) -> Block:
    items = [
        _item(joined((said(one.text), said(one.dose)), ": ")) for one in each(plan.medications)
    ]
    gloss = words["medicines_gloss"] if items else ""
    return _block(words["medicines"], gloss, items, _none(plan.medications, words))


def _allergies(plan: Plan, words: Wording) -> Block:
    items = [
        _item(said(one.text), (words["reaction"], words.text(one.reaction)))
        for one in each(plan.allergies)
    ]
    gloss = words["allergies_gloss"] if items else ""
    return _block(words["allergies"], gloss, items, _none(plan.allergies, words))


def _matters(plan: Plan, words: Wording) -> Block:
    said_ = (*plan.own_words, *plan.preferences, *plan.strengths)
    return _block(words["matters"], "", [_item(one) for one in said_])


def _people(plan: Plan, words: Wording) -> Block:
    return _block(words["people"], "", [_person(one, words) for one in plan.team])


def _person(one: TeamMember, words: Wording) -> Block:
    role = words.house(one.role) or words.house(one.party.role)
    return _item(
        joined((_who(one.party), role), ", "),
        (words["phone"], said(one.party.phone)),
        (words["email"], said(one.party.email)),
    )


def _review(plan: Plan, words: Wording) -> Block:
    due = words.date(plan.review.next_due) if plan.review else ""
    return _block(words["review"], words["review_gloss"], lines=[due])


def _agreed(plan: Plan, words: Wording) -> Block:
    decision = plan.agreement.decision if plan.agreement else None
    return _block(words["agreed"], lines=[words[decision] if decision else ""])


def _questions(cover: Cover, words: Wording) -> Block:
    party = cover.custodian
    item = _item(
        joined((words["call"], _who(party)), " ") if _who(party) else "",
        (words["phone"], said(party.phone)),
        (words["email"], said(party.email)),
    )
    return _block(words["questions"], words["questions_gloss"], [item])
