"""A certificate is about to end: whoever renews it hears a month and a week ahead, once each."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from direct_world import HUB, PRACTICE, Authority, pem
from mllp_world import Authority as TlsAuthority
from mllp_world import Engine
from simulator import STAFF, play

from hub.channels.addresses import Guard
from hub.channels.direct_identity import self_sign
from hub.channels.posting import Poster
from hub.channels.webhook import Webhook
from hub.errors import Misconfigured, Trouble
from hub.main import directing, examine, probing
from hub.ports import Certificate, Look
from tests.receivers import SECRET, HookSink
from tests.stories.test_probes import Letters, Turned

NORTHSIDE = "pcmh-northside"
PEOPLE = [
    {"id": "con-tech", "organisation": NORTHSIDE, "name": "T", "roles": ["technical"],
     "email": "theirs@example.org"},
    {"id": "con-ours", "organisation": "hub", "name": "O", "roles": ["operations"],
     "email": "ours@example.org"},
]  # fmt: skip


@pytest.fixture
async def stage(conninfo, tmp_path):
    """Give a hub with a clock one can turn, mail, and somebody to tell on both sides."""
    async with play(conninfo, tmp_path, private_networks=True) as found:
        found.hub.clock = Turned()
        found.hub.mailer = Letters()
        people = yaml.safe_dump({"contacts": PEOPLE}).encode()
        await found.hub.rosters.load_directory(STAFF, people)
        yield found


async def reaches(stage, kind, address, options, secrets=None):
    """Let the practice take its deliveries so."""
    entry = {"id": "end-n", "organisation": NORTHSIDE, "kind": kind, "format": "hl7v2",
             "address": address, "options": options, "secrets": secrets or {}}  # fmt: skip
    loaded = yaml.safe_dump({"endpoints": [entry]}).encode()
    await stage.hub.rosters.load_directory(STAFF, loaded)


async def looks(stage, *days):
    """Look at the connection so many days from now, one after another, and tell; return letters."""
    began = stage.hub.clock.at
    for day in days:
        stage.hub.clock.at = began + timedelta(days=day)
        await probing.look(stage.hub, "end-n")
        await probing.tell(stage.hub)
    stage.hub.clock.at = began
    return [(one.to, one.subject, one.text) for one in stage.hub.mailer.taken]


async def ends(stage):
    """Return whose certificates of the connection are known, and how many days each has left."""
    rows = await stage.rows(
        "select what, ends from certificate where endpoint = 'end-n' and gone_at is null order by 1"
    )
    return [
        (row["what"], round((row["ends"] - datetime.now(UTC)) / timedelta(days=1))) for row in rows
    ]


async def test_engine_and_ours(stage, tmp_path):
    """An engine's certificate, its authority and ours there are told to whoever renews each."""
    theirs = TlsAuthority(tmp_path, "Engine CA")
    ours = theirs.issue("hub", days=20)
    tls = theirs.server(theirs.issue("engine", "localhost", days=40))
    async with Engine(tls=tls) as engine:
        secrets = {"certificate": ours.pem, "private_key": ours.private}
        await reaches(stage, "mllp", engine.address, {"ca": theirs.pem}, secrets)
        letters = await looks(stage, 0, 0.5, 0.9)
    events = await stage.rows("select detail from event where kind = 'connection.ends'")

    assert [("ca", 1), ("client", 20), ("server", 40)] == await ends(stage)
    assert [
        ("ours@example.org", "1 certificate ending soon"),
        ("theirs@example.org", "1 certificate ending soon"),
    ] == sorted(one[:2] for one in letters)
    assert "end-n: our certificate that we show them ends" in next(
        t for to, _, t in letters if to == "ours@example.org"
    )
    assert {"ca", "client"} == {one["detail"]["certificate"] for one in events}


async def test_webhook_in_time(stage, tmp_path):
    """A webhook's certificate is told of twice; its successor takes its place in silence."""
    authority = TlsAuthority(tmp_path)
    stage.hub.poster = Poster(
        Guard(allow_http_private=True), stage.hub.clock, tls=authority.client()
    )
    stage.hub.channels["webhook"] = Webhook(stage.hub.poster)
    async with HookSink(tls=authority.server(authority.issue("old", "localhost", days=35))) as sink:
        await reaches(stage, "webhook", sink.url, {}, {"secret": SECRET})
        letters = await looks(stage, 0, 6, 10, 20, 29, 34)
        assert [("server", 35)] == await ends(stage)
    async with HookSink(tls=authority.server(authority.issue("new", "localhost", days=90))) as sink:
        await reaches(stage, "webhook", sink.url, {}, {"secret": SECRET})
        await looks(stage, 0)
    await stage.hub.poster.close()

    assert [("theirs@example.org", "1 certificate ending soon")] * 2 == [one[:2] for one in letters]
    assert "end-n: their server's certificate ends" in letters[0][2]
    assert [("server", 90)] == await ends(stage)


