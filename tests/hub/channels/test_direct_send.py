"""The Direct channel over a real SMTP server (aiosmtpd): what each answer and each fault means."""

from __future__ import annotations

import asyncio
import hashlib
import io
import zipfile
from datetime import timedelta

import pytest
from direct_world import (
    HUB,
    NOW,
    OPENSSL,
    PRACTICE,
    Authority,
    Office,
    Partner,
    Post,
    curve_key,
    pem,
    read,
)
from lxml import etree

from adapters.formats.archive import ADAPTER
from hub.canonical import Document
from hub.channels import direct_send
from hub.channels.direct_mail import SUBJECT, Identity
from hub.channels.direct_relay import Relay
from hub.channels.direct_send import DirectSend
from hub.demo import world
from hub.errors import Misconfigured, Trouble
from hub.ports import Endpoint, Parcel

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="no openssl program here")

CA = Authority("Anchor")
OURS = Identity(HUB, *CA.leaf(HUB))
PLAIN = world.Sending("mco-keystone", "delgado_care_plan.xml", "", "")
CONTENT = b"<ClinicalDocument>Zyxwoman</ClinicalDocument>"


class FixedClock:
    """A clock that stands."""

    def now(self):
        """Return the time of the test run."""
        return NOW


@pytest.fixture
def office():
    """Give SMTP servers that end with the test."""
    made = Office()
    yield made
    made.close()


@pytest.fixture
def partner(tmp_path):
    """Return the practice, with openssl."""
    return Partner(tmp_path, PRACTICE, CA.leaf(PRACTICE), CA)


def parcel(content=CONTENT, kind="application/xml", name="icp-rel.xml"):
    """Return a delivery's bytes."""
    return Parcel("dlv_1", content, kind, name, hashlib.sha256(content).hexdigest())


def end(partner, address=PRACTICE, **options):
    """Return the practice's endpoint."""
    return Endpoint("e", "p", "direct", address, "ccda", partner.options(**options))


def channel(url, anchors=(), **times):
    """Return the channel with a relay."""
    return DirectSend(direct_send.Post(OURS, Relay(url, **times), anchors, FixedClock()))


async def trouble(channel, parcel, endpoint):
    """Send, and return the kind and code of the trouble it came to."""
    with pytest.raises(Trouble) as caught:
        await channel.send(parcel, endpoint)
    return caught.value.kind, caught.value.code


async def test_package(office, partner):
    """A practice's openssl opens a zip with the exact bytes; outside there is nothing of it."""
    post = Post()
    proof = await channel(office.opens(post)).send(parcel(), end(partner))

    assert (proof.transport, proof.code) == ("sent", "direct_sent")
    (mail,) = post.taken
    outside = mail.split(b"\r\n\r\n")[0].decode()
    assert f"Subject: {SUBJECT}" in outside
    assert "Message-ID: <dlv_1@direct.hub.example>" in outside
    assert b"Zyxwoman" not in mail
    message = read(partner.reads(mail, CA.certificate))
    assert message["Message-ID"] == "<dlv_1@direct.hub.example>"
    assert "X-DIRECT-FINAL" in message["Disposition-Notification-Options"]
    (attached,) = message.iter_attachments()
    files = zipfile.ZipFile(io.BytesIO(attached.get_content()))
    assert files.namelist() == [
        *("README.TXT", "INDEX.HTM", "IHE_XDM/SUBSET01/METADATA.XML"),
        "IHE_XDM/SUBSET01/DOC00001.XML",
    ]
    assert files.read("IHE_XDM/SUBSET01/DOC00001.XML") == CONTENT
    told = etree.fromstring(files.read("IHE_XDM/SUBSET01/METADATA.XML")).xpath(
        "//*[local-name()='Slot'][@name='hash']//*[local-name()='Value']/text()"
    )
    assert told == [hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest()]


async def test_our_package_is_read(office, partner):
    """What we pack, our own reader of archives unpacks into the plan that was packed."""
    post, content = Post(), world.sample(PLAIN).read_bytes()
    await channel(office.opens(post)).send(parcel(content), end(partner))
    (attached,) = read(partner.reads(post.taken[0], CA.certificate)).iter_attachments()

    reading = ADAPTER.read(Document(attached.get_content(), "x.zip"))
    assert [one.member.name.family for one in reading.plans]
    assert not [f for f in reading.findings if f.severity == "fatal"]


async def test_plain(office, partner):
    """An endpoint may ask for the document as a plain attachment under its own name and type."""
    post = Post()
    await channel(office.opens(post)).send(
        parcel(b"%PDF-1.7 x", "application/pdf", "a b.pdf"), end(partner, package="plain")
    )

    (attached,) = read(partner.reads(post.taken[0], CA.certificate)).iter_attachments()
    assert (attached.get_content(), attached.get_content_type()) == (
        b"%PDF-1.7 x",
        "application/pdf",
    )
    assert attached.get_filename() == "a_b.pdf"


