"""Whether a certificate may stand for a Direct address: its chain, dates, use, strength, name.

The Direct channel asks before it encrypts for a certificate and before it believes a signer. Trust
begins at the anchors of that one relationship, never at the system's store. Applicability Statement
for Secure Health Transport 1.3; RFC 5280; RFC 8550. `direct_revocation` asks the lists afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from hub.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

Value = TypeVar("Value", bound=x509.ExtensionType)
Use: TypeAlias = Literal["sign", "encrypt"]

_RSA_BITS: Final = 2048
_CURVE_BITS: Final = 256


def certificates(text: str | bytes) -> list[x509.Certificate]:
    """Return the certificates of a PEM text or a PKCS #7 bundle (.p7b); `ValueError` for none."""
    raw = text.encode() if isinstance(text, str) else text
    if b"-----BEGIN CERTIFICATE" in raw:
        return x509.load_pem_x509_certificates(raw)
    found = pkcs7.load_pem_pkcs7_certificates if b"-----BEGIN" in raw else None
    return list((found or pkcs7.load_der_pkcs7_certificates)(raw))


def judge(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    address: str,
    use: Use,
    now: datetime,
) -> tuple[x509.Certificate, ...]:
    """Return the path from the certificate to its anchor; `Unreadable` when it may not be used.

    Codes: `certificate_dates`, `_address`, `_usage`, `_weak`, `_untrusted`.
    """
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Unreadable("certificate_dates", "the certificate is expired or not yet valid")
    if not _names(certificate, address):
        raise Unreadable("certificate_address", "the certificate is for another address")
    if not _serves(certificate, use):
        raise Unreadable("certificate_usage", "the certificate is not for this use")
    if not _strong(certificate):
        raise Unreadable("certificate_weak", "the certificate's key is too weak")
    path = (certificate,) if certificate in anchors else _path(certificate, chain, anchors, now)
    if not path:
        raise Unreadable("certificate_untrusted", "no chain leads to an anchor of this partner")
    return path


def _names(certificate: x509.Certificate, address: str) -> bool:
    """Say whether a subject alternative name is the address, or its whole domain."""
    names = _extension(certificate, x509.SubjectAlternativeName)
    if names is None:
        return False
    wanted = address.lower()
    mails = {name.lower() for name in names.get_values_for_type(x509.RFC822Name)}
    domains = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
    domain = wanted.rpartition("@")[2]
    return wanted in mails or domain in domains or domain in mails


def _serves(certificate: x509.Certificate, use: Use) -> bool:
    """Say whether key usage and extended key usage, where they are there, allow the use."""
    extended = _extension(certificate, x509.ExtendedKeyUsage)
    for_mail = {ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    if extended is not None and for_mail.isdisjoint(extended):
        return False
    usage = _extension(certificate, x509.KeyUsage)
    if usage is None:
        return True
    if use == "sign":
        return usage.digital_signature or usage.content_commitment
    return usage.key_encipherment or usage.key_agreement


def _strong(certificate: x509.Certificate) -> bool:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= _RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size >= _CURVE_BITS


def _path(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    now: datetime,
) -> tuple[x509.Certificate, ...]:
    """Return the path to an anchor; empty where there is none."""
    if not anchors:
        return ()
    leaf = ExtensionPolicy.permit_all().require_present(
        x509.SubjectAlternativeName, Criticality.AGNOSTIC, None
    )
    policy = PolicyBuilder().store(Store(list(anchors))).time(now)
    policy = policy.extension_policies(
        ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=leaf
    )
    try:
        return tuple(policy.build_client_verifier().verify(certificate, list(chain)).chain)
    except (VerificationError, ValueError):
        return ()


def _extension(certificate: x509.Certificate, kind: type[Value]) -> Value | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, ValueError):
        return None
