"""Plans read before documents' names were kept get them once, in the background."""

from __future__ import annotations

import pytest
from simulator import play

from hub.errors import Trouble, Unreadable
from hub.main import examine
from hub.store import naming, naming_before
from tests.stories.test_documents_by_number import EVERYTHING, MCO, message, plans, sent


@pytest.fixture
async def story(conninfo, tmp_path, monkeypatch):
    """Give a hub whose two plans have no names, as before names were kept."""
    async with play(conninfo, tmp_path) as stage:
        member = await stage.member(MCO, "AB-77121")
        await stage.grants(member, MCO, "pcmh-northside", *EVERYTHING)
        with monkeypatch.context() as before:
            before.setattr(naming, "keep", _nothing)
            await sent(stage, message("T02", "D1"), message("T06", "D5", "D1", goal="Also walk"))
        yield stage


async def _nothing(_connection, _plans):
    return


async def named(story):
    """Return how many plans have names."""
    (row,) = await story.rows("select count(distinct plan) as n from document_name")
    return row["n"]


async def test_a_cancel_finds_its_plan(story):
    """A cancel that waited for an older plan goes out as soon as that has its names."""
    await sent(story, message("T11", "D1", goal=""))
    before = await plans(story)
    while await naming_before.tick(story.hub.database, story.hub.vault):
        pass
    await story.runs()

    assert before[-1] == ("unmatched", 1)
    assert await plans(story) == [("superseded", 1), ("released", 1), ("released", 2)]


async def test_it_goes_on_where_it_was(story):
    """It is done a few at a time from the newest down, shown by doctor, and quiet at its end."""
    told = []
    for _ in range(4):
        looked = await naming_before.tick(story.hub.database, story.hub.vault, limit=1)
        lines = [what for what, _ in await examine(story.hub.settings) if "names of" in what]
        told.append((looked, await named(story), lines))

    assert told == [
        (1, 1, ["names of older documents: 1 of 2 plans"]),
        (1, 2, ["names of older documents: 2 of 2 plans"]),
        (0, 2, []),
        (0, 2, []),
    ]


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"[" * 100_000, b'{"header": 7}', b'{"schema": "icp/9"}', b""],
    ids=["no text", "too deep", "no plan", "of a schema to come", "empty"],
)
async def test_bytes_that_cannot_be_decoded(story, monkeypatch, content):
    """Bytes that are no plan any more are lost whatever they raise, and hold up no other."""
    get, asked = story.hub.vault.get, []

    async def once(digest):
        asked.append(digest)
        return content if len(asked) == 1 else await get(digest)

    monkeypatch.setattr(story.hub.vault, "get", once)
    await naming_before.tick(story.hub.database, story.hub.vault)
    far = await naming_before.far(story.hub.database)

    assert (await named(story), far.lost, far.over) == (1, 1, True)


async def test_whatever_decoding_raises(story, monkeypatch):
    """An error nobody thought of is a lost plan too, not the end of the search."""
    decode, asked = naming_before.decode_plan, []

    def once(content):
        asked.append(content)
        if len(asked) == 1:
            raise RecursionError
        return decode(content)

    monkeypatch.setattr(naming_before, "decode_plan", once)
    await naming_before.tick(story.hub.database, story.hub.vault)
    far = await naming_before.far(story.hub.database)

    assert (await named(story), far.lost, far.over) == (1, 1, True)


@pytest.mark.parametrize(
    ("error", "kept"),
    [(Unreadable("gone", "it is not there"), 1), (Trouble("transient", "away", "later"), 0)],
    ids=["lost", "out of reach"],
)
async def test_what_cannot_be_had(story, monkeypatch, error, kept):
    """A plan whose bytes are lost holds up no other; a vault out of reach is tried again."""
    get, asked = story.hub.vault.get, []

    async def once(digest):
        asked.append(digest)
        if len(asked) == 1:
            raise error
        return await get(digest)

    monkeypatch.setattr(story.hub.vault, "get", once)
    try:
        await naming_before.tick(story.hub.database, story.hub.vault)
    except Trouble:
        assert await named(story) == 0
        await naming_before.tick(story.hub.database, story.hub.vault)
    far = await naming_before.far(story.hub.database)

    assert (await named(story), far.lost, far.over) == (2 - kept, kept, True)
