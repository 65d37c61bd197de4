"""Certificates of Direct addresses from a real DNS server: whose, which, and what is no good."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.x509 import DNSName
from direct_world import HUB, NOW, PRACTICE, Authority, Office, pem
from direct_world import Post as SmtpPost
from dns_world import CERT, Cert, Zone, serving
from dnslib import RCODE

from hub.channels.direct_discovery import DnsFinder
from hub.channels.direct_mail import Identity
from hub.channels.direct_relay import Relay
from hub.channels.direct_send import DirectSend, Post
from hub.errors import Misconfigured, Trouble
from hub.ports import Endpoint, Parcel

CA = Authority("Found anchor")
OTHER = Authority("Found stranger")
PERSON, DOMAIN = "front.direct.orchard.example.", "direct.orchard.example."


@pytest.fixture
def zone():
    """Give an empty zone."""
    return Zone()


@pytest.fixture
def server(zone):
    """Give the address of a server of the zone."""
    with serving(zone) as address:
        yield address


class Clock:
    """The wall clock."""

    def now(self):
        """Return the present."""
        return datetime.now(UTC)


def post(server, relay=None):
    """Return what sends, finding certificates in a DNS server."""
    ours = Identity(HUB, *CA.leaf(HUB))
    return Post(ours, relay, (CA.certificate,), Clock(), finders=[DnsFinder(server, seconds=2.0)])


async def recipient(server, **options):
    """Return the certificate found for the practice, or the kind and code of the trouble."""
    try:
        return await post(server).recipient(PRACTICE, options)
    except Trouble as trouble:
        return trouble.kind, trouble.code


async def test_address_then_domain(zone, server):
    """The address's own certificate comes first, else its domain's."""
    person, _ = CA.leaf(PRACTICE)
    domain, _ = CA.leaf(PRACTICE, names=(DNSName(DOMAIN.rstrip(".")),))
    zone.records[DOMAIN] = [Cert(domain)]
    assert domain == await recipient(server)
    zone.records[PERSON] = [Cert(person)]
    assert person == await recipient(server)
    assert {(PERSON, CERT), (DOMAIN, CERT)} == set(zone.asked)


async def test_sent(zone, server):
    """A mail goes to a partner whose entry has no certificate, and the probe knows its end."""
    office, box = Office(), SmtpPost()
    leaf, _ = CA.leaf(PRACTICE)
    zone.records[PERSON] = [Cert(leaf)]
    direct = DirectSend(post(server, Relay(office.opens(box), seconds=5.0)))
    end = Endpoint("e", "p", "direct", PRACTICE, "ccda")
    proof = await direct.send(Parcel("dlv_1", b"<x/>", "application/xml", "x.xml", ""), end)
    look = await direct.probe(end)
    office.close()

    assert ("direct_sent", 1) == (proof.code, len(box.taken))
    assert [leaf.not_valid_after_utc] == [one.ends for one in look.certificates]


async def test_must_chain(zone, server):
    """What stands in DNS is trusted only up to an anchor; the first good one of several is used."""
    stranger, _ = OTHER.leaf(PRACTICE)
    someone, _ = CA.leaf("other@direct.orchard.example")
    over, _ = CA.leaf(PRACTICE, starts=NOW.replace(year=2020), ends=NOW.replace(year=2021))
    zone.records[PERSON] = [Cert(stranger)]
    assert ("permanent", "certificate_untrusted") == await recipient(server)
    good, _ = CA.leaf(PRACTICE)
    zone.records[PERSON] = [Cert(one) for one in (stranger, someone, over, good)]
    assert good == await recipient(server)
    anchors = pem(OTHER.certificate)
    assert stranger == await recipient(server, anchors=anchors)


async def test_large(zone, server):
    """More than fits into a datagram comes by TCP."""
    leaves = [CA.leaf(PRACTICE)[0] for _ in range(6)]
    zone.records[PERSON] = [Cert(one) for one in leaves]

    assert await recipient(server) in leaves


async def test_rubbish(zone, server):
    """Records that hold no X.509 certificate are left out."""
    zone.records[PERSON] = [Cert(raw=b"rubbish"), Cert(kind=3, raw=b"pgp"), Cert(raw=b"")]

    assert ("permanent", "no_certificate") == await recipient(server)


async def test_nobody_answers(zone, server):
    """A server that fails, or isn't there, is asked again later; an unknown name is not."""
    assert ("permanent", "no_certificate") == await recipient(server)
    zone.rcode = RCODE.SERVFAIL
    assert ("transient", "discovery_no_answer") == await recipient(server)
    assert ("transient", "discovery_no_answer") == await recipient("127.0.0.1:9")


async def test_kept(zone, server):
    """An answer is kept as long as it says, and no longer."""
    zone.records[PERSON] = [Cert(CA.leaf(PRACTICE)[0])]
    finder = DnsFinder(server)
    for _ in range(3):
        await finder.find(PRACTICE)
    assert 1 == len(zone.asked)
    zone.ttl = 0
    brief = DnsFinder(server)
    for _ in range(3):
        await brief.find(PRACTICE)
    assert 4 == len(zone.asked)


async def test_entry_first(zone, server):
    """A certificate of the directory is used, and nobody is asked."""
    leaf, _ = CA.leaf(PRACTICE)

    assert leaf == await recipient(server, certificate=pem(leaf))
    assert [] == zone.asked


@pytest.mark.parametrize("wrong", ["nowhere", "1.2.3.4:x", "http://1.2.3.4"])
async def test_wrong_setting(wrong):
    """A resolver that is no address stops the start, by the setting's name."""
    with pytest.raises(Misconfigured, match="ICP_HUB_DIRECT_RESOLVER"):
        DnsFinder(wrong)
