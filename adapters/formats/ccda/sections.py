"""The body of a CDA: sections in their order, each with its narrative, entries and subsections.

Called once per document by the adapter. It decides what a section is (by LOINC code, by template
only when it has no usable code) and what protection everything in it inherits, and counts every
item for the tally. The narrative becomes a note later, when it is known what the entries say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from adapters.formats.ccda import enclosing, narrative, parties, people, privacy
from adapters.formats.ccda.gathering import NULLS, Scope
from adapters.formats.ccda.saying import first_code
from adapters.formats.ccda.statements import keyed, stepped, walked
from adapters.formats.ccda.tags import (
    CARE_PLAN,
    SECTION_TEMPLATES,
    SECTIONS,
    STATEMENTS,
    STEPS,
    V3,
    local,
    template,
    within,
)
from adapters.formats.ccda.values import rendered
from hub.canonical import Absent, Code

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.gathering import Gathering
    from adapters.formats.ccda.sorting import Sorter

_LOINC = re.compile(r"\d{1,7}-\d", re.ASCII)
_SECTION = V3 + "section"
_NO_ALLERGIES = re.compile(
    r"(?:patient (?:has|denies) )?(?:no known (?:allergies|allergy|drug allergies)|nka|nkda)\.?",
    re.IGNORECASE,
)
_BARE = frozenset(
    V3 + name
    for name in ("realmCode", "typeId", "templateId", "confidentialityCode", "languageCode")
)
"""What says nothing by itself; a confidentiality protects what is inside (`privacy.is_sealed`)."""
_SILENT = frozenset({"templateId", "id", "code", "title", "text", "entry", "component"})


def body(gathering: Gathering, sorter: Sorter, root: etree._Element) -> None:
    """Read every section, or the one file of an unstructured document."""
    for position, component in enumerate(root, 1):
        if component.tag != V3 + "component":
            continue
        parts = within(component)
        _loose(gathering, component, parts, "/*" + STEPS[position], gathering.header)
        for inner, part in enumerate(parts, 1):
            at = "/*" + STEPS[position] + STEPS[inner]
            if part.tag == V3 + "structuredBody":
                _sections(gathering, sorter, part, within(part), at, None)
            elif part.tag == V3 + "nonXMLBody":
                _file(gathering, part, at)
            else:
                _stray(gathering, part, at, gathering.header)
    _misplaced(gathering, sorter, root)


def _misplaced(gathering: Gathering, sorter: Sorter, root: etree._Element) -> None:
    """Read sections that stand where CDA has none, under the protection of what is around them."""
    if sum(1 for _ in root.iter(_SECTION)) == sum(1 for s in gathering.scopes if s.counted):
        return
    known = {scope.at: scope for scope in gathering.scopes}
    for section in root.iter(_SECTION):
        at = stepped(section)
        if at in known:
            continue
        above = (known.get(stepped(one)) for one in section.iterancestors(_SECTION))
        gathering.find(
            "misplaced_section", "stands where no section belongs; read all the same", at
        )
        _section(gathering, sorter, section, at, next(above, None))
        known |= {scope.at: scope for scope in gathering.scopes}


def _file(gathering: Gathering, part: etree._Element, at: str) -> None:
    scope = Scope(at=at, title="Document", counted=False, origin=gathering.habits.elsewhere)
    gathering.scopes.append(scope)
    for position, child in enumerate(part, 1):
        if child.tag == V3 + "text":
            enclosing.enclose(gathering, child, at + STEPS[position], scope)
    gathering.item("mapped" if scope.drafts else "ignored")


def _sections(  # what holds them, what it holds, where
    gathering: Gathering,
    sorter: Sorter,
    holder: etree._Element,
    children: list[etree._Element],
    at: str,
    outer: Scope | None,
) -> None:
    near = outer or gathering.header
    _loose(gathering, holder, children, at, near)
    for position, component in enumerate(children, 1):
        if component.tag != V3 + "component":
            if outer is None:
                _stray(gathering, component, at + STEPS[position], near)
            continue
        step, inside = at + STEPS[position], within(component)
        _loose(gathering, component, inside, step, near)
        for inner, section in enumerate(inside, 1):
            place = step + STEPS[inner]
            if section.tag == _SECTION:
                _section(gathering, sorter, section, place, outer)
            else:
                _stray(gathering, section, place, near)


def _stray(gathering: Gathering, element: etree._Element, at: str, near: Scope) -> None:
    """Keep what a body says outside its sections; a section inside it is read by itself."""
    if element.tag not in _BARE:
        _beside(gathering, element, rendered(gathering, element), at, near)


def _loose(
    gathering: Gathering,
    holder: etree._Element,
    children: list[etree._Element],
    at: str,
    near: Scope,
) -> None:
    """Keep words that stand bare between the parts of a body, where CDA has none."""
    words = " ".join([holder.text or "", *[one.tail or "" for one in children]])
    if not words.isspace():
        _beside(gathering, holder, " ".join(words.split()), at, near)


def _beside(
    gathering: Gathering, element: etree._Element, words: str, at: str, near: Scope
) -> None:
    """Keep words outside of sections as residue, restricted by whatever restricts their place."""
    if not words:
        return
    if privacy.is_sealed(element):
        gathering.guarded = True
        near = Scope(title=near.title, labels=near.labels, sealed=True, origin=near.origin)
    gathering.item("residue")
    gathering.spare(words, f"body.{local(element.tag)}", at, near)


def _section(
    gathering: Gathering, sorter: Sorter, section: etree._Element, at: str, outer: Scope | None
) -> None:
    children = within(section)
    scope = _scope(gathering, section, children, at, outer)
    gathering.scopes.append(scope)
    gathering.items += 1
    for position, child in enumerate(children, 1):
        name = local(child.tag)
        if name == "entry":
            _entry(gathering, sorter, child, at + STEPS[position], scope)
        elif name not in _SILENT or (name == "text" and child is not scope.text):
            _aside(gathering, child, at + STEPS[position], scope, name)
    null = NULLS.get(section.get("nullFlavor") or "")
    if scope.text is not None and scope.kind == "allergies" and null is None:
        null = Absent("none") if _NO_ALLERGIES.fullmatch(narrative.words(scope.text)) else None
    if null is not None and scope.kind:
        gathering.absent.setdefault(scope.kind, null)
        gathering.places.setdefault(f"/{scope.kind}", gathering.place(at, f"{scope.kind}.null"))
    _sections(gathering, sorter, section, children, at, scope)


def _scope(
    gathering: Gathering,
    section: etree._Element,
    children: list[etree._Element],
    at: str,
    outer: Scope | None,
) -> Scope:
    parts = {local(child.tag): child for child in reversed(children)}
    title = narrative.words(parts["title"]) if "title" in parts else ""
    loinc, code = _code(gathering, section, parts.get("code"), at)
    labels = outer.labels if outer else frozenset()
    sealed = privacy.is_sealed(section) or (outer is not None and outer.sealed)
    scope = Scope(
        number=len(gathering.scopes),
        at=at,
        title=title or (code.display if code and code.display else ""),
        code=code,
        kind=SECTIONS.get(loinc, ""),
        text=parts.get("text"),
        labels=labels,
        sealed=sealed,
        origin=outer.origin if outer else gathering.habits.elsewhere,
    )
    if _program(gathering, section, title):
        scope.origin = "yes"
    gathering.guarded = gathering.guarded or bool(labels) or sealed or scope.origin == "yes"
    return scope


def _code(
    gathering: Gathering, section: etree._Element, element: etree._Element | None, at: str
) -> tuple[str, Code | None]:
    """Return a section's LOINC code, by its template when it has none that is usable."""
    code = first_code(element) if element is not None else None
    given = (code.code or "") if code else ""
    if given in SECTIONS or (given and _LOINC.fullmatch(given)):
        gathering.recognised += 1
        return given, code
    for child in section.iterchildren(V3 + "templateId"):
        known = SECTION_TEMPLATES.get(template(child.get("root") or ""))
        if known is not None:
            gathering.recognised += not given
            gathering.find("section_by_template", "has no usable code; read by its template", at)
            return known, code
    return given, code