async def test_known_while_down(stage):
    """A Direct partner's certificate and anchor are told of though nothing can be reached."""
    anchor = Authority("Story anchor")
    leaf, _ = anchor.leaf(PRACTICE, ends=datetime.now(UTC) + timedelta(days=12))
    options = {"certificate": pem(leaf), "anchors": pem(anchor.certificate)}
    await reaches(stage, "direct", PRACTICE, options)
    letters = await looks(stage, 0, 1)

    assert [("anchor", 300), ("partner", 12)] == await ends(stage)
    assert "their Direct certificate ends" in letters[-1][2]
    (row,) = [one for one in await stage.hub.desk.ask("connections", NORTHSIDE) if one["ends"]]
    assert ("partner", True) == (row["certificate"], row["near"])
    assert [] == await stage.hub.desk.ask("connections", "mco-laurel")


class Shows:
    """A connection that shows these certificates one after another; nothing: it can't be had."""

    def __init__(self, *shown):
        self.shown = list(shown)

    async def probe(self, _endpoint):
        """Return the next one."""
        one = self.shown.pop(0)
        if one is None:
            raise Trouble("transient", "unreachable", "no answer")
        return Look("works", (one,))

    async def greet(self):
        """Fail as a mail server does that is away, or show what the next one holds."""
        one = self.shown.pop(0)
        if one is None:
            raise Trouble("transient", "mail_unreachable", "no answer")
        return one


SOON = datetime.now(UTC) + timedelta(days=20)


@pytest.mark.parametrize(
    ("kind", "of", "other"),
    [
        ("webhook", "server", Certificate("server", "bb", SOON + timedelta(99))),
        ("direct", "partner", None),
    ],
    ids=["two servers in turn", "a published one, unreachable"],
)
async def test_told_once(stage, kind, of, other):
    """What was told of a certificate is not told again when it was out of sight meanwhile."""
    one = Certificate(of, "aa", SOON)
    stage.hub.channels[kind] = Shows(one, other, one, other, one)
    await reaches(stage, kind, PRACTICE if kind == "direct" else "https://hook.example", {})
    letters = await looks(stage, 0, 1, 2, 3, 4)

    assert ["1 certificate ending soon"] == [t for _, t, _ in letters if "certificate" in t]
    assert of in dict(await ends(stage))


async def test_known_while_nobody_looks(stage):
    """A published certificate stays on the list while its connection can't be reached."""
    stage.hub.channels["direct"] = Shows(Certificate("partner", "aa", SOON), None)
    await reaches(stage, "direct", PRACTICE, {})
    await looks(stage, 0, 1)

    assert ["partner"] == [of for of, _ in await ends(stage)]


async def test_relay_away(stage, tmp_path):
    """Our mail server's certificate is told of once, though the server is away for a night."""
    found = TlsAuthority(tmp_path).issue("relay", "localhost", days=20).certificate_file
    der = x509.load_pem_x509_certificate(found.read_bytes()).public_bytes(Encoding.DER)
    self_sign(stage.hub.settings.home.resolve() / "keys" / "direct", HUB, datetime.now(UTC))
    settings = dataclasses.replace(
        stage.hub.settings, direct_address=HUB, direct_relay="smtp://localhost:1"
    )
    post = directing.post(settings, stage.hub.clock)
    stage.hub.settings, stage.hub.direct_post = settings, post
    post._relay = Shows(der, None, der)  # noqa: SLF001  # the mail server of the story
    for _ in range(3):
        await probing.look(stage.hub, "hub-certificates")
    rows = await stage.rows(
        "select w.code, c.gone_at from warning w join certificate c on c.what = w.code"
        " where w.what = 'ends'"
    )
    assert [{"code": "relay", "gone_at": None}] == rows


async def test_our_own(stage, tmp_path):
    """The hub's own certificates are looked at by night; `doctor` names those near their end."""
    folder = stage.hub.settings.home.resolve() / "keys" / "direct"
    self_sign(folder, HUB, datetime.now(UTC))
    authority = TlsAuthority(tmp_path)
    issued = authority.issue("mllp", "localhost", days=5)
    settings = dataclasses.replace(
        stage.hub.settings, direct_address=HUB, direct_relay="smtp://localhost:1",
        mllp_certificate=str(issued.certificate_file), mllp_client_ca=str(authority.path),
    )  # fmt: skip
    stage.hub.settings = settings
    stage.hub.direct_post = directing.post(settings, stage.hub.clock)
    found = await probing.look(stage.hub, "hub-certificates")
    rows = await stage.rows("select what, told from certificate order by what")
    told = dict(await examine(settings))

    assert found["hub-certificates"].ok
    assert [("direct", 0), ("direct anchor", 0), ("mllp ca", 7), ("mllp server", 7)] == [
        tuple(row.values()) for row in rows
    ]
    near = {name.partition(",")[0] for name, problem in told.items() if "ends soon" in problem}
    assert {"the authority of MLLP senders", "our MLLP server's certificate"} == near
    stage.hub.clock.at += timedelta(days=6)
    assert (
        "certificate_dates"
        == (await probing.look(stage.hub, "hub-certificates"))["hub-certificates"].code
    )


async def test_wrong_days(conninfo, tmp_path):
    """A setting that is no days stops the hub at its start, by its name."""
    with pytest.raises(Misconfigured, match="ICP_HUB_CERTIFICATE_DAYS"):
        async with play(conninfo, tmp_path, certificate_days="a month"):
            pass
