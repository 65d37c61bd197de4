"""Our own Direct certificate: made, requested, imported, and refused when it doesn't fit."""

from __future__ import annotations

import pytest
from cryptography import x509
from direct_world import HUB, NOW, OPENSSL, PRACTICE, Authority, Partner, pem, private, rsa_key

from hub.channels.direct_identity import identity, request, self_sign, shown, take_in
from hub.channels.direct_mail import Head, sealed
from hub.channels.direct_trust import certificates, judge
from hub.errors import Misconfigured, Refused

CA = Authority("Anchor")


@pytest.mark.skipif(OPENSSL is None, reason="no openssl program here")
def test_self_signed(tmp_path):
    """A partner's openssl trusts what we sign once it has our anchor; the key is ours alone."""
    made = self_sign(tmp_path, HUB, NOW)
    anchor = certificates(shown(tmp_path, made)["anchor"])
    partner = Partner(tmp_path, PRACTICE, CA.leaf(PRACTICE), CA)
    mail = sealed(
        b"Subject: x\r\n\r\nhi", Head(HUB, PRACTICE, "<d@h>"), made, partner.certificate, NOW
    )

    assert b"hi" in partner.reads(mail, anchor[0])
    for use in ("sign", "encrypt"):
        judge(made.certificate, (), anchor, HUB, use, NOW)
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    assert identity(tmp_path, HUB).certificate == made.certificate


def test_only_once(tmp_path):
    """A second certificate never replaces the first by mistake."""
    self_sign(tmp_path, HUB, NOW)
    with pytest.raises(Refused, match="already"):
        self_sign(tmp_path, HUB, NOW)


def test_request_and_import(tmp_path):
    """A request is for our key and address; the authority's answer is kept with its chain."""
    asked = x509.load_pem_x509_csr(request(tmp_path, HUB).encode())
    key = asked.public_key()
    assert key == x509.load_pem_x509_csr(request(tmp_path, HUB).encode()).public_key()

    class Ours:
        """Only the public half, as an authority sees it."""

        @staticmethod
        def public_key():
            return key

    given = CA.leaf(HUB, Ours())[0]
    made = take_in(tmp_path, HUB, (pem(given) + pem(CA.certificate)).encode(), NOW)
    assert (made.certificate, made.chain) == (given, (CA.certificate,))
    assert identity(tmp_path, HUB).chain == (CA.certificate,)


def test_key_made_elsewhere(tmp_path):
    """A HISP's own key and certificate are taken in together."""
    leaf, key = CA.leaf(HUB)
    take_in(tmp_path, HUB, pem(leaf).encode(), NOW, private(key))

    assert identity(tmp_path, HUB.upper()).address == HUB


@pytest.mark.parametrize(
    ("leaf", "code"),
    [
        (CA.leaf(PRACTICE), "certificate_address"),
        (CA.leaf(HUB, signs=False), "certificate_usage"),
        (CA.leaf(HUB, encrypts=False), "certificate_usage"),
        (CA.leaf(HUB, rsa_key("another")), "other_key"),
    ],
    ids=["address", "signs", "encrypts", "key"],
)
def test_not_ours(tmp_path, leaf, code):
    """A certificate for another address, use or key is refused and nothing is kept."""
    with pytest.raises(Refused) as refused:
        take_in(tmp_path, HUB, pem(leaf[0]).encode(), NOW, private(rsa_key(HUB)))

    assert refused.value.code == code
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", [b"", b"-----BEGIN CERTIFICATE-----\nx", b"\x30\x00"])
def test_no_pem(tmp_path, given):
    """What is no certificate is refused in words."""
    with pytest.raises(Refused, match="send PEM"):
        take_in(tmp_path, HUB, given, NOW, private(rsa_key(HUB)))


def test_nothing_there(tmp_path):
    """An address without a certificate, and no address at all, stop the hub with what to do."""
    with pytest.raises(Misconfigured, match="icp-hub direct make"):
        identity(tmp_path, HUB)
    for bad in ("plans", "a b@c.example"):
        with pytest.raises(Misconfigured, match="must be an address"):
            request(tmp_path, bad)
