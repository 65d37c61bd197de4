"""Where a proposed form's values stand: the `pdf:` or `office:` section of the profile's YAML.

`drafting` calls `printed`. It writes what `proposing` bound and decides nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from adapters.workshop.bound import slug
from adapters.workshop.writing import SURE, flow, q, quoted, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.workshop.bound import Bundle, Proposal


def dated(found: Proposal) -> str:
    """Return the date forms as a list in one line."""
    return f"[{', '.join(map(quoted, found.dates))}]"


def opened(found: Proposal) -> Iterator[str]:
    """Write the headings that open lists."""
    for into, words in found.extra["sections"].items():
        sure = min(sure for _, sure in words)
        yield f"  {into}: {flow([text for text, _ in words])}{said(sure)}"


def printed(found: Proposal) -> Iterator[str]:
    """Write the layout of a PDF or Word form."""
    titles = found.extra["identify"]
    if titles:
        yield "identify:"
        yield f"  text: {flow(titles)}"
    if found.dates:
        yield f"dates: {dated(found)}"
    needed = ("member.identifiers.plan", "member.name.family", "member.birth_date")
    required = [one.name for each in needed for one in found.singles if one.target == each]
    if required:
        yield f"required: {flow(required)}"
    if found.extra.get("sections"):
        yield "sections:"
        yield from opened(found)
    yield f"{found.form}:"
    yield "  furniture:"
    shapes = dict.fromkeys(_shape(one) for one in found.extra["furniture"])
    yield from (f"    - {q(one)}" for one in shapes)
    yield from _places(found)
    yield from _choices(found)
    yield from _lists(found)
    for key, bundles in (("tables", _plain(found)), ("rows", _numbered(found))):
        if bundles:
            yield f"  {key}:"
            for bundle in bundles:
                yield from _bundle(bundle, found)


def _lists(found: Proposal) -> Iterator[str]:
    """Write the headings whose marked lines are items."""
    if found.extra.get("lists"):
        yield "  lists:"
        for into, headings in found.extra["lists"].items():
            yield f"    {into}: {flow(headings)}{said(SURE)}"


def _shape(printed: str) -> str:
    """Return a printed line as furniture: no wildcards of its own, but for page numbers."""
    return re.sub(r"\d+ of \d+", "* of *", re.sub(r"[\[\]*?]", "?", printed))


def _choices(found: Proposal) -> Iterator[str]:
    asked = found.extra.get("asked", {})
    for key in ("choices", "boxes"):
        risk = found.extra.get(key)
        if risk or (asked and key == "choices"):
            yield f"  {key}:"
        if risk:
            yield f"    risk_level: {{{_options(risk)}}}{said(SURE)}"
        for target, one in asked.items() if key == "choices" else ():
            options = f"{{asked: {q(one['asked'])}, options: {{{_options(one['options'])}}}}}"
            yield f"    {slug(target.rpartition('member.')[2])}: {options}{said(one['sure'])}"


def _options(given: Mapping[str, str]) -> str:
    return ", ".join(f"{q(option)}: {q(words)}" for option, words in given.items())


def _places(found: Proposal) -> Iterator[str]:
    fields = found.extra["fields"]
    for key, chosen in (
        ("labels", [one for one in found.singles if one.printed not in fields]),
        ("fields", [one for one in found.singles if one.printed in fields]),
    ):
        lone = found.extra.get("lone", {}) if key == "labels" else {}
        if chosen or lone:
            yield f"  {key}:"
        for name, printed in lone.values():
            yield f"    {q(name)}: {q(printed)}{said(SURE)}"
        for one in chosen:
            how = "".join(f", {key}: true" for key in ("over", "above") if getattr(one, key))
            how += f", lines: {one.lines}" if one.lines and found.form == "pdf" else ""
            value = f"{{labels: {flow([one.printed])}{how}}}" if how else q(one.printed)
            yield f"    {q(one.name)}: {value}{said(one.sure, one.known)}"


def _plain(found: Proposal) -> list[Bundle]:
    return [bundle for bundle in found.bundles if not bundle.most and not bundle.shared]


def _numbered(found: Proposal) -> list[Bundle]:
    return [bundle for bundle in found.bundles if bundle.most]


def _bundle(bundle: Bundle, found: Proposal) -> Iterator[str]:
    yield f"    {bundle.name}:"
    if bundle.most:
        yield f"      most: {bundle.most}"
    else:
        yield f"      key: {q(bundle.key())}"
    yield "      columns:"
    beside = [one for one in found.bundles if one.shared and one.name == bundle.name]
    for one in [*bundle.columns, *(each for other in beside for each in other.columns)]:
        yield f"        {q(one.name)}: {q(one.printed)}{said(one.sure, one.known)}"
    taken = [one.name for other in (bundle, *beside) for one in other.columns]
    for place, head in bundle.left:
        name = slug(head, taken)
        taken.append(name)
        yield f"        {q(name)}: {q(place)}  # not bound: becomes residue"
    if bundle.into == "asks":
        yield "      always: {of: pcmh}"
