"""Where a value was read: in which document, at which place, by which rule, and how surely.

Readers keep places compact (`at` may be an XPath of child positions); `icp-hub read --json` and the
console spell them out. A place never holds the value itself.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

PlaceKind: TypeAlias = Literal["xpath", "segment", "cell", "page", "pointer"]
UNREAD: Final = "unread"
"""The rule of a place that no profile names: its plan waits until a person has looked there."""


REFUSED: Final = "refused consent"
"""The rule of a value that states a refusal, with its day behind it: `refused consent 2026-03-04`.

The release step holds a plan that has such a place until a person has registered what it says."""


class Place(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A place in a document; a plan has hundreds, so it is the cheapest kind of value there is.

    `at` by kind: an XPath · `PID-5.1`, `OBX[3]-5` · `sheet!B7`, `row 12, column goal` ·
    `page 2 (x0, y0, x1, y1)` in points from the top left · a JSON pointer.
    `document` is `sha256:…`; empty while it is the document being read. `confidence` is 1.0 for
    structured sources and below that for layout and OCR.
    """

    at: str
    kind: PlaceKind = "xpath"
    rule: str = ""
    confidence: float = 1.0
    document: str = ""


def refusal_day(place: Place | None) -> str | None:
    """Return the day of the refusal a place states, empty where it has none; None: it states none.

    Its adapter read it as one; the day is as the source gives it, perhaps a year or month only.
    """
    if place is None or not place.rule.startswith(REFUSED):
        return None
    return place.rule.removeprefix(REFUSED).strip()
