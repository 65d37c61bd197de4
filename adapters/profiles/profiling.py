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
    order; `values` names one of the profile's value maps, applied last. `more` are further columns
    whose values go into the same field. With `holding`, only cells (or parts of one) in which these
    words stand are meant. With `optional` a part that a transform does not find is no fault: the
    field is left out.
    """

    target: str
    source: str
    transforms: tuple[str, ...] = ()
    values: str = ""
    more: tuple[str, ...] = ()
    holding: str = ""
    optional: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """Return every column whose value goes into the field, in the order the rule names them."""
        return (self.source, *self.more)


@dataclass(frozen=True, slots=True)
class RowRule:
    """Rows of one kind become items of the canonical list `into`; no `when` means every row.

    `serves` names lists whose item from the same row this item links to. `always` are fields that
    each item has, `numbered` is the column that may number several items, `none` are words that say
    there is no item, `each_paragraph` is the column of which every paragraph is an item,
    `each_part` a value of a form and the divider between its parts, each of which is an item.
    `each` is the column of a table whose cell holds several items, with `divider` between them.
    `group` is set by the table reader: which of several numbered groups of columns a rule is for.
    """

    into: str
    fields: tuple[FieldRule, ...]
    when: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    always: Mapping[str, str] = field(default_factory=dict)
    numbered: str = ""
    none: tuple[str, ...] = ()
    each_paragraph: str = ""
    each_part: Mapping[str, str] = field(default_factory=dict)
    each: str = ""
    divider: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class TableRule:
    """One of several tables of a delivery: known by file or sheet name (`named`), or its columns.

    `kind` stands for the kind of all its rows; `key` are the columns that join it to the others
    (all of `group_by` in the one that names the plans), `required` those it can't be without.
    `columns` are our names for headings that mean something else here than in the other tables.
    `banner` are columns that a row of one cell says for the rows below it, each by its transforms.
    """

    name: str
    named: tuple[str, ...] = ()
    kind: str = ""
    key: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    banner: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Files or sheets left unread on purpose, by name (`*`, `?`), and the reason."""

    named: tuple[str, ...]
    because: str


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
class CommentRule:
    """What a sender's NTE say: `continues` maps `NTE-2` to the codes that go on with a text.

    `fields` are labelled parts of a comment (`source`: the label) and the field each fills of the
    item above it (`goals.due`).
    """

    continues: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: tuple[FieldRule, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """The segment that states consents: the numbers of its fields, and what its answers mean.

    `about` says what the consent is for, `labels` its category for the hub; `signed_on` is 0 where
    no day is given. An answer that is neither `refused` nor `given` is kept as it stands.
    """

    segment: str
    about: int
    answer: int
    signed_on: int = 0
    refused: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatedRule:
    """A column of a table that states a consent: what each of its answers means.

    `label` is its category for the hub; `unsaid` are the answers that state neither. `signed_on` is
    the column of its day, empty where there is none.
    """

    source: str
    label: str
    refused: tuple[str, ...]
    given: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    signed_on: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """One sender's habits in one format. `pdf`, `office`, `report` are passed on as plain data."""

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
    ignore: tuple[Ignored, ...] = ()
    furniture: tuple[str, ...] = ()
    rows: tuple[RowRule, ...] = ()
    header: tuple[FieldRule, ...] = ()
    member: tuple[FieldRule, ...] = ()
    coverage: tuple[FieldRule, ...] = ()
    plan: tuple[FieldRule, ...] = ()
    segments: tuple[FieldRule, ...] = ()
    identifiers: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    comments: CommentRule = CommentRule()
    sub_ids: str = ""
    consents: ConsentRule | None = None
    stated: tuple[StatedRule, ...] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: tuple[str, ...] = ()
    century: Mapping[str, int] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: tuple[Default, ...] = ()
    pdf: Mapping[str, Any] = field(default_factory=dict)
    office: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
