"""Every channel's probe: it connects as a delivery would, sends nothing of a plan, and tells."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from direct_world import HUB, PRACTICE, Authority, Office, Post, pem
from mllp_world import Authority as TlsAuthority
from mllp_world import Engine

from hub.channels.addresses import Guard
from hub.channels.direct_mail import Identity
from hub.channels.direct_relay import Relay
from hub.channels.direct_send import DirectSend
from hub.channels.direct_send import Post as DirectPost
from hub.channels.fhir_send import FhirSend
from hub.channels.mail import Mailer
from hub.channels.mailbox import Mailbox
from hub.channels.mllp_send import MllpSend
from hub.channels.posting import Poster
from hub.channels.requesting import Requester
from hub.channels.sftp_push import SftpPush
from hub.channels.webhook import Webhook
from hub.errors import Trouble
from hub.ports import Endpoint
from tests.receivers import SECRET, Answer, HookSink, PracticeSftp

GUARD = Guard(allow_http_private=True)
NOBODY = 1
CA = Authority("Probe anchor")


class Now:
    """The wall clock."""

    def now(self):
        """Return the present."""
        return datetime.now(UTC)


def end(kind, address, options=None, secrets=None):
    """Return an endpoint."""
    return Endpoint("end-1", "pcmh-1", kind, address, "ccda", options or {}, secrets or {})


async def trouble(channel, endpoint):
    """Return what a probe that fails raises."""
    with pytest.raises(Trouble) as raised:
        await channel.probe(endpoint)
    return raised.value.kind, raised.value.code


@pytest.fixture
async def hook():
    """Give the webhook channel."""
    poster = Poster(GUARD, Now(), seconds=1.0)
    yield Webhook(poster)
    await poster.close()


@pytest.fixture
async def fhir():
    """Give the FHIR channel."""
    made = FhirSend(Requester(GUARD, seconds=1.0), Now())
    yield made
    await made.close()


@pytest.fixture
async def sftp():
    """Give the SFTP channel."""
    made = SftpPush(GUARD, connect_seconds=2.0, operation_seconds=2.0)
    yield made
    await made.close()


async def test_webhook(hook):
    """A ping is signed like a delivery, marked as a ping, and holds the endpoint's id alone."""
    async with HookSink() as sink:
        code = (await hook.probe(end("webhook", sink.url, secrets={"secret": SECRET}))).code
    (got,) = sink.taken

    assert (code, got.signatures, got.headers["icp-ping"]) == ("http_204", 1, "1")
    assert json.loads(got.body) == {"type": "ping", "endpoint": "end-1"}


async def test_webhook_fails(hook):
    """A receiver that refuses, or isn't there, is trouble of its kind."""
    async with HookSink([Answer(404)]) as sink:
        secrets = {"secret": SECRET}
        assert await trouble(hook, end("webhook", sink.url, secrets=secrets)) == (
            "permanent",
            "http_404",
        )
    nobody = end("webhook", f"http://localhost:{NOBODY}/", secrets=secrets)
    assert await trouble(hook, nobody) == ("transient", "not_reached")


async def test_sftp(sftp, tmp_path):
    """The folder is looked into and stays as it is; one that is gone is told."""
    async with PracticeSftp(tmp_path) as practice:
        (tmp_path / "in").mkdir()
        endpoint = end("sftp", practice.url, practice.options, practice.secrets)
        assert (await sftp.probe(endpoint)).code == "sftp_listed"
        assert {} == practice.files
        (tmp_path / "in").rmdir()
        assert await trouble(sftp, endpoint) == ("permanent", "no_such_folder")


async def test_sftp_host_key(sftp, tmp_path):
    """Another host key than the pinned one is found by night, not by a delivery."""
    async with PracticeSftp(tmp_path / "a") as one, PracticeSftp(tmp_path / "b") as two:
        endpoint = end("sftp", one.url, two.options, one.secrets)
        assert await trouble(sftp, endpoint) == ("permanent", "host_key_mismatch")


