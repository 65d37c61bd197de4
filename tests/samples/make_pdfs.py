"""Makes the shipped PDF samples: Keystone's ruled form by typst, Susquehanna's fillable form.

Run by hand, `python tests/samples/make_pdfs.py`, when a sample is to change; the PDFs are
committed. Everybody in them is invented and agrees with `templates/demo/world.yaml`. The same
script gives the same bytes.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pikepdf
import typst

SAMPLES = Path(__file__).parents[2] / "templates" / "demo" / "samples"
STAMP = 1_793_600_000

KEYSTONE = r"""
#let d = json(bytes(sys.inputs.data))
#set document(title: "Care plan form KU-114", date: datetime(year: 2026, month: 11, day: 2))
#set text(font: "Libertinus Serif", size: 10pt, lang: "en")
#set page(paper: "us-letter", margin: (x: 0.6in, y: 0.6in), footer: context [
  #set text(size: 7.5pt)
  Form KU-114 rev. 3 #h(1fr)
  Page #counter(page).display() of #counter(page).final().first()
])
#set table(stroke: 0.6pt, inset: 5pt)
#show table: set text(size: 9pt)
#let box-of((label, value)) = [#text(size: 7pt, label) \ #value]
#let boxes(columns, items) = table(columns: columns, ..items.map(box-of))
#let head(title) = block(above: 1.2em, below: 0.5em, text(size: 11pt, weight: "bold", title))
#let grid-of(name, widths) = {
  let one = d.tables.at(name)
  table(columns: widths, table.header(..one.heads.map(x => text(size: 7.5pt, weight: "bold", x))),
    ..one.rows.flatten())
}
#let tick(option, marked) = box(inset: (right: 14pt))[
  #box(width: 8pt, height: 8pt, stroke: 0.7pt, baseline: 1pt, if marked {
    place(line(start: (0pt, 0pt), end: (8pt, 8pt), stroke: 1pt))
    place(line(start: (0pt, 8pt), end: (8pt, 0pt), stroke: 1pt))
  })#h(4pt)#option]

