"""AcroForm fields: name, value, state, tooltip, page and box of each, by pikepdf.

Called by the reader in this package. Values are taken from the form's data, never from how it is
drawn; a box whose state and value disagree is of unknown state. Runs no script, follows no action.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pikepdf

from adapters.formats.pdf.drawn import differs
from adapters.formats.pdf.words import Box, box_place
from hub.canonical import Place, Sealed, folded

if TYPE_CHECKING:
    from collections.abc import Iterator

_RADIO, _PUSH = 1 << 15, 1 << 16
_DEPTH = 32
_MOST = 20_000


@dataclass(frozen=True, slots=True, repr=False)
class FormField(Sealed):
    """One form field: `kind` is text, choice, check, radio or signature.

    `value` is None where nothing was filled in; a check's is `true`, a radio's its export value.
    `doubtful` where the form contradicts itself; `differs` where it is drawn with another value.
    """

    name: str
    kind: str
    value: str | None
    label: str
    place: Place
    doubtful: bool = False
    differs: bool = False


def fields_of(objects: pikepdf.Pdf) -> list[FormField]:
    """Return the form's fields in page order, radio buttons of one group as one field."""
    fields: dict[str, FormField] = {}
    form = objects.Root.get("/AcroForm")
    redrawn = isinstance(form, pikepdf.Dictionary) and bool(form.get("/NeedAppearances"))
    for number, widget, page in _widgets(objects):
        if number > _MOST:
            break
        one = _field(widget, box_place(*page), drawn=redrawn)
        if one is None:
            continue
        first = fields.get(one.name)
        if first is None or (first.value is None and one.value is not None):
            fields[one.name] = one
    for one in _undrawn(objects, set(fields)):
        fields[one.name] = one
    return list(fields.values())


def _undrawn(objects: pikepdf.Pdf, seen: set[str]) -> Iterator[FormField]:
    """Yield the filled fields that stand on no page."""
    form = objects.Root.get("/AcroForm")
    todo = _kids(form, "/Fields")
    for _ in range(_MOST):
        if not todo:
            return
        one = todo.pop()
        todo += _kids(one, "/Kids")
        if "/V" not in one or _name(one) in seen:
            continue
        found = _field(one, Place("form field on no page", "page"), drawn=True)
        if found is not None and found.value is not None:
            yield found


def _kids(one: Any, key: str) -> list[Any]:  # noqa: ANN401  # pikepdf objects
    kids = one.get(key) if isinstance(one, pikepdf.Dictionary) else None
    every = list(kids) if isinstance(kids, pikepdf.Array) else []
    return [kid for kid in every if isinstance(kid, pikepdf.Dictionary)]


def is_dynamic(objects: pikepdf.Pdf) -> bool:
    """Say whether the pages are not drawn before the program that made the form draws them."""
    return bool(objects.Root.get("/NeedsRendering"))


def has_xfa(objects: pikepdf.Pdf) -> bool:
    """Say whether the form is an XFA form."""
    form = objects.Root.get("/AcroForm")
    return isinstance(form, pikepdf.Dictionary) and "/XFA" in form


def xfa_datasets(objects: pikepdf.Pdf) -> bytes | None:
    """Return the XFA datasets packet, which holds what was filled in; None where there is none."""
    xfa = objects.Root.AcroForm.get("/XFA")
    if isinstance(xfa, pikepdf.Stream):
        return xfa.read_bytes()
    packets = list(xfa) if isinstance(xfa, pikepdf.Array) else []
    for name, packet in zip(packets[::2], packets[1::2], strict=False):
        if str(name) == "datasets" and isinstance(packet, pikepdf.Stream):
            return packet.read_bytes()
    return None


def _widgets(objects: pikepdf.Pdf) -> Iterator[tuple[int, Any, tuple[int, Box]]]:
    count = 0
    for number, page in enumerate(objects.pages, 1):
        annotations = page.obj.get("/Annots")
        for one in annotations if isinstance(annotations, pikepdf.Array) else ():
            if isinstance(one, pikepdf.Dictionary) and one.get("/Subtype") == "/Widget":
                count += 1
                yield count, one, (number, _box(one, page))


