"""A hub's consent policy as a file: every switch a privacy officer turned, who did it, and why.

`read_policy` reads one TOML text and `PolicyFile.over` lays it over the default `Policy`; the hub
does so once at start. Strict: an unknown word, a missing owner or reason, or an entry that could
have no effect is refused, since a misspelt policy must not pass as silence.
`docs/consent-policy.md` says how to write one.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from consent import terms
from consent.checking import PURPOSES
from consent.officers import OPENED, AuditGrant, Exemption, Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consent.packs import Clause
    from consent.records import Policy

SWITCHES: dict[str, tuple[type, str]] = {
    "approval_after_days": (int, "days a signature may be older than its record (HR-20)"),
    "emergency_hours": (int, "hours a declared emergency opens what it may (P2-12, P2-13)"),
    "intermediary": (str, "the hub's id, where it is an intermediary (HR-08)"),
    "short_part2_notice": (bool, "statement 2 of 42 CFR 2.32(a) in place of statement 1"),
    "strip_confidential_addresses": (bool, "confidential addresses leave every release (HR-19)"),
    "written_mental_health": (list, "organisations whose records need a written consent, or `*`"),
}
"""Every switch a file may turn: the type of its value, and what it means."""

_LISTS: dict[str, tuple[str, type[AuditGrant | Exemption | Requirement]]] = {
    "audit_grant": ("audit_grants", AuditGrant),
    "exemption": ("exemptions", Exemption),
    "required_by": ("required_by", Requirement),
}
_SIGNED = ("owner", "reason")
_NECESSARY = (terms.HPAYMT, terms.HOPERAT, terms.CAREMGT)
"""Purposes that have a minimum necessary set."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision of a policy as people read it: what was set, to what, by whom, and why."""

    what: str
    value: str
    owner: str
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy file that was read: its version, what it changes, and who answers for each part."""

    version: str
    changes: Mapping[str, Any]
    entries: tuple[Entry, ...]

    def over(self, policy: Policy) -> Policy:
        """Return a policy with what the file says laid over it, under the file's version."""
        changes = dict(self.changes)
        necessary = {**policy.necessary, **changes.pop("necessary", {})}
        version = f"{policy.version}+{self.version}"
        return replace(policy, version=version, necessary=necessary, **changes)


def read_policy(text: str, clauses: Iterable[Clause]) -> PolicyFile:
    """Return the policy a TOML text holds; `ValueError` says which entry and word is wrong.

    `clauses` are those of every law pack at hand: an exemption must lift a rule of one of them.
    """
    given = tomllib.loads(text)
    heads = {"version", "switch", "necessary", *_LISTS}
    _known(given, heads, "the policy's head")
    version = str(given.get("version", "")).strip()
    if not version:
        raise ValueError("the policy's head lacks version, a text")
    for name in sorted(heads - {"version"}):
        _entries(given.get(name, []), name)
    exceptions = tuple(one for one in clauses if one.kind == "exception")
    changes: dict[str, Any] = {}
    entries = []
    for one in given.get("switch", ()):
        name, value = _switch(one)
        _once(name, changes)
        changes[name] = value
        entries.append(_entry(one, name, value))
    for one in given.get("necessary", ()):
        purpose, categories = _needed(one)
        _once(purpose, changes.setdefault("necessary", {}))
        changes["necessary"][purpose] = categories
        entries.append(_entry(one, f"necessary for {purpose}", categories))
    for table, (name, kind) in _LISTS.items():
        listed = [_person(table, kind, one, exceptions) for one in given.get(table, ())]
        if len({one.id for one in listed}) < len(listed):
            raise ValueError(f"two entries [[{table}]] share an id; give each its own")
        changes |= {name: tuple(listed)} if listed else {}
        entries += [_listed(table, one) for one in given.get(table, ())]
    return PolicyFile(version, changes, tuple(entries))


def _entries(value: object, name: str) -> None:
    """Refuse a table written once, `[name]`, where a list of entries belongs."""
    if not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
        raise ValueError(f"{name} is written as [[{name}]], once for each entry")


def _switch(given: Mapping[str, Any]) -> tuple[str, Any]:
    name = given.get("name")
    if name not in SWITCHES:
        raise ValueError(f"[[switch]]: name is one of {', '.join(SWITCHES)}")
    where = f"switch {name}"
    _signed(given, ("name", "value"), where)
    kind, _ = SWITCHES[name]
    value = given["value"]
    negative = isinstance(value, int) and value < 0
    if type(value) is not kind or negative:
        words = {int: "a whole number, 0 or more", str: "a text", bool: "true or false"}
        raise ValueError(f"{where}: value is {words.get(kind, 'a list of texts')}")
    return name, _texts(value, where) if kind is list else value


