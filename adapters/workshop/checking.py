"""Everything wrong with a profile, each with its line and what to do: for its author, at a desk.

`icp-hub adapters check` and `activate` ask by name. Loading stops at the first fault; this goes on.
A `wrong` profile can't be used; an `odd` one can, and says something that is never heard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, Literal

import yaml

from adapters.formats.pdf.layout import layout_of
from adapters.formats.tabular.columns import exact, key
from adapters.profiles import TRANSFORMS, ProfileError
from adapters.profiles.loading import looked_at, parsed, rules_of, strict_nodes
from adapters.profiles.targets import KEYED
from adapters.workshop import heard, live
from adapters.workshop.naming import fields_under, lists

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.profiles import Profile

_FEW: Final = 30
_ANSWERS: Final = re.compile(
    r"no|none|nil|never|false|nk(?:d?a|da)|(?:no|none) (?:known|reported|at this time).*"
    r"|den(?:y|ies|ied).*|refuse[sd]?.*|decline[sd]?.*|not given.*|0"
)
_SECTIONS: Final = ("labels", "choices", "fields", "boxes")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: its line from 1, its key, what is wrong and what to do."""

    line: int
    severity: Literal["wrong", "odd"]
    key: str
    message: str


def check(text: str) -> list[Problem]:
    """Return every problem of a profile's YAML, in the order of its lines."""
    profile, errors = looked_at(text)
    nodes = _nodes(text)
    found = [_problem(nodes, "wrong", e.key, _mended(e, profile)) for e in errors]
    if profile is not None and not errors:
        found += [_problem(nodes, "wrong", e.key, e.detail) for e in _loaded(text)]
        deaf = [*heard.unheard(parsed(text), profile.format), *heard.unfit(profile)]
        found += [_problem(nodes, "wrong", key, words) for key, words in deaf]
    if profile is not None:
        found += [_problem(nodes, "odd", key, words) for key, words in _odd(profile)]
    return sorted(dict.fromkeys(found), key=lambda one: (one.line, one.key))


def _problem(
    nodes: yaml.Node | None, severity: Literal["wrong", "odd"], key: str, message: str
) -> Problem:
    return Problem(line_of(nodes, key, message), severity, key, message)


def _nodes(text: str) -> yaml.Node | None:
    try:
        return strict_nodes(text)
    except (yaml.YAMLError, ValueError, ArithmeticError, RecursionError):
        return None


def line_of(node: yaml.Node | None, key: str, message: str = "") -> int:
    """Return the line (from 1) where the key of an error stands, or the nearest thing above it."""
    told = message.rpartition("line ")[2]
    if told.isdigit() and (node is None or key == "*"):
        return int(told)
    if node is None:
        return 1
    parts, line = key.split("."), node.start_mark.line
    while parts and node is not None:
        node, parts, line = _below(node, parts, line)
    return line + 1


def _below(node: yaml.Node, parts: list[str], line: int) -> tuple[yaml.Node | None, list[str], int]:
    """Go one step down along a key whose parts may themselves hold dots."""
    if isinstance(node, yaml.SequenceNode):
        return _item(node, parts, line)
    if not isinstance(node, yaml.MappingNode):
        return None, [], line
    for size in range(len(parts), 0, -1):
        wanted = ".".join(parts[:size])
        for name, value in node.value:
            if name.value == wanted:
                return value, parts[size:], name.start_mark.line
    fields = next((value for name, value in node.value if name.value == "fields"), None)
    return fields, parts if fields else [], line


def _item(
    node: yaml.SequenceNode, parts: list[str], line: int
) -> tuple[yaml.Node | None, list[str], int]:
    """Go to a numbered item, or to the one whose `field` is named."""
    if parts[0].isdigit() and int(parts[0]) < len(node.value):
        below = node.value[int(parts[0])]
        return below, parts[1:], below.start_mark.line
    wanted = ".".join(parts)
    for item in node.value:
        if isinstance(item, yaml.MappingNode) and any(v.value == wanted for _, v in item.value):
            return None, [], item.start_mark.line
    return None, [], line


