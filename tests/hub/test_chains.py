"""Which plans are versions of one another."""

import pytest

from hub import succession
from hub.canonical import Header, Identifier, Member, Plan, Related, Replaced, SourceId
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


D1, D2 = SourceId("urn:oid:1", "D1"), SourceId("urn:oid:1", "D2")


@pytest.mark.parametrize(
    "header",
    [
        {"replaces": Replaced(source_ids=(D1,))},
        {"source_ids": (D2,), "related": (Related(how="appends", source_ids=(D1,)),)},
        {"set_id": "S", "source_ids": (D2,), "related": (Related(source_ids=(D1,)),)},
    ],
    ids=["replacement", "addendum", "addendum_in_the_set"],
)
def test_no_chain_is_guessed(header):
    """What names another document has neither the member's chain nor, if it adds, its set's."""
    assert chain(**header) not in {chain(), chain(set_id="S")}


def roles(header):
    """Return the roles of each name of a plan with this header."""
    return [one.role for one in succession.names(Plan(header=header))]


def test_roles():
    """A document's own number is another name than that of the document it replaces."""
    new = Header(source_ids=(D2,), replaces=Replaced(source_ids=(D1,)))
    edit = Header(source_ids=(D1,), replaces=Replaced(source_ids=(D1,)))

    assert roles(new) == ["own", "any", "about", "maybe"]
    assert roles(edit) == ["own", "any", "same", "maybe"]


def test_message_ids_name_nothing():
    """The id of a message names no document, and so nothing can replace it."""
    assert roles(Header(source_ids=(SourceId(None, "C1", "message"),))) == []


@pytest.mark.parametrize(("asked", "found"), [("urn:oid:1", True), ("urn:oid:2", False)])
def test_who_gave_the_number(asked, found):
    """A number is looked for with who gave it; another giver's same number is another document."""
    own = {one.name for one in succession.names(Plan(header=Header(source_ids=(D1,))))}
    named = Header(replaces=Replaced(source_ids=(SourceId(asked, "D1"),)))
    ((exact, loose),) = succession.sought(Plan(header=named))

    assert found == bool({exact, loose} & own)


def test_nobody_gave_the_number():
    """A number without a giver finds the document of any giver, as a second choice."""
    own = {one.name for one in succession.names(Plan(header=Header(source_ids=(D1,))))}
    named = Header(replaces=Replaced(source_ids=(SourceId(None, "D1"),)))
    ((exact, loose),) = succession.sought(Plan(header=named))

    assert (exact in own, loose in own) == (False, True)
