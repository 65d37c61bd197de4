"""`explain` names the rule of an HL7 v2 profile that filled a value, and no other."""

from hl7_messages import message, plan

from adapters.formats.hl7v2 import Hl7v2Reader, habits_of
from adapters.profiles import load
from hub.adapting.tracing import origins

PROFILE = load("""
profile: house
version: "1"
sender: mco-house
format: hl7v2
sections: {goals: [Goal]}
member: {name.family: whatever}
segments: {member.birth_date: PID-7, header.program: ZCP-3, risk.reason: ZCP-4}
comments: {fields: {goals.due: {from: TGT, transform: "date:MDY"}, goals.status: ST}}
rows: [{when: [ZRX], list: medications, fields: {text: ZRX-2}}]
""")


def test_credit_where_it_is_due():
    """A value the standard's reading gave is credited to no rule; one a rule gave, to that rule."""
    goal, note = "OBX|1|TX|^Goal||Walk||||||F", "NTE|1|L|TGT: 06/30/2026"
    content = message(goal, note, "ZCP|||asthma", "ZRX|1|iron", "ZRX|2|salt")
    read = plan(content, Hl7v2Reader(habits_of(PROFILE)))
    rules = {one.pointer: one.rule for one in origins(read, PROFILE)}

    assert rules["/header/program"] == "segments.header.program ← ZCP-3"
    assert rules["/goals/0/due"] == "comments.fields.goals.due ← TGT"
    assert rules["/medications/1/text"] == "rows.0.text ← ZRX-2"
    assert rules["/member/name/family"] == rules["/member/birth_date"] == "hl7v2"
    assert rules["/goals/0/text"] == "hl7v2"
