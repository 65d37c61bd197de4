"""A trial of a profile over a sender's stored documents, as the store and the console know it.

`hub.adopting.working` makes and does it, `hub.store.trials` keeps it. It holds no value of any
document.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # part of public signatures read at run time
from typing import Literal


@dataclass(frozen=True, slots=True)
class AskedTrial:
    """A profile's trial over a sender's newest `last` documents, and how far it is: a row.

    `found` is JSON of counts, names of fields and ids; `says` why it was refused or failed.
    """

    id: str
    mco: str
    name: str
    version: str
    digest: str
    text: str
    last: int
    actor: str
    made_at: datetime
    state: Literal["waiting", "done", "refused", "failed"] = "waiting"
    done: int = 0
    whole: int = 0
    maker: str = ""
    replaces: str = ""
    before: str = ""
    found: str | None = None
    says: str = ""
    fence: int = 0
    attempts: int = 0
