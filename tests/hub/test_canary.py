"""Canaries: unmistakable words planted in documents, then looked for wherever they must not be.

One run of real processes, with every logger at debug level, through success, quarantine, unmatched,
held, a dead practice, API errors and SFTP; then every place is searched. The roster may hold
members' demographics and the submission table names of files: nothing may hold a plan's words.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import httpx2
import psycopg
import pytest
import yaml
from psycopg import sql

from hub.canonical import Document
from hub.demo import world
from hub.main import OPERATOR, Hub
from hub.ports import Binding
from hub.sandbox.reader import read_once
from hub.web.credentials import NewAccount, issue_key, open_account
from tests.faults import documents
from tests.faults.stage import Stage, free_port
from tests.receivers import SECRET, HookSink

SAMPLES = {
    "ccda": ("mco-keystone", "delgado_care_plan.xml"),
    "hl7": ("mco-allegheny", "hale_mdm_t02.hl7"),
    "pdf": ("mco-susquehanna", "reyes_care_plan.pdf"),
}
WHO = documents.Member("770099177", "2299977121", "Zzyqfamily", "Qwxgiven", "1942-07-13")
PERSON = {
    "family name": b"Zzyqfamily",
    "given name": b"Qwxgiven",
    "member id": b"770099177",
    "Medicaid id": b"2299977121",
    "birth date, ISO": b"1942-07-13",
    "birth date, US": b"07/13/1942",
    "birth date, HL7": b"19420713",
    "address": b"Zzyqstreet",
}
WORDS = {"free text": b"Zzyqillness", "file name": b"zzyqfile", "folder name": b"zzyqfolder"}
_HL7 = {
    b"Hale^Marcus": b"Zzyqfamily^Qwxgiven",
    b"AB-77121": WHO.member_id.encode(),
    b"2200377121": WHO.medicaid.encode(),
    b"19900514": b"19420713",
    b"44 Mill Road": b"77 Zzyqstreet",
    b"Hepatitis C": b"Zzyqillness C",
}
_CCDA = {
    b"Delgado": b"Zzyqfamily",
    b"Rosa": b"Qwxgiven",
    b"K100200301": WHO.member_id.encode(),
    b"2200145671": WHO.medicaid.encode(),
    b"19610719": b"19420713",
    b"18 Maple St": b"77 Zzyqstreet",
    b"Heart failure, short of breath": b"Zzyqillness, short of breath",
}
PASSWORD = "plain words for a test"  # noqa: S105  # a test's
LOUD = "import logging\nlogging.basicConfig(level=logging.DEBUG)\n"


@dataclass
class Found:
    """What the run left behind: bytes by place, states that were reached, words of the PDF."""

    places: dict[str, bytes] = field(default_factory=dict)
    states: set[str] = field(default_factory=set)
    pdf: bytes = b""
    statuses: list[int] = field(default_factory=list)
    officer: list[int] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)

    def marks(self, place: str, marks: dict[str, bytes]) -> list[str]:
        """Return the names of the marks that are at a place."""
        return sorted(name for name, mark in marks.items() if mark in self.places[place])


class LoudStage(Stage):
    """A stage whose processes log everything there is to log."""

    def environment(self) -> dict[str, str]:
        """Return the environment with debug logging of every library and of asyncio."""
        loud = self.folder / "loud"
        loud.mkdir(exist_ok=True)
        (loud / "sitecustomize.py").write_text(LOUD)
        return {**super().environment(), "PYTHONPATH": str(loud), "PYTHONASYNCIODEBUG": "1"}


def _swapped(content: bytes, words: dict[bytes, bytes]) -> bytes:
    for old, new in words.items():
        assert old in content
        content = content.replace(old, new)
    return content


def _sample(form: str) -> bytes:
    mco, file = SAMPLES[form]
    return world.sample(world.Sending(mco, file, "api", "")).read_bytes()


def _extract(number: int, who: documents.Member) -> bytes:
    found = documents.extract(who, number)
    return found.content.replace(found.mark.encode(), b"Zzyqillness, wish %d" % number)


def _papers() -> dict[str, tuple[str, bytes]]:
    """Return every document of the run: its sender and its bytes, by what it is for."""
    stranger = documents.Member("770099178", WHO.medicaid, "Zzyqfamily", "Qwxgiven", "1942-07-13")
    broken = _extract(3, WHO).replace(b"Member Number", b"Zzyqillness")
    return {
        "ccda": ("mco-keystone", _swapped(_sample("ccda"), _CCDA)),
        "held": ("mco-allegheny", _swapped(_sample("hl7"), _HL7)),
        "dead practice": ("mco-susquehanna", _sample("pdf")),
        "success": ("mco-susquehanna", _extract(1, WHO)),
        "unmatched": ("mco-susquehanna", _extract(2, stranger)),
        "quarantined table": ("mco-susquehanna", broken),
        "quarantined XML": ("mco-keystone", _swapped(_sample("ccda"), _CCDA)[:-500]),
        "quarantined noise": ("mco-laurel", b"Zzyqfamily Qwxgiven Zzyqillness 770099177\n"),
    }


def _roster(mco: str, pcmh: str) -> bytes:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["member_id", "ma_id", "last", "first", "dob", "sex", "county", "pcmh"])
    sex = {"mco-allegheny": "male"}.get(mco, "female")
    row = [WHO.member_id, WHO.medicaid, WHO.family, WHO.given, WHO.born, sex, "Dauphin", pcmh]
    rows.writerow(row)
    if mco == "mco-susquehanna":
        known = next(m for m in world.load()["members"] if m["family"] == "Reyes")
        names = ("member_id", "medicaid", "family", "given", "birth_date", "sex", "county", "pcmh")
        rows.writerow([known[name] for name in names])
    return out.getvalue().encode()


async def _people(hub: Hub, hook: str, status: str) -> dict[str, str]:
    """Load everybody, with a dead practice and a status endpoint; return the API keys."""
    known = world.load()
    practice = {"kind": "webhook", "format": "json", "secrets": {"secret": SECRET}}
    dead = f"http://127.0.0.1:{free_port()}/"
    ends = [
        {**e, **practice, "address": dead if e["organisation"] == "pcmh-orchard" else hook}
        for e in known["endpoints"]
    ]
    told = {"id": "end-status", "organisation": "mco-susquehanna", "kind": "status"}
    ends.append({**told, "address": status, "secrets": {"secret": SECRET}})
    bindings = [
        {"organisation": "mco-keystone", "adapters": ["adapters.formats.ccda:ADAPTER"]},
        {"organisation": "mco-allegheny", "adapters": ["adapters.mcos.allegheny_hl7v2:ADAPTER"]},
        *(b for b in known["bindings"] if b["organisation"] in {"mco-susquehanna", "mco-laurel"}),
    ]
    kept = {k: known[k] for k in ("organisations", "contacts")}
    book = yaml.safe_dump({**kept, "endpoints": ends, "bindings": bindings}).encode()
    await hub.rosters.load_directory(OPERATOR, book)
    for where, login, role in (("hub", "petra", "privacy"), ("pcmh-northside", "ann", "pcmh")):
        new = NewAccount(where, login, f"Person {login}", (role,), PASSWORD)
        await open_account(hub.office(), OPERATOR, new)
    keys = {}
    homes = {"mco-keystone": "pcmh-riverbend", "mco-allegheny": "pcmh-northside"}
    for entry in known["organisations"]:
        if entry["kind"] == "mco":
            home = homes.get(entry["id"], "pcmh-riverbend")
            file = _roster(entry["id"], home)
            await hub.rosters.load_roster(OPERATOR, entry["id"], "full", file)
        scopes = world.SCOPES[entry["kind"]]
        issued = await issue_key(hub.office(), OPERATOR, entry["id"], "canary", scopes)
        keys[entry["id"]] = issued.secret
    return keys


async def _run(found: Found) -> None:
    async with HookSink() as sink, HookSink() as status:
        async with LoudStage(sink.url, workers=1, members=1, max_attempts=2) as stage:
            await stage.rows("update member set active = false returning 1")
            async with Hub(stage.settings) as hub:
                keys = await _people(hub, sink.url, status.url)
            await _send(stage, keys, found)
            assert await stage.settled(120)
            await _ask_wrongly(stage, keys, found)
            await _officer_at_work(stage, found)
            await _ask_between(stage, keys, found)
            await _by_sftp(stage)
            await asyncio.to_thread(_cut, stage)
            await stage.settled(60)
            await asyncio.sleep(3)  # notices and the sealer come every second
            await _search(stage, found)
        found.places["webhooks' headers"] = b"\n".join(
            json.dumps(one.headers).encode() + one.path.encode() for one in sink.taken
        )
        found.places["webhooks' bodies"] = b"\n".join(one.body for one in sink.taken)
        found.places["notices"] = b"\n".join(
            one.body + json.dumps(one.headers).encode() for one in status.taken
        )


async def _send(stage: Stage, keys: dict[str, str], found: Found) -> None:
    url = f"http://127.0.0.1:{stage.settings.http_port}"
    async with httpx2.AsyncClient(base_url=url, timeout=30) as http:
        for what, (mco, content) in _papers().items():
            name = f"zzyqfile-{what.replace(' ', '-')}"
            answer = await http.post(
                "/v1/submissions",
                content=content,
                headers={
                    "authorization": f"Bearer {keys[mco]}",
                    "content-disposition": f'attachment; filename="{name}"',
                },
            )
            found.statuses.append(answer.status_code)


async def _ask_wrongly(stage: Stage, keys: dict[str, str], found: Found) -> None:
    """Ask for what can't be, with marks everywhere, and keep every answer above 399."""
    mark = "Zzyqfamily-Zzyqillness-zzyqfile-770099177"
    mine = {"authorization": f"Bearer {keys['mco-susquehanna']}"}
    theirs = {"authorization": f"Bearer {keys['pcmh-riverbend']}"}
    asks = [
        ("GET", f"/v1/submissions/{mark}", mine, None),
        ("GET", f"/v1/submissions?cursor={mark}&limit={mark}&state={mark}", mine, None),
        ("GET", f"/v1/{mark}?{mark}={mark}", mine, None),
        ("GET", f"/{mark}", {}, None),
        ("GET", f"/v1/deliveries/{mark}", theirs, None),
        ("GET", f"/v1/deliveries/{mark}/content", theirs, None),
        ("POST", f"/v1/deliveries/{mark}/answer", theirs, b'{"kind": "Zzyqillness"}'),
        ("POST", f"/v1/deliveries/{mark}/acknowledgment", theirs, b'{"Zzyqfamily": 1}'),
        ("POST", f"/v1/members/{mark}/consents", mine, b'{"kind": "Zzyqillness", "x": ["770099177'),
        ("POST", f"/v1/members/{mark}/consents", mine, b'{"kind": "Zzyqillness"}'),
        ("GET", f"/v1/members/{mark}/consents", mine, None),
        ("POST", "/v1/rosters/full", mine, b"Zzyqfamily,Qwxgiven\n770099177,1942-07-13\n"),
        ("POST", "/v1/rosters/full", mine, b"member_id,last,dob\n,Zzyqfamily,13.7.1942\n\xff\n"),
        ("POST", "/v1/directory", mine, b"Zzyqfamily: [unclosed"),
        ("POST", "/v1/submissions", mine | {"content-type": f"x/{mark}"}, b""),
        ("GET", "/v1/submissions", {"authorization": f"Bearer {mark}"}, None),
        ("GET", "/v1/submissions", {"authorization": f"Basic {mark}"}, None),
        ("DELETE", f"/v1/submissions/{mark}", mine, None),
        ("POST", "/oauth/token", {}, f"grant_type={mark}&client_assertion={mark}".encode()),
        ("POST", "/sign-in", {}, f"login={mark}&password={mark}".encode()),
    ]
    url = f"http://127.0.0.1:{stage.settings.http_port}"
    said = []
    async with httpx2.AsyncClient(base_url=url, timeout=30) as http:
        for method, path, headers, content in asks:
            answer = await http.request(method, path, headers=headers, content=content)
            found.statuses.append(answer.status_code)
            if answer.is_error:
                said.append(answer.content + str(answer.headers).encode())
    found.places["problems"] = b"\n".join(said)


