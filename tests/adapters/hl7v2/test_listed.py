"""Segments become items by the profile's rows; what fits no field is residue, never a lost plan."""

import pytest
from hl7_messages import codes, message, plan, read

from adapters.formats.hl7v2 import Hl7v2Reader, habits_of
from adapters.profiles import ProfileError, load
from hub.canonical import said

HEAD = """
profile: house
version: "1"
sender: mco-house
format: hl7v2
"""
ROWS = f"""{HEAD}
sections: {{goals: [Goal]}}
values:
  role: {{CM: care coordinator, PCP: primary care}}
  lead: {{CM: "true", PCP: "false"}}
  care: {{H3: high, H9: highest}}
rows:
  - when: [ZRX]
    list: medications
    fields: {{text: ZRX-2, dose: ZRX-3, start: {{from: ZRX-4, transform: "date:%Y%m%d"}}}}
  - when: [ZTM]
    list: team
    fields:
      party.name: {{from: ZTM-3, transform: xcn}}
      party.organization: ZTM-4.1
      role: {{from: ZTM-2, values: role}}
      lead: {{from: ZTM-2, values: lead}}
  - {{when: [ZAL, AL1], list: allergies, fields: {{text: ZAL-1, severity: AL1-4}}}}
  - {{when: [ZIV], list: interventions, fields: {{text: ZIV-1, funding: ZIV-2}}}}
  - {{when: [ZWD], list: own_words, fields: {{text: ZWD-1}}}}
segments:
  risk.level: {{from: ZIC-2.1, values: care}}
  agreement.signed_on: {{from: ZSG-2, transform: "date:%Y%m%d"}}
  agreement.signed_by.name: ZSG-1
  header.period.start: {{from: ZIC-3, transform: "date:%Y%m%d"}}
  coverage.care_managed_by: ZIC-4
"""
HOUSE = Hl7v2Reader(habits_of(load(ROWS)))
GOAL = "OBX|1|TX|^Goal||Walk||||||F"


def kept(found):
    """Return the words of a plan's residue."""
    return [said(one.text) for one in found.residue]


def test_each_segment_is_an_item():
    """A segment that repeats makes one item each time, with the place of each field."""
    rows = ["ZRX|1|iron 20 mg|one a day|20260301", "ZRX|2|salt||"]
    found = plan(message(GOAL, *rows), HOUSE)
    assert [(one.text, one.dose, one.start) for one in found.medications] == [
        ("iron 20 mg", "one a day", "2026-03-01"),
        ("salt", None, None),
    ]
    assert found.places["/medications/1/text"].at == "ZRX[2]-2"
    assert kept(found) == []


def test_a_care_team():
    """Names in HL7's parts, an organisation, a role and a flag by value maps."""
    found = plan(message(GOAL, "ZTM|1|CM|^RAY^ANN^Q^^^RN|HOUSE^1", "ZTM|2|XX|^BO^CY||"), HOUSE)
    first, second = found.team
    assert (first.party.name, first.party.organization) == ("ANN Q RAY, RN", "HOUSE")
    assert (first.role, first.lead) == ("care coordinator", True)
    assert (second.party.name, second.role, second.lead) == ("CY BO", None, None)
    assert kept(found) == ["ZTM-2: XX", "ZTM-4: 1"]


PARTED = Hl7v2Reader(
    habits_of(
        load(f"""{HEAD}
sections: {{goals: [Goal]}}
rows:
  - when: [ZRX]
    list: medications
    fields:
      text: {{from: ZRX-2, transform: unbracketed}}
      dose: {{from: ZRX-3, transform: "before:;"}}
  - when: [ZTM]
    list: team
    fields:
      party.name: {{from: ZTM-3, transform: xcn}}
      party.phone: {{from: ZTM-4, transform: first}}
      role: {{from: ZTM-5.1, transform: "before:,"}}
segments:
  header.owner.name: {{from: ZCP-1, transform: "before:;"}}
  header.owner.phone: {{from: ZCP-1, transform: "after:;"}}
  header.set_id: {{from: ZCP-2, transform: "before:;"}}
""")
    )
)


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("ZRX|1|iron (brand)", {"ZRX-2: (brand)": "ZRX-2"}),
        ("ZRX|1|iron|one a day; with food", {"ZRX-3: with food": "ZRX-3"}),
        ("ZTM|1||^RAY^ANN|555-0129 (sister)", {"ZTM-4: (sister)": "ZTM-4"}),
        ("ZTM|1||17^RAY^ANN^^^^^^^NPI", {"ZTM-3: 17 NPI": "ZTM-3"}),
        ("ZTM|1||^RAY^ANN||nurse, nights^RN", {"ZTM-5: nights RN": "ZTM-5"}),
        ("ZTM|1||^RAY^ANN~^BO^CY", {"ZTM-3: ^BO^CY": "ZTM"}),
        ("ZCP|Ann; 555-0112|Meadow; east", {"ZCP-2: east": "ZCP-2"}),
    ],
)
def test_what_is_cut_off_is_kept(segment, expected):
    """What no rule takes of a field is residue with the field's place, and nothing else is."""
    found = plan(message(GOAL, segment), PARTED)

    assert expected == {
        said(one.text): found.places[f"/residue/{number}"].at
        for number, one in enumerate(found.residue)
    }


