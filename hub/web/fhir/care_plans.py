"""A released plan as one CarePlan that stands alone: what it refers to is contained in it.

`hub.web.fhir.api_plans` calls it with the released plan and the delivery's row. It is the same
content as the released document, written by the same renderer: labels of the release on the
CarePlan, the notices the law asks for as its notes. Pure.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

from consent.notices import TEXTS
from hub.canonical import Party, said
from hub.errors import Refused
from hub.render.cover import Cover
from hub.render.fhir import to_fhir
from hub.web.fhir.asking import plain_id
from hub.web.fhir.deliveries import DELIVERY, meta

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.canonical import Plan

    Json = dict[str, Any]

_STRICTNESS: Final = {"N": 0, "R": 1, "V": 2}
_OF_THE_RELEASE: Final = frozenset({"Composition", "Provenance", "CarePlan"})
_GENERAL: Final = "general"


def care_plan(plan: Plan, row: Mapping[str, Any]) -> Json:
    """Return the CarePlan of a delivery; `Refused` 409 where it could not carry a notice."""
    missing = [one for one in row["notices"] if one not in TEXTS]
    if missing:
        what = "this plan comes with a notice that a CarePlan can't carry; fetch its document"
        raise Refused("fetch_the_document", what, status=409)
    document = json.loads(to_fhir(plan, _cover(plan, row)).content)
    by_url = {one["fullUrl"]: one["resource"] for one in document["entry"]}
    own = next(url for url, one in by_url.items() if one["resourceType"] == "CarePlan")
    whole = _alone(by_url, own)
    labels = [*document["meta"].get("security", []), *_labels(by_url.values())]
    whole["id"] = plain_id(row["id"])
    whole["meta"] = {
        **{name: value for name, value in whole.get("meta", {}).items() if name == "profile"},
        **meta(row),
        "security": [one for n, one in enumerate(labels) if one not in labels[:n]],
    }
    whole["identifier"] = [
        *whole.get("identifier", []),
        {"system": DELIVERY, "value": row["id"]},
    ]
    notices = [{"text": TEXTS[one]} for one in row["notices"]]
    if notices:
        whole["note"] = [*notices, *whole.get("note", [])]
    return whole


def _cover(plan: Plan, row: Mapping[str, Any]) -> Cover:
    """Return the facts of the release as it was decided; the same set id as in its document."""
    released: list[list[str]] = row["decision"].get("released", [])
    inside = {category for category, *_ in released} - {_GENERAL}
    given = said(plan.header.confidentiality)
    levels = (given if given in _STRICTNESS else "N", "R" if inside else "N")
    return Cover(
        release_id=row["release"],
        document_id=str(uuid5(NAMESPACE_URL, f"urn:icp-hub:{row['release']}")),
        set_id=str(uuid5(NAMESPACE_URL, f"urn:icp-hub:{row['chain']}")),
        version=row["plan_version"],
        released_on=row["released_at"],
        custodian=Party(organization=row["sender"]),
        recipient=Party(name=row["contact"], organization=row["practice"]),
        notices=tuple(TEXTS[one] for one in row["notices"]),
        withheld=row["withheld"],
        confidentiality=max(levels, key=_STRICTNESS.__getitem__),  # type: ignore[arg-type]  # one of its keys
        sensitivities=tuple(sorted(inside)),
        part2=any(origin != "no" for _, origin, *_ in released),
    )


def _alone(by_url: Mapping[str, Json], own: str) -> Json:
    """Return the resource at `own` with every other of the plan contained and linked (dom-2 to 5).

    What nothing leads to is led to by `supportingInfo`, so that nothing is lost.
    """
    names = {url: f"#{one['id']}" for url, one in by_url.items()} | {own: "#"}
    wanted = {url for url, one in by_url.items() if one["resourceType"] not in _OF_THE_RELEASE}
    leads = {url: set(_references(one)) & wanted for url, one in by_url.items()}
    mine = {url for url in wanted if own in set(_references(by_url[url]))}
    reached = _reached(leads, {own} | mine)
    whole: Json = _renamed(by_url[own], names)
    lost = []
    for url in wanted:
        if url not in reached:
            lost.append(url)
            reached |= _reached(leads, {url})
    heads = [url for url in lost if not any(url in leads[one] for one in wanted - {url})] or lost
    whole.setdefault("supportingInfo", []).extend({"reference": names[url]} for url in heads)
    if not whole["supportingInfo"]:
        del whole["supportingInfo"]
    whole["contained"] = [
        _held(_renamed(one, names)) for url, one in by_url.items() if url in wanted
    ]
    return whole


def _reached(leads: Mapping[str, set[str]], begin: set[str]) -> set[str]:
    found, waiting = set(begin), list(begin)
    while waiting:
        for url in leads[waiting.pop()] - found:
            found.add(url)
            waiting.append(url)
    return found


def _held(resource: Json) -> Json:
    """Return a contained resource: it has no labels of its own (dom-5), no version (dom-4)."""
    kept = {n: v for n, v in resource.get("meta", {}).items() if n in {"profile", "tag"}}
    rest = {name: value for name, value in resource.items() if name != "meta"}
    return {**rest, "meta": kept} if kept else rest


def _labels(resources: Any) -> Iterator[Json]:  # noqa: ANN401  # a mapping's values
    for one in resources:
        yield from one.get("meta", {}).get("security", ())


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:  # noqa: ANN401  # JSON of any shape
    if isinstance(value, dict):
        return {
            name: names.get(inner, inner)
            if name == "reference" and isinstance(inner, str)
            else _renamed(inner, names)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_renamed(inner, names) for inner in value]
    return value
