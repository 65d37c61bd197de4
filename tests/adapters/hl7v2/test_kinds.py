"""A result or a note is a report beside the member's plan, in a chain of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hl7_messages import message, plan, read

from hub.normalize import chain_of

HBA1C = "OBX|1|NM|4548-4^Hemoglobin A1c^LN||7.2|%|||||F"
ORDER = "OBR|1|P1|F77^LAB|LAB90^HEMOGLOBIN A1C^L|||20260301"
CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "hl7v2"
PLAN = "OBX|1|TX|18776-5^Plan of care note^LN||Walk daily.||||||F"


def txa(kind, number="D1", title=""):
    """Return a TXA of a type."""
    return f"TXA|1|{kind}|TX|20260301||||||||{number}||||{title and ''}|AU||AV||||||{title}"


def chain(found):
    """Return the chain a plan of the sender is in."""
    return chain_of("mco-1", found)


def test_laboratory_result():
    """A laboratory result is a report; it is in no chain with the member's plan."""
    result = plan(message(ORDER, HBA1C, kind="ORU^R01"))
    icp = plan(message(txa("18776-5^Plan of care note^LN"), PLAN))

    assert ("report", "icp") == (result.header.kind, icp.header.kind)
    assert "F77" == result.header.set_id
    assert chain(result) != chain(icp)


def test_corrected_result():
    """A result sent again under its number is the next version; another one stands beside it."""
    first, again, other = (
        plan(message(ORDER.replace("F77", number), HBA1C, kind="ORU^R01", control=control))
        for number, control in (("F77", "1"), ("F77", "2"), ("F78", "3"))
    )

    assert chain(first) == chain(again) != chain(other)


def test_result_without_number():
    """A result without an order number is told apart by its message."""
    bare = "OBR|1|||LAB90^HEMOGLOBIN A1C^L|||20260301"
    found = plan(message(bare, HBA1C, kind="ORU^R01", control="C9"))

    assert ("report", "C9") == (found.header.kind, found.header.set_id)


@pytest.mark.parametrize(
    "order",
    [
        "OBR|1|P1|F77|18776-5^Note^LN|||20260301",
        "OBR|1|P1|F77|ICP^Integrated Care Plan^L|||20260301",
        "OBR|1|P1|F77|X^Person-centered plan of care^L|||20260301",
    ],
)
def test_result_that_is_a_plan(order):
    """A sender whose plans come as results names them so; then they are plans."""
    assert "icp" == plan(message(order, PLAN, kind="ORU^R01")).header.kind


@pytest.mark.parametrize("kind", ["DS^Discharge Summary^HL70270", "PN", "CN^Consult Note"])
def test_note(kind):
    """A document of a type that is no plan is a report under its own number."""
    note = "OBX|1|TX|X^Text^L||Seen today.||||||F"
    found = plan(message(txa(kind), note))

    assert ("report", "D1") == (found.header.kind, found.header.set_id)


def test_titled_as_a_plan():
    """A document whose title says plan of care is one, whatever its type."""
    note = "OBX|1|TX|X^Text^L||Seen today.||||||F"
    assert "icp" == plan(message(txa("PN", title="Plan of care"), note)).header.kind


@pytest.mark.parametrize("kind", ["", "CP^Care plan^L", "LOCAL7"])
def test_other_types(kind):
    """A document of a type nobody knows stays a plan, as its sender is bound to send."""
    note = "OBX|1|TX|X^Text^L||Seen today.||||||F"
    assert "icp" == plan(message(txa(kind), note)).header.kind


def test_addendum_without_number():
    """An addendum without a number of its own is never the next version of the member's plan."""
    note = "OBX|1|TX|X^Text^L||Seen today.||||||F"
    added = plan(message(txa("", number=""), note, kind="MDM^T06", control="C4"))
    icp = plan(message(txa("18776-5^Plan of care note^LN"), PLAN))

    assert "C4" == added.header.set_id
    assert chain(added) != chain(icp)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpora are not beside the project")
def test_others_results():
    """No result of the corpora is in a chain with a plan; each is a report or names a plan."""
    kinds = {"report": 0, "icp": 0}
    for path in sorted(CORPUS.rglob("*.hl7"))[:400]:
        content = path.read_bytes()
        if content.count(b"MSH|") == 1 and b"|ORU^R01" in content[:400]:
            for one in read(content).plans:
                kinds[one.header.kind] += 1
                assert one.header.kind == "icp" or one.header.set_id
    assert kinds["report"] > 10
    assert kinds["icp"] == 0
