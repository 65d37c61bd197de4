"""Reads delimited tables (CSV, TSV, pipes) by a sender's profile: many rows to one plan.

An MCO's module composes `TabularReader` with its profile. `ADAPTER` knows no sender: it recognises
a table and says that a profile must be bound, since columns mean nothing without one.
"""

from adapters.formats.tabular.reading import ADAPTER, TabularReader

__all__ = ["ADAPTER", "TabularReader"]