async def _officer_at_work(stage: Stage, found: Found) -> None:
    """Do what the privacy officer and a clinician do, with marks in everything they type."""
    url = f"http://127.0.0.1:{stage.settings.http_port}"
    rows = await stage.rows("select id from member where family = 'Zzyqfamily' and id in"
                            " (select member from plan where state = 'held')")  # fmt: skip
    member = f"/privacy/members/{rows[0]['id']}"
    who = {"family": "Zzyqfamily", "born": WHO.born, "number": WHO.member_id, "words": "Qwxgiven"}
    said = {"told": "Zzyqillness", "nature": "Zzyqillness", "name": "Ann", "affiliation": "ER"}
    form = {**who, **said, "cause": "other", "pcmh": "pcmh-northside", "reason": "emergency"}
    form |= {
        "attested": "yes",
        "medical": "yes",
        "form": "pdf",
        "signed_by": "Zzyqfamily",
        "kind": "tpo",
    }
    asks = [
        ("petra", "/privacy/members"), ("petra", f"{member}/incident"),
        ("petra", f"{member}/accounting"), ("petra", f"{member}/record"), ("ann", "/emergency"),
    ]  # fmt: skip
    for login, path in asks:
        async with httpx2.AsyncClient(base_url=url, timeout=30) as http:
            await http.post("/sign-in", data={"login": login, "password": PASSWORD})
            page = await http.get("/account")
            token = page.text.partition('name="csrf" value="')[2].partition('"')[0]
            given = {**form, "csrf": token, "step": "1", "go": "5"}
            answer = await http.post(path, data=given)
            found.statuses.append(answer.status_code)
            found.officer.append(answer.status_code)
            if login == "petra":
                looked = await http.get(f"{member}/preview")
                found.officer.append(looked.status_code)


