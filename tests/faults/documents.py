"""Plan extracts in Susquehanna's own CSV, as many distinct ones as a fault needs.

Made from the shipped sample: the member, plan number and texts vary, the form stays. Every file has
a plan number of its own, and so a chain of its own: none supersedes another.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from hashlib import sha256

from hub.render.shelf import template

MCO = "mco-susquehanna"
PCMH = "pcmh-riverbend"
_SAMPLE = template("demo/samples/mco-susquehanna/grant_extract.csv").read_bytes()


@dataclass(frozen=True)
class Member:
    """An invented person on the roster."""

    member_id: str
    medicaid: str
    family: str
    given: str
    born: str
    pcmh: str = PCMH


@dataclass(frozen=True)
class Extract:
    """One file: its name, its bytes, and words that only its plan holds."""

    name: str
    content: bytes
    mark: str

    @property
    def digest(self) -> str:
        """The SHA-256 of the bytes, in hex."""
        return sha256(self.content).hexdigest()


def member(number: int, pcmh: str = PCMH) -> Member:
    """Return the n-th invented member, of a practice."""
    born = f"19{50 + number % 40:02}-0{1 + number % 9}-1{number % 10}"
    return Member(
        f"0007{number:05}", f"22007{number:05}", f"Family{number:05}", "Given", born, pcmh
    )


def roster(members: list[Member]) -> bytes:
    """Return a roster of members."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["member_id", "ma_id", "last", "first", "dob", "sex", "county", "pcmh"])
    for who in members:
        row = [who.member_id, who.medicaid, who.family, who.given, who.born, "female", "Dauphin"]
        table.writerow([*row, who.pcmh])
    return out.getvalue().encode()


def extract(who: Member, number: int, plan: int | None = None) -> Extract:
    """Return the file numbered `number`, a plan of `who`; a version of plan `plan` where given."""
    year, month, day = who.born.split("-")
    mark = f"dress without help, wish {number:07}"
    changed = {
        "Member Number": who.member_id,
        "MA Number": who.medicaid,
        "Last Name": who.family,
        "First Name": who.given,
        "Birth Date": f"{month}/{day}/{year}",
        "Care Plan Number": f"SCP-{number if plan is None else plan:07}",
        "Goal": mark,
    }
    rows = list(csv.DictReader(io.StringIO(_SAMPLE.decode("cp1252"))))
    out = io.StringIO()
    table = csv.DictWriter(out, rows[0].keys())
    table.writeheader()
    table.writerows(row | changed for row in rows)
    return Extract(f"extract-{number:07}.csv", out.getvalue().encode("cp1252"), mark)
