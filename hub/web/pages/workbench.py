"""The workbench of integration staff: a sample beside the plan it reads as, and its mapping.

A sample is what they bring themselves: read in the sandbox, kept in memory for their session only
(`hub.web.workbench`); the ledger holds that one was read, and nothing of it. An edited profile is
tried the same way; `adopting` proposes one and puts it in force. Addresses hold identifiers only.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.canonical.source import Source
from hub.errors import Refused
from hub.web.guards import allowed
from hub.web.headers import file_name
from hub.web.identity import csrf_of
from hub.web.multipart import OneFile
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, ours
from hub.web.workbench.fields import changes, owners, sections
from hub.web.workbench.looking import GENERIC, looked
from hub.web.workbench.samples import EACH, LARGEST, Looked, Sample
from hub.web.world import World, world_of

PATH = "/workbench"
ROUTER = APIRouter(prefix=PATH, include_in_schema=False)
Staff = Annotated[Actor, allowed(roles=("integration",))]
Chosen = Annotated[int | None, Query(ge=0, le=99)]
_LONGEST_PROFILE = 256 * 1024
_MOST_CHANGES = 300


@ROUTER.get("")
async def bench(request: Request, actor: Staff) -> Response:
    """Show the form that takes a sample, and the samples of this session."""
    _ = actor
    return await _begun(request)


@ROUTER.post("")
async def put(request: Request, actor: Staff) -> Response:
    """Take a sample from the browser, read it, and show it; that it was read is recorded."""
    try:
        form, content = await _received(request)
        world, sender = world_of(request), form.fields.get("sender", "")
        name = await _sender_name(world, sender)
        bindings = (await world.bindings(sender) if sender else ()) or GENERIC
        document = (content, file_name(form.name), sender)
        async with world.limits.reading:
            first = await looked(world.reader, bindings, document)
    except Refused as refusal:
        return await _begun(request, refusal)
    on, text = first.bench.bound, first.bench.profile
    sample = Sample(
        *(csrf_of(request), sender, name, document[1], content, tuple(bindings)),
        *(first, first, world.clock.now()),
        *(on if text else "", text),
    )
    world.samples.put(sample)
    await world.desk.note(actor, "sample.read", sample.id, sender=sender, bytes=len(content))
    return back(f"{PATH}/{sample.id}")


@ROUTER.get("/{sample}")
async def show(request: Request, actor: Staff, sample: str, profile: Chosen = None) -> Response:
    """Show a sample: its source, the plan, the mapping; `profile` chooses whose is edited."""
    _ = actor
    kept = kept_sample(request, sample)
    profiles = kept.first.bench.profiles
    if profile is not None and profile < len(profiles) and kept.now is kept.first:
        kept.on, _name, kept.text = profiles[profile]
    now = kept.now
    plans = [
        sections(plan, links, number)
        for number, (plan, links) in enumerate(
            zip(now.reading.plans, now.bench.links, strict=True), start=1
        )
    ]
    differing = changes(kept.first, now) if now is not kept.first else []
    return page(
        request,
        "workbench.html",
        sample=kept,
        now=now,
        tried=now is not kept.first,
        plans=plans,
        owners=owners(plans),
        states=_states(now.bench.source),
        findings=list(zip(now.reading.findings, _spots(now), strict=True)),
        tally=now.reading.coverage,
        changes=differing[:_MOST_CHANGES],
        counted={k: sum(c.kind == k for c in differing) for k in ("gained", "lost", "changed")},
        profiles=profiles,
        on_name=next((name for path, name, _text in profiles if path == kept.on), ""),
    )


@ROUTER.get("/{sample}/pages/{number}")
async def picture(request: Request, actor: Staff, sample: str, number: str) -> Response:
    """Return the picture of one page, as the sandboxed child drew it."""
    _ = actor
    parts = kept_sample(request, sample).now.bench.source.parts
    pictures = {str(n): part.image for n, part in enumerate(parts, start=1) if part.image}
    if number not in pictures:
        raise nothing()
    return Response(pictures[number], media_type="image/png")


@ROUTER.post("/{sample}")
async def again(request: Request, actor: Staff, sample: str) -> Response:
    """Read the sample again with the profile in the form."""
    _ = actor
    kept, world = kept_sample(request, sample), world_of(request)
    kept.text, kept.left = await profile_of(request), []
    if kept.text.strip():
        document = (kept.content, kept.name, kept.sender)
        async with world.limits.reading:
            kept.now = await looked(world.reader, kept.bindings, document, kept.on, kept.text)
    return back(f"{PATH}/{sample}")


@ROUTER.post("/{sample}/reset")
async def reset(request: Request, actor: Staff, sample: str) -> Response:
    """Go back to how the sender's bound adapters read it."""
    _ = actor
    kept = kept_sample(request, sample)
    kept.now = kept.first
    kept.on, kept.text = kept.first.bench.bound, kept.first.bench.profile
    return back(f"{PATH}/{sample}")