async def _ask_between(stage: Stage, keys: dict[str, str], found: Found) -> None:
    """Let an MCO and a practice make requests, with marks in all that they say and give."""
    rows = await stage.rows(
        "select d.id from delivery d join member m on m.id = d.member"
        " where m.family = 'Zzyqfamily' and d.mco = 'mco-susquehanna' and d.sent_at is not null"
    )
    words = {"name": "Ann", "words": "Zzyqfamily has Zzyqillness"}
    key = {"mco": "mco-susquehanna", "member_id": WHO.member_id}
    asked = {"kind": "plan", "key": key, "reason": "other", **words}
    about = {"delivery": rows[0]["id"], "reason": "other", **words}
    fix = {"kind": "correction", "field": "address", "says": "77 Zzyqstreet", **about}
    tried = {"on": "2026-11-02", "how": "phone", "came": "reached", "words": "Qwxgiven Zzyqillness"}
    url = f"http://127.0.0.1:{stage.settings.http_port}"
    mine = {"authorization": f"Bearer {keys['mco-susquehanna']}"}
    theirs = {"authorization": f"Bearer {keys['pcmh-riverbend']}"}
    named = {"content-disposition": 'attachment; filename="zzyqfile-own.txt"'}
    async with httpx2.AsyncClient(base_url=url, timeout=60) as http:
        made = [await http.post("/v1/requests", headers=mine, json=asked)]
        made.append(await http.post("/v1/requests", headers=theirs, json=fix))
        made.append(
            await http.post(
                "/v1/requests",
                headers=theirs,
                json={"kind": "outreach", "attempts": [tried], **about},
            )
        )
        path = made[0].json()["status_url"]
        own = _extract(9, WHO)
        given = await http.post(f"{path}/documents", headers=theirs | named, content=own)
        made += [given, await http.get(given.json()["content"], headers=mine)]
        made.append(await http.get(path, headers=theirs))
        found.places["requests"] = b"".join(one.content for one in made)
        found.places["headers of requests"] = b"".join(
            json.dumps(dict(one.headers)).encode() for one in made
        )
        found.requests = [one.status_code for one in made]


