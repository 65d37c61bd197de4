"""One walk over an entry: an act, observation or any other statement, with those inside it.

Called by the section walk. It sorts an element's children once and interprets none of them:
readers of each kind of element take what they know out of `parts`, and whatever nobody took is
residue. That is how nothing vanishes. Positions are carried along so that places cost little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from adapters.formats.ccda.tags import STATEMENTS, STEPS, V3, local, template, within

if TYPE_CHECKING:
    from lxml import etree

Fate = Literal["", "mapped", "residue", "ignored"]

_TEMPLATE = V3 + "templateId"
_ID = V3 + "id"
_STATUS = V3 + "statusCode"
_NESTING = frozenset({V3 + "entryRelationship", V3 + "component"})
_NAMES: dict[str, str] = {
    V3 + name: name
    for name in (
        "code",
        "text",
        "value",
        "effectiveTime",
        "author",
        "performer",
        "participant",
        "consumable",
        "routeCode",
        "doseQuantity",
        "interpretationCode",
        "referenceRange",
    )
}
_DEEPEST = 60
_REFERENCE = "22.4.122"


class Statement:
    """An entry statement: what it is, where it stands, its unread `parts` and nested `subs`.

    `parts` hold child elements by local name with their positions; `link` is the relationship to
    the statement around it; `fate` is set exactly once, by whoever dealt with the statement;
    `foreign` ones carry a template that isn't C-CDA's own.
    """

    negated = False
    foreign = False
    status: str | None = None
    subs: tuple[Statement, ...] = ()
    fate: Fate = ""
    size = 1

    def __init__(self, element: etree._Element, kind: str, at: str, link: str) -> None:
        self.element = element
        self.kind = kind
        self.at = at
        self.link = link
        self.mood = element.get("moodCode") or "EVN"
        self.roots: list[str] = []
        self.ids: list[str] = []
        self.parts: dict[str, list[tuple[etree._Element, str]]] = {}
        if element.get("negationInd") == "true":
            self.negated = True


def walked(element: etree._Element, kind: str, at: str, link: str, depth: int = 0) -> Statement:
    """Return a statement with everything inside it, sorted and still uninterpreted."""
    found = Statement(element, kind, at, link)
    parts = found.parts
    for position, child in enumerate(within(element), 1):
        tag = child.tag
        name = _NAMES.get(tag)
        if name is None:
            if _marked(found, child, tag):
                continue
            if tag in _NESTING and depth < _DEEPEST:
                _nested(found, child, at + STEPS[position], depth)
                continue
            name = local(tag)
        if name in parts:
            parts[name].append((child, at + STEPS[position]))
        else:
            parts[name] = [(child, at + STEPS[position])]
    return found


def _marked(found: Statement, child: etree._Element, tag: str) -> bool:
    """Take a statement's template, id or status; says whether the child is one of these."""
    if tag == _TEMPLATE:
        root = template(child.get("root") or "")
        found.roots.append(root)
        if root.startswith("2.16"):
            found.foreign = True
    elif tag == _ID:
        if (key := keyed(child)) is not None:
            found.ids.append(key)
    elif tag == _STATUS:
        found.status = child.get("code")
    else:
        return False
    return True


def _nested(found: Statement, holder: etree._Element, at: str, depth: int) -> None:
    link = holder.get("typeCode") or ""
    negated = holder.get("negationInd") == "true"
    for position, child in enumerate(within(holder), 1):
        kind = STATEMENTS.get(child.tag)
        if kind is None:
            continue
        sub = walked(child, kind, at + STEPS[position], link, depth + 1)
        if negated:
            sub.negated = True
        found.subs += (sub,)
        found.size += sub.size


def keyed(element: etree._Element) -> str | None:
    """Return an instance identifier as one string, or none when it is null or empty."""
    root = element.get("root")
    extension = element.get("extension")
    if not root and not extension:
        return None
    return f"{root or ''}|{extension or ''}"


def stepped(element: etree._Element) -> str:
    """Return an element's place by the positions of its ancestors, as the walk writes places."""
    steps: list[str] = []
    while (parent := element.getparent()) is not None:
        steps.append(f"/*[{parent.index(element) + 1}]")
        element = parent
    return "/*" + "".join(reversed(steps))


def entries(root: etree._Element) -> dict[str, etree._Element]:
    """Return every coded statement of a document by its ids; mere references are left out."""
    found: dict[str, etree._Element] = {}
    for element in root.iter(*STATEMENTS):
        roots = {template(one.get("root") or "") for one in element.iterchildren(_TEMPLATE)}
        if _REFERENCE in roots:
            continue
        for one in element.iterchildren(_ID):
            if (key := keyed(one)) is not None:
                found.setdefault(key, element)
    return found
