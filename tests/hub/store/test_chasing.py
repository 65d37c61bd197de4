"""Each sealed event that concerns an organisation becomes one notice."""

from __future__ import annotations

from simulator import play

from hub.store.chasing import claim_notices, finish_notice, make_notices


async def test_notices(conninfo, tmp_path):
    """The sender's status endpoint gets one notice for each event it is told of, exactly once."""
    async with play(conninfo, tmp_path) as stage:
        await stage.rows(
            "insert into endpoint (id, organisation, kind, address)"
            " values ('end-status', 'mco-susquehanna', 'status', 'https://mco.example/')"
            " returning 1"
        )
        await stage.sends_sample("mco-susquehanna", "grant_extract.csv")
        await stage.runs()
        await stage.hub.seal_ledger()
        await make_notices(stage.hub.database)
        await make_notices(stage.hub.database)
        claimed = await claim_notices(stage.hub.database, 64, stage.hub.unseal)
        for row, _, _ in claimed:
            await finish_notice(stage.hub.database, row, "sent", None)
        again = await claim_notices(stage.hub.database, 64, stage.hub.unseal)

        assert sorted(event.kind for _, event, _ in claimed) == [
            "delivery.sent",
            "plan.released",
            "submission.read",
            "submission.received",
        ]
        assert again == []