#text(size: 15pt, weight: "bold")[Keystone Unity Health Plan] #h(1fr)
#text(size: 12pt)[Member Care Plan]
#v(-4pt)
#boxes((1fr,) * 4, d.plan)
#head[Member]
#boxes((1fr,) * 4, d.member)
#head[Risk level]
#for option in ("Low", "Moderate", "High") { tick(option, option == d.risk) }
#head[Care team]
#grid-of("team", (1.4fr, 1.2fr, 1.6fr, 1fr))
#head[Requests of the practice]
#grid-of("asks", (3fr, 1fr, 1.4fr))
#head[Concerns]
#grid-of("concerns", (0.4fr, 2.4fr, 0.8fr, 0.8fr, 0.9fr))
#head[Goals]
#grid-of("goals", (0.4fr, 2.6fr, 0.8fr, 0.9fr, 1.6fr))
#head[Interventions]
#grid-of("interventions", (0.4fr, 2.4fr, 1.1fr, 1.4fr, 0.6fr, 1.1fr, 0.9fr))
#head[Medications]
#grid-of("medications", (2fr, 2fr, 0.8fr))
#head[Allergies]
#grid-of("allergies", (1.4fr, 1.4fr, 1fr))
#head[In the member's words, and what to do in a crisis]
#boxes((1fr, 1fr), d.words)
"""

OKAFOR = {
    "plan": [
        ["Plan number", "KU-CP-30218"],
        ["Version", "1"],
        ["Date written", "11/02/2026"],
        ["Plan status", "Active"],
        ["Plan begins", "11/02/2026"],
        ["Plan ends", "05/02/2027"],
        ["Next review", "02/02/2027"],
        ["Reason for plan", "Two hospital stays for COPD in four months"],
    ],
    "member": [
        ["Last name", "Okafor"],
        ["First name", "Walter"],
        ["Date of birth", "02/03/1954"],
        ["Sex", "M"],
        ["Member ID", "K100200302"],
        ["Medicaid ID", "2200145689"],
        ["Phone", "+1-555-0177"],
        ["County", "Allegheny"],
        ["Language", "English"],
        ["Interpreter", "No"],
        ["Strengths", "Keeps a daily log; daughter lives next door"],
        ["Barriers", "No car; second floor walk-up"],
    ],
    "risk": "High",
    "tables": {
        "team": {
            "heads": ["Name", "Role", "Organization", "Telephone"],
            "rows": [
                [
                    "Helen Ortiz RN",
                    "Care coordinator",
                    "Keystone Unity Health Plan",
                    "+1-555-0110",
                ],
                ["Nadia Brandt RN", "Practice nurse", "Riverbend Family Medicine", "+1-555-0141"],
                ["Ngozi Okafor", "Daughter", "", "+1-555-0178"],
            ],
        },
        "asks": {
            "heads": ["Request", "Needed by", "To"],
            "rows": [
                [
                    "Visit within 7 days of discharge, with inhaler technique checked",
                    "11/09/2026",
                    "Riverbend Family Medicine",
                ],
                [
                    "Confirm spirometry and send us the result",
                    "12/02/2026",
                    "Riverbend Family Medicine",
                ],
            ],
        },
        "concerns": {
            "heads": ["No.", "Concern", "ICD-10", "Status", "Since"],
            "rows": [
                ["C1", "Chronic obstructive pulmonary disease", "J44.9", "Active", "2018"],
                ["C2", "Essential (primary) hypertension", "I10", "Active", "06/2011"],
                ["C3", "Lack of transportation to appointments", "Z59.82", "Active", "08/2026"],
            ],
        },
        "goals": {
            "heads": ["No.", "Goal", "For concern", "Target date", "Progress"],
            "rows": [
                ["G1", "No hospital stay for COPD in six months", "C1", "05/02/2027", ""],
                [
                    "G2",
                    "Blood pressure below 130/80 at two visits in a row",
                    "C2",
                    "02/2027",
                    "142/86 in October",
                ],
                [
                    "G3",
                    "Gets to every appointment with self-arranged rides",
                    "C3, C1",
                    "01/15/2027",
                    "",
                ],
            ],
        },
        "interventions": {
            "heads": ["No.", "What will be done", "Owner", "By", "Goal", "How often", "Start"],
            "rows": [
                [
                    "I1",
                    "Inhaler technique checked and COPD action plan reviewed",
                    "Practice",
                    "Riverbend Family Medicine",
                    "G1",
                    "Every visit",
                    "11/09/2026",
                ],
                [
                    "I2",
                    "Pulmonary rehabilitation, 12 weeks",
                    "Provider",
                    "Allegheny Lung Center",
                    "G1",
                    "Twice a week",
                    "12/01/2026",
                ],
                [
                    "I3",
                    "Home blood pressure cuff sent and its use taught by phone",
                    "Plan",
                    "Helen Ortiz RN",
                    "G2",
                    "Once",
                    "11/10/2026",
                ],
                [
                    "I4",
                    "Rides booked through MATP two days ahead",
                    "Member",
                    "Walter Okafor",
                    "G3",
                    "Each visit",
                    "11/02/2026",
                ],
            ],
        },
        "medications": {
            "heads": ["Medication", "Dose", "Taking"],
            "rows": [
                [
                    "Tiotropium 18 mcg inhalation capsule",
                    "1 capsule inhaled once a day",
                    "Yes",
                ],
                ["Albuterol inhaler 90 mcg", "2 puffs as needed", "Yes"],
                ["Lisinopril 20 mg tablet", "1 tablet once a day", "Yes"],
            ],
        },
        "allergies": {
            "heads": ["Allergy", "Reaction", "Severity"],
            "rows": [["Penicillin", "Hives", "Moderate"]],
        },
    },
    "words": [
        ["Member's words", "I want to walk to church again without stopping."],
        [
            "Crisis plan",
            "Breathless at rest or lips turn blue: call 911, then the nurse line.",
        ],
    ],
}

PAGE_TALL = 792
FORM: list[tuple[str, str, str, float, float, float, str]] = [
    # page 1: label, field, kind, x, y, width, value
    ("Plan no.", "txtPlanNo", "text", 40, 96, 120, "SCP-2026-0913"),
    ("Revision", "txtRev", "text", 172, 96, 60, "2"),
    ("Prepared (mm/dd/yyyy)", "txtPrepared", "text", 244, 96, 110, "11/05/2026"),
    ("Review due", "txtReview", "text", 366, 96, 110, "02/05/2027"),
    ("Surname", "txtLast", "text", 40, 150, 140, "Reyes"),
    ("Given name", "txtFirst", "text", 192, 150, 140, "Tomas"),
    ("Birth date", "txtDOB", "text", 344, 150, 90, "12/08/1972"),
    ("Sex", "cboSex", "choice", 446, 150, 100, "M"),
    ("SCP member number", "txtMbrNo", "text", 40, 196, 140, "000482913"),
    ("Medical Assistance number", "txtMA", "text", 192, 196, 140, "2200582913"),
    ("County of residence", "txtCounty", "text", 344, 196, 120, "Dauphin"),
    ("Preferred language", "txtLang", "text", 40, 242, 140, "Spanish"),
    ("Daytime phone", "txtPhone", "text", 192, 242, 140, "+1-555-0192"),
    ("Interpreter needed", "chkInterp", "check", 344, 242, 12, "Yes"),
    ("Care manager", "txtCM", "text", 40, 288, 200, "Elena Fischer RN"),
    ("Care manager phone", "txtCMPhone", "text", 252, 288, 150, "+1-555-0171"),
    ("Low risk", "chkLow", "check", 40, 336, 12, ""),
    ("Rising risk", "chkRising", "check", 140, 336, 12, ""),
    ("High risk", "chkHigh", "check", 240, 336, 12, "Yes"),
]
PROBLEMS = [
    ("P1", "Type 2 diabetes mellitus with diabetic chronic kidney disease", "E11.22"),
    ("P2", "Chronic kidney disease, stage 3b", "N18.32"),
    ("P3", "Food insecurity", "Z59.41"),
    ("", "", ""),
]
AIMS = [
    ("A1", "A1c below 8.0 percent", "P1", "05/05/2027", "9.4 in September"),
    ("A2", "Kidney function stays at eGFR 35 or above", "P2", "05/05/2027", ""),
    ("A3", "Enough food for every week of the month", "P3", "01/31/2027", ""),
    ("", "", "", "", ""),
]
ACTIONS = [
    ("Kidney specialist visit arranged and kept", "Practice", "A2", "12/15/2026"),
    ("Medically tailored meals, 12 weeks", "Community", "A3", "11/16/2026"),
    ("Diabetes self-management classes in Spanish", "Plan", "A1", "12/01/2026"),
    ("Checks glucose before breakfast and writes it down", "Member", "A1", "11/05/2026"),
    ("", "", "", ""),
]
REQUESTS = [
    ("Repeat urine albumin and eGFR, send results", "12/05/2026"),
    ("Review metformin dose against eGFR", "11/20/2026"),
    ("", ""),
]
TABLES: list[tuple[str, float, list[tuple[str, str, float]], list[tuple[str, ...]]]] = [
    (
        "Requests to the primary care practice",
        392,
        [("Request", "Req{n}", 400), ("Due", "Req{n}Due", 90)],
        REQUESTS,
    ),
    (
        "Problems",
        494,
        [("Key", "Prob{n}Key", 40), ("Problem", "Prob{n}", 350), ("ICD-10-CM", "Prob{n}Icd", 90)],
        PROBLEMS,
    ),
    (
        "Aims",
        614,
        [
            ("Key", "Aim{n}Key", 40),
            ("Aim", "Aim{n}", 230),
            ("Problem", "Aim{n}Prob", 60),
            ("By", "Aim{n}By", 80),
            ("Where things stand", "Aim{n}Now", 110),
        ],
        AIMS,
    ),
]
SECOND = [
    (
        "Actions",
        90,
        [
            ("Action", "Act{n}", 280),
            ("Who", "Act{n}Who", 80),
            ("Aim", "Act{n}Aim", 50),
            ("From", "Act{n}From", 90),
        ],
        ACTIONS,
    ),
    (
        "Medicines",
        240,
        [("Medicine", "Med{n}", 250), ("How taken", "Med{n}How", 240)],
        [
            ("Metformin 500 mg tablet", "1 tablet twice a day with meals"),
            ("Empagliflozin 10 mg tablet", "1 tablet each morning"),
            ("Losartan 50 mg tablet", "1 tablet once a day"),
            ("", ""),
        ],
    ),
]
LAST: list[tuple[str, str, str, float, float, float, str]] = [
    ("No known allergies", "chkNKA", "check", 40, 386, 12, "Yes"),
    ("In the member's own words", "txtOwn", "text", 40, 430, 500, "I do not want dialysis."),
    (
        "Notes to the practice",
        "txtNotes",
        "text",
        40,
        476,
        500,
        "Works nights; call after 2 pm. Wife Marta shops and cooks.",
    ),
]

FACE = r"""
#let d = json(bytes(sys.inputs.data))
#set document(title: "Member plan of care", date: datetime(year: 2026, month: 9, day: 1))
#set page(paper: "us-letter", margin: 0pt)
#set text(font: "Libertinus Serif", size: 9pt, lang: "en")
#for (number, page) in d.enumerate() {
  if number > 0 { pagebreak() }
  for (text-of, x, y, size) in page {
    place(dx: x * 1pt, dy: y * 1pt, text(size: size * 1pt, text-of))
  }
}
"""


def keystone(data: dict) -> bytes:
    """Return Keystone's form KU-114, filled in."""
    return typst.compile(
        KEYSTONE.encode(),
        sys_inputs={"data": json.dumps(data)},
        ignore_system_fonts=True,
        timestamp=STAMP,
    )


