"""What a submission's headers say, made safe to keep: names, media types, idempotency keys.

`hub.web.submit` calls it. These are claims of the sender: they never steer who sent what, and what
can't be kept is cut or refused, never passed on.
"""

from __future__ import annotations

import re
from email.message import Message
from typing import TYPE_CHECKING

from hub.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST_NAME = 200
_LONGEST_KEY = 255
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
_SAYS_NOTHING = {"application/x-www-form-urlencoded", "application/octet-stream"}
_STRING = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_BARE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


def media_type(given: str) -> str:
    """Return `type/subtype` in lower case, or nothing where the header says nothing of use.

    >>> media_type('Text/XML; charset="utf-8"')
    'text/xml'
    """
    essence = given.partition(";")[0].strip().lower()
    known = _MEDIA_TYPE.fullmatch(essence) is not None and essence not in _SAYS_NOTHING
    return essence if known else ""


def file_name(given: str) -> str:
    """Return the last part of a sender's file name, printable and at most 200 characters."""
    last = re.split(r"[/\\]", given)[-1]
    return "".join(c for c in last if c.isprintable())[:_LONGEST_NAME]


def header_file_name(disposition: str) -> str:
    """Return the file name of a Content-Disposition header (RFC 6266), or nothing."""
    if "filename" not in disposition.lower():
        return ""
    message = Message()
    message["content-disposition"] = "".join(c for c in disposition if c.isprintable())
    return file_name(message.get_filename("") or "")


def idempotency_key(given: Sequence[str]) -> str | None:
    """Return the key of an Idempotency-Key header: a structured-field string, or the bare word.

    `Refused` 400 when there are several or it can't be read (draft-ietf-httpapi-idempotency-key).

    >>> idempotency_key(['"8e03978e"']) == idempotency_key(["8e03978e"])
    True
    """
    if not given:
        return None
    text = given[0].strip()
    quoted = _STRING.fullmatch(text)
    if quoted:
        text = re.sub(r"\\(.)", r"\1", quoted[1])
    elif not _BARE.fullmatch(text):
        text = ""
    if len(given) > 1 or not 0 < len(text) <= _LONGEST_KEY:
        raise Refused(
            "idempotency_key_invalid", "one Idempotency-Key of 1 to 255 ASCII characters, quoted"
        )
    return text
