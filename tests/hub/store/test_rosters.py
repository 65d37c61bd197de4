"""Rosters and directory load whole or not at all, and give back what they were given."""

from __future__ import annotations

import pytest
import yaml

from hub.asked import Actor
from hub.clock import SystemClock
from hub.demo import world
from hub.errors import Refused
from hub.store.rosters import PostgresRosters

WHO = Actor("act", "hub", "Olga", ("operations",))
HEAD = b"member_id,last,first,dob,pcmh,change\n"


@pytest.fixture
async def rosters(database):
    """Give rosters over the demo's directory."""
    found = PostgresRosters(database, SystemClock(), 0.1, (lambda secret: secret[::-1], None))
    known = world.load()
    kept = {k: known[k] for k in ("organisations", "contacts", "endpoints", "bindings")}
    await found.load_directory(WHO, yaml.safe_dump(kept).encode())
    return found


def _rows(count, first=0):
    lines = [f"M{i},Doe,Jo,1980-01-01,pcmh-orchard,\n" for i in range(first, first + count)]
    return HEAD + "".join(lines).encode()


async def test_full(rosters):
    """A full file adds, and the same again changes without adding."""
    first = await rosters.load_roster(WHO, "mco-laurel", "full", _rows(20))
    again = await rosters.load_roster(WHO, "mco-laurel", "full", _rows(20))

    assert (first.added, again.added, again.changed) == (20, 0, 20)


async def test_small_drop(rosters):
    """A full file may drop a few; they become inactive."""
    await rosters.load_roster(WHO, "mco-laurel", "full", _rows(20))
    result = await rosters.load_roster(WHO, "mco-laurel", "full", _rows(19))

    assert (result.dropped, result.refused) == (1, None)


async def test_large_drop(rosters):
    """A file that drops too many is refused and the one before stays in force."""
    await rosters.load_roster(WHO, "mco-laurel", "full", _rows(20))
    refused = await rosters.load_roster(WHO, "mco-laurel", "full", _rows(5))
    again = await rosters.load_roster(WHO, "mco-laurel", "full", _rows(20))

    assert "15 of 20" in refused.refused
    assert (again.added, again.changed) == (0, 20)


async def test_unknown_home(rosters):
    """A row with an unknown medical home is a numbered problem; the others go on."""
    rows = _rows(2) + b"M9,Doe,Jo,1980-01-01,pcmh-nowhere,\n"
    result = await rosters.load_roster(WHO, "mco-laurel", "full", rows)

    assert (result.added, result.problems) == (2, ((4, "pcmh_unknown"),))


async def test_delta(rosters):
    """A delta drops only whom it names."""
    await rosters.load_roster(WHO, "mco-laurel", "full", _rows(20))
    drop = HEAD + b"M3,Doe,Jo,1980-01-01,pcmh-orchard,dropped\n"
    result = await rosters.load_roster(WHO, "mco-laurel", "delta", drop)

    assert (result.added, result.dropped) == (0, 1)


async def test_round_trip(rosters):
    """What is dumped can be loaded again and is the same."""
    dumped = await rosters.dump_directory(WHO)
    await rosters.load_directory(WHO, dumped)

    assert await rosters.dump_directory(WHO) == dumped


async def test_no_secrets(rosters):
    """A dump never holds a secret."""
    entry = {
        "endpoints": [
            {
                "id": "end-x",
                "organisation": "pcmh-orchard",
                "kind": "webhook",
                "secrets": {"secret": "whsec_MARKER"},
            }
        ]
    }
    await rosters.load_directory(WHO, yaml.safe_dump(entry).encode())

    assert b"MARKER" not in await rosters.dump_directory(WHO)


async def test_secrets_stay(rosters, database):
    """Loading a dump, which holds no secrets, keeps those on file."""
    entry = {
        "endpoints": [
            {
                "id": "end-x",
                "organisation": "pcmh-orchard",
                "kind": "webhook",
                "secrets": {"secret": "whsec_x"},
            }
        ]
    }
    await rosters.load_directory(WHO, yaml.safe_dump(entry).encode())
    await rosters.load_directory(WHO, await rosters.dump_directory(WHO))
    async with database.line() as connection:
        cursor = await connection.execute("select secrets from endpoint where id = 'end-x'")
        row = await cursor.fetchone()

    assert row["secrets"] is not None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "not_yaml"),
        (b"organisations: [{id: x}]", "directory_wrong"),
        (b"organisations: [{id: x, kind: moon, name: X}]", "directory_wrong"),
    ],
)
async def test_wrong(rosters, content, code):
    """A wrong file is refused with the place, and nothing of it is kept."""
    with pytest.raises(Refused) as refused:
        await rosters.load_directory(WHO, content)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("form", "options", "taken"),
    [("fhir", {}, True), ("pdf", {"body": "document"}, True), ("pdf", {}, False)],
)
async def test_an_endpoint_for_fhir(rosters, form, options, taken):
    """A FHIR endpoint takes FHIR as a transaction, and anything as a document."""
    end = {"id": "end-f", "organisation": "pcmh-riverbend", "kind": "fhir", "format": form}
    given = yaml.safe_dump({"endpoints": [{**end, "address": "https://e/r4", "options": options}]})
    if taken:
        assert 1 == (await rosters.load_directory(WHO, given.encode()))["endpoints"]
    else:
        with pytest.raises(Refused, match="format"):
            await rosters.load_directory(WHO, given.encode())


async def test_words_for_rules(rosters, database):
    """County, line of business and program of a roster stand with the member."""
    head = b"member_id,last,first,dob,pcmh,county,lob,program\n"
    row = b"M1,Doe,Jo,1980-01-01,pcmh-orchard,Dauphin,Community HealthChoices,Waiver\n"
    await rosters.load_roster(WHO, "mco-laurel", "full", head + row)
    async with database.line() as connection:
        cursor = await connection.execute("select county, line_of_business, program from member")
        found = await cursor.fetchone()

    assert list(found.values()) == ["Dauphin", "Community HealthChoices", "Waiver"]
