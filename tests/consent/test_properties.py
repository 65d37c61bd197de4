"""What holds of every decision, tried on random consents, and an oracle by brute force."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from consent_world import PRACTICE, TREATING, make_consent, make_request
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import Expiry, Matter, Parties, Recipient, decide
from consent.decision import RULES
from consent.ruling import Rule, Verdict

OTHERS = Parties(organisations=frozenset({"practice-2"}))
CATEGORIES = ("general", "sud", "hiv", "mental_health")
matters = st.frozensets(
    st.builds(Matter, st.sampled_from(CATEGORIES), st.sampled_from(("no", "yes", "unknown"))),
    min_size=1,
    max_size=5,
)
recipients = st.sampled_from(
    (
        Recipient(organisation="practice", kind="covered_entity", classes=TREATING.classes),
        Recipient(organisation="practice", kind="other"),
    )
)
requests = st.builds(
    lambda wanted, recipient, purpose: make_request(
        matters=wanted, recipient=recipient, purpose=purpose
    ),
    matters,
    recipients,
    st.sampled_from(("TREAT", "BTG", "LEGAL")),
)
consents = st.builds(
    lambda kind, categories, names, ended, day, purposes, number: make_consent(
        kind,
        id=f"c{number}",
        categories=categories,
        recipients=names,
        purposes=purposes,
        signed_on=date(2026, 1, day),
        recorded_at=datetime.fromisoformat("2026-02-01T00:00:00+00:00"),
        revoked_at=datetime.fromisoformat("2026-03-01T00:00:00+00:00") if ended == "r" else None,
        expires=Expiry(on=date(2026, 4, 1) if ended == "x" else date(2026, 12, 31)),
        approved_by="officer-2",
    ),
    st.sampled_from(("tpo", "specific", "roi", "hiv", "refusal", "restriction")),
    st.frozensets(st.sampled_from(CATEGORIES), min_size=1),
    st.sampled_from((PRACTICE, OTHERS, TREATING)),
    st.sampled_from(("", "", "r", "x")),
    st.integers(1, 4),
    st.frozensets(st.sampled_from(("TREAT", "BTG", "LEGAL")), min_size=1),
    st.integers(1, 10**9),
)
files = st.lists(consents, max_size=5)


@given(requests, files)
@settings(deadline=None)
def test_oracle(request_, held):
    """A decision agrees with a slow, plainly written oracle of the same law."""
    expected = frozenset(one for one in request_.matters if oracle(request_, held, one))
    general = {one for one in request_.matters if one.category == "general"}
    if general and not general & expected:
        expected = frozenset()
    assert expected == decide(request_, held).released


@given(requests, files, st.sampled_from([rule.id for rule in RULES]))
@settings(deadline=None)
def test_failing_rule(request_, held, broken):
    """Whichever rule fails, nothing is released."""
    rules = [Rule(one.id, one.citation, _raise) if one.id == broken else one for one in RULES]
    assert frozenset() == decide(request_, held, rules=rules).released


@given(requests, files, consents.filter(lambda one: one.kind not in {"refusal", "restriction"}))
@settings(deadline=None)
def test_more_consent(request_, held, another):
    """Adding a consent never withholds more."""
    assert decide(request_, [*held, another]).withhold <= decide(request_, held).withhold


@given(requests, st.lists(consents, min_size=1, max_size=5), st.data())
@settings(deadline=None)
def test_revoking(request_, held, data):
    """Revoking a consent never releases more."""
    grants = [one for one in held if one.kind not in {"refusal", "restriction"}]
    if grants:
        gone = data.draw(st.sampled_from(grants))
        left = [replace(one, revoked_at=request_.at) if one is gone else one for one in held]
        assert decide(request_, left).released <= decide(request_, held).released


@given(requests, files, consents.filter(lambda one: one.kind in {"refusal", "restriction"}))
@settings(deadline=None)
def test_more_limits(request_, held, limit):
    """Adding a limit never releases more."""
    assert decide(request_, [*held, limit]).released <= decide(request_, held).released


@given(requests, files)
@settings(deadline=None)
def test_partition(request_, held):
    """Every matter is either released or withheld, and a denied plan releases none."""
    decision = decide(request_, held)
    assert request_.matters == decision.released | decision.withhold
    assert not decision.released & decision.withhold
    assert (decision.outcome == "permit") == bool(decision.released)


@given(requests, files, st.randoms())
@settings(deadline=None)
def test_order(request_, held, random):
    """The order in which the registry lists consents doesn't matter."""
    held = list({one.id: one for one in held}.values())
    shuffled = random.sample(held, len(held))
    assert decide(request_, held) == decide(request_, shuffled)