def susquehanna() -> bytes:
    """Return Susquehanna's fillable form with Reyes's plan in its fields."""
    first, second = _printed(FORM, TABLES), _printed(LAST, SECOND)
    first += [
        ("Susquehanna Choice Plan", 40, 34, 17),
        ("Member Plan of Care", 40, 58, 12),
        ("SCP-POC 09/2026, page 1", 40, 762, 7),
    ]
    second += [
        ("Susquehanna Choice Plan", 40, 34, 13),
        ("SCP-POC 09/2026, page 2", 40, 762, 7),
    ]
    face = typst.compile(
        FACE.encode(),
        sys_inputs={"data": json.dumps([first, second])},
        ignore_system_fonts=True,
        timestamp=STAMP,
    )
    return _fillable(face, [_fields(FORM, TABLES), _fields(LAST, SECOND)])


def _printed(singles: list, tables: list) -> list[tuple[str, float, float, float]]:
    """Return what the empty form prints: text, x, y and size in points from the top left."""
    words = []
    for label, _, kind, x, y, _, _ in singles:
        words.append((label, x + 18, y + 2, 9) if kind == "check" else (label, x, y - 10, 7.5))
    for title, top, columns, _ in tables:
        words.append((title, 40, top - 26, 11))
        x = 40.0
        for head, _, wide in columns:
            words.append((head, x, top - 10, 7.5))
            x += wide + 6
    return words


