"""Reads the form document that the console makes of a plan given by phone, voice mail, in person.

The hub binds it to what came in by its own console form and to nothing else: a sender's file that
looks like one is never read by it.
"""

from adapters.formats.phone.reader import ADAPTER

__all__ = ["ADAPTER"]
