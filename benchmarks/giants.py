"""Documents far beyond the ordinary: a 10 MB care plan, a 10,000-row table, a 300-page PDF.

`adversity` sends them beside ordinary load. The plan and the table are good and must arrive, every
plan of them; the PDF is longer than the reader takes and must be refused with its reason.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import pypdfium2

from benchmarks import documents
from benchmarks.care_plan import grown
from hub.render.shelf import template

ADAPTERS = ("adapters.mcos.laurel_csv:ADAPTER", "adapters.mcos.keystone_pdf:ADAPTER")
PLAN_BYTES = 10_000_000
ROWS = 10_000
PAGES = 300
_SAMPLE = "demo/samples/mco-keystone/okafor_care_plan.pdf"


@dataclass(frozen=True, slots=True)
class Giant:
    """One such document; `plans` is how many must arrive, `reason` the finding that refuses it."""

    name: str
    media_type: str
    content: bytes
    plans: int
    reason: str = ""


def all_of_them() -> tuple[Giant, ...]:
    """Return the three."""
    whole = documents.filled(grown(PLAN_BYTES), documents.person(1), 990_001)
    one, two = (len(documents.table([documents.person(1)] * n, 1).splitlines()) for n in (1, 2))
    members = -(-ROWS // (two - one))
    table = documents.table([documents.person(n) for n in range(members)], 990_002)
    return (
        Giant("care_plan_10_mb", "application/xml", whole, 1),
        Giant("table_10000_rows", "text/csv", table, members),
        Giant("pdf_300_pages", "application/pdf", long_pdf(PAGES), 0, "too_many_pages"),
    )


def long_pdf(pages: int) -> bytes:
    """Return a PDF of so many pages: those of a sample, over and over."""
    sample = pypdfium2.PdfDocument(template(_SAMPLE).read_bytes())
    whole = pypdfium2.PdfDocument.new()
    while len(whole) < pages:
        whole.import_pages(sample, list(range(min(len(sample), pages - len(whole)))))
    out = io.BytesIO()
    whole.save(out)
    whole.close()
    sample.close()
    return out.getvalue()
