"""A plan of which something is withheld goes out in every format there is."""

from __future__ import annotations

import pytest
from simulator import play

from hub.render import RENDERERS


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