async def _by_sftp(stage: Stage) -> None:
    """Upload by SFTP under telling names, well and badly."""
    (stage.folder / "zzyqfile-good.csv").write_bytes(_extract(7, WHO))
    (stage.folder / "zzyqfile-good.csv.sha256").write_text(f"{'0' * 64}  Zzyqfamily\n")
    lines = [
        "put zzyqfile-good.csv inbox/zzyqfile-good.csv",
        "-mkdir zzyqfolder",
        "-put zzyqfile-good.csv zzyqfolder/zzyqfile.csv",
        "-put zzyqfile-good.csv inbox/zzyqfile-Zzyqfamily.part",
        "-rename inbox/zzyqfile-none inbox/zzyqfile-other",
        "-get receipts/zzyqfile-none zzyqfile-got",
        "-rm inbox/zzyqfile-good.csv",
        "-ln -s zzyqfolder zzyqfile-link",
        "-put zzyqfile-good.csv.sha256 inbox/zzyqfile-good.csv.sha256",
    ]
    (stage.folder / "batch").write_text("\n".join(lines) + "\n")
    process = await asyncio.create_subprocess_exec(
        *stage.sftp("-b", "batch"), cwd=stage.folder, stdout=asyncio.subprocess.DEVNULL
    )
    assert await process.wait() == 0


