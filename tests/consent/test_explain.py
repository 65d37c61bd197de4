"""Decisions in sentences, notices verbatim, and the table of rules in the docs."""

from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from consent_world import make_consent, make_request

from consent import (
    RECORD_EMERGENCY,
    STRIP_ADDRESSES,
    TEXTS,
    Expiry,
    Policy,
    decide,
    explain,
    rule_table,
    scope,
)
from consent.rules import RULES
from consent.ruling import Rule, Verdict

DOC = Path(__file__).parents[2] / "docs" / "consent-rules.md"


def test_table():
    """docs/consent-rules.md is the table the rules give."""
    assert rule_table() == DOC.read_text(encoding="utf-8")


def test_ids():
    """No two rules share an id."""
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_withheld():
    """A partly withheld plan says what stays behind, by category, and by which rule and clause."""
    lines = explain(decide(make_request("general", "sud/unknown"), []))
    assert lines[0] == "The plan goes without: sud, origin unknown."
    assert any(
        line.startswith("sud, origin unknown is withheld by P2-01 (42 CFR") for line in lines
    )


def test_everything():
    """A plan of which nothing is withheld says so and names the consent relied on."""
    lines = explain(decide(make_request("sud/yes"), [make_consent("tpo")]))
    assert lines[0] == "Everything goes."
    assert "sud, Part 2 may go by P2-02, consent c1" in lines[1]


def test_denied():
    """A denied plan says what it waits for."""
    assert (
        explain(decide(make_request("sud/yes"), []))[0]
        == "Nothing goes. It waits for: consent:sud."
    )


def test_nothing():
    """A plan without content waits for something to send."""
    assert explain(decide(make_request(), [])) == (
        "Nothing goes. It waits for: something to send.",
    )


def test_failure():
    """A failed rule is named, with the class of the exception and nothing else of it."""
    rules = [Rule("X-1", "none", lambda _: 1 / 0)]
    lines = explain(decide(make_request("general"), [], rules=rules))
    assert "Rule X-1 failed (ZeroDivisionError), so what it was asked about is withheld." in lines


def test_foreign_rule():
    """A reason whose rule is no longer in the table is still told."""
    rules = [Rule("X-1", "none", lambda _: Verdict("permit"))]
    assert "general may go by X-1." in explain(decide(make_request("general"), [], rules=rules))


def test_conflict():
    """A contradiction asks for a person."""
    held = [make_consent("tpo"), make_consent("refusal", id="n1", categories=frozenset({"sud"}))]
    lines = explain(decide(make_request("general", "sud/yes"), held))
    assert lines[-1] == "Refusal n1 and consent c1 contradict each other; a person should decide."


@pytest.mark.parametrize(
    "stale", ["Federal rules restrict any use of the information to criminally"]
)
def test_current_texts(stale):
    """No notice carries the Part 2 text from before 2024."""
    assert not any(stale in text for text in TEXTS.values())


def test_statement():
    """Statement 1 names the court orders of 2.64 and 2.65, which only the 2024 text does."""
    assert "2.64 or 2.65" in TEXTS["part2_2.32_statement1"]


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        (
            "part2_2.32_statement1",
            "d82205a18044f9f45776343d91e26d8ddb44bf13e136af169ec73d755facd9a8",
        ),
        (
            "part2_2.32_statement2",
            "79fee3d6dff7e052183c61b66bfed589f0f45dcf330bb277e07b396bd12e9774",
        ),
        ("pa_act148", "985ca39a2a8f4d30f35c16ad4091f8eddb372652596d485534f0a56dd504a43f"),
    ],
)
def test_verbatim(name, digest):
    """Every notice is the law's text to the letter, as it was compared when it was recorded."""
    assert sha256(TEXTS[name].encode()).hexdigest() == digest


def test_texts():
    """There is a text for each notice the rules name, save the scope, which is written anew."""
    assert set(TEXTS) == {"part2_2.32_statement1", "part2_2.32_statement2", "pa_act148"}


@pytest.mark.parametrize(
    ("expires", "end"),
    [
        (Expiry(never=True), "no end date, until revoked"),
        (Expiry(on=date(2026, 12, 31)), "the end of 2026-12-31"),
        (Expiry(at=datetime.fromisoformat("2026-12-31T12:00:00Z")), "2026-12-31T12:00:00+00:00"),
        (Expiry(event="end of treatment"), "the end stated on the form"),
    ],
)
def test_scope(expires, end):
    """The scope of a consent says its content, purposes and end."""
    expected = (
        "Disclosed under consent c1, signed 2026-01-10. Content: sud. "
        f"Purposes: TREAT. Valid until {end}."
    )
    assert expected == scope(make_consent("specific", expires=expires))


def test_scope_undated():
    """A consent without a signature date says so."""
    assert "signed an unstated day" in scope(make_consent("specific", signed_on=None))


@pytest.mark.parametrize(
    ("classes", "policy", "duties"),
    [
        ({"treating_provider"}, Policy(), ()),
        ({"household"}, Policy(), ("strip_confidential_addresses",)),
        (
            {"treating_provider"},
            Policy(strip_confidential_addresses=True),
            ("strip_confidential_addresses",),
        ),
    ],
)
def test_duties(classes, policy, duties):
    """Confidential addresses are stripped for a household, and for all where policy says so."""
    base = make_request("general")
    recipient = type(base.recipient)(organisation="x", classes=frozenset(classes))
    asked = make_request("general", recipient=recipient)
    assert duties == decide(asked, [], policy).duties


def test_scope_names_what_goes():
    """A recipient's copy names what the release carries, not what else the consent covers."""
    consent = make_consent("specific", categories=frozenset({"sud", "hiv"}))
    assert (True, False) == ("sud" in scope(consent, {"sud"}), "hiv" in scope(consent, {"sud"}))
    assert "Content: this plan." in scope(consent, {"general"})


def test_emergency_duty():
    """Whoever releases by break-glass must record it and tell the privacy officer."""
    asked, strict = (
        make_request("general", purpose="BTG"),
        Policy(strip_confidential_addresses=True),
    )
    assert decide(asked, []).duties == (RECORD_EMERGENCY,)
    assert decide(asked, [], strict).duties == (STRIP_ADDRESSES, RECORD_EMERGENCY)


def test_relied():
    """A decision names the consents that what it released relied on, and no others."""
    held = [make_consent("tpo"), make_consent("refusal", id="n1", categories=frozenset({"sud"}))]
    assert decide(make_request("general", "sud/yes"), held[:1]).consents == ("c1",)
    assert decide(make_request("general", "sud/yes"), held).consents == ()


def test_words():
    """The duties a decision names are words the hub's own code and records know."""
    assert (STRIP_ADDRESSES, RECORD_EMERGENCY) == (
        "strip_confidential_addresses",
        "record_emergency_and_tell_privacy_officer",
    )


def test_scope_word_for_word():
    """The scope that travels with a release reads as a sentence a recipient understands."""
    consent = make_consent("tpo", signed_on=None, categories=frozenset({"sud", "hiv"}))
    assert scope(consent, {"sud", "hiv"}) == (
        "Disclosed under consent c1, signed an unstated day. Content: hiv, sud."
        " Purposes: HOPERAT, HPAYMT, TREAT. Valid until no end date, until revoked."
    )
