"""Form fields, XFA, passwords and files inside: what a PDF holds beside its printed words."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
import typst

from adapters.formats.pdf import ADAPTER, PdfReader
from adapters.profiles import load
from hub.canonical import Document, Plan, Reading, each, said

SAMPLES = Path(__file__).parents[3] / "templates" / "demo" / "samples"
PROFILE = """
profile: try-pdf
version: "1"
sender: mco-try
format: pdf
dates: [MDY]
pdf:
  fields: {last: txtLast, why: txtWhy, level: rdoLevel}
member: {name.family: last}
header: {purpose: why}
plan: {risk.level: level}
"""
READER = PdfReader(load(PROFILE))
N = pikepdf.Name


def blank(change) -> bytes:
    """Return a one-page PDF with an empty form, changed."""
    made = typst.compile(b"Try", ignore_system_fonts=True, timestamp=0)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array())
        pdf.pages[0].obj.Annots = pikepdf.Array()
        change(pdf)
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()


def field(pdf, name: str, kind: str, *, page: bool = True, **more):
    """Add a field, merged with its widget where it stands on the page."""
    keys = {"T": pikepdf.String(name), "FT": N("/" + kind), **more}
    if page:
        keys |= {"Type": N.Annot, "Subtype": N.Widget, "Rect": pikepdf.Array([50, 50, 150, 70])}
    one = pdf.make_indirect(pikepdf.Dictionary(**keys))
    pdf.Root.AcroForm.Fields.append(one)
    if page:
        pdf.pages[0].obj.Annots.append(one)
    return one


def drawn(pdf, content: bytes):
    """Return an appearance that draws this."""
    font = pikepdf.Dictionary(Type=N.Font, Subtype=N.Type1, BaseFont=N.Helvetica)
    stream = pdf.make_stream(content)
    stream.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    return pikepdf.Dictionary(N=stream)


def text(value: str, shown: str):
    def change(pdf):
        show = drawn(pdf, f"BT /F 9 Tf ({shown}) Tj ET".encode())
        field(pdf, "txtLast", "Tx", V=pikepdf.String(value), AP=show)

    return change


def read(change):
    return READER.read(Document(blank(change), "x.pdf"))


def codes(reading) -> list[str]:
    return [one.code for one in reading.findings]


@pytest.mark.parametrize(
    ("value", "shown", "wanted"),
    [("Okafor", "Okafor", []), ("Okafor", "Okonkwo", ["appearance_differs"])],
)
def test_drawn_against_held(value, shown, wanted):
    """A field that is drawn with another value than it holds is told."""
    assert codes(read(text(value, shown))) == wanted


def test_drawn_otherwise_is_unsure():
    """The value of a field that is drawn otherwise is kept at low confidence."""
    made = read(text("Okafor", "Okonkwo")).plans[0]
    place = made.places["/member/name/family"]
    assert (said(made.member.name.family), place.confidence) == ("Okafor", 0.5)


def test_field_that_is_drawn_anew_is_not_compared():
    """Where the form asks to be drawn anew, its old drawing says nothing."""

    def change(pdf):
        text("Okafor", "Okonkwo")(pdf)
        pdf.Root.AcroForm.NeedAppearances = True

    assert codes(read(change)) == []


def test_field_on_no_page_is_read():
    """A filled field that stands on no page is not lost."""

    def change(pdf):
        field(pdf, "txtLast", "Tx", page=False, V=pikepdf.String("Okafor"))

    assert said(read(change).plans[0].member.name.family) == "Okafor"


def test_radio_by_number():
    """A radio button whose state is a number says the option it stands for."""

    def change(pdf):
        options = pikepdf.Array([pikepdf.String("low"), pikepdf.String("high")])
        more = {"V": N("/1"), "AS": N("/1"), "Ff": 1 << 15, "Opt": options}
        field(pdf, "rdoLevel", "Btn", **more)

    assert read(change).plans[0].risk.level == "high"


@pytest.mark.parametrize(
    ("kind", "value", "purpose"),
    [
        ("Tx", pikepdf.String("Falls"), "Falls"),
        ("Ch", pikepdf.String("b"), "Falls at home"),
        ("Ch", pikepdf.Array([pikepdf.String("a"), pikepdf.String("b")]), "COPD; Falls at home"),
        ("Sig", pikepdf.Dictionary(), "signed"),
        ("Tx", None, None),
    ],
    ids=["text", "choice", "several choices", "signature", "empty"],
)
def test_kinds_of_fields(kind, value, purpose):
    """A field of each kind says what it shows."""

    def change(pdf):
        pairs = [["a", "COPD"], ["b", "Falls at home"]]
        options = pikepdf.Array([pikepdf.Array(map(pikepdf.String, one)) for one in pairs])
        given = {} if value is None else {"V": value}
        field(pdf, "txtWhy", kind, **({"Opt": options} if kind == "Ch" else {}), **given)

    assert read(change).plans[0].header.purpose == purpose


def packet(content: bytes, *, dynamic: bool = False):
    def change(pdf):
        pdf.Root.AcroForm.XFA = pdf.make_stream(content)
        if dynamic:
            pdf.Root.NeedsRendering = True

    return change


XDP = b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><template><t>Label</t></template>%s</xdp:xdp>"
DATA = b"<datasets><data><form><txtLast>Okafor</txtLast></form></data></datasets>"
EMPTY = b"<datasets><data><form><txtLast/></form></data></datasets>"


def test_dynamic_xfa_without_data_is_refused():
    """A dynamic XFA form that holds nothing is refused by what it is."""
    assert codes(read(packet(XDP % EMPTY, dynamic=True))) == ["xfa_without_data"]


def test_dynamic_xfa_is_read_from_its_data():
    """A dynamic XFA form is read from its datasets, and its template is not taken for data."""
    made = read(packet(XDP % DATA, dynamic=True))
    assert [said(one.text) for one in made.plans[0].residue] == ["Okafor", "Try"]


def test_owner_password_is_told():
    """A file that only its owner's password protects is read, and told of."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(blank(text("Okafor", "Okafor")))) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="o"))
    made = READER.read(Document(out.getvalue(), "x.pdf"))
    assert (codes(made), len(made.plans)) == (["owner_password"], 1)


