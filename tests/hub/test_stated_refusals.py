"""A refusal that a document states is known, however it is written; what is none holds nothing."""

from __future__ import annotations

import pytest

from hub.canonical.refusal import refusing


def found(*texts):
    """Return everything that a document's texts refuse."""
    return set().union(*refusing(texts).values())


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("☒ May share with primary care, except substance use treatment", {"sud"}),
        ("☐ May share substance use treatment information (member said no, 11/02/2026)", {"sud"}),
        ("☐ May share mental health notes (member said no)", {"mental_health"}),
        ("□ OK to share SUD treatment information with PCP", {"sud"}),
        ("▢ OK to share SUD treatment information with PCP", {"sud"}),
        ("❏ I agree to share my drug and alcohol records", {"sud"}),
        ("[ ] Release alcohol treatment records", {"sud"}),
        ("[_] Release alcohol treatment records", {"sud"}),
        ("( ) Release alcohol treatment records", {"sud"}),
        ("___ Release alcohol treatment records", {"sud"}),
        ("Release alcohol treatment records ☐", {"sud"}),
        ("☐ May share this plan with primary care", {"any"}),
        ("_X_ Member refuses release of SUD treatment information", {"sud"}),
        ("☑ Do not share my substance use treatment", {"sud"}),
        ("Share SUD information with PCP: ☐ Yes ☒ No", {"sud"}),
        ("Share SUD information with PCP: Yes ☐ No ☒", {"sud"}),
        ("Release of D&A (SUD) information to PCP: REFUSED 09/30/2026", {"sud"}),
        ("Release of SUD treatment information to PCP: REFUSED by member (10/05/2026)", {"sud"}),
        ("Release of drug and alcohol treatment information to her family doctor: no", {"sud"}),
        ("Share with Cardiology: Yes, not SUD", {"sud"}),
        ("Asked about sharing drug treatment with PCP, member said no", {"sud"}),
        ("Member does not want PCP to know about methadone or other drugs", {"sud"}),
        ("She doesn't want her doctor told", {"any"}),
        ("Declined to sign the release for SUD records", {"sud"}),
        ("Release for SUD records not signed", {"sud"}),
        ("No release on file", {"any"}),
        ("No signed consent on file for SUD", {"sud"}),
        ("Do not disclose", {"any"}),
        ("Consent BH: refused", {"mental_health"}),
        ("Do not send to PCP", {"any"}),
        ("Substance use information to be shared with PCP only", {"sud"}),
        ("Refuses D&A release", {"sud"}),
        ("SUD Release Refused Yes", {"sud"}),
        ("SUD Release Refused: Y", {"sud"}),
        ("Member declines release to PCP of therapy notes.", {"any"}),
    ],
)
def test_refusal(text, topics):
    """A refusal is known with what it is about, in a sentence, a field or an open box."""
    assert found(text) == topics


@pytest.mark.parametrize(
    "texts",
    [
        ("Release of SUD information to PCP:", "REFUSED 09/30/2026"),
        ("Release of SUD information to PCP", "No"),
        ("Member refuses to", "release SUD information to PCP"),
        ("Member refuses release of", "SUD information"),
        ("☐", "May share substance use treatment information"),
        ("May share substance use treatment information", "☐"),
        ("May share with primary care, except", "substance use: do not share"),
    ],
)
def test_cut_in_two(texts):
    """A refusal that was cut over two lines or two cells is known all the same."""
    assert found(*texts) == {"sud"}


def test_boxes_in_cells():
    """Boxes in cells of their own belong to the words in front of them, or behind, as all do."""
    before = ("☒", "May share with PCP", "☐", "May share SUD information", "Member: ____")
    behind = ("May share SUD information", "☒", "May share housing needs", "☐", "Member: ____")

    assert found(*before) == {"sud"}
    assert found(*behind) == set()


def test_signature_refused():
    """A ticked box that the member would not sign counts among the lines of a release only."""
    release = "☒ May share with primary care"

    assert found(release, "☒ Member refused to sign") == {"any"}
    assert found(release, "☐ Member refused to sign") == set()
    assert found("☒ Took part in the plan", "☒ Member refused to sign") == set()


@pytest.mark.parametrize(
    "text",
    [
        "No known allergies",
        "Declined flu shot",
        "Refuses to take metformin",
        "☐ May share mental health notes",
        "☐ Member refused to sign",
        "☐ Member refuses release of SUD information",
        "☐ Do not share my drug treatment",
        "☐ May share with school nurse",
        "Consent BH No",
        "☐ Interpreter needed",
        "☐ Substance use",
        "☒ May share substance use treatment information",
        "OK to share SUD information with PCP ☒",
        "[X] OK to share with PCP\n[ ] Parent declined to sign\nParent signature:",
        "Share SUD information with PCP: ☒ Yes ☐ No",
        "Share SUD information with PCP: Yes ☒ No ☐",
        "Release of other information to PCP: YES",
        "SUD Release Refused No",
        "SUD Release Refused = No",
        "SUD Release Refused: N",
        "Member Signed: No",
        "Consent PCP: Yes; Flu shot: declined",
        "Consent to treatment signed; refused the eye exam",
        "Declined dental visit. Share with PCP: Yes",
        "Buprenorphine extended release, not given in June",
        "Does not want to see the cardiologist",
        "Member: ____DeShawn Purnell____ Date: __11/02/2026__",
    ],
)
def test_no_refusal(text):
    """An open box that permits nothing, a no to a refusal, and care declined are no refusal."""
    assert found(text) == set()


def test_neighbours_stay_apart():
    """Words of care beside a line of release are not read into it."""
    texts = ("☒ May share with primary care", "Declined flu shot", "No known drug allergies", "No")

    assert found(*texts) == set()
