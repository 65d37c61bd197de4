"""Reads any C-CDA (CDA R2) document into the canonical plan; knows the format and no MCO.

`ADAPTER` reads any sender's. An MCO's module makes a `CcdaAdapter` with its `Habits`. `spelled`
turns the compact places of a reading into named XPaths.
"""

from adapters.formats.ccda.habits import Habits
from adapters.formats.ccda.naming import spelled
from adapters.formats.ccda.reader import CcdaAdapter

ADAPTER = CcdaAdapter()

__all__ = ["ADAPTER", "CcdaAdapter", "Habits", "spelled"]