def _cut(stage: Stage) -> None:
    """End every session of the database, so that errors come from the middle of things."""
    with psycopg.connect(stage.postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where pid <> pg_backend_pid() and datname is not null"
        )


async def _search(stage: Stage, found: Found) -> None:
    """Gather what lies at every place."""
    for table in ("submission", "plan", "delivery"):
        rows = await stage.rows(f"select distinct state from {table}")  # noqa: S608  # a literal of ours
        found.states |= {f"{table} {row['state']}" for row in rows}
    for table in ("event", "leaf", "notice", "attempt", "delivery", "release", "plan"):
        found.places[table] = await _rows(stage, table, "")
    found.places["submission"] = await _rows(stage, "submission", "name")
    rows = await stage.rows(
        "select tablename from pg_tables where schemaname = 'public' and tablename <> 'member'"
    )
    tables = {row["tablename"] for row in rows} - {"submission"}
    found.places["every other table"] = b"".join([await _rows(stage, t, "") for t in tables])
    found.places["logs"] = stage.logs()
    home = stage.settings.home
    found.places["vault"] = _files(home / "vault")
    found.places["home"] = _files(home, but=home / "postgres")
    found.places["PostgreSQL's log"] = (home / "postgres/pg.log").read_bytes()
    found.places["temporary files"] = _files(stage.folder / "tmp")
    await asyncio.to_thread(stage.postgres.stop)
    found.places["database files"] = _files((home / "postgres/pgdata").resolve())


async def _rows(stage: Stage, table: str, but: str) -> bytes:
    connection = await psycopg.AsyncConnection.connect(stage.postgres.dsn(), autocommit=True)
    async with connection:
        statement = sql.SQL("select (to_jsonb(t) - %s)::text as r from {} t")
        cursor = await connection.execute(statement.format(sql.Identifier(table)), (but,))
        return "\n".join(row[0] for row in await cursor.fetchall()).encode()


def _files(folder: Path, but: Path | None = None) -> bytes:
    """Return names and contents of every file under a folder."""
    parts = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if Path(root, name) != but]
        for name in names:
            parts.append(name.encode())
            with suppress(OSError):
                parts.append(Path(root, name).read_bytes())
    return b"\n".join(parts)


def _words_of_the_pdf() -> bytes:
    mco, file = SAMPLES["pdf"]
    content = _sample("pdf")
    document = Document(content, file, "", sha256(content).hexdigest(), mco)
    _, reading = read_once((Binding("adapters.mcos.susquehanna_pdf:ADAPTER"),), document)
    return str(reading.plans[0].concerns[0].text).encode()


@pytest.fixture(scope="module")
def found():
    """Play the whole run once."""
    gathered = Found(pdf=_words_of_the_pdf())
    asyncio.run(_run(gathered))
    return gathered


def test_everything_happened(found):
    """The run went through every state that canaries could leak from."""
    wanted = {
        *("submission read", "submission quarantined", "plan released", "plan held"),
        *("plan unmatched", "delivery sent", "delivery undeliverable"),
    }

    assert wanted <= found.states
    assert {202, 400, 401, 404, 405} <= set(found.statuses)
    assert found.places["notices"]
    assert [200, 200, 303, 200, 200, 200, 200, 200] == found.officer[:-1]
    assert found.officer[-1] == 303
    assert found.requests == [201, 201, 201, 201, 200, 200]


def test_search_finds(found):
    """The search does find: the practice got a plan's words, the roster holds its person."""
    assert WORDS["free text"] in found.places["webhooks' bodies"]
    assert WORDS["free text"] in found.places["requests"]
    assert PERSON["family name"] in found.places["database files"]
    assert WORDS["file name"] in found.places["database files"]


@pytest.mark.parametrize(
    "place",
    [
        *("logs", "problems", "notices", "webhooks' headers", "event", "leaf", "notice", "attempt"),
        *("delivery", "release", "plan", "submission", "every other table", "PostgreSQL's log"),
        *("vault", "home", "temporary files", "headers of requests"),
    ],
)
def test_nothing_of_the_person(found, place):
    """Nothing of the member, of the plan or of the file's name is at this place."""
    assert [] == found.marks(place, PERSON | WORDS | {"words of the PDF": found.pdf})


def test_no_plan_in_the_database(found):
    """The database's files, its write-ahead log too, hold no word of any plan."""
    marks = {
        "free text": WORDS["free text"],
        "address": PERSON["address"],
        "words of the PDF": found.pdf,
    }

    assert [] == found.marks("database files", marks)