async def test_again_is_the_same_message(office, partner):
    """A second attempt carries the same Message-ID, so that a receiver can know it."""
    post = Post()
    ways = channel(office.opens(post))
    for _ in range(2):
        await ways.send(parcel(), end(partner))
    ids = {read(partner.reads(mail, CA.certificate))["Message-ID"] for mail in post.taken}

    assert ids == {"<dlv_1@direct.hub.example>"}


async def test_huge(office, partner):
    """A document of five megabytes arrives whole."""
    post, content = Post(), bytes(range(256)) * 20_000
    await channel(office.opens(post)).send(
        parcel(content, "application/pdf"), end(partner, package="plain")
    )
    (attached,) = read(partner.reads(post.taken[0], CA.certificate)).iter_attachments()

    assert hashlib.sha256(attached.get_content()).digest() == hashlib.sha256(content).digest()


ANSWERS = [
    (Post("451 later"), ("transient", "smtp_451")),
    (Post("552 too big"), ("permanent", "smtp_552")),
    (Post("554 no"), ("permanent", "smtp_554")),
    (Post(rcpt="450 busy"), ("transient", "smtp_450")),
    (Post(rcpt="550 nobody"), ("permanent", "smtp_550")),
    (Post("cut"), ("ambiguous", "smtp_cut")),
    (Post(wait=3.0), ("ambiguous", "smtp_no_answer")),
]


@pytest.mark.parametrize(("post", "expected"), ANSWERS, ids=[code for _, (_, code) in ANSWERS])
async def test_answers(office, partner, post, expected):
    """Each answer of a server, and none, is the kind of trouble that it is."""
    ways = channel(office.opens(post), seconds=1.0)

    assert await trouble(ways, parcel(), end(partner)) == expected


async def test_half_open(partner):
    """A server that takes the connection and says nothing, or isn't there, is tried again."""

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3)
        writer.close()

    silent = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    ways = channel(f"smtp://127.0.0.1:{port}", seconds=0.5)
    assert await trouble(ways, parcel(), end(partner)) == ("transient", "timeout")
    silent.close()

    assert await trouble(ways, parcel(), end(partner)) == ("transient", "not_reached")


def certificates():
    """Return what may be wrong with a partner's entry in the directory, and its code."""
    other = Authority("Other anchor")
    good, anchors = pem(CA.leaf(PRACTICE)[0]), pem(CA.certificate)
    old = CA.leaf(PRACTICE, ends=NOW - timedelta(hours=1))[0]
    signs_only = CA.leaf(PRACTICE, encrypts=False)[0]
    curved = CA.leaf(PRACTICE, curve_key(), encrypts=True)[0]
    return [
        ({}, "no_certificate"),
        ({"certificate": "rubbish"}, "bad_option"),
        ({"certificate": good}, "certificate_untrusted"),
        ({"certificate": good, "anchors": pem(other.certificate)}, "certificate_untrusted"),
        ({"certificate": pem(old), "anchors": anchors}, "certificate_dates"),
        ({"certificate": pem(signs_only), "anchors": anchors}, "certificate_usage"),
        ({"certificate": pem(CA.leaf(HUB)[0]), "anchors": anchors}, "certificate_address"),
        ({"certificate": pem(curved), "anchors": anchors}, "certificate_key"),
        ({"certificate": good, "anchors": anchors, "package": "tar"}, "bad_option"),
    ]


WRONG = certificates()


@pytest.mark.parametrize(
    ("options", "code"), WRONG, ids=[f"{n}-{c}" for n, (_, c) in enumerate(WRONG)]
)
async def test_bad_entries(office, options, code):
    """A partner without a good certificate is a person's turn, and nothing is sent."""
    post = Post()
    endpoint = Endpoint("e", "p", "direct", PRACTICE, "ccda", options)

    assert await trouble(channel(office.opens(post)), parcel(), endpoint) == ("permanent", code)
    assert post.taken == []


async def test_hubs_anchors(office, partner):
    """A partner that names no anchor is trusted by the hub's own bundle, and only by that."""
    endpoint = Endpoint(
        "e", "p", "direct", PRACTICE, "ccda", {"certificate": pem(partner.certificate)}
    )
    bundle = direct_send.anchors_of("x", pem(CA.certificate).encode())
    url = office.opens(Post())
    assert (await channel(url, bundle).send(parcel(), endpoint)).transport == "sent"

    with pytest.raises(Misconfigured):
        direct_send.anchors_of("x", b"nothing")


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b.example\r\nBcc: c@d.example", "Ä@b.example"]
)
async def test_bad_address(office, partner, address):
    """An address that isn't one plain address is refused before anything is sent."""
    post = Post()
    given = await trouble(channel(office.opens(post)), parcel(), end(partner, address))

    assert (given, post.taken) == (("permanent", "bad_address"), [])


async def test_not_set(partner):
    """A hub without a Direct address says so."""
    assert await trouble(DirectSend(None), parcel(), end(partner)) == (
        "permanent",
        "direct_not_set",
    )
    with pytest.raises(Misconfigured):
        Relay("http://x")
