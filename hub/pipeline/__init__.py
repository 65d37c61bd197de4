"""The line as data, and the worker that walks it: read → match → route → release, then deliver.

`steps` is the table of contents: which step takes a plan on from which state. `batches` claims
work, walks it and commits outputs, events and next work together; `running` does so until told to
stop. Steps never call each other: this room is the one that knows their order. Nothing here parses,
decides or renders.
"""

from hub.pipeline.batches import deliver_batch, read_batch, walk_batch
from hub.pipeline.engine import Engine
from hub.pipeline.renormalising import renormalise
from hub.pipeline.running import Bells, run
from hub.pipeline.steps import STEPS

__all__ = [
    "STEPS",
    "Bells",
    "Engine",
    "deliver_batch",
    "read_batch",
    "renormalise",
    "run",
    "walk_batch",
]
