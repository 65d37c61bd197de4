"""The pages and style sheets of what is rendered as HTML, each made ready once.

The care team's page and the member's copy of a consent take theirs from here. Everything put into
a page is escaped, and a name the page doesn't know is an error.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from hub.render.shelf import template

if TYPE_CHECKING:
    from jinja2 import Template


@functools.cache
def page_of(name: str) -> Template:
    """Return the page of a template file under `templates/`."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(template(name).read_text(encoding="utf-8"))


@functools.cache
def style_of(name: str) -> tuple[Markup, str]:
    """Return a style sheet and its SHA-256 in Base64, as a CSP names it."""
    text = template(name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), digest  # noqa: S704  # our own file, no member data
