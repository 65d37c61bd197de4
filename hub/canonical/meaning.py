"""What a plan says, as one digest: the same plan exported twice is the same plan.

Asked wherever a second submission or document may be a copy with other bytes. It ignores how a
document was written (white space, attribute order, prefixes, places) and what every export renews
(the document's own ids, its version and its date). Whatever a reader of the plan would see counts,
so that a real change can never be taken for a copy.
"""

from __future__ import annotations

import unicodedata
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import replace

from hub.canonical.elements import Residue
from hub.canonical.plan import Plan
from hub.canonical.values import folded, said

_AUTHOR = "author"
_ENCODER = msgspec.json.Encoder(order="deterministic")
_NUMBER = (bool, int, float)
_RENEWED: dict[str, Any] = {
    "source_ids": (),
    "version": None,
    "replaces": None,
    "related": (),
    "written_on": None,
}


def meaning_of(plan: Plan) -> str:
    """Return the hex SHA-256 of what a plan says.

    Two plans with one digest say the same of the same member, with the same links, codes, labels
    and files; they may differ in `places` and in the header's `source_ids`, `version`, `replaces`,
    `related` and `written_on`. White space inside words is folded to single blanks, never taken
    away.
    """
    header = replace(plan.header, **_RENEWED)
    written = said(plan.header.written_on)
    residue = tuple(_timeless(one, written) for one in plan.residue) if written else plan.residue
    bare = replace(plan, header=header, residue=residue, places={})
    return sha256(_ENCODER.encode(_plain(msgspec.to_builtins(bare)))).hexdigest()


def _timeless(one: Residue, written: str) -> Residue:
    """Return what is kept of an author without the instant at which the whole was written."""
    text = said(one.text)
    if one.label != _AUTHOR or written not in text:
        return one
    return replace(one, text=text.replace(written, "written_on"))


def _plain(value: Any) -> Any:  # noqa: ANN401  # JSON of any shape
    """Return a value with its words folded; keys that say nothing are left out, `no` and 0 are not.

    Most fields of a plan are empty: they are passed over before anything is made of them.
    """
    if isinstance(value, str):
        text = folded(value)
        return text if text.isascii() else unicodedata.normalize("NFC", text)
    if isinstance(value, dict):
        kept = {}
        for key, item in value.items():
            if item or (item is not None and isinstance(item, _NUMBER)):
                told = _plain(item)
                if told or isinstance(told, _NUMBER):
                    kept[key] = told
        return kept
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
