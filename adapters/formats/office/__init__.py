"""Reads Word (DOCX) and Rich Text (RTF) forms by a sender's profile, or says why not.

`OfficeReader` is composed with a profile by the MCOs' own modules; `ADAPTER` is bound without one
and quarantines with `no_profile`.
"""

from adapters.formats.office.reader import OfficeReader

ADAPTER = OfficeReader()

__all__ = ["ADAPTER", "OfficeReader"]
