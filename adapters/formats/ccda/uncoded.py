"""What a section says only in its narrative: rows, items and words that no entry speaks for.

Called once by the adapter, when entries are linked. The narrative is the attested content of a
C-CDA and entries are its coded form (C-CDA R2.1, 4.1). Where a profile is bound, a row without an
entry becomes an item read with doubt, so that a person confirms it; without one, and where a table
can't be told apart or anything in its section is protected, the counts are a finding and all stays
a note. No entry is overridden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from lxml import etree

from adapters.formats.ccda import rowing, tabled
from adapters.formats.ccda.columns import WORDS, kind_of
from adapters.formats.ccda.pairing import alike, paired
from adapters.formats.ccda.statements import stepped
from hub.canonical import Place

if TYPE_CHECKING:
    from adapters.formats.ccda.gathering import Gathering, Scope

_COUNT: Final = etree.XPath("count(descendant::tr[td])")
_MOST: Final = 10_000
_ROWS: Final = 1_000
"""Pairs of an entry and a row to compare, and rows; of more only the counts are told."""


def tell(gathering: Gathering) -> None:
    """Make items of what sections say in their narrative alone, and tell what could not be."""
    if not gathering.habits.attested:
        _all_compared(gathering)
        return
    numbers: rowing.Numbers = {}
    later: list[tuple[rowing.Made, ...]] = []
    for scope in gathering.scopes:
        kind = kind_of(scope, gathering.habits)
        if scope.text is not None and kind in WORDS:
            _words(gathering, scope, kind, scope.text)
        elif scope.text is not None and kind:
            later.append(_rows(gathering, scope, kind, scope.text, numbers))
    if any(rowing.names_another(one) for made in later for one in made):
        _number(gathering, numbers)
    for made in later:
        for one in made:
            rowing.tie(gathering, one, numbers)


def _all_compared(gathering: Gathering) -> None:
    for scope in gathering.scopes:
        kind = kind_of(scope, gathering.habits)
        if scope.text is not None and kind and kind not in WORDS:
            _compared(gathering, scope, kind, scope.text)


def _compared(gathering: Gathering, scope: Scope, kind: str, text: etree._Element) -> None:
    """Tell of tables with more rows that nothing refers to than their section has entries."""
    own = sum(1 for one in scope.drafts if one.family == kind)
    if kind in gathering.absent or int(cast("float", _COUNT(text))) <= own:
        return
    tables = list(text.iter(tabled.TABLE))
    lines = tabled.bare(tables, set())
    if lines > own and tabled.bare(tables, gathering.referring):
        _untold(gathering, text, kind, lines, own)


def _protected(gathering: Gathering, scope: Scope) -> bool:
    """Say whether anything of a section is restricted or a Part 2 record: its rows would not be."""
    marks = scope.labels or scope.sealed or gathering.document_labels
    if marks or "yes" in {scope.origin, gathering.document_origin}:
        return True
    return any(one.marks or one.labels or one.origin == "yes" for one in scope.drafts)


def _number(gathering: Gathering, numbers: rowing.Numbers) -> None:
    """Learn the numbers of rows that entries speak for, in tables that were not looked at."""
    for scope in gathering.scopes:
        kind = kind_of(scope, gathering.habits)
        seen = any(held == kind for held, _ in numbers)
        if scope.text is None or kind not in rowing.LINKED or seen:
            continue
        counted = int(cast("float", _COUNT(scope.text)))
        if counted * len(scope.drafts) > _MOST or counted > _ROWS:
            continue
        rows, _ = tabled.tables(scope.text, kind, gathering.habits)
        for row, draft in paired(gathering, scope, kind, rows).spoken:
            if draft is not None and (number := row.says("number")):
                numbers.setdefault((kind, number), draft)


def _words(gathering: Gathering, scope: Scope, kind: str, text: etree._Element) -> None:
    """Take the words of a section for a field of the plan, unless something there is protected."""
    told = tabled.lines(text)
    if not told or scope.drafts or _protected(gathering, scope):
        return
    held = cast("tuple[str, ...]", gathering.lone.get("own_words", ()))
    if kind == "own_words":
        for number, (_, element) in enumerate(told, len(held)):
            gathering.places[f"/own_words/{number}"] = _place(element, kind)
        gathering.lone[kind] = (*held, *(words for words, _ in told))
    elif kind not in gathering.lone:
        gathering.lone[kind] = " ".join(words for words, _ in told)
        gathering.places[f"/{kind}"] = _place(text, kind)


def _place(element: etree._Element, rule: str) -> Place:
    return Place(stepped(element), "xpath", rule, rowing.CONFIDENCE)


def _rows(
    gathering: Gathering, scope: Scope, kind: str, text: etree._Element, numbers: rowing.Numbers
) -> tuple[rowing.Made, ...]:
    if _protected(gathering, scope):
        _compared(gathering, scope, kind, text)
        return ()
    own = sum(1 for one in scope.drafts if one.family == kind)
    counted = int(cast("float", _COUNT(text)))
    if own * counted > _MOST or counted > _ROWS:
        _untold(gathering, text, kind, counted, own)
        return ()
    if not counted:
        rows = tabled.items(text, kind) if not own else []
        odd: list[etree._Element] = []
    else:
        rows, odd = tabled.tables(text, kind, gathering.habits)
    if odd and counted > own and not rows and kind not in gathering.absent:
        lines = tabled.bare(odd, gathering.referring)
        if lines > own:
            _untold(gathering, text, kind, lines, own)
    if not rows:
        return ()
    return _taken(gathering, scope, kind, rows, numbers)


def _taken(
    gathering: Gathering, scope: Scope, kind: str, rows: list[tabled.Row], numbers: rowing.Numbers
) -> tuple[rowing.Made, ...]:
    """Pair rows and entries; fill entries, make items of rows alone, and say what was done."""
    found = paired(gathering, scope, kind, rows)
    text = scope.text
    made: list[rowing.Made] = []
    for row, draft in found.spoken:
        if draft is not None:
            made.append(rowing.Made(row, draft))
            if draft.scope is scope and alike(row, draft, kind):
                rowing.fill(gathering, draft, row)
    if found.alone and found.free and text is not None:
        _untold(gathering, text, kind, len(rows), len(rows) - len(found.alone) + len(found.free))
    elif found.alone and text is not None:
        entries = sum(1 for one in scope.drafts if one.family == kind)
        made += [rowing.make(gathering, scope, kind, row) for row in found.alone]
        _told(gathering, text, kind, (len(rows), entries, len(found.alone)))
    for one in made:
        if (number := one.row.says("number")) and not one.again(numbers, kind):
            numbers[kind, number] = one.draft
    return tuple(made)


def _told(
    gathering: Gathering, text: etree._Element, kind: str, counts: tuple[int, int, int]
) -> None:
    rows, entries, alone = counts
    message = (
        f"the narrative has {rows} {kind} and {entries} entries; {alone} stand in the narrative "
        "only, and are read from it with doubt"
    )
    gathering.find("narrative_only", message, stepped(text))


def _untold(gathering: Gathering, text: etree._Element, kind: str, rows: int, entries: int) -> None:
    message = (
        f"the table of {kind} has {rows} rows and {entries} entries, and it could not be told "
        "which rows have no entry; all of it is kept as a note: compare it"
    )
    gathering.find("narrative_untold", message, stepped(text))
