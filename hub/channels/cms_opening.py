"""Opens CMS enveloped data (RFC 5652, RFC 5083) that was encrypted for our own certificate.

The Direct channel calls `decrypted`. RSA key transport (PKCS #1 v1.5, OAEP) and ECDH key agreement;
AES in CBC or GCM. Anything weaker, or for somebody else, is `Unreadable` with one and the same
code, so that whoever sends it learns nothing of why. It never checks who sent it.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from asn1crypto import algos, cms, core
from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives import padding as blocks
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

from hub.errors import Unreadable

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
"""Inside OAEP and key derivation, where SHA-1 is still sound and usual."""

_AGREEMENTS: Final = {
    "1.3.133.16.840.63.0.2": "sha1",
    "1.3.132.1.11.1": "sha256",
    "1.3.132.1.11.2": "sha384",
    "1.3.132.1.11.3": "sha512",
}
"""dhSinglePass-stdDH with its key derivation's hash (RFC 5753 section 7.1.4)."""

_WRAPS: Final = {
    "2.16.840.1.101.3.4.1.5": 16,
    "2.16.840.1.101.3.4.1.25": 24,
    "2.16.840.1.101.3.4.1.45": 32,
}
"""AES key wraps and the bytes of their keys (RFC 3565)."""

_CBC: Final = {"aes128_cbc": 16, "aes192_cbc": 24, "aes256_cbc": 32}
_BROKEN: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, InvalidTag)
"""What asn1crypto and cryptography raise for bytes that aren't what they say."""


class _SharedInfo(core.Sequence):  # type: ignore[misc]  # the library has no types
    """ECC-CMS-SharedInfo (RFC 5753 section 7.2)."""

    _fields = [  # noqa: RUF012  # the library writes into it
        ("keyInfo", algos.AlgorithmIdentifier),
        ("entityUInfo", core.OctetString, {"explicit": 0, "optional": True}),
        ("suppPubInfo", core.OctetString, {"explicit": 2}),
    ]


class _GcmParameters(core.Sequence):  # type: ignore[misc]  # the library has no types
    """GCMParameters (RFC 5084 section 3.2)."""

    _fields = [  # noqa: RUF012  # the library writes into it
        ("nonce", core.OctetString),
        ("icv", core.Integer, {"default": 12}),
    ]


def decrypted(der: bytes, certificate: x509.Certificate, key: PrivateKey) -> bytes:
    """Return what was encrypted for the certificate; `Unreadable` `not_decrypted` for all else."""
    try:
        return _decrypted(der, certificate, key)
    except _BROKEN:
        raise Unreadable("not_decrypted", "it can't be decrypted with our key") from None


def _decrypted(der: bytes, certificate: x509.Certificate, key: PrivateKey) -> bytes:
    outer = cms.ContentInfo.load(der)
    kind, data = outer["content_type"].native, outer["content"]
    secret = _content_key(data["recipient_infos"], certificate, key)
    if kind == "enveloped_data":
        return _cbc(data["encrypted_content_info"], secret)
    if kind == "authenticated_enveloped_data":
        return _gcm(data, secret)
    raise ValueError(kind)


def _content_key(recipients: Any, certificate: x509.Certificate, key: PrivateKey) -> bytes:  # noqa: ANN401  # the library has no types
    """Return the content's key out of the first entry that is ours."""
    for one in recipients:
        entry = one.chosen
        if one.name == "ktri" and isinstance(key, rsa.RSAPrivateKey):
            if _is_ours(entry["rid"], certificate):
                pad = _padding(entry["key_encryption_algorithm"])
                return key.decrypt(entry["encrypted_key"].native, pad)
        elif one.name == "kari" and isinstance(key, ec.EllipticCurvePrivateKey):
            for wrapped in entry["recipient_encrypted_keys"]:
                if _is_ours(wrapped["rid"], certificate):
                    return _agreed(entry, wrapped["encrypted_key"].native, key)
    raise ValueError("for somebody else")


def _is_ours(name: Any, certificate: x509.Certificate) -> bool:  # noqa: ANN401  # the library has no types
    """Say whether a recipient's name, by issuer and number or by key, is our certificate's."""
    chosen = name.chosen
    if name.name == "issuer_and_serial_number":
        return bool(chosen["serial_number"].native == certificate.serial_number)
    wanted = chosen.native if isinstance(chosen.native, bytes) else chosen["subject_key_identifier"]
    known = x509.SubjectKeyIdentifier.from_public_key(certificate.public_key())
    return bytes(wanted) == known.digest


def _padding(algorithm: Any) -> padding.AsymmetricPadding:  # noqa: ANN401  # the library has no types
    name = algorithm["algorithm"].native
    if name in {"rsaes_pkcs1v15", "rsa"}:
        return padding.PKCS1v15()
    if name != "rsaes_oaep":
        raise ValueError(name)
    given = algorithm["parameters"]
    digest = _HASHES[given["hash_algorithm"]["algorithm"].native]
    mask = _HASHES[given["mask_gen_algorithm"]["parameters"]["algorithm"].native]
    return padding.OAEP(padding.MGF1(mask()), digest(), None)


def _agreed(entry: Any, wrapped: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:  # noqa: ANN401  # the library has no types
    """Return a content key by ECDH with the sender's one-time key (RFC 5753)."""
    algorithm = entry["key_encryption_algorithm"]
    digest = _HASHES[_AGREEMENTS[algorithm["algorithm"].dotted]]
    wrap = algos.AlgorithmIdentifier.load(algorithm["parameters"].dump())
    size = _WRAPS[wrap["algorithm"].dotted]
    point = bytes(entry["originator"].chosen["public_key"])
    shared: dict[str, Any] = {"keyInfo": wrap, "suppPubInfo": (size * 8).to_bytes(4, "big")}
    if entry["ukm"].native is not None:
        shared["entityUInfo"] = entry["ukm"].native
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(key.curve, point)
    kek = X963KDF(digest(), size, _SharedInfo(shared).dump()).derive(
        key.exchange(ec.ECDH(), theirs)
    )
    try:
        return keywrap.aes_key_unwrap(kek, wrapped)
    except keywrap.InvalidUnwrap:
        raise ValueError("wrap") from None


def _cbc(found: Any, secret: bytes) -> bytes:  # noqa: ANN401  # the library has no types
    algorithm = found["content_encryption_algorithm"]
    if len(secret) != _CBC[algorithm["algorithm"].native]:
        raise ValueError("key")
    cipher = Cipher(algorithms.AES(secret), modes.CBC(algorithm["parameters"].native)).decryptor()
    padded = cipher.update(found["encrypted_content"].native) + cipher.finalize()
    unpadder = blocks.PKCS7(128).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _gcm(data: Any, secret: bytes) -> bytes:  # noqa: ANN401  # the library has no types
    found = data["auth_encrypted_content_info"]
    given = _GcmParameters.load(found["content_encryption_algorithm"]["parameters"].dump())
    extra = data["auth_attrs"]
    also = extra.untag().dump(force=True) if extra.native else None
    sealed = found["encrypted_content"].native + data["mac"].native
    return AESGCM(secret).decrypt(given["nonce"].native, sealed, also)
