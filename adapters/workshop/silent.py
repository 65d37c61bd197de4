"""What a PDF profile declares and a sample gave nothing for: a label misspelt, a heading not met.

Called by `icp-hub adapters explain` after a sample was read. Reads the rules in a plan's places and
the names in its findings, never a value; an empty field of the form is told too, as it looks alike.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from adapters.formats.pdf.layout import tokens
from hub.canonical import each

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.profiles import Profile
    from hub.canonical import Reading

_RULES: Final = {
    "labels": "label",
    "tables": "table",
    "lists": "list",
    "blocks": "block",
    "cards": "cards",
}
_NAMED: Final = re.compile(r"`([^`\s]+)")


def silent(profile: Profile, reading: Reading) -> Iterator[str]:
    """Yield `pdf.labels.fax` and the like for what the profile declares and nothing came of."""
    if profile.format != "pdf" or not reading.plans:
        return
    rules = {
        " ".join(one.rule.split()[:2]) for plan in reading.plans for one in plan.places.values()
    }
    told = {name for one in reading.findings for name in _NAMED.findall(one.message)}
    for part, word in _RULES.items():
        for name in profile.pdf.get(part, {}):
            if f"{word} {name}" not in rules and name not in told:
                yield f"pdf.{part}.{name}"
    notes = {tokens(str(one.section)) for plan in reading.plans for one in each(plan.notes)}
    printed = profile.pdf.get("notes", ())
    for heading in [printed] if isinstance(printed, str) else printed:
        if tokens(heading) not in notes:
            yield f"pdf.notes: {heading}"
