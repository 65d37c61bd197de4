"""Every shipped sample laid out beside its reading: places become spots, the rest is told apart."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import msgspec
import pytest

from adapters.workbench import bench
from adapters.workbench.cards import cards
from hub.canonical import Document
from hub.canonical.source import ENCLOSED, Ask, Bench, Cards
from hub.canonical.wire import encode

SAMPLES = Path(__file__).parents[3] / "templates/demo/samples"
BOUND = {
    "mco-allegheny": ("allegheny_ccda", "allegheny_hl7v2"),
    "mco-keystone": ("keystone_ccda", "keystone_pdf", "keystone_word"),
    "mco-laurel": ("laurel_hl7v2", "laurel_csv", "laurel_word"),
    "mco-susquehanna": ("susquehanna_csv", "susquehanna_pdf"),
}
READABLE = [
    path.relative_to(SAMPLES).as_posix()
    for path in sorted(SAMPLES.glob("*/*"))
    if not path.name.startswith("truncated") and path.suffix != ".zip"  # shown as its outside only
]


def path_of(name):
    return f"adapters.mcos.{name}:ADAPTER"


def looked(content, bound, on="", tried=""):
    """Return (reading, bench) of a document with adapters, as the sandboxed child would."""
    ask = Ask(tuple((path, None) for path in bound), on, tried)
    digest = hashlib.sha256(content).hexdigest()
    reading = bench(encode(ask).decode()).read(Document(content, "", "", digest))
    return reading, msgspec.msgpack.decode(reading.enclosures[ENCLOSED], type=Bench)


def of_sample(name, **given):
    sender = name.partition("/")[0]
    bound = [path_of(one) for one in BOUND[sender]]
    return looked((SAMPLES / name).read_bytes(), bound, **given)


def spots(shown):
    return [s for part in shown.source.parts for row in part.rows for s in row.spots]


@pytest.mark.parametrize("name", READABLE)
def test_every_place_is_a_spot(name):
    """Each place that lies in the document leads to a spot that is there, once."""
    reading, shown = of_sample(name)
    ids = [s.id for s in spots(shown)]
    rows = [row.id for part in shown.source.parts for row in part.rows if row.id]
    inside = [
        pointer
        for plan, links in zip(reading.plans, shown.links, strict=True)
        for pointer, place in plan.places.items()
        if place.at not in {"", "profile"} and links.get(pointer) not in {*ids, *rows}
    ]
    assert ([], len(ids)) == (inside, len(set(ids)))


@pytest.mark.parametrize("name", READABLE)
def test_a_field_stands_at_its_spot(name):
    """The member's family name is what its spot holds."""
    reading, shown = of_sample(name)
    held = {s.id: s.text for s in spots(shown)}
    around = ("/member/name/family", "/member/name", "/member")
    spot = next(shown.links[0][at] for at in around if at in shown.links[0])
    assert reading.plans[0].member.name.family in held[spot]


@pytest.mark.parametrize("name", READABLE)
def test_what_points_is_a_field(name):
    """A spot that a field leads to has the state of a field, never of something unclaimed."""
    _, shown = of_sample(name)
    states = {s.id: s.state for s in spots(shown)}
    led = {
        states.get(spot, "row")
        for links in shown.links
        for pointer, spot in links.items()
        if not pointer.startswith("/residue/")
    }
    assert led <= {"field", "row"}


def test_unclaimed_is_open():
    """A cell that the profile has no column for is told apart from fields and labels."""
    content = (SAMPLES / "mco-susquehanna/grant_extract.csv").read_bytes()
    head, *rest = content.split(b"\r\n") if b"\r\n" in content else content.split(b"\n")
    odd = b"\r\n".join([head + b",ODD", *(line + b",zebra" for line in rest if line)])
    _, shown = looked(odd, [path_of("susquehanna_csv")])
    assert {"residue"} == {s.state for s in spots(shown) if s.text == "zebra"}


def test_pages_are_drawn():
    """A PDF's pages come as pictures with the size of the paper."""
    _, shown = of_sample("mco-keystone/okafor_care_plan.pdf")
    drawn = [(p.image[:4], p.size) for p in shown.source.parts]
    assert [(b"\x89PNG", (612.0, 792.0))] * 2 == drawn


def test_no_adapter_shows_the_source():
    """A document that nobody knows is shown all the same, and the finding says why."""
    reading, shown = looked(b"Dear colleague,\nplease call.", [path_of("keystone_ccda")])
    told = ([f.code for f in reading.findings], [s.text for s in spots(shown)])
    assert (["no_adapter"], ["Dear colleague,", "please call."]) == told


