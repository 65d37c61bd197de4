"""Outlines of samples to a proposal: which place goes to which field, how surely, and what is left.

`propose` is what `icp-hub adapters new` calls with the outlines that reader children made;
`drafting` writes the YAML. It guesses by names and shapes, never by values, and binds nothing
that it has no name for.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from adapters.profiles import targets
from adapters.workshop import groups, narrated, repeated, shaping, wording
from adapters.workshop import sheets as workbook
from adapters.workshop.bound import Bound, Bundle, Proposal, slug
from adapters.workshop.boxes import bind_boxes
from adapters.workshop.formwork import furniture, heads_of, identifying, nobodys, of_a_field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WORDS: Final = ("strengths", "barriers", "preferences", "own_words")
_KEYS: Final = ("member.identifiers.plan", "header.set_id")
_BLIND: Final = 0.1
_WHICH_LIST: Final = 0.5
"""A table that has a description and does not say of what."""
_NUMBERED: Final = re.compile(r"(.*?\D)(\d+)(\D*)")
_ROW: Final = re.compile(r"(.+?),? +(?:row|line|no\.?) *\d+ *[:,-] *(.+)", re.IGNORECASE)


def propose(outlines: Sequence[Mapping[str, Any]]) -> Proposal:
    """Return the proposal for samples of one sender and format; the first outline leads."""
    form = str(outlines[0]["form"])
    found = Proposal(form)
    like = [one for one in outlines if one["form"] == form]
    if form == "csv":
        _table(found, like)
    elif form == "hl7v2":
        _message(found, like)
    elif form == "ccda":
        narrated.propose(found, like)
        return found
    else:
        _form(found, like)
    bound = [*found.singles, *(one for bundle in found.bundles for one in bundle.columns)]
    found.dates = shaping.forms([dict(one.shape) for one in bound])
    return found


def _table(found: Proposal, outlines: Sequence[Mapping[str, Any]]) -> None:
    """Bind the columns of a table: single fields first, then items by kind or side by side."""
    columns = {one["text"]: one for each in reversed(outlines) for one in reversed(each["columns"])}
    found.extra["sheets"] = sheets = outlines[0].get("sheets", ())
    order = [one["text"] for one in outlines[0]["columns"]]
    order += [title for title in columns if title not in order]
    found.extra |= {k: outlines[0][k] for k in ("delimiter", "encoding")}
    found.extra["aside"] = outlines[0].get("aside", ())
    kind = _kind_of(columns)
    items = workbook.items_only(sheets, kind)
    rest = []
    taken = set() if kind or sheets else repeated.grouped(found, columns, order, column)
    for title in (one for one in order if one not in taken):
        guess = wording.guess(title, wording.singles())
        listed = (guess and guess.target in WORDS and not sheets) or title in items
        if title == kind or listed or not found.single(title, columns[title]["shape"]):
            rest += [title] if title != kind else []
    if kind:
        _by_kind(found, kind, columns, rest)
    elif sheets:
        workbook.by_sheet(found, columns, rest)
    else:
        _side_by_side(found, columns, rest)
    _needed(found, columns, order)


def _needed(found: Proposal, columns: Mapping[str, Any], order: Sequence[str]) -> None:
    """Bind, with the least trust, what no profile of a table can be without: an id, a rule of rows.

    A person is told to look at both; what is proposed must at least load.
    """
    if not order:
        return
    if not any(one.target in _KEYS for one in found.singles):
        title, target = order[0], "member.identifiers.plan"
        found.singles.append(Bound(slug(title), title, target, _BLIND, "", columns[title]["shape"]))
    if not found.bundles and not any(one.target in WORDS for one in found.singles):
        title = next((one for one in found.unbound if one in columns), order[-1])
        first = next(iter(found.extra["sheets"]), None)
        name = workbook.kind_of(first) if first else "notes"
        bundle = Bundle("notes", name)
        bundle.columns.append(
            Bound(slug(title), title, "text", _BLIND, "", columns[title]["shape"])
        )
        found.bundles.append(bundle)


def _kind_of(columns: Mapping[str, Any]) -> str:
    """Return the column whose few codes say what kind of item a row is."""
    for title, one in columns.items():
        codes = one["shape"].get("codes", ())
        known = sum(wording.guess(code, wording.kinds()) is not None for code in codes)
        if wording.guess(title, {"kind": wording.words()["kind"]}) and known > 1:
            return title
    return ""


def _by_kind(found: Proposal, kind: str, columns: Mapping[str, Any], rest: Sequence[str]) -> None:
    found.extra["kind"] = kind
    used: set[str] = set()
    for code in columns[kind]["shape"]["codes"]:
        guess = wording.guess(code, wording.kinds())
        if guess is None or guess.target == "crisis_plan":
            found.unbound.append(f"rows of kind {code} (no list is called so)")
            continue
        bundle = Bundle(guess.target, code)
        inside = wording.inside(guess.target)
        for title in rest:
            column(bundle, title, columns[title]["shape"], inside)
        used |= {one.printed for one in bundle.columns}
        if bundle.columns:
            found.bundles.append(bundle)
        else:
            found.unbound.append(f"rows of kind {code} (none of their columns has a name)")
    found.unbound += [title for title in rest if title not in used]


def _side_by_side(found: Proposal, columns: Mapping[str, Any], rest: Sequence[str]) -> None:
    """Bind columns that stand beside the column of their item's text."""
    texts = {name: wording.words()["lists"][name] for name in wording.called()}
    heads = {name: [*one["text"], *one["called"]] for name, one in texts.items()}
    bundle: Bundle | None = None
    for title in rest:
        inner = wording.inside(bundle.into) if bundle else {}
        if bundle and column(bundle, title, columns[title]["shape"], inner):
            continue
        guess = wording.guess(title, heads)
        if guess is None or guess.target == "crisis_plan":
            found.unbound.append(title)
            continue
        bundle = Bundle(guess.target, guess.target)
        target = "party.name" if guess.target == "team" else "text"
        shape = columns[title]["shape"]
        sure = _WHICH_LIST if wording.generic(title) else guess.sure
        bundle.columns.append(Bound(slug(title), title, target, sure, guess.known, shape))
        found.bundles.append(bundle)
    if len(found.bundles) == 1:  # then what stands before the text is about it too
        only = found.bundles[0]
        found.unbound = [
            title
            for title in found.unbound
            if title not in columns
            or not column(only, title, columns[title]["shape"], wording.inside(only.into))
        ]


