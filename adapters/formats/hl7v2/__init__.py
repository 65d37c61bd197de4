"""Reads HL7 v2: MDM, ORU, PPR, PGL and what else names a patient. Framing and escapes are our own.

An error leaves out the message or the enclosed file it is about, and nothing else (the rule of
`hub.canonical.finding`).

`ADAPTER` reads any sender's messages by the standard; an MCO's module composes `Hl7v2Reader`
with its `Habits`. `acknowledge` builds the answer a receiver owes. No file or socket is opened.
"""

from adapters.formats.hl7v2.habits import Habits, habits_of
from adapters.formats.hl7v2.reading import ADAPTER, Hl7v2Reader

__all__ = ["ADAPTER", "Habits", "Hl7v2Reader", "habits_of"]
