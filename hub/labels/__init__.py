"""Which kinds of sensitive content each part of a plan holds. Unlabelled content cannot leave.

`label` is called by the release step and by previews. Code lists and the lexicon are data in
`tables/`, owned by the privacy officer with a clinician. Helps classify; it isn't the legal test:
Part 2 status hangs on where a record came from, which the sender's directory entry says.
"""

from hub.labels.changes import CHANGEABLE, digest_of, id_of
from hub.labels.inference import label
from hub.labels.labelling import (
    ElementLabel,
    Labelling,
    Source,
    matters,
    matters_beside,
    source_of,
)
from hub.labels.units import FRAME, UNITS, units

__all__ = [
    "CHANGEABLE",
    "FRAME",
    "UNITS",
    "ElementLabel",
    "Labelling",
    "Source",
    "digest_of",
    "id_of",
    "label",
    "matters",
    "matters_beside",
    "source_of",
    "units",
]
