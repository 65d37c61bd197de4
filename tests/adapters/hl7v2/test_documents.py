"""MDM and ORU: the document's header, its text, its files, its withdrawal, its protection."""

import base64
import hashlib

import pytest
from hl7_messages import PID, codes, message, plan, read

from adapters.formats.hl7v2 import Habits, Hl7v2Reader
from hub.canonical import Absent, said

TXA = (
    "TXA|1|PC^Plan^L|TX|20260301|||||9^Who^Ann|||D2^^1.2.3^ISO|{parent}||||{done}|R|{there}"
    "||||||Plan of March"
)
NOTE = "OBX|1|TX|N^Note^L||walk daily||||||F"
PDF = b"%PDF-1.4\n%%EOF" * 40
B64 = base64.b64encode(PDF).decode()


def txa(parent="", done="AU", there="AV"):
    """Return a TXA segment."""
    return TXA.format(parent=parent, done=done, there=there)


def enclosing(data, *, media="application^pdf^Base64", named="F^File^L", sub=""):
    """Return an OBX with a file in it."""
    return f"OBX|1|ED|{named}|{sub}|^{media}^{data}||||||F"


def test_header():
    """TXA says which document it is, by whom, and how confidential."""
    header = plan(message(txa(), NOTE)).header

    assert (header.source_ids[0].value, header.source_ids[0].system) == ("D2", "urn:oid:1.2.3")
    assert (header.title, header.status, header.confidentiality) == ("Plan of March", "active", "R")
    assert (header.written_on, said(header.author.name)) == ("2026-03-01", "Ann Who")
    assert [r.organization for r in header.recipients] == ["PRACTICE"]


def test_sending_time():
    """Without a better time the plan was written when it was sent."""
    assert plan(message(NOTE)).header.written_on == "2026-03-01T09:30:00-05:00"


def test_zone_not_invented():
    """A time without an offset stays without one, whatever MSH-7's is."""
    observed = "OBX|1|NM|8480-6^Systolic^LN||132|mm[Hg]|||||F|||202603010900"
    (found,) = plan(message(observed, kind="ORU^R01")).assessments

    assert found.date == "2026-03-01T09:00"


@pytest.mark.parametrize(
    ("event", "done", "there", "status"),
    [
        ("T02", "AU", "AV", "active"),
        ("T02", "LA", "", "active"),
        ("T02", "IP", "AV", "draft"),
        ("T02", "DI", "UN", "draft"),
        ("T04", "AU", "CA", "revoked"),
        ("T04", "AU", "OB", "completed"),
        ("T02", "AU", "UN", "draft"),
        ("T03", "AU", "CA", "revoked"),
        ("T11", "AU", "CA", "revoked"),
        ("T11", "", "", "revoked"),
    ],
)
def test_status(event, done, there, status):
    """Completion and availability give the document's status; T11 withdraws it."""
    content = message(txa(done=done, there=there), NOTE, kind=f"MDM^{event}")

    assert status == plan(content).header.status


def test_cancel_without_content():
    """A cancel needs no content to be a version of its own."""
    assert plan(message(txa(), kind="MDM^T11")).header.status == "revoked"


@pytest.mark.parametrize(("event", "expected"), [("T10", "D1"), ("T02", "D1"), ("T06", None)])
def test_parent(event, expected):
    """A parent is replaced, except by an addendum."""
    header = plan(message(txa(parent="D1"), NOTE, kind=f"MDM^{event}")).header

    assert expected == (header.replaces.source_ids[0].value if header.replaces else None)


def test_text_is_joined():
    """Lines under one name are one note, in order."""
    lines = [f"OBX|{n}|TX|N^Note^L||line {n}||||||F" for n in range(1, 4)]
    found = plan(message(*lines))

    assert [said(n.text) for n in found.notes] == ["line 1\nline 2\nline 3"]
    assert found.places["/notes/0/text"].at == "OBX[1]-5"


def test_generic_keeps_headings():
    """Without a profile, headings in a text mean nothing."""
    found = plan(message(r"OBX|1|FT|N^Note^L||GOALS:\.br\- walk||||||F"))

    assert (found.goals, said(found.notes[0].text)) == ((), "GOALS:\n- walk")


