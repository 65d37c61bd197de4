"""The published JSON Schema of a plan, `urn:icp:1`, made from the types themselves.

`make docs` writes it to `docs/icp-1.schema.json` and a test compares the two. Everything under
`$defs` is one type of `hub.canonical`; a reading, as `icp-hub read --json` prints it, is there too.
"""

from __future__ import annotations

import inspect
from typing import Any, Final

import msgspec

from hub.canonical.plan import Plan
from hub.canonical.reading import Reading

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ID: Final = "urn:icp:1"


def schema() -> dict[str, Any]:
    """Return JSON Schema 2020-12 for one plan; `#/$defs/Reading` describes a whole reading."""
    (plan, _), parts = msgspec.json.schema_components(
        (Plan, Reading), ref_template="#/$defs/{name}"
    )
    return {
        "$schema": DIALECT,
        "$id": ID,
        "title": "Integrated Care Plan, icp/1",
        "description": (
            "One Integrated Care Plan in the canonical template. Absent is no key or null; "
            'explicitly none is {"absent": "none" | "unknown" | "asked" | "masked"}. Dates are '
            "ISO 8601 at the precision given. Unknown keys are ignored."
        ),
        **plan,
        "$defs": {name: _plain(part) for name, part in sorted(parts.items())},
    }


def _plain(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part with its docstring set flush, as every version of Python gives it or not."""
    if "description" in part:
        part["description"] = inspect.cleandoc(part["description"])
    return part


def published() -> bytes:
    """Return the schema as the bytes of `docs/icp-1.schema.json`."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2) + b"\n"
