"""The clinical sections of the printed plan: outcomes, medications, allergies and their like.

Called by `hub.render.pdf_sections` only. A section with nothing to say comes back empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.canonical import Absent, each
from hub.render.pdf_section import Section, absence, facts, section, yes
from hub.render.pdf_words import (
    code_words,
    date_words,
    joined,
    labelled,
    plain,
    span_words,
    whole,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.canonical import Flexible, Intervention, Plan


def clinical(plan: Plan, numbers: Mapping[str, str]) -> list[Section]:
    """Return the clinical sections; `numbers` are the names of goals by id."""
    none_of = [
        f"{name}: {words(items)}"
        for name, items in (
            ("Concerns", plan.concerns),
            ("Goals", plan.goals),
            ("Interventions", plan.interventions),
        )
        if isinstance(items, Absent)
    ]
    return [
        section("Explicitly absent", paragraphs=none_of),
        *[_flexible(one, one.flexible) for one in each(plan.interventions) if one.flexible],
        _outcomes(plan, numbers),
        _medications(plan),
        _allergies(plan),
        _assessments(plan),
        _directives(plan),
    ]


def _medications(plan: Plan) -> Section:
    return section(
        "Medications",
        columns=("Medication", "Dose", "Status", "Dates", "Code"),
        rows=[
            (
                words(one.text),
                words(one.dose),
                plain(words(one.status)),
                span_words(one.start, one.end),
                code_words(one.codes, one.text),
            )
            for one in each(plan.medications)
        ],
        paragraphs=absence(plan.medications),
    )


def _allergies(plan: Plan) -> Section:
    return section(
        "Allergies",
        columns=("Allergy", "Reaction", "Severity", "Status", "Code"),
        rows=[
            (
                words(one.text),
                words(one.reaction),
                plain(words(one.severity)),
                plain(words(one.status)),
                code_words(one.codes, one.text),
            )
            for one in each(plan.allergies)
        ],
        paragraphs=absence(plan.allergies),
    )


def _outcomes(plan: Plan, numbers: Mapping[str, str]) -> Section:
    return section(
        "Outcomes",
        columns=("Outcome", "Date", "For", "Code"),
        rows=[
            (
                words(one.text),
                date_words(one.date),
                joined((numbers[ref] for ref in one.goals if ref in numbers), ", "),
                code_words(one.codes, one.text),
            )
            for one in each(plan.outcomes)
        ],
        paragraphs=absence(plan.outcomes),
    )


def _assessments(plan: Plan) -> Section:
    return section(
        "Assessments",
        columns=("Assessment", "Date", "Result", "Code"),
        rows=[
            (
                words(one.name),
                date_words(one.date),
                words(one.result),
                code_words(one.codes, one.name),
            )
            for one in plan.assessments
        ],
    )


def _directives(plan: Plan) -> Section:
    return section(
        "Advance directives",
        columns=("Directive", "Date", "Code"),
        rows=[
            (words(one.text), date_words(one.date), code_words(one.codes, one.text))
            for one in each(plan.advance_directives)
        ],
        paragraphs=absence(plan.advance_directives),
    )


def _flexible(one: Intervention, detail: Flexible) -> Section:
    approval = detail.approval
    agreed = ""
    if approval:
        agreed = joined(
            (plain(words(approval.status)), whole(approval.by), date_words(approval.on)), ", "
        )
    return section(
        "Flexible service",
        paragraphs=[words(one.text)],
        pairs=facts(
            ("Category", plain(words(detail.category))),
            ("Requested by", whole(detail.requested_by)),
            ("Rationale", words(detail.rationale)),
            ("Expected outcome", words(detail.expected_outcome)),
            ("Evidence-based practice", words(detail.ebp)),
            ("Timeline", words(detail.timeline)),
            ("Estimated cost", _money(words(detail.estimated_cost))),
            ("Conventional cost", _money(words(detail.conventional_cost))),
            ("Savings", _money(words(detail.savings))),
            ("Continued", yes(detail.continued)),
            ("Approval", agreed),
            ("Ledger code", words(detail.gl_code)),
            (
                "Spent",
                joined(
                    joined((date_words(sum_.on), _money(words(sum_.amount))), " ")
                    for sum_ in detail.spent
                ),
            ),
        ),
    )


def _money(amount: str) -> str:
    return labelled("$", amount).replace("$ ", "$")
