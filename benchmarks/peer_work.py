"""Runs one peer over a folder of documents and prints what came of it as JSON.

`peers` starts it with the interpreter of that peer's own environment: `peer_work.py NAME SECONDS
FOLDER`. Answer: {"accepted": [file names], "us": CPU µs per accepted document, "total": files}. A
document is accepted when the peer returns something of it without an exception. It imports the
standard library and the peer, nothing of ours.
"""

import contextlib
import io
import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

Reader = Callable[[str], Any]


def _ccda_to_fhir() -> Reader:
    from ccda_to_fhir import convert_document  # noqa: PLC0415  # only in that environment

    return convert_document


def _healthchain() -> Reader:
    from healthchain.interop import FormatType, create_interop  # noqa: PLC0415  # the same

    engine = create_interop()
    return lambda text: engine.to_fhir(text, FormatType.CDA)


def _hl7apy() -> Reader:
    from hl7apy.parser import parse_message  # noqa: PLC0415  # the same

    def read(text: str) -> list[str]:
        message = parse_message(text, find_groups=False)
        return [message.msh.msh_9.value, message.msh.msh_10.value, message.pid.pid_5.value]

    return read


def _hl7() -> Reader:
    import hl7  # noqa: PLC0415  # the same

    def read(text: str) -> list[str]:
        message = hl7.parse(text)
        return [str(message.segment("MSH")[9]), str(message.segment("PID")[5])]

    return read


PEERS = {"ccda-to-fhir": _ccda_to_fhir, "healthchain": _healthchain, "hl7apy": _hl7apy, "hl7": _hl7}


def main(name: str, seconds: float, folder: str) -> dict[str, Any]:
    """Return which files the peer accepts, and its CPU for one of them."""
    read = PEERS[name]()
    texts = {path.name: path.read_bytes().decode() for path in sorted(Path(folder).iterdir())}
    accepted = []
    for file, text in texts.items():
        with contextlib.suppress(Exception):
            if read(text):
                accepted.append(file)
    best, end = float("inf"), time.monotonic() + seconds
    while accepted:
        start = time.process_time()
        for file in accepted:
            read(texts[file])
        best = min(best, (time.process_time() - start) / len(accepted) * 1e6)
        if time.monotonic() > end:
            break
    return {"accepted": accepted, "us": best if accepted else None, "total": len(texts)}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    with contextlib.redirect_stdout(io.StringIO()):
        told = main(sys.argv[1], float(sys.argv[2]), sys.argv[3])
    print(json.dumps(told))
