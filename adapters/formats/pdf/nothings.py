"""Rows that say of a list that it holds nothing: `No known allergies` where an allergy would stand.

Called by `filling`, for the words a rule lists under `none`. Only the whole of the one value that a
row has for the rule counts. Where other rows name items, both are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.canonical import Finding, folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.formats.pdf.claims import Found
    from adapters.formats.pdf.draft import Draft
    from adapters.profiles import RowRule


def says_none(rule: RowRule, row: Mapping[str, Found]) -> Found | None:
    """Return the value of a row that says that there is no item, None where none does."""
    held = {name: row[name] for one in rule.fields for name in one.sources if name in row}
    if len(held) != 1:
        return None
    (found,) = held.values()
    return found if same(found.text) in {same(words) for words in rule.none} else None


def settle(draft: Draft) -> None:
    """Say of each list that was said to hold nothing that it does, unless it holds something."""
    for into, found in draft.none:
        if isinstance(draft.data.get(into), list):
            message = "says that there is none, and other rows name some; ask the sender"
            draft.findings.append(Finding("warning", "none_and_some", message, found.place))
            draft.keep(found, into)
            continue
        draft.landed.append(found)
        draft.data[into] = {"absent": "none"}
        draft.places[f"/{into}"] = found.place


def same(text: str) -> str:
    """Return words as they are compared: without case and the full stop they end with."""
    return folded(text).casefold().strip(" .") or text.strip()