def _needed(given: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    purpose = given.get("purpose")
    if purpose not in _NECESSARY:
        raise ValueError(f"[[necessary]]: purpose is one of {', '.join(_NECESSARY)}")
    where = f"necessary {purpose}"
    _signed(given, ("purpose", "categories"), where)
    categories = _texts(given["categories"], where)
    _known(categories, terms.CATEGORIES - {terms.UNLABELLED}, where)
    return purpose, categories


def _person(
    table: str,
    kind: type[AuditGrant | Exemption | Requirement],
    given: Mapping[str, Any],
    exceptions: tuple[Clause, ...],
) -> Any:  # noqa: ANN401  # one of the three kinds
    """Return a grant, exemption or requirement; each stands between two days, both inside."""
    where = f"{table} {given.get('id') or 'without an id'}"
    wanted = [one.name for one in fields(kind) if one.name != "granted_by"]
    _signed(given, wanted, where)
    held: dict[str, Any] = {"granted_by": given["owner"]}
    for one in wanted:
        value = given[one]
        if one in {"starts", "ends"}:
            _dated(value, f"{where}, {one}")
            held[one] = value
        elif one in {"organisations", "purposes", "categories"}:
            held[one] = _texts(value, f"{where}, {one}")
        elif isinstance(value, str):
            held[one] = value
        else:
            raise ValueError(f"{where}, {one}: is a text")
    if held["ends"] < held["starts"]:
        raise ValueError(f"{where}: it ends before it starts")
    _known(held.get("categories", ()), OPENED, f"{where}, categories")
    _known(held.get("purposes", ()), PURPOSES, f"{where}, purposes")
    if "paragraph" in held:
        _lifts(held["rule"], held["paragraph"], exceptions, where)
    return kind(**held)


def _lifts(rule: str, paragraph: str, exceptions: tuple[Clause, ...], where: str) -> None:
    """Refuse an exemption of a rule that no law opens, or by a paragraph that it doesn't list."""
    may = {word for one in exceptions if one.lifts == rule for word in one.paragraphs}
    if not may:
        rules = ", ".join(sorted({one.lifts for one in exceptions})) or "none of these packs"
        raise ValueError(f"{where}: rule is one that a law's exception lifts: {rules}")
    _known([paragraph], may, f"{where}, paragraph")


def _signed(given: Mapping[str, Any], wanted: Iterable[str], where: str) -> None:
    """Refuse an entry with a word too many or too few; owner and reason are always wanted."""
    names = (*wanted, *_SIGNED)
    _known(given, names, where)
    lacking = [one for one in names if given.get(one) in (None, "", [])]
    lacking = [one for one in lacking if one != "value" or one not in given]
    if lacking:
        raise ValueError(f"{where} lacks {', '.join(lacking)}")
    for one in _SIGNED:
        if not isinstance(given[one], str) or not given[one].strip():
            raise ValueError(f"{where}, {one}: is a text")


def _texts(value: object, where: str) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise ValueError(f"{where}: is a list of texts")
    return frozenset(value)


def _dated(value: object, where: str) -> None:
    if type(value) is not date:
        raise ValueError(f"{where}: is a day, such as 2026-07-01, without quotes")


def _known(given: Iterable[str], words: Iterable[str], where: str) -> None:
    strange = sorted(set(given) - set(words))
    if strange:
        raise ValueError(f"{where}: {', '.join(strange)} is no word of the form")


def _once(name: str, seen: Mapping[str, Any]) -> None:
    if name in seen:
        raise ValueError(f"{name} is set twice; keep one")


def _entry(given: Mapping[str, Any], what: str, value: object) -> Entry:
    shown = ", ".join(sorted(value)) if isinstance(value, frozenset) else str(value)
    shown = {"True": "on", "False": "off"}.get(shown, shown) or "none"
    return Entry(what, shown, given["owner"], given["reason"])


def _listed(table: str, given: Mapping[str, Any]) -> Entry:
    """Return a grant, exemption or requirement as people read it."""
    told = [
        f"{name.replace('_', ' ')} {', '.join(value) if isinstance(value, list) else value}"
        for name, value in given.items()
        if name not in {"id", *_SIGNED}
    ]
    what = f"{table.replace('_', ' ')} {given['id']}"
    return Entry(what, "; ".join(told), given["owner"], given["reason"])
