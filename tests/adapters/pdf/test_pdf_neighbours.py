"""Where a ruled table ends: its neighbours, whatever their columns, are never read as its rows."""

from __future__ import annotations

import io
import shutil

import pikepdf
import pytest
import typst

from adapters.formats.pdf import PdfReader
from adapters.profiles import load
from hub.canonical import Document, said

PROFILE = """
profile: try-pdf
version: "1"
sender: mco-try
format: pdf
dates: [MDY]
pdf:
  furniture: [Try Plan]
  tables:
    goals: {key: goal, columns: {goal: Goal, due: Due}%s}
    asks: {key: ask, columns: {ask: Request, due: By}}
rows:
  - {list: goals, when: [goals], fields: {text: goal, due: {from: due, transform: date}}}
  - {list: asks, when: [asks], fields: {text: ask, due: {from: due, transform: date}}}
"""
READER = PdfReader(load(PROFILE % ""))
HEADED = PdfReader(load(PROFILE % ', heading: "Goals*"'))
HEAD = """
#set page(width: 400pt, height: 500pt, margin: 30pt)
#set text(size: 10pt)
#set table(stroke: 0.6pt)
Try Plan

"""
COLUMNS = "columns: (200pt, 80pt)"
GOALS = f"#table({COLUMNS}, [Goal], [Due], [Walk], [03/04/2026])"
BETWEEN = {
    "a heading": "#v(2pt) Other things \n",
    "a small gap": "#v(-4pt)",
    "a wide gap": "#v(40pt)",
    "a heading set small": "#v(-6pt) #text(size: 6pt)[Other things] #v(-6pt)",
}
OTHERS = {
    "heads nobody declared": f"#table({COLUMNS}, [Visit], [On], [Dentist], [05/06/2026])",
    "no heads": f"#table({COLUMNS}, [Dentist], [05/06/2026])",
    "heads of another table": f"#table({COLUMNS}, [Request], [By], [Dentist], [05/06/2026])",
    "one more column": "#table(columns: (200pt, 80pt, 50pt), [Visit], [On], [Who], [A], [B], [C])",
}


def read(markup: str, reader: PdfReader = READER):
    made = typst.compile((HEAD + markup).encode(), ignore_system_fonts=True, timestamp=0)
    return reader.read(Document(made, "try.pdf"))


def goals(markup: str, reader: PdfReader = READER) -> list[str]:
    return [said(one.text) for one in read(markup, reader).plans[0].goals]


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_the_table_below_is_another(between, other):
    """Rows of a table below with the same columns are not rows of this one."""
    assert goals(f"{GOALS} {between} {other}") == ["Walk"]


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
def test_a_declared_neighbour_is_read_as_itself(between):
    """A declared table that follows at once has its own rows, all of them."""
    made = read(f"{GOALS} {between} {OTHERS['heads of another table']}").plans[0]
    assert [said(one.text) for one in made.asks] == ["Dentist"]


def test_a_neighbour_that_touches_ends_the_table():
    """Without any gap it is the heads of another declared table that end this one."""
    touching = f"#table({COLUMNS}, [Goal], [Due], [Walk], [], [Request], [By], [Dentist], [])"
    made = read(touching).plans[0]
    texts = [[said(one.text) for one in some] for some in (made.goals, made.asks)]
    assert texts == [["Walk"], ["Dentist"]]


def test_a_heading_in_a_ruled_band_ends_the_table():
    """A heading in a cell over the whole width ends the table above it."""
    banded = (
        f"#table({COLUMNS}, [Goal], [Due], [Walk], [], table.cell(colspan: 2)[Visits], "
        "[Dentist], [05/06/2026])"
    )
    assert goals(banded) == ["Walk"]


def test_empty_rows_between_filled_ones_are_passed():
    """Ruled rows that nobody filled don't end the table, and what follows it is another."""
    form = f"#table({COLUMNS}, [Goal], [Due], [Walk], [], [], [], [], [], [Sleep], [])"
    assert goals(form + OTHERS["no heads"]) == ["Walk", "Sleep"]


def test_cells_drawn_as_boxes_of_their_own_are_one_table():
    """Cells with a little space between them, as browsers print them, are one table."""
    spaced = GOALS.replace("[03/04/2026])", "[], [Sleep], [], gutter: 2pt)")
    assert goals(spaced) == ["Walk", "Sleep"]


def test_a_table_that_goes_on_under_its_heads_is_read_whole():
    """The same heads again, with nothing or the same heading above, go on with the table."""
    assert goals(f"Goals \n {GOALS} Goals \n {GOALS.replace('Walk', 'Sleep')}") == ["Walk", "Sleep"]


def test_the_same_heads_under_another_heading_are_left_out():
    """A table that looks the same but is headed otherwise is told and not read."""
    reading = read(f"Goals \n {GOALS} Past goals \n {GOALS.replace('Walk', 'Sleep')}")
    told = [one.code for one in reading.findings]
    assert ([said(one.text) for one in reading.plans[0].goals], told) == (
        ["Walk"],
        ["doubtful_field"],
    )


