"""The one error of the profile language: the profile's author can mend it.

Raised while a profile is loaded, never while a document is read. It names the key, and holds no
member data, since a profile has none.
"""

from __future__ import annotations


class ProfileError(ValueError):
    """A profile that can't be used: `key` says where in the YAML, the message what to change."""

    def __init__(self, key: str, detail: str) -> None:
        super().__init__(f"`{key}`: {detail}")
        self.key = key
        self.detail = detail
