"""Which plans are versions of one another."""

import pytest

from hub.canonical import Header, Identifier, Member, Plan, Replaced
from hub.normalize import chain_of

MEMBER = Member(identifiers=(Identifier("plan", "K1"),))


def chain(member=MEMBER, **header):
    """Return the chain of a plan with this header."""
    return chain_of("mco-keystone", Plan(header=Header(**header), member=member))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"set_id": "S", "version": 1}, {"set_id": "S", "version": 2}),
        ({"set_id": "S"}, {"replaces": Replaced(set_id="S", version=1)}),
        ({}, {"replaces": Replaced(version=1)}),
    ],
    ids=["set", "replaced_set", "member"],
)
def test_one_chain(one, other):
    """Versions share their set, the set they replace, or their member and kind."""
    assert chain(**one) == chain(**other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"set_id": "S"}, {"set_id": "T"}),
        ({"set_id": "S"}, {"set_id": "S", "kind": "isp"}),
        ({"set_id": "S"}, {"set_id": "T", "replaces": Replaced(set_id="S")}),
        ({}, {"member": Member(identifiers=(Identifier("plan", "K2"),))}),
    ],
    ids=["set", "kind", "own_set_first", "member"],
)
def test_other_chain(one, other):
    """Another set, kind or member is another chain; a document's own set goes first."""
    assert chain(**one) != chain(**other)
