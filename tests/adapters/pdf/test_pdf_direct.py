"""pdfium called without a look at each argument says what it says through pypdfium2."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from pypdfium2 import raw

from adapters.formats.pdf import direct

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORM = "templates/demo/samples/mco-keystone/okafor_care_plan.pdf"


@pytest.fixture
def page() -> Iterator[pypdfium2.PdfPage]:
    """Give the first page of the ruled form among the samples."""
    with pypdfium2.PdfDocument(Path(__file__).parents[3] / _FORM) as file:
        yield file[0]


def test_characters_are_told_alike(page: pypdfium2.PdfPage) -> None:
    """Each character's meaning, angle, size and box is the same by either way."""
    text = page.get_textpage()
    handle = direct.handle(text.raw)
    sides = (ctypes.c_double * 4)()
    at = [ctypes.byref(sides, 8 * number) for number in range(4)]
    told: tuple[ctypes.c_double, ...] = tuple(ctypes.c_double() for _ in range(4))
    count = text.count_chars()
    assert count > 1000, "the form has a page full of words"
    for k in range(count):
        assert direct.unicode_of(handle, k) == raw.FPDFText_GetUnicode(text.raw, k)
        assert direct.unmapped(handle, k) == raw.FPDFText_HasUnicodeMapError(text.raw, k)
        assert direct.generated(handle, k) == raw.FPDFText_IsGenerated(text.raw, k)
        assert direct.angle_of(handle, k) == raw.FPDFText_GetCharAngle(text.raw, k)
        assert direct.size_of(handle, k) == raw.FPDFText_GetFontSize(text.raw, k)
        assert direct.box_of(handle, k, *at) == raw.FPDFText_GetCharBox(text.raw, k, *told)
        assert list(sides) == [one.value for one in told]


def test_a_rectangle_of_characters_is_told_alike(page: pypdfium2.PdfPage) -> None:
    """How many rectangles characters fill, and where the first is, is the same by either way."""
    text = page.get_textpage()
    handle = direct.handle(text.raw)
    sides = (ctypes.c_double * 4)()
    at = [ctypes.byref(sides, 8 * number) for number in range(4)]
    told: tuple[ctypes.c_double, ...] = tuple(ctypes.c_double() for _ in range(4))
    for start in range(0, text.count_chars() - 5, 5):
        count = direct.count_boxes(handle, start, 5)
        assert count == raw.FPDFText_CountRects(text.raw, start, 5)
        assert direct.box_found(handle, 0, *at) == raw.FPDFText_GetRect(text.raw, 0, *told)
        assert list(sides) == [one.value for one in told]


def test_paths_are_told_alike(page: pypdfium2.PdfPage) -> None:
    """Each path's kind, matrix, corners and way of drawing is the same by either way."""
    handle = direct.handle(page.raw)
    count = direct.count_objects(handle)
    assert count == raw.FPDFPage_CountObjects(page.raw)
    corners = 0
    for number in range(count):
        one, other = direct.object_at(handle, number), raw.FPDFPage_GetObject(page.raw, number)
        kind = direct.kind_of(one)
        assert kind == raw.FPDFPageObj_GetType(other)
        matrix, told = (ctypes.c_float * 6)(), raw.FS_MATRIX()
        assert direct.matrix_of(one, matrix) == raw.FPDFPageObj_GetMatrix(other, told)
        assert list(matrix) == [told.a, told.b, told.c, told.d, told.e, told.f]
        if kind == raw.FPDF_PAGEOBJ_PATH:
            corners += _same_corners(one, other)
    assert corners > 100, "the form is ruled"


def _same_corners(one: direct.Pointer, other: object) -> int:
    count: int = direct.count_corners(one)
    assert count == raw.FPDFPath_CountSegments(other)
    for number in range(count):
        mine, theirs = direct.corner_at(one, number), raw.FPDFPath_GetPathSegment(other, number)
        assert direct.corner_kind(mine) == raw.FPDFPathSegment_GetType(theirs)
        assert direct.corner_closes(mine) == raw.FPDFPathSegment_GetClose(theirs)
        point = (ctypes.c_float * 2)()
        x, y = ctypes.c_float(), ctypes.c_float()
        direct.corner_point(mine, ctypes.byref(point), ctypes.byref(point, 4))
        raw.FPDFPathSegment_GetPoint(theirs, x, y)
        assert list(point) == [x.value, y.value]
    return count