def test_counted():
    """What is cut off counts as residue beside the field it was cut from."""
    reading = read(message(GOAL, "ZRX|1|iron (brand)"), PARTED)
    tally = reading.coverage

    assert tally.residue == len(reading.plans[0].residue) == 1
    assert tally.source_items == tally.mapped + tally.residue + tally.ignored


def test_the_profiles_reading_takes_the_standards_place():
    """A standard segment that a row names is read by the row alone."""
    found = plan(message(GOAL, "AL1|1||^Nuts|SV", "ZAL|latex"), HOUSE)
    assert [one.text for one in found.allergies] == ["latex"]
    assert kept(found) == ["AL1-3: ^Nuts; AL1-4: SV"]


@pytest.mark.parametrize(
    ("segment", "code", "left"),
    [
        ("ZIV|Call|by nobody", ("bad_value", "ZIV-2"), ["ZIV-2: by nobody"]),
        ("ZRX|1|iron||soon", ("odd_value", "ZRX-4"), ["ZRX-4: soon"]),
        ("ZRX|1||one a day", None, ["ZRX-1: 1; ZRX-3: one a day"]),
        ("ZRX|1|iron~salt", None, ["ZRX-2: salt"]),
        ("ZRX|20|iron", None, ["ZRX-1: 20"]),
        ("ZIC|1|H9", ("bad_value", "ZIC-2.1"), ["ZIC-1: 1; ZIC-2: H9"]),
        ("ZIC|1|H1", ("odd_value", "ZIC-2.1"), ["ZIC-1: 1; ZIC-2: H1"]),
        ("ZIC||||everybody", ("bad_value", "ZIC-4"), ["ZIC-4: everybody"]),
    ],
)
def test_what_does_not_fit_is_residue(segment, code, left):
    """A value its field does not take stays beside the plan, which is read all the same."""
    found = read(message(GOAL, segment), HOUSE)
    (only,) = found.plans
    assert kept(only) == left
    assert codes(found) == ([code] if code else [])
    assert [one.text for one in only.goals] == ["Walk"]


def test_single_fields_outside_the_lists():
    """A segment fills a field at any depth outside the lists, and words of the member's own."""
    found = plan(message(GOAL, "ZIC|1|H3|20260301|mco", "ZSG|Ann Ray|20260302", "ZWD|I can"), HOUSE)
    assert (found.risk.level, found.header.period.start) == ("high", "2026-03-01")
    assert (found.agreement.signed_by.name, found.agreement.signed_on) == ("Ann Ray", "2026-03-02")
    assert (found.coverage.care_managed_by, found.own_words) == ("mco", ("I can",))


def test_a_comment_on_a_row():
    """A comment after a segment of a row is about its item."""
    found = plan(message(GOAL, "ZRX|1|iron", "NTE|1||with food"), HOUSE)
    assert [(one.section, one.text) for one in found.notes] == [("About iron", "with food")]


def test_an_observations_field_of_few_words():
    """An observation whose field does not take its value is kept as a result, with a finding."""
    house = Hl7v2Reader(
        habits_of(load(f"{HEAD}sections: {{goals: [Goal], interventions: [Step], "
                       "interventions.funding: [Paid]}\n"))
    )  # fmt: skip
    step, paid = "OBX|2|TX|^Step||Call||||||F", "OBX|3|ST|P^Paid^L||by nobody||||||F"
    found = read(message(GOAL, step, paid, kind="ORU^R01"), house)
    assert [one.result for one in found.plans[0].assessments] == ["by nobody"]
    assert ("bad_value", "OBX[3]-5") in codes(found)


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("rows: [{list: goals, fields: {text: ZGL-1}}]", "rows.0.when"),
        ("rows: [{when: [OBX], list: goals, fields: {text: OBX-5}}]", "rows.0.when"),
        ("rows: [{when: [ZGL], list: goals, fields: {text: ZGX-1}}]", "rows.0.text"),
        ("rows: [{when: [ZGL], list: goals, fields: {concerns: ZGL-1}}]", "rows.0.concerns"),
        (
            "rows: [{when: [ZGL], list: goals, serves: [concerns], fields: {text: ZGL-1}}]",
            "rows.0.serves",
        ),
        ("segments: {member.identifiers.plan: ZGL-1}", "segments.member.identifiers.plan"),
        ("segments: {risk.level: ZGL}", "segments.risk.level"),
    ],
)
def test_what_no_row_can_be(more, key):
    """A rule that could never be heard is refused, by its key."""
    with pytest.raises(ProfileError) as error:
        habits_of(load(HEAD + more))
    assert error.value.key == key
