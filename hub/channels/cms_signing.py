"""Makes and checks CMS signatures (RFC 5652 signed data, detached) and encrypts for a certificate.

The Direct channel calls it. `signer` proves that a certificate's key signed these bytes and says
nothing of whether that certificate is anybody's to trust: `direct_trust` does. SHA-2 only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from asn1crypto import cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import pkcs7

from hub.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.channels.cms_opening import PrivateKey

_HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_MOST_CERTIFICATES: Final = 16
_BROKEN: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, StopIteration)
"""What asn1crypto and cryptography raise for bytes that aren't what they say."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose key signed, and the other certificates that came along, which may be its chain.

    `path` leads from the certificate to an anchor, once somebody has judged that it does.
    """

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    path: tuple[x509.Certificate, ...] = ()


def signature(
    content: bytes,
    certificate: x509.Certificate,
    key: PrivateKey,
    chain: Sequence[x509.Certificate],
) -> bytes:
    """Return the detached signature of content as DER, SHA-256, with the chain's certificates."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(certificate, key, hashes.SHA256())
    for one in chain:
        builder = builder.add_certificate(one)
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    return builder.sign(serialization.Encoding.DER, options)


def encrypted(content: bytes, recipient: x509.Certificate) -> bytes:
    """Return enveloped data as DER: AES-256-CBC, its key encrypted for the recipient's RSA key."""
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(content).add_recipient(recipient)
    builder = builder.set_content_encryption_algorithm(algorithms.AES256)
    return builder.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def signer(content: bytes, der: bytes) -> Signer:
    """Return who signed exactly this content; `Unreadable` when nobody did, or not well enough.

    Codes: `content_changed`, `weak_signature`, `bad_signature`. Content whose line ends a gateway
    changed counts in its canonical form too (RFC 8551 section 3.1.1).
    """
    try:
        return _signer(content, der)
    except InvalidSignature:
        raise Unreadable("bad_signature", "the signature isn't the signer's") from None
    except _BROKEN:
        raise Unreadable("bad_signature", "it has no signature that can be read") from None


def _signer(content: bytes, der: bytes) -> Signer:
    outer = cms.ContentInfo.load(der)
    if outer["content_type"].native != "signed_data":
        raise ValueError("not signed data")
    data = outer["content"]
    if len(data["certificates"]) > _MOST_CERTIFICATES or len(data["signer_infos"]) != 1:
        raise ValueError("too many")
    info = data["signer_infos"][0]
    given = [x509.load_der_x509_certificate(one.chosen.dump()) for one in data["certificates"]]
    certificate = next(one for one in given if _named(info["sid"], one))
    name = info["digest_algorithm"]["algorithm"].native
    if name not in _HASHES:
        raise Unreadable("weak_signature", "it is signed with a digest that isn't SHA-2")
    digest = _HASHES[name]()
    attributes = {one["type"].native: one["values"] for one in info["signed_attrs"]}
    if attributes["content_type"][0].native != "data":
        raise ValueError("content type")
    if attributes["message_digest"][0].native not in _digests(content, digest):
        raise Unreadable("content_changed", "its content isn't what was signed")
    signed = info["signed_attrs"].untag().dump(force=True)
    _check(certificate, info, signed, digest)
    return Signer(certificate, tuple(one for one in given if one != certificate))


def _named(sid: Any, certificate: x509.Certificate) -> bool:  # noqa: ANN401  # the library has no types
    """Say whether the signer's name, by issuer and number or by key, is this certificate's."""
    if sid.name == "issuer_and_serial_number":
        chosen = sid.chosen
        same = chosen["serial_number"].native == certificate.serial_number
        return bool(same and chosen["issuer"].dump() == certificate.issuer.public_bytes())
    known = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return bool(known.value.digest == sid.chosen.native)


def _digests(content: bytes, digest: hashes.HashAlgorithm) -> list[bytes]:
    """Return the digests of content as it is, and with its line ends as CR LF."""
    found = []
    for form in (content, content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")):
        running = hashes.Hash(digest)
        running.update(form)
        found.append(running.finalize())
    return found


def _check(
    certificate: x509.Certificate,
    info: Any,  # noqa: ANN401  # the library has no types
    signed: bytes,
    digest: hashes.HashAlgorithm,
) -> None:
    """Raise `InvalidSignature` unless the certificate's key signed the attributes."""
    key, name = certificate.public_key(), info["signature_algorithm"].signature_algo
    value = info["signature"].native
    if name == "rsassa_pkcs1v15" and isinstance(key, rsa.RSAPublicKey):
        key.verify(value, signed, padding.PKCS1v15(), digest)
    elif name == "rsassa_pss" and isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)
        key.verify(value, signed, pss, digest)
    elif name == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(value, signed, ec.ECDSA(digest))
    else:
        raise Unreadable("weak_signature", "it is signed with an algorithm that isn't taken")
