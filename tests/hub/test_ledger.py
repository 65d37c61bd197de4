"""The Merkle log agrees with RFC 6962, proves what is there, and nothing else."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from hub import ledger

HERE = Path(__file__).parents[2]
VECTORS = json.loads((HERE / "tests/vectors/rfc6962.json").read_text("utf-8"))
LEAVES = [ledger.leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]
ROOTS = [bytes.fromhex(root) for root in VECTORS["roots"]]
AT = datetime(2026, 11, 22, 3, 4, 5, 678000, tzinfo=UTC)

trees = st.lists(st.binary(max_size=3), min_size=1, max_size=70).map(
    lambda entries: [ledger.leaf_hash(entry) for entry in entries]
)


def unhex(path):
    return [bytes.fromhex(step) for step in path]


def defined(leaves):
    """Return the Merkle tree hash word by word as RFC 6962, 2.1 defines it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else ledger.EMPTY_ROOT
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    pair = defined(leaves[:half]) + defined(leaves[half:])
    return ledger.hashlib.sha256(b"\x01" + pair).digest()


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_references(size):
    """The root of the first n reference leaves is the published one."""
    assert ROOTS[size] == ledger.root(LEAVES[:size])


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=lambda c: f"{c['index']} of {c['size']}")
def test_inclusion_paths_are_the_references(case):
    """The path of a reference leaf is the published one."""
    found = ledger.inclusion_proof(LEAVES[: case["size"]], case["index"])

    assert unhex(case["path"]) == found


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=lambda c: f"{c['old']} to {c['size']}")
def test_consistency_paths_are_the_references(case):
    """The path between two reference trees is the published one."""
    found = ledger.consistency_proof(LEAVES[: case["size"]], case["old"])

    assert unhex(case["path"]) == found


@given(trees)
def test_the_root_is_as_defined(leaves):
    """For every size the incremental root is the recursive definition's."""
    assert defined(leaves) == ledger.root(leaves)


@given(trees, st.data())
def test_appending_in_parts_is_appending_at_once(leaves, data):
    """A frontier kept between appends leads to the same tree."""
    cut = data.draw(st.integers(0, len(leaves)))
    part = ledger.append(ledger.Frontier(), leaves[:cut])

    assert ledger.append(ledger.Frontier(), leaves) == ledger.append(part, leaves[cut:])


@given(trees)
def test_a_frontier_keeps_one_hash_per_bit(leaves):
    """The state to append from is logarithmic in the size."""
    assert len(leaves).bit_count() == len(ledger.append(ledger.Frontier(), leaves).peaks)


@given(trees, st.data())
def test_every_leaf_is_proved(leaves, data):
    """The inclusion proof of any leaf verifies against the root."""
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = ledger.inclusion_proof(leaves, index)

    assert ledger.verify_inclusion(leaves[index], index, len(leaves), path, ledger.root(leaves))


@given(trees, st.data())
def test_another_leaf_is_not_proved(leaves, data):
    """A proof fails for an entry that is not the one at its index."""
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = ledger.inclusion_proof(leaves, index)
    other = ledger.leaf_hash(b"four")

    assert not ledger.verify_inclusion(other, index, len(leaves), path, ledger.root(leaves))


@given(st.integers(2, 70), st.data())
def test_a_proof_holds_for_its_index_only(size, data):
    """A proof shown for another index of the tree fails."""
    leaves = [ledger.leaf_hash(bytes([number])) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(-1, size + 1).filter(lambda number: number != index))
    path = ledger.inclusion_proof(leaves, index)

    assert not ledger.verify_inclusion(leaves[index], other, size, path, ledger.root(leaves))


@given(trees, st.data())
def test_a_longer_or_shorter_path_fails(leaves, data):
    """A path with a step too many or too few proves nothing."""
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = ledger.inclusion_proof(leaves, index)
    wrong = data.draw(st.sampled_from([[*path, leaves[0]], path[1:] if path else [leaves[0]]]))

    assert not ledger.verify_inclusion(
        leaves[index], index, len(leaves), wrong, ledger.root(leaves)
    )


@given(trees, st.data())
def test_an_appended_log_is_consistent(leaves, data):
    """A tree is consistent with each of its prefixes."""
    old = data.draw(st.integers(1, len(leaves)))
    path = ledger.consistency_proof(leaves, old)
    roots = ledger.root(leaves[:old]), ledger.root(leaves)

    assert ledger.verify_consistency(old, len(leaves), *roots, path)


