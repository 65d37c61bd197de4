"""Makes the PDFs of `documents/`: `python tests/fidelity/make_documents.py`. All is invented.

The demo MCOs' two forms filled for other members, and three scans: pages drawn, tilted a little,
speckled and kept as pictures alone. Their gold readings were written by looking at the pages, so a
document that is made anew needs its gold looked at again.
"""

from __future__ import annotations

import copy
import io
import random
import sys
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import typst
from PIL import Image

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.samples import make_pdfs as forms  # noqa: E402  # a script finds the project by its path

DOCUMENTS = HERE / "documents"

VARGA: dict[str, Any] = copy.deepcopy(forms.OKAFOR)
VARGA["plan"] = [
    ["Plan number", "KU-CP-30977"],
    ["Version", "3"],
    ["Date written", "09/28/2026"],
    ["Plan status", "Active"],
    ["Plan begins", "10/01/2026"],
    ["Plan ends", "09/30/2027"],
    ["Next review", "01/04/2027"],
    ["Reason for plan", "Kidney transplant list, dialysis three days a week"],
]
VARGA["member"] = [
    ["Last name", "Varga-Lindholm"],
    ["First name", "Ilona"],
    ["Date of birth", "11/30/1978"],
    ["Sex", "F"],
    ["Member ID", "K100200977"],
    ["Medicaid ID", "2200149773"],
    ["Phone", "+1-555-0159"],
    ["County", "Westmoreland"],
    ["Language", "Spanish"],
    ["Interpreter", "Yes"],
    ["Strengths", "Never misses dialysis"],
    ["Barriers", "Chair time ends after the last bus; no kitchen at the rented room"],
]
VARGA["risk"] = "Moderate"
VARGA["tables"]["team"]["rows"] = [
    ["Samuel Osei LSW", "Care coordinator", "Keystone Unity Health Plan", "+1-555-0111"],
    ["Dr. Kwame Adler", "Nephrologist", "Three Rivers Kidney Care", "+1-555-0160"],
]
VARGA["tables"]["asks"]["rows"] = [
    ["Hepatitis B titer for the transplant list", "10/30/2026", "Northside Community Health Center"]
]
VARGA["tables"]["concerns"]["rows"] = [
    ["C1", "End stage renal disease on hemodialysis", "N18.6", "Active", "02/14/2024"],
    ["C2", "Dialysis dependence", "Z99.2", "Active", "2024"],
    [
        "C3",
        (
            "Eats mostly from cans because the rented room has no kitchen, and the salt shows in "
            "her weight between sessions"
        ),
        "Z59.1",
        "Resolved",
        "",
    ],
]
VARGA["tables"]["goals"]["rows"] = [
    ["G1", "Active on the transplant list by summer", "C1, C2", "06/30/2027", "Work-up half done"],
    [
        "G2",
        "Weight gain between sessions of 2 kg or less in nine of ten sessions",
        "C3",
        "12/31/2026",
        "3.1 kg on average, down from 3.8 kg in July",
    ],
]
VARGA["tables"]["interventions"]["rows"] = [
    [
        "I1",
        "Ride home after each session, booked a month ahead by the coordinator",
        "Plan",
        "Samuel Osei LSW",
        "G1",
        "Three days a week",
        "10/01/2026",
    ],
    [
        "I2",
        "Dental clearance for the transplant list",
        "Provider",
        "Allegheny Dental School",
        "G1",
        "Once",
        "10/12/2026",
    ],
    [
        "I3",
        "Meals low in salt, seven a week",
        "Community",
        "Open Table Kitchen",
        "G2",
        "Weekly",
        "10/05/2026",
    ],
]
VARGA["tables"]["medications"]["rows"] = [
    ["Sevelamer 800 mg tablet", "2 tablets with each meal", "Yes"],
    ["Ibuprofen 400 mg tablet", "as needed", "No"],
]
VARGA["tables"]["allergies"]["rows"] = [
    ["Iodinated contrast", "Shortness of breath", "Severe"],
    ["Latex", "Rash", "Mild"],
]
VARGA["words"] = [
    ["Member's words", "I want my Tuesdays back."],
    ["Crisis plan", "Bleeding from the fistula: press hard, call 911."],
]

