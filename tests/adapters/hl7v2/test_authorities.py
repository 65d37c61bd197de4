"""Who sent a message and which document it is: MSH-4 as an HD, OBR-3 as a document's own number."""

import pytest
from hl7_messages import MSH, PID, codes, message, plan, read

from adapters.formats.hl7v2 import Hl7v2Reader, habits_of
from adapters.profiles import load
from hub.canonical import said

NOTE = "OBX|1|TX|G^Goal^L||Walk||||||F"
MAPPED = Hl7v2Reader(
    habits_of(
        load(
            'profile: house\nversion: "1"\nsender: mco-house\nformat: hl7v2\n'
            "segments: {header.set_id: OBR-3}\n"
        )
    )
)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("MEADOW^MH01^L", ("MEADOW", "other", "MH01")),
        ("MEADOW^2.16.840.1.5^ISO", ("MEADOW", "other", "2.16.840.1.5")),
        ("MEADOW^1003000126^NPI", ("MEADOW", "npi", "1003000126")),
        ("^2.16.840.1.5^ISO", ("2.16.840.1.5", "other", "2.16.840.1.5")),
        ("MEADOW^^MH01", ("MEADOW", "other", "MH01")),
        ("MEADOW^^L", ("MEADOW", "", "")),
        ("MEADOW^ISO", ("MEADOW", "", "")),
        ("MEADOW", ("MEADOW", "", "")),
    ],
)
def test_an_authority(field, expected):
    """A sender's id is its universal id, and never the type of it."""
    head = MSH.format(kind="MDM^T02", control="C1").replace("|PLAN1|", f"|{field}|")
    found = plan(f"{head}\r{PID}\r{NOTE}".encode()).header.custodian
    ids = [(one.kind, one.value) for one in found.identifiers] or [("", "")]
    assert expected == (said(found.organization), *ids[0])


def test_the_fillers_number_is_the_documents():
    """OBR-3 of a report is its own number, before that of the message; a second order's stays."""
    segments = ["OBR|1|P1|ICP-7^CM|X^Care plan^L", NOTE, "OBR|2|P2|ICP-8^CM|Y^More^L"]
    found = plan(message(*segments, kind="ORU^R01"))
    assert [(one.system, one.value, one.kind) for one in found.header.source_ids] == [
        ("urn:id:CM", "ICP-7", None),
        (None, "C1", "message"),
    ]
    assert found.places["/header/source_ids/0"].at == "OBR[1]-3"
    assert ["OBR-3: ICP-8^CM" in said(one.text) for one in found.residue] == [False, True]


def test_a_number_the_profile_maps():
    """A number that the profile maps to another field is left to it."""
    content = message("OBR|1||S1|X^Care plan^L", NOTE, kind="ORU^R01")
    found = plan(content, MAPPED)
    assert (found.header.set_id, [one.value for one in found.header.source_ids]) == ("S1", ["C1"])
    assert codes(read(content, MAPPED)) == []
