"""Duties: what the laws and the house want done that is no yes or no to a release.

`docs/consent-table.md` lists them beside the rules, so that nothing of the reference is missing:
each with its clause, its owner, and where in the hub it is done. `PARTS` are rules that take part
in a decision without a verdict of their own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty: `where` names the part of the hub that does it, or says that a person does."""

    id: str
    citation: str
    sentence: str
    where: str
    owner: str = "privacy officer"


PARTS: tuple[Duty, ...] = (
    Duty(
        "2.32",
        "42 CFR 2.32(a)-(b)",
        "Every release of substance use records carries the notice and the scope of the consent.",
        "chosen by consent.notices, printed by hub.render",
    ),
    Duty(
        "HR-17",
        "house decision 17",
        "A limit set by a relative without proven authority doesn't bind.",
        "consent.weighing",
    ),
    Duty(
        "HR-22",
        "house decision 22",
        "Content the labeller failed on is protected; to have no label isn't to be general.",
        "hub.labels, then rule HR-22",
    ),
)

DUTIES: tuple[Duty, ...] = (
    Duty(
        "P2-14",
        "42 CFR 2.25; 45 CFR 164.528(b)",
        "A patient may ask what was disclosed with consent in the prior three years.",
        "releases and the audit ledger; privacy console",
    ),
    Duty(
        "P2-15",
        "42 CFR 2.24",
        "An intermediary lists within 30 days to whom a general designation let it disclose.",
        "releases and the audit ledger; privacy console",
    ),
    Duty(
        "P2-17",
        "42 CFR 2.16(b); 45 CFR 164.400-414",
        "A breach of unsecured substance use records is handled as a breach under HIPAA.",
        "a person, by the runbook",
    ),
    Duty(
        "P2-21",
        "42 CFR 2.32; 2.12(d)(2)",
        "A label that arrives with a document is never dropped and never lowered.",
        "hub.labels",
    ),
    Duty(
        "HI-06",
        "45 CFR 164.528",
        "Every disclosure is recorded so that six years of them can be accounted for.",
        "releases and the audit ledger; privacy console",
    ),
    Duty(
        "HI-07",
        "45 CFR 164.316(b)(2)(i), 164.530(j); 42 CFR 438.3(u)",
        "Consents, decisions and accountings are kept at least ten years.",
        "hub.store: nothing of them is deleted",
        "operations",
    ),
    Duty(
        "HI-08",
        "45 CFR 164.522(b)",
        "A member's wish for another address or channel is honoured.",
        "the release step takes confidential addresses out (hub.withholding)",
    ),
    Duty(
        "HI-10",
        "45 CFR 164.402, 164.410",
        "A misdirected disclosure is stopped, recalled and assessed within its clock.",
        "hub.store.misdirected and incidents: a return opens one; a person judges",
    ),
    Duty(
        "HR-04",
        "house decision 4",
        "A spoken revocation stops at once; a written confirmation is asked for.",
        "rule HR-04 stops; a person asks",
    ),
    Duty(
        "HR-09",
        "house decision 9",
        "Loss of encrypted content, or a slip inside one practice, is an incident to be judged.",
        "a person, within the clock of HI-10",
    ),
    Duty(
        "HR-21",
        "house decision 21",
        "Anybody clinical may raise a label; only a privacy officer lowers one, with a reason.",
        "hub.labels and hub.store",
    ),
    Duty(
        "438-b1",
        "42 CFR 438.208(b)(1)",
        "Every member has a designated person who coordinates their care.",
        "hub.directory: attribution and contact, hub.routing",
        "integration",
    ),
    Duty(
        "438-b3",
        "42 CFR 438.208(b)(3), (b)(5)",
        "Needs are screened within 90 days, and records are kept to professional standards.",
        "the MCO; the hub carries the result",
        "MCO",
    ),
    Duty(
        "438-b6",
        "42 CFR 438.208(b)(6), 438.224",
        "Coordination protects privacy as HIPAA does.",
        "every rule in this table",
    ),
    Duty(
        "438-c3",
        "42 CFR 438.208(c)(3)",
        "A plan is reviewed at least every twelve months and when needs change.",
        "the plan's review date; the MCO reviews",
        "MCO",
    ),
    Duty(
        "438-10d",
        "42 CFR 438.10(d)",
        "What a member reads comes in large print and in their language.",
        "hub.render, the member's edition",
        "MCO",
    ),
    Duty(
        "438-62",
        "42 CFR 438.62(b)(1)",
        "When a member changes plan, the new plan receives what it needs to go on.",
        "the MCO; rule HR-15 holds what is queued",
        "MCO",
    ),
)