def column(
    bundle: Bundle,
    title: str,
    shape: Mapping[str, Any],
    inside: dict[str, list[str]],
    name: str = "",
) -> bool:
    """Bind a column to a field of a bundle's items, if it has a name and the field is free."""
    held = {one.target for one in bundle.columns}
    free = {t: called for t, called in inside.items() if t not in held}
    guess = wording.guess(title, free) or wording.guess(wording.within(title, bundle.into), free)
    if guess is None:
        return False
    if targets.item_shape(bundle.into, guess.target) is None:
        return False
    taken = {one.name for one in bundle.columns}
    known = slug(title, taken)
    bound = Bound(known, name or title, guess.target, guess.sure, guess.known, shape)
    bundle.columns.append(bound)
    return True


def _message(found: Proposal, outlines: Sequence[Mapping[str, Any]]) -> None:
    """Bind the headings of a message's text and its untyped ids; Z segments are for a person."""
    found.extra = {
        key: list(dict.fromkeys(one[key] for one in outlines if one[key]))
        for key in ("application", "facility")
    }
    found.extra["ids"] = sorted({each for one in outlines for each in one["ids"]})
    found.extra["sections"] = {}
    for text in dict.fromkeys(each for one in outlines for each in one["headings"]):
        guess = wording.guess(text, wording.called())
        if guess is None:
            found.unbound.append(f"heading {text} (stays a note)")
        else:
            found.extra["sections"].setdefault(guess.target, []).append((text, guess.sure))
    for text in dict.fromkeys(each for one in outlines for each in one.get("names", ())):
        told = _observed(text)
        if told:
            found.extra["sections"].setdefault(told.target, []).append((text, told.sure))
    for name in sorted({each for one in outlines for each in one["segments"]}):
        how = "`rows` if it is a list, else `segments`, `consents` or `notices`"
        found.unbound.append(f"segment {name} (say its fields: {how})")
    found.unbound += dict.fromkeys(each for one in outlines for each in one.get("remarks", ()))


