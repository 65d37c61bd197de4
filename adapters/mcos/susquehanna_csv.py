"""Susquehanna Choice Plan, plan extracts as tables.

Bound to mco-susquehanna in the directory. Habits, all in `susquehanna_csv.yaml`: a
comma-separated export in Windows-1252; a problem, its goal and its intervention share a row; member
numbers start with zeros.

History: 2026-11-22 written for the first extract.
"""

from pathlib import Path
from typing import Final

from adapters.formats.tabular import TabularReader
from adapters.profiles import load

PROFILE: Final = load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
ADAPTER: Final = TabularReader(PROFILE)
