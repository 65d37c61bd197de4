"""What a renderer is told besides the plan, and what it gives back.

The release step builds a `Cover` from its decision; every renderer (C-CDA, PDF, JSON) writes the
same facts from it. Nothing here decides anything: what may leave was settled before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # part of public signatures read at run time
from typing import Literal

from hub.canonical import Party, Sealed

Confidentiality = Literal["N", "R", "V"]

WITHHELD = "Withheld under the release on file"
"""The one neutral line for everything withheld (STANDARDS 1.7): it names no category."""

WITHDRAWN = "Withdrawn by its sender: act neither on it nor on an earlier version"
"""What a plan whose status is `revoked` says to its reader before anything else."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Cover(Sealed):
    """The facts of one release: to whom, under what, and which version it stands for.

    `document_id` is a UUID, `released_on` an aware instant. `custodian` is the MCO and `recipient`
    the designated contact with their organisation. `notices` are the notice texts the law asks for,
    whole, in the order to show them. `sensitivities` are house category words (`sud`, `hiv`,
    `mental_health`, `sdv`, `std`) of what is *inside* the released content, never of what was
    withheld. `replaces` is the set id, version and document id of the release before.
    """

    release_id: str
    document_id: str
    set_id: str
    version: int
    released_on: datetime
    custodian: Party
    recipient: Party
    notices: tuple[str, ...] = ()
    consent_scope: str | None = None
    withheld: bool = False
    confidentiality: Confidentiality = "N"
    sensitivities: tuple[str, ...] = ()
    part2: bool = False
    reply_url: str | None = None
    replaces: tuple[str, int, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Rendered(Sealed):
    """One rendered release: the exact bytes, their media type, and a file name without PHI."""

    content: bytes
    media_type: str
    file_name: str
