"""Rendered bytes read back: by our own adapter where one reads the format, else by a parser.

The release step scans what comes back before anything is queued, and `carrying` counts it. Readers
are named by dotted path, as bindings are. What can't be read back is `Trouble`: nobody knows what
such bytes say. Text that only a decoder sees counts too: every stream and string of a PDF, every
attribute of a page.
"""

from __future__ import annotations

import functools
import io
import json
import unicodedata
from html.parser import HTMLParser
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import pikepdf

from hub.canonical import Document, wire
from hub.errors import Trouble
from hub.render.shelf import template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.canonical import Adapter, Plan

READERS: Final[Mapping[str, str]] = {
    "ccda": "adapters.formats.ccda:ADAPTER",
    "ccda-companion": "adapters.formats.ccda:ADAPTER",
    "ccda-dual": "adapters.formats.ccda:ADAPTER",
    "ccda-5.0": "adapters.formats.ccda:ADAPTER",
    "csv": "adapters.formats.tabular:TabularReader",
    "fhir": "adapters.formats.fhir:ADAPTER",
    "hl7v2": "adapters.formats.hl7v2:ADAPTER",
    "ppr": "adapters.formats.hl7v2:ADAPTER",
}
"""Formats that a reader of ours takes back, and that reader; the others are for people."""


_QPDF_JSON: Final = 2


def _bare(code: int) -> int:
    """Return the ASCII letter of a character of Latin-1, or a blank."""
    bare = unicodedata.normalize("NFKD", chr(code))[0]
    return ord(bare) if bare.isascii() else ord(" ")


_PLAIN: Final = bytes(map(_bare, range(256)))


def plans_back(form: str, content: bytes) -> list[Plan]:
    """Return the plans that our own reader finds in rendered bytes; none for people's formats."""
    if form == "json":
        return [wire.decode_plan(json.dumps(json.loads(content)["plan"]).encode())]
    return list(_reader(form).read(Document(content)).plans) if form in READERS else []


def read_back(form: str, content: bytes) -> tuple[list[Plan], str]:
    """Return (the plans our reader finds, all that is said) in rendered bytes.

    No plans in a format that only people read. `Trouble` where the bytes can't be read back.
    """
    try:
        if content.startswith(b"%PDF"):
            return [], "\n".join(_pdf(content))
        if content.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
            return [], "\n".join(_page(content.decode()))
        plans = plans_back(form, content)
        said = "\n".join([wire.encode(plan).decode() for plan in plans])
    except Exception as error:  # noqa: BLE001  # whatever can't be read must not leave
        kind = type(error).__name__
        raise Trouble("permanent", "not_read_back", f"can't be read back ({kind})") from None
    if not plans:
        raise Trouble("permanent", "not_read_back", "no reader of ours finds a plan in it")
    return plans, said


@functools.cache
def _reader(form: str) -> Adapter:
    module, _, name = READERS[form].partition(":")
    found: Any = getattr(import_module(module), name)
    if form == "csv":
        load = import_module("adapters.profiles").load
        found = found(load(template("csv/plan.yaml").read_text(encoding="utf-8")))
    return found  # type: ignore[no-any-return]  # by dotted path


def _pdf(content: bytes) -> list[str]:
    """Return every string and every stream, decompressed, of every object of a PDF."""
    with pikepdf.open(io.BytesIO(content)) as document:
        found = [_strings(one) for one in (*document.objects, document.trailer)]
        streams = [one for one in document.objects if isinstance(one, pikepdf.Stream)]
        return found + [_stream(one) for one in streams]


def _strings(one: pikepdf.Object) -> str:
    """Return the keys, names and strings of one object; what it refers to has its own turn.

    qpdf decodes strings that are text (`u:`); others stand in hex (`b:`), read as they are.
    """
    told = one.to_json(dereference=True, schema_version=_QPDF_JSON).decode()
    if '"b:' not in told and "\\u" not in told:
        return told
    return "\n".join([told, *_texts(json.loads(told))])


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401  # JSON of any shape
    """Yield the strings in qpdf's JSON, as text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield str(pikepdf.String(bytes.fromhex(value[2:]))) if value.startswith("b:") else value


def _stream(one: pikepdf.Stream) -> str:
    try:
        data = bytes(one.read_bytes())
    except pikepdf.PdfError:  # an image, whose compression says nothing in words
        data = bytes(one.read_raw_bytes())
    try:
        return data.decode()
    except UnicodeDecodeError:  # a font, or text in Latin-1, whose letters lose their accents
        return data.translate(_PLAIN).decode("ascii")


def _page(text: str) -> list[str]:
    page = _Page()
    page.feed(text)
    page.close()
    return page.found


class _Page(HTMLParser):
    """Gathers every text, attribute, comment and declaration of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a tag and its attributes."""
        self.found += [tag, *(word for pair in attrs for word in pair if word)]

    def handle_data(self, data: str) -> None:
        """Take a text."""
        self.found.append(data)

    def handle_comment(self, data: str) -> None:
        """Take a comment."""
        self.found.append(data)

    def handle_decl(self, decl: str) -> None:
        """Take a declaration."""
        self.found.append(decl)

    def handle_pi(self, data: str) -> None:
        """Take an instruction."""
        self.found.append(data)

    def unknown_decl(self, data: str) -> None:
        """Take a marked section."""
        self.found.append(data)
