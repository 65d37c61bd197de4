"""What a plan says besides its elements, as narrative sections of our own, so that nothing is lost.

The document's own facts, the member, coverage, team, risk, words and preferences, crisis plan,
agreement, review, notes, attachments and residue. A section without content isn't written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.canonical import Absent
from hub.render.ccda_codes import LOINC, RESERVED_SECTIONS
from hub.render.ccda_marking import told
from hub.render.ccda_narrative import bullets, facts, house, paragraph, section, sheet, table
from hub.render.ccda_people import odd_uses, party_line, party_lines, unsaid
from hub.render.ccda_text import ABSENT_WORDS, Xml, clean, coded, oid, shown, spelled, words
from hub.render.cover import WITHDRAWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.canonical import Agreement, Member, Note, Plan, Related, Replaced, SourceId


def context(plan: Plan) -> str:
    """Return every section of this module, in the order a reader wants them."""
    return "".join(
        (
            _about(plan),
            _member(plan.member),
            _coverage(plan),
            _team(plan),
            _risk(plan),
            house(
                "assessments",
                "Assessments",
                _assessments(plan),
                entries=told(plan.assessments),
            ),
            house("strengths", "Strengths", _list(plan.strengths)),
            house("preferences", "Preferences", _list(plan.preferences)),
            house("barriers", "Barriers", _list(plan.barriers)),
            house("own-words", "In the member's own words", _list(plan.own_words)),
            house("crisis-plan", "Crisis plan", paragraph(shown(plan.crisis_plan))),
            _agreement(plan.agreement),
            _review(plan),
            "".join(map(_note, plan.notes)),
            house(
                "attachments",
                "Attachments",
                _attachments(plan),
                entries=told(plan.attachments),
            ),
            house(
                "residue",
                "Also in the source document",
                _residue(plan),
                entries=told(plan.residue),
            ),
        )
    )


def _list(items: Iterable[str]) -> str:
    return bullets(map(clean, items))


def _about(plan: Plan) -> str:
    header = plan.header
    replaces, period = header.replaces, header.period
    chain = f"{clean(header.set_id or '')} {header.version or ''}".strip()
    before = _document(replaces) if replaces else ""
    beside = "; ".join(f"{_HOW[one.how]} {_document(one)}" for one in header.related)
    text = sheet(
        (
            ("Kind", header.kind.replace("_", " ")),
            ("Title", header.title),
            ("Status", header.status if header.status != "unknown" else ""),
            ("Withdrawn", WITHDRAWN if header.status == "revoked" else ""),
            ("Written on", header.written_on),
            ("Period start", period.start if period else None),
            ("Period end", period.end if period else None),
            ("Program", header.program),
            ("Purpose", header.purpose),
            ("Author", party_line(header.author)),
            ("Custodian", party_line(header.custodian)),
            ("Owner", party_line(header.owner)),
            ("Steward", party_line(header.steward)),
            ("Named recipients", party_lines(header.recipients)),
            ("Language", header.language),
            ("Confidentiality in the source", header.confidentiality),
            ("Source version", Xml(chain)),
            ("Replaces in the source", Xml(before)),
            ("Related in the source", Xml(beside)),
            ("Source identifiers", Xml(_sources(header.source_ids))),
        )
    )
    rows = [
        (
            shown(one.text),
            "" if one.met is None else ("yes" if one.met else "no"),
            shown(one.evidence),
            spelled((one.code,)) if one.code else "",
        )
        for one in header.criteria
    ]
    criteria = table(("Criterion", "Met", "Evidence", "Code"), rows)
    return house("about", "About this plan", text + criteria, entries=told(header.criteria))


_HOW = {"appends": "adds to", "transforms": "made from"}


def _document(of: Replaced | Related) -> str:
    """Return another document as the source names it: its set, version and ids."""
    parts = (clean(of.set_id or ""), str(of.version or ""), _sources(of.source_ids))
    return " ".join(filter(None, parts))


def _sources(ids: tuple[SourceId, ...]) -> str:
    return "; ".join(
        " ".join(clean(part) for part in (one.system, one.value, one.kind) if part) for one in ids
    )


def _member(member: Member) -> str:
    race = member.race
    needed = member.interpreter_needed
    raced = ABSENT_WORDS[race.absent] if isinstance(race, Absent) else "; ".join(map(clean, race))
    guarded = any(one.confidential for one in member.addresses)
    text = sheet(
        (
            ("Preferred name", member.name.preferred),
            ("Birth date", member.birth_date),
            ("Sex", member.sex),
            ("Gender identity", member.gender_identity),
            ("Pronouns", member.pronouns),
            ("Race", Xml(raced)),
            ("Ethnicity", member.ethnicity),
            ("Language", member.language),
            ("Interpreter needed", "" if needed is None else ("yes" if needed else "no")),
            ("Representative", party_line(member.representative)),
            ("Cultural preferences", member.cultural_preferences),
            ("Communication needs", member.communication_needs),
            ("Other ways to reach", unsaid(member.telecoms)),
            ("Use of addresses and numbers", odd_uses(member)),
            ("Address", "Confidential: not to be disclosed in the household" if guarded else ""),
        )
    )
    return house("member", "About the member", text)


def _coverage(plan: Plan) -> str:
    one = plan.coverage
    text = sheet(
        (
            ("Plan", one.mco),
            ("Line of business", one.line_of_business),
            ("Member id", one.member_id),
            ("Enrolled on", one.enrolled_on),
            ("County", one.county),
            ("Care managed by", (one.care_managed_by or "").replace("_", " ")),
        )
    )
    return house("coverage", "Coverage", text)


def _team(plan: Plan) -> str:
    rows = [
        (
            party_line(one.party),
            shown(one.role),
            "" if one.lead is None else ("yes" if one.lead else "no"),
            facts((("Relationship", one.relationship), ("Does", one.involvement))),
        )
        for one in plan.team
    ]
    return house("team", "Care team", table(("Who", "Role", "Lead", "Details"), rows))


def _risk(plan: Plan) -> str:
    one = plan.risk
    if one is None:
        return ""
    text = sheet(
        (
            ("Level", one.level or ""),
            ("Score", one.score),
            ("Tool", one.tool),
            ("Assessed on", one.assessed_on),
            ("Reason", one.reason),
        )
    )
    return house("risk", "Risk", text)


def _assessments(plan: Plan) -> str:
    rows = [
        (shown(one.name), shown(one.date), shown(one.result), spelled(one.codes))
        for one in plan.assessments
    ]
    return table(("Assessment", "Date", "Result", "Code"), rows)


def _agreement(one: Agreement | None) -> str:
    if one is None:
        return ""
    meeting = one.meeting
    text = sheet(
        (
            ("Offered on", one.offered_on),
            ("Decision", one.decision or ""),
            ("Signed by", party_line(one.signed_by)),
            ("Signed on", one.signed_on),
            ("Method", one.method),
            ("Copy given on", one.copy_given_on),
            ("Copy sent by", one.copy_channel),
            ("Next outreach due", one.reoutreach_due),
            ("Meeting on", meeting.on if meeting else None),
            ("Meeting place", meeting.place if meeting else None),
            ("Participants", party_lines(meeting.participants) if meeting else None),
        )
    )
    rows = [(shown(o.on), shown(o.method), shown(o.by), shown(o.result)) for o in one.outreach]
    outreach = table(("Outreach on", "Method", "By", "Result"), rows)
    return house("agreement", "Agreement", text + outreach)


def _review(plan: Plan) -> str:
    one = plan.review
    if one is None:
        return ""
    pairs = (
        ("Last review", one.last),
        ("Next review due", one.next_due),
        ("Reason", one.reason),
    )
    return house("review", "Review", sheet(pairs))


def _note(note: Note) -> str:
    """Return a note's section under its own LOINC code, unless that would claim to be ours."""
    title = words(note.section) or "Note"
    text = paragraph(shown(note.text))
    code, marks = note.code, told((note,))
    if code is None:
        return house("note", title, text or paragraph(title), entries=marks)
    if oid(code.system) == LOINC and code.code and code.code not in RESERVED_SECTIONS:
        return section(coded("code", (code,)), title, text, marks)
    translation = coded("translation", (code,))
    return house("note", title, text or paragraph(title), translation=translation, entries=marks)


def _attachments(plan: Plan) -> str:
    rows = [
        (
            shown(one.name),
            shown(one.media_type),
            "" if one.bytes is None else f"{one.bytes} bytes",
            clean(one.sha256 or ""),
        )
        for one in plan.attachments
    ]
    return table(("Name", "Type", "Size", "SHA-256"), rows)


def _residue(plan: Plan) -> str:
    return table(("Label", "Words"), [(shown(one.label), shown(one.text)) for one in plan.residue])
