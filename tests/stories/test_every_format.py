"""A plan of which something is withheld goes out in every format there is."""

from __future__ import annotations

import json

import pytest
from simulator import play, practice

from hub.canonical.wire import decode_plan
from hub.render import RENDERERS
from hub.withholding.renaming import renamed


@pytest.mark.parametrize("form", sorted(RENDERERS))
async def test_partly_withheld(conninfo, tmp_path, form):
    """A real sample that loses its substance use part is cleared, whatever the practice takes."""
    async with play(conninfo, tmp_path) as stage:
        await stage.rows("update endpoint set format = %s returning 1", form)
        await stage.sends_sample("mco-allegheny", "kowalski_care_plan.xml")
        await stage.runs()
        (plan,) = await stage.rows("select state, reason from plan")
        (release,) = await stage.rows("select withheld from release") or [{"withheld": None}]

        assert (plan["state"], release["withheld"]) == ("released", 5), plan["reason"]


async def test_one_id_each(conninfo, tmp_path):
    """A plan opened at the hub has the ids of the document that was sent, and none of the source.

    The key they are made with is told neither in the document nor by any id of the hub's.
    """
    async with play(conninfo, tmp_path) as stage:
        await stage.rows("update endpoint set format = 'json' returning 1")
        await stage.sends_sample("mco-allegheny", "kowalski_care_plan.xml")
        await stage.runs()
        (row,) = await stage.rows(
            "select d.id, d.pcmh, d.member, m.naming, p.chain, p.digest from delivery d"
            " join member m on m.id = d.member join plan p on p.id = d.plan"
        )
        nurse = practice(row["pcmh"])
        sent, _, _ = await stage.hub.reception.content(nurse, row["id"])
        opened = await stage.hub.reception.plan(nurse, row["id"])
        source = decode_plan(await stage.hub.vault.get(row["digest"]))

        ids = [one["id"] for one in json.loads(sent)["plan"]["goals"]]
        assert ids == [one.id for one in opened.goals]
        assert set(ids).isdisjoint(one.id for one in source.goals)
        assert row["naming"].encode() not in sent
        guessed = renamed(source, row["member"], row["chain"])
        assert set(ids).isdisjoint(one.id for one in guessed.goals)
