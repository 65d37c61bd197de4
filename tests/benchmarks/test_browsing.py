"""What a person waits for in a browser: never left out in silence, and its gate can be missed."""

from __future__ import annotations

from benchmarks import browsing
from benchmarks.report import missed
from hub.settings import Settings


def test_no_browser_is_said_aloud(monkeypatch):
    """Without a chromium there are no figures, and one line says that nothing was measured."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "")

    figures, notes = browsing.run(Settings(), "nobody", "none")

    assert {} == figures
    assert "SKIPPED" in notes[0]


def test_a_slow_page_misses_its_gate():
    """Ten loads of which some take two seconds miss the p95 and keep the median."""
    loads = [browsing.Load(100, 300, 300, usable, 60) for usable in [400.0] * 8 + [2000.0] * 2]

    figures = browsing.figures_of("page", loads, "<= 1000")

    assert ["page_p95"] == missed(figures)