@ROUTER.post("/{sample}/download")
async def download(request: Request, actor: Staff, sample: str) -> Response:
    """Return the profile in the form as a file to keep."""
    _ = actor
    kept_sample(request, sample)
    headers = {"content-disposition": 'attachment; filename="profile.yaml"'}
    return Response(await profile_of(request), headers=headers, media_type="application/yaml")


@ROUTER.post("/{sample}/forget")
async def forget(request: Request, actor: Staff, sample: str) -> Response:
    """Forget a sample at once."""
    _ = actor
    world_of(request).samples.forget(ours(sample), csrf_of(request))
    return back(PATH)


def kept_sample(request: Request, sample: str) -> Sample:
    """Return a sample of this session; `Refused` 404 for any other."""
    world = world_of(request)
    return world.samples.get(ours(sample), csrf_of(request), world.clock.now())


async def _begun(request: Request, refusal: Refused | None = None) -> Response:
    world = world_of(request)
    return page(
        request,
        "workbench_begin.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        senders=await world.desk.ask("console_senders", None),
        samples=world.samples.of(csrf_of(request), world.clock.now()),
        most=min(LARGEST, world.settings.max_bytes),
        each=EACH,
    )


async def _sender_name(world: World, sender: str) -> str:
    """Return the name of a sender; `Refused` 422 for one that is none."""
    if not sender:
        return ""
    rows = await world.desk.ask("console_senders", None)
    found = next((str(row["name"]) for row in rows if row["id"] == sender), "")
    if not found:
        raise Refused("unknown_sender", "choose a sender of the list", status=422)
    return found


async def _received(request: Request) -> tuple[OneFile, bytes]:
    """Return the form and its file's bytes; `Refused` 400, 413."""
    form, parts, size = OneFile(request.headers.get("content-type", "")), [], 0
    most = min(LARGEST, world_of(request).settings.max_bytes)
    async for chunk in request.stream():
        for data in form.feed(chunk):
            size += len(data)
            if size > most:
                raise Refused("too_large", f"a sample has at most {most} bytes", status=413)
            parts.append(data)
    form.end()
    if not size:
        raise Refused("empty", "the file has no bytes; choose another")
    return form, b"".join(parts)


async def profile_of(request: Request) -> str:
    """Return the profile in the form; `Refused` 413 for one that is too long."""
    text = str((await request.form()).get("profile", "")).replace("\r\n", "\n")
    if len(text) > _LONGEST_PROFILE:
        raise Refused("too_large", "a profile has at most 256 KB", status=413)
    return text


def _spots(now: Looked) -> tuple[str, ...]:
    """Return the spot of each finding; those the sandbox added itself have none."""
    given = now.bench.findings
    return (*given, *[""] * (len(now.reading.findings) - len(given)))[: len(now.reading.findings)]


def _states(source: Source) -> dict[str, int]:
    """Return how many spots there are of each state."""
    counted: dict[str, int] = {}
    for spot in (spot for part in source.parts for row in part.rows for spot in row.spots):
        counted[spot.state] = counted.get(spot.state, 0) + 1
    return counted
