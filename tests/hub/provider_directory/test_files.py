"""Directory files: what they would change, whom they would strand, FHIR out and in."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hub.demo import world
from hub.errors import Refused
from hub.provider_directory import bundle_reading, bundle_writing, entries
from hub.provider_directory.checking import remarks
from hub.provider_directory.comparing import changes, merged
from hub.provider_directory.reverifying import moved
from hub.provider_directory.stranding import reached, stranded
from hub.provider_directory.taking import taken

DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RULE = {"id": "rul-1", "organisation": "pcmh-riverbend", "contact": "con-riverbend-1"}


def _world():
    known = world.load()
    return {k: known[k] for k in ("organisations", "contacts", "endpoints", "bindings")}


def _file(plain):
    return entries.parsed(yaml.safe_dump(plain).encode())


def _full():
    """Return a directory with something in every field that FHIR can carry."""
    plain = copy.deepcopy(_world())
    plain["organisations"] += [
        {"id": "sys-hills", "kind": "other", "name": "Hills Health", "tier": "system"},
        {"id": "pcmh-south", "kind": "pcmh", "name": "South", "tier": "site", "active": False,
         "part_of": "pcmh-riverbend", "part2_source": "mixed", "behavioral": True,
         "hours": {"zone": "America/Chicago", "opens": "09:00:00", "closes": "15:30:00",
                   "days": ["mon", "wed"], "closed": ["2026-12-24"], "holidays": ""}},
    ]  # fmt: skip
    plain["endpoints"][1] |= {"address": "https://host.example/plans", "paused": True}
    plain["contacts"][0] |= {"to": "2027-01-31", "roles": ["plan", "liaison"]}
    return _file(plain)


def _bundle(known):
    return msgspec.json.encode(bundle_writing.bundle(known, NOW))


def test_fhir_round_trip():
    """What FHIR can carry comes back as it was: over what stands nothing changes."""
    known = _full()
    found, notes = bundle_reading.read(_bundle(known), known)

    assert notes == ()
    assert changes(known, found, {}) == ()
    assert len(found.rows()) == len([k for k in known.rows() if k[0] != "binding"])


def test_fhir_into_nothing():
    """The same bundle fills an empty directory with the same rows."""
    known = _full()
    found, _ = bundle_reading.read(_bundle(known), entries.DirectoryFile())
    rows = {k: v for k, v in known.rows().items() if k[0] != "binding"}

    assert {k: entries.plain(v) for k, v in found.rows().items()} == {
        k: entries.plain(v) for k, v in rows.items()
    }


def test_fhir_has_no_secrets():
    """Neither secrets nor an address that bears one stand in a bundle; the row keeps its own."""
    plain = _world()
    plain["endpoints"][1] |= {
        "address": "sftp://hub:hunter2@host.example/in",
        "secrets": {"secret": "hunter3"},
    }
    known = _file(plain)
    bundle = _bundle(known)
    found, _ = bundle_reading.read(bundle, known)

    assert b"hunter" not in bundle
    assert {one.id: one.address for one in found.endpoints}["end-northside"] == (
        "sftp://hub:hunter2@host.example/in"
    )


def test_foreign_bundle():
    """A foreign bundle is matched by NPI, new rows get ids, odd entries are told by number."""
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"fullUrl": "urn:uuid:1", "resource": {
                "resourceType": "Organization", "id": "77", "name": "Riverbend Family Practice",
                "identifier": [{"system": bundle_writing.NPI, "value": "1912301953"}],
                "type": [{"coding": [{"code": "prov"}]}]}},
            {"fullUrl": "urn:uuid:2", "resource": {
                "resourceType": "Practitioner", "id": "P_9",
                "name": [{"family": "Holt", "given": ["Ada"], "suffix": ["MD"]}]}},
            {"resource": {
                "resourceType": "PractitionerRole", "id": "r",
                "practitioner": {"reference": "urn:uuid:2"},
                "organization": {"reference": "urn:uuid:1"},
                "code": [{"coding": [{"system": bundle_writing.ROLE, "code": "urgent"}]}]}},
            {"resource": {"resourceType": "Patient", "id": "x"}},
            {"resource": {"resourceType": "Organization", "identifier": "no list"}},
            {"resource": {"resourceType": "Endpoint", "id": "e"}},
        ],
    }  # fmt: skip
    found, notes = bundle_reading.read(msgspec.json.encode(bundle), _file(_world()))
    (organisation,) = found.organisations
    (contact,) = found.contacts

    assert (organisation.id, organisation.name) == ("pcmh-riverbend", "Riverbend Family Practice")
    assert (contact.id, contact.name) == ("con-p-9", "Ada Holt MD")
    assert contact.organisation == "pcmh-riverbend"
    assert [(n.entry, n.code) for n in notes] == [(4, "not_taken"), (5, "shape"), (6, "reference")]


NAMES = ("resourceType", "entry", "resource", "id", "name", "code", "identifier", "period")
ODD = st.recursive(
    st.none() | st.booleans() | st.text(max_size=4) | st.integers(0, 3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)
KINDS = ("Organization", "PractitionerRole", "Endpoint", "Location", "Practitioner")


@given(ODD, st.sampled_from(KINDS))
def test_any_bundle(odd, kind):
    """Whatever stands in a bundle, it is read, told by number, or refused."""
    resource = {**odd, "resourceType": kind} if isinstance(odd, dict) else odd
    content = msgspec.json.encode({"resourceType": "Bundle", "entry": [{"resource": resource}]})
    status = 422
    try:
        bundle_reading.read(content, entries.DirectoryFile())
    except Refused as refused:
        status = refused.status

    assert status == 422


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b'{"resourceType": "Patient"}', b'{"resourceType": "Bundle"}', b"{}"]
)
def test_no_bundle(content):
    """What is neither YAML of a directory nor a bundle is refused."""
    with pytest.raises(Refused):
        taken(content, entries.DirectoryFile())


def test_changes():
    """A change names its fields, before and after; the same file again changes nothing."""
    before = _file(_world())
    plain = _world()
    plain["contacts"][0] = {**plain["contacts"][0], "phone": "555", "backup": None}
    (change,) = changes(before, _file(plain), {})

    assert change.id == "con-riverbend-1"
    assert change.differences() == [
        ("backup", "con-riverbend-2", ""),
        ("phone", "+1-555-0141", "555"),
    ]
    assert changes(before, before, {}) == ()


def test_secret_replaced():
    """Of a new secret its name and that it was replaced is told; the same one is no change."""
    before = _file(_world())
    plain = _world()
    plain["endpoints"][1] = {**plain["endpoints"][1], "secrets": {"secret": "s3cr3t"}}
    after = _file(plain)
    (change,) = changes(before, after, {"end-northside": {"secret": "older"}})

    assert change.after["secrets"] == ["secret replaced"]
    assert changes(before, after, {"end-northside": {"secret": "s3cr3t"}}) == ()


def test_address_with_a_secret():
    """An address is told without the password it bears; that the password changed is told."""
    plain = _world()
    plain["endpoints"][1] = {**plain["endpoints"][1], "address": "sftp://a:one@host.example/in"}
    first = _file(plain)
    plain["endpoints"][1] = {**plain["endpoints"][1], "address": "sftp://a:two@host.example/in"}
    (change,) = changes(first, _file(plain), {})

    assert change.differences() == [
        ("address", "sftp://a@host.example/in", "sftp://a@host.example/in (replaced)")
    ]


def _lost(change):
    """Return what a change of the demo's directory strands."""
    before = _file(_world())
    plain = _world()
    change({one["id"]: one for group in ("organisations", "contacts", "endpoints")
            for one in plain[group]}, plain)  # fmt: skip
    after = merged(before, _file(plain))
    return [(s.organisation, s.purpose, s.since) for s in stranded(before.rows(), after, DAY)]


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        (lambda rows, _: rows["con-orchard-1"].update(to="2026-12-31"),
         [("pcmh-orchard", "plan", date(2027, 1, 1))]),
        (lambda rows, _: rows["con-riverbend-1"].update(to="2026-12-31"), []),
        (lambda rows, _: rows["con-riverbend-roi"].update(roles=["manager"]),
         [("pcmh-riverbend", "consent", DAY)]),
        (lambda rows, _: rows["end-orchard"].update(paused=True),
         [("pcmh-orchard", "plan", DAY)]),
        (lambda rows, _: rows["pcmh-orchard"].update(active=False),
         [("pcmh-orchard", "plan", DAY)]),
        (lambda rows, _: rows["con-orchard-1"].update(verified_on=None),
         [("pcmh-orchard", "plan", DAY)]),
        (lambda rows, _: rows["con-riverbend-1"].update(backup=None),
         [("pcmh-riverbend", "plan", DAY)]),
        (lambda rows, _: rows["con-orchard-1"].update(phone="1"), []),
        (lambda _, plain: plain.update(rules=[{**RULE, "county": "Jackson"}]), []),
    ],
)  # fmt: skip
def test_stranded(change, lost):
    """A change that leaves a purpose unreached names practice, purpose and the first such day."""
    assert _lost(change) == lost


