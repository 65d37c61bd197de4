"""Laurel Highlands Community Care, plan extracts as tables.

Bound to mco-laurel in the directory. Habits, all in `laurel_csv.yaml`: a file
of many rows, one kind of item each, divided by pipes, dates as month/day/year.

History: 2026-11-22 written for the first extract.
"""

from pathlib import Path
from typing import Final

from adapters.formats.tabular import TabularReader
from adapters.profiles import load

PROFILE: Final = load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
ADAPTER: Final = TabularReader(PROFILE)
