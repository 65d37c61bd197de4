"""A plan as a PPR message: each concern a PRB, with its goals (GOL) and interventions (ORC, OBR).

`hub.render.render` calls `to_ppr`. PPR^PC1 for a first release, PC2 for one that replaces another.
What no segment holds is told as text, in OBX under the first problem, so that nothing of the plan
is lost to a reader. The notices stand in NTE under every problem, for systems that file each one
apart; PRB-25 carries what kind of record it is (STANDARDS 2.1, P2-20).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.canonical import Concern, Party, each, said
from hub.render import hl7v2_head as head
from hub.render import hl7v2_text as put
from hub.render.pdf_view import view
from hub.render.pdf_words import joined, labelled, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.canonical import Goal, Intervention, Plan, TeamMember, Text
    from hub.render.cover import Cover, Rendered

_SENSITIVE: Final = {
    "sud": "ETH",
    "mental_health": "PSY",
    "psychotherapy_note": "PSYTHPN",
    "hiv": "HIV",
    "std": "STD",
    "sexual_health": "SEX",
    "sdv": "SDV",
    "minor": "ADOL",
}
"""House categories to HL7 v3 ActCode, as our own reader takes them back; any other is `R`."""

_ORDERS: Final = {
    "active": "A",
    "cancelled": "CA",
    "completed": "CM",
    "discontinued": "DC",
    "held": "HD",
    "in progress": "IP",
    "planned": "SC",
}
_NOTICE: Final = "^Notices that travel with this plan"
_UNTIED: Final = Concern(text="Not tied to a concern")
"""Stands in the message for no concern at all; what names none comes under it."""


def to_ppr(plan: Plan, cover: Cover) -> Rendered:
    """Return the plan as one PPR message in ER7, UTF-8, without MLLP framing."""
    return head.rendered(_segments(plan, cover), cover)


def _segments(plan: Plan, cover: Cover) -> Iterator[str]:
    what = "PC2" if cover.replaces else "PC1"
    action = "UP" if cover.replaces else "AD"
    yield head.msh(plan, cover, f"PPR^{what}^PPR_PC1")
    yield head.pid(plan.member)
    yield put.segment("PV1", {1: "1", 2: "N"})
    for number, concern in enumerate(_problems(plan), 1):
        yield _prb(concern, number, action, cover)
        yield from _told(cover)
        yield from _note(_untimed("Since:", concern.onset))
        if number == 1:
            yield from (_rol(one, n) for n, one in enumerate(plan.team, 1))
            yield from _words(view(plan, cover))
        goals = [one for one in each(plan.goals) if _is(_first(one.concerns, plan), concern)]
        for goal in goals:
            yield from _goal(goal, action, cover)
        yield from _orders(_under(concern, goals, plan), cover)


def _problems(plan: Plan) -> tuple[Concern, ...]:
    """Return the concerns, and one that stands for none where something is tied to none."""
    concerns = each(plan.concerns)
    loose = any(not _first(one.concerns, plan) for one in each(plan.goals))
    adrift = any(not _home(one, plan) for one in each(plan.interventions))
    if concerns and not loose and not adrift:
        return concerns
    return (*concerns, _UNTIED)


def _is(named: str | None, concern: Concern) -> bool:
    """Return whether a concern is the one that is named; what names none is under the stand-in."""
    return concern is _UNTIED if named is None else named == concern.id


def _first(ids: Iterable[str], plan: Plan) -> str | None:
    known = {one.id for one in each(plan.concerns) if one.id}
    return next((one for one in ids if one in known), None)


def _home(one: Intervention, plan: Plan) -> str | None:
    """Return the concern an intervention stands under: its goal's, else its own first."""
    goals = {goal.id: goal for goal in each(plan.goals) if goal.id}
    served = next((goals[ref] for ref in one.goals if ref in goals), None)
    if served is not None:
        return _first(served.concerns, plan)
    return _first(one.concerns, plan)


def _under(concern: Concern, goals: list[Goal], plan: Plan) -> list[Intervention]:
    """Return a concern's interventions, those of its goals first and in the goals' order."""
    mine = [one for one in each(plan.interventions) if _is(_home(one, plan), concern)]
    order = {goal.id: n for n, goal in enumerate(goals)}
    last = len(order)
    return sorted(mine, key=lambda one: min((order.get(g, last) for g in one.goals), default=last))


def _prb(concern: Concern, number: int, action: str, cover: Cover) -> str:
    return put.segment(
        "PRB",
        {
            1: action,
            2: head.released(cover),
            3: put.coded(concern.text, concern.codes),
            4: put.text(concern.id or f"{cover.set_id}.{number}"),
            10: put.coded(concern.domain),
            14: put.coded(concern.status),
            16: put.time(concern.onset),
            18: put.coded(concern.priority),
            25: _sensitivity(concern.labels, concern.part2_origin, cover),
        },
    )


