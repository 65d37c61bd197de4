"""When connections are looked at, and what is told of what is found there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.hours import Hours
from hub.probing import AGAIN, FAILING, Answer, Health, judged, next_probe, night

NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)
WORKS, DOWN = Answer("http_204"), Answer("not_reached", "transient")
REFUSED = Answer("certificate", "permanent")


def told(*answers):
    """Return what is told of one answer after another."""
    health, said = Health(), []
    for number, answer in enumerate(answers):
        health, tell = judged(health, answer, NOW + number * AGAIN)
        said.append(tell)
    return said


def test_quiet_time():
    """Each endpoint is looked at between two and four of its practice's own clock."""
    for zone in ("America/New_York", "Pacific/Honolulu", "Asia/Kolkata"):
        for number in range(50):
            at = night(Hours(zone=zone), f"end-{number}", NOW).astimezone(ZoneInfo(zone))

            assert at.hour in {2, 3}
            assert NOW < at <= NOW + timedelta(days=1, hours=1)


def test_not_all_at_once():
    """The endpoints of a zone are spread over the quiet time, each at its own minute."""
    first = {one: night(Hours(), one, NOW) for one in map(str, range(50))}

    assert len(set(first.values())) > 40
    assert all(night(Hours(), one, at) == at + timedelta(days=1) for one, at in first.items())


def test_clocks_change():
    """A night in which clocks are put on has a quiet time too."""
    spring = datetime(2027, 3, 14, 5, tzinfo=UTC)

    assert spring < night(Hours(), "end-1", spring) < spring + timedelta(hours=6)


def test_once_is_no_news():
    """One failure at night is not told; the second is, once; recovery is told once."""
    assert told(DOWN, WORKS, WORKS) == ["", "", ""]
    assert told(DOWN, DOWN, DOWN, DOWN) == ["", "fails", "", ""]
    assert told(DOWN, DOWN, WORKS, WORKS, DOWN, DOWN) == ["", "fails", "works", "", "", "fails"]


def test_looked_at_no_more():
    """A failing connection nobody is to look at any more is not told to work."""
    off = Answer("probe_off")

    assert told(DOWN, DOWN, off, off) == ["", "fails", "", ""]
    assert told(DOWN, DOWN, off, DOWN, DOWN) == ["", "fails", "", "", "fails"]


def test_sure_at_once():
    """What can't mend itself, such as an expired certificate, is told at once."""
    assert told(REFUSED, REFUSED, WORKS) == ["fails", "", "works"]


def test_since():
    """How long it is so counts from the first probe that said so, whatever the code."""
    health, _ = judged(Health(), DOWN, NOW)
    health, _ = judged(health, REFUSED, NOW + AGAIN)

    assert (health.since, health.failures, health.code) == (NOW, 2, "certificate")


def test_looked_at_again():
    """What fails is looked at again soon, then every hour; what works, tonight."""
    failing = Health(ok=False, failures=1)

    assert next_probe(failing, Hours(), "e", NOW) == NOW + AGAIN
    assert next_probe(Health(ok=False, failures=7), Hours(), "e", NOW) == NOW + FAILING
    assert next_probe(Health(ok=True), Hours(), "e", NOW) == night(Hours(), "e", NOW)
