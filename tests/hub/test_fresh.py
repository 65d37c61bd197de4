"""Released bytes between keeping and sending: taken once, bounded in bytes and in time."""

from __future__ import annotations

from hub.pipeline.fresh import SECONDS, Fresh


def test_taken_once():
    """What was kept is taken once and then fetched like anything else."""
    fresh = Fresh()
    fresh.keep("a", b"1")

    assert (b"1", None) == (fresh.take("a"), fresh.take("a"))


def test_bounded():
    """The oldest go when there are too many bytes; a digest kept twice counts once."""
    fresh = Fresh(most_bytes=3)
    for digest in ("a", "b", "b", "c"):
        fresh.keep(digest, b"xx" if digest == "c" else b"x")

    assert (None, b"x", b"xx") == (fresh.take("a"), fresh.take("b"), fresh.take("c"))


def test_larger_than_all():
    """Bytes that are too many by themselves are not held."""
    fresh = Fresh(most_bytes=3)
    fresh.keep("a", b"xxxx")

    assert fresh.take("a") is None


def test_forgotten():
    """Nothing is held for longer than an attempt should take to begin."""
    now = [0.0]
    fresh = Fresh(clock=lambda: now[0])
    fresh.keep("a", b"1")
    now[0] = SECONDS - 1
    fresh.keep("b", b"2")
    now[0] = SECONDS
    fresh.sweep()

    assert (None, b"2") == (fresh.take("a"), fresh.take("b"))
