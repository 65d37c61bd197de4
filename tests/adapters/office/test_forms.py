"""Whole forms: one form reads alike from PDF, Word and Rich Text, and keeps the contract."""

from pathlib import Path

import pytest

from adapters import testing
from adapters.mcos import keystone_pdf, keystone_word, laurel_word
from hub.canonical import Document, said, wire
from tests.samples.make_office import docx, keystone, rich_request, rtf, word_request

SAMPLES = Path(__file__).parents[3] / "templates" / "demo" / "samples"
PDF = Document((SAMPLES / "mco-keystone" / "okafor_care_plan.pdf").read_bytes())


class TestKeystone(testing.Suite):
    """Form KU-114 keeps the contract as Word and as Rich Text."""

    adapter = keystone_word.ADAPTER
    samples = (Document(docx(keystone())), Document(rtf(keystone())))


class TestLaurel(testing.Suite):
    """Form FS-2 keeps the contract, filled through content controls and on lines."""

    adapter = laurel_word.ADAPTER
    samples = (Document(word_request()), Document(rich_request()))


def plain(reading):
    """Return a reading's plan as data, without its places."""
    (plan,) = reading.plans
    data = wire.plain(plan)
    data.pop("places")
    return data


@pytest.mark.parametrize("make", [docx, rtf])
def test_alike(make):
    """The same form says the same as Word or Rich Text as it says as PDF."""
    reading = keystone_word.ADAPTER.read(Document(make(keystone())))

    assert plain(keystone_pdf.ADAPTER.read(PDF)) == plain(reading)


def test_request():
    """A request for a flexible service has its costs, its reasons and what is asked."""
    (plan,) = laurel_word.ADAPTER.read(Document(word_request())).plans
    (one,) = plan.interventions

    assert (plan.header.kind, one.kind, said(one.text)) == (
        "flexible_service_request",
        "flexible_service",
        "Air conditioner for the bedroom",
    )
    assert (
        one.flexible.category,
        one.flexible.estimated_cost,
        one.flexible.savings,
        one.flexible.continued,
    ) == ("home", "640.00", "10560.00", False)
    assert [said(ask.text) for ask in plan.asks] == ["Confirm that heat worsens her heart failure"]
    assert plan.barriers == ("Fixed income", "Old wiring in the house")


def test_request_alike():
    """Filled on lines or through content controls, the request says the same."""
    ways = [word_request(), rich_request()]

    word, rich = (plain(laurel_word.ADAPTER.read(Document(way))) for way in ways)
    assert word == rich


def test_note_by_heading():
    """A paragraph no rule takes is a note under its heading."""
    (plan,) = laurel_word.ADAPTER.read(Document(rich_request())).plans

    assert [(n.section, n.text) for n in plan.notes] == [
        ("Home visit", "Seen at home on a hot day, windows painted shut.")
    ]


def test_wrong_form():
    """Another form of the same sender is refused, with everything counted."""
    reading = laurel_word.ADAPTER.read(Document(docx(keystone())))

    assert (reading.plans, reading.findings[0].code) == ((), "wrong_form")
    assert reading.coverage.source_items > 100


def test_missing():
    """A form without what it must say makes no plan, and the finding names it."""
    items = [item for item in keystone() if item[0] != "boxes"]
    reading = keystone_word.ADAPTER.read(Document(docx([*items, ("p", "Form KU-114")])))

    assert ((), "missing_member_id") == (reading.plans, reading.findings[0].code)
