"""A decision receipt's two editions: what each reader is told of a release, and what never."""

from __future__ import annotations

import json
from hashlib import sha256

from consent.records import Policy
from consent.rules import RULES
from hub.clearing.receipting import Kept, clauses, facts, fingerprint, inside
from hub.questioning import laws

GENERAL = ["general", "no", ""]
SUD = ["sud", "unknown", ""]
HIV = ["hiv", "no", ""]
KEPT = Kept(
    release="rel-1",
    plan="pln-1",
    delivery="del-1",
    decision={
        "outcome": "permit",
        "purpose": "TREAT",
        "discloser": "mco-1",
        "recipient": ["pcmh-1", "con-1"],
        "released": [GENERAL, SUD],
        "withheld": [HIV],
        "reasons": [
            [GENERAL, "HI-02", "", "permit"],
            [SUD, "P2-02", "cns-1", "permit"],
            [SUD, "P2-07", "cns-2", "forbid"],
            [HIV, "PA-06", "cns-3", "permit"],
            [HIV, "PA-06", "", "forbid"],
        ],
        "errors": [["PA-03", "KeyError"]],
        "consents": ["cns-1"],
        "policy": "icp-consent/2+ours",
        "at": "2026-11-20T15:00:00+00:00",
    },
    withheld=1,
    notices=("part2",),
    digest="0f" * 32,
    size=2048,
    media_type="application/pdf",
    format="pdf",
)
SHARED = {
    "schema": "icp-decision-receipt/1",
    "release": "rel-1",
    "plan": "pln-1",
    "delivery": "del-1",
    "decided_at": "2026-11-20T15:00:00+00:00",
    "outcome": "permit",
    "purpose": "TREAT",
    "discloser": "mco-1",
    "recipient": ["pcmh-1", "con-1"],
    "content": {
        "sha256": "0f" * 32,
        "bytes": 2048,
        "media_type": "application/pdf",
        "format": "pdf",
    },
    "consents": ["cns-1"],
    "policy": "icp-consent/2+ours",
    "notices": ["part2"],
    "released": [
        {"category": "general", "part2_origin": "no"},
        {"category": "sud", "part2_origin": "unknown"},
    ],
    "something_withheld": True,
}
"""What both editions of that release say."""


def said(category, origin, rule, consent, effect):
    """Return a reason as a receipt writes it."""
    matter = {"category": category, "part2_origin": origin}
    return {**matter, "rule": rule, "consent": consent, "effect": effect}


CARRIED = [
    said("general", "no", "HI-02", "", "permit"),
    said("sud", "unknown", "P2-02", "cns-1", "permit"),
]


def test_recipient():
    """The recipient learns what let go what it got, that something is missing, and no more."""
    assert {**SHARED, "edition": "recipient", "reasons": CARRIED} == facts(KEPT, "recipient")


def test_officer():
    """The officer learns every reason, what was withheld and how much, and what went wrong."""
    kept_back = [
        said("sud", "unknown", "P2-07", "cns-2", "forbid"),
        said("hiv", "no", "PA-06", "cns-3", "permit"),
        said("hiv", "no", "PA-06", "", "forbid"),
    ]
    whole = {
        **SHARED,
        "edition": "officer",
        "reasons": [*CARRIED, *kept_back],
        "withheld": [{"category": "hiv", "part2_origin": "no"}],
        "withheld_parts": 1,
        "errors": [["PA-03", "KeyError"]],
    }
    assert whole == facts(KEPT, "officer")


def test_nothing_withheld():
    """A plan that went whole says that nothing was kept back, to both readers."""
    whole = Kept(**{**_fields(KEPT), "withheld": 0})
    for edition in ("officer", "recipient"):
        assert facts(whole, edition)["something_withheld"] is False


def test_old_release():
    """A release from before receipts says what is on file, and leaves open what was never kept."""
    old = Kept(**{**_fields(KEPT), "decision": {}, "withheld": 2})
    told = facts(old, "officer")
    lists = ("released", "withheld", "reasons", "errors", "consents", "recipient")
    words = ("decided_at", "outcome", "purpose", "discloser", "policy")
    assert [[]] * len(lists) == [told[one] for one in lists]
    assert [""] * len(words) == [told[one] for one in words]
    assert told["something_withheld"] is True
    assert "reasons" in facts(old, "recipient")


def test_fingerprint():
    """A stranger computes a receipt's fingerprint as documented: keys sorted, no blanks."""
    made = {"b": [1, {"d": "x y", "c": None}], "a": "é"}
    assert fingerprint(made) == sha256(b'{"a":"\\u00e9","b":[1,{"c":null,"d":"x y"}]}').hexdigest()
    assert fingerprint(facts(KEPT, "officer")) != fingerprint(facts(KEPT, "recipient"))
    arrived = json.loads(json.dumps(facts(KEPT, "officer")))
    assert fingerprint(arrived) == fingerprint(facts(KEPT, "officer"))


def test_clauses():
    """Each rule that a receipt names is explained by its clause, and no other rule is."""
    known = laws(Policy())
    found = clauses(facts(KEPT, "officer"), known)
    rules = {one.id: one for one in RULES}
    assert {"HI-02", "P2-02", "P2-07", "PA-06"} == {one["rule"] for one in found}
    for one in found:
        rule = rules[one["rule"]]
        told = {"rule": rule.id, "citation": rule.citation, "sentence": rule.sentence}
        assert told == one
    assert {"HI-02", "P2-02"} == {one["rule"] for one in clauses(facts(KEPT, "recipient"), known)}


def test_inside():
    """The sensitive categories that went are listed in order; ordinary content isn't one."""
    decision = {**KEPT.decision, "released": [SUD, GENERAL, HIV, SUD]}
    assert ["hiv", "sud"] == inside(
        facts(Kept(**{**_fields(KEPT), "decision": decision}), "officer")
    )


def _fields(kept):
    return {name: getattr(kept, name) for name in Kept.__slots__}