def test_declared_headings():
    """With declared headings, each bullet under one is an item of its list."""
    reader = Hl7v2Reader(Habits(sections={"goals": ("GOALS",), "barriers": ("Barriers",)}))
    lines = ["before", "Goals:", "- walk", "  daily", "- eat", "barriers: no car"]
    text = "OBX|1|FT|N^Note^L||" + "\\.br\\".join(lines) + "||||||F"
    found = plan(message(text), reader)

    assert [said(g.text) for g in found.goals] == ["walk daily", "eat"]
    assert (found.barriers, said(found.notes[0].text)) == (("no car",), "before")


def test_coded_section():
    """A LOINC section code in OBX-3 names the list by itself."""
    found = plan(message("OBX|1|TX|61146-7^Goals^LN||walk daily||||||F"))

    assert [said(g.text) for g in found.goals] == ["walk daily"]


def test_file_is_kept():
    """An enclosed file is kept byte for byte, with its true kind."""
    reading = read(message(enclosing(B64)))
    (attachment,) = reading.plans[0].attachments

    assert reading.enclosures[hashlib.sha256(PDF).hexdigest()] == PDF
    assert ("application/pdf", len(PDF)) == (attachment.media_type, attachment.bytes)


def test_file_in_lines():
    """White space inside Base64 is dropped."""
    data = "\r\n".join(B64[at : at + 76] for at in range(0, len(B64), 76))

    assert list(read(message(enclosing(data))).enclosures.values()) == [PDF]


def test_file_in_pieces():
    """Pieces with the same name and rising numbers are one file."""
    cut = len(B64) // 2 // 4 * 4 + 1
    parts = [enclosing(B64[:cut], sub="1"), enclosing(B64[cut:], sub="2")]

    assert list(read(message(*parts)).enclosures.values()) == [PDF]


def test_two_files():
    """Two whole files with the same name and rising numbers stay two."""
    other = b"%PDF-1.7 another"
    parts = [enclosing(B64, sub="1"), enclosing(base64.b64encode(other).decode(), sub="2")]

    assert [PDF, other] == list(read(message(*parts)).enclosures.values())


@pytest.mark.parametrize(
    ("media", "data"),
    [
        ("application^pdf^Base64", "<Base64 encoded>"),
        ("application^pdf^Base64", ""),
        ("application^pdf^Base64", "JVBER==="),
        ("AP^PDF^Base64", "<Base64 encoded>"),
        ("application^pdf^", "JVBERi0="),
        ("application^pdf^Hex", "xyz"),
    ],
)
def test_placeholder(media, data):
    """A payload that is none is an error at its place; alone it quarantines the message."""
    content = enclosing(data, media=media)

    alone, beside = read(message(content)), read(message(content, NOTE.replace("|1|", "|2|", 1)))
    assert (alone.plans, alone.findings[0].code) == ((), "bad_enclosure")
    assert (len(beside.plans), codes(beside)[0]) == (1, ("bad_enclosure", "OBX[1]-5"))


def test_wrong_media():
    """Media fields that name another kind of file are a warning; the file is kept."""
    reading = read(message(enclosing(B64, media="text^html^Base64")))

    assert ("warning", "media_fields") in [(f.severity, f.code) for f in reading.findings]
    assert reading.plans[0].attachments[0].media_type == "application/pdf"


@pytest.mark.parametrize(
    ("kind", "code", "at"),
    [
        ("MDM^T02", "nothing_read", "MSH"),
        ("ORU^R01", "nothing_read", "MSH"),
        ("MDM^T01", "notification_only", "MSH-9"),
        ("MDM^T03", "notification_only", "MSH-9"),
        ("MDM^T09", "notification_only", "MSH-9"),
        ("ADT^A08", "identity_only", "MSH-9"),
        ("SIU^S12", "identity_only", "MSH-9"),
    ],
)
def test_nothing_read(kind, code, at):
    """A message with nothing of a plan is no plan, and the finding says what it is instead."""
    reading = read(message(kind=kind))

    assert ((), [("error", code, at)]) == (
        reading.plans,
        [(f.severity, f.code, f.place.at) for f in reading.findings],
    )


def test_empties_no_plan():
    """A message of identity beside a plan in one batch is no second, empty version of it."""
    reading = read(message(NOTE) + message(kind="ADT^A08", control="C2"))

    assert (len(reading.plans), codes(reading)) == (1, [("identity_only", "MSH[2]/MSH-9")])


