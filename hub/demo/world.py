"""The demo's invented world: its directory, rosters, consents, sign-ins and documents.

`hub.demo.story` asks for it. The people and numbers are in `templates/demo/world.yaml`, the
documents in `templates/demo/samples`; nothing here is about anybody.
"""

from __future__ import annotations

import csv
import io
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import yaml

from hub.render.shelf import template

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hub.demo.practices import SftpPractice

SCOPES: dict[str, tuple[str, ...]] = {
    "mco": (
        *("submissions.write", "submissions.read", "rosters.write", "consents.write"),
        *("requests.read", "requests.write"),
    ),
    "pcmh": ("deliveries.read", "deliveries.answer", "requests.read", "requests.write"),
}
PEOPLE: tuple[tuple[str, str, str, str], ...] = (
    ("mco-keystone", "maria", "Maria Voss, care manager", "mco"),
    ("pcmh-riverbend", "nadia", "Nadia Brandt RN", "pcmh"),
    ("hub", "petra", "Petra Quinn, privacy officer", "privacy"),
    ("hub", "ivan", "Ivan Sorel, integration", "integration"),
    ("hub", "olga", "Olga Reyes, operations", "operations"),
)


@dataclass(frozen=True, slots=True)
class Sending:
    """One document of the story: who sends which file by which way."""

    mco: str
    file: str
    way: str
    about: str


STORY: tuple[Sending, ...] = (
    Sending("mco-keystone", "delgado_care_plan.xml", "sftp", "C-CDA Care Plan"),
    Sending("mco-keystone", "okafor_care_plan.pdf", "sftp", "PDF form"),
    Sending("mco-keystone", "truncated_care_plan.xml", "sftp", "C-CDA cut off in transit"),
    Sending("mco-keystone", "delgado_care_plan.xml", "api", "the same C-CDA again"),
    Sending("mco-allegheny", "kowalski_care_plan.xml", "api", "C-CDA, one part about alcohol"),
    Sending("mco-allegheny", "hale_mdm_t02.hl7", "api", "HL7 v2 MDM from an opioid program"),
    Sending("mco-laurel", "lindqvist_ppr_pc1.hl7", "mllp", "HL7 v2 PPR"),
    Sending("mco-laurel", "plans_2026-10.csv", "sftp", "CSV: two plans, one bad row"),
    Sending("mco-susquehanna", "reyes_care_plan.pdf", "sftp", "PDF fillable form"),
    Sending("mco-susquehanna", "grant_extract.csv", "api", "CSV extract"),
)


def load() -> dict[str, Any]:
    """Return the world file as plain data."""
    found: dict[str, Any] = yaml.safe_load(template("demo/world.yaml").read_bytes())
    return found


def sample(sending: Sending) -> Path:
    """Return the file of a sending."""
    return template(f"demo/samples/{sending.mco}/{sending.file}")


def directory(world: Mapping[str, Any], webhook: tuple[str, str], sftp: SftpPractice) -> bytes:
    """Return the directory as YAML, with the practices' addresses of this run filled in."""
    url, secret = webhook
    endpoints = []
    for entry in world["endpoints"]:
        found = dict(entry)
        if found["kind"] == "webhook":
            found |= {"address": url, "secrets": {"secret": secret}}
        elif found["kind"] == "sftp":
            found |= {
                "address": sftp.address,
                "options": {"host_key": sftp.host_key},
                "secrets": {"private_key": sftp.private_key},
            }
        endpoints.append(found)
    kept = {k: world[k] for k in ("organisations", "contacts", "bindings")}
    return yaml.safe_dump({**kept, "endpoints": endpoints}).encode()


def roster(world: Mapping[str, Any], mco: str) -> bytes:
    """Return an MCO's roster as the CSV it would send."""
    names = {
        "member_id": "member_id",
        "ma_id": "medicaid",
        "last": "family",
        "first": "given",
        "dob": "birth_date",
        "sex": "sex",
        "county": "county",
        "pcmh": "pcmh",
    }
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(names)
    for member in world["members"]:
        if member["mco"] == mco:
            table.writerow([member[field] for field in names.values()])
    return out.getvalue().encode()


def part2_consent(mco: str, recipient: str) -> dict[str, Any]:
    """Return a complete single consent for treatment, payment and operations (42 CFR 2.31)."""
    return {
        "kind": "tpo",
        "disclosers": {"organisations": [mco]},
        "recipients": {"organisations": [recipient], "classes": ["treating_provider"]},
        "purposes": ["TREAT", "HPAYMT", "HOPERAT"],
        "categories": ["general", "sud", "mental_health"],
        "signed_on": (datetime.now(UTC) - timedelta(days=1)).date().isoformat(),
        "signed_by": "the member",
        "authority": "member",
        "proven": True,
        "method": "electronic",
        "expires": {"never": True},
        "statements": [
            "patient_name",
            "right_to_revoke",
            "redisclosure",
            "refusal_consequences",
        ],
    }


def password() -> str:
    """Return a password for one demo sign-in, fresh at every run."""
    return "-".join(secrets.token_hex(2) for _ in range(4))
