"""Tmp."""

import random
from simulator import play
from hub.clearing import checking
import hub.release


async def test_x(conninfo, tmp_path, monkeypatch):
    """Tmp."""
    import sys

    orig = checking.fault

    def spy(fmt, rendered, plan, kept, notices):
        out = orig(fmt, rendered, plan, kept, notices)
        print("FAULT", fmt, repr(out), kept.pointers, notices)
        if out:
            from hub.render.scanning import searchable

            said = searchable(rendered)
            for n in notices:
                print(" ".join(n.split()) in " ".join(said.split()), n[:200])
        return out

    monkeypatch.setattr(hub.release, "fault", spy)
    import tests.stories.test_races as tr
