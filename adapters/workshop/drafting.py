"""A proposal as a profile in YAML, with a comment on each guess: the words of `adapters new`.

`drafted` is pure: outlines in, text out. What it writes loads, or says in a comment what is missing
before it will. Guesses below `SURE` are marked `CHECK`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.workshop import narrated, placing, sheets, wording
from adapters.workshop.bound import slug
from adapters.workshop.proposing import WORDS, propose
from adapters.workshop.writing import flow, q, quoted, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.workshop.bound import Bound, Bundle, Proposal

_ROOTS: Final = ("header", "member", "coverage", "plan")
_DATES: Final = frozenset(
    {"birth_date", "due", "start", "end", "date", "written_on", "onset", "next_due", "last"}
    | {"enrolled_on", "on", "assessed_on"}
)
_VALUED: Final = {
    "sex": "sex",
    "responsible": "responsible",
    "of": "responsible",
    "language": "language",
    "domain": "domain",
    "term": "term",
    "funding": "funding",
    "codes.0.system": "system",
    "header.status": "plan_status",
    "risk.level": "risk",
}
_FORMED: Final = {
    "phone": "phone",
    "interpreter_needed": "yes_no",
    "estimated_cost": "money",
    "conventional_cost": "money",
}
_NUMBERED: Final = frozenset({"concerns", "goals"})
_BRACKETED: Final = '["after:[", "after::", "before:]", strip]'
_SYSTEM: Final = 'transform: ["after:[", "before::", lower], values: system'
_LINKS: Final = ("concerns", "goals", "interventions")

_ALWAYS: Final = (
    "# Always so and never written? Then say it, with the reason:",
    "# defaults:",
    "#   - {field: coverage.mco, value: The plan's name, because: it is printed at the head}",
    "#   - {field: header.status, value: active, because: only plans in force are sent}",
)


def drafted(outlines: Sequence[Mapping[str, Any]], name: str, sender: str) -> tuple[str, list[str]]:
    """Return (a profile's YAML, what could not be bound) for samples' outlines."""
    found = propose(outlines)
    lines = [
        "# yaml-language-server: $schema=profile.schema.json",
        f"# Proposed by `icp-hub adapters new` from {len(outlines)} sample(s); each guess says how",
        "# sure it is. Look at every CHECK, then: adapters check, explain, coverage, accept.",
        f"profile: {name}",
        'version: "1"',
        f"sender: {sender}",
        f"format: {found.form}",
    ]
    lines += _WRITERS[found.form](found)
    if found.form not in {"hl7v2", "ccda"}:
        lines += [*_singles(found), *_rows(found), *_values(lines, found)]
    lines += _ALWAYS if found.form != "ccda" else ()
    left = list(dict.fromkeys(found.unbound))
    if left:
        lines += ["# Not bound: say where they go, or let them become residue."]
        lines += [f"#   {one}" for one in left]
    return "\n".join(lines) + "\n", left


def _csv(found: Proposal) -> Iterator[str]:
    columns: dict[str, Bound] = {}
    for one in [*found.singles, *(c for bundle in found.bundles for c in bundle.columns)]:
        if one.printed not in {each.printed for each in columns.values()}:
            columns[slug(one.name, columns)] = one
    found.extra["names"] = {one.printed: name for name, one in columns.items()}
    names = found.extra["names"]
    kind = found.extra.get("kind", "")
    if kind:
        names[kind] = slug("kind", columns)
    yield f"delimiter: {quoted(found.extra['delimiter'])}"
    if found.extra["encoding"]:
        yield f"encoding: {found.extra['encoding']}"
    yield "columns:"
    for name, one in columns.items():
        yield f"  {q(name)}: [{quoted(one.printed)}]{said(one.sure, one.known)}"
    if kind:
        yield f"  {names[kind]}: [{quoted(kind)}]  # what kind of item a row is"
    yield from _told_apart(found, columns, names.get(kind, ""))


def _told_apart(found: Proposal, columns: Mapping[str, Bound], kind: str) -> Iterator[str]:
    """Write what the columns are for: widths, what is required, what makes a plan, dates."""
    names = found.extra["names"]
    widths = {n: c.shape["zeros"] for n, c in columns.items() if "zeros" in c.shape}
    ids = {n: w for n, w in widths.items() if "identifiers" in columns[n].target}
    if ids:
        yield f"widths: {{{', '.join(f'{n}: {w}' for n, w in ids.items())}}}  # leading zeros"
    by = {one.target: names[one.printed] for one in found.singles}
    needed = ("member.identifiers.plan", "header.set_id", "member.name.family", "member.birth_date")
    held = [by[one] for one in needed if one in by]
    several = bool(found.extra.get("sheets"))
    keys = sheets.whole(found, names, [by[one] for one in needed[:2] if one in by])
    yield f"required: {flow(keys[:1] if several else [*held, *([kind] if kind else [])])}"
    yield f"group_by: {flow(keys)}  # one plan is"
    yield from sheets.tables(found, names, keys, ids)
    if found.extra.get("aside"):
        aside = ", ".join(map(quoted, found.extra["aside"]))
        yield f"# Left aside, no table was seen there: {aside}; `ignore` says so, with the reason."
    if kind:
        yield f"row_kind: {kind}"
    if found.dates:
        yield f"dates: {placing.dated(found)}"


def _hl7v2(found: Proposal) -> Iterator[str]:
    yield "identify:"
    for key in ("application", "facility"):
        if found.extra[key]:
            yield f"  {key}: {flow(found.extra[key])}"
    if found.extra["ids"]:
        yield "identifiers:"
        for one in found.extra["ids"]:
            yield f"  {q(one)}: plan  # CHECK 0.70, PID-3 of this authority has no type"
    if found.extra["sections"]:
        yield "sections:"
        yield from placing.opened(found)
    if found.unbound:
        return
    yield "# Everything that was seen is bound."


def _singles(found: Proposal) -> Iterator[str]:
    """Write the fields said once, by their root."""
    bound = [one for one in found.singles if found.form != "csv" or one.target not in WORDS]
    rules = [(target, one) for one in bound for target in _targets(one.target)]
    asked = found.extra.get("asked", {})
    for root in _ROOTS:
        chosen = [(t.removeprefix(f"{root}."), o) for t, o in rules if _root(t) == root]
        extra = found.extra.get("boxes") or found.extra.get("choices")
        lines = [f"  {target}: {_rule(target, one, found, root)}" for target, one in chosen]
        lines += [_ticked(target, root) for target in asked if _root(target) == root]
        if root == "plan" and extra:
            lines = [one for one in lines if not one.startswith("  risk.level:")]
            lines.append("  risk.level: risk_level")
        if lines:
            yield f"{root}:"
            yield from lines


def _ticked(target: str, root: str) -> str:
    """Return the rule of a field that boxes answer."""
    source = slug(target.rpartition("member.")[2])
    short = target.removeprefix(f"{root}.")
    if target.endswith("needed"):
        return f"  {short}: {{from: {source}, transform: yes_no}}"
    return f"  {short}: {source}"


def _targets(target: str) -> tuple[str, ...]:
    if target == "member.identifiers.plan":
        return (target, "coverage.member_id")
    if target == "member.name":
        return ("member.name.family", "member.name.given")
    return (target,)


def _root(target: str) -> str:
    root = target.partition(".")[0]
    return root if root in _ROOTS else "plan"


def _rule(target: str, one: Bound, found: Proposal, root: str) -> str:
    names = found.extra.get("names", {})
    source = names.get(one.printed, one.name)
    transform = ""
    tail = target.rpartition(".")[2]
    if one.target == "member.name":
        transform = tail
    elif tail in _DATES:
        transform = "date" if found.dates else "date:MDY"
    elif tail in _FORMED:
        transform = _FORMED[tail]
    elif target in {"strengths", "barriers", "preferences"}:
        transform = quoted("split:;")
    values = _VALUED.get(target if target in _VALUED else f"{root}.{target}", "")
    return _written(source, transform, values)


def _written(source: str, transform: str, values: str) -> str:
    if values:
        return f"{{from: {q(source)}, transform: lower, values: {values}}}"
    return f"{{from: {q(source)}, transform: {transform}}}" if transform else q(source)


def _rows(found: Proposal) -> Iterator[str]:
    lists = found.extra.get("lists", {})
    lone = found.extra.get("lone", {})
    if found.bundles or found.extra.get("sections") or lists or lone:
        yield "rows:"
    for into, (name, _) in lone.items():
        yield f"  - {{list: {into}, fields: {{text: {q(name)}}}}}"
    yield from _marked(lists)
    for bundle in found.bundles:
        yield f"  - list: {bundle.into}"
        if found.form != "csv" or found.extra.get("kind") or found.extra.get("sheets"):
            yield f"    when: [{q(bundle.name)}]"
        yield from _serving(bundle, found)
        yield from _wide(bundle, found)
        yield "    fields:"
        yield from _fields_of(bundle, found)
    for one in found.singles if found.form == "csv" else ():
        if one.target in WORDS:
            name = found.extra["names"][one.printed]
            yield f"  - {{list: {one.target}, fields: {{text: {q(name)}}}}}"
    for into in found.extra.get("sections") or () if found.form == "office" else ():
        yield f"  - {{list: {into}, when: [{into}], fields: {{text: text}}}}"


def _serving(bundle: Bundle, found: Proposal) -> Iterator[str]:
    """Write what the items of one row serve: goals their concern, interventions their goal."""
    if bundle.shared:
        yield "    serves: [goals]"
    if found.form != "csv" or found.extra.get("kind") or found.extra.get("sheets"):
        return
    if bundle.grouped or bundle.shared:
        return
    held = {one.into for one in found.bundles}
    before = [one for one in ("concerns", "goals") if one in held]
    serves = {"goals": before[:1], "interventions": before[-1:]}.get(bundle.into)
    if serves:
        yield f"    serves: [{serves[0] if serves[0] != bundle.into else 'concerns'}]"


def _wide(bundle: Bundle, found: Proposal) -> Iterator[str]:
    """Write the number of a group as its items' id, and that a cell holds several items."""
    if bundle.grouped and bundle.into in _NUMBERED and bundle.wants("id"):
        yield '    always: {id: "{n}"}'
    for one in bundle.columns if found.form == "csv" else ():
        if one.target in {"text", "party.name", "name"} and one.shape.get("listed"):
            name = found.extra["names"].get(one.printed, one.name)
            yield f'    each: {{from: {q(name)}, divider: ";"}}  # CHECK: each part is an item'


def _marked(lists: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Write the rows of lists that stand as marked lines."""
    for into in lists:
        target = "party.name" if into == "team" else "text"
        yield f"  - {{list: {into}, when: [{into}], fields: {{{target}: text}}}}"


def _fields_of(bundle: Bundle, found: Proposal) -> Iterator[str]:
    names = found.extra.get("names", {})
    numbered = any(one.grouped for one in found.bundles) or any(
        one.target == "id" for each in found.bundles for one in each.columns
    )
    for one in bundle.columns:
        source = names.get(one.printed, one.name)
        if one.target in _LINKS and not numbered:
            yield f"      # {one.target}: {q(source)}  # a link needs the ids of its items"
        else:
            coded = any(each.target == "codes.0.system" for each in bundle.columns)
            yield f"      {one.target}: {_column(one, source, coded=coded)}"
        if one.target == "start" and one.shape.get("ends") and bundle.wants("end"):
            yield f"      end: {{from: {q(source)}, transform: [ended, date]}}"
        if one.target == "text" and one.shape.get("bracketed"):
            yield f"      codes.0.code: {{from: {q(source)}, transform: {_BRACKETED}}}"
            yield f"      codes.0.system: {{from: {q(source)}, {_SYSTEM}}}"
    if bundle.into == "asks" and found.form != "csv":
        yield "      of: of"


def _column(one: Bound, source: str, *, coded: bool = False) -> str:
    """Return a column's rule; `coded` where another column says of which system its codes are."""
    transform = ""
    if one.target in _DATES:
        worded = (
            one.target in {"onset", "start"} and one.shape["filled"] and not one.shape.get("plain")
        )
        transform = "[began, date]" if worded else "date"
    elif one.target == "codes.0.code":
        transform = "first" if coded else "" if one.shape.get("digits") else "icd10"
    elif one.target in _LINKS:
        transform = f"[{quoted('split:' + str(one.shape.get('divider', ',')))}]"
    elif one.target.endswith("estimated_cost"):
        transform = "money"
    elif one.target in {"status", "severity"}:
        return _status(one, source)
    return _written(source, transform, _VALUED.get(one.target, ""))


def _status(one: Bound, source: str) -> str:
    """Map a status whose codes are all known; leave other words as they are, in lower case."""
    codes = {str(code).casefold() for code in one.shape.get("codes", ())}
    if codes and codes <= set(wording.words()["values"]["item_status"]):
        return _written(source, "", "item_status")
    taking = "tak" in one.printed.casefold()
    return _written(source, "" if taking else "lower", "taking" if taking else "")


def _values(lines: Sequence[str], found: Proposal) -> Iterator[str]:
    """Write the value maps that the rules name."""
    rules = "\n".join([*lines, *_singles(found), *_rows(found)])
    used = [name for name in wording.words()["values"] if f"values: {name}}}" in rules]
    if used:
        yield "values:  # the sender's words in lower case; add those you meet"
    for name in used:
        pairs = wording.words()["values"][name].items()
        yield f"  {name}: {{{', '.join(f'{q(str(k))}: {v}' for k, v in pairs)}}}"


_WRITERS: Final = {
    "csv": _csv,
    "hl7v2": _hl7v2,
    "pdf": placing.printed,
    "office": placing.printed,
    "ccda": narrated.written,
}
