"""Finds the certificate of a Direct address in DNS, for partners whose entry has none.

`direct_send.Post` asks. CERT records (RFC 4398) stand under the address, its `@` a dot, or under
its domain (Applicability Statement for Secure Health Transport 1.3, section 5). What is found is
only a candidate: the caller judges it like any other, up to a trusted anchor. It never decides.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Protocol

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdtypes.ANY.CERT
import dns.resolver
from cryptography import x509

from hub.errors import Misconfigured, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable

_SECONDS: Final = 5.0
_PKIX: Final = 1
"""The CERT type of an X.509 certificate (RFC 4398 section 2.1)."""
_MOST: Final = 16
_LONGEST: Final = 3600.0
_SETTING: Final = "ICP_HUB_DIRECT_RESOLVER"


class Finder(Protocol):
    """Looks for certificates of addresses."""

    async def find(self, address: str) -> list[x509.Certificate]:
        """Return candidates, the likeliest first; `Trouble` transient when nobody answers."""


def resolver_of(server: str, seconds: float) -> dns.asyncresolver.Resolver:
    """Return what asks a DNS server, this machine's where none is named; else `Misconfigured`."""
    try:
        made = dns.asyncresolver.Resolver(configure=not server)
        if server:
            address, _, port = server.rpartition(":") if ":" in server else (server, "", "53")
            made.nameservers = [address.strip("[]")]
            made.port = int(port)
    except (dns.exception.DNSException, ValueError, OSError):
        raise Misconfigured(_SETTING, "must be like 10.0.0.53 or 10.0.0.53:53") from None
    made.lifetime = seconds
    return made


class DnsFinder:
    """Finds certificates in DNS; each answer is kept as long as it says, an hour at most."""

    def __init__(self, server: str = "", *, seconds: float = _SECONDS) -> None:
        """`server`: `address` or `address:port` of a resolver; empty: this machine's."""
        self._resolver = resolver_of(server, seconds)
        self._kept: dict[str, tuple[float, list[x509.Certificate]]] = {}

    async def find(self, address: str) -> list[x509.Certificate]:
        """Return the certificates under an address, else those under its domain.

        `Trouble` transient `discovery_no_answer` when DNS can't be asked.
        """
        local, _, domain = address.rpartition("@")
        return await self._under(f"{local}.{domain}") or await self._under(domain)

    async def _under(self, name: str) -> list[x509.Certificate]:
        until, known = self._kept.get(name, (0.0, []))
        if time.monotonic() < until:
            return known
        try:
            answer = await self._resolver.resolve(dns.name.from_text(name), "CERT", search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.name.LabelTooLong,
                dns.name.EmptyLabel, dns.name.NameTooLong):  # fmt: skip
            return []
        except (dns.exception.DNSException, OSError):
            what = "DNS gave no answer for a partner's certificate"
            raise Trouble("transient", "discovery_no_answer", what) from None
        found = _read(answer)
        life = min(float(answer.rrset.ttl if answer.rrset else 0), _LONGEST)
        self._kept = {k: v for k, v in self._kept.items() if time.monotonic() < v[0]}
        self._kept[name] = time.monotonic() + life, found
        return found


def _read(records: Iterable[object]) -> list[x509.Certificate]:
    """Return the certificates of CERT records; what can't be read is left out."""
    found = []
    for one in list(records)[:_MOST]:
        if isinstance(one, dns.rdtypes.ANY.CERT.CERT) and one.certificate_type == _PKIX:
            try:
                found.append(x509.load_der_x509_certificate(one.certificate))
            except ValueError:
                continue
    return found
