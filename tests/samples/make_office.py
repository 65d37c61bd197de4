"""Makes Word and Rich Text documents of plain descriptions, and the shipped office samples.

Run by hand, `python tests/samples/make_office.py`, when a sample is to change; they are committed.

A document is a list of items: `("h", level, text)`, `("p", text)`, `("boxes", pairs)` (a table whose
cells hold a label and its value), `("t", rows)` (a table with its heads first) and `("raw", markup)`.
Everybody in them is invented and agrees with `templates/demo/world.yaml`.
"""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.samples.make_pdfs import OKAFOR, SAMPLES  # run by hand it is no package

STAMP = (2026, 11, 22, 0, 0, 0)
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SPACES = (
    f'xmlns:w="{W}" xmlns:r="{R}" xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:v="urn:schemas-microsoft-com:vml"'
)
STYLES = (
    f'<w:styles {SPACES}><w:style w:type="paragraph" w:styleId="Kop1"><w:name w:val="heading 1"/>'
    '</w:style><w:style w:type="paragraph" w:styleId="Big"><w:name w:val="Section"/><w:pPr>'
    '<w:outlineLvl w:val="1"/></w:pPr></w:style></w:styles>'
)
TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    "</Types>"
)


def keystone(form=OKAFOR):
    """Return form KU-114 as items: the same content as its PDF sample."""
    boxes = ("Low", "Moderate", "High")
    risk = "   ".join(f"{'☒' if one == form['risk'] else '☐'} {one}" for one in boxes)
    heads = {
        "team": "Care team",
        "asks": "Requests of the practice",
        "concerns": "Concerns",
        "goals": "Goals",
        "interventions": "Interventions",
        "medications": "Medications",
        "allergies": "Allergies",
    }
    items = [
        ("p", "Keystone Unity Health Plan"),
        ("h", 1, "Member Care Plan"),
        ("boxes", form["plan"]),
        ("h", 1, "Member"),
        ("boxes", form["member"]),
        ("h", 1, "Risk level"),
        ("p", risk),
    ]
    for name, head in heads.items():
        table = form["tables"][name]
        items += [("h", 1, head), ("t", [table["heads"], *table["rows"]])]
    items += [
        ("h", 1, "In the member's words, and what to do in a crisis"),
        ("boxes", form["words"]),
        ("p", "Form KU-114 rev. 3"),
    ]
    return items


REQUEST = {
    "Care coordinator": "Dana Whitlock RN",
    "Phone": "+1-814-555-0163",
    "E-mail": "dana.whitlock@lhcc.example",
    "Date of request": "11/12/2026",
    "Service requested": "Air conditioner for the bedroom",
    "Rationale": "Two admissions for heart failure during the July heat",
    "Expected outcome": "No admission for heart failure in summer 2027",
    "Evidence-based practice": "",
    "Timeline": "Before 1 June 2027",
    "Estimated cost": "$640.00",
    "Cost of the conventional service": "$11,200",
    "Savings or added cost": "$10,560",
    "Continued service": "☐ Yes ☒ No",
    "Medical Director": "",
    "Date of decision": "",
}
LINDQVIST = {
    "LastName": ("Last name", "Lindqvist"),
    "FirstName": ("First name", "Grace"),
    "MemberId": ("Member ID", "LH0005512"),
    "BirthDate": ("Date of birth", "09/30/1948"),
}


def laurel(member):
    """Return form FS-2 as items; `member` are the items that name her."""
    said = list(REQUEST.items())
    return [
        ("p", "Laurel Highlands Community Care"),
        ("h", 1, "Flexible Services Request for Authorization"),
        ("p", "Please complete every line; call us for help with the form."),
        *[("p", f"{label}: {words}") for label, words in said[:4]],
        ("h", 1, "Member"),
        *member,
        ("h", 1, "Request"),
        ("p", "☐ Housing ☐ Transportation ☒ Home items ☐ Training ☐ Food and social"),
        *[("p", f"{label}: {words}") for label, words in said[4:9]],
        ("t", [["No.", "Goal of the plan", "By when"], ["G1", "No admission in 2027", "12/2027"]]),
        ("h", 1, "What stands in the way"),
        ("p", "Fixed income"),
        ("p", "Old wiring in the house"),
        ("h", 1, "What we ask of the practice"),
        ("p", "Confirm that heat worsens her heart failure"),
        ("h", 1, "Cost"),
        *[("p", f"{label}: {words}") for label, words in said[9:13]],
        ("h", 1, "Decision"),
        *[("p", f"{label}: {words}") for label, words in said[13:]],
        ("h", 1, "Home visit"),
        ("p", "Seen at home on a hot day, windows painted shut."),
        ("p", "Form FS-2 (2026)"),
    ]


def word_request():
    """Return the request as Word sends it: the member in content controls, boxes as form fields."""
    member = [
        ("raw", wp(f"{label}: ", runs=control(tag, words)))
        for tag, (label, words) in LINDQVIST.items()
    ]
    boxes = ("raw", wp("", runs=legacy_box("chkApproved", False) + wr(" approved ")))
    items = laurel(member)
    at = items.index(("h", 1, "Decision")) + 1
    return docx([*items[:at], boxes, *items[at:]])


def rich_request():
    """Return the request as Rich Text: the member on lines with labels."""
    return rtf(laurel([("p", f"{label}: {words}") for label, words in LINDQVIST.values()]))


