"""Which verified contacts a change would lead elsewhere: what was verified is not what would stand.

The store asks before it changes anything. A contact is verified as a person at a place: under a new
name, mail or endpoint, or with its endpoint at a new address, the old day says nothing. A person
gives a new day or says that the change is meant; plans never go to a place nobody looked at in
silence. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.provider_directory.checking import PLANS, Remark
from hub.provider_directory.entries import ContactEntry, EndpointEntry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.provider_directory.entries import Entry, Kind

    Rows = Mapping[tuple[Kind, str], Entry]

_WHO = {"name": "name", "email": "mail", "endpoint": "endpoint"}
_WHERE = {"kind": "channel", "address": "address"}


def moved(before: Rows, after: Rows) -> tuple[Remark, ...]:
    """Return what asks to be verified anew, contact by contact, in the order of the rows."""
    return tuple(_moved(before, after))


def _moved(before: Rows, after: Rows) -> Iterator[Remark]:
    for key, now in after.items():
        was = before.get(key)
        if not isinstance(was, ContactEntry) or not isinstance(now, ContactEntry):
            continue
        if now.verified_on is None or now.verified_on != was.verified_on:
            continue
        changed = [said for name, said in _WHO.items() if getattr(was, name) != getattr(now, name)]
        changed += _led(before, after, was) if was.endpoint == now.endpoint else []
        if changed and set(now.roles) & set(PLANS):
            yield Remark("ask", "contact", now.id, "verified_before", _words(now, changed))


def _led(before: Rows, after: Rows, one: ContactEntry) -> Iterator[str]:
    """Yield what is new about where a contact's endpoint leads."""
    key: tuple[Kind, str] = ("endpoint", one.endpoint or "")
    was, now = before.get(key), after.get(key)
    if isinstance(was, EndpointEntry) and isinstance(now, EndpointEntry):
        for name, said in _WHERE.items():
            if getattr(was, name) != getattr(now, name):
                yield f"endpoint's {said}"


def _words(one: ContactEntry, changed: list[str]) -> str:
    what = " and ".join(changed)
    return f"verified on {one.verified_on}, before its {what} changed: verify it and give a new day"
