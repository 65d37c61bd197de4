"""Gold readings: what a careful person finds in a document, written by reading the source itself.

A gold file says which document, which adapter reads it, which groups it covers completely, and per
plan the facts of each group with where they stand. `gold/README.md` tells how one is written.
Nothing here reads a document with our own readers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from hub.canonical import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CORPORA = ROOT.parent / "shared" / "corpora"
FORMATS = ("ccda", "hl7v2", "tabular", "pdf", "scan", "proposed", "office")
SINGLE = ("header", "member", "coverage", "risk", "review", "agreement", "words", "anywhere")
LISTS = (
    *("team", "assessments", "concerns", "goals", "interventions", "outcomes"),
    *("medications", "allergies", "advance_directives", "asks", "notes"),
)
GROUPS = (*SINGLE, *LISTS)


@dataclass(frozen=True, slots=True)
class Expected:
    """One value as the source has it; `how`: is, holds, sha256, any. `at` is where it stands."""

    how: str
    value: str
    at: str
    choice: tuple[str, ...] = ()

    def met_by(self, got: str) -> bool:
        """Say whether a value that was read is this one, white space apart."""
        got = folded(got)
        if self.how == "sha256":
            return hashlib.sha256(got.encode()).hexdigest() == self.value
        if self.how == "holds":
            return self.value in got
        return got in self.choice if self.how == "any" else got == self.value


@dataclass(frozen=True, slots=True)
class Element:
    """Facts that stand together: a concern, or the whole header. `id` is the gold's own name."""

    id: str
    fields: Mapping[str, tuple[Expected, ...]]


@dataclass(frozen=True, slots=True)
class Gold:
    """One document's gold reading; `plans` hold the elements of every group."""

    name: str
    path: Path
    sha256: str
    corpus: bool
    format: str
    adapter: str
    complete: frozenset[str]
    plans: tuple[Mapping[str, tuple[Element, ...]], ...]
    profile: str = ""
    """The name of a profile under `profiles/` by which the document is read."""
    proposed_from: tuple[tuple[Path, str], ...] = ()
    """Other documents of the layout, with digests: the profile proposed from them reads this."""
    scanned: Mapping[str, Any] | None = None
    """How the document's pages are made into pictures before they are read."""

    def content(self) -> bytes | None:
        """Return the document, or None where it is not on this machine; another one is an error."""
        if not self.path.is_file():
            return None
        content = self.path.read_bytes()
        if self.sha256 and hashlib.sha256(content).hexdigest() != self.sha256:
            msg = f"{self.name}: the document is not the one whose gold this is"
            raise ValueError(msg)
        return content


def load(folder: Path = HERE / "gold") -> list[Gold]:
    """Return every gold reading in the folder, by name."""
    return [_gold(path) for path in sorted(folder.glob("*.yaml"))]


def _gold(path: Path) -> Gold:
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    where = told["document"]
    corpus = "corpus" in where
    plans = told["plans"]
    if isinstance(plans, str):
        plans = yaml.safe_load((path.parent / plans).read_text(encoding="utf-8"))["plans"]
    return Gold(
        path.stem,
        CORPORA / where["corpus"] if corpus else ROOT / where["path"],
        where.get("sha256", ""),
        corpus,
        told["format"],
        told.get("adapter", ""),
        frozenset(told.get("complete", ())),
        tuple(of_plan(plan, path.stem) for plan in plans),
        told.get("profile", ""),
        tuple((CORPORA / one["corpus"], one["sha256"]) for one in told.get("proposed_from", ())),
        where.get("scanned"),
    )


def of_plan(plan: Mapping[str, Any], name: str = "gold") -> dict[str, tuple[Element, ...]]:
    """Return a plan's elements by group; an unknown group or a missing place is an error."""
    if unknown := plan.keys() - set(GROUPS):
        msg = f"{name}: no such group as {sorted(unknown)}"
        raise ValueError(msg)
    return {group: tuple(_elements(held, f"{name} {group}")) for group, held in plan.items()}


def _elements(held: Any, where: str) -> Iterator[Element]:
    for one in held if isinstance(held, list) else [held]:
        at = str(one.get("at", ""))
        fields = {
            field: tuple(_expected(value, at, f"{where} {field}") for value in _several(values))
            for field, values in one.items()
            if field not in ("at", "id")
        }
        yield Element(str(one.get("id", "")), fields)


def _several(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _expected(value: Any, at: str, where: str) -> Expected:
    told = value if isinstance(value, dict) else {"is": value}
    at = str(told.get("at", at))
    if not at:
        msg = f"{where}: a value without the place where it stands"
        raise ValueError(msg)
    if "absent" in told:
        return Expected("is", f"absent:{told['absent']}", at)
    if "any" in told:
        return Expected("any", "", at, tuple(spelt(each) for each in told["any"]))
    how = next(how for how in ("is", "holds", "sha256") if how in told)
    return Expected(how, spelt(told[how]), at)


def spelt(value: object) -> str:
    """Return a value of the gold or of a plan as it is compared: folded, `true` for True."""
    return str(value).lower() if isinstance(value, bool) else folded(str(value))