def _mended(error: ProfileError, profile: Profile | None) -> str:
    """Return an error's words with what was probably meant."""
    known: list[str] = []
    wrong = error.key.rpartition(".")[2]
    if error.detail.startswith("no transform"):
        wrong, known = error.detail.split("`")[1], list(TRANSFORMS)
        word = wrong.partition(":")[0]
        if word in TRANSFORMS:
            return f"`{wrong}` is not said so: `{word}` gives {TRANSFORMS[word][1]}"
    elif error.detail.startswith("no such field") and profile is not None:
        root, _, wrong = error.key.partition(".")
        if root == "rows":
            number, _, wrong = wrong.partition(".")
            wrong = wrong.removeprefix("always.")
            known = fields_under(profile.rows[int(number)].into)
            if profile.rows[int(number)].into not in lists():
                wrong, known = profile.rows[int(number)].into, lists()
        else:
            known = fields_under(root)
        start = wrong.partition(".")[0]
        if start in KEYED:
            known = [one for one in known if one.startswith(f"{start}.")]
    elif "is not one of" in error.detail and profile is not None:
        wrong = error.detail.split("`")[1]
        known = [*profile.columns, *profile.values]
    return _proposed(error.detail, wrong, known)


def _proposed(detail: str, wrong: str, known: list[str]) -> str:
    """Return an error's words, and of what is known what is nearest or inside."""
    inside = [one for one in known if one.startswith(f"{wrong}.")]
    if inside:
        return f"{detail}; it has {', '.join(f'`{one}`' for one in inside)}"
    near = get_close_matches(wrong, known, 1) if wrong.partition(".")[0] not in KEYED else []
    if near:
        return f"{detail}; did you mean `{near[0]}`?"
    some = 0 < len(known) <= _FEW
    return f"{detail}; there are {', '.join(known)}" if some else detail


def _loaded(text: str) -> Iterator[ProfileError]:
    """Yield what a format's own reader refuses when it is made of the profile."""
    try:
        live.adapter(text)
    except ProfileError as error:
        yield error
    except ValueError as error:
        key, _, words = str(error).partition(": ")
        yield ProfileError(key.strip("`"), words)
    except (KeyError, TypeError, AttributeError) as error:
        yield ProfileError("pdf", f"is not shaped as the README says ({type(error).__name__})")


