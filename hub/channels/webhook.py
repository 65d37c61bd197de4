"""The webhook channel: one delivery as one signed post, with the delivery id as its webhook-id.

`main.py` binds it for endpoints of kind `webhook`. The endpoint's option `body` says what is
posted: `document` (the default: the released bytes with their media type) or `notice` (JSON with
ids, digest and links, nothing of the plan). Every attempt posts the same bytes under the same id.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Final

from hub.errors import Trouble
from hub.ids import new_id

if TYPE_CHECKING:
    from hub.channels.posting import Poster
    from hub.ports import Endpoint, Look, Parcel, Proof

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
_LINK: Final = re.compile(r"https?://[!-~]+")


class Webhook:
    """The `Channel` of endpoints of kind `webhook`."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def send(self, parcel: Parcel, endpoint: Endpoint) -> Proof:
        """Post the parcel once; see `Poster.post` for what each answer means."""
        body = endpoint.options.get("body", "document")
        if body == "document":
            return await self._poster.post(
                endpoint, parcel.delivery, _document_headers(parcel), parcel.content
            )
        if body == "notice":
            headers = {"content-type": "application/json"}
            return await self._poster.post(endpoint, parcel.delivery, headers, _notice(parcel))
        raise Trouble(
            "permanent", "bad_option", "the endpoint's `body` must be `document` or `notice`"
        )

    async def probe(self, endpoint: Endpoint) -> Look:
        """Post a signed ping with nothing in it but the endpoint's id; any 2xx says it works."""
        told = {"type": "ping", "endpoint": endpoint.id}
        body = json.dumps(told, separators=(",", ":")).encode()
        headers = {"content-type": "application/json", "icp-ping": "1"}
        return await self._poster.ping(endpoint, new_id("png"), headers, body)


def _document_headers(parcel: Parcel) -> dict[str, str]:
    """Return type, name, digest (RFC 9530), links (RFC 8288) and our ids of the posted document."""
    digest = base64.b64encode(bytes.fromhex(parcel.digest)).decode()
    name = _UNSAFE.sub("_", parcel.file_name) or "document"
    headers = {
        "content-type": parcel.media_type,
        "content-disposition": f'attachment; filename="{name}"',
        "content-digest": f"sha-256=:{digest}:",
        "icp-delivery": parcel.delivery,
    }
    if "release" in parcel.links:
        headers["icp-release"] = parcel.links["release"]
    links = [
        f'<{url}>; rel="{rel}"' for rel, url in sorted(parcel.links.items()) if _LINK.fullmatch(url)
    ]
    return {**headers, "link": ", ".join(links)} if links else headers


def _notice(parcel: Parcel) -> bytes:
    data = {
        "delivery": parcel.delivery,
        "sha256": parcel.digest,
        "size": len(parcel.content),
        "media_type": parcel.media_type,
        "links": dict(sorted(parcel.links.items())),
    }
    return json.dumps({"type": "icp.delivery", "data": data}, separators=(",", ":")).encode()
