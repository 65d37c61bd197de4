"""The pages after page one: every other part of a plan as titled facts, tables and paragraphs.

Called by `hub.render.pdf_view` only. A section with nothing to say is left out, an explicit absence
is said in words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hub.canonical import Absent
from hub.render.pdf_clinical import clinical
from hub.render.pdf_section import Section, facts, section, yes
from hub.render.pdf_words import (
    address_words,
    code_words,
    date_words,
    joined,
    labelled,
    language_words,
    plain,
    reach,
    who,
    whole,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.canonical import Agreement, Note, Party, Plan, SourceId, TeamMember


def sections(plan: Plan, numbers: Mapping[str, str]) -> list[Section]:
    """Return the sections with something to say; `numbers` are the names of goals by id."""
    every = (
        *clinical(plan, numbers),
        *_people(plan),
        *_person(plan),
        *_process(plan),
        *_words_kept(plan),
    )
    return [one for one in every if one["facts"] or one["rows"] or one["paragraphs"]]


def _people(plan: Plan) -> list[Section]:
    header = plan.header
    named = [
        ("Author", header.author),
        ("Custodian", header.custodian),
        ("Plan owner", header.owner),
        ("Steward", header.steward),
        *(("Named recipient", one) for one in header.recipients),
        ("Member's representative", plan.member.representative),
    ]
    on_team = [one.party for one in plan.team]
    rows = [
        _team_row(one, joined((label for label, party in named if party == one.party), ", "))
        for one in plan.team
    ]
    rows += [_party_row(label, party) for label, party in named if party and party not in on_team]
    columns = ("Name", "Role", "Reach", "More")
    return [section("Team and contacts", columns=columns, rows=rows)]


def _team_row(one: TeamMember, also: str) -> tuple[str, str, str, str]:
    role = words(one.role) or words(one.party.role)
    party = replace(one.party, role=None) if role == words(one.party.role) else one.party
    return (
        who(party),
        joined((plain(role), "lead" if one.lead else "", also.lower()), ", "),
        reach(party),
        joined((words(one.relationship), words(one.involvement))),
    )


def _party_row(label: str, party: Party) -> tuple[str, str, str, str]:
    return who(party), label, reach(party), ""


def _person(plan: Plan) -> list[Section]:
    member, coverage = plan.member, plan.coverage
    race = words(member.race) if isinstance(member.race, Absent) else joined(member.race, ", ")
    addresses = [
        (
            joined((plain(words(one.use)), "address"), " ").capitalize(),
            joined(
                (
                    address_words(one),
                    labelled("County:", words(one.county)),
                    "confidential, not for anyone in the household" if one.confidential else "",
                )
            ),
        )
        for one in member.addresses
    ]
    return [
        section(
            "About the member",
            pairs=facts(
                ("Strengths", joined(plan.strengths, "; ")),
                ("Preferences", joined(plan.preferences, "; ")),
                ("Barriers", joined(plan.barriers, "; ")),
                ("In their own words", joined(plan.own_words, "; ")),
                ("Communication", words(member.communication_needs)),
                ("Culture", words(member.cultural_preferences)),
                ("Pronouns", words(member.pronouns)),
                ("Gender identity", words(member.gender_identity)),
                ("Race", race),
                ("Ethnicity", words(member.ethnicity)),
                *addresses,
                *(
                    (joined((plain(words(one.use)), one.kind), " ").capitalize(), words(one.value))
                    for one in member.telecoms
                    if one.kind != "phone"
                ),
                ("Health plan", words(coverage.mco)),
                ("Line of business", words(coverage.line_of_business)),
                ("Enrolled", date_words(coverage.enrolled_on)),
                ("County", words(coverage.county)),
                ("Care managed by", plain(coverage.care_managed_by)),
            ),
        )
    ]


def _process(plan: Plan) -> list[Section]:
    header, risk, review = plan.header, plan.risk, plan.review
    criteria = [
        (
            words(one.text),
            yes(one.met),
            words(one.evidence),
            code_words((one.code,) if one.code else ()),
        )
        for one in header.criteria
    ]
    return [
        section(
            "Why this plan, and its review",
            pairs=facts(
                ("Program", words(header.program)),
                ("Purpose", words(header.purpose)),
                ("Risk found by", joined((words(risk.tool), date_words(risk.assessed_on))))
                if risk
                else ("", ""),
                ("Language of the plan", language_words(header.language)),
                ("Source document", joined(_source(one) for one in header.source_ids)),
                ("Last review", date_words(review.last) if review else ""),
                ("Reason for review", words(review.reason) if review else ""),
            ),
            columns=("Criterion", "Met", "Evidence", "Code"),
            rows=criteria,
        ),
        *([_agreement(plan.agreement)] if plan.agreement else []),
    ]


def _source(one: SourceId) -> str:
    return joined((one.system or "", one.value or ""), " ")


def _agreement(agreement: Agreement) -> Section:
    meeting = agreement.meeting
    present = joined((whole(one) for one in meeting.participants), "; ") if meeting else ""
    met = joined((date_words(meeting.on), words(meeting.place), present)) if meeting else ""
    signed = joined(
        (whole(agreement.signed_by), date_words(agreement.signed_on), words(agreement.method)), ", "
    )
    given = joined((date_words(agreement.copy_given_on), words(agreement.copy_channel)), ", ")
    return section(
        "Agreement",
        pairs=facts(
            ("Decision", plain(agreement.decision)),
            ("Offered", date_words(agreement.offered_on)),
            ("Signed", signed),
            ("Copy given", given),
            ("Reach out again by", date_words(agreement.reoutreach_due)),
            ("Meeting", met),
        ),
        columns=("Outreach", "Method", "By", "Result"),
        rows=[
            (date_words(one.on), words(one.method), words(one.by), words(one.result))
            for one in agreement.outreach
        ],
    )


def _headed(note: Note) -> str:
    return joined((words(note.section), code_words((note.code,) if note.code else ())))


def _words_kept(plan: Plan) -> list[Section]:
    return [
        section("Notes", pairs=[[_headed(one), words(one.text)] for one in plan.notes]),
        section(
            "Also in the source document",
            pairs=[[words(one.label), words(one.text)] for one in plan.residue],
        ),
        section(
            "Attachments",
            columns=("Name", "Type", "Size in bytes"),
            rows=[
                (words(one.name), words(one.media_type), f"{one.bytes}" if one.bytes else "")
                for one in plan.attachments
            ],
        ),
    ]
