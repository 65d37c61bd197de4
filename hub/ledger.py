"""The ledger: a Merkle log over audit events, and proofs that anybody can check. Pure, no I/O.

The audit sealer keeps a `Frontier` (O(log n) hashes) and appends each event's bytes in order; the
verifier and `deploy/verify_receipt.py` check proofs. Hashing is RFC 6962 section 2.1 (the same in
RFC 9162 section 2.1) with SHA-256; hashes are 32 raw bytes. Signing is done elsewhere: this module
only says which bytes a tree head's signature covers.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

EMPTY_ROOT = hashlib.sha256(b"").digest()
_HEAD = b"icp-hub tree head v1\n"


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `size` leaves, kept as the roots of its complete subtrees, largest first.

    `peaks` has one hash per bit set in `size`; together they are all that appending needs.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def root(self) -> bytes:
        """Return the Merkle tree hash of all leaves so far (RFC 6962, 2.1)."""
        if not self.peaks:
            return EMPTY_ROOT
        *rest, found = self.peaks
        for peak in reversed(rest):
            found = _node(peak, found)
        return found


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A signed statement that at `at` the log had `size` leaves and this `root`."""

    size: int
    root: bytes
    at: datetime
    signature: bytes


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one leaf: SHA-256 of 0x00 and the entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def head_message(size: int, root: bytes, at: datetime) -> bytes:
    """Return the bytes a tree head's signature covers: a label, size, milliseconds, root.

    After the label come two big-endian 64-bit numbers, the size and the milliseconds since 1970 in
    UTC (RFC 6962, 3.5 has the same parts), then the 32 bytes of the root. `at` must be aware.
    """
    if at.tzinfo is None:
        raise ValueError("a tree head's time must be aware")
    whole = round(at.timestamp() * 1000)
    return _HEAD + struct.pack(">QQ", size, whole) + root


def append(frontier: Frontier, leaves: Iterable[bytes]) -> Frontier:
    """Return the frontier after these leaf hashes; n leaves cost fewer than 2n hashes."""
    size, peaks = frontier.size, list(frontier.peaks)
    for leaf in leaves:
        found, rest = leaf, size
        while rest & 1:
            found = _node(peaks.pop(), found)
            rest >>= 1
        peaks.append(found)
        size += 1
    return Frontier(size, tuple(peaks))


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the Merkle tree hash of leaf hashes in order."""
    return append(Frontier(), leaves).root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the path of the leaf at `index` in the tree of all `leaves`, nearest sibling first.

    RFC 6962, 2.1.1. `IndexError` when there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    low, high, path = 0, len(leaves), list[bytes]()
    while high - low > 1:
        middle = low + _left(high - low)
        if index < middle:
            path.append(root(leaves[middle:high]))
            high = middle
        else:
            path.append(root(leaves[low:middle]))
            low = middle
    return path[::-1]


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the proof that the tree of the first `old_size` leaves is a prefix of this one.

    RFC 6962, 2.1.2. Empty when both are the same tree. `IndexError` unless
    0 < old_size <= len(leaves): an empty tree is a prefix of every other, and needs no proof.
    """
    if not 0 < old_size <= len(leaves):
        raise IndexError(old_size)
    low, high, known, path = 0, len(leaves), True, list[bytes]()
    while old_size != high:
        middle = low + _left(high - low)
        if old_size <= middle:
            path.append(root(leaves[middle:high]))
            high = middle
        else:
            path.append(root(leaves[low:middle]))
            low, known = middle, False
    if not known:
        path.append(root(leaves[low:high]))
    return path[::-1]


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes
) -> bool:
    """Say whether `leaf` is at `index` of the tree with `size` leaves and root `expected`.

    RFC 9162, 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    node, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = _node(sibling, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = _node(found, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and found == expected


def verify_consistency(
    old_size: int, size: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Say whether the tree of `old_size` leaves was only appended to.

    RFC 9162, 2.1.4.2. An `old_size` of 0 is consistent with everything, by an empty path.
    """
    if old_size == 0:
        return not path and old_root == EMPTY_ROOT
    if old_size == size:
        return not path and old_root == new_root
    steps = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    if not 0 < old_size < size or not steps:
        return False
    return _climbed(old_size - 1, size - 1, steps) == (old_root, new_root)


def _climbed(node: int, last: int, steps: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return the roots of the old and the new tree that a consistency path leads to."""
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            old, new = _node(step, old), _node(step, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = _node(new, step)
        node, last = node >> 1, last >> 1
    return (old, new) if last == 0 else None


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _left(width: int) -> int:
    """Return the largest power of two below `width`."""
    return 1 << (width - 1).bit_length() - 1
