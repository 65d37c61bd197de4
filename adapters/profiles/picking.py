"""Transforms that pick a part of a text: a line, what stands before or behind something, brackets.

`transforms` has them in its table and readers call them through it. Each raises `NotThere` where
what it looks for does not stand in the text, so that a rule that says `optional` can tell a part
that is not there from one that is wrong. No message repeats the text.
"""

from __future__ import annotations

import re
from typing import Final

_FIGURE: Final = re.compile(r"(?<!\w)[\d.]*\d")


class NotThere(ValueError):  # no error where a rule says `optional`
    """The part that a transform picks does not stand in the text."""


def before(argument: str, value: str) -> str:
    """Return what stands before the first divider."""
    return _side(value.partition(argument), 0)


def after(argument: str, value: str) -> str:
    """Return what stands behind the first divider."""
    return _side(value.partition(argument), 2)


def before_last(argument: str, value: str) -> str:
    """Return what stands before the last divider."""
    return _side(value.rpartition(argument), 0)


def after_last(argument: str, value: str) -> str:
    """Return what stands behind the last divider."""
    return _side(value.rpartition(argument), 2)


def _side(parts: tuple[str, str, str], which: int) -> str:
    if not parts[1]:
        raise NotThere("the divider does not stand in it")
    if not parts[which].strip():
        raise NotThere("nothing stands on that side of the divider")
    return parts[which].strip()


def upto(argument: str, value: str) -> str:
    """Return what stands before the first divider, the whole where there is none."""
    head = value.partition(argument)[0].strip()
    if not head:
        raise NotThere("nothing stands before the divider")
    return head


def line(argument: str, value: str) -> str:
    """Return one line of a text of several, counted from 1 (`argument`)."""
    lines = [one.strip() for one in value.split("\n") if one.strip()]
    if int(argument) > len(lines):
        raise NotThere("there are not so many lines")
    return lines[int(argument) - 1]


def first(_argument: str, value: str) -> str:
    """Return the first word."""
    if not value.strip():
        raise NotThere("nothing stands there")
    return value.split(maxsplit=1)[0]


def before_figure(_argument: str, value: str) -> str:
    """Return the words before the first figure that begins a word."""
    found = _FIGURE.search(value)
    head = value[: found.start()].strip() if found else ""
    if not head:
        raise NotThere("no words stand before a figure")
    return head


def from_figure(_argument: str, value: str) -> str:
    """Return the text from the first figure that begins a word."""
    found = _FIGURE.search(value)
    if found is None:
        raise NotThere("no figure stands in it")
    return value[found.start() :].strip()


def bracketed(_argument: str, value: str) -> str:
    """Return what stands in the brackets a text ends with."""
    inside = _aside(value)[1]
    if not inside:
        raise NotThere("it does not end with words in brackets")
    return inside


def unbracketed(_argument: str, value: str) -> str:
    """Return the text before the brackets it ends with."""
    head = _aside(value)[0]
    if not head:
        raise NotThere("nothing stands before the brackets")
    return head


def unquoted(_argument: str, value: str) -> str:
    """Return the text without the quotation marks that stand around the whole of it."""
    text = value.strip()
    for opening, closing in ("\u201c\u201d", '""', "\u2018\u2019", "\u00ab\u00bb"):
        inside = text[1:-1]
        if len(text) > 1 and text[0] == opening and text[-1] == closing and closing not in inside:
            return inside.strip() or text
    return text


def _aside(value: str) -> tuple[str, str]:
    """Return the text before the brackets it ends with, and what stands in these."""
    text = value.strip().rstrip(".;").rstrip()
    depth = 0
    for at in range(len(text) - 1, -1, -1) if text.endswith(")") else ():
        depth += (text[at] == ")") - (text[at] == "(")
        if not depth:
            return text[:at].strip(), text[at + 1 : -1].strip()
    return value.strip(), ""