@pytest.mark.parametrize(
    ("event", "parent", "replaced"),
    [
        ("T02", "", None),
        ("T03", "", "D2"),
        ("T04", "", "D2"),
        ("T08", "", "D2"),
        ("T11", "", "D2"),
        ("T08", "D1", "D2 D1"),
        ("T11", "D1", "D2"),
        ("T10", "D1", "D1"),
        ("T10", "", "D2"),
        ("T10", "D2^^1.2.3^ISO", "D2"),
        ("T02", "D2^^1.2.3^ISO", None),
    ],
)
def test_replaces(event, parent, replaced):
    """A status change, an edit and a cancel replace what their document was, a T10 its parent."""
    found = plan(message(txa(parent=parent, there="CA"), NOTE, kind=f"MDM^{event}"))

    replaces = found.header.replaces
    assert replaced == (" ".join(i.value for i in replaces.source_ids) if replaces else None)


def test_a_number_is_no_set():
    """A document number is no set id: the hub finds by it which plan it came with."""
    header = plan(message(txa(parent="D1^^1.2.3^ISO"), NOTE, kind="MDM^T10")).header

    assert (header.set_id, header.replaces.set_id) == (None, None)
    assert header.replaces.source_ids[0].system == "urn:oid:1.2.3"


@pytest.mark.parametrize("event", ["T08", "T10"])
def test_changes_what_it_does_not_name(event):
    """A change without any number takes the place of nothing: it is a set of its own."""
    bare = txa().replace("D2^^1.2.3^ISO", "")
    header = plan(message(bare, NOTE, kind=f"MDM^{event}")).header

    assert (header.replaces, header.set_id) == (None, "C1")


def test_cancels_what_it_does_not_name():
    """A cancel that names no document is refused, and the finding asks for TXA-12."""
    reading = read(message(txa().replace("D2^^1.2.3^ISO", ""), kind="MDM^T11"))

    assert (reading.plans, codes(reading)[-1]) == ((), ("nothing_named", "TXA-12"))


def test_replaces_nobody_knows_what():
    """A replacement without a parent is taken, and the finding asks for TXA-13."""
    reading = read(message(txa(), NOTE, kind="MDM^T10"))

    assert codes(reading) == [("missing_parent", "TXA-13")]


def test_addendum_stands_beside():
    """An addendum is a set of its own, so that it never takes the place of the whole plan."""
    found = plan(message(txa(parent="D1"), NOTE, kind="MDM^T06"))

    assert (found.header.set_id, found.places["/header/set_id"].at) == ("D2", "TXA-12")
    (beside,) = found.header.related
    assert (beside.how, beside.source_ids[0].value) == ("appends", "D1")
    assert found.places["/header/related"].at == "TXA-13"


def test_odd_status_is_kept():
    """A code of no table is no status, and stands in the residue."""
    found = plan(message(txa(done="ZZ"), NOTE))

    assert found.header.status == "unknown"
    assert "TXA-17: ZZ" in said(found.residue[-1].text)


def test_unnumbered_document():
    """A document without a number is taken with a warning."""
    reading = read(message(txa().replace("D2^^1.2.3^ISO", ""), NOTE))

    assert codes(reading) == [("missing_document_number", "TXA-12")]


def test_result():
    """A value keeps its units, range and flags as written."""
    found = plan(
        message(
            "OBR|1|||P^Panel^L|||20260228",
            "OBX|1|NM|K^Potassium^L||3.1|mmol/L|3.5-5|L|||P",
            kind="ORU^R01",
        )
    )
    (assessment,) = found.assessments

    expected = ("Potassium", "3.1 mmol/L (range 3.5-5, flag L, preliminary)", "2026-02-28")
    assert expected == (assessment.name, assessment.result, assessment.date)


def test_withdrawn_result():
    """A result its sender deleted is residue."""
    reading = read(message(NOTE, "OBX|2|NM|K^Potassium^L||3.1|mmol/L|||||D", kind="ORU^R01"))

    assert (reading.plans[0].assessments, reading.findings[0].code) == ((), "withdrawn_result")


