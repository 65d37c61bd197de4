"""Whatever fails in a decision withholds: a rule, a question, a notice, a policy."""

from consent_world import make_consent, make_request

from consent import Matter, Policy, decide
from consent.ruling import Rule, Verdict


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


def test_failing_notice():
    """What can't carry its notice doesn't go: a failure there denies everything."""
    asked = make_request("general", "sud/yes")
    policy = Policy(short_part2_notice=Unsure())
    decision = decide(asked, [make_consent("tpo")], policy)
    assert decision.errors == (("notices", "RuntimeError"),)
    assert decision.withhold == asked.matters
    assert decision.held_for == ("repair:notices",)


class Unsure:
    """A setting that can't be read."""

    def __bool__(self):
        raise RuntimeError


def test_failing_question():
    """Where the question about a matter can't be put, the matter stays."""
    asked = make_request("general", "mental_health")
    policy = Policy(written_mental_health=None)
    decision = decide(asked, [], policy)
    assert decision.errors == (("ask", "TypeError"),)
    assert decision.withhold == {Matter("mental_health")}
    assert decision.held_for == ("repair:ask",)