def test_a_declared_heading_says_which_table_is_meant():
    """With `heading` in the profile every table under it is read, and no other."""
    page = (
        f"Past \n {GOALS} Goals for one \n {GOALS.replace('Walk', 'Sleep')} "
        f"Goals for two \n {GOALS.replace('Walk', 'Swim')}"
    )
    assert goals(page, HEADED) == ["Sleep", "Swim"]


def test_an_undeclared_column_is_left_over():
    """A column nobody declared doesn't end the table; its words are residue."""
    page = (
        "#table(columns: 3, [Goal], [Steps], [Due], [Walk], [Shoes], [03/04/2026], [Sleep], [], [])"
    )
    made = read(page).plans[0]
    assert ([said(one.text) for one in made.goals], [said(one.text) for one in made.residue]) == (
        ["Walk", "Sleep"],
        ["Steps", "Shoes"],
    )


def test_a_row_over_two_columns_is_told():
    """A row whose cell reaches over some of the columns is left out, and the table goes on."""
    wide = "columns: (100pt, 80pt, 60pt)"
    page = (
        f"#table({wide}, [Goal], [Due], [Notes], table.cell(colspan: 2)[see below], [x], "
        "[Walk], [03/04/2026], [])"
    )
    assert goals(page) == ["Walk"]


PAGE = """<style>table{border-collapse:%s;width:500px}td,th{border:1px solid #333;padding:4px;
width:50%%;text-align:left}p{margin:%dpx 0}</style>Try Plan
<table><tr><th>Goal<th>Due</tr><tr><td>Walk<td>03/04/2026</tr><tr><td>Sleep<td>&nbsp;</tr></table>
<p>%s</p><table><tr><th>Visit<th>On</tr><tr><td>Dentist<td>05/06/2026</tr></table>"""


@pytest.mark.browser
@pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium on this machine")
@pytest.mark.parametrize("collapse", ["collapse", "separate"])
@pytest.mark.parametrize(("space", "words"), [(6, ""), (4, "Visits"), (20, "")])
async def test_pages_printed_by_a_browser(collapse, space, words):
    """Two tables of a page that a browser printed stay two, however their borders are drawn."""
    from playwright.async_api import async_playwright  # noqa: PLC0415  # only this test prints

    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=shutil.which("chromium"))
        page = await browser.new_page()
        await page.set_content(PAGE % (collapse, space, words))
        made = await page.pdf(format="Letter")
        await browser.close()
    plan = READER.read(Document(made, "try.pdf")).plans[0]
    assert [said(one.text) for one in plan.goals] == ["Walk", "Sleep"]


def _drawn(rows: list[tuple[float, str, str]], rules: str) -> bytes:
    """Return a page with words at the heights given and these drawing operators."""
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(400, 500))
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    page.obj.Resources = pikepdf.Dictionary(
        Font={"/F": pikepdf.Dictionary({k: pikepdf.Name(v) for k, v in font.items()})}
    )
    words = "".join(
        f"BT /F 9 Tf {x} {y} Td ({text}) Tj ET\n"
        for y, one, two in rows
        for x, text in ((44, one), (244, two))
    )
    page.obj.Contents = made.make_stream((rules + words).encode())
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _boxes(tops: list[float], filled: str) -> str:
    """Return each cell as a box: stroked, or as four thin filled ones."""
    parts = []
    for top in tops:
        for x, wide in ((40, 200), (240, 80)):
            if filled:
                for a, b, c, d in (
                    (x, top, wide, 0.5),
                    (x, top - 20, wide, 0.5),
                    (x, top - 20, 0.5, 20),
                    (x + wide, top - 20, 0.5, 20),
                ):
                    parts.append(f"{a} {b} {c} {d} re f\n")
            else:
                parts.append(f"{x} {top - 20} {wide} 20 re S\n")
    return "".join(parts)


@pytest.mark.parametrize("filled", ["", "thin boxes"], ids=["stroked", "filled"])
@pytest.mark.parametrize("gap", [8, 12, 30])
def test_rules_however_they_are_drawn(filled, gap):
    """Cells of stroked boxes and of thin filled ones end where the gap is."""
    tops = [450.0, 430.0, 410.0]
    below = [390.0 - gap, 370.0 - gap]
    words = [(436, "Goal", "Due"), (416, "Walk", "03/04/2026"), (396, "Sleep", "")]
    words += [(376 - gap, "Visit", "On"), (356 - gap, "Dentist", "05/06/2026")]
    plan = READER.read(Document(_drawn(words, _boxes(tops + below, filled)), "try.pdf")).plans[0]
    assert [said(one.text) for one in plan.goals] == ["Walk", "Sleep"]
