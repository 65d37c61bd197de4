"""Narrative blocks of a C-CDA section, and the section itself. `facts` and `sheet` take leaves.

The narrative is the legal human content, so it is always written from the same elements as the
entries beside it, never from narrative that a source document brought along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.render.ccda_codes import HOUSE_OID, LOINC
from hub.render.ccda_text import shown, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.canonical import Text

NOTHING = "No information in this document"


def facts(pairs: Iterable[tuple[str, Text]]) -> str:
    """Return `Label: words` lines of the leaves that say something."""
    lines = []
    for label, value in pairs:
        if value and (text := words(value) if value.__class__ is str else shown(value)):
            lines.append(f"{label}: {text}")
    return "<br/>".join(lines)


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table, or nothing when there are no rows."""
    body = "".join([f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in rows])
    if not body:
        return ""
    head = "".join([f"<th>{title}</th>" for title in heads])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def sheet(pairs: Iterable[tuple[str, Text]]) -> str:
    """Return the leaves that say something as a two-column table, or nothing."""
    rows = []
    for label, value in pairs:
        if value and (text := words(value) if value.__class__ is str else shown(value)):
            rows.append(f"<tr><th>{label}</th><td>{text}</td></tr>")
    return f"<table><tbody>{''.join(rows)}</tbody></table>" if rows else ""


def bullets(items: Iterable[str]) -> str:
    """Return a list, or nothing when no item has words."""
    inside = "".join([f"<item>{item}</item>" for item in items if item])
    return f"<list>{inside}</list>" if inside else ""


def paragraph(text: str) -> str:
    """Return a paragraph, or nothing."""
    return f"<paragraph>{text}</paragraph>" if text else ""


def section(head: str, title: str, text: str, entries: str = "", *, null: str = "") -> str:
    """Return a section; `null` is its null flavour when it holds no entries, `head` its codes."""
    flavour = f' nullFlavor="{null}"' if null else ""
    return (
        f"<component><section{flavour}>{head}<title>{title}</title>"
        f"<text>{text}</text>{entries}</section></component>\n"
    )


def templates(root: str, version: str = "", *, twin: bool = False) -> str:
    """Return the template ids of R2.1; `twin` adds the R1.1 id that R2.1 asks for beside it."""
    plain = f'<templateId root="{root}"/>'
    if not version:
        return plain
    return (plain if twin else "") + f'<templateId root="{root}" extension="{version}"/>'


def loinc(code: str, display: str) -> str:
    """Return a section's LOINC code."""
    return f'<code code="{code}" codeSystem="{LOINC}" displayName="{display}"/>'


def house(key: str, title: str, text: str, *, translation: str = "", entries: str = "") -> str:
    """Return one of our own sections, or nothing when its narrative would be empty."""
    if not text:
        return ""
    code = f'code="{key}" codeSystem="{HOUSE_OID}" codeSystemName="ICP sections"'
    head = f"<code {code}>{translation}</code>" if translation else f"<code {code}/>"
    return section(head, title, text, entries)
