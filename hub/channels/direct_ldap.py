"""Finds the certificate of a Direct address in its domain's LDAP directory, where DNS names one.

`direct_send.Post` asks it after `direct_discovery`. The domain's SRV record says where the
directory is; it is asked without signing in, for entries whose `mail` is the address, else its
domain. Only judged addresses are connected to; time and bytes are bounded. It never judges.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING, Any, Final

import dns.exception
import dns.resolver
import ldap3
import structlog
from cryptography import x509
from ldap3.core.exceptions import LDAPNoSuchObjectResult
from ldap3.utils.conv import escape_filter_chars

from hub.channels.direct_discovery import resolver_of
from hub.errors import Trouble

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from hub.channels.addresses import Guard

log = structlog.get_logger(__name__)

_SECONDS: Final = 5.0
_KEPT_SECONDS: Final = 600.0
_MOST_BYTES: Final = 1_000_000
_MOST_HOSTS: Final = 3
_MOST: Final = 16
_MOST_BASES: Final = 8
_ATTRIBUTES: Final = ("userCertificate", "userCertificate;binary")


class _Bounded:
    """A socket that ends after so many seconds and bytes, whatever the other side says."""

    def __init__(self, real: socket.socket, seconds: float) -> None:
        self._real = real
        self._until = time.monotonic() + seconds
        self._left = _MOST_BYTES

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever a socket has
        return getattr(self._real, name)

    def recv(self, size: int) -> bytes:
        """Return what is there, while there are time and room."""
        left = self._until - time.monotonic()
        if left <= 0 or self._left <= 0:
            raise OSError
        self._real.settimeout(left)
        data = self._real.recv(min(size, self._left))
        self._left -= len(data)
        return data


class LdapFinder:
    """Finds certificates in LDAP; what is found is kept for ten minutes."""

    def __init__(self, server: str, guard: Guard, *, seconds: float = _SECONDS) -> None:
        """`server`: a DNS resolver as in `direct_discovery`; `seconds` for one directory."""
        self._resolver = resolver_of(server, seconds)
        self._guard = guard
        self._seconds = seconds
        self._kept: dict[str, tuple[float, list[x509.Certificate]]] = {}

    async def find(self, address: str) -> list[x509.Certificate]:
        """Return the certificates of an address, else of its domain; none without a directory.

        `Trouble` transient `discovery_no_answer` when no directory that DNS names can be asked.
        """
        self._kept = {k: v for k, v in self._kept.items() if time.monotonic() < v[0]}
        if address in self._kept:
            return self._kept[address][1]
        hosts = await self._hosts(address.rpartition("@")[2])
        for host, port in hosts:
            try:
                where = await self._guard.resolve(host, port)
                given = (where[0], port, address, self._seconds)
                found = await asyncio.to_thread(_asked, *given)
            except Exception as failure:  # noqa: BLE001  # a directory's bytes break the parser anyhow
                log.warning("direct_ldap_failed", error=type(failure).__name__)
                continue
            if found:
                self._kept[address] = time.monotonic() + _KEPT_SECONDS, found
            return found
        if hosts:
            raise _silent()
        return []

    async def _hosts(self, domain: str) -> list[tuple[str, int]]:
        """Return the directories of a domain, those to ask first in front (RFC 2782)."""
        try:
            answer = await self._resolver.resolve(f"_ldap._tcp.{domain}.", "SRV", search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError):
            raise _silent() from None
        known = sorted(answer, key=lambda one: (one.priority, -one.weight))
        named = [(one.target.to_text(omit_final_dot=True), one.port) for one in known]
        return [one for one in named if one[0] not in {"", "."}][:_MOST_HOSTS]


def _silent() -> Trouble:
    what = "no directory gave an answer for a partner's certificate"
    return Trouble("transient", "discovery_no_answer", what)


def _asked(host: str, port: int, address: str, seconds: float) -> list[x509.Certificate]:
    """Ask one directory; raises when it gives no answer that is one."""
    server = ldap3.Server(host, port=port, get_info=ldap3.NONE, connect_timeout=seconds)
    asker = ldap3.Connection(
        server,
        client_strategy=ldap3.SYNC,
        auto_referrals=False,
        read_only=True,
        raise_exceptions=True,
        receive_timeout=math.ceil(seconds),
    )
    try:
        asker.open(read_server_info=False)
        asker.socket = _Bounded(asker.socket, seconds)
        asker.bind(read_server_info=False)
        bases = _bases(asker)
        for name in (address, address.rpartition("@")[2]):
            found = [one for base in bases for one in _entries(asker, base, name)]
            if found:
                return found[:_MOST]
        return []
    finally:
        asker.strategy.close()


def _bases(asker: ldap3.Connection) -> list[str]:
    """Return where a directory's entries begin, as its root says."""
    asker.search("", "(objectClass=*)", ldap3.BASE, attributes=["namingContexts"])
    found = _values(asker.response, ("namingContexts",))
    return [one.decode("utf-8", "replace") for one in found][:_MOST_BASES]


def _entries(asker: ldap3.Connection, base: str, name: str) -> list[x509.Certificate]:
    asked = f"(mail={escape_filter_chars(name)})"
    try:
        asker.search(base, asked, ldap3.SUBTREE, attributes=list(_ATTRIBUTES), size_limit=_MOST)
    except LDAPNoSuchObjectResult:
        return []
    found = []
    for der in _values(asker.response, _ATTRIBUTES):
        try:
            found.append(x509.load_der_x509_certificate(der))
        except ValueError:
            continue
    return found


def _values(response: Iterable[dict[str, Any]] | None, names: tuple[str, ...]) -> list[bytes]:
    """Return the raw values of attributes, whatever the case of their names."""
    wanted = {name.lower() for name in names}
    return [
        bytes(value)
        for entry in response or ()
        for name, values in entry.get("raw_attributes", {}).items()
        if name.lower() in wanted
        for value in values
    ]
