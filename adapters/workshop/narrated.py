"""A C-CDA sample as an outline, and the outline as a profile: ids, local sections, headings.

`outlining` calls `outline` in the reader child and `drafting` calls `written`. Only numbers of
registers, codes and printed headings leave the sample, never a member's id or a cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.ccda import narrative
from adapters.formats.ccda.columns import COLUMNS, MAIN, WORDS, fields_of, kind_of
from adapters.formats.ccda.gathering import Scope
from adapters.formats.ccda.habits import PLAIN
from adapters.formats.ccda.opening import cda
from adapters.formats.ccda.saying import first_code
from adapters.formats.ccda.tags import SECTIONS
from adapters.workshop.writing import q

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lxml import etree

    from adapters.workshop.bound import Proposal

_LINE: Final = 80
_CODE: Final = "code"


def outline(content: bytes) -> dict[str, Any] | None:
    """Return the ids' registers and the sections of a C-CDA; none where it is no CDA."""
    found, is_cda = cda(content)
    if found.root is None or not is_cda:
        return None
    root = found.root
    custodian = root.iterfind("custodian//representedCustodianOrganization/id")
    member = root.iterfind("recordTarget/patientRole/id")
    return {
        "custodians": [one.get("root") for one in custodian if one.get("root")],
        "members": [one.get("root") for one in member if one.get("root") and one.get("extension")],
        "sections": [_section(one) for one in root.iter("section")],
    }


def _section(section: etree._Element) -> dict[str, Any]:
    titled, coded = section.find("title"), section.find(_CODE)
    title = narrative.words(titled)[:_LINE] if titled is not None else ""
    code = first_code(coded) if coded is not None else None
    given = (code.code if code else "") or ""
    kind = kind_of(Scope(title=title, code=code, kind=SECTIONS.get(given, "")), PLAIN)
    heads: list[str] = []
    for table in section.iterfind("text//table"):
        top = next(table.iter("tr"), None)
        heads += [narrative.words(one)[:_LINE] for one in (top if top is not None else ())]
    local = bool(given) and given not in SECTIONS and not given.partition("-")[0].isdigit()
    return {"title": title, "code": given, "kind": kind, "local": local, "heads": heads}


def propose(found: Proposal, outlines: Sequence[Mapping[str, Any]]) -> None:
    """Gather what the samples' outlines say, and what had no name."""
    for key in ("custodians", "members"):
        found.extra[key] = list(dict.fromkeys(one for each in outlines for one in each[key]))
    sections = {(one["code"], one["title"]): one for each in outlines for one in each["sections"]}
    found.extra["sections"] = list(sections.values())
    for one in found.extra["sections"]:
        where = one["title"] or one["code"]
        if one["local"] and not one["kind"]:
            found.unbound.append(
                f"section {where} ({one['code']}): under `sections`, if it has items"
            )
        if one["kind"] in MAIN:
            known = set(fields_of(one["kind"], one["heads"], PLAIN).values())
            odd = [head for at, head in enumerate(one["heads"]) if at not in known and head]
            found.unbound += [f"column {head} of {where}: under `columns`" for head in odd]


def written(found: Proposal) -> Iterator[str]:
    """Yield the lines of a profile: what is local, and what the reader knows by itself."""
    yield "# C-CDA is read by the standard; this says only what is this sender's own."
    if found.extra["custodians"]:
        yield "identify:"
        yield f"  custodian: {_listed(found.extra['custodians'])}"
    if found.extra["members"]:
        yield "identifiers:"
        for number, root in enumerate(found.extra["members"]):
            kind = "medicaid" if number else "plan"
            yield f"  {q(root)}: {kind}  # CHECK 0.70, whose register this is (plan, medicaid)"
    own: dict[str, list[str]] = {}
    for one in found.extra["sections"]:
        if one["local"] and one["kind"]:
            own.setdefault(one["kind"], []).append(one["code"])
    if own:
        yield "sections:"
        for kind, codes in own.items():
            yield f"  {kind}: {_listed(codes)}  # CHECK 0.80, by the title"
    yield f"# sections: kinds are {', '.join((*COLUMNS, *sorted(WORDS)))}"
    yield '# columns: {goals.due: ["By when"]}   # a heading of a narrative table, and its field'
    yield "# values: {status: {In progress: active}}   # this sender's words, and the entries' word"


def _listed(words: Sequence[str]) -> str:
    return f"[{', '.join(map(q, words))}]"
