"""Take out of a plan what consent withholds, and everything that would give it away.

The release step calls `withhold` with the labels and the decision's withheld matters, renders what
is left, and scans the rendered text with `leaks`. Nothing here decides; it only removes.
"""

from hub.withholding.phrasing import leaks, phrases
from hub.withholding.removal import Labelled, Withheld, withhold

__all__ = ["Labelled", "Withheld", "leaks", "phrases", "withhold"]