def test_json_by_pointers():
    """JSON without a reader is laid out value by value."""
    _, shown = looked(json.dumps({"a": [1, {"b~": "x"}]}).encode(), [])
    assert [("a", ""), ("0", "1"), ("1", ""), ("b~", "x")] == [
        (s.label, s.text) for s in spots(shown)[1:]
    ]


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff" * 400, b"%PDF-1.7 broken", b"PK\x03\x04", b"{"]
)
def test_anything(content):
    """Whatever the bytes are, the workbench answers with a bench."""
    reading, shown = looked(content, [path_of("keystone_pdf"), path_of("laurel_csv")])
    assert ((), ()) == (reading.plans, shown.links)


def profile_of(name):
    return (Path("adapters/mcos") / f"{name}.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "on"),
    [
        ("mco-laurel/plans_2026-10.csv", "laurel_csv"),
        ("mco-keystone/okafor_care_plan.pdf", "keystone_pdf"),
        ("mco-laurel/lindqvist_flexible_request.docx", "laurel_word"),
        ("mco-susquehanna/reyes_care_plan.pdf", "susquehanna_pdf"),
        ("mco-allegheny/hale_mdm_t02.hl7", "allegheny_hl7v2"),
    ],
)
def test_the_same_profile_reads_the_same(name, on):
    """An adapter made anew from its own profile reads what the bound one reads."""
    reading, shown = of_sample(name)
    again, _ = of_sample(name, on=path_of(on), tried=profile_of(on))
    assert (profile_of(on), reading.plans) == (shown.profile, again.plans)


def test_a_tried_profile_reads_otherwise():
    """A rule left out of the tried profile leaves its field out of the plan."""
    tried = profile_of("laurel_csv").replace("  birth_date:", "  #birth_date:", 1)
    name = "mco-laurel/plans_2026-10.csv"
    reading, _ = of_sample(name, on=path_of("laurel_csv"), tried=tried)
    assert [None, None] == [plan.member.birth_date for plan in reading.plans]


def test_a_profile_by_itself():
    """Without a sender a profile is tried with its format's own reader."""
    content = (SAMPLES / "mco-laurel/plans_2026-10.csv").read_bytes()
    reading, _ = looked(content, ["adapters.formats.tabular:ADAPTER"], "", profile_of("laurel_csv"))
    assert 2 == len(reading.plans)


@pytest.mark.parametrize(
    ("change", "line", "key"),
    [
        (("profile: laurel-csv", "profile: Laurel CSV!"), 2, "profile"),
        (("sender: mco-laurel", "sender: mco-laurel\nsurprise: 1"), 5, "surprise"),
        (("  set_id: plan_id", "  set_id: no_such"), 47, "header.set_id"),
        (("  name.family: last", "  name.clan: last"), 55, "member.name.clan"),
        (("format: csv", "format: [csv"), 6, "*"),
    ],
)
def test_slips_name_their_line(change, line, key):
    """What is wrong with a profile is told with its key and the line to look at."""
    tried = profile_of("laurel_csv").replace(*change, 1)
    _, shown = of_sample("mco-laurel/plans_2026-10.csv", on=path_of("laurel_csv"), tried=tried)
    assert [(line, key)] == [(slip.line, slip.key) for slip in shown.slips]


def test_all_errors_of_the_schema():
    """Every error of the schema is told at once, in the order of its lines."""
    tried = "surprise: 1\n" + profile_of("laurel_csv").replace("format: csv", "format: cvs", 1)
    _, shown = of_sample("mco-laurel/plans_2026-10.csv", on=path_of("laurel_csv"), tried=tried)
    assert [(1, "surprise"), (6, "format")] == [(s.line, s.key) for s in shown.slips]


def test_cards():
    """Adapters tell what they are; one that can't be loaded says so and the others go on."""
    asked = [path_of("keystone_pdf"), "adapters.mcos.nowhere:ADAPTER", path_of("allegheny_ccda")]
    ask = Ask(tuple((one, None) for one in asked))
    reading = cards(encode(ask).decode()).read(Document(b"x"))
    told = msgspec.msgpack.decode(reading.enclosures[ENCLOSED], type=Cards).cards
    assert [
        ("keystone-pdf", "pdf", ""),
        ("", "", "ModuleNotFoundError"),
        ("allegheny-ccda", "ccda", ""),
    ] == [(c.name, c.format, c.broken) for c in told]


def test_only_our_own_adapters():
    """A path outside our packages is never imported."""
    reading = cards(encode(Ask((("os:system", None),))).decode()).read(Document(b"x"))
    told = msgspec.msgpack.decode(reading.enclosures[ENCLOSED], type=Cards).cards
    assert "ValueError" == told[0].broken
