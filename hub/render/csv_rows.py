"""A plan as CSV: one row for each element, in the flat layout that `templates/csv/plan.yaml` says.

`hub.render.render` calls `to_csv`. The layout is a profile of our own table reader, so a hub reads
back what a hub wrote. RFC 4180 in UTF-8. The notices are the first rows, and every row says how it
must be handled (P2-20); no cell can be a formula. What has no column stands in `more` or in a row
of its own: nothing of the plan is left out but Social Security numbers and places.
"""

from __future__ import annotations

import csv
import functools
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import yaml

from hub.canonical import wire
from hub.render.cover import WITHHELD, Rendered
from hub.render.html_page import HANDLING
from hub.render.pdf_words import ABSENT
from hub.render.shelf import template
from hub.render.sidecar import NOTICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.canonical import Plan
    from hub.render.cover import Cover

Cells = dict[str, str]
Rules = list[tuple[str, str]]
"""Dotted fields of the template and their columns, in the layout's order."""

_KEYED: Final = {"identifiers": "kind", "telecoms": "kind", "addresses": "use"}
_ROOTS: Final = ("header", "member", "coverage")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_FORMULA: Final = re.compile("'*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_KIND: Final = "kind"


def to_csv(plan: Plan, cover: Cover) -> Rendered:
    """Return the plan as CSV with a header row; every row has every column of the layout."""
    layout = _layout()
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, layout["columns"], restval="", lineterminator="\r\n")
    writer.writeheader()
    fixed = {"release": cover.release_id, "handling": _handling(cover)}
    for row in _rows(plan, cover, layout):
        writer.writerow({name: guarded(cell) for name, cell in (fixed | row).items()})
    content = out.getvalue().encode()
    return Rendered(content=content, media_type="text/csv", file_name=f"icp-{cover.release_id}.csv")


def guarded(cell: str) -> str:
    """Return a cell as no spreadsheet takes for a formula: `=1` becomes `'=1`."""
    shown = _UNSEEN.sub("", cell).strip()
    return f"'{shown}" if _FORMULA.match(shown) else shown


def _handling(cover: Cover) -> str:
    told = " See the rows of kind Notice." if cover.notices or cover.withheld else ""
    return f"{HANDLING[cover.confidentiality]}{told}"


@functools.cache
def _layout() -> dict[str, Any]:
    """Return the layout: column names, and rules of the plan and of each kind of row."""
    given = yaml.safe_load(template("csv/plan.yaml").read_text(encoding="utf-8"))
    rows = [(one["when"][0], one["list"], _rules(one["fields"])) for one in given["rows"]]
    return {
        "columns": list(given["columns"]),
        "roots": [(root, _rules(given[root])) for root in (*_ROOTS, "plan")],
        "rows": rows,
    }


def _rules(fields: Mapping[str, Any]) -> Rules:
    return [
        (target, given["from"] if isinstance(given, dict) else given)
        for target, given in fields.items()
    ]


def _rows(plan: Plan, cover: Cover, layout: Mapping[str, Any]) -> Iterator[Cells]:
    """Yield the notices and the elements; the first row also says what is said once."""
    member = plan.member
    known = tuple(one for one in member.identifiers if one.kind != "ssn")
    tree = wire.plain(replace(plan, places={}, member=replace(member, identifiers=known)))
    tree.pop("schema", None)
    once: Cells = {}
    for root, rules in layout["roots"]:
        once |= _taken(tree if root == "plan" else tree.get(root, {}), rules)
    elements = [*_notices(cover), *_elements(tree, layout["rows"])]
    elements += [_other(path, words) for path, words in _leaves(tree, "")]
    first, *rest = elements or [_other("", "No element")]
    yield once | first
    yield from rest


def _notices(cover: Cover) -> Iterator[Cells]:
    told = (*cover.notices, cover.consent_scope or "", f"{WITHHELD}." if cover.withheld else "")
    for words in told:
        if words:
            yield {_KIND: NOTICE, "section": "Notices that travel with this plan", "text": words}


def _other(path: str, words: str) -> Cells:
    return {_KIND: "Other", "section": path.replace("_", " ").strip(), "text": words}


def _elements(tree: dict[str, Any], kinds: list[tuple[str, str, Rules]]) -> Iterator[Cells]:
    """Yield a row for each element of each list; its list is then gone from the tree."""
    for kind, name, rules in kinds:
        items = tree.pop(name, ())
        if isinstance(items, dict):
            yield {_KIND: kind, "text": _words(items)}
            continue
        for item in items:
            if isinstance(item, str):
                yield {_KIND: kind, "text": item}
                continue
            cells = _taken(item, rules)
            more = "; ".join(f"{path.strip()}: {words}" for path, words in _leaves(item, ""))
            yield {_KIND: kind, **cells, "more": more}


def _taken(node: dict[str, Any], rules: Rules) -> Cells:
    """Take the leaves that have a column out of a node, as cells."""
    cells = {}
    for target, column in rules:
        words = _take(node, target.split("."))
        if words:
            cells[column] = words
    return cells


def _take(node: dict[str, Any], path: list[str]) -> str:
    """Take the leaf at a path out of a node."""
    name, *rest = path
    below = node.get(name)
    if not rest:
        return _words(node.pop(name)) if below is not None and _is_leaf(below) else ""
    if isinstance(below, list):
        return _take_item(below, _KEYED.get(name, ""), rest)
    return _take(below, rest) if isinstance(below, dict) else ""


def _take_item(items: list[Any], keyed: str, path: list[str]) -> str:
    """Take a leaf of one item of a list: by its number, or of the first that has the word."""
    word, *rest = path
    for number, item in enumerate(items):
        if isinstance(item, dict) and word == (item.get(keyed) if keyed else f"{number}"):
            found = _take(item, rest or ["value"])
            if set(item) == {keyed}:
                item.clear()  # its word stands in the column's name
            return found
    return ""


def _is_leaf(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    return not isinstance(value, dict) or "absent" in value


def _words(value: Any) -> str:  # noqa: ANN401  # a leaf of JSON
    if isinstance(value, dict):
        return ABSENT[value["absent"]]
    if isinstance(value, list):
        return "; ".join(value)
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _leaves(node: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # JSON of any shape
    """Yield what is left in a node: where it stood, in words, and what it says."""
    if _is_leaf(node) or not node:
        if node not in ("", [], {}, None):
            yield path, _words(node)
        return
    pairs = node.items() if isinstance(node, dict) else enumerate(node, 1)
    for name, below in pairs:
        yield from _leaves(below, f"{path} {name}")
