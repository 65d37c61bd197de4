"""Consent2Share's forms as consents of ours: its XACML policies and its consent exports.

Neither holds the statements 42 CFR 2.31(a) asks for, so each is a deficient form until somebody
reads the paper behind it; what they do hold is taken.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from lxml import etree

from consent.records import Consent, Expiry, Parties
from consent.terms import CATEGORIES, UNLABELLED
from hub.consents.codes import READ

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
STATEMENTS = {"patient_name", "right_to_revoke", "redisclosure", "refusal_consequences"}


def is_policy(root):
    """Say whether a document is an XACML policy."""
    return etree.QName(root).localname in {"Policy", "PolicySet"}


def is_export(root):
    """Say whether a document is Consent2Share's export of a consent."""
    return etree.QName(root).localname == "ConsentExport"


def compared(root, attribute):
    """Return the literals an attribute is compared with anywhere in a policy."""
    found = []
    for one in root.iter():
        if isinstance(one.tag, str) and one.get("AttributeId", "").endswith(attribute):
            holder = one.getparent()
            holder = holder.getparent() if holder.get("FunctionId", "").endswith("only") else holder
            found += [
                "".join(v.itertext()).strip()
                for v in holder
                if isinstance(v.tag, str) and etree.QName(v).localname == "AttributeValue"
            ]
    return found


def redacted(root):
    """Return our categories of the sensitivity codes a policy obliges to redact."""
    found = set()
    for one in root.iter():
        if isinstance(one.tag, str) and "redact-sensitivity" in (one.get("ObligationId") or ""):
            code = "".join(one.itertext()).strip()
            found |= READ.get(code, frozenset())
    return frozenset(found)


def policy_form(root, *, whole=False):
    """Return the form behind a policy, or None; `whole` adds what the policy can't say."""
    recipients = compared(root, "recipient-subject")
    purposes = compared(root, "purpose-of-use-code") or compared(root, "purposeofuse")
    if not recipients or not purposes:
        return None
    days = [_day(one) for one in compared(root, "current-dateTime")]
    days = sorted(one for one in days if one)
    return Consent(
        id="c2s",
        member="m1",
        kind="specific",
        disclosers=Parties(organisations=frozenset(compared(root, "intermediary-subject"))),
        recipients=Parties(organisations=frozenset(recipients)),
        purposes=frozenset(purposes) & {"TREAT", "HPAYMT", "HOPERAT", "HRESCH"},
        categories=CATEGORIES - {UNLABELLED} - redacted(root),
        signed_on=days[0] if whole and days else None,
        signed_by="m1" if whole else "",
        method="electronic",
        starts=days[0] if days else None,
        expires=Expiry(on=days[-1]) if len(days) > 1 else Expiry(),
        statements=frozenset(STATEMENTS) if whole else frozenset(),
        recorded_at=datetime(2013, 6, 12, tzinfo=UTC) if whole else AT,
        recorded_by="officer",
    )


def export_form(root):
    """Return the form behind an export."""
    told = {
        "from": _npis(root, "PermittedToDisclose"),
        "to": _npis(root, "DisclosureIsMadeTo"),
    }
    withheld = {
        word
        for one in root.iter()
        if isinstance(one.tag, str) and "ensitivity" in one.tag and one.text
        for word in READ.get(one.text.strip(), ())
    }
    text = etree.tostring(root, encoding="unicode")
    signed = re.search(r"<signedDate>([^<]+)", text, re.IGNORECASE)
    ends = re.search(r"<consentEnd>([^<]+)", text, re.IGNORECASE)
    purposes = {
        code for code in ("TREAT", "HPAYMT", "HOPERAT", "HRESCH") if re.search(rf">{code}<", text)
    }
    return Consent(
        id="c2s",
        member="m1",
        kind="specific",
        disclosers=Parties(organisations=told["from"]),
        recipients=Parties(organisations=told["to"]),
        purposes=frozenset(purposes),
        categories=CATEGORIES - {UNLABELLED} - withheld,
        signed_on=_day(signed[1]) if signed else None,
        method="electronic",
        expires=Expiry(on=_day(ends[1]) if ends else None),
        recorded_at=AT,
    )


def _npis(root, side):
    found = set()
    for one in root.iter():
        if isinstance(one.tag, str) and one.tag.endswith("npi"):
            around = "/".join(str(up.tag) for up in one.iterancestors())
            if side in around:
                found.add((one.text or "").strip())
    return frozenset(filter(None, found))


def _day(text):
    found = re.match(r"(\d{4})-?(\d\d)-?(\d\d)", text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
