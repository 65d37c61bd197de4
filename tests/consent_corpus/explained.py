"""Why our answer differs from what a file's authors expect: one sentence a difference.

The tool and its test hold the table against the corpus: a difference nobody explained fails. It
names cases and codes alone, never what a file says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.consent_corpus.comparing import Compared

LAST_DENY = (
    "the policy ends in a rule that denies whatever no rule before it permitted, which its own "
    "combining (first applicable, permit overrides) never reaches; with us any forbid beats every "
    "permit, so such a rule denies always. We need none: without a permit nothing goes"
)
NO_FORM = (
    "a policy holds none of the statements and signatures 42 CFR 2.31(a) asks for, so the form "
    "behind it is deficient (P2-04) and carries nothing until somebody reads it"
)
ACT_148 = (
    "the form is taken as complete: substance use stays out as its author asks; HIV stays out too, "
    "since 35 P.S. 7607 wants a form of its own; Part 2 content goes to none but whom a form names"
)
NO_CONSENT_HERE = (
    "the request names a patient of its authors' server and their consent didn't come along; "
    "without any consent ordinary content goes to a treating provider under HIPAA, the rest stays"
)

WHY: dict[str, str] = {
    "c2s pep-service samplePolicy": LAST_DENY,
    "c2s context-handler samplePolicy": LAST_DENY,
    "c2s form, as it is pep-service samplePolicy": NO_FORM,
    "c2s form, as it is context-handler samplePolicy": NO_FORM,
    "c2s form, whole pep-service samplePolicy": ACT_148,
    "c2s form, whole context-handler samplePolicy": ACT_148,
    "cds hook deny": NO_CONSENT_HERE + "; the request holds no content to withhold",
    "cds hook no-consent-found": (
        "the same answer in our words: there is no consent, so only what needs none may go"
    ),
    "cds hook permit": (
        NO_CONSENT_HERE + "; the harmful use of ketamine in it stays with us as substance use"
    ),
    "dss entry 111880001 33999-4": (
        "HIV: their policy took out substance use alone; we label HIV always, and what is labelled "
        "stays unless a consent lets it go (35 P.S. 7607)"
    ),
    "dss entry 33999-4 993536": (
        "bupropion: an antidepressant that is also given to stop smoking; our list takes it as a "
        "sign of mental health care"
    ),
    "dss entry 77386006": (
        "pregnancy: their policy doesn't know it as sensitive; we label it sexual and reproductive "
        "health, which goes to a treating provider and is held from proxies"
    ),
    "label behavioral-health 19359-9": (
        "a urine cocaine screen in the behavioral health bundle: we call it substance use, the "
        "category with the stricter law"
    ),
    "label substance-use LP173580-4": (
        "the bundle itself says that this code is wrong; its words, ethanol in blood, are a blood "
        "level and no diagnosis or treatment"
    ),
}
"""By case, as the tool prints it."""


def why(one: Compared) -> str:
    """Return the explanation of a difference, or nothing."""
    return WHY.get(one.case, "")
