"""The directory's forms: an organisation, contact, endpoint or routing rule, made or corrected.

Only operations change it, at once or on a day to come (`directory_plans`). A form carries the
number of the newest change it was made from: one that was overtaken is told so. What would leave a
practice unreached is shown first and asked about.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, cast

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.ids import new_id
from hub.provider_directory.comparing import said as said_of
from hub.provider_directory.entries import (
    ContactEntry,
    DirectoryFile,
    Entry,
    Kind,
    file_of,
    organisation_of,
    plain,
)
from hub.provider_directory.keeping import Proposed
from hub.provider_directory.planning import DATED
from hub.web.guards import allowed
from hub.web.pages import directory_words as words
from hub.web.pages.comparison import shown_outcome
from hub.web.pages.directory_fields import STANDS_IN, row_of, seen_in, sheet
from hub.web.pages.directory_plans import coming
from hub.web.pages.filled import Form, form_of
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, ours
from hub.web.world import directory_of, world_of

if TYPE_CHECKING:
    from hub.provider_directory.keeping import Outcome

ROUTER = APIRouter(prefix="/directory", include_in_schema=False)
Keeper = Annotated[Actor, allowed(roles=("operations",))]
NEW = "new"
REASON = 500
STARTS = "planned-from"
_PREFIX = {"contact": "con", "endpoint": "end", "rule": "rul"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a form is about: whose row of which kind; `entry` is None for a new one."""

    organisation: str
    kind: Kind
    noun: str
    known: DirectoryFile
    entry: Entry | None

    @property
    def dated(self) -> bool:
        """Say whether the row's change may be planned for a day to come."""
        return self.entry is not None and self.kind in DATED

    @property
    def path(self) -> str:
        """Return the form's address."""
        return f"/directory/organisations/{self.organisation}/{self.kind}/{self.noun}"


@ROUTER.get("/organisations/{organisation}/{kind}/{noun}")
async def ask(request: Request, actor: Keeper, organisation: str, kind: str, noun: str) -> Response:
    """Show the form of a row, or of a new one."""
    _ = actor
    return await _shown(request, await _subject(request, organisation, kind, noun))


@ROUTER.post("/organisations/{organisation}/{kind}/{noun}")
async def change(
    request: Request, actor: Keeper, organisation: str, kind: str, noun: str
) -> Response:
    """Change a row, or add one; what it would leave unreached is asked about first."""
    subject = await _subject(request, organisation, kind, noun)
    form = await form_of(request)
    try:
        fields = sheet(subject.kind, subject.known, subject.entry, None).fields()
        entry = row_of(form, subject.kind, fields, _base(subject))
        reason = form.text("reason", "Why", longest=REASON, wanted=True)
        key = (subject.kind, getattr(entry, "id", ""))
        _free(subject, key)
        proposed = Proposed(
            file_of(*_with_first(form, subject, entry)),
            reason=reason,
            seen={key: seen_in(form)},
            sure=form.ticked("sure"),
        )
        starts = form.day(STARTS, "From") if subject.dated else None
        if starts is not None:
            await directory_of(request).plan(actor, proposed, starts)
        else:
            await directory_of(request).change(actor, proposed)
    except Refused as refusal:
        if refusal.status not in {409, 422}:
            raise
        return await _shown(request, subject, refusal, form.typed())
    done = "kept" if starts is None else "planned"
    return back(f"/directory/organisations/{organisation_of(entry)}", done)


async def _subject(request: Request, organisation: str, kind: str, noun: str) -> Subject:
    """Return what an address asks for; `Refused` 404 when there is no such row."""
    if kind not in words.ROWS or kind == "binding":
        raise nothing()
    known = await directory_of(request).standing(ours(organisation))
    rows = known.rows()
    if ("organisation", organisation) not in rows and (organisation, noun) != (NEW, NEW):
        raise nothing()
    entry = rows.get((cast("Kind", kind), ours(noun)))
    mine = entry is not None and organisation_of(entry) == organisation
    if not mine and (noun != NEW or (organisation == NEW) != (kind == "organisation")):
        raise nothing()
    return Subject(organisation, cast("Kind", kind), noun, known, entry)


def _base(subject: Subject) -> dict[str, Any]:
    if subject.entry is not None:
        return cast("dict[str, Any]", msgspec.to_builtins(subject.entry))
    if subject.kind == "organisation":
        return {}
    return {"id": new_id(_PREFIX[subject.kind]), "organisation": subject.organisation}


def _with_first(form: Form, subject: Subject, entry: Entry) -> tuple[Entry, ...]:
    """Return a row, and for a new backup the contact it stands in for, whose backup it becomes.

    A backup that contact had before comes after the new one.
    """
    first = subject.known.rows().get(("contact", form.text(STANDS_IN, "Backup of")))
    if subject.entry is not None or not isinstance(first, ContactEntry):
        return (entry,)
    if not isinstance(entry, ContactEntry) or first.organisation != entry.organisation:
        return (entry,)
    behind = entry.backup or first.backup
    return (
        msgspec.structs.replace(entry, backup=behind),
        msgspec.structs.replace(first, backup=entry.id),
    )


def _free(subject: Subject, key: tuple[Kind, str]) -> None:
    """Refuse a new row under an id that there is already."""
    if subject.entry is None and key in subject.known.rows():
        raise Refused("taken", "there is an organisation with this id already", status=422)


async def _shown(
    request: Request,
    subject: Subject,
    refusal: Refused | None = None,
    typed: dict[str, list[str]] | None = None,
) -> Response:
    desk = world_of(request).desk
    said = await desk.ask("directory_words", None) if subject.kind == "rule" else []
    outcome = cast("Outcome | None", refusal.extra.get("outcome") if refusal else None)
    stale = refusal is not None and refusal.code == "stale"
    seen = await directory_of(request).seen(subject.kind, subject.noun)
    given = (typed or {}).get("seen", [str(seen)])
    now = plain(subject.entry) if stale and subject.entry else {}
    names = {one.id: one.name for one in subject.known.organisations}
    return page(
        request,
        "directory_form.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        subject=subject,
        sheet=sheet(subject.kind, subject.known, subject.entry, typed),
        outcome=shown_outcome(outcome) if outcome else None,
        seen=str(seen) if stale else given[0],
        reason=(typed or {}).get("reason", [""])[0],
        starts=(typed or {}).get(STARTS, [""])[0],
        tomorrow=(world_of(request).clock.now().date() + timedelta(days=1)).isoformat(),
        planned=await coming(request, subject.organisation, subject.noun) if subject.entry else [],
        now=[(name, said_of(value)) for name, value in now.items() if name != "address"],
        names=names,
        words=[(row["field"], row["word"]) for row in said],
        say=words.word,
    )
