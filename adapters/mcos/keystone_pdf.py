"""Keystone Unity Health Plan's care plans in PDF: form KU-114, ruled, with a text layer.

Bound in the directory as `adapters.mcos.keystone_pdf:ADAPTER`. Its habits are all in the profile
beside it: labels in small print at the top of ruled boxes, links between rows by their numbers.
"""

from __future__ import annotations

from pathlib import Path

from adapters.formats.pdf import PdfReader
from adapters.profiles import load

ADAPTER = PdfReader(load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")))
