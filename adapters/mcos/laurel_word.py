"""Laurel Highlands Community Care's flexible services requests: a Word form, or saved as Rich Text.

Bound in the directory as `adapters.mcos.laurel_word:ADAPTER`. The form is filled through content
controls, or on lines with a label; all its habits are in the profile beside it.

History: 2026-11-22 written for the first form.
"""

from __future__ import annotations

from pathlib import Path

from adapters.formats.office import OfficeReader
from adapters.profiles import load

ADAPTER = OfficeReader(load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")))
