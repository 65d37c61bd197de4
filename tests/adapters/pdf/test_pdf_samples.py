"""The shipped PDF samples, read whole: Keystone's ruled form and Susquehanna's fillable one."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
import yaml

from adapters.mcos import keystone_pdf, susquehanna_pdf
from hub.canonical import Absent, Document, each, said

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "templates" / "demo"
KEYSTONE = (DEMO / "samples/mco-keystone/okafor_care_plan.pdf").read_bytes()
SUSQUEHANNA = (DEMO / "samples/mco-susquehanna/reyes_care_plan.pdf").read_bytes()
BOTH = {"keystone": (keystone_pdf, KEYSTONE), "susquehanna": (susquehanna_pdf, SUSQUEHANNA)}


def reading(name: str, content: bytes | None = None):
    module, sample = BOTH[name]
    return module.ADAPTER.read(Document(content or sample, "plan.pdf"))


def changed(change) -> bytes:
    """Return Susquehanna's sample with some of its fields filled in another way."""
    with pikepdf.open(io.BytesIO(SUSQUEHANNA)) as pdf:
        fields = {str(one.T): one for one in pdf.Root.AcroForm.Fields}
        change(fields)
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()


def path(plan, dotted: str):
    """Return what stands at a dotted path of a plan."""
    here = plan
    for name in dotted.split("."):
        here = here[int(name)] if name.isdigit() else getattr(here, name)
    return here


@pytest.mark.parametrize("name", BOTH)
def test_clean(name):
    """The sample is read without a finding and without residue."""
    made = reading(name)
    assert (made.findings, made.coverage.residue) == ((), 0)


@pytest.mark.parametrize("name", BOTH)
def test_tally(name):
    """The tally of the sample adds up."""
    tally = reading(name).coverage
    assert tally.source_items == tally.mapped + tally.residue + tally.ignored


@pytest.mark.parametrize(("name", "family"), [("keystone", "Okafor"), ("susquehanna", "Reyes")])
def test_agrees_with_the_roster(name, family):
    """The member's ids, name and birth date are those of the demo's roster."""
    roster = yaml.safe_load((DEMO / "world.yaml").read_text())["members"]
    one = next(one for one in roster if one["family"] == family)
    member = reading(name).plans[0].member
    ids = {each_id.kind: each_id.value for each_id in member.identifiers}
    wanted = (one["member_id"], one["medicaid"], one["family"], one["given"], one["birth_date"])
    assert wanted == (
        ids["plan"],
        ids["medicaid"],
        member.name.family,
        member.name.given[0],
        member.birth_date,
    )


@pytest.mark.parametrize(
    ("name", "where", "value"),
    [
        ("keystone", "header.set_id", "KU-CP-30218"),
        ("keystone", "header.version", 1),
        ("keystone", "header.period.end", "2027-05-02"),
        ("keystone", "header.purpose", "Two hospital stays for COPD in four months"),
        ("keystone", "member.interpreter_needed", False),
        ("keystone", "strengths", ("Keeps a daily log", "daughter lives next door")),
        ("keystone", "risk.level", "high"),
        ("keystone", "team.1.party.organization", "Riverbend Family Medicine"),
        ("keystone", "asks.0.due", "2026-11-09"),
        ("keystone", "asks.1.of", "pcmh"),
        ("keystone", "concerns.0.codes.0.code", "J44.9"),
        ("keystone", "concerns.1.onset", "2011-06"),
        ("keystone", "concerns.0.onset", "2018"),
        ("keystone", "goals.2.concerns", ("C3", "C1")),
        ("keystone", "interventions.3.text", "Rides booked through MATP two days ahead"),
        ("keystone", "interventions.0.responsible", "pcmh"),
        ("keystone", "medications.1.dose", "2 puffs as needed"),
        ("keystone", "allergies.0.reaction", "Hives"),
        ("susquehanna", "header.version", 2),
        ("susquehanna", "member.sex", "male"),
        ("susquehanna", "member.interpreter_needed", True),
        ("susquehanna", "coverage.member_id", "000482913"),
        ("susquehanna", "risk.level", "high"),
        ("susquehanna", "team.0.party.name", "Elena Fischer RN"),
        ("susquehanna", "asks.0.due", "2026-12-05"),
        ("susquehanna", "concerns.0.codes.0.code", "E11.22"),
        ("susquehanna", "goals.0.progress", "9.4 in September"),
        ("susquehanna", "interventions.1.responsible", "community"),
        ("susquehanna", "medications.2.text", "Losartan 50 mg tablet"),
        ("susquehanna", "allergies", Absent("none")),
        ("susquehanna", "notes.0.section", "Notes to the practice"),
    ],
)
def test_values(name, where, value):
    """Each value of the sample stands in its field."""
    assert value == path(reading(name).plans[0], where)