def _sensitivity(labels: tuple[str, ...], origin: str, cover: Cover) -> str:
    codes = [_SENSITIVE[one] for one in labels if one in _SENSITIVE]
    strange = any(one not in _SENSITIVE for one in labels)
    if origin == "yes" and "ETH" not in codes:
        codes.append("ETH")
    if strange or (not codes and cover.confidentiality != "N"):
        codes.append(cover.confidentiality if cover.confidentiality != "N" else "R")
    return put.repeated(codes)


def _told(cover: Cover) -> Iterator[str]:
    for number, words in enumerate(head.notices(cover), 1):
        yield put.segment("NTE", {1: f"{number}", 2: "L", 3: put.text(words), 4: _NOTICE})


def _rol(one: TeamMember, number: int) -> str:
    phone = put.components(put.leaf(one.party.phone), "WPN", "PH") if one.party.phone else ""
    role = put.coded(said(one.role) or said(one.party.role) or "Care team")
    place = put.text(said(one.party.organization))
    who = put.person(one.party)
    fields = {1: f"{number}", 2: "AD", 3: role, 4: who, 12: phone, 14: place}
    return put.segment("ROL", fields)


def _goal(goal: Goal, action: str, cover: Cover) -> Iterator[str]:
    yield put.segment(
        "GOL",
        {
            1: action,
            2: head.released(cover),
            3: put.coded(goal.text, goal.codes),
            4: put.text(goal.id or f"{cover.set_id}.goal"),
            6: put.leaf(goal.priority),
            7: put.time(goal.start),
            8: put.time(goal.due),
            17: put.leaf(goal.progress),
            18: put.coded(goal.status),
        },
    )
    more = joined(
        (
            labelled("Measure:", said(goal.measure)),
            labelled("Term:", said(goal.term)),
            labelled("Whose:", said(goal.whose)),
            _untimed("From:", goal.start),
            _untimed("Due:", goal.due),
        )
    )
    yield from _note(more)


def _note(words: str) -> Iterator[str]:
    if words:
        yield put.segment("NTE", {1: "1", 2: "L", 3: put.text(words)})


def _untimed(label: str, value: Text) -> str:
    """Return a date in words where it is no date that a DTM could hold."""
    return "" if put.time(value) else labelled(label, said(value))


def _orders(interventions: list[Intervention], cover: Cover) -> Iterator[str]:
    for number, one in enumerate(interventions, 1):
        own = put.text(one.id or f"{cover.set_id}.{number}")
        often = put.components(
            "", put.leaf(one.frequency), "", put.time(one.start), put.time(one.end)
        )
        state = _ORDERS.get(said(one.status), "")
        yield put.segment(
            "ORC",
            {1: "NW", 2: own, 5: state, 7: often, 12: put.person(one.party)},
        )
        yield put.segment(
            "OBR",
            {
                1: f"{number}",
                2: own,
                4: put.coded(one.text, one.codes),
                31: put.coded(one.evidence),
            },
        )
        yield from _note(_aside(one))


def _aside(one: Intervention) -> str:
    """Return what ORC and OBR have no field for."""
    state = said(one.status)
    alone = one.party == Party(name=one.party.name) if one.party else True
    return joined(
        (
            "" if state in _ORDERS else labelled("Status:", state),
            labelled("Kind:", one.kind if one.kind != "other" else ""),
            labelled("Domain:", one.domain or ""),
            labelled("Responsible:", one.responsible or ""),
            "" if alone else labelled("Who:", whole(one.party)),
            labelled("Setting:", said(one.setting)),
            labelled("Funding:", one.funding or ""),
            _untimed("From:", one.start),
            _untimed("Until:", one.end),
        )
    )


def _words(told: dict[str, Any]) -> Iterator[str]:
    """Yield what no segment holds, as lines of text: the asks first, then every other section."""
    asks = [joined((one["text"], one["due"], one["owner"], one["reach"])) for one in told["asks"]]
    parts = [
        ("What is asked, by when, of whom", asks),
        ("Member", [f"{name}: {value}" for name, value in told["member"]["facts"]]),
        ("Title", [told["kind"], told["title"]]),
        ("This release", [f"{name}: {value}" for name, value in told["exchange"]]),
        ("Alerts", [f"{name}: {value}" for name, value in told["alerts"]]),
    ]
    for one in told["sections"]:
        pairs = [f"{name}: {value}" for name, value in one["facts"]]
        rows = [joined(row) for row in one["rows"]]
        parts.append((one["title"], [*one["paragraphs"], *pairs, *rows]))
    number = 1
    for title, texts in parts:
        made = head.lines(put.components("", put.text(title)), texts, number)
        number += len(made)
        yield from made
