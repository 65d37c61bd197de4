"""Which addresses the hub may call: the guard against being sent to its own insides (SSRF).

The channels that push ask it. A name is resolved once, every answer is judged, and the
caller connects to the judged addresses themselves, so that a name that changes its answer
meanwhile (DNS rebinding) gains nothing. It never connects and never follows a redirect.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import SplitResult, urlsplit

from hub.errors import Trouble

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

Way: TypeAlias = Literal["web", "sftp", "mllp", "list"]
"""What an address is for; `list` is a signed list that plain http may fetch (RFC 5280 8)."""

_RESOLVE_SECONDS: Final = 5.0
_DEFAULT_PORTS: Final = {"https": 443, "http": 80, "sftp": 22, "mllps": 2575, "mllp": 2575}
_PLAIN: Final = {
    "web": "use https",
    "sftp": "use sftp://user@host/folder",
    "mllp": "use mllps://host:port",
    "list": "use http or https",
}
_NEVER: Final[tuple[Network, ...]] = tuple(
    ipaddress.ip_network(n)
    for n in (
        "0.0.0.0/8",
        "169.254.0.0/16",  # link-local, with most clouds' metadata
        "168.63.129.16/32",  # Azure's wire server
        "100.100.100.200/32",  # Alibaba's metadata
        "192.0.0.192/32",  # Oracle's metadata
        "224.0.0.0/4",
        "255.255.255.255/32",
        "::/128",
        "fe80::/10",
        "fd00:ec2::/32",  # Amazon's metadata over IPv6
        "ff00::/8",
    )
)
_SITE_LOCAL: Final = ipaddress.ip_network("fec0::/10")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE: Final = ipaddress.ip_network("::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """A judged URL: `path` holds the query too; `user` is only ever set for sftp."""

    scheme: Literal["https", "http", "sftp", "mllps", "mllp"]
    host: str
    port: int
    path: str
    user: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be called. `allow_http_private` is for the demo and tests: plain http, own networks.

    `allowed` lists private networks a practice is really in; `ports`, when not empty, is all that
    may be called. Link-local, metadata and multicast addresses are never allowed.
    """

    allow_http_private: bool = False
    allowed: tuple[Network, ...] = ()
    ports: frozenset[int] = frozenset()

    def target(self, url: str, *, scheme: Way = "web") -> Target:
        """Take a URL apart; `Trouble` permanent `address_forbidden` for any that isn't plain."""
        parts = _split(url)
        if parts.scheme not in self._schemes(scheme):
            raise _forbidden(_PLAIN[scheme])
        host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
        if not host or not host.isascii() or "%" in host:
            raise _forbidden("write the host in plain letters or as an address")
        if parts.password is not None or (scheme != "sftp" and parts.username is not None):
            raise _forbidden("put no user or password in it")
        if parts.fragment or (self.ports and port not in self.ports):
            raise _forbidden("the port or a fragment is not allowed")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(parts.scheme, host, port, path, parts.username or "")  # type: ignore[arg-type]  # one of the schemes above

    def _schemes(self, scheme: Way) -> tuple[str, ...]:
        if scheme == "sftp":
            return ("sftp",)
        if scheme == "list":  # what is signed needs no line that is
            return ("https", "http")
        safe, plain = ("https", "http") if scheme == "web" else ("mllps", "mllp")
        return (safe, plain) if self.allow_http_private else (safe,)

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses to connect to; `Trouble` if one of them may not be called."""
        try:
            async with asyncio.timeout(_RESOLVE_SECONDS):
                found = await asyncio.get_running_loop().getaddrinfo(
                    host, port, type=socket.SOCK_STREAM
                )
        except (OSError, UnicodeError, TimeoutError):
            raise Trouble(
                "transient", "name_not_resolved", "the endpoint's host name has no address now"
            ) from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not all(self.allows(address) for address in addresses):
            raise _forbidden("its host is not on the public network; allow-list the network")
        return addresses

    def allows(self, address: str) -> bool:
        """Say whether an IP address, and any address embedded in it, may be called."""
        try:
            outer = ipaddress.ip_address(address)
        except ValueError:  # a zone (fe80::1%eth0) or no address at all
            return False
        return all(self._allows(inner) for inner in (outer, *_embedded(outer)))

    def _allows(self, address: Address) -> bool:
        if any(address in network for network in _NEVER if network.version == address.version):
            return False
        listed = any(address in n for n in self.allowed if n.version == address.version)
        return listed or self.allow_http_private or _is_public(address)


def _is_public(address: Address) -> bool:
    if address.version == 6 and address in _SITE_LOCAL:  # noqa: PLR2004  # IP version
        return False
    if isinstance(address, ipaddress.IPv6Address) and _embedded(address):
        return True  # what it embeds is judged by itself
    return address.is_global


def _embedded(address: Address) -> tuple[Address, ...]:
    """Return the IPv4 addresses hidden in an IPv6 one: mapped, 6to4, Teredo, NAT64, compatible."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    found: list[Address | None] = [address.ipv4_mapped, address.sixtofour]
    found.extend(address.teredo or ())
    low = int(address) & 0xFFFFFFFF
    if address in _NAT64 or (address in _COMPATIBLE and low > 1):
        found.append(ipaddress.IPv4Address(low))
    return tuple(a for a in found if a is not None)


def _split(url: str) -> SplitResult:
    if "\\" in url or not url.isprintable() or " " in url:
        raise _forbidden("write it without spaces and backslashes")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it is what raises for a port out of range
    except ValueError:
        raise _forbidden("it can't be read as a URL") from None
    return parts


def _forbidden(detail: str) -> Trouble:
    return Trouble("permanent", "address_forbidden", f"the endpoint's address is refused: {detail}")
