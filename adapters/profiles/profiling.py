"""What a loaded profile is: plain frozen values, the same for all readers.

Made by `adapters.profiles.load` only; read by the format readers. A profile holds an MCO's habits
(column names, codes, date forms, text headings), never a member's data and never code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One canonical field: `target` (`goals` row: `text`; `name.family`) filled from `source`.

    `source` is a column of the profile (or a segment field, `ZCP-3`); `transforms` are applied in
    order; `values` names one of the profile's value maps, applied last.
    """

    target: str
    source: str
    transforms: tuple[str, ...] = ()
    values: str = ""


@dataclass(frozen=True, slots=True)
class RowRule:
    """Rows of one kind become items of the canonical list `into`; no `when` means every row.

    `serves` names lists whose item from the same row this item links to. `each_paragraph` is the
    column of which every paragraph is an item of its own.
    """

    into: str
    fields: tuple[FieldRule, ...]
    when: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    each_paragraph: str = ""


@dataclass(frozen=True, slots=True)
class TableRule:
    """One of several tables of a delivery: known by file or sheet name (`named`), or its columns.

    `kind` stands for the kind of all its rows; `key` are the columns that join it to the others
    (all of `group_by` in the one that names the plans), `required` those it can't be without.
    `columns` are our names for headings that mean something else here than in the other tables.
    """

    name: str
    named: tuple[str, ...] = ()
    kind: str = ""
    key: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ControlRule:
    """The control file of a delivery: its file names, and its columns for file and row count."""

    files: tuple[str, ...]
    name: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Default:
    """A value the sender never writes because it is always so; `because` is its evidence."""

    target: str
    value: str
    because: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One sender's habits in one format. `pdf` and `office` are passed through as plain data."""

    name: str
    version: str
    sender: str
    format: str
    identify: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delimiter: str = ","
    encoding: str = ""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    widths: Mapping[str, int] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    row_kind: str = ""
    tables: tuple[TableRule, ...] = ()
    control: ControlRule | None = None
    rows: tuple[RowRule, ...] = ()
    header: tuple[FieldRule, ...] = ()
    member: tuple[FieldRule, ...] = ()
    coverage: tuple[FieldRule, ...] = ()
    plan: tuple[FieldRule, ...] = ()
    segments: tuple[FieldRule, ...] = ()
    identifiers: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: tuple[Default, ...] = ()
    pdf: Mapping[str, Any] = field(default_factory=dict)
    office: Mapping[str, Any] = field(default_factory=dict)