def test_reached():
    """A practice is reached for a purpose when somebody serves it."""
    rows = _file(_world()).rows()

    assert reached(rows, "pcmh-riverbend", "consent", DAY)
    assert not reached(rows, "pcmh-riverbend", "urgent", DAY)


@pytest.mark.parametrize(
    ("group", "row", "code"),
    [
        ("organisations", {"id": "x", "kind": "pcmh", "name": "X", "npi": "1"}, "npi_wrong"),
        ("organisations", {"id": "x", "kind": "pcmh", "name": "X", "part_of": "x"}, "part_of_loop"),
        ("organisations", {"id": "x", "kind": "pcmh", "name": "X", "part_of": "mco-laurel"},
         "tier_wrong"),
        ("contacts", {"id": "c", "organisation": "nowhere", "name": "N", "roles": ["liaison"]},
         "organisation_unknown"),
        ("contacts", {"id": "c", "organisation": "pcmh-orchard", "name": "N", "roles": []},
         "no_role"),
        ("contacts", {"id": "c", "organisation": "pcmh-orchard", "name": "N", "roles": ["owner"],
                      "backup": "con-riverbend-1"}, "backup_unknown"),
        ("contacts", {"id": "con-riverbend-2", "organisation": "pcmh-riverbend", "name": "N",
                      "roles": ["owner"], "backup": "con-riverbend-1"}, "backup_loop"),
        ("contacts", {"id": "c", "organisation": "pcmh-orchard", "name": "N", "roles": ["owner"],
                      "endpoint": "end-riverbend"}, "endpoint_elsewhere"),
        ("rules", {**RULE, "organisation": "pcmh-orchard"}, "contact_elsewhere"),
        ("rules", {**RULE, "purpose": "urgent"}, "role_missing"),
        ("rules", {**RULE, "mco": "mco-none"}, "mco_unknown"),
        ("endpoints", {"id": "e", "organisation": "pcmh-orchard", "kind": "mllp"}, "format_wrong"),
        ("endpoints", {"id": "e", "organisation": "pcmh-orchard", "kind": "sftp"}, "no_address"),
    ],
)  # fmt: skip
def test_remarks(group, row, code):
    """What is wrong with a row is told by a code of its own."""
    file = _file({group: [row]})
    told = remarks(merged(_file(_world()), file), file.rows(), {})

    assert code in {one.code for one in told}


