"""What a practice's HL7 acknowledgement means for a delivery: taken, try later, or given up.

`mllp_send` asks for each answer. An answer counts only when its MSA-2 is the message's own MSH-10.
Of an answer nothing is believed or kept but MSA-1, MSA-2 and ERR's three digits (tables 0008 and
0357); its texts are an outside party's words. It tells of transport, never of a person.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hub.errors import Trouble
from hub.ports import Proof

if TYPE_CHECKING:
    from hub.errors import Kind

_ENDS: Final = re.compile(r"[\r\n]+")
_CODE: Final = re.compile(r"\d{3}")
_GOOD: Final = frozenset({"AA", "CA"})
_BAD: Final = frozenset({"AE", "AR", "CE", "CR"})
_OUR_FAULT: Final = frozenset({"200", "201", "202", "203"})
_ITS_TROUBLE: Final = frozenset({"206", "207"})
"""ERR-3 of a receiver that is busy or broken: a locked record, an internal error."""
_LATER: Final = frozenset({"AR", "CE"})
"""Without such an ERR: a rejection may be the receiver's own state, a commit error always is."""


def proof_of(answer: bytes, control_id: str) -> Proof:
    """Return what an answer proves; `Trouble` for a refusal or for an answer to something else."""
    code, about, error = _told(answer)
    if code in _GOOD and about == control_id:
        return Proof("confirmed", f"mllp_{code.lower()}")
    if code in _BAD and about in {control_id, ""}:  # who can't read MSH-10 can't repeat it
        named = f"mllp_{code.lower()}" + (f"_{error}" if error else "")
        raise Trouble(_kind(code, error), named, "the practice's engine refuses the message")
    what = "the practice's engine answered something else; whether it took the message is unknown"
    raise Trouble("ambiguous", "mllp_wrong_answer", what)


def _kind(code: str, error: str) -> Kind:
    if error in _ITS_TROUBLE:
        return "transient"
    return "transient" if code in _LATER and error not in _OUR_FAULT and not error else "permanent"


def _told(answer: bytes) -> tuple[str, str, str]:
    """Return MSA-1, MSA-2 and the first ERR code of an answer; empty where it has none."""
    lines = _ENDS.split(answer.decode("latin-1").strip())
    mark, component = lines[0][3:4], lines[0][4:5]
    if not lines[0].startswith("MSH") or not mark or not component:
        return "", "", ""
    code = about = error = ""
    for line in lines[1:]:
        fields = [*line.split(mark), "", "", "", ""]
        if fields[0] == "MSA" and not code:
            code, about = fields[1].strip().upper(), fields[2].strip()
        elif fields[0] == "ERR" and not error:
            error = _error(fields, component)
    return code, about, error


def _error(fields: list[str], component: str) -> str:
    """Return ERR-3's code, or that in ERR-1 as versions before 2.5 have it."""
    older = [*fields[1].split(component), "", "", "", ""][3]
    for given in (fields[3].split(component)[0], older.split("&")[0]):
        if _CODE.fullmatch(given.strip()):
            return given.strip()
    return ""