async def test_mllp():
    """A link is opened and closed, and no message is sent over it."""
    send = MllpSend(GUARD, connect_seconds=1.0)
    async with Engine() as engine:
        assert (await send.probe(end("mllp", engine.address))).code == "mllp_connected"
    assert ([], 1) == (engine.taken, engine.connections)
    nobody = end("mllp", f"mllp://localhost:{NOBODY}")
    assert await trouble(send, nobody) == ("transient", "not_reached")


async def test_mllp_certificate(tmp_path):
    """An engine whose certificate is expired is found."""
    authority = TlsAuthority(tmp_path)
    send = MllpSend(GUARD, connect_seconds=1.0)
    for days, answer in ((1, None), (-1, ("permanent", "certificate"))):
        tls = authority.server(authority.issue(f"engine{days}", "localhost", days=days))
        async with Engine(tls=tls) as engine:
            endpoint = end("mllp", engine.address, {"ca": authority.pem})
            if answer is None:
                assert (await send.probe(endpoint)).code == "mllp_connected"
            else:
                assert await trouble(send, endpoint) == answer


async def test_fhir(fhir):
    """The server is asked what it can do, with our token; one that can't take plans is told."""
    good = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}
    cannot = {**good, "rest": [{"interaction": [{"code": "search-system"}]}]}
    script = [Answer(200, body=json.dumps(one).encode()) for one in (good, cannot, {})]
    async with HookSink([*script, Answer(401)]) as sink:
        endpoint = end("fhir", sink.url, {"auth": "bearer"}, {"token": "t"})
        assert (await fhir.probe(endpoint)).code == "fhir_metadata"
        assert await trouble(fhir, endpoint) == ("permanent", "fhir_no_transaction")
        assert await trouble(fhir, endpoint) == ("permanent", "fhir_no_statement")
        assert (await trouble(fhir, endpoint))[1] == "fhir_401"
    assert {"/hook/metadata"} == {one.path for one in sink.taken}
    assert sink.taken[0].headers["authorization"] == "Bearer t"


@pytest.fixture
def office():
    """Give SMTP servers that end with the test."""
    made = Office()
    yield made
    made.close()


def partner(days=300):
    """Return the options of a partner whose certificate lasts so many days."""
    leaf, _ = CA.leaf(PRACTICE, ends=datetime.now(UTC) + timedelta(days=days))
    return {"certificate": pem(leaf), "anchors": pem(CA.certificate)}


async def test_direct(office):
    """The certificate is judged and the server greeted; no mail is sent."""
    post = Post()
    ours = Identity(HUB, *CA.leaf(HUB))
    direct = DirectSend(DirectPost(ours, Relay(office.opens(post), seconds=2.0), (), Now()))

    assert (await direct.probe(end("direct", PRACTICE, partner()))).code == "direct_ready"
    assert await trouble(direct, end("direct", PRACTICE, partner(days=-0.5))) == (
        "permanent",
        "certificate_dates",
    )
    assert [] == post.taken


async def test_direct_server_gone():
    """A mail server that isn't there is told before a delivery needs it."""
    ours = Identity(HUB, *CA.leaf(HUB))
    relay = Relay(f"smtp://127.0.0.1:{NOBODY}", seconds=2.0)
    direct = DirectSend(DirectPost(ours, relay, (), Now()))

    assert await trouble(direct, end("direct", PRACTICE, partner())) == (
        "transient",
        "not_reached",
    )


async def test_mail(office):
    """The hub's own mail server is greeted, and one that isn't there is told."""
    post = Post()
    assert (await Mailer(office.opens(post), "a@b.example").probe()).code == "smtp_ready"
    with pytest.raises(Trouble, match="SMTP"):
        await Mailer(f"smtp://127.0.0.1:{NOBODY}", "a@b.example").probe()
    assert [] == post.taken


async def test_mailbox():
    """The console's mailbox has no wire that could fail."""
    assert (await Mailbox().probe(end("mailbox", ""))).code == "in_mailbox"