BYRNE: dict[str, Any] = copy.deepcopy(VARGA)
BYRNE["plan"] = [
    ["Plan number", "KU-CP-31004"],
    ["Version", "1"],
    ["Date written", "11/16/2026"],
    ["Plan status", "Draft"],
    ["Plan begins", "12/01/2026"],
    ["Plan ends", ""],
    ["Next review", "12/15/2026"],
    ["Reason for plan", ""],
]
BYRNE["member"] = [
    ["Last name", "Byrne"],
    ["First name", "Colm"],
    ["Date of birth", "04/01/2009"],
    ["Sex", "M"],
    ["Member ID", "K100201004"],
    ["Medicaid ID", "2200150044"],
    ["Phone", ""],
    ["County", "Butler"],
    ["Language", "English"],
    ["Interpreter", "No"],
    ["Strengths", "Runs cross-country"],
    ["Barriers", ""],
]
BYRNE["risk"] = "Low"
BYRNE["tables"]["team"]["rows"] = [["Maeve Byrne", "Mother", "", "+1-555-0123"]]
BYRNE["tables"]["asks"]["rows"] = [["School form for the inhaler", "12/04/2026", "School nurse"]]
BYRNE["tables"]["concerns"]["rows"] = [
    ["C1", "Exercise-induced bronchospasm", "J45.990", "Active", "09/2025"]
]
BYRNE["tables"]["goals"]["rows"] = [
    ["G1", "Finishes the 5 km race without stopping for breath", "C1", "05/15/2027", ""]
]
BYRNE["tables"]["interventions"]["rows"] = [
    ["I1", "Inhaler 15 minutes before practice", "Member", "Colm Byrne", "G1", "Daily", ""]
]
BYRNE["tables"]["medications"]["rows"] = [["Albuterol inhaler 90 mcg", "2 puffs", "Yes"]]
BYRNE["tables"]["allergies"]["rows"] = [["Peanut", "Lip swelling", "Moderate"]]
BYRNE["words"] = [["Member's words", ""], ["Crisis plan", "Two puffs, rest, call his mother."]]

OYELARAN = {
    "txtPlanNo": "SCP-2026-0977",
    "txtRev": "1",
    "txtPrepared": "10/19/2026",
    "txtReview": "04/19/2027",
    "txtLast": "Oyelaran",
    "txtFirst": "Funke",
    "txtDOB": "08/09/1995",
    "cboSex": "F",
    "txtMbrNo": "000048977",
    "txtMA": "2200048977",
    "txtCounty": "Lancaster",
    "txtLang": "English",
    "txtPhone": "+1-555-0137",
    "txtCM": "Rosalind Achterberg RN",
    "txtCMPhone": "+1-555-0172",
    "chkRising": "Yes",
    "txtOwn": "Nobody told me the first one would hurt (it did).",
    "txtNotes": "Due 02/14/2027. Speak to her, not to her mother.",
}
ROWS = {
    "Requests to the primary care practice": [
        ("Iron studies at the next visit", "11/06/2026"),
        ("", ""),
        ("", ""),
    ],
    "Problems": [
        ("P1", "Pregnancy, second trimester", "Z34.92"),
        ("P2", "Iron deficiency anemia", "D50.9"),
        ("", "", ""),
        ("", "", ""),
    ],
    "Aims": [
        ("A1", "Hemoglobin of 11 or more at week 28", "P2", "12/01/2026", "9.7 in week 20"),
        ("A2", "Every visit kept until birth", "P1", "02/14/2027", "6 of 6"),
        ("", "", "", "", ""),
        ("", "", "", "", ""),
    ],
    "Actions": [
        ("Iron tablets with orange juice, not tea", "Member", "A1", "10/20/2026"),
        ("Doula from the county program", "Community", "A2", "11/15/2026"),
        ("Visit reminders by text", "Plan", "A2", "10/19/2026"),
        ("", "", "", ""),
        ("", "", "", ""),
    ],
    "Medicines": [
        ("Ferrous sulfate 325 mg tablet", "1 tablet every other day"),
        ("Prenatal vitamin", "1 tablet each evening"),
        ("", ""),
        ("", ""),
    ],
}


