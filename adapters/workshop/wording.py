"""Which canonical field a printed label, column or heading probably means, and how surely.

`proposing` asks; the words are data, in `synonyms.yaml`. It sees labels only, never values.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final

import yaml

EXACT, SAME_WORDS, LIKE = 0.95, 0.85, 0.7
_ANY: Final = ("item text", "item description", "words", "details")
_LIKE: Final = 0.86
OTHER: Final = "other"
_MARK: Final = re.compile(r"^\W*(?:[A-Z]|[ivx]{1,4}|\d{1,2})[.)]\s+")
_ASIDE: Final = re.compile(r"(?:\s*\(|\]?\s+[-\u2013]\s).*$|:\s*$")
_TOLD: Final = ("own_words", "crisis_plan")
_BARE: Final = "number"
"""A number of what? `No` may be an answer, `Id` anything's: no field is called so alone."""
_SHORTEST: Final = 5
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DOTTED: Final = re.compile(r"\b([A-Za-z])\.(?=[A-Za-z]\b|$|\s)")
_HEAD: Final = re.compile(r"^(?:txt|cbo|chk|fld|tb|opt|rb|dd)(?=[A-Z_])")


@dataclass(frozen=True, slots=True)
class Guess:
    """A field, how sure the guess is (0 to 1), and the known words it was guessed by."""

    target: str
    sure: float
    known: str


@functools.cache
def words() -> dict[str, Any]:
    """Return the synonyms."""
    text = Path(__file__).with_name("synonyms.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@functools.lru_cache(4096)
def bare(label: str) -> str:
    """Return a label as labels are compared: lower case, spelt out, without noise."""
    apart = _CAMEL.sub(" ", _HEAD.sub("", _DOTTED.sub(r"\1", label.strip())))
    found = re.sub(r"[^\w#]+|_", " ", re.sub(r"['\u2019]s\b", "s", apart)).casefold().split()
    spelt = " ".join(words()["short"].get(one, one) for one in found).split()
    return " ".join(one for one in spelt if one not in words()["noise"]) or " ".join(spelt)


def guess(label: str, vocabulary: dict[str, list[str]]) -> Guess | None:
    """Return the best guess among fields and what they are called, if there is a fair one."""
    said = bare(label)
    if not said or label.strip()[:1].isdigit():
        return None
    found = [
        Guess(target, sure, known)
        for target, called in vocabulary.items()
        for known in called
        if (sure := _alike(said, bare(known)))
    ]
    return max(found, key=lambda one: one.sure, default=None)


def _alike(said: str, known: str) -> float:
    if said == known:
        return EXACT
    if set(said.split()) == set(known.split()) and said != _BARE:
        return SAME_WORDS
    if " " in known and said.endswith(f" {known}") and len(said.split()) == len(known.split()) + 1:
        return LIKE  # a sender's own name before it: `SCP member number`
    if len(known) < _SHORTEST or len(said) < _SHORTEST:
        return 0.0
    return LIKE if SequenceMatcher(None, said, known).ratio() >= _LIKE else 0.0


def singles() -> dict[str, list[str]]:
    """Return the fields said once for a plan, and what they are called."""
    found: dict[str, list[str]] = words()["fields"]
    return found


def called() -> dict[str, list[str]]:
    """Return the lists, and the headings that open them."""
    return {name: one["called"] for name, one in words()["lists"].items()}


def kinds() -> dict[str, list[str]]:
    """Return the lists, and the codes by which rows say that they are items of one."""
    lists = words()["lists"].items()
    return {name: [*one["kinds"], *one["called"], *one["text"][:1]] for name, one in lists}


def inside(name: str) -> dict[str, list[str]]:
    """Return the fields of one list's items, and what they are called."""
    one = words()["lists"][name]
    if name == "team":  # its items have no text, they have names
        return dict(one["fields"])
    return {"text": [*one["text"], *_ANY], **one["fields"]}


def named(title: str) -> bool:
    """Say whether a column's title is a name of any field or list."""
    if guess(title, singles()) or guess(title, kinds()):
        return True
    return any(guess(title, inside(name)) for name in words()["lists"])


def section(heading: str) -> Guess | None:
    """Return which list a printed heading opens, `other` where it opens none of ours."""
    return guess(printed(heading).strip("[](): "), {**called(), OTHER: words()["others"]})


def printed(heading: str) -> str:
    """Return a heading without its own number and what is said beside it."""
    return _ASIDE.sub("", _MARK.sub("", heading.strip())).strip()


def telling(heading: str) -> str:
    """Return the field told in full below a heading: the member's own words, the crisis plan.

    A heading may have its number before it, and what it is called in brackets behind it.
    """
    aside = re.search(r"\(([^()]+)\)\s*$", heading)
    for one in (printed(heading), aside[1] if aside else ""):
        found = guess(one, singles())
        if found and found.target in _TOLD and found.sure >= SAME_WORDS:
            return found.target
    return ""


def labelled(text: str) -> Guess | None:
    """Return the best guess for a label, with its number and aside or without."""
    found = guess(text, singles()) or guess(printed(text), singles())
    told = telling(text) if found is None else ""
    return Guess(told, SAME_WORDS, told.replace("_", " ")) if told else found


def within(title: str, name: str, *, alone: bool = False) -> str:
    """Return a title without the item's own word: `Problem Status` is `Status`.

    A column of a table may be called after another list's items too, unless the name stands alone.
    """
    said = title.strip("[] ").split()
    lists = words()["lists"]
    each = [lists[name]] if alone else lists.values()
    own = {bare(one) for known in each for one in (*known["text"], *known["kinds"])}
    own |= {bare(one) for one in lists[name]["called"]}
    for at in range(len(said) - 1, 0, -1):
        rest = " ".join(said[at:])
        if bare(" ".join(said[:at])) in own and guess(rest, inside(name)):
            return rest
    return title


def generic(title: str) -> bool:
    """Say whether a column's title could be of any list: a description, a text."""
    return bare(title) in {bare(one) for one in (*_ANY, "description", "text", "observation")}


def coded(label: str) -> bool:
    """Say whether the cells of a column are codes, which name no member."""
    said = bare(label)
    return any(said == bare(one) for one in [*words()["kind"], *words()["coded"]])
