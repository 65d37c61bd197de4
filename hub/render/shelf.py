"""Where the templates stand: `hub/templates/` in an installed wheel, `templates/` in a checkout.

Called by renderers and the demo. Reads nothing itself and never looks outside those two places.
"""

from __future__ import annotations

from pathlib import Path

from hub.errors import Misconfigured

_PACKAGE = Path(__file__).resolve().parent.parent
_SHELVES = (_PACKAGE / "templates", _PACKAGE.parent / "templates")


def template(name: str) -> Path:
    """Return the path of the template `name`, `pdf/care_team.typ`; `Misconfigured` if missing."""
    for shelf in _SHELVES:
        path = (shelf / name).resolve()
        if path.is_relative_to(shelf) and path.exists():
            return path
    raise Misconfigured("templates", f"{name} is not there, install the hub's wheel again")