def susquehanna(values: dict[str, str], rows: dict[str, list]) -> bytes:
    """Return Susquehanna's fillable form with these values in its fields."""
    first = [(*field[:6], values.get(field[1], "")) for field in forms.FORM]
    last = [(*field[:6], values.get(field[1], "")) for field in forms.LAST]
    tables = [(*table[:3], rows[table[0]]) for table in forms.TABLES]
    second = [(*table[:3], rows[table[0]]) for table in forms.SECOND]
    heads = [("Susquehanna Choice Plan", 40, 34, 17), ("Member Plan of Care", 40, 58, 12)]
    faces = [
        [*forms._printed(first, tables), *heads, ("SCP-POC 09/2026, page 1", 40, 762, 7)],  # noqa: SLF001  # the form's own face
        [*forms._printed(last, second), heads[0], ("SCP-POC 09/2026, page 2", 40, 762, 7)],  # noqa: SLF001  # the form's own face
    ]
    face = typst.compile(
        forms.FACE.encode(),
        sys_inputs={"data": forms.json.dumps(faces)},
        ignore_system_fonts=True,
        timestamp=forms.STAMP,
    )
    return forms._fillable(face, [forms._fields(first, tables), forms._fields(last, second)])  # noqa: SLF001  # the form's own fields


def scanned(content: bytes, seed: int, dots: int, tilt: float) -> bytes:
    """Return the pages as a scanner would: black and white, tilted by degrees, with speckles."""
    dice = random.Random(seed)  # noqa: S311  # speckles, no secret
    document = pypdfium2.PdfDocument(content)
    document.init_forms()
    pages = []
    for page in document:
        drawn = page.render(scale=dots / 72, may_draw_forms=True).to_pil().convert("L")
        drawn = drawn.rotate(tilt, fillcolor=255, resample=Image.Resampling.BICUBIC)
        for _ in range(400):
            spot = (dice.randrange(drawn.width), dice.randrange(drawn.height))
            drawn.putpixel(spot, dice.randrange(160))
        pages.append(drawn.point(lambda shade: 255 if shade > 150 else 0).convert("1"))
    out = io.BytesIO()
    pages[0].save(out, "PDF", resolution=dots, save_all=True, append_images=pages[1:])
    return _settled(out.getvalue())


def scanned_pages(content: bytes, pages: list[int], seed: int, dots: int, tilt: float) -> bytes:
    """Return some pages of a PDF, counted from 1, as a scanner would give them."""
    whole, part = pypdfium2.PdfDocument(content), pypdfium2.PdfDocument.new()
    part.import_pages(whole, [number - 1 for number in pages])
    out = io.BytesIO()
    part.save(out)
    return scanned(out.getvalue(), seed, dots, tilt)


def _settled(content: bytes) -> bytes:
    """Return the PDF without the time it was made, so that the same pages give the same bytes."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def made() -> dict[str, bytes]:
    """Return every document by name."""
    varga, byrne = forms.keystone(VARGA), forms.keystone(BYRNE)
    oyelaran = susquehanna(OYELARAN, ROWS)
    return {
        "keystone_varga.pdf": varga,
        "keystone_byrne.pdf": byrne,
        "susquehanna_oyelaran.pdf": oyelaran,
        "keystone_okafor_scan.pdf": scanned(forms.keystone(forms.OKAFOR), 1, 200, 0.4),
        "keystone_varga_scan.pdf": scanned(varga, 2, 150, -0.6),
        "susquehanna_oyelaran_scan.pdf": scanned(oyelaran, 3, 200, 0.0),
    }


if __name__ == "__main__":
    for name, content in made().items():
        (DOCUMENTS / name).write_bytes(content)
        sys.stdout.write(f"{name}: {len(content)} bytes\n")
