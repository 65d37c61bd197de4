"""Notifications of FHIR Subscriptions: ids alone, in the form of the Subscriptions Backport (R4).

The notice machinery sends by it to `status` endpoints that a Subscription made. Every attempt has
the same webhook-id and is signed; the subscriber's own headers go along. Nothing of a plan, no name
and no state's reason is in it: who is told reads the Task, under their own credential.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

if TYPE_CHECKING:
    from hub.audit import Event
    from hub.channels.posting import Poster
    from hub.ports import Endpoint, Proof

TOPIC: Final = "urn:icp:topic:deliveries"


class FhirNotifier:
    """Tells a subscriber that something of theirs changed."""

    def __init__(self, poster: Poster, public_url: str) -> None:
        self._poster = poster
        self._root = public_url.rstrip("/") + "/fhir/"

    async def notify(self, endpoint: Endpoint, notice: str, number: int, event: Event) -> Proof:
        """Post one notification; `notice` is its webhook-id, `number` its place among all."""
        bundle = notification(self._root, endpoint, notice, number, event)
        body = json.dumps(bundle, separators=(",", ":"), sort_keys=True).encode()
        given: dict[str, str] = json.loads(endpoint.secrets.get("headers", "{}"))
        headers = {**given, "content-type": "application/fhir+json"}
        return await self._poster.post(endpoint, notice, headers, body)


def notification(
    root: str, endpoint: Endpoint, notice: str, number: int, event: Event
) -> dict[str, Any]:
    """Return the Bundle: a SubscriptionStatus as Parameters, then what changed by its address."""
    kind = endpoint.options.get("criteria", "Task").partition("?")[0]
    focus = f"{kind}/{event.noun.replace('_', '-')}"
    subscription = f"{root}Subscription/{endpoint.id.replace('_', '-')}"
    at = event.at.isoformat()
    told = [
        {"name": "event-number", "valueString": str(number)},
        {"name": "timestamp", "valueInstant": at},
        {"name": "focus", "valueReference": {"reference": f"{root}{focus}"}},
    ]
    status = {
        "resourceType": "Parameters",
        "id": str(uuid5(NAMESPACE_URL, f"urn:icp:notice:{notice}")),
        "parameter": [
            {"name": "subscription", "valueReference": {"reference": subscription}},
            {"name": "topic", "valueCanonical": TOPIC},
            {"name": "status", "valueCode": "active"},
            {"name": "type", "valueCode": "event-notification"},
            {"name": "notification-event", "part": told},
        ],
    }
    return {
        "resourceType": "Bundle",
        "type": "history",
        "timestamp": at,
        "entry": [
            {
                "fullUrl": f"urn:uuid:{status['id']}",
                "resource": status,
                "request": {"method": "GET", "url": f"{subscription}/$status"},
                "response": {"status": "200"},
            },
            {
                "fullUrl": f"{root}{focus}",
                "request": {"method": "GET", "url": focus},
                "response": {"status": "200"},
            },
        ],
    }
