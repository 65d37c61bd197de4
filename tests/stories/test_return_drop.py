"""A practice drops its return file by SFTP and fetches a receipt with a row for each line."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from simulator import play

from hub.errors import Refused
from hub.ports import Envelope

PCMH, OTHER = "pcmh-riverbend", "pcmh-orchard"


@pytest.fixture
async def stage(conninfo, tmp_path):
    """Give a hub in which one plan is with its practice."""
    async with play(conninfo, tmp_path) as found:
        await found.sends_sample("mco-susquehanna", "grant_extract.csv")
        await found.runs()
        yield found


async def drops(stage, content, name="returns.csv", whose=PCMH):
    """Put a file into an organisation's inbox, as the SFTP server does."""
    upload = stage.hub.inbox.upload(Envelope(whose, "sftp", f"{whose}-user", name))
    await upload.write(content.encode())
    return await upload.commit()


async def lines(stage, name="returns.csv.receipt.csv", whose=PCMH):
    """Return a receipt's rows."""
    content = await stage.hub.inbox.file(whose, "receipts", name)
    return list(csv.DictReader(io.StringIO(content.decode())))


async def test_dropped(stage):
    """Each line is recorded for the person named in the file, and told in the receipt."""
    (row,) = await stage.rows("select id from delivery")
    day = datetime.now(UTC).date().isoformat()
    await drops(stage, f"name,Ada Holt\n{row['id']},acknowledged,{day}\n=1+1,accepted,{day}\n")
    (kept,) = await stage.rows("select state, acknowledged_by from delivery")
    told = await lines(stage)

    assert ("acknowledged", "Ada Holt") == (kept["state"], kept["acknowledged_by"])
    assert ["taken", "refused"] == [one["outcome"] for one in told]
    assert ["2", "3"] == [one["line"] for one in told]
    assert "'=1+1" == told[1]["delivery or code"]
    assert [] == await stage.rows("select id from submission where mco = %s", PCMH)


async def test_again_and_whose(stage):
    """The same file again changes nothing and has a receipt of its own; others see none of them."""
    (row,) = await stage.rows("select id from delivery")
    text = f"name,Ada Holt\n{row['id']},acknowledged,{datetime.now(UTC).date().isoformat()}\n"
    await drops(stage, text)
    await drops(stage, text)
    listed = await stage.hub.inbox.files(PCMH, "receipts")

    assert ["already"] == [one["outcome"] for one in await lines(stage)]
    assert 2 == len({one.name for one in listed})
    assert all(one.size > 0 for one in listed)
    assert [] == await stage.hub.inbox.files(OTHER, "receipts")
    with pytest.raises(Refused):
        await lines(stage, whose=OTHER)


async def test_no_return_file(stage):
    """A file that names nobody, or is none, is refused at its close, and nothing is recorded."""
    with pytest.raises(Refused, match="begin the file with a line like name,Ada Holt"):
        await drops(stage, "del_x,acknowledged,2026-11-01\n")
    with pytest.raises(Refused, match="at most a megabyte"):
        await drops(stage, "x" * 1_000_001)

    assert [] == await stage.rows("select id from return_drop")


async def test_senders_still_send(stage):
    """A sender's file in its inbox is a submission, as before."""
    accepted = await drops(stage, "no plan at all", "plan.txt", whose="mco-keystone")
    (row,) = await stage.rows("select mco from submission where id = %s", accepted.submission)

    assert "mco-keystone" == row["mco"]
