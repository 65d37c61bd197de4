"""Which kinds of sensitive content each part of a plan holds. Unlabelled content cannot leave.

`label` is called by the release step and by previews. Code lists and the lexicon are data in
`tables/`, owned by the privacy officer with a clinician. Helps classify; it isn't the legal test:
Part 2 status hangs on where a record came from, which the sender's directory entry says.
"""

from hub.labels.inference import label
from hub.labels.labelling import ElementLabel, Labelling, Source, matters
from hub.labels.units import UNITS

__all__ = ["UNITS", "ElementLabel", "Labelling", "Source", "label", "matters"]
