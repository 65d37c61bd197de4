"""Direct's two coats against the openssl program, both ways, and all that must be refused."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from direct_world import (
    HUB,
    NOW,
    OPENSSL,
    PRACTICE,
    Authority,
    Partner,
    curve_key,
    letter,
    read,
    rsa_key,
)

from hub.channels.direct_mail import SUBJECT, Head, Identity, opened, sealed, trusted
from hub.errors import Unreadable

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="no openssl program here")

CA = Authority("Anchor")
OTHER = Authority("Other anchor")
OURS = Identity(HUB, *CA.leaf(HUB))
CANARY = "Zyxwoman"


@pytest.fixture
def partner(tmp_path):
    """Return the practice, with openssl."""
    return Partner(tmp_path, PRACTICE, CA.leaf(PRACTICE), CA)


def taken(mail, ours=OURS, anchors=(CA.certificate,), now=NOW):
    """Open and trust a mail and return the message inside."""
    found = opened(mail, ours)
    trusted(found, anchors, now)
    return found.message


@cache
def message(sender=PRACTICE):
    """Return a message with a document, always the same."""
    return letter(sender, (f"plan of {CANARY} élan\n".encode(), "application/pdf", "p.pdf"))


def test_openssl_reads_ours(partner):
    """OpenSSL decrypts and verifies our mail, and finds the whole message wrapped inside."""
    inner = letter(HUB, (CANARY.encode(), "application/pdf", "p.pdf"))
    head = Head(HUB, PRACTICE, "<d@direct.hub.example>")
    mail = sealed(inner, head, OURS, partner.certificate, NOW)

    found = read(partner.reads(mail, CA.certificate))
    assert [one.get_content() for one in found.iter_attachments()] == [CANARY.encode()]
    assert (found["Subject"], CANARY.encode() in mail) == ("Care plan", False)
    outside = mail.split(b"\r\n\r\n")[0]
    assert f"Subject: {SUBJECT}".encode() in outside
    assert b"Care plan" not in outside


def test_openssl_sees_aes_256(partner):
    """Our mail is AES-256-CBC for one recipient, as openssl prints it."""
    mail = sealed(b"x", Head(HUB, PRACTICE, "<d@h>"), OURS, partner.certificate, NOW)
    printed = partner.openssl("-cmsout", "-print", "-noout", given=mail)

    assert b"aes-256-cbc" in printed
    assert printed.count(b"d.ktri") == 1


HABITS = [
    {},
    {"cipher": "aes-128-cbc"},
    {"cipher": "aes-256-gcm"},
    {"padding": "rsa_padding_mode:oaep"},
    {"digest": "sha512"},
]


@pytest.mark.parametrize("habit", HABITS, ids=str)
def test_openssl_writes(partner, habit):
    """What openssl signs and encrypts in today's ways is opened and trusted."""
    assert taken(partner.writes(message(), OURS.certificate, **habit)).rstrip() == (
        message().rstrip()
    )


def test_curves(tmp_path):
    """An elliptic-curve partner's signature, and our own curve key, are understood."""
    partner = Partner(tmp_path, PRACTICE, CA.leaf(PRACTICE, curve_key()), CA)
    curved = Identity(HUB, *CA.leaf(HUB, curve_key()))
    mail = partner.writes(message(), curved.certificate)

    assert CANARY not in mail.decode("latin-1")
    assert taken(mail, curved).rstrip() == message().rstrip()


def test_not_wrapped(partner):
    """A signed message that is not wrapped keeps the outer headers, and is trusted by its From."""
    body = b'Content-Type: application/pdf; name="p.pdf"\r\n\r\n%PDF-1.4'
    found = taken(partner.writes(body, OURS.certificate, bare="yes"))

    assert b"Message-ID: <outer@x.example>" in found
    assert found.endswith(body)


def test_chain_of_two(tmp_path):
    """A certificate under an intermediate is trusted when the intermediate comes along."""
    between = Authority("Between", CA)
    partner = Partner(tmp_path, PRACTICE, between.leaf(PRACTICE), between)
    mail = partner.writes(message(), OURS.certificate)
    with pytest.raises(Unreadable, match="no chain"):
        taken(mail)
    found = opened(mail, OURS)

    assert trusted(found, [CA.certificate, between.certificate], NOW).certificate


