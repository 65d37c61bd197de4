"""pdfium's functions for characters and paths, bound once more without a look at each argument.

Called by `glyphs` and `ruling`, which ask pdfium thousands of times a page: a call costs a third of
what it costs through `pypdfium2.raw`, which converts every argument and lets the interpreter's lock
go. Nothing is checked here: give what `handle` or these functions returned, `byref` and small ints.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, Final

from pypdfium2 import raw

if TYPE_CHECKING:
    from collections.abc import Callable


class Pointer(ctypes.c_void_p):
    """What pdfium points to; a plain `c_void_p` would come back as a number and be cut."""


def handle(given: Any) -> Any:  # noqa: ANN401  # ctypes has no names for these
    """Return a pointer of `pypdfium2` as the functions here take it, converted once."""
    return ctypes.c_void_p.from_param(ctypes.cast(given, ctypes.c_void_p).value)


def _bound(name: str, gives: Any = ctypes.c_int, *takes: Any) -> Callable[..., Any]:  # noqa: ANN401  # ctypes types
    """Return a function of the library that `pypdfium2` has loaded, by its C name.

    `takes` is needed only where a number is wider than an `int`.
    """
    address = ctypes.cast(getattr(raw, name), ctypes.c_void_p).value
    assert address, "pdfium lacks a function that pypdfium2 has"  # noqa: S101  # for the type checker
    return ctypes.PYFUNCTYPE(gives, *takes)(address)


unicode_of: Final = _bound("FPDFText_GetUnicode", ctypes.c_uint)
unmapped: Final = _bound("FPDFText_HasUnicodeMapError")
generated: Final = _bound("FPDFText_IsGenerated")
angle_of: Final = _bound("FPDFText_GetCharAngle", ctypes.c_float)
size_of: Final = _bound("FPDFText_GetFontSize", ctypes.c_double)
box_of: Final = _bound("FPDFText_GetCharBox")
count_boxes: Final = _bound("FPDFText_CountRects")
box_found: Final = _bound("FPDFText_GetRect")

count_objects: Final = _bound("FPDFPage_CountObjects")
object_at: Final = _bound("FPDFPage_GetObject", Pointer)
count_inside: Final = _bound("FPDFFormObj_CountObjects")
inside_at: Final = _bound("FPDFFormObj_GetObject", Pointer, ctypes.c_void_p, ctypes.c_ulong)
kind_of: Final = _bound("FPDFPageObj_GetType")
matrix_of: Final = _bound("FPDFPageObj_GetMatrix")
drawing_of: Final = _bound("FPDFPath_GetDrawMode")
filling_of: Final = _bound("FPDFPageObj_GetFillColor")
stroking_of: Final = _bound("FPDFPageObj_GetStrokeColor")
count_corners: Final = _bound("FPDFPath_CountSegments")
corner_at: Final = _bound("FPDFPath_GetPathSegment", Pointer)
corner_kind: Final = _bound("FPDFPathSegment_GetType")
corner_point: Final = _bound("FPDFPathSegment_GetPoint")
corner_closes: Final = _bound("FPDFPathSegment_GetClose")
