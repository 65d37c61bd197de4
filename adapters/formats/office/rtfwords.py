"""The control words of RTF that a reader of text must know, by what they do (RTF 1.9.1).

Read by the RTF reader. Words that are in none of these tables say how text looks, and are left out.
"""

from __future__ import annotations

from typing import Final

SKIPPED: Final = frozenset(
    {
        "aftnsep",
        "aftnsepc",
        "atnauthor",
        "atndate",
        "atnid",
        "atnref",
        "atrfend",
        "atrfstart",
        "bkmkend",
        "bkmkstart",
        "colorschememapping",
        "colortbl",
        "datafield",
        "datastore",
        "do",
        "ffdeftext",
        "ffentrymcr",
        "ffexitmcr",
        "ffformat",
        "ffhelptext",
        "ffstattext",
        "filetbl",
        "fldinst",
        "ftnsep",
        "ftnsepc",
        "generator",
        "info",
        "latentstyles",
        "listoverridetable",
        "listtable",
        "listtext",
        "mailmerge",
        "nonshppict",
        "objclass",
        "objname",
        "operator",
        "pgptbl",
        "pntext",
        "pntxta",
        "pntxtb",
        "revtbl",
        "rsidtbl",
        "rxe",
        "sn",
        "sp",
        "sv",
        "tc",
        "template",
        "themedata",
        "txe",
        "xe",
        "xmlnstbl",
    }
)
"""Destinations that hold no text of the document."""

PARTS: Final = {
    "header": "header",
    "headerl": "header",
    "headerr": "header",
    "headerf": "header",
    "footer": "footer",
    "footerl": "footer",
    "footerr": "footer",
    "footerf": "footer",
    "footnote": "footnote",
    "annotation": "comment",
}
"""Destinations beside the body, and the part each one is."""

TEXTS: Final = {
    "emdash": "\u2014",
    "endash": "\u2013",
    "bullet": "\u2022",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
}
"""Words that stand for a letter."""

SYMBOLS: Final = {"~": " ", "_": "-", "-": "", "{": "{", "}": "}", "\\": "\\"}
"""Symbols that stand for a letter."""

DIVIDING: Final = frozenset({"column", "line", "page", "softline", "tab"})
"""Words after which a line or column begins."""

KNOWN: Final = frozenset({"ffl", "ffname", "formfield", "shpinst", "shppict", "shptxt"})
"""Destinations that may be skipped and are not."""

CHARSETS: Final = {
    0: "cp1252",
    2: "symbol",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    134: "gbk",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}
"""The character sets of fonts, as Python calls their code pages."""

PICTURES: Final = {"pngblip": "image/png", "jpegblip": "image/jpeg", "emfblip": "image/emf"}
"""The kinds of pictures, as media types."""