def wr(text, look=""):
    """Return a Word run."""
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def control(tag, text, more=""):
    """Return a content control in a line."""
    said = wr(text) if text else ""
    return (
        f'<w:sdt><w:sdtPr><w:tag w:val="{tag}"/>{more}</w:sdtPr>'
        f"<w:sdtContent>{said}</w:sdtContent></w:sdt>"
    )


def legacy_box(name, marked):
    """Return a check box of the old kind, whose state is in its data only."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData>'
        f'<w:name w:val="{name}"/><w:checkBox><w:default w:val="0"/>'
        f'<w:checked w:val="{int(marked)}"/></w:checkBox></w:ffData></w:fldChar></w:r>'
        "<w:r><w:instrText> FORMCHECKBOX </w:instrText></w:r>"
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def wp(text, style="", runs=""):
    """Return a Word paragraph."""
    look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    said = f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""
    return f"<w:p>{look}{said}{runs}</w:p>"


def wtc(*paragraphs, look=""):
    """Return a Word table cell."""
    return f"<w:tc><w:tcPr>{look}</w:tcPr>{''.join(paragraphs)}</w:tc>"


def wtbl(rows):
    """Return a Word table of rows of cells."""
    return "<w:tbl>" + "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in rows) + "</w:tbl>"


def pairs_of(pairs, wide=4):
    """Return pairs as rows of so many."""
    return [pairs[at : at + wide] for at in range(0, len(pairs), wide)]


def _word(item):
    match item[0]:
        case "h":
            return wp(item[2], "Kop1" if item[1] == 1 else "Big")
        case "p":
            return wp(item[1])
        case "boxes":
            return wtbl(
                [[wtc(wp(label), wp(value)) for label, value in row] for row in pairs_of(item[1])]
            )
        case "t":
            return wtbl([[wtc(wp(cell)) for cell in row] for row in item[1]])
    return item[1]


def docx(items, parts=None, linked=()):
    """Return a Word document; `parts` are added by name, `linked` are (kind, target) of the body."""
    body = "".join(_word(item) for item in items)
    links = "".join(
        f'<Relationship Id="r{n}" Type="{R}/{kind}" Target="{escape(target)}"'
        f"{' TargetMode=' + chr(34) + 'External' + chr(34) if '://' in target else ''}/>"
        for n, (kind, target) in enumerate(linked)
    )
    given = {
        "[Content_Types].xml": TYPES,
        "word/document.xml": f"<w:document {SPACES}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": STYLES,
        "word/_rels/document.xml.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'
        ),
    } | (parts or {})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in given.items():
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, content)
    return out.getvalue()


def spelt(text):
    """Return text as RTF spells it."""
    plain = text.replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}")
    return "".join(c if ord(c) < 128 else f"\\u{ord(c)}?" for c in plain)


def _row(cells):
    edges = "".join(f"\\cellx{1000 * (n + 1)}" for n in range(len(cells)))
    inside = "".join(f"\\pard\\intbl {cell}\\cell\n" for cell in cells)
    return f"\\trowd{edges}\n{inside}\\row\n"


def _rich(item):
    match item[0]:
        case "h":
            return f"\\pard\\s1\\outlinelevel{item[1] - 1} {spelt(item[2])}\\par\n"
        case "p":
            return f"\\pard {spelt(item[1])}\\par\n"
        case "boxes":
            rows = pairs_of(item[1])
            return "".join(_row([f"{spelt(a)}\\par {spelt(b)}" for a, b in row]) for row in rows)
        case "t":
            return "".join(_row([spelt(cell) for cell in row]) for row in item[1])
    return item[1]


def rtf(items):
    """Return a Rich Text document."""
    fonts = "{\\fonttbl{\\f0\\fnil\\fcharset0 Calibri;}{\\f1\\fnil\\fcharset2 Wingdings;}}"
    styles = "{\\stylesheet{\\s0 Normal;}{\\s1 heading 1;}}"
    body = "".join(_rich(item) for item in items)
    return f"{{\\rtf1\\ansi\\ansicpg1252\\uc1{fonts}{styles}\n{body}}}".encode("ascii")


def workbook(table):
    """Return a table (text of a delimited file) as Excel keeps it: dates and ids as numbers."""
    made = openpyxl.Workbook()
    made.active.title = "Plans"
    head, *rows = csv.reader(io.StringIO(table), delimiter="|")
    made.active.append(head)
    for row in rows:
        cells = dict(zip(head, row, strict=False))
        made.active.append([cells.get(name, "") or None for name in head])
        for cell in made.active[made.active.max_row]:
            _typed(cell, head[cell.column - 1])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _typed(cell, name):
    text = cell.value or ""
    if name == "MA_ID" and text.isdecimal():
        cell.value, cell.number_format = int(text), "0000000000"
    elif name in {"DOB", "PLAN_DATE", "PLAN_END"} and len(text) == len("01/02/1970"):
        try:
            cell.value = datetime.strptime(text, "%m/%d/%Y")  # noqa: DTZ007  # a date has no zone
        except ValueError:
            return
        cell.number_format = "mm/dd/yyyy"


if __name__ == "__main__":
    (SAMPLES / "mco-keystone" / "okafor_care_plan.docx").write_bytes(docx(keystone()))
    laurels = SAMPLES / "mco-laurel"
    (laurels / "lindqvist_flexible_request.docx").write_bytes(word_request())
    (laurels / "lindqvist_flexible_request.rtf").write_bytes(rich_request())
    rows = (laurels / "plans_2026-10.csv").read_text(encoding="utf-8")
    (laurels / "plans_2026-10.xlsx").write_bytes(workbook(rows))
