"""The benchmarks in small: they run, their documents are plans, and their validity checks bite."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

import pytest

from adapters.formats.ccda import ADAPTER
from adapters.mcos.allegheny_hl7v2 import ADAPTER as HL7V2
from benchmarks import documents, line, load, sink, stage, steps
from benchmarks.__main__ import main
from benchmarks.report import Figure, missed, set_against, written
from hub.canonical import Document, each
from hub.normalize import member_keys
from hub.roster import parse

SENT = [load.Sent(accepted=10, secret=2)]
COUNTS = asdict(sink.Counts(deliveries=10, acknowledged=10))
KEPT = {
    "submissions": 10,
    "deliveries": 10,
    "acknowledged": 10,
    "withheld": 2,
    "told": 10,
    "ledger": 0,
}


def test_line_runs():
    """Fifty plans go the whole way with real processes, and the run proves itself."""
    plan = stage.Plan(plans=50, connections=(4,), rounds=1, members=60, workers=1, warm=1)
    outcome = asyncio.run(line.run(plan))

    assert [50] == [each.plans for each in outcome.rounds]
    assert outcome.leaves > 50 * 8


def test_every_step_runs():
    """Each step that is timed can be made from what the hub has today, and runs."""
    ran = {name for name, call in steps.calls().items() if (call(), True)}

    assert {"read_ccda", "read_pdf", "release", "withhold", "render_ccda", "unframe"} <= ran


def test_valid_run():
    """A run in which everything adds up has no faults."""
    assert [] == line.faults(SENT, COUNTS, KEPT)


@pytest.mark.parametrize(
    ("counts", "kept", "named"),
    [
        ({"deliveries": 9}, {}, "deliveries at the practice"),
        ({"acknowledged": 9}, {}, "acknowledgments the hub took"),
        ({"refused": 1}, {}, "acknowledgments refused"),
        ({"unsigned": 1}, {}, "posts whose signature was wrong"),
        ({"leaks": 1}, {}, "documents with withheld words"),
        ({}, {"submissions": 11}, "submissions kept"),
        ({}, {"deliveries": 11}, "deliveries kept"),
        ({}, {"acknowledged": 9}, "deliveries acknowledged"),
        ({}, {"withheld": 1}, "releases with something withheld"),
        ({}, {"told": 9}, "acknowledgments in the ledger"),
        ({}, {"ledger": 1}, "problems of the ledger"),
    ],
)
def test_fault_is_found(counts, kept, named):
    """Each thing that does not add up makes the run void, by its name."""
    found = line.faults(SENT, {**COUNTS, **counts}, {**KEPT, **kept})

    assert named == found[0].partition(":")[0]


def test_error_is_found():
    """One answer other than 202 makes the run void."""
    found = line.faults([load.Sent(accepted=10, secret=2, errors=1)], COUNTS, KEPT)

    assert ["answers other than 202: 1, expected 0"] == found


def test_unsigned_post():
    """The practice refuses a post whose signature is not the hub's."""
    practice = sink.Sink(b"k" * 32, 0, "")
    practice.takes({"webhook-id": "del_1", "webhook-signature": "v1,AAAA"}, b"<plan/>")

    assert (1, 0) == (practice.counts.unsigned, practice.counts.deliveries)


@pytest.mark.parametrize("word", documents.SECRET)
def test_leak_is_seen(word):
    """Every withheld word is seen in a delivered document, in any case."""
    assert sink.leaks(b"<text>" + word.upper() + b"</text>")


def test_secret_thread():
    """Only a plan with the thread holds its words, and holds all of them."""
    member = documents.person(3)
    plain = documents.care_plan(member, 1).lower()
    with_it = documents.care_plan(member, 1, secret=True).lower()

    assert not sink.leaks(plain)
    assert all(word.lower() in with_it for word in documents.SECRET)


@pytest.mark.parametrize(
    ("adapter", "make"), [(ADAPTER, documents.care_plan), (HL7V2, documents.mdm)]
)
def test_documents_are_plans(adapter, make):
    """A synthetic document is read into one plan of its member, with concerns and goals."""
    member = documents.person(5)
    (plan,) = adapter.read(Document(make(member, 9))).plans

    assert member.member_id in member_keys(plan)
    assert each(plan.concerns)
    assert each(plan.goals)


def test_serials_are_unique():
    """Every document handed out has bytes of its own."""
    serials = load.Serials(5, lambda m, n, s: documents.care_plan(m, n, secret=s))

    assert 20 == len({serials.take()[0] for _ in range(20)})


def test_roster_is_read():
    """The roster's rows are all good rows."""
    file = parse(documents.roster(30))

    assert (30, 0) == (len(file.rows), len(file.problems))


def test_report(tmp_path):
    """A report has value, unit, ratio and what it is set against, and names a missed gate."""
    floor = Figure(100.0, "µs CPU")
    figures = {"floor": floor, "read": set_against(Figure(500.0, "µs CPU"), "floor", floor, "<= 4")}
    written(tmp_path / "bench.json", figures, {"cores": 2})
    told = json.loads((tmp_path / "bench.json").read_text("utf-8"))["read"]

    assert {"value": 500.0, "unit": "µs CPU", "ratio": 5.0, "against": "floor"}.items() <= (
        told.items()
    )
    assert ["read"] == missed(figures)


def test_wrong_usage():
    """An unknown part is wrong usage: exit 2."""
    with pytest.raises(SystemExit) as ended:
        main(["--only", "nothing"])

    assert 2 == ended.value.code
