"""Accepted readings: what a person looked at once and found right, kept beside the profile.

`PROFILE.accepted/SAMPLE.json` holds the plans without their places, and the findings' codes.
`tests/adapters/test_accepted.py` reads the samples again and compares.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from hub.canonical.wire import plain

if TYPE_CHECKING:
    from pathlib import Path

    from hub.canonical import Reading


def kept(reading: Reading, name: str, content: bytes) -> dict[str, Any]:
    """Return what is kept of a reading: the sample's name and digest, its plans, its codes."""
    plans = [plain(plan) for plan in reading.plans]
    return {
        "sample": name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "findings": sorted(finding.code for finding in reading.findings),
        "plans": [{k: v for k, v in plan.items() if k != "places"} for plan in plans],
    }


def accepted(profile: Path, sample: Path, reading: Reading, *, update: bool) -> str:
    """Keep a sample's reading, or say in what it differs from the one that was kept."""
    folder = profile.with_suffix(".accepted")
    file = folder / f"{sample.name}.json"
    now = kept(reading, sample.name, sample.read_bytes())
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    if before == now:
        return "as accepted"
    if before is not None and not update:
        return f"differs in {', '.join(sorted(_apart(before, now, '')))}"
    folder.mkdir(exist_ok=True)
    text = json.dumps(now, indent=1, ensure_ascii=False, sort_keys=True)
    file.write_text(text + "\n", encoding="utf-8")
    return "accepted" if before is None else "accepted anew"


def _apart(one: Any, other: Any, path: str) -> set[str]:  # noqa: ANN401  # JSON of any shape
    """Return the fields in which two JSON values differ, never what they say."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = {*one, *other}
        return {f for k in keys for f in _apart(one.get(k), other.get(k), f"{path}.{k}".strip("."))}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return {f for a, b in zip(one, other, strict=True) for f in _apart(a, b, path)}
    return set() if one == other else {path}
