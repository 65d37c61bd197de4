"""Tried cases in words: what was asked, what was on file, what went, what stayed, and why.

`consent.table` prints them under the rules. A case is plain data, as tests/consent/cases holds it;
nothing here decides anything or reads a file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Case: TypeAlias = "dict[str, Any]"

USUAL = """Unless a case says otherwise, an MCO in Pennsylvania asks on 15 June 2026 at noon, for
treatment, whether content may go to a doctor at the practice that treats the member, an adult born
on 1 May 1980 who is still enrolled; the channel can carry notices. A form on file is complete, on
paper, signed by the member and recorded on 10 January 2026, ends on 31 December 2026, and names
the MCO as discloser, the practice as recipient, treatment as its purpose, and the kind of content
it is for. A consent for treatment, payment and operations (TPO) names the class of treating
providers and doesn't end; a refusal or a restriction concerns everybody, every purpose and all
content. `c1` after a rule is the form it relied on or ran into. Organisations are invented:
`cbo` is a community organisation, `bh-mco` the behavioral health plan.
"""
"""What every case begins with, for whoever reads the page."""

_FORMS = {
    "tpo": "consent for treatment, payment and operations",
    "specific": "specific consent",
    "roi": "release of information",
    "hiv": "HIV consent",
    "sud_counselling": "counselling note consent",
    "psychotherapy": "psychotherapy note authorization",
    "proceedings": "consent for proceedings",
}
_CATEGORIES = {
    "sud": "substance use",
    "hiv": "HIV",
    "sdv": "violence or abuse",
    "std": "sexually transmitted infection",
    "minor": "care a minor alone may choose",
}
_PURPOSES = {
    "TREAT": "treatment",
    "HPAYMT": "payment",
    "HOPERAT": "operations",
    "CAREMGT": "care management",
    "BTG": "break-glass",
    "AUDIT": "an audit",
    "LEGAL": "legal proceedings",
    "HRESCH": "research",
    "PUBHLTH": "public health",
}
_NOTICES = {
    "part2_2.32_statement1": "the Part 2 notice",
    "part2_2.32_statement2": "the short Part 2 notice",
    "part2_2.32b_scope": "the consent's scope",
    "pa_act148": "the Act 148 notice",
}
_KEYS = {
    "at": "asked at",
    "proven": "authority proven",
    "bulk": "recorded in bulk",
    "verified": "identity verified",
    "enrolled": "still enrolled",
    "carries_notices": "the channel carries notices",
    "discloser_is_part2_source": "the sender is a Part 2 source",
    "statements": "says only",
    "disclosers": "discloser",
    "recipients": "recipient",
    "signed_on": "signed on",
    "off": "switched off",
    "on": "switched on",
    "necessary": "minimum necessary",
    "packs": "law packs",
}
_ENDS = {
    "on": "ends with",
    "at": "ends at",
    "event": "ends with the event",
    "event_at": "which happened at",
    "never": "never ends:",
}
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?([.]\d+)?([+-]\d\d:\d\d|Z)?")


def cases_in_words(cases: Iterable[Case]) -> Iterator[str]:
    """Yield the table of cases, numbered from one."""
    yield "| no | case | asked | on file | goes | carrying | stays | because |"
    yield "|---|---|---|---|---|---|---|---|"
    for number, case in enumerate(cases, 1):
        expected = case["expect"]
        stays = set(expected["withhold"])
        goes = [one for one in case["matters"] if one not in stays]
        why = "; ".join(
            f"{_matter(one)}: {', '.join(map(_because, words))}"
            for one, words in expected["reasons"].items()
        )
        failed = ", ".join(expected.get("errors", ()))
        cells = [
            str(number),
            case["name"],
            _asked(case),
            _filed(case),
            ", ".join(map(_matter, goes)) or "nothing",
            ", ".join(_NOTICES.get(one, one) for one in expected.get("notices", ())) or "no notice",
            ", ".join(_matter(one) for one in sorted(stays)) or "nothing",
            (f"failed: {failed}. " if failed else "") + (why or "no rule lets it go"),
        ]
        yield f"| {' | '.join(cells)} |"


def _because(word: str) -> str:
    """Return `+HI-01` as what the rule did."""
    return f"{'let go' if word[0] == '+' else 'kept'} by {word[1:]}"


def _asked(case: Case) -> str:
    """Return what is asked beyond the usual."""
    given = dict(case.get("request", {}))
    to = given.pop("recipient", None)
    purpose = given.pop("purpose", "TREAT")
    words = [_PURPOSES.get(purpose, f"a purpose no rule knows ({purpose})")]
    if to:
        more = [_plain(to.get("kind", "other")), *map(_plain, to.get("classes", ()))]
        more += [] if to.get("verified", True) else ["not verified"]
        words.append(f"to {to['organisation']} ({', '.join(more)})")
    words += [_pair(name, value) for name, value in given.items()]
    words += [f"policy: {_pair(name, value)}" for name, value in case.get("policy", {}).items()]
    words += [f"rule {case['break']} made to fail"] if "break" in case else []
    return "; ".join(words)


def _filed(case: Case) -> str:
    forms = []
    for one in case.get("consents", ()):
        more = [_pair(name, value) for name, value in one.items() if name not in {"form", "id"}]
        named = _FORMS.get(one["form"], _plain(one["form"]))
        forms.append(", ".join([f"{one.get('id', 'c1')}: {named}", *more]))
    return "; ".join(forms) or "nothing"


def category_in_words(category: str) -> str:
    """Return a category as people say it."""
    return _CATEGORIES.get(category) or _plain(category)


def _matter(word: str) -> str:
    """Return a matter in words: `sud/yes` is substance use (Part 2)."""
    category, origin, basis = [*word.split("/"), "", ""][:3]
    told = {"yes": "Part 2", "unknown": "origin unknown"}.get(origin, "")
    chose = f"the {basis} chose" if basis else ""
    more = ", ".join(one for one in (told, chose) if one)
    return category_in_words(category) + (f" ({more})" if more else "")


def _pair(name: str, value: Any) -> str:  # noqa: ANN401  # a value out of a case file
    """Return a name and its value in words; parties are told without the names of their lists."""
    if name in {"recipients", "disclosers"}:
        return f"{_KEYS[name]} {_parties(value)}"
    if name == "expires":
        return ", ".join(f"{_ENDS[word]} {_value(word, one)}" for word, one in value.items())
    between = ":" if isinstance(value, bool) else ""
    return f"{_KEYS.get(name, _plain(name))}{between} {_value(name, value)}"


def _parties(value: dict[str, list[str]]) -> str:
    told = [
        *value.get("organisations", ()),
        *(f"the person {one}" for one in value.get("persons", ())),
        *(f"the class {_plain(one)}" for one in value.get("classes", ())),
    ]
    return ", ".join(told) or "nobody named"


def _value(name: str, value: Any) -> str:  # noqa: ANN401  # a value out of a case file
    if isinstance(value, dict):
        return f"({', '.join(_pair(word, one) for word, one in value.items())})"
    if isinstance(value, list):
        return ", ".join(_value(name, one) for one in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in {"categories", *_PURPOSES}:
        return category_in_words(value)
    if name == "purposes":
        return _PURPOSES.get(value) or _plain(value)
    text = _INSTANT.sub(r"\1 \2\3 \5", str(value)).replace(":00 ", " ", 1).strip()
    return _plain(text) if text else "missing"


def _plain(word: str) -> str:
    return word.replace("_", " ")