@given(trees, st.data())
def test_a_rewritten_log_is_detected(leaves, data):
    """When an old leaf was changed, no path of the new tree leads back to the old root."""
    old = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, old - 1))
    forged = [*leaves[:index], ledger.leaf_hash(b"four"), *leaves[index + 1 :]]
    path = ledger.consistency_proof(forged, old)
    roots = ledger.root(leaves[:old]), ledger.root(forged)

    assert not ledger.verify_consistency(old, len(leaves), *roots, path)


@pytest.mark.parametrize(
    ("old", "size", "roots", "path", "expected"),
    [
        (0, 5, (ROOTS[0], ROOTS[5]), [], True),
        (0, 5, (ROOTS[1], ROOTS[5]), [], False),
        (0, 5, (ROOTS[0], ROOTS[5]), [ROOTS[1]], False),
        (5, 5, (ROOTS[5], ROOTS[5]), [], True),
        (5, 5, (ROOTS[5], ROOTS[5]), [ROOTS[1]], False),
        (5, 5, (ROOTS[5], ROOTS[6]), [], False),
        (6, 5, (ROOTS[6], ROOTS[5]), [ROOTS[1]], False),
        (-1, 5, (ROOTS[0], ROOTS[5]), [ROOTS[1]], False),
        (3, 5, (ROOTS[3], ROOTS[5]), [], False),
    ],
)
def test_odd_sizes_are_judged(old, size, roots, path, expected):
    """Empty, equal, shrunken and nonsensical trees get the answer that RFC 9162 gives."""
    assert expected == ledger.verify_consistency(old, size, *roots, path)


@pytest.mark.parametrize("index", [-1, 8])
def test_a_missing_leaf_has_no_proof(index):
    """Asking for the proof of a leaf that is not there is an error of ours."""
    with pytest.raises(IndexError):
        ledger.inclusion_proof(LEAVES, index)


@pytest.mark.parametrize("size", [0, 9])
def test_a_missing_tree_has_no_proof(size):
    """Asking for the proof from an empty or a longer tree is an error of ours."""
    with pytest.raises(IndexError):
        ledger.consistency_proof(LEAVES, size)


def test_a_heads_message_is_fixed():
    """The signed bytes are the label, the size, the milliseconds and the root."""
    expected = b"icp-hub tree head v1\n" + (8).to_bytes(8, "big")
    expected += (1795316645678).to_bytes(8, "big") + ROOTS[8]

    assert expected == ledger.head_message(8, ROOTS[8], AT)


def test_a_heads_message_knows_one_instant():
    """The same instant in another zone is signed as the same bytes."""
    there = AT.astimezone(timezone(timedelta(hours=-5)))

    assert ledger.head_message(8, ROOTS[8], AT) == ledger.head_message(8, ROOTS[8], there)


def test_a_head_without_a_zone_is_refused():
    """A naive time can't be signed: nobody could say which instant it means."""
    with pytest.raises(ValueError, match="aware"):
        ledger.head_message(8, ROOTS[8], AT.replace(tzinfo=None))


def receipt(key, index=5):
    message = ledger.head_message(8, ROOTS[8], AT)
    return {
        "entry": base64.b64encode(bytes.fromhex(VECTORS["leaves"][index])).decode(),
        "index": index,
        "path": [step.hex() for step in ledger.inclusion_proof(LEAVES, index)],
        "head": {
            "size": 8,
            "root": ROOTS[8].hex(),
            "at": int.from_bytes(message[-40:-32], "big"),
            "signature": base64.b64encode(key.sign(message)).decode(),
        },
    }


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (lambda told: told, (0, "valid\n")),
        (lambda told: told | {"index": 4}, (1, "the event is not in the signed log\n")),
        (lambda told: told | {"entry": "AAAA"}, (1, "the event is not in the signed log\n")),
        (
            lambda told: told | {"head": told["head"] | {"size": 9}},
            (1, "the log's head is not signed by this key\n"),
        ),
    ],
    ids=["right", "wrong place", "wrong event", "wrong head"],
)
def test_a_stranger_can_check_a_receipt(tmp_path, change, answer):
    """The stand-alone script accepts a true receipt, and no changed one."""
    key = Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem)
    (tmp_path / "receipt.json").write_text(json.dumps(change(receipt(key))))
    command = [sys.executable, "-I", str(HERE / "deploy/verify_receipt.py")]
    ended = subprocess.run(  # noqa: S603  # our own program
        [*command, "receipt.json", "key.pem"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer == (ended.returncode, ended.stdout)
