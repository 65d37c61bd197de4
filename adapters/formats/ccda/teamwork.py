"""The care team section and the payers section, to the team and the coverage.

Called by the sorter. Coverage is what the document claims, checked elsewhere against the roster;
of several policies the first that names a payer counts and the others are residue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats.ccda import parties, people
from adapters.formats.ccda.saying import first
from adapters.formats.ccda.spans import span
from adapters.formats.ccda.tags import V3
from adapters.formats.ccda.values import rendered, statement_words, wording

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.gathering import Draft, Gathering, Scope
    from adapters.formats.ccda.sorting import Sorter
    from adapters.formats.ccda.statements import Statement

_PAYER = "22.4.87"
_LEAD = "PPRF"


def careteam(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read a care team organizer: its name and dates are residue, its members join the team."""
    for sub in statement.subs:
        if sub.kind == "act" and "performer" in sub.parts:
            teammate(sorter, sub, scope, parent)
    sorter.residue(statement, scope, parent)


def teammate(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read a care team member act: its performer, role and since when."""
    gathering = sorter.gathering
    found = first(statement, "performer")
    inner = people.entity(found[0]) if found else None
    who = people.someone(gathering, inner, found[1]) if found and inner is not None else None
    if found is None or who is None:
        sorter.residue(statement, scope, parent)
        return
    role = people.function(gathering, found[0]) or who.role
    lead = True if found[0].get("typeCode") == _LEAD else None
    own, _ = statement_words(gathering, statement, ("role", "name"))
    when = span(gathering, statement)
    since = f"since {when.start[0]}" if isinstance(when.start[0], str) else None
    draft = people.join(
        gathering, who, found[1], scope=scope, role=role, lead=lead, involvement=since
    )
    for spare, label in ((own, "team.text"), (when.high, "team.until")):
        if isinstance(spare, str):
            gathering.spare(spare, label, statement.at, scope, draft)
    gathering.fated(statement, "mapped")
    sorter.rest(statement, draft, scope)


def coverage(sorter: Sorter, statement: Statement, scope: Scope, parent: Draft | None) -> None:
    """Read a coverage activity through its policies, or a policy by itself."""
    policies = [sub for sub in statement.subs if sub.kind == "act" and not sub.fate]
    for policy in policies or [statement]:
        if "mco" not in sorter.gathering.coverage:
            _policy(sorter.gathering, policy)
            if "mco" in sorter.gathering.coverage:
                sorter.gathering.fated(policy, "mapped")
                sorter.rest(policy, parent, scope)
    if not statement.fate:
        sorter.residue(statement, scope, parent)


def _policy(gathering: Gathering, policy: Statement) -> None:
    """Take payer, member number and line of business; other participants stay residue."""
    for element, at in list(policy.parts.get("performer", ())):
        inner = people.entity(element)
        if inner is None or not _templated(element, _PAYER):
            continue
        found = parties.party(gathering, inner, at)
        if name := found.organization or found.name:
            _set(gathering, "mco", str(name), at)
            gathering.spare(rendered(gathering, element), "payer", at, gathering.header)
            policy.parts["performer"].remove((element, at))
    _covered(gathering, policy)
    found_code = first(policy, "code")
    if found_code is not None and (words := wording(gathering, found_code[0])):
        _set(gathering, "line_of_business", words, found_code[1])


def _covered(gathering: Gathering, policy: Statement) -> None:
    for element, at in policy.parts.get("participant", ()):
        role = people.entity(element) if element.get("typeCode") == "COV" else None
        for child in role if role is not None else ():
            if child.tag == V3 + "id" and child.get("extension"):
                _set(gathering, "member_id", str(child.get("extension")), at)


def _templated(element: etree._Element, wanted: str) -> bool:
    roots = [each.get("root") or "" for each in element if each.tag == V3 + "templateId"]
    return not roots or any(root.endswith(wanted) for root in roots)


def _set(gathering: Gathering, name: str, value: str, at: str) -> None:
    if name not in gathering.coverage:
        gathering.coverage[name] = value
        gathering.leaf(f"/coverage/{name}", at, f"coverage.{name}")
