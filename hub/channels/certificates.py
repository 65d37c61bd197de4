"""The certificates of a connection, as facts: those a server showed and those an endpoint holds.

The probes of every channel and `hub.main.ending` ask. Only ends and fingerprints leave here. What
can't be read as a certificate is left out: the probe itself says that it is no good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from hub.channels.direct_trust import certificates
from hub.ports import Certificate

if TYPE_CHECKING:
    from hub.ports import Endpoint

_HELD: Final = (
    ("options", "certificate", "partner"),
    ("options", "anchors", "anchor"),
    ("options", "ca", "ca"),
    ("secrets", "certificate", "client"),
)


def shown(der: bytes | None, of: str = "server") -> tuple[Certificate, ...]:
    """Return the certificate a server showed (DER); none where there was no TLS."""
    if not der:
        return ()
    try:
        return (fact(x509.load_der_x509_certificate(der), of),)
    except ValueError:
        return ()


def of_wire(tls: Any) -> bytes:  # noqa: ANN401  # asyncio's `ssl_object`, or None
    """Return what the other side of a connection showed as DER; empty without TLS."""
    return (tls.getpeercert(binary_form=True) or b"") if tls is not None else b""


def held(endpoint: Endpoint) -> tuple[Certificate, ...]:
    """Return the certificates that an endpoint's own entry holds; of a chain the first."""
    found: list[Certificate] = []
    for where, name, of in _HELD:
        given = endpoint.options if where == "options" else endpoint.secrets
        several = read(given.get(name, ""), of)
        found += several if of in {"anchor", "ca"} else several[:1]
    return tuple(found)


def read(pem: str | bytes, of: str) -> list[Certificate]:
    """Return the certificates in a text or bundle; none for what holds none."""
    try:
        return [fact(one, of) for one in certificates(pem)] if pem else []
    except ValueError:
        return []


def fact(certificate: x509.Certificate, of: str) -> Certificate:
    """Return what is kept of a certificate."""
    mark = certificate.fingerprint(hashes.SHA256()).hex()
    return Certificate(of, mark, certificate.not_valid_after_utc)
