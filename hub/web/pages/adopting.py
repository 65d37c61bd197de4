"""From the workbench into force: a proposal, a trial on stored traffic, an activation, a way back.

Integration staff come here from a sample on their bench. `hub.adopting` does the work, as for
`icp-hub adapters`; a trial is done by a worker and kept as a row, without a value of any document.
Nothing goes live that was not tried word for word before.
"""

import json
from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.adopting import accepting, trying, working
from hub.adopting.proposing import drafted, outliner
from hub.asked import Actor
from hub.canonical import Document
from hub.errors import Misconfigured, Refused, Unreadable
from hub.web.guards import allowed
from hub.web.pages.shell import back, page
from hub.web.pages.workbench import PATH, kept_sample, profile_of
from hub.web.replies import ours
from hub.web.world import adopting_of, world_of

ROUTER = APIRouter(include_in_schema=False)
PROFILES = "/integration/profiles"
TRIALS = "/integration/trials"
Staff = Annotated[Actor, allowed(roles=("integration",))]
_MOST, _USUAL = 200, 50
_SHOWN = 20
_DIGITS = 4
_LONGEST_NAME = 64


@ROUTER.post(PATH + "/{sample}/proposal")
async def propose(request: Request, actor: Staff, sample: str) -> Response:
    """Put a first profile into the form, proposed from the sample's labels and headings."""
    _ = actor
    kept, world = kept_sample(request, sample), world_of(request)
    document = Document(kept.content, kept.name, "", "", kept.sender)
    async with world.limits.reading:
        _, reading = await world.reader.read((outliner(),), document)
    stem = kept.sender.removeprefix("mco-") or "profile"
    try:
        kept.text, kept.left = drafted([(kept.name, reading)], stem, kept.sender or "mco-new")
    except Unreadable as error:
        raise Refused(error.code, error.detail, status=422) from None
    kept.on = ""
    return back(f"{PATH}/{kept.id}#mapping")


@ROUTER.post(PATH + "/{sample}/accepted")
async def accepted(request: Request, actor: Staff, sample: str) -> Response:
    """Return today's reading of the sample as a file to keep beside the profile."""
    _ = actor
    kept = kept_sample(request, sample)
    found = accepting.kept(kept.now.reading, kept.name, kept.content)
    text = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    headers = {"content-disposition": 'attachment; filename="accepted.json"'}
    return Response(text, headers=headers, media_type="application/json")


@ROUTER.post(PATH + "/{sample}/trial")
async def start(request: Request, actor: Staff, sample: str) -> Response:
    """Have the sender's stored documents read by the profile in the form, in the background."""
    kept = kept_sample(request, sample)
    kept.text = await profile_of(request)
    asked = str((await request.form()).get("last", ""))
    last = min(max(int(asked[:_DIGITS]), 1), _MOST) if asked.isdecimal() else _USUAL
    try:
        trial = await working.asked(adopting_of(request), kept.sender, kept.text, last, actor.id)
    except (Refused, Misconfigured) as error:
        return page(request, "workbench_trial.html", 422, alert=str(error), sample=kept)
    return back(f"{TRIALS}/{trial}")


@ROUTER.get(TRIALS + "/{trial}")
async def show(request: Request, actor: Staff, trial: str) -> Response:
    """Show how far a trial is, or what the profile would gain, lose and change."""
    _ = actor
    hub = adopting_of(request)
    one = await hub.trials.one(ours(trial))
    done = await working.reopened(one) if one.state == "done" else None
    found = done.difference if done else None
    return page(
        request,
        "profile_trial.html",
        one=one,
        trial=done,
        found=found,
        fields=sorted(found.fields.items()) if found else [],
        totals=found.totals() if found else (0, 0, 0),
    )


@ROUTER.post(TRIALS + "/{trial}/activation")
async def activate(request: Request, actor: Staff, trial: str) -> Response:
    """Put the profile in force that was tried, if it is still the one that was shown."""
    hub, shown = adopting_of(request), str((await request.form()).get("digest", ""))
    one = await hub.trials.one(ours(trial))
    if one.state != "done" or one.digest != shown:
        raise Refused("not_tried", "try this profile on stored documents first", status=409)
    await trying.put(hub, await working.reopened(one), actor.id)
    return back(PROFILES, "activated")


@ROUTER.get(PROFILES)
async def profiles(request: Request, actor: Staff) -> Response:
    """List adapters and profiles by sender, with the way back beside each that is in force."""
    _ = actor
    hub = adopting_of(request)
    tried = await hub.trials.newest(_SHOWN)
    return page(request, "profiles.html", rows=await trying.listed(hub, ""), trials=tried)


@ROUTER.post(PROFILES)
async def roll_back(request: Request, actor: Staff) -> Response:
    """Take the profile that was shown in force back, for the one before or the directory's own."""
    form = await request.form()
    told = [str(form.get(key, ""))[:_LONGEST_NAME] for key in ("mco", "profile", "digest")]
    if not all(told):
        raise Refused("no_profile", "choose a profile of the list", status=422)
    mco, name, shown = told
    await trying.rolled_back(adopting_of(request), mco, name, actor.id, shown)
    return back(PROFILES, "rolled_back")
