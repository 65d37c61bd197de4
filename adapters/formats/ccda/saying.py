"""What a statement says: its code, its values and how they read together, taken out of its parts.

Called by the readers of elements. Negated statements keep their words behind `Not present:` or
`Not done:`, so that no reader can take them for the opposite. It makes no element.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats.ccda import narrative
from adapters.formats.ccda.kinds import GENERIC, GENERIC_WORDS
from adapters.formats.ccda.tags import XSI_TYPE
from adapters.formats.ccda.values import codes, told, wording

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.gathering import Draft, Gathering
    from adapters.formats.ccda.statements import Statement
    from hub.canonical import Code


def negation(statement: Statement) -> str:
    """Return the words put before what a statement negates."""
    return "Not present: " if statement.kind in {"observation", "organizer"} else "Not done: "


def first(statement: Statement, name: str) -> tuple[etree._Element, str] | None:
    """Take the first part of a name out of a statement; others of that name stay."""
    held = statement.parts.get(name)
    if not held:
        return None
    found = held.pop(0)
    if not held:
        del statement.parts[name]
    return found


def coded(gathering: Gathering, statement: Statement, draft: Draft) -> str:
    """Take a statement's code: its codes to the draft, its words back; generic ones say nothing."""
    found = first(statement, "code")
    if found is None:
        return ""
    element, at = found
    every = codes(element)
    meant = [code for code in every if code.code not in GENERIC]
    if meant:
        draft.coded(meant, at)
    if len(element):
        code, words = element.get("code"), ""
        if code not in GENERIC:
            words = wording(gathering, element)
    elif every:  # nothing inside: all it says is its one code
        code, words = every[0].code, narrative.folded(every[0].display)
    else:
        return ""
    if code in GENERIC:
        return ""
    words = words or code or ""
    return "" if words.lower() in GENERIC_WORDS else words


def valued(gathering: Gathering, statement: Statement, draft: Draft) -> tuple[str, str, str]:
    """Take a statement's values: their words, their place and the type of the first."""
    pieces: list[str] = []
    place, kind = statement.at, ""
    for element, at in statement.parts.pop("value", ()):
        value = told(gathering, element)
        found = codes(element)
        if found:
            draft.coded(found, at)
        if isinstance(value, str):
            if not pieces:
                place, kind = at, element.get(XSI_TYPE, "").rpartition(":")[2]
            pieces.append(value)
    return "; ".join(pieces), place, kind


def joined(words: str, value: str) -> str:
    """Return a name and its value as one text, once where one already holds the other."""
    if not words or not value:
        return words or value
    less, more = close(value), close(words)
    if less in more:
        return words
    return value if more in less else f"{words}: {value}"


def close(text: str) -> str:
    """Return text without white space and case, for comparing what two places say."""
    return "".join(text.split()).lower()


def first_code(element: etree._Element) -> Code | None:
    """Return the first code of a coded element or its translations, or none."""
    return next(iter(codes(element)), None)