def test_domain_certificate(tmp_path):
    """A certificate of a whole domain speaks for every address of it and for no other."""
    names = (x509.DNSName("direct.orchard.example"),)
    partner = Partner(tmp_path, PRACTICE, CA.leaf(PRACTICE, names=names), CA)
    assert taken(partner.writes(message(), OURS.certificate))
    stranger = "front@orchard.example"
    mail = partner.writes(message(stranger), OURS.certificate, outside=stranger)
    with pytest.raises(Unreadable) as refused:
        taken(mail)

    assert refused.value.code == "certificate_address"


def changed(signed):
    """Return a signed entity with one word of its content changed."""
    assert b"Attached." in signed
    return signed.replace(b"Attached.", b"Detached.", 1)


def stripped(_signed):
    """Return the content without its signature."""
    return b"Content-Type: message/rfc822\r\n\r\n" + message()


FAULTS = {
    "content_changed": {"change": changed},
    "not_signed": {"change": stripped},
    "weak_signature": {"digest": "sha1"},
    "sender_differs": {"outside": "boss@direct.orchard.example"},
    "not_decrypted": {"cipher": "des3"},
}


@pytest.mark.parametrize(("code", "how"), FAULTS.items(), ids=FAULTS)
def test_refused_mail(partner, code, how):
    """A changed, unsigned, weakly signed, disguised or weakly encrypted mail is refused."""
    with pytest.raises(Unreadable) as refused:
        taken(partner.writes(message(), OURS.certificate, **how))
    assert refused.value.code == code


CERTIFICATES = {
    "certificate_dates": {"ends": NOW - timedelta(hours=1)},
    "certificate_usage": {"signs": False},
    "certificate_address": {"names": (x509.RFC822Name("boss@direct.orchard.example"),)},
    "certificate_weak": {"key": rsa_key("weak", 1024)},
}


@pytest.mark.parametrize(("code", "differs"), CERTIFICATES.items(), ids=CERTIFICATES)
def test_refused_signer(tmp_path, code, differs):
    """An expired, misused, weak or other signer's certificate is refused, each by its code."""
    partner = Partner(tmp_path, PRACTICE, CA.leaf(PRACTICE, **differs), CA)
    with pytest.raises(Unreadable) as refused:
        taken(partner.writes(message(), OURS.certificate))

    assert refused.value.code == code


def test_wrong_purpose(tmp_path):
    """A certificate for web servers does not sign mail."""
    leaf = CA.leaf(PRACTICE, purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    mail = Partner(tmp_path, PRACTICE, leaf, CA).writes(message(), OURS.certificate)
    with pytest.raises(Unreadable) as refused:
        taken(mail)

    assert refused.value.code == "certificate_usage"


def test_wrong_anchor(partner):
    """A good signature under another authority, or with no anchor at all, is refused."""
    mail = partner.writes(message(), OURS.certificate)
    for anchors in ([OTHER.certificate], []):
        with pytest.raises(Unreadable) as refused:
            taken(mail, anchors=anchors)
        assert refused.value.code == "certificate_untrusted"


def test_another_key(partner):
    """What is for somebody else's key, cut short or bent is refused, and tells nobody why."""
    mail = partner.writes(message(), OURS.certificate)
    stranger = Identity(HUB, *OTHER.leaf(HUB, rsa_key("stranger")))
    lines = mail.splitlines(keepends=True)
    bent = bytearray(mail)
    bent[-400] = ord("A") if bent[-400] != ord("A") else ord("B")
    for raw, ours in ((mail, stranger), (b"".join(lines[:-20]), OURS), (bytes(bent), OURS)):
        with pytest.raises(Unreadable) as refused:
            taken(raw, ours)
        assert refused.value.code in {"not_decrypted", "bad_mail", "bad_signature"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"From: a@b.example\r\n\r\nhello",
        b"\0" * 100,
        b"Content-Type: application/pkcs7-mime\n\n",
    ],
    ids=["empty", "plain", "zeros", "hollow"],
)
def test_no_mail_at_all(raw):
    """Bytes that are no Direct mail are refused."""
    with pytest.raises(Unreadable):
        opened(raw, OURS)


def test_openssl_refuses_ours_changed(partner):
    """The other way round: openssl refuses our mail once one byte of it differs."""
    mail = sealed(message(), Head(HUB, PRACTICE, "<d@h>"), OURS, partner.certificate, NOW)
    with pytest.raises(subprocess.CalledProcessError):
        partner.reads(mail, OTHER.certificate)
    assert partner.reads(mail, CA.certificate)
