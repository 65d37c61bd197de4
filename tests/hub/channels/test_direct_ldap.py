"""Certificates of Direct addresses from a real LDAP directory that a real DNS server names."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import DNSName
from direct_world import HUB, PRACTICE, Authority
from dns_world import Cert, Zone, serving
from dnslib import RCODE, SRV
from ldap_world import directory

from hub.channels.addresses import Guard
from hub.channels.direct_discovery import DnsFinder
from hub.channels.direct_identity import self_sign
from hub.channels.direct_ldap import LdapFinder
from hub.channels.direct_mail import Identity
from hub.channels.direct_send import Post
from hub.errors import Misconfigured, Trouble
from hub.main.directing import post as configured
from hub.settings import Settings

CA = Authority("Ldap anchor")
OTHER = Authority("Ldap stranger")
DOMAIN = "direct.orchard.example"
WHERE = f"_ldap._tcp.{DOMAIN}."
GUARD = Guard(allow_http_private=True)


def der(*certificates):
    """Return certificates as bytes."""
    return [one.public_bytes(Encoding.DER) for one in certificates]


@pytest.fixture
def zone():
    """Give an empty zone."""
    return Zone()


@pytest.fixture
def server(zone):
    """Give the address of a server of the zone."""
    with serving(zone) as address:
        yield address


async def found(finder):
    """Return what is found for the practice, or the kind and code of the trouble."""
    try:
        return await finder.find(PRACTICE)
    except Trouble as trouble:
        return trouble.kind, trouble.code


async def test_address_then_domain(zone, server, tmp_path):
    """An entry of the address comes first; without one, that of its domain."""
    person, _ = CA.leaf(PRACTICE)
    domain, _ = CA.leaf(PRACTICE, names=(DNSName(DOMAIN),))
    for entries, wanted in (
        ({DOMAIN: der(domain), PRACTICE: der(person)}, [person]),
        ({DOMAIN: der(domain), "a@b.example": der(person)}, [domain]),
        ({"a@b.example": der(person)}, []),
        ({PRACTICE: [b"rubbish"]}, []),
    ):
        with directory(tmp_path, entries) as port:
            zone.records[WHERE] = [SRV(0, 0, port, "localhost")]
            assert wanted == await LdapFinder(server, GUARD).find(PRACTICE)


async def test_second_directory(zone, server, tmp_path):
    """The directories of a domain are asked in their order until one answers."""
    leaf, _ = CA.leaf(PRACTICE)
    with directory(tmp_path, {PRACTICE: der(leaf)}) as port:
        zone.records[WHERE] = [SRV(9, 0, port, "localhost"), SRV(1, 0, 1, "localhost")]
        assert [leaf] == await LdapFinder(server, GUARD, seconds=1.0).find(PRACTICE)


async def test_no_directory(zone, server):
    """A domain that names no directory has none; one that is away is asked again later."""
    finder = LdapFinder(server, GUARD, seconds=1.0)
    assert [] == await found(finder)
    zone.records[WHERE] = [SRV(0, 0, 0, ".")]
    assert [] == await found(finder)
    zone.records[WHERE] = [SRV(0, 0, 1, "localhost")]
    assert ("transient", "discovery_no_answer") == await found(finder)
    zone.rcode = RCODE.SERVFAIL
    assert ("transient", "discovery_no_answer") == await found(finder)


async def test_own_insides(zone, server):
    """A partner's DNS can't have the hub call its own network."""
    taken = []
    own = await asyncio.start_server(lambda *_: taken.append(1), "127.0.0.1", 0)
    zone.records[WHERE] = [SRV(0, 0, own.sockets[0].getsockname()[1], "localhost")]
    assert ("transient", "discovery_no_answer") == await found(LdapFinder(server, Guard()))
    own.close()

    assert [] == taken


@pytest.mark.parametrize("says", [b"", b"\x30\x84\x7f\xff\xff\xff", b"HTTP/1.1 400 no\r\n\r\n"])
async def test_bad_directory(zone, server, says):
    """A directory that is silent, endless or none at all ends in bounded time and bytes."""
    sent = 0

    async def serves(_reader, writer):
        nonlocal sent
        writer.write(says)
        while says[:1] == b"\x30":
            writer.write(b"x" * 65_536)
            sent += 65_536
            await writer.drain()
        await asyncio.sleep(3600)

    bad = await asyncio.start_server(serves, "127.0.0.1", 0)
    zone.records[WHERE] = [SRV(0, 0, bad.sockets[0].getsockname()[1], "localhost")]
    finder = LdapFinder(server, GUARD, seconds=1.0)
    async with asyncio.timeout(20):
        assert ("transient", "discovery_no_answer") == await found(finder)
    bad.close()

    assert sent < 50_000_000


class Clock:
    """The wall clock."""

    def now(self):
        """Return the present."""
        return datetime.now(UTC)


async def test_both_ways(zone, server, tmp_path):
    """What DNS has and is no good is passed over for what the directory has; both must chain."""
    ours = Identity(HUB, *CA.leaf(HUB))
    stranger, _ = OTHER.leaf(PRACTICE)
    leaf, _ = CA.leaf(PRACTICE)
    zone.records[f"front.{DOMAIN}."] = [Cert(stranger)]

    async def recipient():
        finders = [DnsFinder(server), LdapFinder(server, GUARD, seconds=2.0)]
        post = Post(ours, None, (CA.certificate,), Clock(), finders=finders)
        try:
            return await post.recipient(PRACTICE, {})
        except Trouble as trouble:
            return trouble.kind, trouble.code

    assert ("permanent", "certificate_untrusted") == await recipient()
    with directory(tmp_path, {PRACTICE: der(stranger, leaf)}) as port:
        zone.records[WHERE] = [SRV(0, 0, port, "localhost")]
        assert leaf == await recipient()
    assert ("transient", "discovery_no_answer") == await recipient()


def test_settings(tmp_path):
    """The ways of looking are a setting; what is none stops the start, by its name."""
    home = tmp_path / "keys" / "direct"
    self_sign(home, HUB, datetime.now(UTC))
    given = {"home": tmp_path, "direct_address": HUB, "direct_relay": "smtp://localhost:1"}
    assert configured(Settings(**given, direct_discovery="dns ldap"), Clock()) is not None
    for wrong in ({"direct_discovery": "whois"}, {"direct_crl": "perhaps"},
                  {"direct_discovery": "ldap", "direct_resolver": "nowhere"}):  # fmt: skip
        with pytest.raises(Misconfigured, match=f"ICP_HUB_{list(wrong)[-1].upper()}"):
            configured(Settings(**given, **wrong), Clock())
