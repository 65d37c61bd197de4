"""Revocation lists of Direct certificates from a real HTTP server: revoked, away, forged, old."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from direct_world import HUB, PRACTICE, Asked, Authority, letter, pem

from hub.channels.addresses import Guard
from hub.channels.direct_mail import Head, Identity, sealed
from hub.channels.direct_revocation import Revocations
from hub.channels.direct_send import Post
from hub.channels.direct_taking import Taker
from hub.channels.requesting import ANSWER_BYTES, Requester
from hub.errors import Trouble, Unreadable
from hub.ports import DirectPartner
from tests.receivers import Answer, HookSink

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
CA = Authority("Listing anchor")
OTHER = Authority("Listing stranger")


def crl(*revoked, by=CA, made=NOW - DAY, until=NOW + 9 * DAY, of=None):
    """Return a list of numbers as DER, signed by an authority."""
    built = x509.CertificateRevocationListBuilder().issuer_name(by.name)
    built = built.last_update(made).next_update(until)
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one).revocation_date(made)
        built = built.add_revoked_certificate(entry.build())
    if of is not None:
        built = built.add_extension(of, critical=True)
    return built.sign(by.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def scope(url="", **differs):
    """Return an issuing distribution point that speaks of so much."""
    usual = {"only_contains_user_certs": False, "only_contains_ca_certs": False,
             "only_some_reasons": None, "indirect_crl": False,
             "only_contains_attribute_certs": False, "relative_name": None}  # fmt: skip
    names = [x509.UniformResourceIdentifier(url)] if url else None
    return x509.IssuingDistributionPoint(full_name=names, **usual | differs)


@pytest.fixture
def path():
    """Return how to make a path of a leaf and its anchor, the leaf naming places for its list."""

    def made(*urls):
        leaf, _ = CA.leaf(PRACTICE, lists=urls)
        return leaf, CA.certificate

    return made


@pytest.fixture
async def asker():
    """Give who asks, with short patience."""
    requesters = []

    def made(policy="require", guard=None):
        guard = guard or Guard(allow_http_private=True)
        requesters.append(Requester(guard, seconds=1.0, way="list"))
        return Revocations(requesters[-1], policy)

    yield made
    for one in requesters:
        await one.close()


async def met(asked, path, now=NOW):
    """Return what asking came to: nothing, or a code."""
    try:
        await asked.check(path, now)
    except (Trouble, Unreadable) as fault:
        return fault.code
    return ""


async def test_revoked(asker, path):
    """A number on the list is revoked; one that isn't is good; the list is fetched once."""
    async with HookSink() as sink:
        good, bad = path(sink.url), path(sink.url)
        sink.script = [Answer(200, body=crl(bad[0].serial_number))]
        asked = asker()
        assert ["", "certificate_revoked", ""] == [
            await met(asked, one) for one in (good, bad, good)
        ]
    assert 1 == sink.connections == len(sink.taken)


async def test_above(asker):
    """An intermediate that its own authority revoked takes its certificates with it."""
    between = Authority("Listing revoked", CA)
    async with HookSink() as sink:
        between.certificate = CA.issue(between.name, between.key, asked_of(sink.url))
        leaf, _ = between.leaf(PRACTICE)
        sink.script = [Answer(200, body=crl(between.certificate.serial_number))]
        found = await met(asker(), (leaf, between.certificate, CA.certificate))
    assert "certificate_revoked" == found


def asked_of(url):
    """Return what an intermediate authority's certificate with a list is like."""
    return Asked(authority=True, signs=False, encrypts=False, purpose=None, lists=(url,))


async def test_no_list_named(asker, path):
    """A certificate that names no list is good: there is nobody to ask."""
    assert "" == await met(asker(), path())


async def test_a_list_nobody_can_ask(asker):
    """A certificate that names only another authority for its list is not one without a list."""
    other = [x509.DirectoryName(OTHER.certificate.subject)]
    point = x509.DistributionPoint(None, None, None, other)
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(CA.certificate.subject)
        .issuer_name(CA.certificate.subject)
        .public_key(key.public_key())
        .serial_number(9)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
        .sign(key, hashes.SHA256())
    )

    assert "crl_not_had" == await met(asker(), (made, CA.certificate))
    assert "" == await met(asker("try"), (made, CA.certificate))


BAD = [
    ("another signed it", crl(by=OTHER)),
    ("not a list", b"<html>moved</html>"),
    ("over", crl(made=NOW - 9 * DAY, until=NOW - DAY)),
    (
        "other reasons",
        crl(of=scope(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise}))),
    ),
    ("of authorities", crl(of=scope(only_contains_ca_certs=True))),
    ("of other places", crl(of=scope("http://other.example/list"))),
    ("somebody else's", crl(of=scope(indirect_crl=True))),
    ("too large", b"x" * (ANSWER_BYTES + 10)),
]


@pytest.mark.parametrize("body", [body for _, body in BAD], ids=[name for name, _ in BAD])
async def test_not_had(asker, path, body):
    """A list that says nothing of this certificate is none: required, it waits; tried, it goes."""
    async with HookSink([Answer(200, body=body)] * 2) as sink:
        assert ["crl_not_had", ""] == [
            await met(asker(policy), path(sink.url)) for policy in ("require", "try")
        ]


