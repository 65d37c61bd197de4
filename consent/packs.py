"""Law packs: one state's law as data, with an owner, a version, effective dates and a switch.

A pack is a TOML file. Each of its rules picks a kind from `consent.kinds` and gives it parameters,
so that a state is added without touching the engine. `read_pack` refuses what it doesn't know: a
misspelt word in a law must not pass as silence. `docs/consent-packs.md` says how to write one.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from consent import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ClauseKind: TypeAlias = Literal[
    "permit", "consent", "named_only", "minor", "proxy", "limited", "exception", "notice"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One rule of a pack: its kind and the kind's parameters; `consent.kinds` says what each does.

    `ages` are completed years, the second one outside. `on` false means the rule sleeps until a
    policy names its id in `Policy.on`.
    """

    id: str
    citation: str
    says: str
    kind: ClauseKind
    owner: str = ""
    on: bool = True
    categories: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    named: bool = False
    recipients: Literal["any", "outside"] = "any"
    gives: bool = True
    listed_sources: bool = False
    ages: tuple[int, int] = (0, 18)
    controlled: frozenset[str] = frozenset()
    except_classes: frozenset[str] = frozenset()
    lifts: str = ""
    paragraphs: frozenset[str] = frozenset()
    notice: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pack:
    """One state's law. `until` is the first day outside; `owner` answers for every rule in it."""

    id: str
    state: str
    name: str
    version: str
    owner: str
    effective: date
    until: date | None = None
    on: bool = True
    clauses: tuple[Clause, ...] = ()

    @property
    def key(self) -> str:
        """What tells this version of the pack from every other pack."""
        return f"{self.id} {self.version}"

    def holds(self, day: date) -> bool:
        """Say whether the pack is in force on a day."""
        return self.on and self.effective <= day and (self.until is None or day < self.until)


_WANTED = {
    "permit": ("categories",),
    "consent": ("categories", "forms"),
    "named_only": ("categories", "lifts"),
    "minor": ("categories", "forms"),
    "proxy": ("categories",),
    "limited": ("categories",),
    "exception": ("categories", "lifts", "paragraphs"),
    "notice": ("categories", "notice", "text"),
}
"""The parameters a kind can't do without."""
_CATEGORICAL = ("categories", "controlled")


def read_pack(text: str) -> Pack:
    """Return the pack a TOML text holds; `ValueError` says which rule and word is wrong."""
    given = tomllib.loads(text)
    rules = given.pop("rule", [])
    _known(given, {one.name for one in fields(Pack)} - {"clauses"}, "the pack's head")
    lacking = [one for one in ("id", "state", "name", "version", "owner") if not given.get(one)]
    if lacking or not isinstance(given.get("effective"), date):
        raise ValueError(f"the pack's head lacks {', '.join(lacking) or 'effective, a date'}")
    clauses = tuple(_clause({"owner": given["owner"], **one}) for one in rules)
    ids = [one.id for one in clauses]
    if len(set(ids)) < len(ids):
        raise ValueError("two rules of the pack share an id; give each its own")
    return Pack(**given, clauses=clauses)


def _clause(given: Mapping[str, Any]) -> Clause:
    where = f"rule {given.get('id', 'without an id')}"
    _known(given, {one.name for one in fields(Clause)}, where)
    kind = str(given.get("kind"))
    if kind not in get_args(ClauseKind):
        raise ValueError(f"{where}: kind is one of {', '.join(get_args(ClauseKind))}")
    wanted = ("id", "citation", "says", *_WANTED[kind])
    lacking = [name for name in wanted if not given.get(name)]
    if lacking:
        raise ValueError(f"{where} lacks {', '.join(lacking)}")
    for name in _CATEGORICAL:
        _known(given.get(name, ()), terms.CATEGORIES, f"{where}, {name}")
    _known(given.get("forms", ()), set(get_args(terms.Kind)) - terms.LIMITS, f"{where}, forms")
    _known([given.get("recipients", "any")], {"any", "outside"}, f"{where}, recipients")
    held: dict[str, Any] = {name: _frozen(name, value) for name, value in given.items()}
    return Clause(**held)


def _known(given: Iterable[str], words: Iterable[str], where: str) -> None:
    strange = sorted(set(given) - set(words))
    if strange:
        raise ValueError(f"{where}: {', '.join(strange)} is no word of the form")


def _frozen(name: str, value: object) -> object:
    if isinstance(value, list):
        return tuple(value) if name == "ages" else frozenset(value)
    return " ".join(value.split()) if isinstance(value, str) else value
