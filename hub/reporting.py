"""What the command line prints of a reading, and the generated pages of the documentation.

Only the CLI and the docs tests call it. It shows a document's own content to the person who read it
at their own terminal; nothing here is ever logged.
"""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import yaml

from consent.explain import rule_table
from consent.records import Policy
from consent.rules import RULES
from consent.table import table as consent_table
from hub import lifecycle, matching, routing, settings, succession
from hub.audit import KINDS
from hub.canonical import Party, Plan, Reading, each, said
from hub.canonical.schema import published
from hub.canonical.wire import decode_plan, tidy
from hub.consents import fhir_limits as consent_limits
from hub.errors import Unreadable
from hub.ids import new_id
from hub.labels import listing
from hub.provider_directory import describing, entries
from hub.render import carrying, fhir_limits, render
from hub.render.cover import Cover
from hub.render.shelf import template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from consent.policies import Entry
    from consent.ruling import Rule

Section = tuple[str, tuple[str, ...], list[tuple[str, ...]]]


def reading_json(reading: Reading) -> bytes:
    """Return the reading as indented JSON; enclosures are named by their digest, not printed."""
    shown = Reading(reading.plans, reading.findings, reading.coverage)
    return tidy(shown)


def reading_rows(reading: Reading) -> Iterator[Section]:
    """Yield titled tables of what was read: findings, coverage, and each plan in short."""
    if reading.findings:
        rows: list[tuple[str, ...]] = [
            (f.severity, f.code, f.message, f.place.at if f.place else "") for f in reading.findings
        ]
        yield "findings", ("severity", "code", "message", "place"), rows
    tally = reading.coverage
    counts = (tally.source_items, tally.mapped, tally.residue, tally.ignored)
    yield "coverage", ("source items", "mapped", "residue", "ignored"), [tuple(map(str, counts))]
    for number, plan in enumerate(reading.plans, 1):
        yield f"plan {number}", ("what", "text"), list(_lines(plan))


def _lines(plan: Plan) -> Iterator[tuple[str, str]]:
    name = plan.member.name
    yield "title", said(plan.header.title)
    yield (
        "member",
        f"{' '.join(name.given)} {said(name.family)}, born {said(plan.member.birth_date)}",
    )
    for title, items in (
        ("concern", each(plan.concerns)),
        ("goal", each(plan.goals)),
        ("intervention", each(plan.interventions)),
        ("outcome", each(plan.outcomes)),
        ("medication", each(plan.medications)),
        ("ask", plan.asks),
    ):
        for item in items:
            yield title, said(item.text)
    yield "notes", str(len(plan.notes))
    yield "residue", str(len(plan.residue))


def rendered_file(content: bytes, form: str) -> bytes:
    """Render a plan (or the first plan of a reading) in JSON as `form`; `Unreadable` if neither."""
    try:
        found = json.loads(content)
    except ValueError:
        raise Unreadable("not_json", "the file is no JSON; give a plan or a reading") from None
    if isinstance(found, dict) and found.get("plans"):
        content = json.dumps(found["plans"][0]).encode()
    plan = decode_plan(content)
    party = plan.header.custodian or plan.header.author
    cover = Cover(
        release_id=new_id("rel"),
        document_id=str(uuid4()),
        set_id=str(uuid4()),
        version=plan.header.version or 1,
        released_on=datetime.now(UTC),
        custodian=party or Party(),
        recipient=plan.header.recipients[0] if plan.header.recipients else Party(),
    )
    return render(form, plan, cover).content


def pages() -> dict[str, str]:
    """Return every generated page by its file name."""
    return {name: made() for name, made in PAGES.items()}


def consent_page(
    policy: Policy | None = None, entries: Sequence[Entry] = (), rules: Sequence[Rule] = RULES
) -> str:
    """Return every consent rule, duty and case as one page; the cases ship with the wheel.

    `policy` and `entries` are what a hub runs under; the page of the documentation has the default.
    """
    tried = Path(__file__).parents[1] / "tests" / "consent" / "cases"
    folder = tried if tried.is_dir() else template("consent/cases")
    files = sorted(folder.glob("*.yaml"))
    cases = [one for path in files for one in yaml.safe_load(path.read_text("utf-8"))]
    return consent_table(rules, cases, policy or Policy(), entries)


def _profile_schema() -> str:
    """Return the schema of the profile language, made by the adapters' workshop."""
    text: bytes = importlib.import_module("adapters.workshop.publishing").published()
    return text.decode()


def _table(title: str, source: str, head: tuple[str, str], rows: dict[str, str]) -> str:
    body = [f"| `{key}` | {meaning} |" for key, meaning in rows.items()]
    out = [f"# {title}", "", f"Generated by `make docs` from {source}.", ""]
    return "\n".join([*out, f"| {head[0]} | {head[1]} |", "|---|---|", *body, ""])


def _events() -> str:
    return _table("Audit events", "hub/audit.py", ("event", "meaning"), KINDS)


def _reasons() -> str:
    return _table(
        "Why a plan left the line",
        "hub/matching.py, hub/routing.py and hub/succession.py",
        ("reason", "meaning"),
        {**matching.REASONS, **routing.REASONS, **succession.REASONS},
    )


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "lifecycle.md": lifecycle.diagram,
    "settings.md": settings.table,
    "consent-rules.md": rule_table,
    "consent-table.md": consent_page,
    "events.md": _events,
    "reasons.md": _reasons,
    "fhir.md": fhir_limits.page,
    "labels.md": listing.page,
    "fhir-consent.md": consent_limits.page,
    "formats.md": carrying.page,
    "icp-1.schema.json": lambda: published().decode(),
    "profile.schema.json": _profile_schema,
    "profile-targets.md": lambda: importlib.import_module("adapters.workshop.listing").page(),
    "directory.md": describing.page,
    "directory.schema.json": lambda: entries.published().decode(),
}
"""What makes each generated page, by the page's file name."""
