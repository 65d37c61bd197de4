"""What a profile says that its format's reader never hears, and values that no field takes.

`checking` asks, for an author at a desk; both are faults there, so that nothing is believed to be
read that is not. A profile already in force still loads: its reader leaves such values as residue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.hl7v2 import valuing
from adapters.profiles import targets
from hub import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.profiles import FieldRule, Profile

_HL7: Final = "hl7v2"
_DEAF: Final = {
    "columns": "its segments have fields: `segments`, `rows` or `comments`",
    "widths": "",
    "required": "",
    "group_by": "a message is a plan",
    "row_kind": "`when` of a row names its segments",
    "tables": "",
    "control": "",
    "delimiter": "MSH says it",
    "header": "use `segments`: `header.program: ZCP-3`",
    "member": "PID is read by the standard; another field by `segments`: `member.pronouns: ZPD-2`",
    "coverage": "use `segments`: `coverage.county: ZCP-5`",
    "plan": "use `segments`: `risk.level: ZCP-2`",
    "pdf": "",
    "office": "",
}
"""Keys that the HL7 v2 reader does not hear, and what to say instead."""

_OWN: Final = ("comments", "sub_ids", "consents", "report")
_IDENTIFY: Final = ("columns", "text")


def unheard(data: Mapping[str, Any], form: str) -> Iterator[tuple[str, str]]:
    """Yield (key, words) of each key of a profile's YAML that its format never hears."""
    if form != _HL7:
        for key in (one for one in _OWN if one in data):
            yield key, "is heard in an hl7v2 profile only; remove it"
        return
    for key in (one for one in _DEAF if one in data):
        advice = f"; {_DEAF[key]}" if _DEAF[key] else "; remove it"
        yield key, f"does nothing in an hl7v2 profile{advice}"
    for key in (one for one in _IDENTIFY if one in data.get("identify", {})):
        words = "does nothing in an hl7v2 profile; use `application`, `facility`, `message`"
        yield f"identify.{key}", words


def unfit(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield (key, words) of each value of a map or default that its field does not take."""
    if profile.format != _HL7:
        return
    for kind, target, rule in _rules(profile):
        for code, value in profile.values.get(rule.values, {}).items():
            if valuing.fitted(kind, target, value) is None:
                yield f"values.{rule.values}.{code}", _refused(value, rule.target, kind, target)
    for default in profile.defaults:
        if valuing.fitted(canonical.Plan, default.target, default.value) is None:
            words = _refused(default.value, default.target, canonical.Plan, default.target)
            yield f"defaults.{default.target}", words


def unmapped(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield (key, words) of each rule that fills a field of few words without a value map."""
    if profile.format != _HL7:
        return
    for kind, target, rule in _rules(profile):
        words = targets.words(kind, target)
        if words and not rule.values:
            yield rule.target, f"takes {', '.join(words)} and nothing else; add `values:` to it"


def _refused(value: str, name: str, kind: type, target: str) -> str:
    words = targets.words(kind, target)
    there = f"; there are {', '.join(words)}" if words else ""
    return f"`{name}` does not take `{value}`{there}"


def _rules(profile: Profile) -> Iterator[tuple[type, str, FieldRule]]:
    """Yield each rule with the canonical type it fills and the field of that type."""
    for rule in profile.segments:
        yield canonical.Plan, rule.target, rule
    for rule in profile.comments.fields:
        name, _, leaf = rule.target.partition(".")
        yield targets.LISTS[name], leaf, rule
    for row in profile.rows:
        for rule in row.fields if row.into in targets.LISTS else ():
            yield targets.LISTS[row.into], rule.target, rule
