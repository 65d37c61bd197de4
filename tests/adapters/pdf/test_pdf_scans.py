"""Scans: a synthetic form as a noisy, skewed picture, read by the extra `[ocr]`."""

from __future__ import annotations

import io
from importlib import import_module
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from adapters.formats.pdf import ocr
from adapters.mcos import keystone_pdf
from hub.canonical import Document, wire

SAMPLE = Path(__file__).parents[3] / "templates/demo/samples/mco-keystone/okafor_care_plan.pdf"
NEEDS_OCR = pytest.mark.skipif(
    not ocr.installed(),
    reason="SCANS ARE NOT TESTED: install the extra `icp-hub[ocr]` (rapidocr, onnxruntime)",
)
N = pikepdf.Name


def scanned(content: bytes, spoil) -> bytes:
    """Return the PDF as pictures of its pages at 200 dots an inch, spoilt."""
    made = pikepdf.new()
    with pypdfium2.PdfDocument(content) as file:
        for page in file:
            bitmap = page.render(scale=200 / 72, grayscale=True)
            rows = bytes(bitmap.buffer)
            size = bitmap.width, bitmap.height
            lines = [rows[y * bitmap.stride : y * bitmap.stride + size[0]] for y in range(size[1])]
            _picture(made, spoil(b"".join(lines), *size), size, page.get_size())
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _picture(made, pixels: bytes, size: tuple[int, int], points: tuple[float, float]) -> None:
    page = made.add_blank_page(page_size=points)
    image = made.make_stream(pixels)
    image.Type, image.Subtype = N.XObject, N.Image
    image.Width, image.Height = size
    image.ColorSpace, image.BitsPerComponent = N.DeviceGray, 8
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
    page.obj.Contents = made.make_stream(f"{points[0]} 0 0 {points[1]} 0 0 cm /I Do".encode())


def plain(pixels: bytes, _wide: int, _tall: int) -> bytes:
    return pixels


def noisy(pixels: bytes, wide: int, tall: int) -> bytes:
    """Return the picture with noise and a skew of one degree."""
    cv2, numpy = import_module("cv2"), import_module("numpy")
    grey = numpy.frombuffer(pixels, "uint8").reshape(tall, wide)
    turn = cv2.getRotationMatrix2D((wide / 2, tall / 2), 1.0, 1)
    grey = cv2.warpAffine(grey, turn, (wide, tall), borderValue=255).astype(float)
    grey += numpy.random.default_rng(7).normal(0, 12, grey.shape)
    return numpy.clip(grey, 0, 255).astype("uint8").tobytes()


def read(content: bytes):
    return keystone_pdf.ADAPTER.read(Document(content, "scan.pdf"))


@pytest.fixture(scope="module")
def reading():
    """Return the reading of the sample as a spoilt scan, without hurry."""
    hurry, ocr.Eyes.seconds = ocr.Eyes.seconds, 600.0
    try:
        return read(scanned(SAMPLE.read_bytes(), noisy))
    finally:
        ocr.Eyes.seconds = hurry


def values(made) -> dict[str, object]:
    """Return the leaves of a plan by what they are called, list items by their texts."""
    found: dict[str, object] = {}

    def walk(value: object, path: str) -> None:
        if isinstance(value, dict):
            name = str(value.get("id") or value.get("text") or "")
            for key, below in value.items():
                if key not in {"places", "residue", "part2_origin"}:
                    walk(below, f"{path}[{name}].{key}")
        elif isinstance(value, list):
            for number, below in enumerate(value):
                walk(below, f"{path}.{number if not isinstance(below, dict) else ''}")
        elif value is not None:
            found[path] = value

    walk(wire.plain(made), "")
    return found


def test_scan_without_the_extra_names_it(monkeypatch):
    """Without the extra a scan makes no plan, and the finding names what is missing."""
    monkeypatch.setattr(ocr, "installed", lambda: False)
    made = read(scanned(SAMPLE.read_bytes(), plain))
    assert (made.plans, made.findings[0].code, "[ocr]" in made.findings[0].message) == (
        (),
        "no_text_layer",
        True,
    )


@NEEDS_OCR
def test_scan_is_sure_of_no_wrong_value(reading):
    """No value that a noisy, skewed scan is sure of is another than the form's."""
    right = values(read(SAMPLE.read_bytes()).plans[0])
    plan = reading.plans[0]
    doubted = {
        said_at(plan, pointer) for pointer, one in plan.places.items() if one.confidence < 0.9
    }
    seen = values(plan)
    wrong = {value for path, value in seen.items() if right.get(path) != value}
    assert wrong <= doubted


def said_at(plan, pointer: str) -> object:
    """Return what stands at a JSON pointer of a plan."""
    here = wire.plain(plan)
    for name in pointer.split("/")[1:]:
        here = here[int(name)] if isinstance(here, list) else here[name]
    return here if not isinstance(here, list | dict) else str(here)


@NEEDS_OCR
def test_most_of_a_scan_is_sure(reading):
    """Doubt is no refuge: most values of a scan of good quality are sure."""
    places = [
        one for pointer, one in reading.plans[0].places.items() if not pointer.startswith("/resid")
    ]
    assert sum(one.confidence >= 0.9 for one in places) > 0.6 * len(places)


@NEEDS_OCR
def test_scan_is_read_nearly_whole(reading):
    """Nine in ten values of the form are read from its scan."""
    right = values(read(SAMPLE.read_bytes()).plans[0])
    assert len(values(reading.plans[0])) >= 0.9 * len(right)


@NEEDS_OCR
def test_scan_is_told(reading):
    """Each page that was read from a picture is told."""
    told = [one.place.at for one in reading.findings if one.code == "read_by_ocr"]
    assert told == ["page 1", "page 2"]


@NEEDS_OCR
def test_scanned_values_are_never_certain(reading):
    """No value of a scan is surer than a recogniser may be."""
    places = reading.plans[0].places.values()
    assert max(one.confidence for one in places if one.at.startswith("page")) <= ocr.CEILING


@NEEDS_OCR
def test_scan_keeps_its_tally(reading):
    """The tally of a scan adds up."""
    tally = reading.coverage
    assert tally.source_items == tally.mapped + tally.residue + tally.ignored


@NEEDS_OCR
def test_too_many_scans_make_no_half_plan(monkeypatch):
    """Where there is no time for every page there is no plan."""
    monkeypatch.setattr(ocr.Eyes, "seconds", -1.0)
    made = read(scanned(SAMPLE.read_bytes(), plain))
    assert (made.plans, made.findings[0].code) == ((), "too_many_scans")
