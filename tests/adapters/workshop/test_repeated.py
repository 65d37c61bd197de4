"""What is proposed for a wide table whose columns repeat with a number."""

import json

from adapters.profiles import load
from adapters.workshop.drafting import drafted
from adapters.workshop.outlining import outliner
from adapters.workshop.repeated import repeated
from hub.canonical import Document

TABLE = (
    "Member ID,Last Name,DOB,Problem 1,Problem 1 Dx,Problem 2,Problem 2 Dx,"
    "Goal 1,Goal 1 Prob#,Goal 1 Interventions,Goal 2,Goal 2 Prob#,Goal 2 Interventions\n"
    "0417,Aspen,1/2/1960,Asthma,J45.20,,,Walk,1,Call; Visit,Sleep,1,Diary; Visit\n"
)


def test_stems():
    """Headings that stand with one number only are no group."""
    assert repeated(["Goal 1", "Goal 2", "Line 1", "Goal 1 By"]) == {
        "Goal {n}": ["Goal 1", "Goal 2"]
    }


def test_proposed():
    """Groups, their links and cells of several items are proposed, and the text loads."""
    document = Document(TABLE.encode(), "heath.csv")
    outline = json.loads(outliner("-").read(document).enclosures["outline"])
    text, unbound = drafted([outline], "heath", "mco-heath")
    rules = {rule.into: rule for rule in load(text).rows}

    assert unbound == []
    assert '["Problem {n} Dx"]' in text
    assert rules["goals"].always == {"id": "{n}"}
    assert {one.target for one in rules["goals"].fields} == {"text", "concerns"}
    assert rules["interventions"].serves == ("goals",)
    assert rules["interventions"].divider == ";"
