"""Reads HL7 v2: MDM, ORU, PPR, PGL and what else names a patient. Framing and escapes are our own.

A finding of severity `error` means: this was not taken. A message, an enclosed file or a row it is
about is left out and the rest goes on; what was taken in spite of a fault has a warning.

`ADAPTER` reads any sender's messages by the standard; an MCO's module composes `Hl7v2Reader`
with its `Habits`. `acknowledge` builds the answer a receiver owes. No file or socket is opened.
"""

from adapters.formats.hl7v2.habits import Habits, habits_of
from adapters.formats.hl7v2.reading import ADAPTER, Hl7v2Reader

__all__ = ["ADAPTER", "Habits", "Hl7v2Reader", "habits_of"]
