"""Why our answer differs from what a file's authors expect: one sentence a difference."""

from __future__ import annotations

WHY: dict[str, str] = {}


def why(one):
    """Return the explanation of a difference, or nothing."""
    return WHY.get(one.case) or WHY.get(one.kind, "")