NOTICES = [
    "ZNT|1|x|42 CFR part 2 prohibits unauthorized use or disclosure of these records.",
    "NTE|1||Federal rules (42 C.F.R. Part 2) apply",
    "OBX|2|TX|D^Disclosure^L||see 42 CFR 2.32||||||F",
]


@pytest.mark.parametrize("notice", NOTICES)
def test_part2_notice(notice):
    """A Part 2 notice anywhere covers every element of the plan."""
    found = plan(message(NOTE, notice))

    assert {"yes"} == {item.part2_origin for item in (*found.notes, *found.residue)}


def test_no_notice():
    """Without a notice the origin stays unknown, never `no`."""
    assert {"unknown"} == {n.part2_origin for n in plan(message(NOTE)).notes}


@pytest.mark.parametrize(
    ("number", "code", "level", "labels"),
    [
        (26, "R", "R", ()),
        (26, "V", "V", ()),
        (8, "ETH", None, ("sud",)),
        (26, "R~HIV", "R", ("hiv",)),
        (26, "ask first~HIV~R", "R", ("hiv",)),
    ],
)
def test_security_codes(number, code, level, labels):
    """MSH-8 and 26 raise the confidentiality and label every element."""
    content = message(NOTE).decode().split("\r")
    fields = content[0].split("|") + [""] * 20
    fields[number - 1] = code
    found = plan("\r".join(["|".join(fields), *content[1:]]).encode())

    assert (level, labels) == (found.header.confidentiality, found.notes[0].labels)


def test_access_restriction():
    """An ARV segment restricts the whole document."""
    assert plan(message("ARV|1|A|DEM", NOTE)).header.confidentiality == "R"


def test_odd_time_is_kept():
    """An impossible time is no value; it stays as text, with its place."""
    reading = read(message("PRB|AD|2026|X||||20060315076", kind="PPR^PC1"))

    assert codes(reading) == [("odd_time", "PRB-7")]
    assert "PRB-7: 20060315076" in said(reading.plans[0].residue[-1].text)


def test_tally():
    """Every non-empty field is mapped, residue or ignored."""
    tally = read(message(txa(), NOTE, "ZZZ|1|a||b")).coverage

    assert tally.source_items == tally.mapped + tally.residue + tally.ignored
    assert tally.residue == 4  # TXA-2, which the title speaks louder than, and the three of ZZZ


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        ("SN", ">^90", "> 90"),
        ("SN", "1^:^128", "1 : 128"),
        ("NM", "7", "7"),
        ("CWE", "N^Negative^L", "Negative"),
        ("CE", "A^Yes^L~B^No^L", "Yes, No"),
        ("ST", "trace", "trace"),
        ("DT", "20260301", "20260301"),
    ],
)
def test_result_kinds(kind, raw, expected):
    """A value of each kind reads as it was meant, comparators and ratios included."""
    found = plan(message(f"OBX|1|{kind}|K^Test^L||{raw}||||||F", kind="ORU^R01"))

    assert expected == found.assessments[0].result


def test_title_is_txa():
    """The document's own title stands before the order's that it came from."""
    found = plan(message("OBR|1|||P^Panel^L", txa(), NOTE))

    assert found.header.title == "Plan of March"


def test_coded_result_keeps_its_code():
    """A coded value reads in words, and its code and the unit's other names are not lost."""
    found = plan(
        message(
            "OBX|1|CWE|L^Test^L||260373001^Detected^SCT~X^Other^L|mg^milligram^UCUM|||||F",
            kind="ORU^R01",
        )
    )

    assert found.assessments[0].result == "Detected, Other mg"
    assert [said(one.text) for one in found.residue] == [
        "OBX-5: 260373001^Detected^SCT~X^Other^L; OBX-6: mg^milligram^UCUM"
    ]


def test_plain_result_leaves_nothing():
    """A value that is all in the result leaves no residue."""
    found = plan(message("OBX|1|NM|K^Potassium^L||3.1|mmol/L|||||F", kind="ORU^R01"))

    assert found.residue == ()


