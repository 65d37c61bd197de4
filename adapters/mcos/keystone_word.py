"""Keystone Unity Health Plan's care plans as Word or Rich Text files: form KU-114 once more.

Bound in the directory as `adapters.mcos.keystone_word:ADAPTER`. It is the form that the plan also
prints to PDF, so its habits are those of `keystone_pdf.yaml`, read from there and kept only there.

History: 2026-11-22 written for the first Word files.
"""

from __future__ import annotations

from pathlib import Path

from adapters.formats.office import OfficeReader
from adapters.profiles import load

_PROFILE = Path(__file__).with_name("keystone_pdf.yaml")
ADAPTER = OfficeReader(load(_PROFILE.read_text(encoding="utf-8")), "keystone-word")