def _box(widget: Any, page: Any) -> Box:  # noqa: ANN401  # pikepdf objects
    x0, y0, x1, y1 = (float(one) for one in widget.Rect)
    left, _, _, top = (float(one) for one in page.mediabox)
    return min(x0, x1) - left, top - max(y0, y1), max(x0, x1) - left, top - min(y0, y1)


def _field(widget: Any, place: Place, *, drawn: bool) -> FormField | None:  # noqa: ANN401  # a pikepdf object
    """Return the field of a widget; `drawn` says that its appearance tells nothing."""
    flags = int(_inherited(widget, "/Ff") or 0)
    kind = {"/Tx": "text", "/Ch": "choice", "/Sig": "signature"}.get(
        str(_inherited(widget, "/FT")), ""
    )
    if str(_inherited(widget, "/FT")) == "/Btn":
        kind = "" if flags & _PUSH else "radio" if flags & _RADIO else "check"
    if not kind:
        return None
    value, doubtful = _value(widget, kind)
    return FormField(
        name=_name(widget),
        kind=kind,
        value=value,
        label=folded(str(_inherited(widget, "/TU") or "")),
        place=place,
        doubtful=doubtful,
        differs=not drawn
        and value is not None
        and kind in {"text", "choice"}
        and differs(widget, flags, value),
    )


def _value(widget: Any, kind: str) -> tuple[str | None, bool]:  # noqa: ANN401  # pikepdf objects and JSON have no types
    given = _inherited(widget, "/V")
    if kind in {"check", "radio"}:
        return _button(widget, str(given or "/Off"), kind)
    if kind == "signature":
        return ("signed" if given is not None else None), False
    if isinstance(given, pikepdf.Array):
        words = [_shown(widget, str(one)) for one in given]
        return folded("; ".join(words)) or None, False
    if isinstance(given, pikepdf.Stream):
        given = given.read_bytes().decode("utf-8", "replace")
    text = str(given) if given is not None else ""
    return folded(_shown(widget, text) if kind == "choice" else text) or None, False


def _button(widget: Any, value: str, kind: str) -> tuple[str | None, bool]:  # noqa: ANN401  # pikepdf objects and JSON have no types
    """Return a button's state; where the value and the drawn state disagree it is doubtful."""
    state = str(widget.get("/AS") or "/Off")
    if kind == "radio":
        chosen = state != "/Off" and state == value
        return (_exported(widget, value) if chosen else None), state not in {"/Off", value}
    if "/AS" not in widget and "/AP" in widget:
        state = value
    return ("true" if state != "/Off" else None), (state == "/Off") != (value == "/Off")


def _exported(widget: Any, state: str) -> str:  # noqa: ANN401  # a pikepdf object
    """Return the export value of a radio button; a state that is a number counts its options."""
    word = state.removeprefix("/")
    options = _inherited(widget, "/Opt")
    if word.isdigit() and isinstance(options, pikepdf.Array) and int(word) < len(options):
        return str(options[int(word)])
    return word


def _shown(widget: Any, export: str) -> str:  # noqa: ANN401  # pikepdf objects and JSON have no types
    """Return the words a choice shows for its export value."""
    options = _inherited(widget, "/Opt")
    for one in options if isinstance(options, pikepdf.Array) else ():
        if isinstance(one, pikepdf.Array) and len(one) > 1 and str(one[0]) == export:
            return str(one[1])
    return export


def _name(widget: Any) -> str:  # noqa: ANN401  # pikepdf objects and JSON have no types
    parts = [str(one.T) for one in _chain(widget) if "/T" in one]
    return ".".join(reversed(parts))


def _inherited(widget: Any, key: str) -> Any:  # noqa: ANN401  # pikepdf objects and JSON have no types
    return next((one.get(key) for one in _chain(widget) if key in one), None)


def _chain(widget: Any) -> Iterator[Any]:  # noqa: ANN401  # pikepdf objects and JSON have no types
    """Yield a widget and its parents; a loop of parents ends at the depth cap."""
    one = widget
    for _ in range(_DEPTH):
        if not isinstance(one, pikepdf.Dictionary):
            return
        yield one
        one = one.get("/Parent")
