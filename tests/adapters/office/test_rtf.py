"""Rich Text: letters, tables, boxes, and what is hidden, struck out or beside the body."""

import pytest

from adapters.formats.office.flow import Block, Grid
from adapters.formats.office.reader import flow_of
from adapters.formats.zipped import NotUnzipped


def flow(body, head="\\ansi\\ansicpg1252"):
    """Return the flow of a document with this body."""
    content = body if isinstance(body, bytes) else body.encode("latin-1")
    return flow_of(b"{\\rtf1" + head.encode() + b" " + content + b"}")


def texts(found):
    """Return each paragraph's part and text."""
    return [(block.part, block.text) for block in found.blocks()]


LETTERS = [
    ("Mu\\'f1oz", "Mu\u00f1oz"),
    ("Mu\\u241?oz", "Mu\u00f1oz"),
    ("\\uc2 Mu\\u241\\'c3\\'b1oz", "Mu\u00f1oz"),
    ("\\uc0 Mu\\u241 oz", "Mu\u00f1oz"),
    ("\\u-3842?", "\u2612"),
    ("\\u-10179?\\u-8704?", "\U0001f600"),
    ("a\\~b\\_c\\-d", "a b-cd"),
    ("don\\rquote t \\endash  go", "don\u2019t \u2013 go"),
    ("a\\{b\\}c\\\\", "a{b}c\\"),
    ("a\r\nb", "ab"),
    ("one\\line two\\tab three", "one two three"),
]


@pytest.mark.parametrize(("body", "text"), LETTERS)
def test_letters(body, text):
    """A letter is the same however it is written."""
    assert texts(flow(body)) == [("body", text)]


def test_unknown_code_page():
    """A code page that there is not leaves the usual one."""
    assert texts(flow("Mu\\'f1oz", head="\\ansi\\ansicpg12")) == [("body", "Mu\u00f1oz")]


def test_two_byte_letters():
    """A letter of two bytes in its font's character set is one letter."""
    fonts = "{\\fonttbl{\\f0 Arial;}{\\f1\\fcharset134 SimSun;}}"

    assert texts(flow(fonts + "{\\f1 \\'d5\\'c5}")) == [("body", "\u5f20")]


SKIPPED = [
    "{\\fonttbl{\\f0 Arial;}}",
    "{\\colortbl;\\red0;}",
    "{\\info{\\author Nobody}{\\title x}}",
    "{\\*\\generator Word;}",
    "{\\*\\unknown words}",
    "{\\field{\\*\\fldinst HYPERLINK x}{\\fldrslt seen}}",
]


@pytest.mark.parametrize("group", SKIPPED)
def test_skipped(group):
    """What is no text of the document is no text of the flow; a field's result is."""
    expected = "seen words" if "fldrslt" in group else "words"

    assert texts(flow(group + " words")) == [("body", expected)]


def test_parts():
    """Headers, footnotes and annotations are parts of their own."""
    found = flow("{\\header top\\par}body{\\footnote foot}{\\annotation why}\\par")

    assert texts(found) == [
        ("header", "top"),
        ("footnote", "foot"),
        ("comment", "why"),
        ("body", "body"),
    ]
    assert found.odd == {"comments": 1}


def test_hidden_and_struck():
    """Hidden text is kept aside, struck text left out, inserted text taken; each is told."""
    found = flow("seen{\\v secret}{\\deleted gone}{\\revised  new}\\par")

    assert texts(found) == [("body", "seen new"), ("hidden", "secret")]
    assert found.odd == {"hidden_text": 1, "deletions": 1, "insertions": 1}


TABLE = (
    "\\trowd\\cellx1\\cellx2\\pard\\intbl A\\cell B\\cell\\row"
    "\\trowd\\clvmgf\\cellx1\\cellx2 one\\par more\\cell two\\cell\\row"
    "\\trowd\\clvmrg\\cellx1\\cellx2 \\cell three\\cell\\row\\pard after\\par"
)


def test_table():
    """Rows and cells are a table, with cells merged downwards; what follows is not in it."""
    grid, after = flow(TABLE).items

    assert isinstance(grid, Grid)
    assert isinstance(after, Block)
    assert [[[b.text for b in cell.blocks] for cell in row] for row in grid.rows] == [
        [["A"], ["B"]],
        [["one", "more"], ["two"]],
        [[""], ["three"]],
    ]
    assert grid.rows[2][0].above is grid.rows[1][0]


@pytest.mark.parametrize(("state", "glyph"), [("ffres1", "\u2612"), ("ffres0", "\u2610")])
def test_form_box(state, glyph):
    """A form field's check box is a box among the words, with its name."""
    data = f"{{\\*\\formfield{{\\fftype1\\{state}{{\\*\\ffname chk}}\\ffdefres0}}}}"
    found = flow(f"{{\\field{{\\*\\fldinst FORMCHECKBOX {data}}}{{\\fldrslt}}}} High")

    assert texts(found) == [("body", f"{glyph} High")]
    assert (found.controls[0].names, found.controls[0].words[0].text) == (("chk",), glyph)


def test_picture():
    """A picture's bytes are a file of the document, written as hex or as they are."""
    found = flow("{\\pict\\pngblip 8950\n4e47}{\\*\\shppict{\\pict\\pngblip\\bin4 }{}x}}")

    assert [(one.media_type, one.content) for one in found.files] == [
        ("image/png", b"\x89PNG"),
        ("image/png", b"}{}x"),
    ]


def test_heading():
    """A paragraph in a heading's style, or with its level, is one."""
    styles = "{\\stylesheet{\\s3 Heading 2;}}"
    found = flow(styles + "\\pard\\s3 one\\par\\pard\\outlinelevel0 two\\par\\pard three\\par")

    assert [block.level for block in found.blocks()] == [2, 1, 0]


def test_too_deep():
    """A file that nests without end is refused."""
    with pytest.raises(NotUnzipped):
        flow("{" * 1000)
