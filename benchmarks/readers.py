"""The readers that are measured, each with one document of its format and its floor.

`steps` takes their CPU, `counting` their instructions. A floor is the least that any reader of the
format does with the same bytes; neither side is ever given another document than the other.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import io
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lxml import etree

from benchmarks import documents
from hub.canonical import Document

if TYPE_CHECKING:
    from collections.abc import Callable

READERS = {
    "ccda": "adapters.formats.ccda:ADAPTER",
    "hl7v2": "adapters.mcos.allegheny_hl7v2:ADAPTER",
    "csv": "adapters.mcos.laurel_csv:ADAPTER",
    "pdf": "adapters.mcos.keystone_pdf:ADAPTER",
}
GATES = {"ccda": "<= 4", "hl7v2": "<= 3"}
"""Of CPU to the floor's, but for those in `COUNTED` where instructions can be counted."""
COUNTED = frozenset({"ccda"})
"""Readers whose gate is on instructions; the others hold theirs by far, and counting is slow."""

_PARSER = {"remove_blank_text": True, "remove_comments": True, "collect_ids": False}


def document(kind: str) -> Document:
    """Return the document of a format."""
    content = _CONTENTS[kind]()
    return Document(content, f"plan.{kind}", "", hashlib.sha256(content).hexdigest(), "mco")


def calls(kind: str) -> dict[str, Callable[[], object]]:
    """Return `read_KIND` and `floor_KIND` as calls without arguments."""
    given = document(kind)
    adapter = loaded(READERS[kind])
    assert adapter.read(given).plans, f"the {kind} document must be readable"
    return {
        f"read_{kind}": functools.partial(adapter.read, given),
        f"floor_{kind}": functools.partial(FLOORS[kind], given.content),
    }


def loaded(path: str) -> Any:  # an adapter
    """Return the adapter at a dotted path."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def parsed(content: bytes) -> etree._Element:
    """Parse as a C-CDA reader must: no entities, no network, no blank text."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, **_PARSER)  # type: ignore[arg-type]  # the stub wants each option named
    return etree.fromstring(content, parser)


def _split(content: bytes) -> list[Any]:
    """Split an HL7 v2 message eagerly, down to components: the floor of a full parse."""
    return [
        [[part.split("^") for part in field.split("~")] for field in segment.split("|")]
        for segment in content.decode().split("\r")
    ]


def _pdf_text(content: bytes) -> list[str]:
    import pypdfium2  # noqa: PLC0415  # 20 MB that no other format needs

    pages = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_range() for page in pages]
    finally:
        pages.close()


def _sample() -> bytes:
    shelf = import_module("hub.render.shelf")
    content: bytes = shelf.template("demo/samples/mco-keystone/okafor_care_plan.pdf").read_bytes()
    return content


_CONTENTS: dict[str, Callable[[], bytes]] = {
    "ccda": lambda: documents.care_plan(documents.person(1), 1, secret=True),
    "hl7v2": lambda: documents.mdm(documents.person(1), 1),
    "csv": lambda: documents.table([documents.person(n) for n in range(1, 11)], 1),
    "pdf": _sample,
}
FLOORS: dict[str, Callable[[bytes], object]] = {
    "ccda": parsed,
    "hl7v2": _split,
    "csv": lambda content: list(csv.reader(io.StringIO(content.decode()), delimiter="|")),
    "pdf": _pdf_text,
}
"""The least a reader of each format does with the same bytes."""