def _observed(name: str) -> wording.Guess | None:
    """Return the list that an observation's name opens, or the field of an item it fills."""
    guess = wording.guess(name, wording.called()) or wording.guess(name, wording.kinds())
    if guess is not None:
        return guess
    for into in wording.called():
        rest = wording.within(name, into, alone=True)
        inner = wording.guess(rest, wording.inside(into)) if rest != name else None
        if inner and inner.target != "text" and targets.item_shape(into, inner.target) == "text":
            return replace(inner, target=f"{into}.{inner.target}", sure=_WHICH_LIST)
    return None


def _form(found: Proposal, outlines: Sequence[Mapping[str, Any]]) -> None:
    """Bind a form's fields, labels, tables, boxes and, in Word, sections."""
    first = outlines[0]
    filled = [one for each in outlines for one in each["fields"]]
    _fields(found, {one["name"]: one for one in reversed(filled)})
    bind_boxes(found, first, filled)
    groups.bind(found, [each for one in outlines for each in one.get("groups", ())])
    for one in [each for outline in outlines for each in outline["labels"]]:
        bare = wording.bare(one["text"]) == "member" and not one["shape"].get("name")
        if bare or one["text"] in found.extra.get("drop", ()) or groups.taken(found, one["text"]):
            continue
        held = found.extra.get("fields") or {}
        if not any(_same(one["text"], text) for text in held.values()):
            _labelled(found, one)
    for table in [each for outline in outlines for each in outline["tables"]]:
        _printed_table(found, table)
    for one in [each for outline in outlines for each in outline.get("lists", ())]:
        _listed(found, one)
    _unheaded(found)
    same = [set(one["lines"]) for one in outlines]
    common = [text for text in first["lines"] if all(text in each for each in same)]
    found.extra["identify"] = identifying(found, first, common, several=len(outlines) > 1)
    empty = [one for one in common if any(one["shape"]["filled"] for one in filled)]
    printed = [one for one in empty if len(outlines) > 1 or of_a_field(one, filled)]
    titles = [one for one in first["titles"] if nobodys(one, common, several=len(outlines) > 1)]
    whole = common if len(outlines) > 1 else []
    found.extra["furniture"] = furniture(found, first, [*titles, *printed], whole)
    if found.form == "office":
        _sections(found, first)


def _listed(found: Proposal, one: Mapping[str, str]) -> None:
    """Bind a heading whose marked lines are items, where no table holds that list."""
    if any(bundle.into == one["into"] for bundle in found.bundles):
        return
    held = found.extra.setdefault("lists", {}).setdefault(one["into"], [])
    if one["heading"] not in held:
        held.append(one["heading"])


def _same(one: str, other: str) -> bool:
    return wording.bare(one) == wording.bare(other)


def _labelled(found: Proposal, one: Mapping[str, Any]) -> None:
    before = [wording.bare(each.printed) for each in found.singles]
    if wording.bare(one["text"]) in before:
        at = before.index(wording.bare(one["text"]))
        held = found.singles[at]
        found.singles[at] = replace(held, over=held.over or bool(one.get("over")))
        return
    if not found.single(one["text"], one["shape"]) and one["text"] not in found.unbound:
        if _lone(found, one):
            return
        found.unbound.append(one["text"])
    if len(found.singles) > len(before):
        over, above = bool(one.get("over")), bool(one.get("above"))
        lines = int(one.get("lines", 0))
        found.singles[-1] = replace(found.singles[-1], over=over, above=above, lines=lines)


def _lone(found: Proposal, one: Mapping[str, Any]) -> bool:
    """Bind a label that is called like a list, with its value beside it: one item."""
    guess = wording.guess(one["text"], wording.called()) if one.get("beside") else None
    if (
        guess is None
        or not one["shape"]["filled"]
        or targets.item_shape(guess.target, "text") is None
    ):
        return False
    held = found.extra.setdefault("lone", {})
    held.setdefault(guess.target, (slug(one["text"]), one["text"]))
    return True


def _unheaded(found: Proposal) -> None:
    """Take back a label that is called like a list whose items stand in a table or under marks."""
    held = {bundle.into for bundle in found.bundles} | set(found.extra.get("lists", ()))
    lone = found.extra.get("lone", {})
    for into in held & set(lone):
        found.unbound.append(lone.pop(into)[1])


