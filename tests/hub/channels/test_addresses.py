"""The guard lets the hub call the public network and nothing of its own insides."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import pytest

from hub.channels.addresses import Guard, Target
from hub.errors import Trouble

INSIDE = [
    *("127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("100.64.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9", "240.0.0.1"),
    *("::1", "fc00::1", "fd12:3456::1", "fec0::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1"),
    *("2002:7f00:1::1", "2002:a00:1::", "2001:0:7f00:1::", "2001:0:808:808:0:0:80ff:fffe"),
]
NEVER = [
    *("169.254.169.254", "169.254.0.1", "168.63.129.16", "100.100.100.200", "192.0.0.192"),
    *("0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255"),  # noqa: S104  # an address to refuse
    *("::", "fe80::1", "fe80::1%eth0", "ff02::1", "fd00:ec2::254"),
    *("::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "no address", ""),
]
OUTSIDE = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", [*INSIDE, *NEVER])
def test_refused(address):
    """Private, loopback, shared, documentation, metadata and embedded addresses are refused."""
    assert not Guard().allows(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_allowed(address):
    """Public addresses are allowed, embedded ones too."""
    assert Guard().allows(address)


@pytest.mark.parametrize("address", NEVER)
def test_never(address):
    """No setting allows link-local, metadata and multicast addresses."""
    every = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))

    assert not Guard(allow_http_private=True, allowed=every).allows(address)


@pytest.mark.parametrize(("address", "allowed"), [("10.1.2.3", True), ("10.2.0.1", False)])
def test_allow_list(address, allowed):
    """A listed private network may be called, its neighbour not."""
    guard = Guard(allowed=(ipaddress.ip_network("10.1.0.0/16"),))

    assert allowed == guard.allows(address)


def test_mapped_form_of_a_listed_network():
    """An allow-listed network does not let a mapped address through by its outer form."""
    guard = Guard(allowed=(ipaddress.ip_network("::ffff:0:0/96"),))

    assert not guard.allows("::ffff:10.0.0.1")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "//example.org/hook",
        "example.org",
        "",
        "https://",
        "https://user@example.org/",
        "https://user:word@example.org/",
        "https://:word@example.org/",
        "https://example.org:99999/",
        "https://example.org:port/",
        "https://exam ple.org/",
        "https://example.org/\r\nHost: other",
        "https://example.org\\@127.0.0.1/",
        "https://example.org/#fragment",
        "https://ex\u00e4mple.org/",
        "https://[fe80::1%25eth0]/",
        "https://[::1/",
    ],
)
def test_no_url(url):
    """What isn't a plain https URL is refused for good."""
    with pytest.raises(Trouble, match="address is refused") as raised:
        Guard().target(url)

    assert (raised.value.kind, raised.value.code) == ("permanent", "address_forbidden")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.org", Target("https", "example.org", 443, "/")),
        ("https://example.org:8443/a?b=c", Target("https", "example.org", 8443, "/a?b=c")),
        ("HTTPS://Example.ORG/Path", Target("https", "example.org", 443, "/Path")),
        ("https://[2606:4700::1]/x", Target("https", "2606:4700::1", 443, "/x")),
    ],
)
def test_url(url, target):
    """A plain https URL is taken apart."""
    assert target == Guard().target(url)


def test_ports():
    """Where ports are listed, another is refused."""
    with pytest.raises(Trouble):
        Guard(ports=frozenset({443})).target("https://example.org:8443/")


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "2130706433", "0x7f000001", "127.1", "017700000001"]
)
async def test_every_way_to_write_loopback(host):
    """Loopback is refused however it is written."""
    with pytest.raises(Trouble) as raised:
        await Guard().resolve(host, 443)

    assert raised.value.code == "address_forbidden"


async def test_one_bad_answer_spoils_the_name(monkeypatch):
    """A name with a public and a private address is refused."""
    _answer(monkeypatch, "8.8.8.8", "10.0.0.1")
    with pytest.raises(Trouble):
        await Guard().resolve("example.org", 443)


async def test_addresses_in_order(monkeypatch):
    """The addresses come once each, in the resolver's order."""
    _answer(monkeypatch, "8.8.8.8", "8.8.8.8", "1.1.1.1")

    assert await Guard().resolve("example.org", 443) == ["8.8.8.8", "1.1.1.1"]


async def test_no_such_name(monkeypatch):
    """A name without an address is tried again later: the resolver may be the one to blame."""
    loop = asyncio.get_running_loop()

    async def fails(*_a, **_k):
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(loop, "getaddrinfo", fails)
    with pytest.raises(Trouble) as raised:
        await Guard().resolve("example.org", 443)

    assert (raised.value.kind, raised.value.code) == ("transient", "name_not_resolved")


def _answer(monkeypatch, *addresses):
    async def resolved(*_a, **_k):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 443)) for a in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolved)