@pytest.mark.parametrize(
    ("segments", "sections"),
    [
        (["OBX|1|NM|K^Potassium^L||3.1", "NTE|1||low"], ["About Potassium"]),
        (["OBR|1|||P^Panel^L", "NTE|1||fasting"], ["About Panel"]),
        (["NTE|1||prefers mornings", NOTE], ["About the member", "Note"]),
        (["OBX|1|TX|N^Note^L||walk", "NTE|1||really"], ["Note", "About Note"]),
        (["NTE|1|||RE^Remark^L"], []),
        (["OBX|1|NM|K^Potassium^L||3.1", "NTE|1||low|RE^Remark^L"], ["Remark"]),
        (
            ["OBX|1|NM|K^Potassium^L||3.1", "NTE|1||low", "OBX|2|NM|S^Sodium^L||3", "NTE|1||ok"],
            ["About Potassium", "About Sodium"],
        ),
    ],
)
def test_remark_under_its_parent(segments, sections):
    """A comment is named after the result, order or person it stands under."""
    found = plan(message(*segments, "AL1|1||N^Nuts^L", kind="ORU^R01"))

    assert sections == [said(note.section) for note in found.notes]


def test_null_result():
    """A null as a value is a value taken back, never two quotation marks."""
    found = plan(message('OBX|1|NM|K^Potassium^L||""|mmol/L|||||C', kind="ORU^R01"))

    assert [(one.name, one.result) for one in found.assessments] == [("Potassium", Absent("none"))]


def test_null_fields():
    """A null in a field is an explicit none, in the plan and beside it."""
    pid = PID.replace("|19700101|F", '|19700101|""||""') + '||||""'
    found = plan(message(NOTE, pid=pid))

    assert (found.member.sex, found.member.race) == (Absent("none"), Absent("none"))
    assert '""' not in "".join(said(one.text) for one in found.residue)


def test_residue_says_where():
    """An unknown segment is residue with its fields' numbers and its place, each by itself."""
    found = plan(message(NOTE, "ZZZ|1|a^b~c||d", "ZZZ|2|e"))

    assert [(one.label, said(one.text)) for one in found.residue] == [
        ("ZZZ", "ZZZ-1: 1; ZZZ-2: a^b~c; ZZZ-4: d"),
        ("ZZZ", "ZZZ-1: 2; ZZZ-2: e"),
    ]
    assert [found.places[f"/residue/{n}"].at for n in (0, 1)] == ["ZZZ[1]", "ZZZ[2]"]


def test_second_time_is_kept():
    """A document's other time stands beside the plan, with the code of its kind."""
    found = plan(message("TXA|1|PC^Plan^L|TX|20260301||20260228||||||D2", NOTE))

    assert (found.header.title, found.header.written_on) == ("Plan", "2026-03-01")
    assert "TXA-2: PC^Plan^L; TXA-6: 20260228" in [said(one.text) for one in found.residue]


def test_preliminary_text():
    """A text that is not final says so beside the plan."""
    found = plan(message(NOTE.replace("||F", "||P"), kind="ORU^R01"))

    assert [said(one.text) for one in found.residue] == ["OBX-11: P"]


def test_address_of_nothing():
    """An address without a part is none."""
    assert plan(message(NOTE, pid=PID + "|||^^^^^^")).member.addresses == ()


def test_values_that_belong_together():
    """The sub-id that ties a value to its neighbours is kept beside the plan."""
    segments = ["OBX|1|ST|S^Symptom^L|1|Fever||||||F", "OBX|2|ST|P^Present^L|1|Yes||||||F"]
    found = plan(message(*segments, kind="ORU^R01"))

    assert [said(one.text) for one in found.residue] == ["OBX-4: 1", "OBX-4: 1"]


def test_flag_in_words():
    """A coded flag reads in words, several beside each other, and keeps its code."""
    found = plan(
        message("OBX|1|NM|K^Potassium^L||3.1|||L^Low^HL70078~A^^HL70078|||F", kind="ORU^R01")
    )

    assert found.assessments[0].result == "3.1 (flag Low A)"
    assert [said(one.text) for one in found.residue] == ["OBX-8: L^Low^HL70078~A^^HL70078"]


def test_remark_with_bare_code():
    """A comment's kind that is a bare code names nothing; the comment is named by its parent."""
    found = plan(message("OBX|1|NM|K^Potassium^L||3.1", "NTE|1|L|low|RE", kind="ORU^R01"))

    assert [said(note.section) for note in found.notes] == ["About Potassium"]
    assert [said(one.text) for one in found.residue] == ["NTE-4: RE"]
