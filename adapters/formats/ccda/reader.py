"""The generic C-CDA adapter: any CDA R2 document to one plan, or to the reason there is none.

The hub binds `adapters.formats.ccda:ADAPTER`; an MCO's module makes its own with its habits. Only
what can't be a plan is unreadable (not XML, not CDA, nobody it is about, nothing in it); faults of
schema, template or vocabulary never are. It does no I/O and never raises over a document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.formats.ccda import finishing, heading, linking, sections, uncoded
from adapters.formats.ccda.gathering import Gathering
from adapters.formats.ccda.habits import PLAIN, Habits
from adapters.formats.ccda.opening import cda
from adapters.formats.ccda.sorting import Sorter
from adapters.formats.mime import is_message, unwrapped
from hub.canonical import (
    Agreement,
    Coverage,
    Document,
    Header,
    Member,
    Name,
    Party,
    Plan,
    Reading,
    Review,
    Tally,
    unreadable,
)

if TYPE_CHECKING:
    from adapters.formats.ccda.heading import Heading

_HEAD = 65_536
_CUSTODIAN_REACH = 4_000
_XML_STARTS = (b"<", b"\xef", b"\xff", b"\xfe")


@dataclass(frozen=True, slots=True)
class CcdaAdapter:
    """Reads C-CDA documents; `habits` are those of the one MCO it reads for, if any."""

    name: str = "ccda"
    version: str = "1"
    habits: Habits = PLAIN

    def identify(self, document: Document) -> bool:
        """Say whether this is a CDA document, and the MCO's own by its custodian's id."""
        head = document.content[: _HEAD * 4].replace(b"\0", b"")
        if head[:1] not in _XML_STARTS:
            if head.startswith(b"PK") or is_message(document.content):
                return False
            head = unwrapped(document.content) or head
        if b"ClinicalDocument" not in head[:_HEAD] or b"urn:hl7-org:v3" not in head[:_HEAD]:
            return False
        if not self.habits.custodians:
            return True
        start = head.find(b"representedCustodianOrganization")
        block = head[start : start + _CUSTODIAN_REACH] if start >= 0 else b""
        block = block.partition(b"/custodian>")[0].replace(b"'", b'"')
        return any(_holds(block, known) for known in self.habits.custodians)

    def read(self, document: Document) -> Reading:
        """Read the document into one plan with its findings, tally and enclosed files."""
        found, is_cda = cda(document.content)
        if found.root is None:
            return Reading(findings=found.findings)
        if not is_cda:
            return unreadable("not_cda", "is XML but no CDA ClinicalDocument")
        gathering = Gathering(found.root, self.habits)
        gathering.findings += found.findings
        head = heading.read(gathering, found.root)
        refusal = _unfit(head)
        if refusal is not None:
            return refusal
        sections.body(gathering, Sorter(gathering), found.root)
        if gathering.scopes and not gathering.recognised and sections.is_care_plan(found.root):
            return unreadable(
                "sections_unrecognisable",
                "says it is a Care Plan and none of its section codes is a LOINC code",
            )
        if not _has_content(gathering):
            return unreadable("nothing_read", "has a header and no content; ask for the whole plan")
        return _finished(gathering, head)


def _holds(block: bytes, known: str) -> bool:
    root, _, extension = known.partition("|")
    return f'"{root}"'.encode() in block and (not extension or f'"{extension}"'.encode() in block)


def _unfit(head: Heading) -> Reading | None:
    """Return why a document can't be a plan, as far as its header tells."""
    members = head.members
    if not members or not (members[0].identifiers or members[0].name != Name()):
        return unreadable("no_patient", "names no patient: no recordTarget with an id or a name")
    if any(not _same(members[0], other) for other in members[1:]):
        return unreadable("two_patients", "is about more than one person; send one plan for each")
    return None


def _same(one: Member, other: Member) -> bool:
    if set(one.identifiers) & set(other.identifiers):
        return True
    named = one.name != Name() and one.name == other.name
    return named and one.birth_date == other.birth_date


def _has_content(gathering: Gathering) -> bool:
    return any(
        scope.drafts or (scope.text is not None and "".join(scope.text.itertext()).strip())  # type: ignore[arg-type]  # the stub admits bytes
        for scope in gathering.scopes
    )


def _finished(gathering: Gathering, head: Heading) -> Reading:
    linking.link(gathering)
    uncoded.tell(gathering)
    finishing.notes(gathering)
    member = head.members[0]
    if member.representative is None and head.representative is not None:
        party, at = head.representative
        gathering.spread("/member/representative", party, at, "member.representative")
        member = _represented(member, party)
    parts: dict[str, Any] = finishing.made(gathering)
    plan = Plan(
        header=Header(**head.fields),
        member=member,
        coverage=_coverage(gathering, head),
        agreement=Agreement(**head.agreement) if head.agreement else None,
        review=Review(**head.review) if head.review else None,
        places=gathering.places,
        **gathering.lone,
        **parts,
    )
    fates = gathering.fates
    tally = Tally(gathering.items, fates["mapped"], fates["residue"], fates["ignored"])
    gathering.let_go()
    return Reading((plan,), tuple(gathering.findings), tally, gathering.enclosures)


def _represented(member: Member, party: Party) -> Member:
    values = {name: getattr(member, name) for name in Member.__dataclass_fields__}
    return Member(**{**values, "representative": party})


def _coverage(gathering: Gathering, head: Heading) -> Coverage:
    """Return the coverage claimed; for an MCO's own document by its member id and custodian."""
    for number, each in enumerate(head.members[0].identifiers):
        if each.kind == "plan":
            gathering.coverage["member_id"] = each.value
            gathering.places["/coverage/member_id"] = gathering.places[
                f"/member/identifiers/{number}/value"
            ]
    custodian = head.fields.get("custodian")
    if gathering.habits.custodians and custodian is not None and custodian.organization:
        gathering.coverage.setdefault("mco", custodian.organization)
        gathering.places.setdefault(
            "/coverage/mco", gathering.places["/header/custodian/organization"]
        )
    parts: dict[str, Any] = dict(gathering.coverage)
    return Coverage(**parts)
