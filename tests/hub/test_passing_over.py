"""What labelling passes over unread: each short cut says no only where the whole question does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.canonical import Concern, Note, Place, Plan, Residue, refusal
from hub.canonical.refusal import refusing
from hub.labels import Source, label
from hub.labels.codes import read_table
from hub.labels.folding import fold, folded_words, holding
from hub.labels.wordings import leaning, may_lean

WORDS = (
    *("not", "never", "no", "do", "don't", "without", "to", "refused", "declines", "denied"),
    *("revoked", "withdrew", "opted", "out", "consent", "ROI", "release", "share", "disclosed"),
    *("authorized", "records", "info", "plan", "only", "PCP", "medications", "SUD:", "part 2", "n"),
    *("HIV", "alcohol", "mental", "health", "☐", "☒", "yes", "-", ".", ";", "sudden", "steroid"),
    *("extended-release", "share of cost", "n/a", "=", "false"),
)
PATTERNS = (*refusal._REFUSED, *refusal._ANSWERED, refusal._BUT)  # noqa: SLF001  # the law is theirs
HINTS = refusal._HINTS  # noqa: SLF001  # the law is theirs
LINES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)
LEANS = read_table("lexicon")["leaning"]["words"]
MARKS = st.sampled_from([" ", "  ", "\n", "-", ".", "\x02", "\u00ad", "é", "ß", "|"])


@settings(max_examples=400, deadline=None)
@given(LINES)
def test_refusal_has_its_words(line):
    """No pattern of a refusal fits a line without one of the words that it is looked at for."""
    low = line.casefold()
    for pattern in PATTERNS:
        if pattern.search(low):
            assert any(one in low for one in HINTS)


@pytest.mark.parametrize("verb", ["want", "wish", "like", "agree"])
def test_a_wish_is_heard(verb):
    """A member who does not want, like or agree that the doctor hears of it refuses release."""
    assert refusing([f"She does not {verb} her doctor to know"]) == {0: frozenset({"any"})}


@pytest.mark.parametrize("verb", ["send", "give", "fax"])
def test_an_order_is_heard(verb):
    """Words that order not to send the plan to a practice refuse release, without its own word."""
    assert refusing([f"Do not {verb} this to the PCP"]) == {0: frozenset({"any"})}


@settings(max_examples=100, deadline=None)
@given(st.lists(LINES, max_size=5))
def test_refusals_by_themselves(lines):
    """No refusal is passed over because of what stands beside it."""
    apart = [text for line in lines for text in (line, "Walk daily.")]
    alone = {2 * n for n, line in enumerate(lines) if refusing([line])}

    assert alone <= refusing(apart).keys()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(LEANS), MARKS, st.sampled_from(LEANS)), max_size=4))
def test_ambiguous_words_are_found(parts):
    """Every text that holds an ambiguous word is looked at, whatever stands around it."""
    texts = [f"{a.replace('*', 'x')}{mark}{b.replace('*', '')}" for a, mark, b in parts]

    assert {one for one in texts if leaning([one])} <= may_lean(fold([texts, texts[:1]]))


@pytest.mark.parametrize("phrase", LEANS)
def test_each_phrase_leans(phrase):
    """Every phrase of the list is found by both looks."""
    text = f"Seen: {phrase.replace('*', 'ed').upper()}!"

    assert leaning([text])
    assert may_lean(fold([[text], ["Walk daily"]])) == {text}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("ab \u00e9.\x02|", max_size=8), max_size=6))
def test_folded_once_is_folded_apart(texts):
    """Texts folded together hold the words that each holds alone, and none reaches across two."""
    known = fold([texts])
    for word in ("a", "b", "ab", "a b"):
        held = holding([f" {word} "], known.text, known.texts)[f" {word} "]
        alone = {one for one in texts if f" {word} " in f" {_alone(one)} "}
        assert held == alone


def _alone(text):
    return " ".join(folded_words(text.replace("\x02", " ")))


def segment(number):
    """Return the place of a field of one of a message's segments."""
    return Place(f"OBX[{number}]-5", "segment")


def sud(plan):
    """Return the pointers labelled substance use."""
    found = label(plan, Source()).elements
    return {at for at, one in found.items() if "sud" in one.categories}


def test_pointers_alike():
    """A unit whose pointer begins like that of a sensitive one shares nothing with it."""
    notes = tuple(Note(text="Opioid use" if n == 1 else "Walk") for n in range(12))
    places = {f"/notes/{n}/text": segment(n) for n in range(12)}
    residue = (Residue(text="Tuesdays"), Residue(text="Thursdays"))
    beside = {"/residue/0/text": segment(1), "/residue/1/text": segment(10)}

    assert sud(Plan(notes=notes, residue=residue, places=places | beside)) == {
        "/notes/1",
        "/residue/0",
    }


def test_many_who_give():
    """In a plan with more sensitive units than are looked for one by one rows count the same."""
    many = tuple(Concern(text="Opioid use") for _ in range(70))
    places = {f"/concerns/{n}/text": segment(n) for n in range(70)}
    residue = (Residue(text="Tuesdays"), Residue(text="Thursdays"))
    beside = {"/residue/0/text": segment(69), "/residue/1/text": segment(99)}
    found = sud(Plan(concerns=many, residue=residue, places=places | beside))

    assert "/residue/0" in found
    assert "/residue/1" not in found


def test_rows_of_any_kind():
    """A row is found among places of several kinds, and a cell is no segment."""
    places = {
        "/concerns/0/text": Place("OBX[3]-5", "segment"),
        "/residue/0/text": Place("OBX[3]-8.1", "segment"),
        "/residue/1/text": Place("OBX[3]-8.1", "cell"),
        "/residue/2/text": Place("OBX[4]-8.1", "segment"),
    }
    lines = tuple(Residue(text=one) for one in ("Mondays", "Tuesdays", "Thursdays"))
    plan = Plan(concerns=(Concern(text="Opioid use"),), residue=lines, places=places)

    assert sud(plan) == {"/concerns/0", "/residue/0"}
