"""What changed between two versions of a plan, in words for people, element by element.

Pages, the API and a release's cover show it. Pure. It compares what it is given and nothing else:
whoever shows it to a recipient hands in two *released* plans, so that it can tell nothing that was
withheld from either.
"""

from hub.changes.comparing import Change, Changed, changes
from hub.changes.telling import by_part, told

__all__ = ["Change", "Changed", "by_part", "changes", "told"]