def _program(gathering: Gathering, section: etree._Element, title: str) -> bool:
    """Say whether the sender's habits make a section one of a 42 CFR Part 2 program."""
    habits = gathering.habits
    if title and title.casefold() in {known.casefold() for known in habits.part2_titles}:
        return True
    if not habits.part2_organizations:
        return False
    return any(
        keyed(each) in habits.part2_organizations
        for author in section.iterchildren(V3 + "author")
        for each in author.iter(V3 + "id")
    )


def _entry(
    gathering: Gathering, sorter: Sorter, entry: etree._Element, at: str, scope: Scope
) -> None:
    children = within(entry)
    _loose(gathering, entry, children, at, scope)
    for position, child in enumerate(children, 1):
        kind = STATEMENTS.get(child.tag)
        if kind is None:
            _stray(gathering, child, at + STEPS[position], scope)
            continue
        statement = walked(child, kind, at + STEPS[position], entry.get("typeCode") or "")
        gathering.items += statement.size
        sorter.place(statement, scope)


def _aside(gathering: Gathering, element: etree._Element, at: str, scope: Scope, name: str) -> None:
    """Keep a section's own author, informant or subject; confidentiality is read elsewhere."""
    if name == "author":
        people.entry_author(gathering, element, at, scope, None)
        inner = people.entity(element)
        found = parties.party(gathering.aside(), inner, at) if inner is not None else None
        if found is None or not (found.name or found.organization):
            gathering.spare(rendered(gathering, element), "section.author", at, scope)
    elif name not in {"confidentialityCode", "languageCode"}:
        gathering.spare(rendered(gathering, element), f"section.{name}", at, scope)


def is_care_plan(root: etree._Element) -> bool:
    """Say whether a document calls itself a C-CDA Care Plan."""
    templates = root.iterchildren(V3 + "templateId")
    return any(template(each.get("root") or "") == CARE_PLAN for each in templates)
