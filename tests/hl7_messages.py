"""HL7 v2 messages for these tests, all invented."""

from adapters.formats.hl7v2 import ADAPTER
from hub.canonical import Document

MSH = r"MSH|^~\&|CM|PLAN1|HUB|PRACTICE|20260301093000-0500||{kind}|{control}|P|2.5.1"
PID = "PID|1||100200^^^PLAN1^MB||PUBLIC^PAT^Q||19700101|F"


def message(*segments, kind="MDM^T02", control="C1", pid=PID, end="\r"):
    """Return a message's bytes: MSH, PID and what is given."""
    lines = [MSH.format(kind=kind, control=control), *([pid] if pid else []), *segments]
    return (end.join(lines) + end).encode()


def read(content, adapter=ADAPTER):
    """Return an adapter's reading of bytes."""
    return adapter.read(Document(content))


def plan(content, adapter=ADAPTER):
    """Return the one plan in bytes."""
    (only,) = read(content, adapter).plans
    return only


def codes(reading):
    """Return each finding as code and place, in order."""
    return [(f.code, f.place.at if f.place else "") for f in reading.findings]