@pytest.mark.parametrize("deed", ["hang", "cut", "garbage", "flood"])
async def test_bad_server(asker, path, deed):
    """A server that hangs, cuts, lies or floods is given up soon and left alone for a minute."""
    async with HookSink([Answer(200, deed=deed)] * 9) as sink:
        asked = asker()
        assert ["crl_not_had"] * 3 == [await met(asked, path(sink.url)) for _ in range(3)]
        assert 1 == len(sink.taken)
        assert "crl_not_had" == await met(asked, path(sink.url), NOW + timedelta(minutes=2))
        assert 2 == len(sink.taken)


async def test_off(asker, path):
    """Switched off, nobody is asked."""
    async with HookSink() as sink:
        assert "" == await met(asker("off"), path(sink.url))
    assert [] == sink.taken


async def test_kept(asker, path):
    """A list is asked for anew each day; a failure or an older one leaves it until its end."""
    async with HookSink() as sink:
        bad = path(sink.url)
        number = bad[0].serial_number
        old = crl(made=NOW - 2 * DAY)
        sink.script = [Answer(200, body=crl(number)), Answer(500), Answer(200, body=old)]
        sink.script += [Answer(404)] * 9
        asked = asker()
        days = (0, 0.9, 1.1, 1.2, 5, 9.5)
        found = [await met(asked, bad, NOW + one * DAY) for one in days]
    assert ["certificate_revoked"] * 5 + ["crl_not_had"] == found
    assert 5 == len(sink.taken)


async def test_own_insides(asker, path):
    """A certificate can't have the hub call its own network, by name, address or redirect."""
    async with HookSink([Answer(302, {"location": "http://169.254.169.254/"})]) as sink:
        strict = asker(guard=Guard())
        for url in (sink.url, "http://169.254.169.254/crl", "file:///etc/passwd", "ldap://x/y"):
            assert "crl_not_had" == await met(strict, path(url))
        assert [] == sink.taken
        assert "crl_not_had" == await met(asker(), path(sink.url))


async def test_second_place(asker, path):
    """Where the first place fails, the next that the certificate names is asked."""
    async with HookSink([Answer(404)]) as sink, HookSink([Answer(200, body=crl())]) as other:
        assert "" == await met(asker(), path(sink.url, other.url))


async def test_many_at_once(asker, path):
    """A hundred plans for one partner fetch its list once."""
    async with HookSink([Answer(200, body=crl())]) as sink:
        asked, one = asker(), path(sink.url)
        assert {""} == set(await asyncio.gather(*(met(asked, one) for _ in range(100))))
        assert 1 == len(sink.taken)


class Clock:
    """The wall clock."""

    def now(self):
        """Return the present."""
        return datetime.now(UTC)


async def test_recipient(asker):
    """Nothing is encrypted for a revoked certificate; one whose list is away is tried later."""
    ours = Identity(HUB, *CA.leaf(HUB))
    async with HookSink() as sink:
        leaf, _ = CA.leaf(PRACTICE, lists=(sink.url,))
        sink.script = [Answer(200, body=crl(leaf.serial_number)), Answer(503)]
        options = {"certificate": pem(leaf), "anchors": pem(CA.certificate)}
        found = []
        for _ in range(2):
            post = Post(ours, None, (), Clock(), lists=asker())
            with pytest.raises(Trouble) as raised:
                await post.recipient(PRACTICE, options)
            found.append((raised.value.kind, raised.value.code))
    assert [("permanent", "certificate_revoked"), ("transient", "crl_not_had")] == found


class Inbox:
    """An inbox that knows one partner, a practice, and counts what it owes."""

    def __init__(self):
        self.owed = 0

    async def partner(self, address):
        """Return the practice."""
        return DirectPartner("e", "p", "pcmh", address, {"anchors": pem(CA.certificate)})

    async def owe(self, *_):
        """Count an answer."""
        self.owed += 1


async def test_signer(asker):
    """A revoked signer is believed no more; one whose list is away is to send again."""
    ours = Identity(HUB, *CA.leaf(HUB))
    async with HookSink() as sink:
        leaf, key = CA.leaf(PRACTICE, lists=(sink.url,))
        head = Head(PRACTICE, HUB, "<m1@orchard.example>")
        theirs = Identity(PRACTICE, leaf, key)
        mail = sealed(letter(PRACTICE), head, theirs, ours.certificate, NOW)
        sink.script = [Answer(200, body=crl(leaf.serial_number)), Answer(503)]
        sink.script.append(Answer(200, body=crl()))
        inbox, found = Inbox(), []
        for _ in range(3):
            taker = Taker(inbox, Post(ours, None, (), Clock(), lists=asker()))
            try:
                await taker.take(mail)
            except (Trouble, Unreadable) as fault:
                found.append(fault.code)
    assert (["certificate_revoked", "crl_not_had"], 1) == (found, inbox.owed)
