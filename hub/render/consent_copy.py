"""A member's copy of a consent, in plain words: what, from whom, to whom, until when, how to stop.

The consent API and the command line call `copy_of`; the texts are data, in
`templates/consent/words.yaml`. HTML stands alone, PDF is tagged (PDF/UA-1). It names the member, so
it is for the member alone; what may endanger them in the house is named in no copy (HR-19).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from consent.checking import check
from consent.comparing import ZONE
from consent.registry import lapse, local_day
from consent.terms import LIMITS
from hub.render.cover import Rendered
from hub.render.markup import page_of, style_of
from hub.render.member_words import wording
from hub.render.pdf import typeset
from hub.render.pdf_glyphs import settable
from hub.render.shelf import template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from consent.records import Consent, Parties, Policy
    from hub.directory import RosterMember

LANGUAGES: Final = ("en", "es")
_FAILED: Final = "the copy could not be set, take the page"
Words = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Copy:
    """How a copy is wanted: when, by whose policy, its language (a tag), large print.

    A language that isn't known is English.
    """

    at: datetime
    policy: Policy
    language: str = "en"
    large: bool = False


def copy_of(
    consent: Consent, member: RosterMember, names: Mapping[str, str], asked: Copy, media: str
) -> Rendered:
    """Return the copy as `pdf` or `html`; `names` are organisations and persons by id."""
    data = view(consent, member, names, asked)
    if media == "html":
        style, digest = style_of("html/consent.css")
        page = page_of("html/consent.html").render(d=settable(data), style=style, style_sum=digest)
        return Rendered(
            content=page.encode(), media_type="text/html", file_name=f"{consent.id}-copy.html"
        )
    return Rendered(
        content=typeset("pdf/consent.typ", data, asked.at, _FAILED),
        media_type="application/pdf",
        file_name=f"{consent.id}-copy.pdf",
    )


def view(
    consent: Consent, member: RosterMember, names: Mapping[str, str], asked: Copy
) -> dict[str, Any]:
    """Return everything a copy shows, as JSON-able data; every string is ready to print."""
    words = _texts(asked.language)
    side = "limit" if consent.kind in LIMITS else "grant"
    name = " ".join(filter(None, (member.given, member.family)))
    blocks = [
        (words[f"what_{side}"], _listed(consent.categories, words["categories"]) or [words["all"]]),
        (words[_limited("who_from", side)], _named(consent.disclosers, names, words)),
        (words[_limited("who_to", side)], _named(consent.recipients, names, words)),
        (words[_limited("why", side)], _why(consent, words)),
        (words["when"], [_until(consent, words)]),
        (words["revoke"], [words[f"revoke_{side}"].format(payer=names.get(member.mco, ""))]),
        (words["further"], _further(consent, words)),
        (words["signed"], [_signed(consent, words)]),
    ]
    return {
        "lang": words["lang"],
        "large": asked.large,
        "title": words[f"title_{side}"],
        "about": words[f"about_{side}"],
        "number": consent.id,
        "date": [asked.at.year, asked.at.month, asked.at.day],
        "facts": [[words["for"], name], [words["number"], consent.id]],
        "state_title": words["state"],
        "state": _state(consent, words, asked.at, asked.policy),
        "blocks": [{"title": title, "lines": lines} for title, lines in blocks if lines],
        "private": words["private"],
        "page": words["page"],
    }


def _limited(name: str, side: str) -> str:
    return f"{name}_limit" if side == "limit" else name


def _listed(given: Iterable[str], known: Mapping[str, str]) -> list[str]:
    """Return house words in plain words, in the order of the texts; each sentence once."""
    wanted = set(given)
    found = [text for word, text in known.items() if word in wanted]
    return list(dict.fromkeys([*found, *sorted(wanted - set(known))]))


def _named(parties: Parties, names: Mapping[str, str], words: Words) -> list[str]:
    found = sorted(names.get(one, one) for one in parties.organisations | parties.persons)
    found += _listed(parties.classes & set(words["classes"]), words["classes"])
    if parties.classes - set(words["classes"]):
        found.append(words["classes"]["other"])
    return found or [words["anyone"]]


def _why(consent: Consent, words: Words) -> list[str]:
    return _listed(consent.purposes, words["purposes"]) or [words["any_reason"]]


def _until(consent: Consent, words: Words) -> str:
    ends = consent.expires
    day = ends.on or (local_day(ends.at, ZONE) if ends.at else None)
    if day:
        return str(words["until_day"].format(date=_day(day.isoformat(), words)))
    if ends.event:
        return str(words["until_event"].format(event=ends.event))
    if ends.never:
        return str(words["until_never"])
    return str(words["until_limit" if consent.kind in LIMITS else "until_unsaid"])


def _further(consent: Consent, words: Words) -> list[str]:
    told = [("redisclosure", "redisclosure"), ("refusal", "refusal_consequences")]
    found = [words[name] for name, statement in told if statement in consent.statements]
    about = consent.categories & {"sud", "sud_counselling_note"}
    return [*found, *([words["part2"]] if about and consent.kind not in LIMITS else [])]


def _signed(consent: Consent, words: Words) -> str:
    if not consent.signed_by or consent.signed_on is None:
        return str(words["unsigned"])
    filled = {"who": consent.signed_by, "authority": words["authorities"][consent.authority]}
    filled["date"] = _day(consent.signed_on.isoformat(), words)
    return str(words["signed_line"].format(**filled))


def _state(consent: Consent, words: Words, at: datetime, policy: Policy) -> str:
    """Return where a consent stands: ended, incomplete, waiting, or in force."""
    ended = lapse(consent, at, ZONE)
    if ended == "revoked" and consent.revoked_at:
        day = local_day(consent.revoked_at, ZONE).isoformat()
        return str(words["state_revoked"].format(date=_day(day, words)))
    if ended:
        return str(words[f"state_{ended}"])
    weights = {one.weight for one in check(consent, policy, local_day(at, ZONE))}
    if weights & {"impossible", "deficient"}:
        return str(words["state_deficient"])
    return str(words["state_waits" if "waits" in weights else "state_standing"])


def _day(iso: str, words: Words) -> str:
    return wording(words["lang"]).date(iso)


def _texts(language: str) -> Words:
    tag = language.lower().partition("-")[0]
    lang = tag if tag in LANGUAGES else "en"
    return {**_languages()[lang], "lang": lang}


@functools.cache
def _languages() -> dict[str, Words]:
    found: dict[str, Words] = yaml.safe_load(template("consent/words.yaml").read_text("utf-8"))
    return found
