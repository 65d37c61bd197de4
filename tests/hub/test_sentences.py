"""How well words are recognised: labelled sentences, recall before precision, with a floor each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from hub.canonical import Note, Plan
from hub.labels import Source, label

HERE = Path(__file__).parent / "labelled"
SENTENCES, UNSEEN = (
    yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    for name in ("sentences.yaml", "unseen.yaml")
)
ORDINARY = "general"
MOST_FALSE = 0.05
"""The share of ordinary sentences that may be taken for sensitive ones: each is a part withheld
that a nurse needed."""


def labels_of(sentence):
    """Return the categories of a sentence standing alone in a plan of an ordinary sender."""
    found = label(Plan(notes=(Note(text=sentence),)), Source()).elements["/notes/0"]
    return found.categories


def missed(of=SENTENCES):
    """Return every sensitive sentence that isn't labelled as it must be."""
    return [
        (category, sentence)
        for category, sentences in of.items()
        if category != ORDINARY
        for sentence in sentences
        if category not in labels_of(sentence)
    ]


def false_alarms(of=SENTENCES):
    """Return every ordinary sentence that is taken for a sensitive one."""
    return [one for one in of[ORDINARY] if labels_of(one) != {ORDINARY}]


def figures(of=SENTENCES):
    """Return recall by category, and the share of ordinary sentences kept ordinary."""
    lost = Counter(category for category, _ in missed(of))
    recall = {
        category: round(1 - lost[category] / len(sentences), 3)
        for category, sentences in of.items()
        if category != ORDINARY
    }
    return recall | {ORDINARY: round(1 - len(false_alarms(of)) / len(of[ORDINARY]), 3)}


def test_recall():
    """No sensitive sentence of the set is missed: a miss is a wrong release."""
    assert [] == missed()


def test_precision():
    """Few ordinary sentences are taken for sensitive ones."""
    assert len(false_alarms()) <= MOST_FALSE * len(SENTENCES[ORDINARY])


@pytest.mark.parametrize("category", sorted(SENTENCES))
def test_enough(category):
    """The set says something of every category that words can show."""
    assert len(SENTENCES[category]) >= 2
    assert len(set(SENTENCES[category])) == len(SENTENCES[category])


UNSEEN_RECALL, UNSEEN_ORDINARY = 0.75, 0.9
"""What must hold of sentences that the lexicon was never fitted to."""


def test_unseen():
    """On sentences nobody fitted the lists to, most are found and few alarms are false."""
    wanted = sum(len(found) for category, found in UNSEEN.items() if category != ORDINARY)
    assert 1 - len(missed(UNSEEN)) / wanted >= UNSEEN_RECALL
    assert figures(UNSEEN)[ORDINARY] >= UNSEEN_ORDINARY


if __name__ == "__main__":
    for title, of in (("fitted", SENTENCES), ("unseen", UNSEEN)):
        for name, share in figures(of).items():
            print(f"{title} {name:22} {len(of[name]):4} sentences  {share:.3f}")  # noqa: T201  # a table for people
        for category, sentence in missed(of):
            print(f"{title} missed  {category}: {sentence}")  # noqa: T201  # the same
        for sentence in false_alarms(of):
            print(f"{title} alarmed {sorted(labels_of(sentence))}: {sentence}")  # noqa: T201  # the same
