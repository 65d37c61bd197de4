"""The adapters' README is true: its profile loads, its table reads, its lists are complete."""

import re
from pathlib import Path

import yaml

from adapters.formats.hl7v2 import Hl7v2Reader, habits_of
from adapters.formats.office import OfficeReader
from adapters.formats.tabular import TabularReader
from adapters.profiles import TRANSFORMS, load
from hub.canonical import Absent, Document, said
from tests.samples.make_office import docx, wp, wr, wtbl, wtc

ROOT = Path(__file__).parents[2]
README = (ROOT / "adapters" / "README.md").read_text(encoding="utf-8")


def block(language):
    """Return the one fenced block of a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return found


def test_example_reads():
    """The README's own profile reads the README's own table without a finding."""
    reading = TabularReader(load(block("yaml"))).read(Document(block("csv").encode()))
    (plan,) = reading.plans

    assert reading.findings == ()
    assert (
        plan.member.identifiers[0].value,
        plan.goals[0].due,
        said(plan.asks[0].text),
    ) == ("000417", "2026-06-01", "Please check the blood pressure log")


def test_lists_transforms():
    """Every transform stands in the README with what it gives, and no other does."""
    rows = dict(
        re.findall(r"^\| `(\w+)` \| (.+) \|$", README.split("Transforms (")[1], re.MULTILINE)
    )

    assert {name: words for name, (_, words) in TRANSFORMS.items()} == rows


def test_lists_bindings():
    """The README's last table is the demo world's bindings."""
    world = yaml.safe_load((ROOT / "templates" / "demo" / "world.yaml").read_text("utf-8"))
    bound = [(b["organisation"], path) for b in world["bindings"] for path in b["adapters"]]

    assert bound == re.findall(r"^\| (mco-\w+) \| `(\S+)` \|$", README, re.MULTILINE)


def test_names_every_key():
    """Every key of the profile language is explained or shown."""
    schema = yaml.safe_load((ROOT / "adapters" / "profiles" / "schema.json").read_text("utf-8"))

    missing = [
        key for key in schema["properties"] if f"{key}:" not in README and f"`{key}`" not in README
    ]
    assert missing == []


def hl7():
    """Return the README's HL7 v2 profile as an adapter, and its message."""
    content = block("hl7").replace("\n", "\r").encode()
    return Hl7v2Reader(habits_of(load(block("yml")))), Document(content)


def test_hl7_example_reads():
    """The README's HL7 v2 profile reads its message: fields, links, text that goes on, one note."""
    adapter, document = hl7()
    reading = adapter.read(document)
    (plan,) = reading.plans
    (goal,), (step,) = plan.goals, plan.interventions

    assert [one.code for one in reading.findings] == ["consent_not_registered"]
    assert (goal.text, goal.due, goal.status, goal.concerns) == (
        "No hospital stay for 90 days after the March discharge",
        "2026-06-30",
        "open",
        ("1",),
    )
    assert (step.party.name, step.frequency, step.goals) == (
        "Meadow Home Care",
        "twice a week",
        ("1.1",),
    )
    assert [said(one.text) for one in plan.notes] == [
        "Weight was stable in February",
        "ROI-PCP: given, 2026-03-02",
    ]
    assert [one.dose for one in plan.medications] == [
        "1 tablet in the morning",
        "1 tablet twice a day",
    ]
    assert (plan.team[-1].party.name, plan.agreement.signed_on) == ("ANN RAY, RN", "2026-03-02")


def test_letter_example_reads():
    """The README's letter profile reads a letter: headings, two lines, one goal, none."""
    start, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    heads = [wtc(wp(one)) for one in ("Goal", "By when / status", "What")]
    due = wp("", runs=wr("no date set") + "<w:r><w:br/></w:r>" + wr("Open"))
    rows = [
        heads,
        [wtc(wp("1. Walk"), look=start), wtc(due, look=start), wtc(wp("Class"))],
        [wtc(wp(""), look=on), wtc(wp(""), look=on), wtc(wp("Shoes"))],
    ]
    lines = [
        *("Meadow care plan letter", "Member no.: 000417", "Health concerns"),
        *("1. Asthma (J45.40), active, since 2020", "2. No ID card, active, since May 2026"),
        *("Allergies: No known allergies", "Medicines"),
        *("- Aspirin 81 mg daily", "- Ibuprofen 400 mg \u2013 Stopped because of kidneys"),
    ]
    letter = docx([*(("p", line) for line in lines), ("raw", wtbl(rows))])
    reading = OfficeReader(load(block("yaml letter"))).read(Document(letter))
    (plan,) = reading.plans

    assert {one.code for one in reading.findings} == {"heading_not_found"}
    assert [(one.id, one.text, one.onset) for one in plan.concerns] == [
        ("1", "Asthma", "2020"),
        ("2", "No ID card", "2026-05"),
    ]
    assert [(one.text, one.dose, one.status) for one in plan.medications] == [
        ("Aspirin", "81 mg daily", None),
        ("Ibuprofen", "400 mg", "Stopped because of kidneys"),
    ]
    assert [(one.text, one.due, one.status) for one in plan.goals] == [("Walk", None, "Open")]
    assert [one.goals for one in plan.interventions] == [("1",), ("1",)]
    assert (plan.allergies, plan.residue) == (Absent("none"), ())
