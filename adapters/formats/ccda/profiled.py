"""A `ccda` profile as the reader's habits: what an MCO's C-CDA says in its own way, as YAML.

Called when a profile is activated or an MCO's module is imported; reads no document. Whatever the
reader would not hear is refused by its key, so that nothing is said and never heard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.ccda.columns import COLUMNS, WORDS
from adapters.formats.ccda.habits import Habits
from adapters.profiles import ProfileError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.profiles import Profile

_KINDS: Final = (*COLUMNS, *sorted(WORDS))
_ID_KINDS: Final = ("plan", "medicaid")
_STATUS: Final = "status"
_DEAF: Final = (
    "widths",
    "required",
    "group_by",
    "row_kind",
    "tables",
    "control",
    "rows",
    "header",
    "member",
    "coverage",
    "plan",
    "segments",
    "notices",
    "sub_ids",
    "consents",
    "dates",
    "absent",
    "defaults",
    "pdf",
    "office",
    "encoding",
)


def habits_of(profile: Profile) -> Habits:
    """Return the habits that a `ccda` profile declares; `ProfileError` names what is wrong."""
    for key in _DEAF:
        if getattr(profile, key):
            raise ProfileError(key, "does nothing in a ccda profile; remove it")
    for key in profile.identify:
        if key != "custodian":
            raise ProfileError(
                f"identify.{key}", "does nothing in a ccda profile; `custodian` does"
            )
    for root, kind in profile.identifiers.items():
        if kind not in _ID_KINDS:
            raise ProfileError(f"identifiers.{root}", f"is one of {', '.join(_ID_KINDS)}")
    _known("sections", profile.sections, _KINDS)
    fields = [f"{kind}.{name}" for kind, columns in COLUMNS.items() for name in columns]
    _known("columns", profile.columns, fields)
    _known("values", profile.values, (_STATUS,))
    return Habits(
        custodians=frozenset(profile.identify.get("custodian", ())),
        member_roots=_roots(profile, "plan"),
        medicaid_roots=_roots(profile, "medicaid"),
        sections=profile.sections,
        columns=profile.columns,
        statuses={
            word.casefold(): meant for word, meant in profile.values.get(_STATUS, {}).items()
        },
        attested=True,
    )


def _roots(profile: Profile, kind: str) -> frozenset[str]:
    return frozenset(root for root, one in profile.identifiers.items() if one == kind)


def _known(key: str, said: Iterable[str], known: Iterable[str]) -> None:
    every = tuple(known)
    for name in said:
        if name not in every:
            near = [one for one in every if one.partition(".")[0] == name.partition(".")[0]]
            there = ", ".join(near or every)
            raise ProfileError(
                f"{key}.{name}", f"is nothing a narrative can fill; there are {there}"
            )
