"""Many rows, one plan: the rows of one member's plan become its header, member and items.

Called by the reader for each group of good rows. Every value carries the cell it came from; a cell
that no rule takes is residue under its column's own heading. Links to items that are not there are
said and dropped, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from adapters.formats.tabular.building import Leaf, built
from adapters.formats.tabular.columns import key
from adapters.formats.tabular.valuing import Misfit, valued
from adapters.profiles import targets
from hub import canonical
from hub.canonical import Finding, Place, Plan, Residue, Sealed, Tally, folded

if TYPE_CHECKING:
    from adapters.formats.tabular.columns import Columns
    from adapters.formats.tabular.tables import Row
    from adapters.profiles import FieldRule, Profile, RowRule

_ROOTS: Final[tuple[tuple[str, type], ...]] = (
    ("header", canonical.Header),
    ("member", canonical.Member),
    ("coverage", canonical.Coverage),
    ("plan", Plan),
)
_IDS: Final = {"concerns": "c", "goals": "g", "interventions": "i", "outcomes": "o"}
_ICD10: Final = "http://hl7.org/fhir/sid/icd-10-cm"
_LINKS: Final = ("concerns", "goals", "interventions")


@dataclass(slots=True, repr=False)
class Assembly(Sealed):
    """One plan in the making. `taken` are the cells that a rule used, by row and position."""

    profile: Profile
    columns: Columns
    rows: list[Row]
    findings: list[Finding] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    items: dict[str, list[Any]] = field(default_factory=dict)
    taken: set[tuple[int, int]] = field(default_factory=set)
    kept: set[tuple[int, int]] = field(default_factory=set)
    said: dict[tuple[Any, ...], int] = field(default_factory=dict)
    serving: list[tuple[str, int, str, int]] = field(default_factory=list)

    def plan(self) -> tuple[Plan, Tally]:
        """Return the plan and the tally of its cells."""
        whole = self._whole()
        for row in self.rows:
            self._items_of(row)
        self._grouping_cells()
        self._linked()
        residue, tally = self._rest()
        lists: dict[str, Any] = {name: tuple(made) for name, made in self.items.items()}
        plan = replace(whole, residue=residue, places=self.places, **lists)
        return plan, tally

    def cell(self, row: Row, name: str) -> str:
        """Return a row's cell in a column of the profile, or nothing."""
        position = self.columns.at.get(name)
        return row.cells[position] if position is not None and position < len(row.cells) else ""

    def place(self, row: Row, name: str) -> Place:
        """Return the place of a row's cell in a column of the profile."""
        title = folded(self.columns.titles[self.columns.at[name]])
        return Place(f"row {row.number}, column {title}", "cell", self.profile.name)

    def _leaf(self, row: Row, rule: FieldRule) -> Leaf | None:
        """Return the leaf of one cell; one that does not fit stays for the residue."""
        cell = self.cell(row, rule.source)
        if not cell.strip():
            return None
        place = self.place(row, rule.source)
        spot = (row.number, self.columns.at[rule.source])
        try:
            value = valued(rule, cell, self.profile, place, self.findings)
        except Misfit as misfit:
            self._keep(spot, misfit.code, place)
            return None
        self.taken.add(spot)
        return Leaf(rule.target, value, place, spot) if value else None

    def _keep(self, spot: tuple[int, int], code: str, place: Place) -> None:
        self.kept.add(spot)
        message = "not what its column declares, kept as text beside the plan; ask the sender"
        self.findings.append(Finding("warning", code, message, place))

    def _whole(self) -> Plan:
        """Build what is said once for the plan: the first row that says it counts."""
        made: dict[str, Any] = {}
        for name, kind in _ROOTS:
            rules = getattr(self.profile, name)
            leaves = [leaf for rule in rules if (leaf := self._first(rule))]
            leaves += self._constants(name, {leaf.target for leaf in leaves})
            if not leaves:
                continue
            root = "" if kind is Plan else f"/{name}"
            value: Any
            value, places, refused = built(kind, leaves, root)
            self.places |= places
            self._refuse(refused)
            if kind is Plan:
                parts = {leaf.target.partition(".")[0] for leaf in leaves}
                made |= {part: getattr(value, part) for part in parts}
            else:
                made[name] = value
        return Plan(**made)

    def _first(self, rule: FieldRule) -> Leaf | None:
        """Return the first value of a column; a later, different one is residue with a finding."""
        found: Leaf | None = None
        words = ""
        for row in self.rows:
            cell = self.cell(row, rule.source)
            if not cell.strip():
                continue
            spot = (row.number, self.columns.at[rule.source])
            if not words:
                found, words = self._leaf(row, rule), cell
            elif cell == words:
                (self.taken if found else self.kept).add(spot)
            else:
                self._keep(spot, "differing_values", self.place(row, rule.source))
        return found

    def _refuse(self, refused: list[Leaf]) -> None:
        for leaf in refused:
            self._keep(leaf.spot, "bad_value", leaf.place)

    def _items_of(self, row: Row) -> None:
        """Make the items of one row, and remember which serves which."""
        made: dict[str, int] = {}
        rules = rules_for(row, self.columns, self.profile)
        for rule in rules:
            number = self._item(row, rule)
            if number is not None:
                made[rule.into] = number
        for rule in rules:
            if rule.into in made:
                self.serving += [
                    (rule.into, made[rule.into], name, made[name])
                    for name in rule.serves
                    if name in made
                ]

    def _item(self, row: Row, rule: RowRule) -> int | None:
        """Make one item of a row and return its number; one said before is not said again."""
        leaves = [leaf for each in rule.fields if (leaf := self._leaf(row, each))]
        if not leaves:
            return None
        words = (rule.into, *((leaf.target, leaf.value) for leaf in leaves))
        if words in self.said:
            return self.said[words]
        made = self.items.setdefault(rule.into, [])
        self.said[words] = len(made)
        root = f"/{rule.into}/{len(made)}"
        kind = targets.LISTS.get(rule.into)
        if kind is None:
            self.places[root] = leaves[0].place
            made.append(leaves[0].value)
            return len(made) - 1
        item: Any
        item, places, refused = built(kind, [*leaves, *_systems(rule, leaves)], root)
        self.places |= places
        self._refuse(refused)
        made.append(item)
        return len(made) - 1

    def _grouping_cells(self) -> None:
        """Count the cells that say which plan and which kind of row, where no rule took them."""
        names = (*self.profile.group_by, self.profile.row_kind)
        for row in self.rows:
            for name in names:
                position = self.columns.at.get(name)
                if position is not None and self.cell(row, name).strip():
                    self.taken.add((row.number, position))

    def _linked(self) -> None:
        """Give every item an id of its own, and drop links to ids that are not there."""
        for name, prefix in _IDS.items():
            self.items[name] = self._numbered(name, prefix)
        for name, number, other, served in self.serving:
            item = self.items[name][number]
            links = (*getattr(item, other), self.items[other][served].id)
            unique = tuple(dict.fromkeys(links))
            self.items[name][number] = replace(item, **{other: unique})
        known = {name: {item.id for item in self.items[name]} for name in _LINKS}
        for name in ("goals", "interventions", "outcomes"):
            for number, item in enumerate(self.items[name]):
                changed = self._sound_links(item, f"/{name}/{number}", known)
                if changed:
                    self.items[name][number] = replace(item, **changed)

    def _numbered(self, name: str, prefix: str) -> list[Any]:
        seen: set[str] = set()
        numbered = []
        for number, item in enumerate(self.items.get(name, ()), start=1):
            given = item.id or f"{prefix}{number}"
            if given in seen:
                where = self.places.get(f"/{name}/{number - 1}/id")
                message = "an id that another item of this plan has, links to it name the first"
                self.findings.append(Finding("warning", "duplicate_id", message, where))
                given = f"{given}-{number}"
            seen.add(given)
            numbered.append(item if item.id == given else replace(item, id=given))
        return numbered

    def _sound_links(self, item: Any, at: str, known: dict[str, set[str]]) -> dict[str, Any]:  # noqa: ANN401  # a goal, intervention or outcome
        changed: dict[str, Any] = {}
        for name in _LINKS:
            links = getattr(item, name, ())
            sound = tuple(link for link in links if link in known[name])
            if sound != tuple(links):
                changed[name] = sound
                message = "names an item that is not in this plan, the link was left out"
                where = self.places.get(f"{at}/{name}")
                self.findings.append(Finding("warning", "dangling_link", message, where))
        return changed

    def _rest(self) -> tuple[tuple[Residue, ...], Tally]:
        """Keep every cell that no rule took, and count them all."""
        residue: list[Residue] = []
        mapped = 0
        for row in self.rows:
            for position, cell in enumerate(row.cells):
                if not cell.strip():
                    continue
                spot = (row.number, position)
                if spot in self.taken and spot not in self.kept:
                    mapped += 1
                    continue
                titles = self.columns.titles
                title = folded(titles[position]) if position < len(titles) else ""
                at = f"row {row.number}, column {title}"
                self.places[f"/residue/{len(residue)}"] = Place(at, "cell", "unmapped")
                residue.append(Residue(text=folded(cell), label=title))
        count = mapped + len(residue)
        return tuple(residue), Tally(count, mapped, len(residue), 0)

    def _constants(self, root: str, given: set[str]) -> list[Leaf]:
        """Return the profile's constants for what the rows left open."""
        leaves = []
        for default in self.profile.defaults:
            start, _, rest = default.target.partition(".")
            target = rest if start == root else default.target
            if root != (start if start in dict(_ROOTS) else "plan") or target in given:
                continue
            place = Place("profile", "pointer", f"default: {default.because}")
            leaves.append(Leaf(target, default.value, place))
        return leaves


def _systems(rule: RowRule, leaves: list[Leaf]) -> list[Leaf]:
    """Return the system of each code that a transform proved to be shaped like ICD-10-CM."""
    proved = {r.target for r in rule.fields if "icd10" in r.transforms}
    return [
        Leaf(leaf.target.removesuffix("code") + "system", _ICD10, leaf.place)
        for leaf in leaves
        if leaf.target in proved and leaf.target.endswith(".code")
    ]


def rules_for(row: Row, columns: Columns, profile: Profile) -> list[RowRule]:
    """Return the row rules that apply to a row: those of its kind, and those of every row."""
    position = columns.at.get(profile.row_kind, -1)
    kind = key(row.cells[position]) if 0 <= position < len(row.cells) else ""
    return [
        rule for rule in profile.rows if not rule.when or kind in {key(word) for word in rule.when}
    ]
