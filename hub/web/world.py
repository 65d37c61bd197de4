"""What the web application needs of the world, as one frozen value that `hub.main` fills.

Every field is a protocol or a plain value, so that tests may put doubles in. Handlers get it with
`world_of(request)`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, cast

from consent.records import Policy
from hub.errors import Refused
from hub.web.limits import Limits
from hub.web.workbench.counting import Counts
from hub.web.workbench.samples import Samples

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import HTTPConnection

    from hub import asked, intake
    from hub.adopting.working import Tries
    from hub.consents.ports import Consents
    from hub.copies import Copies
    from hub.labels.asking import Labels
    from hub.linking import Linking
    from hub.officer import Officer
    from hub.ports import Binding, Clock, Reader, Vault
    from hub.provider_directory.keeping import Directory
    from hub.requests.nouns import Requests
    from hub.returning import Returning
    from hub.settings import Settings
    from hub.treating import Treating
    from hub.web.fhir.subscriptions import Subscriptions
    from hub.worklist import Worklist


_Part = TypeVar("_Part")


@dataclass(frozen=True, slots=True)
class World:
    """Everything the web asks: stores, the inbox that takes submissions, the guarded reader.

    `bindings` returns the adapters bound to a sender (for dry runs). `limits` are this process' own
    counters, `samples` what lies on its workbench; fresh ones are made when none are given.
    `policy` is what releases are decided by: every page and route asks with it.
    """

    settings: Settings
    clock: Clock
    inbox: intake.Desk
    desk: asked.Desk
    people: asked.People
    credentials: asked.Credentials
    reception: asked.Reception
    plans: asked.Plans
    confirming: asked.Confirming
    registry: Consents
    rosters: asked.Rosters
    reader: Reader
    vault: Vault
    bindings: Callable[[str], Awaitable[tuple[Binding, ...]]]
    limits: Limits = field(default_factory=Limits)
    samples: Samples = field(default_factory=Samples)
    counts: Counts = field(default_factory=Counts)
    filling: asked.Filling | None = None
    officer: Officer | None = None
    labels: Labels | None = None
    worklist: Worklist | None = None
    returning: Returning | None = None
    requests: Requests | None = None
    linking: Linking | None = None
    copies: Copies | None = None
    subscriptions: Subscriptions | None = None
    policy: Policy = field(default_factory=Policy)
    directory: Directory | None = None
    treating: Treating | None = None
    adopting: Tries | None = None


def officer_of(request: HTTPConnection) -> Officer:
    """Return the privacy officer's desk; `Refused` 503 where none was wired."""
    return _wired(world_of(request).officer, "the privacy officer's desk")


def worklist_of(request: HTTPConnection) -> Worklist:
    """Return the practices' worklist; `Refused` 503 where none was wired."""
    return _wired(world_of(request).worklist, "the worklist")


def returning_of(request: HTTPConnection) -> Returning:
    """Return what keeps return codes; `Refused` 503 where none was wired."""
    return _wired(world_of(request).returning, "return codes")


def requests_of(request: HTTPConnection) -> Requests:
    """Return requests between organisations; `Refused` 503 where none were wired."""
    return _wired(world_of(request).requests, "requests")


def directory_of(request: HTTPConnection) -> Directory:
    """Return the directory as people keep it; `Refused` 503 where none was wired."""
    return _wired(world_of(request).directory, "the directory")


def treating_of(request: HTTPConnection) -> Treating:
    """Return who treats whom; `Refused` 503 where that was not wired."""
    return _wired(world_of(request).treating, "treating relationships")


def adopting_of(request: HTTPConnection) -> Tries:
    """Return what tries profiles and puts them in force; `Refused` 503 where none was wired."""
    return _wired(world_of(request).adopting, "profiles")


def copies_of(request: HTTPConnection) -> Copies:
    """Return what keeps members' copies; `Refused` 503 where none was wired."""
    return _wired(world_of(request).copies, "members' copies")


def linking_of(request: HTTPConnection) -> Linking:
    """Return what reads the links of mails; `Refused` 503 where none was wired."""
    return _wired(world_of(request).linking, "links")


def world_of(request: HTTPConnection) -> World:
    """Return the world the application was created with."""
    return cast("World", request.app.state.world)


def _wired(found: _Part | None, what: str) -> _Part:
    if found is None:
        raise Refused("unavailable", f"not wired: {what}", status=503)
    return found
