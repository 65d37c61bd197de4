"""Errors by who can mend them. Every part of the hub raises these; nothing here imports anything.

`Refused` the caller, `Unreadable` the document, `Trouble` the world, `Misconfigured` the operator.
Anything else that is raised is ours. No message ever holds member data or an outside party's
text: only class names, identifiers we made, places, and what to do next.
"""

from __future__ import annotations

from typing import Literal

Kind = Literal["transient", "ambiguous", "permanent"]


class HubError(Exception):
    """An error whose message is safe to show to the person named by its class."""


class Refused(HubError):
    """The caller can mend it: `status` is the HTTP answer, `code` a stable machine word."""

    def __init__(self, code: str, detail: str, *, status: int = 400, **extra: object) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = status
        self.extra = extra


class Unreadable(HubError):
    """The document can't be read: it is quarantined with `code` as its finding."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Trouble(HubError):
    """The world failed: `transient` is retried, `ambiguous` never blindly, `permanent` given up."""

    def __init__(
        self, kind: Kind, code: str, detail: str, *, retry_after: float | None = None
    ) -> None:
        super().__init__(detail)
        self.kind: Kind = kind
        self.code = code
        self.detail = detail
        self.retry_after = retry_after


class Misconfigured(HubError):
    """The operator can mend it: `setting` names what to change. The hub refuses to start."""

    def __init__(self, setting: str, detail: str) -> None:
        super().__init__(f"`{setting}`: {detail}")
        self.setting = setting
        self.detail = detail
