"""Return files by API: each line is recorded once and told, and nobody's neighbour is kept back."""

import pytest
from world import MCO, OTHER_PCMH, PCMH

from hub.recording import MOST_BYTES

PATH = "/v1/returns"
DAY = "2026-11-01"


async def posted(town, text, whose=PCMH, **query):
    """Send a return file."""
    content = text if isinstance(text, bytes) else text.encode()
    async with town.client(whose) as client:
        return await client.post(PATH, content=content, params=query)


async def test_lines(town):
    """Good lines are taken, others told by number; the second time changes nothing."""
    one, two = [(await town.delivered())["del"] for _ in range(2)]
    other = (await town.delivered(pcmh=OTHER_PCMH))["del"]
    rows = [
        "key,status,date,reason",
        f"{one},acknowledged,{DAY},",
        f"{two},disputed,{DAY},criteria_not_met",
        f"{other},accepted,{DAY},",
        f"{one},liked,{DAY},",
    ]
    first = (await posted(town, "\n".join(rows), name="Ada Holt")).json()
    town.clock.turn(minutes=1)
    again = (await posted(town, "\n".join(rows), name="Ada Holt")).json()
    kept = await town.sql("select id, state, acknowledged_by from delivery order by id")

    assert ["taken", "taken", "refused", "refused"] == [o["outcome"] for o in first["lines"]]
    assert [2, 3, 4, 5] == [o["line"] for o in first["lines"]]
    assert "there is no such delivery" == first["lines"][2]["says"]
    assert {"taken": 0, "already": 2, "refused": 2} == again["counts"]
    states = {row["id"]: (row["state"], row["acknowledged_by"]) for row in kept}
    assert ("acknowledged", "Ada Holt") == states[one]
    assert ("sent", None) == states[other]


async def test_named_in_the_file(town):
    """A first line may say who answers."""
    one = (await town.delivered())["del"]
    answer = await posted(town, f"name,Ada Holt\r\n{one},acknowledged,{DAY}\r\n")
    (row,) = await town.sql("select acknowledged_by from delivery")

    assert [("taken", 2)] == [(o["outcome"], o["line"]) for o in answer.json()["lines"]]
    assert "Ada Holt" == row["acknowledged_by"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("del_x,acknowledged,2026-11-01", "name_missing"),
        ("name,Ada Holt", "empty"),
        (b"\xff\xfe\x00", "not_utf8"),
        (b"x" * (MOST_BYTES + 1), "too_large"),
        ("name,Ada\n" + "del_x,acknowledged,2026-11-01\n" * 501, "too_many_lines"),
    ],
)
async def test_no_such_file(town, content, code):
    """What is no return file, or names nobody, is refused whole with what to do."""
    assert code == (await posted(town, content)).json()["code"]


async def test_only_practices(town):
    """A sender has no return files."""
    assert 403 == (await posted(town, "name,Ada\n", whose=MCO)).status_code
