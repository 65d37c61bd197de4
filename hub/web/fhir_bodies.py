"""What a FHIR client sends: its body as JSON, of the right media type and no larger than it may be.

The routes of Consent, Task and Subscription call `sent`; whether it is the resource they wait for
is theirs to say. A body that grows too large is read no further.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hub.errors import Refused
from hub.web.fhir_answers import FHIR_JSON

if TYPE_CHECKING:
    from starlette.requests import Request


async def sent(request: Request, what: str, most: int) -> Any:  # noqa: ANN401  # JSON of any shape
    """Return the JSON of a body; `what` names it. `Refused` 415, 413 above `most` bytes, or 400."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {FHIR_JSON, "application/json"}:
        raise Refused("media_type", f"send `{FHIR_JSON}`", status=415)
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > most:
            raise Refused("too_large", f"the {what} is too large", status=413)
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Refused("unreadable", "the body is no JSON", status=400) from None
