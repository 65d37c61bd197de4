"""Reads zips of documents (IHE XDM and plain ones) through the readers of what is in them.

`ADAPTER` reads any sender's; an MCO's module makes an `ArchiveReader` with its own readers.
"""

from adapters.formats.archive.reader import ArchiveReader

ADAPTER = ArchiveReader()

__all__ = ["ADAPTER", "ArchiveReader"]