@pytest.mark.parametrize("name", BOTH)
def test_links_lead_somewhere(name):
    """Every goal and concern that an item names is in the plan."""
    plan = reading(name).plans[0]
    ids = {one.id for one in (*each(plan.goals), *each(plan.concerns))}
    named = {ref for one in each(plan.goals) for ref in one.concerns}
    named |= {ref for one in each(plan.interventions) for ref in one.goals}
    assert named - ids == set()


@pytest.mark.parametrize("name", BOTH)
def test_other_form_is_refused(name):
    """One MCO's form is not read by the other's profile."""
    other = next(sample for key, (_, sample) in BOTH.items() if key != name)
    assert reading(name, other).findings[0].code == "wrong_form"


def test_field_values_are_sure():
    """A form field's value is certain and placed at its widget."""
    place = reading("susquehanna").plans[0].places["/coverage/member_id"]
    assert (place.at, place.confidence) == ("page 1 (40.0, 196.0, 180.0, 212.0)", 1.0)


def test_unknown_field_is_residue():
    """A filled field the profile doesn't know is kept under its tooltip."""

    def rename(fields):
        fields["txtOwn"].T = pikepdf.String("txtOther")
        fields["txtOwn"].TU = pikepdf.String("Anything else")

    kept = reading("susquehanna", changed(rename)).plans[0].residue
    assert [(said(one.label), said(one.text)) for one in kept] == [
        ("Anything else", "I do not want dialysis.")
    ]


def test_tooltip_names_a_renamed_field():
    """A field whose name changed is still known by its tooltip."""

    def rename(fields):
        fields["txtLast"].T = pikepdf.String("Text17")

    assert reading("susquehanna", changed(rename)).plans[0].member.name.family == "Reyes"


def test_two_ticks_are_doubtful():
    """Two ticked boxes of one question are told and not answered."""

    def tick(fields):
        fields["chkLow"].V = fields["chkLow"].AS = pikepdf.Name.Yes

    made = reading("susquehanna", changed(tick))
    assert (made.findings[0].code, made.plans[0].risk) == ("doubtful_field", None)


def test_state_against_value_is_doubtful():
    """A box drawn empty whose value says ticked is told and not answered."""

    def contradict(fields):
        fields["chkInterp"].AS = pikepdf.Name.Off

    made = reading("susquehanna", changed(contradict))
    assert (
        made.findings[0].code,
        made.plans[0].member.interpreter_needed,
    ) == ("doubtful_field", None)


def test_missing_member_number_refuses_the_plan():
    """A form without its member number makes no plan."""

    def blank(fields):
        del fields["txtMbrNo"]["/V"]

    made = reading("susquehanna", changed(blank))
    assert (made.findings[0].code, made.plans) == ("missing_member_number", ())


def test_samples_are_what_the_script_makes():
    """The committed samples are the script's own bytes."""
    import importlib.util  # noqa: PLC0415  # the script is no package

    script = ROOT / "tests" / "samples" / "make_pdfs.py"
    spec = importlib.util.spec_from_file_location("make_pdfs", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert [make() for make in module.MADE.values()] == [KEYSTONE, SUSQUEHANNA]