class Fake:
    """Stands for the C-CDA reader."""

    name, version = "fake-ccda", "1"

    def identify(self, document):
        """Take every document."""
        return bool(document.content)

    def read(self, document):
        """Give one plan."""
        return Reading(plans=(Plan(crisis_plan=str(len(document.content))),))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_enclosed_ccda_carries_the_pdf(monkeypatch, encoding):
    """The plan read from an enclosed C-CDA has the PDF around it as an attachment."""
    monkeypatch.setattr("adapters.formats.pdf.enclosed.ccda_reader", Fake)

    def enclose(pdf):
        pdf.attachments["plan.xml"] = "<ClinicalDocument/>".encode(encoding)

    content = blank(enclose)
    made = ADAPTER.read(Document(content, "x.pdf"))
    (one,) = each(made.plans[0].attachments)
    assert (one.media_type, made.enclosures[one.sha256]) == ("application/pdf", content)


def test_real_ccda_inside_a_pdf():
    """The demo's C-CDA inside a PDF is the same plan as outside it."""
    from adapters.formats import ccda  # noqa: PLC0415  # only this test needs it

    inner = next((SAMPLES / "mco-keystone").glob("*.xml")).read_bytes()

    def enclose(pdf):
        pdf.attachments["plan.xml"] = inner

    inside = ADAPTER.read(Document(blank(enclose), "x.pdf")).plans[0]
    assert inside.goals == ccda.ADAPTER.read(Document(inner, "x.xml")).plans[0].goals


def test_file_pinned_to_a_page_is_kept():
    """A file that is pinned to a page as a note is an attachment too."""

    def pin(pdf):
        stream = pdf.make_stream(b"a,b\n1,2\n")
        spec = pikepdf.Dictionary(
            Type=N.Filespec, F=pikepdf.String("labs.csv"), EF=pikepdf.Dictionary(F=stream)
        )
        note = pikepdf.Dictionary(Type=N.Annot, Subtype=N.FileAttachment, FS=spec)
        pdf.pages[0].obj.Annots.append(pdf.make_indirect(note))

    assert list(ADAPTER.read(Document(blank(pin), "x.pdf")).enclosures.values()) == [b"a,b\n1,2\n"]