def _fields(found: Proposal, fields: Mapping[str, Mapping[str, Any]]) -> None:
    """Bind form fields by tooltip or name; numbered ones are rows."""
    rows: dict[str, Bundle] = {}
    found.extra["fields"] = {}
    for name, one in fields.items():
        if one["kind"] in {"signature", "radio"}:
            found.unbound.append(f"field {name} ({one['kind']})")
            continue
        if _NUMBERED.fullmatch(name) and _in_row(rows, name, one):
            continue
        before = len(found.singles)
        label = one["text"] or name
        if found.single(label, one["shape"], name) or found.single(name, one["shape"], name):
            found.extra["fields"] |= {name: label} if len(found.singles) > before else {}
        elif one["kind"] != "check":
            found.unbound.append(f"field {name}: {one['text']}".rstrip(": "))
    found.bundles += [bundle for bundle in rows.values() if bundle.columns]


def _in_row(rows: dict[str, Bundle], name: str, one: Mapping[str, Any]) -> bool:
    """Bind a numbered field as a column of its table; False when no table is called so."""
    match, told = _NUMBERED.fullmatch(name), _ROW.fullmatch(one["text"])
    if match is None:
        return False
    stem, number, tail = match.groups()
    heading, head = told.groups() if told else (stem, tail or "text")
    guess = wording.guess(heading, wording.called()) or wording.guess(stem, wording.kinds())
    if guess is None:
        return False
    bundle = rows.setdefault(guess.target, Bundle(guess.target, guess.target, printed=heading))
    bundle.most = max(bundle.most, int(number))
    shape = f"{stem}{{n}}{tail}"
    held = {each.printed for each in bundle.columns} | {each for each, _ in bundle.left}
    if shape not in held and not column(
        bundle, head, one["shape"], wording.inside(guess.target), shape
    ):
        bundle.left.append((shape, head))
    return True


def _printed_table(found: Proposal, table: Mapping[str, Any]) -> None:
    """Bind a table by its heading, else by the list that knows most of its heads."""
    heads = table["heads"]
    held: dict[str, set[str]] = {}
    for one in found.bundles:
        held.setdefault(one.name, set()).update(heads_of(one) if one.columns else ())
    if any(set(heads) <= every for every in held.values()):
        return
    guess = wording.section(table["heading"])
    if guess and guess.target == wording.OTHER:
        found.unbound.append(f"table {table['heading']} (no list is called so)")
        return
    names = wording.called()
    fits = {n: sum(bool(wording.guess(h, wording.inside(n))) for h in heads) for n in names}
    into = guess.target if guess and fits[guess.target] else max(fits, key=lambda n: fits[n])
    taken = {bundle.name for bundle in found.bundles}
    print_only = bool(guess) or ":" not in table["heading"]
    heading = table["heading"] if print_only else ""
    bundle = Bundle(into, slug(into, taken), printed=heading)
    for head, shape in zip(heads, table["shapes"], strict=True):
        if not column(bundle, head, shape, wording.inside(into)):
            bundle.left.append((head, head))
    shared = _shared(bundle, dict(zip(heads, table["shapes"], strict=True)))
    said = {one.target: one for one in bundle.columns}
    text = said.get("text") or said.get("party.name")
    if text is None or (wording.generic(text.printed) and not guess):
        found.unbound.append(f"table of {', '.join(heads)} (which list?)")
    else:
        found.bundles += [bundle, *([shared] if shared else [])]


def _shared(bundle: Bundle, shapes: Mapping[str, Any]) -> Bundle | None:
    """Return the interventions that a table of goals holds in columns of its own."""
    if bundle.into != "goals":
        return None
    other = Bundle("interventions", bundle.name, shared=True)
    for head, _ in bundle.left:
        column(other, head, shapes[head], wording.inside("interventions"))
    if not any(one.target == "text" for one in other.columns):
        return None
    taken = {one.printed for one in other.columns}
    bundle.left = [one for one in bundle.left if one[0] not in taken]
    return other


def _sections(found: Proposal, outline: Mapping[str, Any]) -> None:
    """Let headings of a Word document open lists that no table holds."""
    held = {bundle.printed for bundle in found.bundles}
    labels = {wording.bare(one.printed) for one in found.singles}
    made: dict[str, list[str]] = {}
    for text in outline["headings"]:
        guess = wording.guess(text, wording.called())
        if guess is None or text in held or wording.bare(text) in labels:
            continue
        if guess.target not in {"crisis_plan", "own_words"} and any(
            text == one for one in outline["lines"]
        ):
            made.setdefault(guess.target, []).append(text)
    busy = {bundle.into for bundle in found.bundles}
    found.extra["sections"] = {n: [(t, 0.85) for t in w] for n, w in made.items() if n not in busy}
