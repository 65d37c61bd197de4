"""Allegheny Bridge Behavioral, documents in HL7 v2 (MDM^T02 and its kin).

Bound to mco-allegheny in the directory. Habits, all in `allegheny_hl7v2.yaml`: LF line ends, text
under fixed headings in OBX, and a `ZNT` segment with the notice of 42 CFR 2.32 on Part 2 records.

History: 2026-11-22 written for the 2.5.1 feed.
"""

from pathlib import Path
from typing import Final

from adapters.formats.hl7v2 import Hl7v2Reader, habits_of
from adapters.profiles import load

PROFILE: Final = load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
ADAPTER: Final = Hl7v2Reader(habits_of(PROFILE))