def test_good_rows():
    """The demo's directory has nothing wrong that a form would refuse."""
    rows = _file(_world()).rows()

    assert [one for one in remarks(rows, rows, {}) if one.weight != "note"] == []


VERIFIED = "verified_on"
OLD, NEW = "2026-01-01", "2026-11-20"


def _moving(contact=None, endpoint=None, day=OLD):
    """Return what a change of the first contact or of its endpoint asks to have verified anew."""
    plain = _world()
    plain["contacts"][0][VERIFIED] = OLD
    before = _file(plain)
    plain["contacts"][0] |= {**(contact or {}), VERIFIED: day}
    mine = plain["contacts"][0]["endpoint"]
    (end,) = (one for one in plain["endpoints"] if one["id"] == mine)
    end |= endpoint or {}
    told = moved(before.rows(), merged(before, _file(plain)))
    return tuple(one for one in told if one.id == plain["contacts"][0]["id"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"contact": {"name": "Somebody Else"}}, "its name changed"),
        ({"contact": {"email": "else@where.example"}}, "its mail changed"),
        ({"contact": {"email": "a@b.example", "endpoint": "end-orchard"}}, "mail and endpoint"),
        ({"endpoint": {"address": "sftp://else.example/in"}}, "endpoint's address changed"),
    ],
)
def test_verified_elsewhere(change, says):
    """What was verified as somebody else, or somewhere else, is asked about once."""
    (told,) = _moving(**change)

    assert (told.weight, told.code) == ("ask", "verified_before")
    assert says in told.says


@pytest.mark.parametrize(
    "change",
    [
        {"contact": {"phone": "555", "to": "2027-01-31"}},
        {"contact": {"name": "Somebody Else"}, "day": NEW},
        {"endpoint": {"address": "sftp://else.example/in"}, "day": NEW},
        {"contact": {"name": "Somebody Else"}, "day": None},
        {"contact": {"name": "Somebody Else", "roles": ["liaison"]}},
    ],
)
def test_verified_anew(change):
    """A new day, no day, a contact for no plans, or another phone: nothing is asked."""
    assert _moving(**change) == ()
