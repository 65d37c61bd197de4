"""What each format carries of a plan: found out by rendering and reading, never written by hand.

`icp-hub docs` writes `page` as a page of the documentation. For every leaf of a plan with one of
everything: `read` when our own reader gets it back at its place, `told` when changing it changes
what the document says, and neither when the format leaves it out. Readers are named by dotted path,
as bindings are.
"""

from __future__ import annotations

import functools
import json
import re
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from hub.canonical import Document, Party, wire
from hub.render import RENDERERS, render
from hub.render.cover import Cover
from hub.render.member_view import member_view
from hub.render.pdf_view import view
from hub.render.scanning import searchable
from hub.render.shelf import template
from hub.render.specimen import leaves, specimen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hub.canonical import Adapter, Plan

READERS: Final[Mapping[str, str]] = {
    "ccda": "adapters.formats.ccda:ADAPTER",
    "ccda-companion": "adapters.formats.ccda:ADAPTER",
    "csv": "adapters.formats.tabular:TabularReader",
    "fhir": "adapters.formats.fhir:ADAPTER",
    "hl7v2": "adapters.formats.hl7v2:ADAPTER",
    "ppr": "adapters.formats.hl7v2:ADAPTER",
}
"""Formats that a reader of ours takes back, and that reader; the others are for people."""

_VIEWS: Final[Mapping[str, Callable[[Plan, Cover], Any]]] = {
    "html": view,
    "pdf": view,
    "pdf-member": member_view,
}
"""Formats whose every word comes from a view: comparing views spares setting a page each time."""

_NUMBER: Final = re.compile(r"/\d+")
_MARKS: Final = {"read": "read", "told": "told", "": "no"}


def carried(form: str) -> dict[str, str]:
    """Return `read`, `told` or nothing for every leaf, by its JSON pointer with `*` for numbers."""
    back = _back(form)
    whole = _said(form, specimen())
    found: dict[str, str] = {}
    for at, value in leaves().items():
        field = _NUMBER.sub("/*", at)
        if (field, value) in back:
            found[field] = "read"
        else:
            told = _said(form, specimen(at)) != whole
            found[field] = "told" if told else found.get(field, "")
    return found


def _said(form: str, plan: Plan) -> Any:  # noqa: ANN401  # a view, or text
    shown = _VIEWS.get(form)
    return shown(plan, _cover()) if shown else searchable(render(form, plan, _cover()))


def _back(form: str) -> set[tuple[str, Any]]:
    """Return every leaf that our own reader finds in the rendered plan."""
    content = render(form, specimen(), _cover()).content
    if form == "json":
        plans = [wire.decode_plan(json.dumps(json.loads(content)["plan"]).encode())]
    elif form in READERS:
        plans = list(_reader(form).read(Document(content)).plans)
    else:
        return set()
    return {pair for plan in plans for pair in _leaves(wire.builtins(plan), "")}


def _reader(form: str) -> Adapter:
    module, _, name = READERS[form].partition(":")
    found: Any = getattr(import_module(module), name)
    if form == "csv":
        load = import_module("adapters.profiles").load
        found = found(load(template("csv/plan.yaml").read_text(encoding="utf-8")))
    return found  # type: ignore[no-any-return]  # by dotted path


def _leaves(node: Any, at: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  # JSON of any shape
    if isinstance(node, dict):
        for name, below in node.items():
            if at or name != "places":
                yield from _leaves(below, f"{at}/{name}")
    elif isinstance(node, (list, tuple)):
        for below in node:
            yield from _leaves(below, f"{at}/*")
    elif node is not None:
        yield at, node


@functools.cache
def _cover() -> Cover:
    return Cover(
        release_id="rel-1",
        document_id="3f0c7a9e-8f52-4b7e-9d38-0b6a7d0c1a11",
        set_id="a0f7a1d4-5f7a-4d53-9a1f-1df6b1c0d001",
        version=1,
        released_on=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        custodian=Party(organization="The plan"),
        recipient=Party(organization="The practice"),
    )


@functools.cache
def page() -> str:
    """Return the page of the documentation: a line for every field, a column for every format."""
    forms = sorted(RENDERERS)
    found = {form: carried(form) for form in forms}
    fields = list(dict.fromkeys(field for one in found.values() for field in one))
    counts = [
        f"| `{form}` | {_count(found[form], 'read')} | {_count(found[form], 'told')} "
        f"| {_count(found[form], '')} |"
        for form in forms
    ]
    rule = "|---" * (len(forms) + 1) + "|"
    rows = [
        f"| `{field}` | {' | '.join(_MARKS[found[form].get(field, '')] for form in forms)} |"
        for field in fields
    ]
    heads = " | ".join(f"`{form}`" for form in forms)
    return "\n".join([*_HEAD, *counts, "", *_LEGEND, f"| field | {heads} |", rule, *rows, ""])


def _count(found: Mapping[str, str], verdict: str) -> int:
    return sum(one == verdict for one in found.values())


_HEAD: Final = (
    "# What each format carries of a plan",
    "",
    "Generated by `make docs` from hub/render/carrying.py: a plan with one of everything is",
    "rendered in every format an endpoint may take and read back by our own reader, then once more",
    "for each leaf with that leaf changed.",
    "",
    "| format | fields read back | told in words only | left out |",
    "|---|---|---|---|",
)
_LEGEND: Final = (
    "**read**: our own reader gets the value back at its place. **told**: the document says it, to",
    "people. **no**: the format leaves it out. Places and Social Security numbers never leave.",
    "",
)