def _odd(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield (key, words) of what is said and never heard, and of what every profile needs."""
    yield from _odd_words(profile)
    yield from heard.unmapped(profile)
    if not any(profile.identify.values()) and profile.format != "csv":
        yield "format", "without `identify` any document of this format is taken for this sender's"
    if profile.format == "csv":
        yield from _odd_columns(profile)
    if profile.format in {"pdf", "office"}:
        yield from _odd_form(profile)
        yield from _odd_absent(profile)
    if profile.format == "office" and (profile.office or profile.pdf).get("cards"):
        yield "office.cards", "are read in PDF only; use `tables` or `labels`"
    if profile.format == "ccda":
        yield from _unmatched(profile)
    elif profile.format != "hl7v2":
        yield from _missing_member(profile)


def _unmatched(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield that a C-CDA profile names no register of member ids."""
    if "plan" not in profile.identifiers.values():
        message = "names no root of the plan's member ids: they are taken for a practice's"
        yield "identifiers", f"{message}, and no plan can be matched by them"


def _odd_words(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield value maps that no field uses, and sections that open no list."""
    if profile.format == "ccda":
        return  # its reader refuses what it would not hear
    mapped = {rule.values for _, rule in rules_of(profile) if rule.values}
    for name in profile.values:
        if name not in mapped:
            yield f"values.{name}", "is used by no field; add `values:` to one, or remove it"
    for name in (one for one in profile.sections if "." not in one):
        if name not in lists():
            yield f"sections.{name}", f"is no list of the template; {', '.join(lists())} are"


def _missing_member(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield what a plan can't be matched to a member without."""
    member = {rule.target for rule in profile.member}
    ids = any(target.startswith("identifiers.") for target in member)
    if not ids and not any(rule.target == "member_id" for rule in profile.coverage):
        yield "member", "`identifiers.plan` is missing: no plan can be matched; add the member's id"
    for target in ("name.family", "birth_date"):
        if target not in member:
            yield "member", f"`{target}` is missing: no plan can be matched; add it"


def _odd_columns(profile: Profile) -> Iterator[tuple[str, str]]:
    used = {name for _, rule in rules_of(profile) for name in (rule.source, *rule.more)}
    used |= {*profile.required, *profile.group_by, profile.row_kind}
    used |= {name for one in profile.stated for name in (one.source, one.signed_on)}
    yield from _odd_headings(profile)
    for name in profile.columns:
        if name not in used:
            yield f"columns.{name}", "is read into no field: its cells become residue; add a rule"
    if profile.row_kind and not any(row.when for row in profile.rows):
        yield "row_kind", "no row rule has a `when`; say which kind makes which list"


def _odd_headings(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield headings that two columns have, and those of one column that differ in a sign only."""
    whose: dict[str, str] = {}
    for name, titles in profile.columns.items():
        forms: dict[str, str] = {}
        for title in titles:
            other = whose.setdefault(exact(title), name)
            if other != name:
                yield (
                    f"columns.{name}",
                    f"`{title}` is a heading of `{other}` too: both get its cells",
                )
            near = forms.setdefault(key(title), title)
            if exact(near) != exact(title) and not _spaced(near, title):
                words = f"`{near}` and `{title}` may be two columns: a file with both is refused"
                yield f"columns.{name}", f"{words}; bind each to a column of its own"


def _spaced(one: str, other: str) -> bool:
    """Say whether two headings differ in blanks, hyphens and underscores only."""
    return re.sub(r"[\s_-]", "", exact(one)) == re.sub(r"[\s_-]", "", exact(other))


_ROWED = ("tables", "rows", "lists", "blocks", "cards")
"""The parts of a section whose names a rule's `when` may say."""


def _odd_absent(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield the words by which a person may have answered, not left the place empty."""
    for word in profile.absent:
        if _ANSWERS.fullmatch(word.strip(" .").casefold()):
            yield "absent", f"`{word}` is an answer too (none known, a refusal, a no): remove it"


def _odd_form(profile: Profile) -> Iterator[tuple[str, str]]:
    section = profile.office or profile.pdf
    key = "office" if profile.office else "pdf"
    named = {name for part in _SECTIONS for name in section.get(part, {})}
    tables = {n: t for part in ("tables", "rows") for n, t in section.get(part, {}).items()}
    used = {rule.source for root, rule in rules_of(profile) if not root.startswith("rows.")}
    used |= {one.source for row in profile.rows if not row.when for one in row.fields}
    crisis = {"crisis_plan"} & {*profile.sections, *section.get("lists", {})}
    for name in (*profile.required, *sorted(used)):
        if name not in {*named, *crisis}:
            yield name, f"`{name}` is no label, field or box of `{key}`: nothing is ever found"
    for part in _SECTIONS:
        for name in section.get(part, {}):
            if name not in used:
                yield f"{key}.{part}.{name}", "goes into no field: it becomes residue; add a rule"
    known = {
        *tables,
        *bands_in(section),
        *section.get("lists", {}),
        *section.get("blocks", {}),
        *section.get("cards", {}),
        *profile.sections,
    }
    for number, row in enumerate(profile.rows):
        for table in (one for one in row.when if one not in known):
            where = ", ".join(f"`{key}.{part}`" for part in _ROWED)
            yield f"rows.{number}.when", f"`{table}` is none of {where}"
    yield from _odd_sources(profile, section)
    yield from _hidden(key, section)


def _hidden(key: str, section: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the furniture that is also a printed label: what it prints is never a value."""
    layout = layout_of({"furniture": section.get("furniture", ())})
    for name, given in section.get("labels", {}).items():
        printed = given.get("labels", ()) if isinstance(given, dict) else given
        for one in [printed] if isinstance(printed, str) else printed:
            if layout.prints(str(one)):
                words = f"`furniture` also says that `{one}` holds no value: make it narrower"
                yield f"{key}.labels.{name}", words


def bands_in(section: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the columns of each band that a table of a PDF section names."""
    return {
        name: {"heading", "number", *table["columns"], *table["bands"]}
        | set(one.get("columns", {}) if isinstance(one, dict) else ())
        for table in section.get("tables", {}).values()
        for name, one in table.get("bands", {}).items()
    }


def _odd_sources(profile: Profile, section: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the fields of rows that are taken from a column which none of their tables has."""
    blocks = section.get("blocks", {})
    lined = {"text", "number"} if profile.format == "office" else {"text"}
    held = {n: {*lined, *blocks} for n in (*section.get("lists", {}), *profile.sections)}
    held |= {name: {*one["columns"], *blocks, "heading", "number"} for name, one in blocks.items()}
    held |= {
        name: {*one.get("lines", ()), *one.get("columns", {})}
        for name, one in section.get("cards", {}).items()
    }
    for part in ("tables", "rows"):
        for name, one in section.get(part, {}).items():
            held[name] = {*one["columns"], *one.get("always", {}), *blocks, *one.get("bands", {})}
    held |= bands_in(section)
    for number, row in enumerate(profile.rows):
        if row.each_paragraph and profile.format == "pdf" and not profile.office:
            words = "is heard in Word and RTF only: in a PDF the whole cell is one item"
            yield f"rows.{number}.each_paragraph", words
        columns = set().union(*(held.get(table, set()) for table in row.when))
        for one in row.fields if columns else ():
            if one.source not in columns:
                had = ", ".join(f"`{name}`" for name in sorted(columns))
                words = f"no table of this rule has a column `{one.source}`; they have {had}"
                yield f"rows.{number}.{one.target}", words
