"""The few words of WordprocessingML that every reader of a Word document needs (ECMA-376, part 1).

Names are compared without their namespace, since strict and transitional documents differ in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

_NO: Final = frozenset({"0", "false", "off", "none"})


def named(element: _Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def option(element: _Element, *path: str) -> _Element | None:
    """Return the first element at a path of names below `element`."""
    here: _Element | None = element
    for name in path:
        if here is None:
            return None
        here = next((one for one in here if named(one) == name), None)
    return here


def value(element: _Element | None, attribute: str = "val") -> str:
    """Return an attribute of an element by its bare name, empty where there is none."""
    if element is None:
        return ""
    found = (str(v) for k, v in element.attrib.items() if str(k).rpartition("}")[2] == attribute)
    return next(found, "")


def on(element: _Element | None) -> bool:
    """Say whether a switch is on: it stands there, and does not say no."""
    return element is not None and value(element).casefold() not in _NO


def chosen(element: _Element) -> Iterable[_Element]:
    """Return the children of an element; of one that offers its content twice, the first choice."""
    if named(element) != "AlternateContent":
        return element
    choices = [one for one in element if named(one) in {"Choice", "Fallback"}]
    return choices[0] if choices else ()
