"""Labels by API: what each element of a plan is labelled and why, raised or lowered by a person.

`hub.web.application` includes `ROUTER`. The sender and the privacy officer see and raise; only the
officer lowers, with a reason (HR-21). Recipients never learn of labels here: they get what is left.
"""

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.labels.asking import Labels, LabelWish
from hub.web.guards import allowed
from hub.web.openapi import shown
from hub.web.replies import Body, Prose, Word, ours, reply
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/v1", tags=["labels"])
Reads = Annotated[Actor, allowed(scopes=("submissions.read",), roles=("mco", "privacy"))]
Raises = Annotated[Actor, allowed(scopes=("submissions.write",), roles=("mco", "privacy"))]


class Change(Body):
    """A change of one element's label; `digest` is the element's as it was listed."""

    direction: Literal["raise", "lower"]
    element: Annotated[str, Field(min_length=2, max_length=200, pattern=r"^/[a-z0-9_/]+$")]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    categories: Annotated[tuple[Word, ...], Field(min_length=1, max_length=20)]
    reason: Prose = ""


@ROUTER.get("/plans/{plan}/labels", responses=shown("labels"))
async def read_labels(request: Request, actor: Reads, plan: str) -> Response:
    """List a plan's elements with their labels and what each label stands on."""
    found = await _labels(request).of_plan(actor, ours(plan))
    return reply({"plan": plan, "elements": [asdict(one) for one in found]})


@ROUTER.post("/plans/{plan}/labels", responses=shown("label_changed"))
async def change_label(request: Request, actor: Raises, plan: str, given: Change) -> Response:
    """Raise an element's label, or as a privacy officer lower it with a reason.

    What is held or queued is decided again; the answer counts it, and what had left before.
    """
    wish = LabelWish(given.direction, given.element, given.digest, given.categories, given.reason)
    effect = await _labels(request).change(actor, ours(plan), wish)
    return reply({"plan": plan, "element": given.element, **asdict(effect)})


def _labels(request: Request) -> Labels:
    labels = world_of(request).labels
    if labels is None:
        raise Refused("not_found", "there is nothing here", status=404)
    return labels