def test_partial_failure():
    """A rule that fails on one matter denies that matter alone."""
    spared = Matter("mental_health")

    def picky(ask):
        if ask.matter == spared:
            return Verdict("permit")
        raise RuntimeError

    decision = decide(
        make_request("general/yes", "mental_health"), [], rules=[Rule("X", "none", picky)]
    )
    assert decision.errors == (("X", "RuntimeError"),)
    assert frozenset({Matter("general", "yes")}) <= decision.withhold


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_sentence(rule):
    """Every rule has a citation and one sentence that ends with a full stop."""
    assert rule.citation
    assert rule.sentence.endswith(".")


def _raise(_ask):
    raise RuntimeError


def oracle(request_, held, one):
    """Say whether a matter may go, deciding without any of the engine's parts."""
    live = [c for c in held if c.revoked_at is None and c.expires.on > date(2026, 6, 15)]
    part2 = one.part2_origin == "yes" or (one.part2_origin == "unknown" and one.category == "sud")
    if request_.purpose == "LEGAL" and (part2 or one.category == "sud"):
        return False
    if any(_stands(limit, live, request_, one, part2=part2) for limit in live):
        return False
    grants = [c for c in live if c.kind not in LIMITED and _grants(c, request_)]
    hipaa = request_.recipient.kind == "covered_entity"
    if part2 and not any(_opens(c, hipaa=hipaa) for c in grants):
        return False
    if one.category == "hiv":
        return any(c.kind == "hiv" and "hiv" in c.categories and _named(c) for c in grants)
    if hipaa:
        return part2 or request_.purpose == "TREAT"
    kinds = {"roi", "specific"}
    return part2 or any(c.kind in kinds and one.category in c.categories for c in grants)


LIMITED = {"refusal", "restriction"}


def _stands(limit, live, request_, one, *, part2):
    if limit.kind not in LIMITED or not _concerns(limit, request_, one, part2):
        return False
    newer = [
        c
        for c in live
        if c.kind not in LIMITED and c.signed_on > limit.signed_on and _grants(c, request_)
        if one.category in c.categories or (part2 and "sud" in c.categories)
    ]
    return limit.kind == "restriction" or not newer


def _opens(consent, *, hipaa):
    kinds = {"tpo", "specific"} if hipaa else {"specific"}
    return consent.kind in kinds and "sud" in consent.categories and (hipaa or _named(consent))


def _named(consent):
    return "practice" in consent.recipients.organisations


def _names(consent, request_):
    named = consent.recipients
    return "practice" in named.organisations or bool(named.classes & request_.recipient.classes)


def _concerns(limit, request_, one, part2):
    about = one.category in limit.categories or (part2 and "sud" in limit.categories)
    return about and _names(limit, request_) and request_.purpose in limit.purposes


def _grants(consent, request_):
    purposes = consent.purposes & {"TREAT"} if consent.kind == "tpo" else consent.purposes
    lawful = consent.kind != "specific" or "LEGAL" not in consent.purposes
    lawful = lawful and (consent.kind != "tpo" or "LEGAL" not in consent.purposes)
    return lawful and _names(consent, request_) and request_.purpose in purposes