def _fields(singles: list, tables: list) -> list[tuple[str, str, str, list[float], str]]:
    """Return every field: name, tooltip, kind, box and value."""
    fields = [
        (name, label, kind, [x, y, x + wide, y + (12 if kind == "check" else 16)], value)
        for label, name, kind, x, y, wide, value in singles
    ]
    for title, top, columns, rows in tables:
        for number, row in enumerate(rows, 1):
            x = 40.0
            y = top + (number - 1) * 20
            for (head, shape, wide), value in zip(columns, row, strict=True):
                tip = f"{title}, row {number}: {head}"
                name = shape.replace("{n}", str(number))
                fields.append((name, tip, "text", [x, y, x + wide, y + 16], value))
                x += wide + 6
    return fields


def _fillable(face: bytes, pages: list) -> bytes:
    pdf = pikepdf.open(io.BytesIO(face))
    font = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type1,
            BaseFont=pikepdf.Name.Helvetica,
            Encoding=pikepdf.Name.WinAnsiEncoding,
        )
    )
    resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=font))
    every = []
    for page, fields in zip(pdf.pages, pages, strict=True):
        widgets = [pdf.make_indirect(_widget(pdf, resources, one)) for one in fields]
        page.obj.Annots = pikepdf.Array(widgets)
        every += widgets
    pdf.Root.AcroForm = pikepdf.Dictionary(
        Fields=pikepdf.Array(every), DR=resources, DA=pikepdf.String("/Helv 9 Tf 0 g")
    )
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def _widget(
    pdf: pikepdf.Pdf, resources: pikepdf.Dictionary, given: tuple[str, str, str, list[float], str]
) -> pikepdf.Dictionary:
    name, tip, kind, box, value = given
    x0, y0, x1, y1 = box
    widget = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Widget,
        FT={"text": pikepdf.Name.Tx, "choice": pikepdf.Name.Ch, "check": pikepdf.Name.Btn}[kind],
        T=pikepdf.String(name),
        TU=pikepdf.String(tip),
        Rect=pikepdf.Array([x0, PAGE_TALL - y1, x1, PAGE_TALL - y0]),
        F=4,
        DA=pikepdf.String("/Helv 9 Tf 0 g"),
        MK=pikepdf.Dictionary(BC=pikepdf.Array([0.5])),
    )
    wide, tall = x1 - x0, y1 - y0
    frame = f"0.6 G 0.5 w 0.25 0.25 {wide - 0.5:.2f} {tall - 0.5:.2f} re S "
    if kind == "check":
        cross = f"0 G 1.2 w 2.5 2.5 m {wide - 2.5} {tall - 2.5} l 2.5 {tall - 2.5} m "
        cross += f"{wide - 2.5} 2.5 l S"
        states = pikepdf.Dictionary(
            Yes=_drawn(pdf, resources, wide, tall, frame + cross),
            Off=_drawn(pdf, resources, wide, tall, frame),
        )
        chosen = pikepdf.Name.Yes if value else pikepdf.Name.Off
        widget.AP, widget.AS, widget.V = pikepdf.Dictionary(N=states), chosen, chosen
        return widget
    shown = {"M": "Male"}.get(value, value)
    if kind == "choice":
        options = [("F", "Female"), ("M", "Male"), ("U", "Not stated")]
        widget.Opt = pikepdf.Array(
            [pikepdf.Array([pikepdf.String(a), pikepdf.String(b)]) for a, b in options]
        )
        widget.Ff = 1 << 17
    if value:
        widget.V = pikepdf.String(value)
    escaped = shown.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    text = f"/Tx BMC q BT /Helv 9 Tf 0 g 3 4.5 Td ({escaped}) Tj ET Q EMC"
    widget.AP = pikepdf.Dictionary(N=_drawn(pdf, resources, wide, tall, frame + text))
    return widget


def _drawn(
    pdf: pikepdf.Pdf, resources: pikepdf.Dictionary, wide: float, tall: float, content: str
) -> pikepdf.Object:
    return pdf.make_indirect(
        pikepdf.Stream(
            pdf,
            content.encode("latin-1"),
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Form,
            BBox=pikepdf.Array([0, 0, wide, tall]),
            Resources=resources,
        )
    )


MADE = {
    "mco-keystone/okafor_care_plan.pdf": lambda: keystone(OKAFOR),
    "mco-susquehanna/reyes_care_plan.pdf": susquehanna,
}


def main() -> None:
    """Write every sample and say its size."""
    for name, make in MADE.items():
        path = SAMPLES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make())
        sys.stdout.write(f"{name}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
