"""The inbox of file channels: who may sign in, where uploads go, what a sender may fetch.

Implements `hub.ports.Inbox` for the SFTP server. `receipts/` holds `<name>.receipt.json` for every
file that came by SFTP, as things stand when it is read (to a practice `<name>.receipt.csv` for
every return file it dropped); `outbox/` holds one JSON file for every delivery that a practice
acknowledged or answered. All are views: nothing is ever written there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hub.errors import Refused
from hub.ports import OutFile
from hub.receipts import instant, receipt
from hub.store.dropping import RECEIPT
from hub.store.dropping import receipt as receipt_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hub.ports import Envelope, Folder, Upload
    from hub.store.credentials import PostgresCredentials
    from hub.store.desk import PostgresDesk

_RECEIPT = ".receipt.json"
_ANSWER = ".answer.json"


class PostgresInbox:
    """The inbox as the store sees it; `begin` opens an upload."""

    def __init__(
        self,
        credentials: PostgresCredentials,
        desk: PostgresDesk,
        begin: Callable[[Envelope], Upload],
    ) -> None:
        self._credentials = credentials
        self._desk = desk
        self._begin = begin

    async def sign_in(self, user: str, key_fingerprint: str) -> str | None:
        """Return the organisation whose `user` holds this key, or None."""
        return await self._credentials.sftp_organisation(user, key_fingerprint)

    def upload(self, envelope: Envelope) -> Upload:
        """Begin an upload."""
        return self._begin(envelope)

    async def files(self, organisation: str, folder: Folder) -> list[OutFile]:
        """List what the organisation may fetch from a folder, newest 1,000."""
        if folder == "outbox":
            rows = await self._answers(organisation, None)
            return [OutFile(f"{row['id']}{_ANSWER}", len(_answer(row)), row["at"]) for row in rows]
        drops = await self._drops(organisation)
        if drops:
            return [OutFile(n, len(receipt_of(row)), row["at"]) for n, row in drops.items()]
        names = await self._names(organisation)
        made = await self._receipts(organisation, list(names.values()))
        return [
            OutFile(name, len(made[submission][0]), made[submission][1])
            for name, submission in names.items()
        ]

    async def file(self, organisation: str, folder: Folder, name: str) -> bytes:
        """Return one file's bytes; `Refused` 404 when it is not theirs or not there."""
        if folder == "outbox" and name.endswith(_ANSWER):
            rows = await self._answers(organisation, name.removesuffix(_ANSWER))
            if rows:
                return _answer(rows[0])
        if folder == "receipts" and name.endswith(RECEIPT):
            row = (await self._drops(organisation)).get(name)
            if row:
                return receipt_of(row)
        if folder == "receipts":
            submission = (await self._names(organisation)).get(name)
            if submission:
                return (await self._receipts(organisation, [submission]))[submission][0]
        raise Refused("not_found", "there is no such file", status=404)

    async def _names(self, organisation: str) -> dict[str, str]:
        """Return receipt names and their submissions; an older file of a name gets its id too."""
        names: dict[str, str] = {}
        for row in await self._desk.ask("receipt_names", organisation):
            name = f"{row['name']}{_RECEIPT}"
            if name in names:
                name = f"{row['name']}.{row['id']}{_RECEIPT}"
            names[name] = row["id"]
        return names

    async def _drops(self, organisation: str) -> dict[str, dict[str, Any]]:
        """Return a practice's return files by the names of their receipts, as `_names` does."""
        found: dict[str, dict[str, Any]] = {}
        for row in await self._desk.ask("return_drops", organisation):
            name = f"{row['name']}{RECEIPT}"
            found[f"{row['name']}.{row['id']}{RECEIPT}" if name in found else name] = row
        return found

    async def _receipts(
        self, organisation: str, submissions: Sequence[str]
    ) -> dict[str, tuple[bytes, Any]]:
        """Return each submission's receipt bytes and the time it came."""
        rows = await self._desk.ask("submissions_of", organisation, submissions=list(submissions))
        tellers = {row["id"]: row["duplicate_of"] or row["id"] for row in rows}
        wanted = list(set(tellers.values()))
        plans = await self._desk.ask("plans_of_submissions", organisation, submissions=wanted)
        sent = await self._desk.ask("deliveries_of_submissions", organisation, submissions=wanted)
        made = {}
        for row in rows:
            teller = tellers[row["id"]]
            value = receipt(
                row,
                [p for p in plans if p["submission"] == teller],
                [d for d in sent if d["submission"] == teller],
            )
            made[row["id"]] = (_bytes(value), row["received_at"])
        return made

    async def _answers(self, organisation: str, delivery: str | None) -> list[dict[str, Any]]:
        return await self._desk.ask(
            "answers_back", organisation, mco=organisation, delivery=delivery
        )


def _answer(row: dict[str, Any]) -> bytes:
    return _bytes(
        {
            "answer": "icp-answer/1",
            "submission": row["submission"],
            "plan": row["plan"],
            "delivery": row["id"],
            "practice": row["pcmh"],
            "state": row["state"],
            "acknowledged_by": row["acknowledged_by"],
            "acknowledged_at": instant(row["acknowledged_at"]),
            "agreement": row["agreement"],
            "given": row["answer"],
            "answered_at": instant(row["answered_at"]),
        }
    )


def _bytes(value: object) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"
