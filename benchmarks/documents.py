"""Synthetic documents for the benchmarks, made by code from a seed: nobody in them exists.

`steps` and `load` take their input here. A C-CDA Care Plan of about 60 KB is like what a vendor's
export sends: indented, a narrative table beside every entry, authors repeated everywhere. A share
of plans holds one alcohol-use thread (`SECRET` are its words), which must not reach a practice.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from benchmarks.care_plan import care_plan_text
from benchmarks.wording import ACTIONS, ALCOHOL, CONCERNS, GOALS

MCO = "mco-bench"
PRACTICE = "pcmh-bench"
SECRET = (b"alcohol", b"F10.20", b"naltrexone", b"sobriety")
"""Words that appear in the withheld thread and nowhere else (compared in lower case)."""

_FAMILY = ("Adair", "Bellamy", "Castell", "Durrant", "Ellwood", "Farrow", "Garland", "Hollis")
_GIVEN = ("Alma", "Bruno", "Clara", "Dario", "Elsa", "Felix", "Greta", "Hugo")


@dataclass(frozen=True, slots=True)
class Person:
    """One invented member: everything the roster and the documents say of them."""

    member_id: str
    medicaid: str
    family: str
    given: str
    birth_date: str
    sex: str


def person(number: int) -> Person:
    """Return the invented member with this number; the same number, the same member."""
    names = [f"{a}{b}" for a, b in product(_FAMILY, ("", "son", "ley"))]
    return Person(
        member_id=f"BX{number:07d}",
        medicaid=f"22{number:08d}",
        family=names[number % len(names)],
        given=_GIVEN[number // 3 % len(_GIVEN)],
        birth_date=f"{1940 + number % 55}-{1 + number % 12:02d}-{1 + number % 28:02d}",
        sex="female" if number % 2 else "male",
    )


def roster(count: int) -> bytes:
    """Return the roster of the first `count` members, attributed to the practice, as CSV."""
    head = "member_id,ma_id,last,first,dob,sex,county,pcmh"
    rows = (
        f"{p.member_id},{p.medicaid},{p.family},{p.given},{p.birth_date},{p.sex},Dauphin,{PRACTICE}"
        for p in map(person, range(count))
    )
    return "\n".join([head, *rows, ""]).encode()


def care_plan(member: Person, serial: int, *, secret: bool = False) -> bytes:
    """Return a C-CDA Care Plan of a member, unique by its serial; `secret` adds the thread."""
    text = care_plan_text(secret)
    return filled(text, member, serial)


def mdm(member: Person, serial: int, *, secret: bool = False) -> bytes:
    """Return an MDM^T02 message with the plan as text lines of about 5 KB."""
    born = member.birth_date.replace("-", "")
    head = [
        (
            rf"MSH|^~\&|BRIDGECM|ABBH|PCMHHUB|Bench|20261104141500-0500||MDM^T02^MDM_T02|BX{serial:09d}"
            "|P|2.5.1|||AL|NE||UNICODE UTF-8"
        ),
        "EVN|T02|20261104141500-0500",
        (
            f"PID|1||{member.member_id}^^^ABBH~{member.medicaid}^^^PA^MA||{member.family}"
            f"^{member.given}^^^^^L||{born}|{member.sex[0].upper()}|||4 Mill Road^^Harrisburg^PA"
        ),
        "PV1|1|O|||||||||||||||||V-1",
        (
            f"TXA|1|18776-5^Plan of care note^LN|TX|20261104140000-0500||||||||BXD-{serial}"
            "^^2.999.7.2^ISO||||plan.txt|AU|R|AV||||||Care plan"
        ),
    ]
    extra = [f"- {ALCOHOL[1]}"] if secret else []
    lines = [f"Plan {serial} written with the member.", "CONCERNS:", *extra]
    lines += [f"- {text}" for _, text in CONCERNS]
    lines += ["MEMBER GOALS:", *(f"- {text}" for text, _ in GOALS)]
    lines += ["SERVICES AND SUPPORTS:", *(f"- {text}" for text in ACTIONS)]
    rows = [
        f"OBX|{i}|TX|18776-5^Plan of care note^LN||{line}||||||F" for i, line in enumerate(lines, 1)
    ]
    return "\r".join([*head, *rows, ""]).encode()


def table(members: list[Person], serial: int) -> bytes:
    """Return a CSV extract in the shape of mco-laurel, two dozen rows a member."""
    head = (
        "LHCC_MEMBER_ID|MA_ID|LAST_NAME|FIRST_NAME|DOB|SEX|COUNTY|LANG|PLAN_ID|PLAN_VER|PLAN_DATE"
        "|PLAN_END|ROW_TYPE|ITEM_NO|ITEM_TEXT|ICD10|FOR_ITEMS|STATUS|START_DT|DUE_DT|WHO|HOW_OFTEN"
        "|CARE_MANAGER|CM_PHONE|TIER|NEXT_REVIEW|BATCH_NOTE"
    )
    rows = [head]
    for each in members:
        year, month, day = each.birth_date.split("-")
        who = (
            f"{each.member_id}|{each.medicaid}|{each.family}|{each.given}|{month}/{day}/{year}"
            f"|{each.sex[0].upper()}|Somerset|en|P-{each.member_id}-{serial}|1|10/12/2026|04/12/2027"
        )
        rows += [
            f"{who}|PROBLEM|P{i}|{text}|{code}||O|03/2021||||||2|04/12/2027|"
            for i, (code, text) in enumerate(CONCERNS, 1)
        ]
        rows += [
            f"{who}|GOAL|G{i}|{text}||P{i}|O|10/12/2026|03/31/2027|||||2|04/12/2027|"
            for i, (text, _) in enumerate(GOALS, 1)
        ]
        rows += [
            f"{who}|ACTION|A{i}|{text}||G{1 + i % len(GOALS)}|P|11/02/2026|12/14/2026|CM|weekly"
            "|||2|04/12/2027|"
            for i, text in enumerate(ACTIONS, 1)
        ]
    return "\r\n".join([*rows, ""]).encode()


def filled(text: str, member: Person, serial: int) -> bytes:
    """Return a document's text with a member's and the serial's words in it."""
    given = {
        "@MEMBER@": member.member_id,
        "@MEDICAID@": member.medicaid,
        "@FAMILY@": member.family,
        "@GIVEN@": member.given,
        "@BORN@": member.birth_date.replace("-", ""),
        "@SEX@": member.sex[0].upper(),
        "@SERIAL@": f"{serial:012d}",
    }
    for mark, value in given.items():
        text = text.replace(mark, value)
    return text.encode()
