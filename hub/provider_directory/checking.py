"""What is wrong with the directory's rows, in words: NPIs, hierarchy, dates, backups, rules.

A person's form is refused for an `error` and asked again for an `ask`; a file is told both and
loaded all the same, as long as everything it names is there (`missing`). Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hub.provider_directory import npi
from hub.provider_directory.entries import (
    BindingEntry,
    ContactEntry,
    EndpointEntry,
    OrganisationEntry,
    RuleEntry,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from hub.provider_directory.entries import Entry, Kind

    Rows = Mapping[tuple[Kind, str], Entry]

Weight = Literal["missing", "error", "ask", "note"]
_ABOVE = {"practice": {"system"}, "site": {"practice", "system"}, "program": {"plan"}}
_USUAL_TIER = {"mco": "plan", "pcmh": "practice", "other": "system"}
PLANS = ("plan", "consent", "urgent")


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with a row: `missing` names a row that isn't there."""

    weight: Weight
    kind: Kind
    id: str
    code: str
    says: str


def remarks(
    rows: Rows, touched: Collection[tuple[Kind, str]], numbers: Mapping[str, Collection[str]]
) -> tuple[Remark, ...]:
    """Return what is wrong with the touched rows.

    `rows` are all rows of the organisations concerned, as they would stand, and at least every row
    they name; `numbers` the organisations that have each NPI, those elsewhere too.
    """
    found: list[Remark] = []
    for key in touched:
        entry = rows[key]
        for weight, code, says in _CHECKS[type(entry)](entry, rows, numbers):
            found.append(Remark(weight, key[0], key[1], code, says))
    return tuple(found)


_Said = tuple[Weight, str, str]


def _organisation(
    one: OrganisationEntry, rows: Rows, numbers: Mapping[str, Collection[str]]
) -> Iterator[_Said]:
    if one.npi and not npi.valid(one.npi):
        yield "error", "npi_wrong", "the NPI is not ten digits with a right check digit (80840)"
    others = sorted(set(numbers.get(one.npi, ())) - {one.id}) if one.npi else []
    if others:
        yield "ask", "npi_taken", f"the NPI is also that of {', '.join(others)}"
    if one.part_of is None:
        return
    above = rows.get(("organisation", one.part_of))
    if not isinstance(above, OrganisationEntry):
        yield "missing", "part_of_unknown", f"there is no organisation `{one.part_of}`"
        return
    if _loops(one, rows):
        yield "error", "part_of_loop", "an organisation can't be part of itself"
    tier, over = _tier(one), _tier(above)
    if over not in _ABOVE.get(tier, set()):
        yield "error", "tier_wrong", f"a {tier} can't be part of a {over}"


def _tier(one: OrganisationEntry) -> str:
    return one.tier or _USUAL_TIER[one.kind]


def _loops(one: OrganisationEntry, rows: Rows) -> bool:
    seen = {one.id}
    above = one.part_of
    while above:
        if above in seen:
            return True
        seen.add(above)
        found = rows.get(("organisation", above))
        above = found.part_of if isinstance(found, OrganisationEntry) else None
    return False


def _contact(one: ContactEntry, rows: Rows, _: object) -> Iterator[_Said]:
    yield from _owner(one.organisation, rows)
    yield from _days(one)
    if not one.roles:
        yield "error", "no_role", "say what the contact is for: at least one role"
    if one.endpoint is not None:
        yield from _contact_endpoint(one, rows)
    elif "plan" in one.roles:
        yield "note", "no_endpoint", "a contact for plans without an endpoint can't be sent any"
    if one.backup is not None:
        yield from _backup(one, rows)
    if one.verified_on is None and set(one.roles) & set(PLANS):
        yield "note", "unverified", "nobody has verified the contact; no plan is sent before"


def _contact_endpoint(one: ContactEntry, rows: Rows) -> Iterator[_Said]:
    end = rows.get(("endpoint", one.endpoint or ""))
    if not isinstance(end, EndpointEntry):
        yield "missing", "endpoint_unknown", f"there is no endpoint `{one.endpoint}`"
    elif end.organisation != one.organisation:
        yield "ask", "endpoint_elsewhere", f"the endpoint is that of {end.organisation}"


def _backup(one: ContactEntry, rows: Rows) -> Iterator[_Said]:
    seen = [one.id]
    here: ContactEntry = one
    while here.backup is not None:
        if here.backup in seen:
            yield "error", "backup_loop", f"the backups go round: {', '.join(seen)}"
            return
        found = rows.get(("contact", here.backup))
        if not isinstance(found, ContactEntry) or found.organisation != one.organisation:
            yield "error", "backup_unknown", f"`{here.backup}` is no contact of this organisation"
            return
        seen.append(found.id)
        here = found


def _days(one: ContactEntry | RuleEntry) -> Iterator[_Said]:
    if one.starts and one.ends and one.ends < one.starts:
        yield "error", "days_wrong", "the last day lies before the first"


def _owner(organisation: str, rows: Rows) -> Iterator[_Said]:
    if ("organisation", organisation) not in rows:
        yield "missing", "organisation_unknown", f"there is no organisation `{organisation}`"


def _rule(one: RuleEntry, rows: Rows, _: object) -> Iterator[_Said]:
    yield from _owner(one.organisation, rows)
    yield from _days(one)
    found = rows.get(("contact", one.contact))
    if not isinstance(found, ContactEntry):
        yield "missing", "contact_unknown", f"there is no contact `{one.contact}`"
    elif found.organisation != one.organisation:
        yield "missing", "contact_elsewhere", "a rule chooses among the practice's own contacts"
    elif one.purpose not in found.roles:
        yield "error", "role_missing", f"`{one.contact}` is no contact for {one.purpose}"
    if one.mco is not None and ("organisation", one.mco) not in rows:
        yield "missing", "mco_unknown", f"there is no organisation `{one.mco}`"


def _endpoint(one: EndpointEntry, rows: Rows, _: object) -> Iterator[_Said]:
    yield from _owner(one.organisation, rows)
    if one.kind == "mllp" and one.format not in {"hl7v2", "ppr"}:
        yield "missing", "format_wrong", "MLLP carries HL7 v2; set its format to hl7v2 or ppr"
    posted = one.options.get("body", "transaction")
    if one.kind == "fhir" and posted == "transaction" and one.format != "fhir":
        what = "set its format to fhir, or its option body to document"
        yield "missing", "format_wrong", what
    if one.kind not in {"mailbox", "status"} and not one.address:
        yield "note", "no_address", "nothing can be sent before the endpoint has an address"


def _binding(one: BindingEntry, rows: Rows, _: object) -> Iterator[_Said]:
    yield from _owner(one.organisation, rows)


_CHECKS: dict[type, Callable[..., Iterator[_Said]]] = {
    OrganisationEntry: _organisation,
    ContactEntry: _contact,
    RuleEntry: _rule,
    EndpointEntry: _endpoint,
    BindingEntry: _binding,
}
