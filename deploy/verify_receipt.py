#!/usr/bin/env python3
"""Checks a hub's receipt without any part of the hub: `verify_receipt.py RECEIPT KEY [DECISION]`.

RECEIPT is a JSON file: `entry` (the event, base64), `index`, `path` (hex hashes, nearest sibling
first) and `head` with `size`, `root` (hex), `at` (milliseconds since 1970, UTC) and `signature`
(base64, Ed25519). KEY is the hub's public key in PEM. DECISION is a decision receipt, as
`/v1/deliveries/{id}/decision` gives it: its `receipt` must be the one the event names. Needs Python
and `cryptography` only. Ends with 0 and "valid" when the signed log holds this event (and that
decision), else with 1 and the reason.
"""

import base64
import hashlib
import json
import struct
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def root_of(entry: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """Return the root that an inclusion path leads to (RFC 9162, 2.1.3.2), or None."""
    node, last, found = index, size - 1, hashlib.sha256(b"\x00" + entry).digest()
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            found = hashlib.sha256(b"\x01" + sibling + found).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + sibling).digest()
        node, last = node >> 1, last >> 1
    return found if last == 0 and 0 <= index < size else None


def fault_in(receipt: dict[str, Any], key: Ed25519PublicKey) -> str:
    """Return what is wrong with a receipt, or nothing."""
    head, path = receipt["head"], [bytes.fromhex(step) for step in receipt["path"]]
    root = bytes.fromhex(head["root"])
    message = b"icp-hub tree head v1\n" + struct.pack(">QQ", head["size"], head["at"]) + root
    try:
        key.verify(base64.b64decode(head["signature"]), message)
    except InvalidSignature:
        return "the log's head is not signed by this key"
    entry = base64.b64decode(receipt["entry"])
    right = root_of(entry, receipt["index"], head["size"], path) == root
    return "" if right else "the event is not in the signed log"


def other_decision(receipt: dict[str, Any], decision: dict[str, Any]) -> str:
    """Return why an event doesn't speak of this decision receipt, or nothing."""
    event = json.loads(base64.b64decode(receipt["entry"]))
    plain = json.dumps(decision["receipt"], sort_keys=True, separators=(",", ":"))
    same = event["detail"].get("receipt") == hashlib.sha256(plain.encode()).hexdigest()
    return "" if same else "the event is about another decision receipt"


if __name__ == "__main__":
    public = load_pem_public_key(Path(sys.argv[2]).read_bytes())
    if not isinstance(public, Ed25519PublicKey):
        sys.exit("the key is not an Ed25519 public key")
    given = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    reason = fault_in(given, public)
    if not reason and sys.argv[3:]:
        reason = other_decision(given, json.loads(Path(sys.argv[3]).read_text("utf-8")))
    sys.stdout.write(f"{reason or 'valid'}\n")
    sys.exit(bool(reason))
