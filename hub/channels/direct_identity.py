"""Our own Direct key and certificate: made, requested, imported and shown.

Three files in the folder `direct` beside the hub's other keys: `key.pem`, `certificate.pem` (ours
first, then its chain) and, where we are our own authority, `anchor.pem` for partners to trust.
`icp-hub direct` and the hub's start call it. The private key never leaves its file.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.channels.direct_mail import ADDRESS, Identity
from hub.channels.direct_trust import certificates, judge
from hub.errors import Misconfigured, Refused, Unreadable

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_BITS: Final = 3072
_YEARS: Final = (2, 10)
"""How long a certificate and an anchor of our own making last."""

_SETTING: Final = "ICP_HUB_DIRECT_ADDRESS"


def identity(folder: Path, address: str) -> Identity:
    """Return who we are; `Misconfigured` when the address, key or certificate isn't there."""
    if not ADDRESS.fullmatch(address):
        raise Misconfigured(_SETTING, "must be an address like plans@direct.hub.example")
    try:
        key = serialization.load_pem_private_key((folder / "key.pem").read_bytes(), None)
        found = certificates((folder / "certificate.pem").read_bytes())
    except (OSError, ValueError, TypeError):
        what = "is set and there is no Direct certificate; run `icp-hub direct make` or `import`"
        raise Misconfigured(_SETTING, what) from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != found[0].public_key():
        raise Misconfigured(_SETTING, "its certificate isn't of its key; run `icp-hub direct make`")
    return Identity(address.lower(), found[0], key, tuple(found[1:]))


def request(folder: Path, address: str) -> str:
    """Make a private key, if there is none yet, and return a signing request for it (PEM)."""
    name = _name(address)
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    builder = builder.add_extension(_alternative(address), critical=False)
    made = builder.sign(_key(folder / "key.pem"), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def self_sign(folder: Path, address: str, now: datetime) -> Identity:
    """Make an authority of our own and a certificate under it; `Refused` 409 when there is one.

    The authority's key is forgotten at once: it can sign nothing more.
    """
    if (folder / "certificate.pem").exists():
        raise Refused("there", "there is a Direct certificate already; see `icp-hub direct show`")
    key = _key(folder / "key.pem")
    authority = rsa.generate_private_key(65537, _BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"ICP hub anchor {address}"[:64])])
    anchor = _begun(name, name, authority.public_key(), now, _YEARS[1])
    anchor = anchor.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    anchor = anchor.add_extension(_usage(authority=True), critical=True)
    above = anchor.sign(authority, hashes.SHA256())
    ours = _begun(_name(address), name, key.public_key(), now, _YEARS[0])
    ours = ours.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    ours = ours.add_extension(_usage(authority=False), critical=True)
    ours = ours.add_extension(_alternative(address), critical=False)
    for_mail = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    ours = ours.add_extension(for_mail, critical=False)
    known = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
    made = ours.add_extension(known, critical=False).sign(authority, hashes.SHA256())
    _write(folder / "anchor.pem", above.public_bytes(serialization.Encoding.PEM))
    _write(folder / "certificate.pem", made.public_bytes(serialization.Encoding.PEM))
    return Identity(address.lower(), made, key)


def take_in(folder: Path, address: str, pem: bytes, now: datetime, key: bytes = b"") -> Identity:
    """Keep a certificate with its chain, and its key if given; `Refused` when they don't fit."""
    try:
        found = certificates(pem)
        judge(found[0], found[1:], found[:1], address, "sign", now)
        judge(found[0], found[1:], found[:1], address, "encrypt", now)
        path = folder / "key.pem"
        private = serialization.load_pem_private_key(key or path.read_bytes(), None)
    except Unreadable as fault:
        raise Refused(fault.code, f"{fault.detail}; ask your authority for another") from None
    except (OSError, ValueError, TypeError, IndexError):
        raise Refused("pem", "send PEM: a certificate, and a key without a passphrase") from None
    if not isinstance(private, rsa.RSAPrivateKey) or private.public_key() != found[0].public_key():
        raise Refused("other_key", "this certificate is of another key, or not RSA")
    if key:
        _write(path, key)
    kept = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in found)
    _write(folder / "certificate.pem", kept)
    return Identity(address.lower(), found[0], private, tuple(found[1:]))


def shown(folder: Path, ours: Identity) -> dict[str, str]:
    """Return what partners ask for: address, dates, fingerprint, certificate and anchor as PEM."""
    anchor = folder / "anchor.pem"
    return {
        "address": ours.address,
        "valid until": ours.certificate.not_valid_after_utc.isoformat(),
        "sha256": ours.certificate.fingerprint(hashes.SHA256()).hex(),
        "certificate": ours.certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "anchor": anchor.read_text() if anchor.exists() else "",
    }


def _key(path: Path) -> rsa.RSAPrivateKey:
    """Return the key of a file, made now if it isn't there."""
    if path.exists():
        found = serialization.load_pem_private_key(path.read_bytes(), None)
        if not isinstance(found, rsa.RSAPrivateKey):
            raise Misconfigured("ICP_HUB_HOME", "its Direct key must be RSA")
        return found
    key = rsa.generate_private_key(65537, _BITS)
    raw = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(path, raw)
    return key


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _name(address: str) -> x509.Name:
    if not ADDRESS.fullmatch(address):
        raise Misconfigured(_SETTING, "must be an address like plans@direct.hub.example")
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address[:64])])


def _alternative(address: str) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.RFC822Name(address.lower())])


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=not authority,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, now: datetime, years: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
